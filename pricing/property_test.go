package pricing_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/collector/collectortest"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/pricing/book"
	"github.com/tuppence-dev/tuppence/pricing/hmrc"
)

func drawPolicy(t *rapid.T) pricing.Policy {
	if rapid.Bool().Draw(t, "a named policy") {
		return rapid.SampledFrom(pricing.Policies()).Draw(t, "policy")
	}
	return pricing.Policy{Name: "drawn", Weights: pricing.Weights{
		CPU: rapid.SampledFrom([]int64{9, 1, 0, 1_000_000}).Draw(t, "CPU weight"), Memory: rapid.SampledFrom([]int64{1, 3, 1_000_000}).Draw(t, "memory weight"),
		GPU: rapid.SampledFrom([]int64{0, 90, 1_000_000}).Draw(t, "GPU weight")}}
}

// pricer prices any fleet with the bundled book and rates.
func pricer(t *testing.T) func(*rapid.T, *collector.Fleet, pricing.Policy) *pricing.Ledger {
	prices, err := book.Default()
	if err != nil {
		t.Fatal(err)
	}
	rates, err := hmrc.Default()
	if err != nil {
		t.Fatal(err)
	}
	return func(t *rapid.T, f *collector.Fleet, p pricing.Policy) *pricing.Ledger {
		l, err := pricing.Price(f, pricing.Terms{Prices: prices, FX: rates, Policy: p})
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
}

func TestLinesAddUpToTheBill(t *testing.T) {
	price := pricer(t)
	rapid.Check(t, func(t *rapid.T) {
		f := collectortest.Fleet().Draw(t, "fleet")
		l := price(t, f, drawPolicy(t))
		if len(l.Clusters) != len(f.Clusters) {
			t.Fatalf("%d clusters of %d", len(l.Clusters), len(f.Clusters))
		}
		bill, lines := pricing.Known(pricing.Money{}), pricing.Known(pricing.Money{})
		for i := range l.Clusters {
			c := &l.Clusters[i]
			if want := len(f.Clusters[i].Nodes) + len(f.Clusters[i].PastNodes) + len(f.Clusters[i].Volumes) + len(f.Clusters[i].LoadBalancers); len(c.Charges) < want {
				t.Fatalf("%s: %d charges for %d things", c.Cluster, len(c.Charges), want)
			}
			checkCharges(t, c)
			total := c.Total(pricing.Workload).Plus(c.Total(pricing.Idle)).Plus(c.Total(pricing.Overhead))
			same(t, c.Cluster, total, c.Bill())
			bill, lines = bill.Plus(c.Bill()), lines.Plus(total)
		}
		same(t, "the fleet", lines, bill)
	})
}

// same fails unless both are equal to the last digit and equally known.
func same(t *rapid.T, what string, got, want pricing.Amount) {
	t.Helper()
	if !got.Money.Equal(want.Money.Decimal) || got.Known != want.Known {
		t.Fatalf("%s: lines are %s (known: %v), the bill is %s (known: %v)", what, got.Money.Decimal, got.Known, want.Money.Decimal, want.Known)
	}
}

// checkCharges checks that each charge is price × quantity, that its lines add up
// to its cost, that none is negative, and that what is unknown is so in every
// line.
func checkCharges(t *rapid.T, c *pricing.ClusterLedger) {
	sums, shares := map[int]pricing.Amount{}, map[int]decimal.Decimal{}
	for i := range c.Charges {
		sums[i] = pricing.Known(pricing.Money{})
	}
	for _, line := range c.Lines {
		if line.Cost.Money.IsNegative() || line.Share.IsNegative() {
			t.Fatalf("%s: a negative line: %+v", c.Cluster, line)
		}
		if (line.Class == pricing.Workload) != (line.Workload >= 0) {
			t.Fatalf("%s: %+v", c.Cluster, line)
		}
		sums[line.Charge] = sums[line.Charge].Plus(line.Cost)
		shares[line.Charge] = shares[line.Charge].Add(line.Share)
	}
	for i, n := range c.Charges {
		same(t, c.Cluster+" "+n.Name, sums[i], n.Cost)
		if !shares[i].Equal(decimal.NewFromInt(1)) {
			t.Fatalf("%s %s: shares add up to %s", c.Cluster, n.Name, shares[i])
		}
		if n.Cost.Known != (n.Reason == "") || n.Cost.Known && n.Terms == "" || n.Cost.Known != n.Units.Effective.Known {
			t.Fatalf("%s %s: cost %v, reason %q, terms %q", c.Cluster, n.Name, n.Cost, n.Reason, n.Terms)
		}
		if !n.Cost.Known && !n.Cost.Money.IsZero() {
			t.Fatalf("%s %s: an unknown cost of %s", c.Cluster, n.Name, n.Cost)
		}
		if n.Cost.Known && !n.Cost.Money.Equal(n.Units.Effective.Money.Mul(n.Quantity)) {
			t.Fatalf("%s %s: %s is not %s × %s", c.Cluster, n.Name, n.Cost.Money.Decimal, n.Units.Effective.Money.Decimal, n.Quantity)
		}
	}
}

func TestCostAtThePresentRequestsIsTheCost(t *testing.T) {
	price := pricer(t)
	rapid.Check(t, func(t *rapid.T) {
		f := collectortest.Fleet().Draw(t, "fleet")
		l := price(t, f, drawPolicy(t))
		for i := range l.Clusters {
			c := &l.Clusters[i]
			for w := range f.Clusters[i].Workloads {
				load := &f.Clusters[i].Workloads[w]
				same(t, load.Name, costAt(c, w, requestsOf(load)...), c.Cost(w))
				fromLines := pricing.Known(pricing.Money{})
				for line := range c.LinesOf(w) {
					if line.Workload != w {
						t.Fatalf("line of workload %d among those of %d", line.Workload, w)
					}
					fromLines = fromLines.Plus(line.Cost)
				}
				if !fromLines.Money.Equal(c.Cost(w).Money.Decimal) {
					t.Fatalf("%s costs %s, its lines %s", load.Name, c.Cost(w), fromLines)
				}
			}
		}
	})
}

// drawRequest draws what a container may ask for, absurd amounts included, but
// not so much that a sum over containers would run over.
func drawRequest(t *rapid.T) collector.Resources {
	return collector.Resources{
		CPU:    collector.MilliCPU(rapid.Int64Range(-1<<60, 1<<60).Draw(t, "cpu")),
		Memory: collector.Bytes(rapid.Int64Range(-1<<60, 1<<60).Draw(t, "memory")),
		GPU:    collector.GPUs(rapid.Int64Range(-1<<60, 1<<60).Draw(t, "gpu")),
	}
}

func requestsOf(w *collector.Workload) []collector.Resources {
	var out []collector.Resources
	for i := range w.Containers {
		out = append(out, w.Containers[i].Requests)
	}
	return out
}

func TestAskingForLessNeverCostsMore(t *testing.T) {
	price := pricer(t)
	rapid.Check(t, func(t *rapid.T) {
		f := collectortest.Fleet().Draw(t, "fleet")
		l := price(t, f, drawPolicy(t))
		for i := range l.Clusters {
			for w := range f.Clusters[i].Workloads {
				var a, b []collector.Resources
				for range f.Clusters[i].Workloads[w].Containers {
					r := drawRequest(t)
					a, b = append(a, r), append(b, r.Max(drawRequest(t)))
				}
				low, high := costAt(&l.Clusters[i], w, a...), costAt(&l.Clusters[i], w, b...)
				if low.Money.GreaterThan(high.Money.Decimal) || low.Money.IsNegative() {
					t.Fatalf("%+v costs %s, %+v costs %s", a, low, b, high)
				}
			}
		}
	})
}

// The order in which an API lists things must not show: shuffled, a fleet costs
// the same line by line, and normalised again it gives the same ledger to the
// byte.
func TestOrderDoesNotMatter(t *testing.T) {
	price := pricer(t)
	rapid.Check(t, func(t *rapid.T) {
		f := collectortest.Fleet().Draw(t, "fleet")
		before := price(t, f, pricing.NineToOne)
		byName, text := named(f, before), written(before)
		g := shuffled(f, rapid.Uint64().Draw(t, "order"))
		after := price(t, g, pricing.NineToOne)
		if got := named(g, after); !maps.Equal(byName, got) {
			t.Fatalf("shuffled:\n%v\nwant\n%v", got, byName)
		}
		g.Normalise()
		if got := written(price(t, g, pricing.NineToOne)); got != text {
			t.Fatalf("shuffled and normalised:\n%s\nwant\n%s", got, text)
		}
		if got, want := warnings(after), warnings(before); !slices.Equal(got, want) {
			t.Fatalf("warnings %q, want %q", got, want)
		}
	})
}

func warnings(l *pricing.Ledger) []string {
	var out []string
	for _, w := range l.Warnings {
		out = append(out, w.String())
	}
	slices.Sort(out)
	return out
}

// written is every byte that a ledger shows.
func written(l *pricing.Ledger) string {
	var b strings.Builder
	for i := range l.Clusters {
		c := &l.Clusters[i]
		for _, n := range c.Charges {
			fmt.Fprintln(&b, c.Cluster, n.Name, n.Key, n.Reason, n.Terms, n.Quantity, n.Window, n.Cost.Money.Decimal, n.Cost.Known)
		}
		for _, line := range c.Lines {
			fmt.Fprintln(&b, line.Charge, line.Class, line.Workload, line.Share, line.Cost.Money.Decimal, line.Cost.Known)
		}
	}
	fmt.Fprintln(&b, l.FX, l.Warnings)
	return b.String()
}

// named is each line's cost by the names of what it is for.
func named(f *collector.Fleet, l *pricing.Ledger) map[string]string {
	out := map[string]string{}
	for i := range l.Clusters {
		c := &l.Clusters[i]
		for _, line := range c.Lines {
			name := fmt.Sprintf("%s %s %s", c.Cluster, c.Charges[line.Charge].Name, line.Class)
			if line.Workload >= 0 {
				name += " " + f.Clusters[i].Workloads[line.Workload].Name
			}
			out[name] = fmt.Sprint(line.Cost.Money.Decimal, line.Cost.Known)
		}
	}
	return out
}

// shuffled is a copy of f with clusters, nodes, workloads and placements in
// another order.
func shuffled(f *collector.Fleet, seed uint64) *collector.Fleet {
	rng := rand.New(rand.NewPCG(seed, 0))
	g := &collector.Fleet{Window: f.Window, Clusters: shuffle(rng, f.Clusters)}
	for i := range g.Clusters {
		c := &g.Clusters[i]
		c.Nodes, c.Workloads = shuffle(rng, c.Nodes), shuffle(rng, c.Workloads)
		for j := range c.Workloads {
			c.Workloads[j].Placements = shuffle(rng, c.Workloads[j].Placements)
		}
	}
	return g
}

func shuffle[T any](rng *rand.Rand, s []T) []T {
	s = slices.Clone(s)
	rng.Shuffle(len(s), func(i, j int) { s[i], s[j] = s[j], s[i] })
	return s
}
