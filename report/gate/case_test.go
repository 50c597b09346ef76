package gate_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"sigs.k8s.io/yaml"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/recommend"
	"github.com/tuppence-dev/tuppence/report/gate"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares text with a file of testdata.
func golden(t *testing.T, name, text string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if text != string(want) {
		t.Errorf("%s differs; -update renews it:\n%s", file, text)
	}
}

// row is one case that a gate must judge so. change makes it of a healthy one.
type row struct {
	gate, name string
	want       recommend.Verdict
	change     func(*gate.Case)
}

// judge runs each row, and holds all details in a golden file.
func judge(t *testing.T, file string, rows []row) {
	t.Helper()
	var said strings.Builder
	for _, r := range rows {
		c := healthy()
		if r.change != nil {
			r.change(c)
		}
		got := check(t, c, r.gate)
		fmt.Fprintf(&said, "%s: %s\n\t%s: %s\n", r.gate, r.name, got.Verdict, got.Detail)
		t.Run(r.gate+": "+r.name, func(t *testing.T) {
			if got.Verdict != r.want {
				t.Errorf("%s (%s), want %s", got.Verdict, got.Detail, r.want)
			}
		})
	}
	golden(t, file, said.String())
}

// check is the one check of that name.
func check(t *testing.T, c *gate.Case, name string) recommend.Check {
	t.Helper()
	for _, k := range gate.Run(t.Context(), c) {
		if k.Name == name {
			return k
		}
	}
	t.Fatalf("there is no gate %s", name)
	return recommend.Check{}
}

const deployment = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop}
spec:
  replicas: 3
  selector: {matchLabels: {app: cart}}
  template:
    metadata: {labels: {app: cart}}
    spec:
      terminationGracePeriodSeconds: 30
      containers:
      - name: app
        image: cart:1
        env: [{name: TOKEN, value: s3cret}]
        resources:
          requests: {cpu: "1", memory: 1Gi}
          limits: {cpu: "2", memory: 2Gi}
      - name: proxy
        image: proxy:1
`

// resized is deployment with the change of the healthy case.
var resized = strings.Replace(deployment, `requests: {cpu: "1", memory: 1Gi}`, "requests: {cpu: 500m, memory: 768Mi}", 1)

func object(text string) map[string]any {
	var out map[string]any
	if err := yaml.Unmarshal([]byte(text), &out); err != nil {
		panic(err) // a fixture of this file
	}
	return out
}

// builtAs makes text, with old replaced by new, what Git builds after the change.
func builtAs(c *gate.Case, old, fresh string) {
	set(c, deployment, edited(resized, old, fresh))
}

func edited(text, old, fresh string) string {
	if !strings.Contains(text, old) {
		panic("the fixture has no " + old)
	}
	return strings.Replace(text, old, fresh, 1)
}

// set makes the first object what the two texts say.
func set(c *gate.Case, before, after string) {
	c.Objects[0] = gate.Rendered{Before: object(before), After: object(after)}
	c.Build[0] = object(after)
}

// edit changes what Git builds after the change once more.
func edit(c *gate.Case, old, fresh string) {
	text, err := yaml.Marshal(c.Objects[0].After)
	if err != nil {
		panic(err) // a fixture of this file
	}
	c.Objects[0].After = object(edited(string(text), old, fresh))
	c.Build[0] = c.Objects[0].After
}

// healthy is a change of a Deployment's requests that every gate passes: 3 pods
// from 1 core and 1 GiB to 500m and 768 MiB, of which 400m and 600 MiB were used.
func healthy() *gate.Case {
	end := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	c := &collector.Cluster{Name: "prod-london", Environment: "production"}
	for _, name := range []string{"node-a", "node-b"} {
		c.Nodes = append(c.Nodes, collector.Node{Name: name, Provider: collector.AWS, InstanceType: "m6i.xlarge", Region: "eu-west-2", Zone: "eu-west-2a",
			Arch: "amd64", CapacityType: collector.OnDemand, Allocatable: collector.Resources{CPU: 3920, Memory: 15 * collector.GiB}})
	}
	c.Namespaces = []collector.Namespace{{
		Name: "shop",
		Limits: []collector.LimitRange{{Name: "bounds", Type: "Container",
			Min: collector.Resources{CPU: 10, Memory: 16 * collector.MiB}, Max: collector.Resources{CPU: 4000, Memory: 8 * collector.GiB}}},
		Quotas: []collector.Quota{{Name: "team", HardRequests: collector.Resources{CPU: 8000, Memory: 16 * collector.GiB},
			UsedRequests: collector.Resources{CPU: 3300, Memory: 4 * collector.GiB}}},
	}}
	c.Workloads = []collector.Workload{
		{APIVersion: "apps/v1", Kind: "DaemonSet", Namespace: "kube-system", Name: "agent", Replicas: 2,
			Containers: []collector.Container{{Name: "agent", Requests: collector.Resources{CPU: 100, Memory: 128 * collector.MiB}}},
			Placements: []collector.Placement{{Node: "node-a", Pods: 1}, {Node: "node-b", Pods: 1}}},
		{APIVersion: "apps/v1", Kind: "Deployment", Namespace: "shop", Name: "cart", Replicas: 3,
			Containers: []collector.Container{
				{Name: "app", Requests: collector.Resources{CPU: 1000, Memory: collector.GiB}, Limits: collector.Resources{CPU: 2000, Memory: 2 * collector.GiB}, Usage: usage(end, 14)},
				{Name: "proxy", Requests: collector.Resources{CPU: 100, Memory: 64 * collector.MiB}, Limits: collector.Resources{Memory: 128 * collector.MiB}},
			},
			Placements: []collector.Placement{{Node: "node-a", Pods: 2}, {Node: "node-b", Pods: 1}},
			PDB:        &collector.PDB{Name: "cart", MinAvailable: "1", DisruptionsAllowed: 2},
			Pod:        collector.PodTraits{GracePeriod: collector.Duration{Duration: 30 * time.Second}}},
	}
	w := &c.Workloads[1]
	o := recommend.Subject(c.Name, w)
	requests := []string{"spec", "template", "spec", "containers", "[name=app]", "resources", "requests"}
	f := &recommend.Finding{
		ID: recommend.FindingID("rightsize", o), Recommender: "rightsize", Subject: o, Status: recommend.Proposed, Confidence: recommend.High,
		Changes: []recommend.Change{
			{Object: o, Path: append(requests[:7:7], "cpu"), Before: "1", After: "500m"},
			{Object: o, Path: append(requests[:7:7], "memory"), Before: "1Gi", After: "768Mi"},
		},
		Saving: recommend.Saving{Allocated: pounds("21.40"), Realisable: pounds("0")},
	}
	out := &gate.Case{Cluster: c, Workload: w, Finding: f, Window: collector.Window{Start: end.AddDate(0, 0, -14), End: end},
		Objects: make([]gate.Rendered, 1), Build: make([]map[string]any, 1)}
	set(out, deployment, resized)
	return out
}

func pounds(s string) pricing.Amount {
	return pricing.Known(pricing.Pounds(decimal.RequireFromString(s)))
}

// usage is days of CPU up to 400m and memory up to 600 MiB.
func usage(end time.Time, days int) collector.Usage {
	u := collector.Usage{Source: "prometheus"}
	for d := range days {
		cpu, memory := collector.NewSketch(), collector.NewSketch()
		for i := range 100 {
			if cpu.Add(float64(4*(i+1))) != nil || memory.Add(float64(6*(i+1))*float64(collector.MiB)) != nil {
				panic("the fixture's samples are usage")
			}
		}
		u.Days = append(u.Days, collector.DayUsage{Day: collector.DayOf(end.AddDate(0, 0, d-days)), CPU: cpu.Digest(), Memory: memory.Digest()})
	}
	return u
}

func TestAHealthyChangePassesEveryGate(t *testing.T) {
	checks := gate.Run(t.Context(), healthy())
	for _, c := range checks {
		if c.Verdict != recommend.Passed {
			t.Errorf("%s: %s: %s", c.Name, c.Verdict, c.Detail)
		}
	}
	if len(checks) != len(gate.All) || !gate.Passed(checks) {
		t.Errorf("%d checks of %d gates, passed: %v", len(checks), len(gate.All), gate.Passed(checks))
	}
}

func TestPassedTakesUndecidedOnlyWhereAGateIsLenient(t *testing.T) {
	pass := recommend.Check{Name: "builds", Verdict: recommend.Passed}
	for _, tc := range []struct {
		name string
		with recommend.Check
		want bool
	}{
		{"all pass", pass, true},
		{"one fails", recommend.Check{Name: "vpa", Verdict: recommend.Failed}, false},
		{"one is undecided", recommend.Check{Name: "vpa", Verdict: recommend.Undecided}, false},
		{"an unknown saving", recommend.Check{Name: "saving-positive", Verdict: recommend.Undecided}, true},
		{"a saving that fails", recommend.Check{Name: "saving-positive", Verdict: recommend.Failed}, false},
		{"one without a verdict", recommend.Check{Name: "saving-positive"}, false},
		{"undecided, of no gate", recommend.Check{Name: "other", Verdict: recommend.Undecided}, false},
	} {
		if got := gate.Passed([]recommend.Check{pass, tc.with}); got != tc.want {
			t.Errorf("%s: %v", tc.name, got)
		}
	}
	if gate.Passed(nil) {
		t.Error("no checks at all passed")
	}
}

func TestEveryGateIsDescribed(t *testing.T) {
	seen := map[string]bool{}
	for _, g := range gate.All {
		if g.Name == "" || seen[g.Name] || g.Doc == "" || g.Remedy == "" || g.Run == nil {
			t.Errorf("gate %q lacks a name of its own, its doc, its remedy or its function", g.Name)
		}
		seen[g.Name] = true
	}
	golden(t, "reference.md", gate.Reference())
}
