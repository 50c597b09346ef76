package collectortest_test

import (
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/collector/collectortest"
)

func TestGenerateIsAFunctionOfItsArguments(t *testing.T) {
	a, b := collectortest.Generate(3, 40, 7), collectortest.Generate(3, 40, 7)
	if !reflect.DeepEqual(a, b) {
		t.Error("equal arguments give different fleets")
	}
	if other := collectortest.Generate(3, 40, 8); reflect.DeepEqual(a, other) {
		t.Error("another seed gives the same fleet")
	}
}

func TestGeneratedFleetsArePlausible(t *testing.T) {
	f := collectortest.Generate(10, 250, 1)
	providers, spot, nodes, pods := map[collector.Provider]bool{}, 0, 0, 0
	for i := range f.Clusters {
		c := &f.Clusters[i]
		if len(c.Workloads) != 250 {
			t.Errorf("%s has %d workloads", c.Name, len(c.Workloads))
		}
		if len(c.Reconcilers) < 10 || len(c.Reconcilers[1].History) == 0 {
			t.Errorf("%s: Flux objects or their history are missing", c.Name)
		}
		asked := map[string]collector.Resources{}
		for j := range c.Workloads {
			w := &c.Workloads[j]
			pods += w.Pods()
			if days := len(w.Containers[0].Usage.Days); days != collectortest.Days {
				t.Errorf("%s has %d days of usage", w.Name, days)
			}
			for _, p := range w.Placements {
				asked[p.Node] = asked[p.Node].Add(w.Requests().Times(p.Pods))
			}
		}
		for _, n := range c.Nodes {
			nodes++
			providers[n.Provider] = true
			if n.CapacityType == collector.Spot {
				spot++
			}
			if !asked[n.Name].Fits(n.Allocatable) {
				t.Errorf("%s %s: pods ask for %+v of %+v", c.Name, n.Name, asked[n.Name], n.Allocatable)
			}
			delete(asked, n.Name)
		}
		if len(asked) > 0 {
			t.Errorf("%s: pods on nodes that are not listed: %v", c.Name, asked)
		}
	}
	if len(providers) != 3 || spot < nodes/8 || spot > nodes/2 || nodes < 300 || pods < 5000 {
		t.Errorf("providers %v, %d of %d nodes spot, %d pods", providers, spot, nodes, pods)
	}
}

// A property over Fleet is worth little if its odd cases never come up.
func TestFleetsDrawnAreStrangeEnough(t *testing.T) {
	seen := map[string]int{}
	draw := collectortest.Fleet()
	for seed := range 200 {
		f := draw.Example(seed)
		for i := range f.Clusters {
			note(seen, &f.Clusters[i])
		}
	}
	for _, what := range []string{"no size", "unknown provider", "pending", "unlisted", "init", "sidecar", "measured", "no requests", "crowded", "young", "gone",
		"name of two", "pod time", "long pod time", "GPUs", "volume", "idle volume", "rules", "control plane", "traffic", "label", "ring",
		"ignored", "ignored namespace", "ignored interval", "VPA", "copy of an HPA", "target", "target elsewhere", "value files", "artifact"} {
		if seen[what] == 0 {
			t.Errorf("200 fleets have none that is %q: %v", what, seen)
		}
	}
}

func note(seen map[string]int, c *collector.Cluster) {
	listed := map[string]bool{}
	noteAssets(seen, c)
	noteSteering(seen, c)
	for _, n := range c.Nodes {
		listed[n.Name] = true
		if n.Created.After(collectortest.Window().Start) {
			seen["young"]++
		}
		if n.Capacity == (collector.Resources{}) && n.Allocatable == (collector.Resources{}) {
			seen["no size"]++
		}
		if n.Provider == "" {
			seen["unknown provider"]++
		}
	}
	for i := range c.Workloads {
		w := &c.Workloads[i]
		for _, p := range w.Placements {
			switch {
			case p.Node == "":
				seen["pending"]++
			case !listed[p.Node]:
				seen["unlisted"]++
			case p.Pods > 100:
				seen["crowded"]++
			}
		}
		for _, k := range w.Containers {
			seen[string(k.Role)]++
			if len(k.Usage.Days) > 0 {
				seen["measured"]++
			}
			if k.Requests == (collector.Resources{}) {
				seen["no requests"]++
			}
		}
	}
}

// noteAssets notes what fleets have beside nodes and workloads' pods.
func noteAssets(seen map[string]int, c *collector.Cluster) {
	when := func(what string, odd bool) {
		if odd {
			seen[what]++
		}
	}
	for _, n := range c.PastNodes {
		when("gone", true)
		when("name of two", slices.ContainsFunc(c.Nodes, func(o collector.Node) bool { return o.Name == n.Name }))
	}
	for i := range c.Workloads {
		w := &c.Workloads[i]
		for _, p := range w.PodTime {
			when("pod time", true)
			when("long pod time", p.Time.Duration > collectortest.Window().Length())
		}
		when("GPUs", w.Requests().GPU > 0)
		when("traffic", w.Traffic.Internet > 0)
		when("label", len(w.Labels) > 0)
		when("ring", w.Origin.Name == "ring-0")
	}
	for _, v := range c.Volumes {
		when("volume", len(v.Users) > 0)
		when("idle volume", len(v.Users) == 0)
	}
	for _, b := range c.LoadBalancers {
		when("rules", b.Rules > 5)
	}
	when("control plane", c.ControlPlane.Service != "")
}

// noteSteering notes who else decides about workloads, and where they come from.
func noteSteering(seen map[string]int, c *collector.Cluster) {
	when := func(what string, odd bool) {
		if odd {
			seen[what]++
		}
	}
	there := map[collector.WorkloadRef]bool{}
	for i := range c.Workloads {
		there[c.Workloads[i].Ref()] = true
	}
	for i := range c.Workloads {
		w := &c.Workloads[i]
		when("ignored", w.Ignore != "")
		when("VPA", w.VPA != nil && w.VPA.Mode != "Off")
		when("copy of an HPA", w.HPA != nil && w.HPA.Target != "")
		when("target", there[w.Target])
		when("target elsewhere", w.Target.Name != "" && !there[w.Target])
	}
	for _, n := range c.Namespaces {
		when("ignored namespace", n.Ignore != "")
	}
	for i := range c.Reconcilers {
		r := &c.Reconcilers[i]
		when("ignored interval", r.Ignore != "" && r.Interval.Duration > 0)
		when("artifact", r.Artifact.Source != "")
		for _, s := range r.Sources {
			when("value files", len(s.ValueFiles) > 0)
		}
	}
}

func TestFleetsDrawnAreNormalised(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := collectortest.Fleet().Draw(t, "fleet")
		names := map[string]bool{}
		for i := range f.Clusters {
			for _, n := range f.Clusters[i].Nodes {
				key := f.Clusters[i].Name + "/" + n.Name
				if names[key] {
					t.Fatalf("two nodes are %s", key)
				}
				names[key] = true
			}
		}
	})
}

func BenchmarkGenerate(b *testing.B) {
	for b.Loop() {
		collectortest.Generate(20, 250, 1)
	}
}
