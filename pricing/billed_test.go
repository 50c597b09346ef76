package pricing_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/collector/collectortest"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/pricing/pricingtest"
)

// paid is a bill's cost over so many hours.
func paid(effective, hours string) pricing.Charged {
	return pricing.Charged{Effective: pricing.Known(pounds(effective)), Contracted: pricing.Known(pounds(effective)), List: pricing.Known(pounds(effective)),
		Hours: decimal.RequireFromString(hours)}
}

// ofSet is the same for a set.
func ofSet(set, effective, hours string) pricing.Charged {
	c := paid(effective, hours)
	c.Set = set
	return c
}

// identified gives nodes ids: i-n0, i-n1.
func identified(nodes []collector.Node) []collector.Node {
	for i := range nodes {
		nodes[i].ProviderID = "i-" + nodes[i].Name
	}
	return nodes
}

func hoursAgo(n int) time.Time { return collectortest.End.Add(-time.Duration(n) * time.Hour) }

func TestABillGoesBeforeTheList(t *testing.T) {
	young := identified(boxes(2, collector.OnDemand))
	young[1].Created = hoursAgo(84)
	brief := identified(boxes(2, collector.OnDemand))
	brief[1].Created = hoursAgo(6)
	unlisted := identified(boxes(1, collector.OnDemand))
	unlisted[0].InstanceType = "blob"
	unread := paid("1", "336")
	unread.Effective = pricing.Amount{}
	for name, c := range map[string]struct {
		nodes []collector.Node
		bill  someBill
		want  []string // each node, then the match
	}{
		"a bill of the whole window (£16.80 ÷ 336 h = £0.05)": {identified(boxes(1, collector.OnDemand)), someBill{"i-n0": paid("16.80", "336")},
			[]string{"£36.50 bill", "1 matched: £73.00 by list, £36.50 paid"}},
		"a bill of half the window has the same rate (£8.40 ÷ 168 h)": {identified(boxes(1, collector.OnDemand)), someBill{"i-n0": paid("8.40", "168")},
			[]string{"£36.50 bill", "1 matched: £73.00 by list, £36.50 paid"}},
		"a bill that does not say its hours is of the whole window": {identified(boxes(1, collector.OnDemand)), someBill{"i-n0": paid("16.80", "0")},
			[]string{"£36.50 bill", "1 matched: £73.00 by list, £36.50 paid"}},
		"a bill by the day for a node of 6 hours is of 6 hours (£0.60 ÷ 6 h × 13.04 h)": {brief, someBill{"i-n1": paid("0.60", "24")},
			[]string{"£73.00 list", "£1.30 bill", "1 matched: £1.30 by list, £1.30 paid", "prod: node n0 is missing"}},
		"a scale set is shared by hours (£42 ÷ (336 + 84) h = £0.10)": {young, someBill{"i-n0": ofSet("s", "42", "336"), "i-n1": ofSet("s", "42", "336")},
			[]string{"£73.00 bill", "£18.25 bill", "2 matched: £91.25 by list, £91.25 paid"}},
		"a scale set's bill of half the window too (£25.20 ÷ (168 + 84) h)": {young, someBill{"i-n0": ofSet("s", "25.20", "168"), "i-n1": ofSet("s", "25.20", "168")},
			[]string{"£73.00 bill", "£18.25 bill", "2 matched: £91.25 by list, £91.25 paid"}},
		"a figure that can't be read is no cost": {identified(boxes(1, collector.OnDemand)), someBill{"i-n0": unread},
			[]string{"unknown bill: the bill has rows of it that can't be read", "1 matched: £73.00 by list, unknown paid"}},
		"more credits than costs are no cost": {identified(boxes(1, collector.OnDemand)), someBill{"i-n0": paid("-1", "336")},
			[]string{"unknown bill: the bill's credits for it are more than its costs", "1 matched: £73.00 by list, unknown paid"}},
		"a free one costs nothing": {identified(boxes(1, collector.OnDemand)), someBill{"i-n0": paid("0", "336")},
			[]string{"£0.00 bill", "1 matched: £73.00 by list, £0.00 paid"}},
		"what has no list price has the bill's": {unlisted, someBill{"i-n0": paid("16.80", "336")},
			[]string{"£36.50 bill", "1 matched: £36.50 by list, £36.50 paid"}},
		"reserved capacity has the bill's cost": {identified(boxes(1, collector.Reserved)), someBill{"i-n0": paid("16.80", "336")},
			[]string{"£36.50 bill", "1 matched: £73.00 by list, £36.50 paid"}},
		"a node without an id is not missing": {boxes(1, collector.OnDemand), someBill{},
			[]string{"£73.00 list", "0 matched: £0.00 by list, £0.00 paid"}},
	} {
		t.Run(name, func(t *testing.T) {
			l := mustPrice(t, fleet(c.nodes), pricing.Terms{Prices: pound(), FX: pricingtest.Rates{}, Policy: pricing.NineToOne, Bill: c.bill})
			var got []string
			for _, n := range l.Clusters[0].Charges {
				got = append(got, strings.TrimSuffix(fmt.Sprintf("%s %s: %s", n.Cost, n.Terms, n.Reason), ": "))
			}
			got = append(got, fmt.Sprintf("%d matched: %s by list, %s paid", l.Bill.Matched, l.Bill.List, l.Bill.Paid))
			for _, m := range l.Bill.Missing {
				got = append(got, m+" is missing")
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A machine that left the cluster and joined again is two nodes of one id, and
// paid for once: £16.80 over 84 + 252 h is £0.05 an hour for both.
func TestAMachineThatJoinedAgainIsPaidForOnce(t *testing.T) {
	again := identified(boxes(2, collector.OnDemand))
	again[1].ProviderID = again[0].ProviderID
	again[1].Removed, again[0].Created = hoursAgo(252), hoursAgo(252)
	f := fleet(again[:1])
	f.Clusters[0].PastNodes = again[1:]
	l := mustPrice(t, f, pricing.Terms{Prices: pound(), FX: pricingtest.Rates{}, Policy: pricing.NineToOne, Bill: someBill{"i-n0": paid("16.80", "336")}})
	if got := l.Clusters[0].Bill().String(); got != "£36.50" {
		t.Errorf("%s, want £36.50", got)
	}
}

// Volumes are billed by what they hold: £4.60 for 100 GiB over 336 of 730 h is
// £0.10 a GiB-month, £9.99 a month. One of two bytes has no quantity to speak of, and
// nothing is divided by it.
func TestABillOfVolumes(t *testing.T) {
	f := fleet(boxes(1, collector.OnDemand))
	f.Clusters[0].Volumes = []collector.Volume{{Name: "large", ProviderID: "v-1", Type: "gp3", Capacity: 100 * gib}, {Name: "tiny", ProviderID: "v-2", Type: "gp3", Capacity: 2}}
	l := mustPrice(t, f, pricing.Terms{Prices: pound(), FX: pricingtest.Rates{}, Policy: pricing.NineToOne,
		Bill: someBill{"v-1": paid("4.60", "336"), "v-2": paid("4.60", "1")}})
	large, tiny := l.Clusters[0].Charges[1], l.Clusters[0].Charges[2]
	if large.Cost.String() != "£9.99" || tiny.Cost.Known || fmt.Sprint(l.Bill.Missing) != "[prod: volume tiny]" {
		t.Errorf("%s, %s, missing %q", large.Cost, tiny.Cost, l.Bill.Missing)
	}
}

// Google Cloud bills the GPUs of an N1 machine under the machine's name, so that a
// bill's cost of it holds them.
func TestABillOfAMachineHoldsItsGPUs(t *testing.T) {
	n := identified(boxes(1, collector.OnDemand))
	n[0].Provider, n[0].InstanceType, n[0].GPUModel, n[0].Capacity.GPU = collector.GCP, "n1-standard-4", "nvidia-tesla-t4", 2
	for _, c := range []struct {
		bill       pricing.Bill
		want, cost string
	}{
		// 12/52 of the machine's £94.90 and a half of the GPUs' £255.50
		{nil, "£350.40", "£149.65"},
		{someBill{}, "£350.40", "£149.65"},
		// (9 + 3 + 90) of (36 + 16 + 180)
		{someBill{"i-n0": paid("168", "336")}, "£365.00", "£160.47"},
		{someBill{"i-n0": paid("-1", "336")}, "unknown", "unknown"},
	} {
		// By list £0.13 an hour for the machine, £0.175 for each GPU.
		prices := pricingtest.Prices{
			{Kind: pricing.Machine, Provider: collector.GCP, Region: "eu-west-2", Type: "n1-standard-4", CapacityType: collector.OnDemand}:       {Unit: pricing.Hour, PerUnit: decimal.New(13, -2), Currency: "GBP"},
			{Kind: pricing.Accelerator, Provider: collector.GCP, Region: "eu-west-2", Type: "nvidia-tesla-t4", CapacityType: collector.OnDemand}: {Unit: pricing.Hour, PerUnit: decimal.New(175, -3), Currency: "GBP"},
		}
		pod := app("a", 1000, 3*gib, on("n0", 1))
		pod.Containers[0].Requests.GPU = 1
		l := mustPrice(t, fleet(n, pod), pricing.Terms{Prices: prices, FX: pricingtest.Rates{}, Policy: pricing.NineToOne, Bill: c.bill})
		if got := l.Clusters[0].Bill().String(); got != c.want {
			t.Errorf("%v: %s, want %s", c.bill, got, c.want)
		}
		if m := l.Bill; m != nil && m.Matched > 0 && m.List.String() != "£350.40" {
			t.Errorf("%v: %s by list, want £350.40", c.bill, m.List)
		}
		if got := l.Clusters[0].Cost(0).String(); got != c.cost {
			t.Errorf("%v: a pod of 1 vCPU, 3 GiB and a GPU costs %s, want %s", c.bill, got, c.cost)
		}
	}
}

func TestWhatTheBillHasIsNeitherDiscountedNorCommitted(t *testing.T) {
	l := mustPrice(t, fleet(identified(boxes(1, collector.OnDemand))), pricing.Terms{Prices: pound(), FX: pricingtest.Rates{}, Policy: pricing.NineToOne,
		Discounts: []pricing.Discount{{PercentOff: decimal.NewFromInt(10)}}, Commitments: []pricing.Commitment{reservation("ri", "1", "0.06")},
		Bill: someBill{"i-n0": paid("16.80", "336")}})
	if got := l.Total().String(); got != "£80.30" { // 0.05 × 730, and 0.06 × 730 that nothing uses
		t.Errorf("%s, want £80.30", got)
	}
}
