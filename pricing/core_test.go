package pricing_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/collector/collectortest"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/pricing/pricingtest"
)

func TestACoreCostsItsPartOfTheNodes(t *testing.T) {
	unpriced, sizeless, gone, large := box("unpriced"), box("sizeless"), box("gone"), box("large")
	unpriced.InstanceType = "x99.huge"
	sizeless.Capacity, sizeless.Allocatable = collector.Resources{}, collector.Resources{}
	gone.Created, gone.Removed = collectortest.End.AddDate(0, 0, -14), collectortest.End.AddDate(0, 0, -7)
	large.Capacity.CPU = 8000 // 72 of 88 units at the same price: 8 cores for £59.73
	for _, tc := range []struct {
		name  string
		nodes []collector.Node
		past  []collector.Node
		want  string
	}{
		{"36/52 of £73 are on 4 cores", []collector.Node{box("n")}, nil, "£12.63"},
		{"two alike", []collector.Node{box("a"), box("b")}, nil, "£12.63"},
		{"weighed by cores", []collector.Node{box("a"), large}, nil, "£9.19"},                  // (50.54 + 59.73) / 12
		{"half a month counts half", []collector.Node{large}, []collector.Node{gone}, "£8.50"}, // (59.73 + 25.27) / 10
		{"one without a price says nothing", []collector.Node{box("a"), unpriced}, nil, "£12.63"},
		{"nor one without a size", []collector.Node{box("a"), sizeless}, nil, "£12.63"},
		{"none is unknown", []collector.Node{unpriced}, nil, "unknown"},
		{"no nodes either", nil, nil, "unknown"},
	} {
		f := fleet(tc.nodes)
		f.Clusters[0].PastNodes = tc.past
		if got := price(t, f, pricing.NineToOne).CoreMonth(f, 0); got.String() != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, got, tc.want)
		}
	}
}

func TestACoreIsNeverNegativeNorDearerThanTheBill(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := collectortest.Fleet().Draw(t, "fleet")
		l := mustPrice(t, f, pricing.Terms{Prices: withAssets(), FX: pricingtest.Rates{}, Policy: pricing.NineToOne})
		for i := range f.Clusters {
			if a := l.CoreMonth(f, i); a.Money.IsNegative() || !a.Known && !a.Money.IsZero() {
				t.Fatalf("a core costs %s", a)
			}
		}
	})
}
