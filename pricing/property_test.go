package pricing_test

import (
	"testing"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
)

func TestLinesAddUpToTheBill(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f, _, l := priced(t)
		if len(l.Clusters) != len(f.Clusters) {
			t.Fatalf("%d clusters of %d", len(l.Clusters), len(f.Clusters))
		}
		bill, lines := pricing.Known(pricing.Money{}), pricing.Known(pricing.Money{})
		for i := range l.Clusters {
			c := &l.Clusters[i]
			checkComplete(t, &f.Clusters[i], c)
			checkCharges(t, c)
			total := c.Total(pricing.Workload).Plus(c.Total(pricing.Idle)).Plus(c.Total(pricing.Overhead))
			same(t, c.Cluster, total, c.Bill())
			bill, lines = bill.Plus(c.Bill()), lines.Plus(total)
		}
		same(t, "the fleet", lines, bill)
		same(t, "the fleet and what nothing uses", lines.Plus(l.Unused()), l.Total())
	})
}

// checkComplete checks that everything the cluster has is charged for.
func checkComplete(t *rapid.T, c *collector.Cluster, l *pricing.ClusterLedger) {
	got := map[pricing.Kind]int{}
	for i := range l.Charges {
		got[l.Charges[i].Key.Kind]++
	}
	want := map[pricing.Kind]int{pricing.Machine: len(c.Nodes) + len(c.PastNodes), pricing.Storage: len(c.Volumes)}
	if c.ControlPlane.Service != "" {
		want[pricing.ControlPlane] = 1
	}
	for i := range c.Workloads {
		for _, sent := range []collector.Bytes{c.Workloads[i].Traffic.Internet, c.Workloads[i].Traffic.CrossZone} {
			if sent > 0 {
				want[pricing.Egress]++
			}
		}
	}
	for kind, n := range want {
		if got[kind] != n {
			t.Fatalf("%s: %d charges of %s for %d", l.Cluster, got[kind], kind, n)
		}
	}
	if len(c.LoadBalancers) > 0 && got[pricing.Balancer] == 0 {
		t.Fatalf("%s: load balancers are not charged", l.Cluster)
	}
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
		checkCharge(t, &c.Charges[i])
	}
}

// checkCharge checks the charge's own arithmetic: each cost is its unit ×
// quantity to the last digit, the unit at list price is the price ÷ rate within
// 1e-12, discounts only take off, and commitments pay no more than the whole.
func checkCharge(t *rapid.T, n *pricing.Charge) {
	for _, c := range []struct{ unit, cost pricing.Amount }{
		{n.Units.List, n.List}, {n.Units.Contracted, n.Contracted}, {n.Units.Effective, n.Cost},
	} {
		if c.cost.Known != c.unit.Known || !c.cost.Money.Equal(c.unit.Money.Mul(n.Quantity)) || c.cost.Money.IsNegative() {
			t.Fatalf("%s: %s (known: %v) is not %s × %s", n.Name, c.cost.Money.Decimal, c.cost.Known, c.unit.Money.Decimal, n.Quantity)
		}
	}
	if digits := -n.Units.Effective.Money.Exponent(); digits > 12 {
		t.Fatalf("%s: a rate of %d decimal places", n.Name, digits)
	}
	if n.Terms != "bill" && n.Contracted.Money.GreaterThan(n.List.Money.Decimal) {
		t.Fatalf("%s: contracted at %s, %s by list", n.Name, n.Contracted, n.List)
	}
	if n.Committed.IsNegative() || n.Committed.GreaterThan(n.Cost.Money.Decimal) || n.Terms == "bill" && !n.Committed.IsZero() {
		t.Fatalf("%s: commitments pay %s of %s", n.Name, n.Committed, n.Cost)
	}
	if r := n.Rate; r != nil {
		back, within := r.PerUnit.Mul(r.FX.PerGBP), r.FX.PerGBP.Shift(-12)
		if r.Price.Currency == "GBP" {
			within = decimal.Zero
		}
		if back.Sub(r.Price.PerUnit).Abs().GreaterThan(within) || n.Terms != "bill" && !n.Units.List.Money.Equal(r.PerUnit.Decimal) {
			t.Fatalf("%s: %s %s is £%s", n.Name, r.Price.PerUnit, r.Price.Currency, r.PerUnit.Decimal)
		}
	}
}

func TestCostAtThePresentRequestsIsTheCost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f, _, l := priced(t)
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
	rapid.Check(t, func(t *rapid.T) {
		f, _, l := priced(t)
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
