package gate_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/collector/collectortest"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/recommend"
	"github.com/tuppence-dev/tuppence/report/gate"
)

// drawCase draws a workload of a strange fleet, or none, with builds of it that
// may have anything to do with it or not.
func drawCase(t *rapid.T) *gate.Case {
	f := collectortest.Fleet().Filter(func(f *collector.Fleet) bool { return len(f.Clusters) > 0 }).Draw(t, "fleet")
	cluster := &f.Clusters[0]
	c := &gate.Case{Cluster: cluster, Window: f.Window, Finding: &recommend.Finding{
		Confidence: rapid.SampledFrom([]recommend.Confidence{recommend.High, recommend.Medium, recommend.Low, ""}).Draw(t, "confidence"),
		Saving:     recommend.Saving{Allocated: rapid.SampledFrom([]pricing.Amount{pounds("-1"), pounds("0"), pounds("1"), {}}).Draw(t, "saving")},
	}}
	drawBounds(t, cluster)
	if len(cluster.Workloads) > 0 && rapid.IntRange(0, 9).Draw(t, "a workload") > 0 {
		c.Workload = &cluster.Workloads[0]
		c.Workload.Kind = rapid.SampledFrom([]string{"Deployment", "StatefulSet", "DaemonSet", "CronJob", "Rollout", "Pod", ""}).Draw(t, "kind")
		drawScaling(t, c.Workload)
		c.Finding.Subject = recommend.Subject(cluster.Name, c.Workload)
	}
	for range rapid.IntRange(0, 3).Draw(t, "objects") {
		c.Objects = append(c.Objects, gate.Rendered{Before: drawObject(t, c), After: drawObject(t, c)})
	}
	for _, r := range c.Objects {
		c.Build = append(c.Build, r.After)
	}
	path := rapid.SampledFrom([][]string{nil, {"spec"}, {"spec", "template", "spec", "nodeSelector", "karpenter.sh/capacity-type"},
		{"spec", "template", "spec", "containers", "[name=container-0]", "resources", "requests", "cpu"}, {"spec", "[]", "["}}).Draw(t, "path")
	c.Finding.Changes = []recommend.Change{{Object: c.Finding.Subject, Path: path, After: rapid.SampledFrom([]string{"", "spot", "500m"}).Draw(t, "value")}}
	return c
}

func drawBounds(t *rapid.T, c *collector.Cluster) {
	bytes := rapid.SampledFrom([]collector.Bytes{0, 1, collector.GiB, collector.MaxMemory})
	cpus := rapid.SampledFrom([]collector.MilliCPU{0, 1, 1000, collector.MaxCPU})
	draw := func(name string) collector.Resources {
		return collector.Resources{CPU: cpus.Draw(t, name), Memory: bytes.Draw(t, name)}
	}
	c.Namespaces = []collector.Namespace{{Name: "shop",
		Limits: []collector.LimitRange{{Type: rapid.SampledFrom([]string{"Container", "Pod"}).Draw(t, "type"), Min: draw("min"), Max: draw("max"), Default: draw("default")}},
		Quotas: []collector.Quota{{HardRequests: draw("hard"), UsedRequests: draw("used"), HardLimits: draw("hard limits")}},
	}}
}

func drawScaling(t *rapid.T, w *collector.Workload) {
	bound := rapid.SampledFrom([]string{"", "0", "1", "25%", "100%", "1000000000000%", "-1", "x"})
	w.Rollout = collector.Strategy{Type: rapid.SampledFrom([]string{"", "Recreate", "BlueGreen", "OnDelete"}).Draw(t, "strategy"),
		MaxSurge: bound.Draw(t, "surge"), MaxUnavailable: bound.Draw(t, "unavailable")}
	if rapid.Bool().Draw(t, "a budget") {
		w.PDB = &collector.PDB{MinAvailable: bound.Draw(t, "least"), MaxUnavailable: bound.Draw(t, "most")}
	}
	if rapid.Bool().Draw(t, "an HPA") {
		w.HPA = &collector.HPA{Min: rapid.IntRange(0, 3).Draw(t, "min"), CPUTarget: rapid.IntRange(0, 200).Draw(t, "target")}
	}
}

// drawObject draws nothing, the workload, an HPA or VPA of it, a LimitRange, or
// what has the shape of none.
func drawObject(t *rapid.T, c *gate.Case) map[string]any {
	odd := rapid.SampledFrom([]any{nil, "x", 1, -1.5, []any{}, map[string]any{}, []any{nil, map[string]any{"name": "a"}}})
	meta := map[string]any{"name": "app-0", "namespace": "shop"}
	kind := "Deployment"
	if c.Workload != nil {
		meta["name"], meta["namespace"], kind = c.Workload.Name, c.Workload.Namespace, c.Workload.Kind
	}
	ref := map[string]any{"apiVersion": "apps/v1", "kind": kind, "name": meta["name"]}
	switch rapid.IntRange(0, 6).Draw(t, "object") {
	case 0:
		return nil
	case 1:
		return map[string]any{"kind": "HorizontalPodAutoscaler", "metadata": meta, "spec": map[string]any{"scaleTargetRef": ref, "metrics": odd.Draw(t, "metrics")}}
	case 2:
		return map[string]any{"kind": "VerticalPodAutoscaler", "metadata": meta, "spec": map[string]any{"targetRef": ref, "updatePolicy": odd.Draw(t, "policy")}}
	case 3:
		return map[string]any{"apiVersion": "v1", "kind": "LimitRange", "metadata": meta, "spec": map[string]any{"limits": odd.Draw(t, "limits")}}
	case 4:
		return map[string]any{"kind": odd.Draw(t, "kind"), "metadata": odd.Draw(t, "metadata"), "spec": odd.Draw(t, "spec")}
	}
	quantity := rapid.SampledFrom([]any{"100m", "1Gi", "-1", "1e30", 2, 0.5, "lots", nil})
	var containers []any
	for range rapid.IntRange(0, 3).Draw(t, "containers") {
		name := rapid.SampledFrom([]any{"container-0", "container-1", "other", 7}).Draw(t, "name")
		containers = append(containers, map[string]any{"name": name, "resources": map[string]any{
			"requests": map[string]any{"cpu": quantity.Draw(t, "cpu"), "memory": quantity.Draw(t, "memory")},
			"limits":   map[string]any{"memory": quantity.Draw(t, "limit")}}})
	}
	spec := map[string]any{"containers": containers, "nodeSelector": odd.Draw(t, "selector")}
	return map[string]any{"apiVersion": "apps/v1", "kind": kind, "metadata": meta,
		"spec": map[string]any{"template": map[string]any{"spec": spec}, "containers": containers}}
}

func TestGatesJudgeWhateverComes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCase(t)
		for _, k := range gate.Run(t.Context(), c) {
			if k.Verdict != recommend.Passed && (k.Verdict != recommend.Failed && k.Verdict != recommend.Undecided || k.Detail == "") {
				t.Fatalf("%s: %q without a word", k.Name, k.Verdict)
			}
		}
	})
}

func TestNoChangeIsNeverUnintended(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCase(t)
		for i := range c.Objects {
			c.Objects[i].After = c.Objects[i].Before
		}
		for _, k := range gate.Run(t.Context(), c) {
			if k.Name == "intended-fields" && k.Verdict == recommend.Failed {
				t.Fatal(k.Detail)
			}
		}
	})
}

// The order of app containers, nodes, workloads, objects and gaps says nothing.
func TestTheOrderOfInputChangesNoCheck(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCase(t)
		for i := range c.Objects {
			c.Objects[i].Before = c.Objects[i].After // orders that differ between the builds do say something
		}
		before := gate.Run(t.Context(), c)
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		if c.Workload != nil {
			c.Workload = new(*c.Workload) // its place among the cluster's changes
			if !slices.ContainsFunc(c.Workload.Containers, func(k collector.Container) bool { return k.Role != collector.App }) {
				shuffle(rng, c.Workload.Containers)
			}
			shuffle(rng, c.Workload.Placements)
		}
		shuffle(rng, c.Cluster.Nodes)
		shuffle(rng, c.Cluster.Workloads)
		shuffle(rng, c.Build)
		for i, k := range gate.Run(t.Context(), c) {
			if k != before[i] {
				t.Fatalf("first %v, then %v", before[i], k)
			}
		}
	})
}

func shuffle[T any](rng *rand.Rand, list []T) {
	rng.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
}

func TestTheOrderOfContainersInGitChangesNoVerdict(t *testing.T) {
	c := healthy()
	proxy := "      - name: proxy\n        image: proxy:1\n"
	turned := func(text string) string {
		return edited(edited(text, proxy, ""), "      - name: app\n", proxy+"      - name: app\n")
	}
	want := gate.Run(t.Context(), c)
	set(c, turned(deployment), turned(resized))
	slices.Reverse(c.Workload.Containers)
	for i, k := range gate.Run(t.Context(), c) {
		if k != want[i] {
			t.Errorf("first %v, then %v", want[i], k)
		}
	}
}
