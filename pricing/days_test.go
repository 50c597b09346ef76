package pricing_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/pricing/pricingtest"
)

// sumOf adds up days, and reports whether each is known.
func sumOf(days []pricing.DayCost) pricing.Amount {
	sum := pricing.Known(pricing.Money{})
	for _, d := range days {
		sum = sum.Plus(d.Cost)
	}
	return sum
}

// The windows drawn are of whole days, so that a cluster's days add up to what the
// window had of each charge × its unit. A day's part of a charge is rounded to
// 1e-9 units: 14 of them are off by at most 7e-9.
func TestDaysAddUpToTheWindow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f, _, l := priced(t)
		for i := range l.Clusters {
			c := &l.Clusters[i]
			window, workloads, within := pricing.Known(pricing.Money{}), decimal.Zero, decimal.Zero
			parts := map[int]decimal.Decimal{}
			for _, line := range c.Lines {
				if line.Class == pricing.Workload {
					parts[line.Charge] = parts[line.Charge].Add(line.Share)
				}
			}
			for j, n := range c.Charges {
				if !n.Window.IsPositive() {
					continue
				}
				cost := n.Units.Effective.Money.Mul(n.Window)
				window = window.Plus(pricing.Amount{Money: pricing.Pounds(cost), Known: n.Units.Effective.Known})
				workloads = workloads.Add(cost.Mul(parts[j]))
				within = within.Add(n.Units.Effective.Money.Mul(decimal.New(7, -9)))
			}
			window.Known = window.Known && !c.Span.Start.After(f.Window.Start) // else there are days of which nothing is known
			whole := sumOf(l.Days(f, pricing.Selection{Cluster: c.Cluster}))
			if whole.Known != window.Known || whole.Money.Sub(window.Money.Decimal).Abs().GreaterThan(within) {
				t.Fatalf("%s: days are %s (known: %v), the window %s (known: %v)", c.Cluster, whole.Money.Decimal, whole.Known, window.Money.Decimal, window.Known)
			}
			spaces := decimal.Zero
			for _, namespace := range []string{"shop", "payments"} {
				spaces = spaces.Add(sumOf(l.Days(f, pricing.Selection{Cluster: c.Cluster, Namespace: namespace})).Money.Decimal)
			}
			if spaces.Sub(workloads).Abs().GreaterThan(within) {
				t.Fatalf("%s: namespaces' days are %s, the workloads' part of the window %s", c.Cluster, spaces, workloads)
			}
		}
	})
}

func TestDays(t *testing.T) {
	young := box("young")
	young.Created = hoursAgo(36) // noon of the 20th
	gone := box("gone")
	gone.Removed = hoursAgo(13*24 + 12) // noon of the 8th
	strange := box("strange")
	strange.InstanceType, strange.Created = "blob", hoursAgo(24)
	shop, pay, blind := app("a", 1000, 2*gib, on("n", 1)), app("b", 1000, 2*gib, on("n", 1), on("strange", 1)), app("blind", 0, 0, on("n", 1))
	pay.Namespace, blind.Namespace = "payments", "kube-system"
	shop.Labels = []collector.Label{{Key: "team", Value: "red"}}
	f := fleet([]collector.Node{box("n"), young, strange}, shop, pay, blind)
	f.Clusters[0].PastNodes, f.Clusters[0].Environment = []collector.Node{gone}, "production"
	f.Clusters[0].Volumes = []collector.Volume{{Name: "v", Type: "gp3", Capacity: 730 * gib, Created: hoursAgo(48)}} // £0.10 an hour
	l := mustPrice(t, f, pricing.Terms{Prices: withAssets(), FX: pricingtest.Rates{}, Policy: pricing.NineToOne})
	for _, c := range []struct {
		name string
		s    pricing.Selection
		want []string // the 8th, the 9th, the 20th, the 21st
	}{
		{"everything: n £2.40 a day, gone and young £1.20 on their half days, v £2.40, strange unknown", pricing.Selection{},
			[]string{"£3.60", "£2.40", "£6.00", "£7.20 + unknown"}},
		{"the same by cluster", pricing.Selection{Cluster: "prod"}, []string{"£3.60", "£2.40", "£6.00", "£7.20 + unknown"}},
		{"and by environment", pricing.Selection{Environment: "production"}, []string{"£3.60", "£2.40", "£6.00", "£7.20 + unknown"}},
		{"a namespace has its share of n, 11/52 of £2.40", pricing.Selection{Namespace: "shop"}, []string{"£0.51", "£0.51", "£0.51", "£0.51"}},
		{"so has a label", pricing.Selection{Labels: []collector.Label{{Key: "team", Value: "red"}}}, []string{"£0.51", "£0.51", "£0.51", "£0.51"}},
		{"on the day that it ran where there is no price, it is unknown", pricing.Selection{Namespace: "payments"}, []string{"£0.51", "£0.51", "£0.51", "£0.51 + unknown"}},
		{"nothing known of a workload is unknown all along", pricing.Selection{Namespace: "kube-system"}, []string{"unknown", "unknown", "unknown", "unknown"}},
		{"a namespace that has nothing is unknown: it may be misspelt", pricing.Selection{Namespace: "empty"}, []string{"unknown", "unknown", "unknown", "unknown"}},
		{"no such cluster is unknown", pricing.Selection{Cluster: "gone"}, []string{"unknown", "unknown", "unknown", "unknown"}},
	} {
		days := l.Days(f, c.s)
		if len(days) != 14 || days[0].Day != "2026-11-08" || days[13].Day != "2026-11-21" {
			t.Fatalf("%s: %d days, %v", c.name, len(days), days)
		}
		var got []string
		for _, i := range []int{0, 1, 12, 13} {
			got = append(got, days[i].Cost.String())
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

func TestOnlyWholeDaysAreTold(t *testing.T) {
	f := fleet([]collector.Node{box("n")})
	f.Window = collector.Window{Start: hoursAgo(50), End: hoursAgo(1)} // from 22:00 on the 19th to 23:00 on the 21st
	days := price(t, f, pricing.NineToOne).Days(f, pricing.Selection{})
	if got := fmt.Sprint(days); got != "[{2026-11-20 £2.40}]" {
		t.Errorf("%s", got)
	}
}
