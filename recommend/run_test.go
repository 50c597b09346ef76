package recommend_test

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/recommend"
	"github.com/tuppence-dev/tuppence/recommend/interval"
	"github.com/tuppence-dev/tuppence/recommend/rightsize"
	"github.com/tuppence-dev/tuppence/recommend/spot"
)

var update = flag.Bool("update", false, "renew the golden files")

// prices asks £0.10 for a unit of everything, £73 a month for a machine, and 60 %
// less on spot; of type "unknown" there is no price, and none on spot of "nospot".
type prices struct{}

func (prices) Lookup(k pricing.Key) (pricing.ListPrice, error) {
	if k.Type == "unknown" || k.CapacityType == collector.Spot && k.Type == "nospot" {
		return pricing.ListPrice{}, &pricing.UnknownPrice{Key: k, Reason: "it is not in the book"}
	}
	p := pricing.ListPrice{Unit: k.Kind.Unit(), PerUnit: decimal.RequireFromString("0.1"), Currency: "GBP", Source: "test", AsOf: "2026-11-01"}
	if k.CapacityType == collector.Spot {
		p.PerUnit = decimal.RequireFromString("0.04")
	}
	return p, nil
}

type pounds struct{}

func (pounds) Rate(currency string, at time.Time) (pricing.FXRate, error) {
	return pricing.FXRate{Currency: currency, PerGBP: decimal.NewFromInt(1), Source: "test", Period: "2026-11"}, nil
}

// machine has 4 vCPU and 16 GiB: with weights 9:1 it weighs 52, so that a core is
// 73 × 9 ÷ 52 and a GiB 73 ÷ 52 pounds a month.
func machine(name string) collector.Node {
	size := collector.Resources{CPU: 4000, Memory: 16 * collector.GiB}
	return collector.Node{Name: name, Provider: collector.AWS, Region: "eu-west-2", InstanceType: "m5.xlarge", Arch: "amd64",
		CapacityType: collector.OnDemand, Capacity: size, Allocatable: size}
}

func requesting(name string, cpu collector.MilliCPU, gib int, nodes ...string) collector.Workload {
	w := collector.Workload{APIVersion: "apps/v1", Kind: "Deployment", Namespace: "shop", Name: name, Replicas: len(nodes),
		Containers: []collector.Container{{Name: "app", Requests: collector.Resources{CPU: cpu, Memory: collector.GiB * collector.Bytes(gib)}}}}
	for _, n := range nodes {
		w.Placements = append(w.Placements, collector.Placement{Node: n, Pods: 1})
	}
	return w
}

func fleetOf(c collector.Cluster) *collector.Fleet {
	end := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	return &collector.Fleet{Window: collector.Window{Start: end.AddDate(0, 0, -14), End: end}, Clusters: []collector.Cluster{c}}
}

func ledger(t testing.TB, f *collector.Fleet) *pricing.Ledger {
	t.Helper()
	l, err := pricing.Price(f, pricing.Terms{Prices: prices{}, FX: pounds{}, Policy: pricing.NineToOne})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// to proposes cpu and gib for the named workload's only container.
func to(name, workload string, cpu collector.MilliCPU, gib int) recommend.Recommender {
	return effect(name, workload, recommend.Effect{Requests: []collector.Resources{{CPU: cpu, Memory: collector.GiB * collector.Bytes(gib)}}}, "cpu")
}

func effect(name, workload string, e recommend.Effect, field string) recommend.Recommender {
	return recommend.Recommender{Name: name, Func: func(p *recommend.Pass) []recommend.Finding {
		for i := range p.Cluster.Workloads {
			w := &p.Cluster.Workloads[i]
			if w.Name != workload {
				continue
			}
			e.Workload = i
			o := recommend.Subject(p.Cluster.Name, w)
			f := recommend.Finding{ID: recommend.FindingID(name, o), Recommender: name, Subject: o, Status: recommend.Proposed,
				Changes: []recommend.Change{{Object: o, Path: []string{"spec", field}, After: "1"}}}
			return []recommend.Finding{f.WithEffect(e)}
		}
		return nil
	}}
}

func findings(t testing.TB, c collector.Cluster, rs ...recommend.Recommender) []recommend.Finding {
	t.Helper()
	f := fleetOf(c)
	found, err := recommend.Run(f, ledger(t, f), prices{}, rs)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func saving(f recommend.Finding) string {
	return fmt.Sprintf("%s %s: %s, %s", f.Recommender, f.Status, f.Saving.Allocated, f.Saving.Realisable)
}

func TestSavingsByHand(t *testing.T) {
	off := func(share string) recommend.Effect {
		return recommend.Effect{SpotLow: decimal.RequireFromString(share)}
	}
	one := collector.Cluster{Name: "c", Nodes: []collector.Node{machine("a")}, Workloads: []collector.Workload{requesting("web", 2000, 4, "a")}}
	three := collector.Cluster{Name: "c", Nodes: []collector.Node{machine("a"), machine("b"), machine("d")},
		Workloads: []collector.Workload{requesting("web", 3900, 15, "a", "b", "d")}}
	unpriced := collector.Cluster{Name: "c", Nodes: []collector.Node{machine("a")}, Workloads: one.Workloads}
	unpriced.Nodes[0].InstanceType = "unknown"
	nospot := collector.Cluster{Name: "c", Nodes: []collector.Node{machine("a")}, Workloads: one.Workloads}
	nospot.Nodes[0].InstanceType = "nospot"
	for name, c := range map[string]struct {
		c    collector.Cluster
		rs   []recommend.Recommender
		want []string
	}{
		// 9 of 52 of £73; no node leaves, as the pods have nowhere else to go.
		"a core less, no node leaves": {one, []recommend.Recommender{to("size", "web", 1000, 4)}, []string{"size proposed: £12.63, £0.00"}},
		// 22 of 52 is £30.88, all of it; 40 % of that leaves. The pod leaves the
		// node, which can go: 73 − 18.53 of spot, held to what is allocated.
		"spot takes its share": {one, []recommend.Recommender{effect("spot", "web", off("0.4"), "node")}, []string{"spot proposed: £12.35, £12.35"}},
		// 22 − 9 = 13 of 52 is £18.25, of which 40 % is £7.30.
		"spot after a smaller request takes its share of what is left": {one,
			[]recommend.Recommender{to("size", "web", 1000, 4), effect("spot", "web", off("0.4"), "node")},
			[]string{"size proposed: £12.63, £12.63", "spot proposed: £7.30, £7.30"}},
		"the other way round the sum is the same": {one,
			[]recommend.Recommender{effect("spot", "web", off("0.4"), "node"), to("size", "web", 1000, 4)},
			[]string{"spot proposed: £12.35, £12.35", "size proposed: £7.58, £7.58"}},
		"an increase costs": {one, []recommend.Recommender{to("size", "web", 3000, 4)}, []string{"size proposed: -£12.63, -£12.63"}},
		// (18 + 8) × 3 of 52 is £109.50; three pods of 1900m and 7 GiB need two nodes.
		"one of three nodes leaves": {three, []recommend.Recommender{to("size", "web", 1900, 7)}, []string{"size proposed: £109.50, £73.00"}},
		"the second to want a field is superseded": {one, []recommend.Recommender{to("first", "web", 1000, 4), to("second", "web", 500, 4)},
			[]string{"first proposed: £12.63, £0.00", "second superseded: £0.00, £0.00"}},
		"an unknown price is an unknown saving": {unpriced, []recommend.Recommender{to("size", "web", 1000, 4)}, []string{"size proposed: unknown, unknown"}},
		"an unknown spot price too":             {nospot, []recommend.Recommender{effect("spot", "web", off("0.4"), "node")}, []string{"spot proposed: unknown, unknown"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, f := range findings(t, c.c, c.rs...) {
				got = append(got, saving(f))
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

// Three nodes of one pool, of which one leaves, and a fourth of another
// architecture, which stays: what leaves one pool is never put down to a workload
// of the other.
func TestWhatLeavesOnePoolIsNoSavingInAnother(t *testing.T) {
	arm := machine("arm")
	arm.Arch = "arm64"
	c := collector.Cluster{Name: "c", Nodes: []collector.Node{machine("a"), machine("b"), machine("d"), arm}, Workloads: []collector.Workload{
		requesting("web", 2500, 2, "a", "b", "d"), requesting("scorer", 3000, 4, "arm"),
	}}
	// web saves 3 × 9 × 1.5 of 52, £56.86, and a node of £73 leaves; scorer 18 of
	// 52, £25.27, and its node stays.
	var got []string
	for _, f := range findings(t, c, to("web", "web", 1000, 2), to("scorer", "scorer", 1000, 4)) {
		got = append(got, saving(f))
	}
	want := []string{"web proposed: £56.86, £56.86", "scorer proposed: £25.27, £0.00"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// Node a is full, b stays for its bare Pod, and d, of another zone, leaves for the
// room on b unless its own pod cannot go. Its static pod goes with it.
func TestANodeStaysWhereAPodCannotMove(t *testing.T) {
	const one, none = "size proposed: £12.63, £12.63", "size proposed: £12.63, £0.00"
	for name, c := range map[string]struct {
		change func(*collector.Workload)
		want   string
	}{
		"a Deployment moves":     {func(*collector.Workload) {}, one},
		"a bare Pod":             {func(w *collector.Workload) { w.Kind = "Pod" }, none},
		"it must not be evicted": {func(w *collector.Workload) { w.Pod.DoNotDisrupt = "karpenter.sh/do-not-disrupt=true" }, none},
		"its budget allows none": {func(w *collector.Workload) { w.PDB = &collector.PDB{MinAvailable: "1"} }, none},
		"its budget allows one":  {func(w *collector.Workload) { w.PDB = &collector.PDB{MinAvailable: "1", DisruptionsAllowed: 1} }, one},
		"its volume is of its zone": {func(w *collector.Workload) {
			w.Pod.Claims = []collector.Claim{{Name: "data", AccessModes: []string{"ReadWriteOnce"}}}
		}, none},
		"its volume could not be read": {func(w *collector.Workload) { w.Pod.Claims = []collector.Claim{{Name: "data"}} }, none},
		"its volume is shared": {func(w *collector.Workload) {
			w.Pod.Claims = []collector.Claim{{Name: "data", AccessModes: []string{"ReadWriteMany"}}}
		}, one},
		"it is bound to its zone": {func(w *collector.Workload) {
			w.Pod.NodeSelector = []collector.Label{{Key: "topology.kubernetes.io/zone", Value: "y"}}
		}, none},
		"it is bound to its node": {func(w *collector.Workload) {
			w.Pod.NodeSelector = []collector.Label{{Key: "kubernetes.io/hostname", Value: "d"}}
		}, none},
	} {
		t.Run(name, func(t *testing.T) {
			cl := collector.Cluster{Name: "c", Nodes: []collector.Node{machine("a"), machine("b"), machine("d")},
				Workloads: []collector.Workload{requesting("web", 4000, 2, "a"), requesting("api", 3000, 2, "b"), requesting("cart", 1500, 2, "d"), requesting("kube-proxy-d", 10, 0, "d")}}
			for i, zone := range []string{"x", "x", "y"} {
				cl.Nodes[i].Zone = zone
			}
			cl.Workloads[1].Kind, cl.Workloads[3].Kind = "Pod", "Pod"
			c.change(&cl.Workloads[2])
			var got []string
			for _, f := range findings(t, cl, to("size", "api", 2000, 2)) {
				got = append(got, saving(f))
			}
			if d := cmp.Diff([]string{c.want}, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestRunRefusesWhatItCannotDo(t *testing.T) {
	f := fleetOf(collector.Cluster{Name: "c"})
	l := ledger(t, f)
	r := to("a", "web", 1, 1)
	for name, rs := range map[string][]recommend.Recommender{"two of a name": {r, r}, "no name": {{Func: r.Func}}, "no function": {{Name: "x"}}} {
		if _, err := recommend.Run(f, l, prices{}, rs); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := recommend.Run(fleetOf(collector.Cluster{Name: "other"}), l, prices{}, nil); !errors.Is(err, recommend.ErrLedger) {
		t.Errorf("another fleet: %v", err)
	}
	if _, err := recommend.Run(&collector.Fleet{}, l, prices{}, nil); !errors.Is(err, recommend.ErrLedger) {
		t.Errorf("fewer clusters: %v", err)
	}
}

func TestIDsAreUnique(t *testing.T) {
	same := recommend.Recommender{Name: "x", Func: func(p *recommend.Pass) []recommend.Finding {
		o := recommend.Object{Cluster: "c", Name: "o"}
		other := recommend.Object{Cluster: "c", Name: "other"}
		id := recommend.FindingID("x", o)
		// The second shares the first eight digits with another subject.
		return []recommend.Finding{{ID: id, Subject: o}, {ID: id, Subject: other}, {ID: id, Subject: o}}
	}}
	seen := map[string]bool{}
	for _, f := range findings(t, collector.Cluster{Name: "c"}, same) {
		if seen[f.ID] {
			t.Errorf("%s twice", f.ID)
		}
		seen[f.ID] = true
	}
}

func all(t testing.TB) []recommend.Recommender {
	t.Helper()
	size, err := rightsize.New(rightsize.Default())
	if err != nil {
		t.Fatal(err)
	}
	onSpot, err := spot.New(spot.Default())
	if err != nil {
		t.Fatal(err)
	}
	every, err := interval.New(interval.Default())
	if err != nil {
		t.Fatal(err)
	}
	return []recommend.Recommender{size, onSpot, every}
}

// TestGoldenCluster shows every recommender's findings of one cluster.
func TestGoldenCluster(t *testing.T) {
	c := collector.Cluster{Name: "prod-lon", Nodes: []collector.Node{machine("a"), machine("b"), machine("s")}}
	c.Nodes[2].CapacityType = collector.Spot
	c.Nodes[2].CapacityLabel = collector.Label{Key: "karpenter.sh/capacity-type", Value: "spot"}
	web := requesting("web", 1500, 4, "a", "b")
	web.Containers[0].Usage = week(t, 200, 400*float64(collector.MiB))
	web.Pod = collector.PodTraits{GracePeriod: collector.Duration{Duration: 30 * time.Second}, ReadinessProbe: true, Spread: true}
	web.Rollout.MaxUnavailable = "1"
	db := requesting("db", 100, 1, "a")
	db.Kind = "StatefulSet"
	db.Containers[0].Usage = week(t, 900, 900*float64(collector.MiB))
	batch := requesting("batch", 100, 1, "s")
	batch.Pod.NodeSelector = []collector.Label{{Key: "karpenter.sh/capacity-type", Value: "spot"}}
	c.Workloads = []collector.Workload{web, db, batch}
	c.Reconcilers = []collector.Reconciler{{
		APIVersion: "kustomize.toolkit.fluxcd.io/v1", Kind: "Kustomization", Namespace: "flux-system", Name: "apps", Ready: "True", Objects: 50,
		Interval: collector.Duration{Duration: 5 * time.Minute},
		Measured: collector.Measured{Source: "status.history", Count: 120, Span: collector.Duration{Duration: 12 * time.Hour}, Mean: collector.Duration{Duration: 2 * time.Second}},
	}, application}
	c.Controllers = []collector.Controller{{Kind: "argocd", Namespace: "gitops", Name: "argocd-cm", Applications: 1, Timeout: collector.Duration{Duration: time.Minute}, TimeoutSet: true}}
	f := fleetOf(c)
	f.Normalise()
	found, err := recommend.Run(f, ledger(t, f), prices{}, all(t))
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.MarshalIndent(found, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "cluster.json", append(got, '\n'))
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("differs from %s (renew with -update):\n%s", path, d)
	}
}

// week is seven days of 288 equal samples.
func week(t testing.TB, cpu, memory float64) collector.Usage {
	t.Helper()
	u := collector.Usage{Source: "prometheus"}
	for day := range 7 {
		c, m := collector.NewSketch(), collector.NewSketch()
		for range 288 {
			if err := errors.Join(c.Add(cpu), m.Add(memory)); err != nil {
				t.Fatal(err)
			}
		}
		u.Days = append(u.Days, collector.DayUsage{Day: collector.Day(fmt.Sprintf("2026-11-%02d", 15+day)), CPU: c.Digest(), Memory: m.Digest()})
	}
	return u
}

// Two recommenders that tune one flag claim one field.
func TestAFlagIsOneField(t *testing.T) {
	flag := func(name, flag string) recommend.Recommender {
		return recommend.Recommender{Name: name, Func: func(p *recommend.Pass) []recommend.Finding {
			o := recommend.Subject(p.Cluster.Name, &p.Cluster.Workloads[0])
			return []recommend.Finding{{ID: recommend.FindingID(name, o), Subject: o, Status: recommend.Proposed,
				Changes: []recommend.Change{{Object: o, Path: []string{"spec", "template", "spec", "containers", "[name=app]", "args", "[" + flag + "]"}, After: "10"}}}}
		}}
	}
	one := collector.Cluster{Name: "c", Nodes: []collector.Node{machine("a")}, Workloads: []collector.Workload{requesting("web", 2000, 4, "a")}}
	status := map[string]recommend.Status{}
	for _, f := range findings(t, one, flag("first", "--concurrent"), flag("second", "--concurrent"), flag("third", "--concurrent-ssa")) {
		status[f.Recommender] = f.Status
	}
	if status["first"] != recommend.Proposed || status["second"] != recommend.Superseded || status["third"] != recommend.Proposed {
		t.Errorf("%v", status)
	}
}
