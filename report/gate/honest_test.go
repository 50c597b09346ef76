package gate_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/collector/collectortest"
	"github.com/tuppence-dev/tuppence/recommend"
	"github.com/tuppence-dev/tuppence/recommend/interval"
	"github.com/tuppence-dev/tuppence/recommend/rightsize"
	"github.com/tuppence-dev/tuppence/report/gate"
)

// What rightsize proposes on a week of data passes the gates that judge sizes:
// they hold it to what it promises, and to no more. Peaks under and over limits,
// OOM kills, LimitRanges that end under the peak and equal requests and limits are
// all among them. The gate limit-range is not: it refuses pods that are outside of
// their bounds already.
func TestRightsizeKeepsItsPromises(t *testing.T) {
	f := collectortest.Generate(4, 120, 7)
	rng := rand.New(rand.NewPCG(7, 0))
	rec, err := rightsize.New(rightsize.Default())
	if err != nil {
		t.Fatal(err)
	}
	judged := map[string]int{}
	for i := range f.Clusters {
		c := &f.Clusters[i]
		vary(rng, c)
		pass := &recommend.Pass{Window: f.Window, Cluster: c, SpotRates: make([]recommend.SpotRate, len(c.Workloads))}
		for _, found := range rec.Func(pass) {
			if found.Status != recommend.Proposed {
				continue
			}
			k := caseOf(f.Window, c, &found)
			for _, check := range gate.Run(t.Context(), k) {
				switch check.Name {
				case "intended-fields", "request-within-limit", "observed-peak", "qos-class", "enough-data", "hpa-consistent", "resource-quota":
					if judged[check.Name]++; check.Verdict != recommend.Passed {
						t.Errorf("%s: %s: %s", found.Title, check.Name, check.Detail)
					}
				}
			}
		}
	}
	if judged["observed-peak"] < 100 {
		t.Errorf("only %d findings were judged", judged["observed-peak"])
	}
}

// vary gives workloads limits, kills, autoscalers, and namespaces bounds.
func vary(rng *rand.Rand, c *collector.Cluster) {
	for i := range c.Workloads {
		w := &c.Workloads[i]
		for k := range w.Containers {
			b := &w.Containers[k]
			switch rng.IntN(4) {
			case 0:
				b.Limits = b.Requests
			case 1:
				b.Limits.Memory = b.Requests.Memory * 2
			case 2:
				b.Limits = collector.Resources{CPU: b.Requests.CPU, Memory: b.Requests.Memory + 64*collector.MiB}
			}
			b.Usage.OOMKills = max(0, rng.IntN(8)-5)
		}
		if rng.IntN(5) == 0 {
			w.HPA = &collector.HPA{Name: "hpa", Min: 2, Max: 9, CPUTarget: rng.IntN(2) * 80, MemoryTarget: rng.IntN(2) * 70}
		}
		if named := func(n collector.Namespace) bool { return n.Name == w.Namespace }; !slices.ContainsFunc(c.Namespaces, named) {
			c.Namespaces = append(c.Namespaces, collector.Namespace{Name: w.Namespace, Limits: []collector.LimitRange{
				{Name: "bounds", Type: "Container", Max: collector.Resources{Memory: collector.Bytes(1+rng.IntN(4)) * 2 * collector.GiB}}}})
		}
	}
}

// caseOf builds the finding's workload as Git would, before and after.
func caseOf(window collector.Window, c *collector.Cluster, f *recommend.Finding) *gate.Case {
	k := &gate.Case{Cluster: c, Window: window, Finding: f}
	for i := range c.Workloads {
		if recommend.Subject(c.Name, &c.Workloads[i]) == f.Subject {
			k.Workload = &c.Workloads[i]
		}
	}
	after := written(k.Workload)
	for _, change := range f.Changes {
		at := after
		for i, step := range change.Path[:len(change.Path)-1] {
			if next, ok := at[step].([]any); ok { // the selector comes next
				name := strings.TrimSuffix(strings.TrimPrefix(change.Path[i+1], "[name="), "]")
				for _, e := range next {
					if e.(map[string]any)["name"] == name {
						at = e.(map[string]any)
					}
				}
			} else if next, ok := at[step].(map[string]any); ok {
				at = next
			}
		}
		at[change.Path[len(change.Path)-1]] = change.After
	}
	k.Objects = []gate.Rendered{{Before: written(k.Workload), After: after}}
	k.Build = []map[string]any{after}
	return k
}

// written is the workload as Git has it, with every figure.
func written(w *collector.Workload) map[string]any {
	list := func(r collector.Resources) map[string]any {
		out := map[string]any{}
		if r.CPU > 0 {
			out["cpu"] = recommend.CPU(r.CPU)
		}
		if r.Memory > 0 {
			out["memory"] = recommend.Memory(r.Memory)
		}
		return out
	}
	var containers []any
	for _, c := range w.Containers {
		containers = append(containers, map[string]any{"name": c.Name, "resources": map[string]any{"requests": list(c.Requests), "limits": list(c.Limits)}})
	}
	out := map[string]any{"apiVersion": w.APIVersion, "kind": w.Kind, "metadata": map[string]any{"name": w.Name, "namespace": w.Namespace}}
	at := out
	for _, step := range recommend.PodSpec(w.Kind) {
		next := map[string]any{}
		at[step], at = next, next
	}
	at["containers"] = containers
	return out
}

// Neither do the gates of intervals refuse what interval proposes.
func TestIntervalKeepsItsPromises(t *testing.T) {
	f := collectortest.Generate(4, 20, 7)
	rec, err := interval.New(interval.Default())
	if err != nil {
		t.Fatal(err)
	}
	judged := 0
	of, _ := rec.Over(f)
	for i := range f.Clusters {
		c := &f.Clusters[i]
		for _, found := range of(&recommend.Pass{Window: f.Window, Cluster: c}) {
			if found.Status != recommend.Proposed || found.Subject.Kind != "Kustomization" {
				continue
			}
			object := func(after bool) map[string]any {
				spec := map[string]any{}
				for _, change := range found.Changes {
					if v := map[bool]string{false: change.Before, true: change.After}[after]; v != "" {
						spec[change.Path[1]] = v
					}
				}
				o := found.Subject
				return map[string]any{"apiVersion": o.APIVersion, "kind": o.Kind, "metadata": map[string]any{"name": o.Name, "namespace": o.Namespace}, "spec": spec}
			}
			k := &gate.Case{Cluster: c, Window: f.Window, Finding: &found, Objects: []gate.Rendered{{Before: object(false), After: object(true)}}}
			k.Build = []map[string]any{k.Objects[0].After}
			found.Saving.Allocated = pounds("0")
			if checks := gate.Run(t.Context(), k); !gate.Passed(checks) {
				t.Errorf("%s: %v", found.Title, checks)
			}
			judged++
		}
	}
	if judged < 10 {
		t.Errorf("only %d findings were judged", judged)
	}
}
