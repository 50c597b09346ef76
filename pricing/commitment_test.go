package pricing_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/collector/collectortest"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/pricing/pricingtest"
)

func TestCommitmentsAreUsedOrUnused(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		_, terms, l := priced(t)
		if len(l.Commitments) != len(terms.Commitments) {
			t.Fatalf("%d of %d commitments", len(l.Commitments), len(terms.Commitments))
		}
		used := decimal.Zero
		for _, c := range l.Commitments {
			if !c.Committed.Known || !c.Used.Plus(c.Unused).Money.Equal(c.Committed.Money.Decimal) || c.Used.Money.IsNegative() || c.Unused.Money.IsNegative() {
				t.Fatalf("%s: %s used and %s unused of %s", c.Name, c.Used, c.Unused, c.Committed)
			}
			used = used.Add(c.Used.Money.Decimal)
		}
		borne, unknown := decimal.Zero, false
		for i := range l.Clusters {
			for _, c := range l.Clusters[i].Charges {
				borne = borne.Add(c.Committed.Decimal)
				unknown = unknown || strings.HasPrefix(c.Reason, "commitments pay")
			}
		}
		// What is used is what the charges bear, but for reserved machines that are
		// paid for in part: their cost is unknown.
		if borne.GreaterThan(used) || !unknown && !borne.Equal(used) {
			t.Fatalf("%s is used, the charges bear %s", used, borne)
		}
	})
}

// A fleet pays a commitment whether it is used or not, and list prices for the
// rest: more of the same commitment never makes the rest dearer.
func TestMoreReservedMachinesLeaveLessToPayFor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := collectortest.Fleet().Draw(t, "fleet")
		terms := pricing.Terms{Prices: toll{}, FX: tollRates, Policy: pricing.NineToOne, Commitments: []pricing.Commitment{drawCommitment(t, "one")}}
		rest := func() decimal.Decimal {
			l, sum := mustPrice(t, f, terms), decimal.Zero
			for i := range l.Clusters {
				for _, c := range l.Clusters[i].Charges {
					sum = sum.Add(c.Cost.Money.Decimal).Sub(c.Committed.Decimal)
				}
			}
			return sum
		}
		c := &terms.Commitments[0]
		before := rest()
		if c.Kind == pricing.Reservation {
			c.Machines = c.Machines.Add(decimal.NewFromInt(1))
		} else {
			c.Price.PerUnit = c.Price.PerUnit.Add(decimal.NewFromInt(1))
		}
		if after := rest(); after.GreaterThan(before) && !reserved(f) {
			t.Fatalf("%s was left to pay for, %s with more", before, after)
		}
	})
}

// reserved reports whether f has machines whose cost commitments make known.
func reserved(f *collector.Fleet) bool {
	return slices.ContainsFunc(f.Clusters, func(c collector.Cluster) bool {
		return slices.ContainsFunc(slices.Concat(c.Nodes, c.PastNodes), func(n collector.Node) bool { return n.CapacityType == collector.Reserved })
	})
}

func reservation(name, machines, perHour string) pricing.Commitment {
	return pricing.Commitment{Name: name, Kind: pricing.Reservation, Machines: decimal.RequireFromString(machines),
		Price: pricing.ListPrice{PerUnit: decimal.RequireFromString(perHour), Currency: "GBP"}}
}

func plan(name, perHour, off string) pricing.Commitment {
	c := pricing.Commitment{Name: name, Kind: pricing.SavingsPlan, PercentOff: decimal.RequireFromString(off)}
	c.Price = pricing.ListPrice{PerUnit: decimal.RequireFromString(perHour), Currency: "GBP"}
	return c
}

// boxes are n nodes that cost £73 a month each by list.
func boxes(n int, capacity collector.CapacityType) []collector.Node {
	var all []collector.Node
	for i := range n {
		b := box(fmt.Sprint("n", i))
		b.CapacityType = capacity
		all = append(all, b)
	}
	return all
}

func TestCommitmentsByHand(t *testing.T) {
	half := reservation("half", "2", "0.06")
	half.From = collectortest.End.AddDate(0, 0, -7)
	over := reservation("over", "2", "0.06")
	over.Until = collectortest.Window().Start
	away := reservation("away", "2", "0.06")
	away.Region = "eu-west-1"
	dollars := reservation("dollars", "2", "0.06")
	dollars.Price.Currency = "USD"
	ten := []pricing.Discount{{Name: "EDP", PercentOff: decimal.NewFromInt(10)}}
	for name, c := range map[string]struct {
		nodes       []collector.Node
		discounts   []pricing.Discount
		commitments []pricing.Commitment
		want        []string // the first node, then each commitment
	}{
		"4 reserved of 5: 0.8 × 0.06 + 0.2 × 0.10 = £0.068 an hour": {boxes(5, collector.OnDemand), nil, []pricing.Commitment{reservation("ri", "4", "0.06")},
			[]string{"£49.64: 80 % by ri, else list", "ri: £175.20 used, £0.00 unused, 5 covered"}},
		"4 reserved, 2 running: half is unused": {boxes(2, collector.OnDemand), nil, []pricing.Commitment{reservation("ri", "4", "0.06")},
			[]string{"£43.80: 100 % by ri, else list", "ri: £87.60 used, £87.60 unused, 2 covered"}},
		"nothing runs: all of it is unused": {nil, nil, []pricing.Commitment{reservation("ri", "4", "0.06")},
			[]string{"ri: £0.00 used, £175.20 unused, 0 covered"}},
		"spot is not covered": {boxes(1, collector.Spot), nil, []pricing.Commitment{reservation("ri", "1", "0.06")},
			[]string{"£29.20: list", "ri: £0.00 used, £43.80 unused, 0 covered"}},
		"one that began half way pays for half": {boxes(2, collector.OnDemand), nil, []pricing.Commitment{half},
			[]string{"£58.40: 50 % by half, else list", "half: £43.80 used, £0.00 unused, 2 covered"}},
		"one that is over costs nothing": {boxes(1, collector.OnDemand), nil, []pricing.Commitment{over},
			[]string{"£73.00: list", "over: £0.00 used, £0.00 unused, 0 covered"}},
		"one of another region is unused": {boxes(1, collector.OnDemand), nil, []pricing.Commitment{away},
			[]string{"£73.00: list", "away: £0.00 used, £87.60 unused, 0 covered"}},
		"a plan of £0.05 an hour at 50 % off pays for one of two machines": {boxes(2, collector.OnDemand), nil, []pricing.Commitment{plan("sp", "0.05", "50")},
			[]string{"£54.75: 50 % by sp, else list", "sp: £36.50 used, £0.00 unused, 2 covered"}},
		"a plan takes its part off the discounted price: 0.09 ÷ 2": {boxes(1, collector.OnDemand), ten, []pricing.Commitment{plan("sp", "0.05", "50")},
			[]string{"£32.85: 100 % by sp, else 10 % off list (EDP)", "sp: £32.85 used, £3.65 unused, 1 covered"}},
		"a reservation goes before a plan, whatever their names": {boxes(2, collector.OnDemand), nil, []pricing.Commitment{plan("a", "0.05", "50"), reservation("b", "1", "0.06")},
			[]string{"£40.15: 50 % by b, 50 % by a, else list", "a: £36.50 used, £0.00 unused, 2 covered", "b: £43.80 used, £0.00 unused, 2 covered"}},
		"reserved capacity without a commitment has no cost": {boxes(1, collector.Reserved), nil, nil,
			[]string{"unknown: list: what a reservation costs stands in its contract: set pricing.commitments, or give a bill"}},
		"reserved capacity that a reservation pays for has": {boxes(1, collector.Reserved), nil, []pricing.Commitment{reservation("ri", "1", "0.06")},
			[]string{"£43.80: 100 % by ri, else list", "ri: £43.80 used, £0.00 unused, 1 covered"}},
		"reserved capacity that it pays for in part has none": {boxes(2, collector.Reserved), nil, []pricing.Commitment{reservation("ri", "1", "0.06")},
			[]string{"unknown: 50 % by ri, else list: commitments pay for 50 % of it, and what the rest costs stands in a contract", "ri: £43.80 used, £0.00 unused, 2 covered"}},
		"a plan does not pay for reserved capacity": {boxes(1, collector.Reserved), nil, []pricing.Commitment{plan("sp", "0.05", "50")},
			[]string{"unknown: list: what a reservation costs stands in its contract: set pricing.commitments, or give a bill", "sp: £0.00 used, £36.50 unused, 0 covered"}},
		"one in a currency without a rate is unknown": {boxes(1, collector.OnDemand), nil, []pricing.Commitment{dollars},
			[]string{"£73.00: list", "dollars: unknown used, unknown unused, 0 covered"}},
	} {
		t.Run(name, func(t *testing.T) {
			l := mustPrice(t, fleet(c.nodes), pricing.Terms{Prices: pound(), FX: pricingtest.Rates{}, Policy: pricing.NineToOne, Discounts: c.discounts, Commitments: c.commitments})
			var got []string
			if charges := l.Clusters[0].Charges; len(charges) > 0 {
				got = append(got, charges[0].Cost.String()+": "+strings.TrimSuffix(charges[0].Terms+": "+charges[0].Reason, ": "))
			}
			for _, u := range l.Commitments {
				got = append(got, fmt.Sprintf("%s: %s used, %s unused, %d covered", u.Name, u.Used, u.Unused, u.Covered))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestACommitmentThatCannotBePricedIsSaidAndLeavesTheTotalUnknown(t *testing.T) {
	c := reservation("ri", "1", "0.06")
	c.Price.Currency = "USD"
	l := mustPrice(t, fleet(boxes(1, collector.OnDemand)), pricing.Terms{Prices: pound(), FX: pricingtest.Rates{}, Policy: pricing.NineToOne, Commitments: []pricing.Commitment{c}})
	want := []string{`all clusters: pricing: commitment "ri": no exchange rate of USD for 2026-11: the test's table does not have it: what it costs is unknown`}
	if diff := cmp.Diff(want, warnings(l)); diff != "" || l.Total().String() != "£73.00 + unknown" {
		t.Error(l.Total(), diff)
	}
}

func TestTermsThatCannotBe(t *testing.T) {
	for name, spoil := range map[string]func(*pricing.Terms){
		"a discount of more than all": func(x *pricing.Terms) { x.Discounts = []pricing.Discount{{PercentOff: decimal.New(1001, -1)}} },
		"a discount below nothing":    func(x *pricing.Terms) { x.Discounts = []pricing.Discount{{PercentOff: decimal.New(-1, 0)}} },
		"a commitment without a name": func(x *pricing.Terms) { x.Commitments = []pricing.Commitment{reservation("", "1", "1")} },
		"two commitments of one name": func(x *pricing.Terms) {
			x.Commitments = []pricing.Commitment{reservation("a", "1", "1"), plan("a", "1", "1")}
		},
		"a reservation of no machines":    func(x *pricing.Terms) { x.Commitments = []pricing.Commitment{reservation("a", "0", "1")} },
		"a commitment that costs nothing": func(x *pricing.Terms) { x.Commitments = []pricing.Commitment{reservation("a", "1", "0")} },
		"a plan that makes machines free": func(x *pricing.Terms) { x.Commitments = []pricing.Commitment{plan("a", "1", "100")} },
		"a kind that there is not":        func(x *pricing.Terms) { x.Commitments = []pricing.Commitment{{Name: "a", Kind: "promise"}} },
		"a weight of a provider below zero": func(x *pricing.Terms) {
			x.Policy.ByProvider = map[collector.Provider]pricing.Weights{"": {CPU: -1, Memory: 2}}
		},
	} {
		terms := pricing.Terms{Prices: pound(), FX: pricingtest.Rates{}, Policy: pricing.NineToOne}
		spoil(&terms)
		if l, err := pricing.Price(fleet(nil), terms); err == nil || l != nil {
			t.Errorf("%s is taken", name)
		}
	}
}
