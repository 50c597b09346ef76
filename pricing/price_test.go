package pricing_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/collector/collectortest"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/pricing/pricingtest"
)

const gib = collector.GiB

// pound is a catalogue with one machine, "box", that costs £0.10 an hour (£73 a
// month) on demand and £0.04 on spot.
func pound() pricingtest.Prices {
	price := func(perHour string) pricing.ListPrice {
		return pricing.ListPrice{Unit: pricing.Hour, PerUnit: decimal.RequireFromString(perHour), Currency: "GBP", Source: "a contract", AsOf: "2026-11-01", VCPU: 4}
	}
	k := pricing.Key{Kind: pricing.Machine, Provider: collector.AWS, Region: "eu-west-2", Type: "box", CapacityType: collector.OnDemand}
	spot := k
	spot.CapacityType = collector.Spot
	return pricingtest.Prices{k: price("0.10"), spot: price("0.04")}
}

// box is a node of 4 vCPU and 16 GiB: 52 weighted units at 9:1, of which it
// keeps none for itself.
func box(name string) collector.Node {
	size := collector.Resources{CPU: 4000, Memory: 16 * gib}
	return collector.Node{Name: name, Provider: collector.AWS, Region: "eu-west-2", InstanceType: "box",
		CapacityType: collector.OnDemand, Capacity: size, Allocatable: size}
}

func app(name string, cpu collector.MilliCPU, memory collector.Bytes, placements ...collector.Placement) collector.Workload {
	return collector.Workload{Kind: "Deployment", Namespace: "shop", Name: name, Placements: placements,
		Containers: []collector.Container{{Name: "app", Requests: collector.Resources{CPU: cpu, Memory: memory}}}}
}

func on(node string, pods int) collector.Placement {
	return collector.Placement{Node: node, Pods: pods}
}

func use(w collector.Workload, cpu, memory float64) collector.Workload {
	c, m := collector.NewSketch(), collector.NewSketch()
	if c.Add(cpu) != nil || m.Add(memory) != nil {
		panic("not a sample")
	}
	w.Containers[0].Usage = collector.Usage{Source: "prometheus", Days: []collector.DayUsage{{Day: "2026-11-21", CPU: c.Digest(), Memory: m.Digest()}}}
	return w
}

// initUse gives w an init container that used a lot while it ran.
func initUse(w collector.Workload) collector.Workload {
	used := use(app("", 0, 0), 4000, float64(16*gib)).Containers[0]
	used.Role = collector.Init
	w.Containers = append(w.Containers, used)
	return w
}

func fleet(nodes []collector.Node, workloads ...collector.Workload) *collector.Fleet {
	return &collector.Fleet{Window: collectortest.Window(), Clusters: []collector.Cluster{{Name: "prod", NodesSince: collectortest.Window().Start, Nodes: nodes, Workloads: workloads}}}
}

func price(t testing.TB, f *collector.Fleet, p pricing.Policy) *pricing.Ledger {
	t.Helper()
	l, err := pricing.Price(f, pricing.Terms{Prices: pound(), FX: pricingtest.Rates{}, Policy: p})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// lines writes the lines of a ledger as "node class workload cost".
func lines(f *collector.Fleet, l *pricing.Ledger) []string {
	var out []string
	for i := range l.Clusters {
		for _, line := range l.Clusters[i].Lines {
			name := string(line.Class)
			if line.Class == pricing.Workload {
				name = f.Clusters[i].Workloads[line.Workload].Name
			}
			out = append(out, fmt.Sprintf("%s %s %s", l.Clusters[i].Charges[line.Charge].Name, name, line.Cost))
		}
	}
	return out
}

func TestSplit(t *testing.T) {
	oneToOne := pricing.Policy{Name: "1:1", Weights: pricing.Weights{CPU: 1, Memory: 1}}
	kept := box("n")
	kept.Allocatable = collector.Resources{CPU: 3500, Memory: 14 * gib}
	noCapacity := box("n")
	noCapacity.Capacity = collector.Resources{}
	noAllocatable := box("n")
	noAllocatable.Allocatable = collector.Resources{}
	sizeless := box("n")
	sizeless.Capacity, sizeless.Allocatable = collector.Resources{}, collector.Resources{}
	boxes := []collector.Node{box("n")}

	for _, c := range []struct {
		name      string
		policy    pricing.Policy
		nodes     []collector.Node
		workloads []collector.Workload
		want      []string
	}{
		{"an empty node is all idle", pricing.NineToOne, boxes, nil, []string{"n idle £73.00"}},
		{"a pod of 1 vCPU and 2 GiB bears 11/52 at 9:1", pricing.NineToOne, boxes,
			[]collector.Workload{app("a", 1000, 2*gib, on("n", 1))}, []string{"n a £15.44", "n idle £57.56"}},
		{"the same pod bears 3/20 at 1:1", oneToOne, boxes,
			[]collector.Workload{app("a", 1000, 2*gib, on("n", 1))}, []string{"n a £10.95", "n idle £62.05"}},
		{"processors alone bear it at 1:0", pricing.Policy{Weights: pricing.Weights{CPU: 1}}, boxes,
			[]collector.Workload{app("a", 1000, 16*gib, on("n", 1))}, []string{"n a £18.25", "n idle £54.75"}},
		{"two pods bear twice as much as one", pricing.NineToOne, boxes,
			[]collector.Workload{app("a", 1000, 2*gib, on("n", 2))}, []string{"n a £30.88", "n idle £42.12"}},
		{"use above the request counts, for each resource by itself (2 vCPU and 2 GiB: 20/52)", pricing.NineToOne, boxes,
			[]collector.Workload{use(app("a", 1000, 2*gib, on("n", 1)), 2000, float64(gib))}, []string{"n a £28.08", "n idle £44.92"}},
		{"use below the request does not", pricing.NineToOne, boxes,
			[]collector.Workload{use(app("a", 1000, 2*gib, on("n", 1)), 10, float64(gib))}, []string{"n a £15.44", "n idle £57.56"}},
		{"capacity − allocatable is overhead (0.5 vCPU and 2 GiB: 6.5/52)", pricing.NineToOne, []collector.Node{kept},
			[]collector.Workload{app("a", 1000, 2*gib, on("n", 1))}, []string{"n a £15.44", "n idle £48.43", "n overhead £9.13"}},
		{"without capacity, allocatable is the whole", pricing.NineToOne, []collector.Node{noCapacity},
			[]collector.Workload{app("a", 1000, 2*gib, on("n", 1))}, []string{"n a £15.44", "n idle £57.56"}},
		{"without allocatable, all capacity is allocatable", pricing.NineToOne, []collector.Node{noAllocatable},
			[]collector.Workload{app("a", 1000, 2*gib, on("n", 1))}, []string{"n a £15.44", "n idle £57.56"}},
		{"a node of no size is all idle", pricing.NineToOne, []collector.Node{sizeless},
			[]collector.Workload{app("a", 1000, 2*gib, on("n", 1))}, []string{"n idle £73.00"}},
		{"where pods ask for twice the processors, each has half of them (2 vCPU each, 18/52 and 1/52)", pricing.NineToOne, boxes,
			[]collector.Workload{app("a", 4000, gib, on("n", 1)), app("b", 4000, gib, on("n", 1))}, []string{"n a £26.67", "n b £26.67", "n idle £19.65"}},
		{"where both are asked for twice, nothing is idle", pricing.NineToOne, boxes,
			[]collector.Workload{app("a", 4000, 16*gib, on("n", 1)), app("b", 4000, 16*gib, on("n", 1))}, []string{"n a £36.50", "n b £36.50", "n idle £0.00"}},
		{"what is held back and used all the same is its user's (3.75 of 4 vCPU and 2 GiB: 35.75/52, and 0.25 vCPU and 2 GiB are left)", pricing.NineToOne, []collector.Node{kept},
			[]collector.Workload{use(app("a", 3500, 2*gib, on("n", 1)), 3750, float64(gib))}, []string{"n a £50.19", "n idle £16.85", "n overhead £5.97"}},
		{"who takes more than all of a node bears all of it", pricing.NineToOne, []collector.Node{kept},
			[]collector.Workload{app("a", 99000, 999*gib, on("n", 1))}, []string{"n a £73.00", "n idle £0.00"}},
		{"pending pods and placements of no pods cost nothing", pricing.NineToOne, boxes,
			[]collector.Workload{app("a", 1000, 2*gib, on("", 3), on("n", 0), on("n", -1))}, []string{"n idle £73.00"}},
		{"init containers use nothing now, but their requests are held (the larger of 1 and 2 vCPU)", pricing.NineToOne, boxes,
			[]collector.Workload{{Name: "a", Placements: []collector.Placement{on("n", 1)}, Containers: []collector.Container{
				{Role: collector.Init, Requests: collector.Resources{CPU: 2000}}, {Requests: collector.Resources{CPU: 1000}}}}},
			[]string{"n a £25.27", "n idle £47.73"}},
		{"what an init container used does not count", pricing.NineToOne, boxes,
			[]collector.Workload{initUse(app("a", 1000, 2*gib, on("n", 1)))}, []string{"n a £15.44", "n idle £57.56"}},
		{"placements on one node are one line", pricing.NineToOne, boxes,
			[]collector.Workload{app("a", 1000, 2*gib, on("n", 1), on("n", 1))}, []string{"n a £30.88", "n idle £42.12"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := fleet(c.nodes, c.workloads...)
			if diff := cmp.Diff(c.want, lines(f, price(t, f, c.policy))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// costAt is what workload w would cost if its containers requested these.
func costAt(c *pricing.ClusterLedger, w int, requests ...collector.Resources) pricing.Amount {
	return c.CostsAt(w, requests, func(int, pricing.Amount) {})
}

func TestCostsAt(t *testing.T) {
	spot := box("s")
	spot.CapacityType = collector.Spot
	f := fleet([]collector.Node{box("n"), spot},
		use(app("a", 2000, 4*gib, on("n", 1), on("s", 2)), 500, float64(gib)), app("idle", 1000, gib), app("crowd", 8000, 0, on("n", 1)))
	c := &price(t, f, pricing.NineToOne).Clusters[0]
	for _, x := range []struct {
		name     string
		workload int
		perPod   collector.Resources
		want     string
	}{
		// n is asked for 10 of its 4 cores, so a core there counts 0.4.
		{"the present requests cost what it costs", 0, collector.Resources{CPU: 2000, Memory: 4 * gib}, c.Cost(0).String()},
		{"half (n: 3.6 + 2, s: 2 × 11, of 52)", 0, collector.Resources{CPU: 1000, Memory: 2 * gib}, "£20.22"},
		{"never below use (n: 1.8 + 1, s: 2 × 5.5)", 0, collector.Resources{}, "£10.11"},
		{"no pods, no cost", 1, collector.Resources{CPU: 9000, Memory: gib}, "£0.00"},
		{"more than the node is the node", 2, collector.Resources{CPU: 1 << 50, Memory: 1 << 60}, "£73.00"},
		{"no such workload", 9, collector.Resources{}, "unknown"},
	} {
		if got := costAt(c, x.workload, x.perPod).String(); got != x.want {
			t.Errorf("%s: %s, want %s", x.name, got, x.want)
		}
	}
}

func TestWhatIsNotKnownIsNeverZero(t *testing.T) {
	strange := box("strange")
	strange.InstanceType = "blob"
	sizeless := box("sizeless")
	sizeless.Capacity, sizeless.Allocatable = collector.Resources{}, collector.Resources{}
	f := fleet([]collector.Node{box("n"), strange, sizeless},
		app("known", 1000, gib, on("n", 1)),
		app("unpriced", 1000, gib, on("strange", 1)),
		app("both", 1000, 2*gib, on("n", 1), on("strange", 1)),
		app("unlisted", 1000, gib, on("gone", 1)),
		app("sizeless", 1000, gib, on("sizeless", 1)),
		app("blind", 0, 0, on("n", 1)),
		use(app("nothing", 0, 0, on("n", 1)), 0, 0),
		app("scaled to none", 1000, gib))
	l := price(t, f, pricing.NineToOne)
	c := &l.Clusters[0]
	for i, want := range []string{"£14.04", "unknown", "£15.44 + unknown", "unknown", "unknown", "unknown", "£0.00", "£0.00"} {
		if got := c.Cost(i).String(); got != want {
			t.Errorf("%s costs %s, want %s", f.Clusters[0].Workloads[i].Name, got, want)
		}
		if at := costAt(c, i, f.Clusters[0].Workloads[i].Requests()); at.String() != want {
			t.Errorf("%s costs %s at its requests, want %s", f.Clusters[0].Workloads[i].Name, at, want)
		}
	}
	if got := c.Bill().String(); got != "£146.00 + unknown" {
		t.Errorf("the bill is %s", got)
	}
}

// A recording can claim anything: sums must not run over.
func TestAbsurdDemandsStillAddUp(t *testing.T) {
	var greedy []collector.Workload
	for i := range 40 {
		greedy = append(greedy, app(fmt.Sprintf("greedy-%d", i), 1<<62, 1<<62, on("n", 1<<40)))
	}
	f := fleet([]collector.Node{box("n")}, greedy...)
	c := &price(t, f, pricing.Policy{Weights: pricing.Weights{CPU: 1_000_000, Memory: 1_000_000}}).Clusters[0]
	if got := c.Total(pricing.Workload).Plus(c.Total(pricing.Idle)); !got.Money.Equal(c.Bill().Money.Decimal) {
		t.Errorf("lines are %s, the bill is %s", got.Money.Decimal, c.Bill().Money.Decimal)
	}
	for i := range greedy {
		if got := c.Cost(i).String(); got != "£1.83" { // 73 ÷ 40, the same for each
			t.Errorf("%s costs %s", greedy[i].Name, got)
		}
	}
}

func TestLookingUpAWorkload(t *testing.T) {
	f := fleet([]collector.Node{box("m"), box("n")}, use(app("a", 1000, gib, on("m", 2), on("n", 3)), 100.2, 5000), app("b", 1000, gib, on("n", 1)))
	c := &price(t, f, pricing.NineToOne).Clusters[0]
	var got []string
	for line, node := range c.LinesOf(0) {
		got = append(got, fmt.Sprintf("%s %s %s", c.Charges[line.Charge].Name, node.Name, line.Cost))
	}
	if diff := cmp.Diff([]string{"m m £28.08", "n n £42.12"}, got); diff != "" {
		t.Error(diff)
	}
	var parts []string
	whole := c.CostsAt(0, []collector.Resources{{CPU: 500, Memory: gib}}, func(node int, cost pricing.Amount) {
		parts = append(parts, c.Charges[node].Name+" "+cost.String())
	})
	// (4.5 + 1) × 2 and × 3 of 52 of £73
	if diff := cmp.Diff([]string{"m £15.44", "n £23.16"}, parts); diff != "" || whole.String() != "£38.61" {
		t.Error(whole, diff)
	}
	byHand := pricing.ClusterLedger{Lines: c.Lines, Charges: c.Charges}
	if byHand.Cost(0).String() != c.Cost(0).String() || costAt(&byHand, 0).Known {
		t.Error("a ledger without an index")
	}
}

func TestPriceRefusesACallersMistake(t *testing.T) {
	f := fleet(nil)
	for name, call := range map[string]func() (*pricing.Ledger, error){
		"no fleet": func() (*pricing.Ledger, error) {
			return pricing.Price(nil, pricing.Terms{Prices: pound(), FX: pricingtest.Rates{}, Policy: pricing.NineToOne})
		},
		"a window of no length": func() (*pricing.Ledger, error) {
			f := fleet(nil)
			f.Window.Start = f.Window.End
			return pricing.Price(f, pricing.Terms{Prices: pound(), FX: pricingtest.Rates{}, Policy: pricing.NineToOne})
		},
		"a window of all time": func() (*pricing.Ledger, error) {
			f := fleet(nil)
			f.Window.Start = time.Time{}
			return pricing.Price(f, pricing.Terms{Prices: pound(), FX: pricingtest.Rates{}, Policy: pricing.NineToOne})
		},
		"no catalogue": func() (*pricing.Ledger, error) {
			return pricing.Price(f, pricing.Terms{Prices: nil, FX: pricingtest.Rates{}, Policy: pricing.NineToOne})
		},
		"no rates": func() (*pricing.Ledger, error) {
			return pricing.Price(f, pricing.Terms{Prices: pound(), FX: nil, Policy: pricing.NineToOne})
		},
		"no weights": func() (*pricing.Ledger, error) {
			return pricing.Price(f, pricing.Terms{Prices: pound(), FX: pricingtest.Rates{}, Policy: pricing.Policy{}})
		},
		"a negative weight": func() (*pricing.Ledger, error) {
			return pricing.Price(f, pricing.Terms{Prices: pound(), FX: pricingtest.Rates{}, Policy: pricing.Policy{Weights: pricing.Weights{CPU: -1, Memory: 1}}})
		},
		"an absurd weight": func() (*pricing.Ledger, error) {
			return pricing.Price(f, pricing.Terms{Prices: pound(), FX: pricingtest.Rates{}, Policy: pricing.Policy{Weights: pricing.Weights{CPU: 1_000_001, Memory: 1}}})
		},
	} {
		if l, err := call(); err == nil || l != nil {
			t.Errorf("%s: %v, %v", name, l, err)
		}
	}
	if _, err := pricing.Price(&collector.Fleet{}, pricing.Terms{Prices: pound(), FX: pricingtest.Rates{}, Policy: pricing.NineToOne}); err != nil {
		t.Error("an empty fleet:", err)
	}
}
