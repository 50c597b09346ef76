package pricing_test

import (
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/collector/collectortest"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/pricing/pricingtest"
)

// TestCovers has the worked figure of Commitment: 4 reserved machines at £0.06,
// 5 running at £0.10.
func TestCovers(t *testing.T) {
	var nodes []collector.Node
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		nodes = append(nodes, box(name))
	}
	start, end := collectortest.Window().Start, collectortest.Window().End
	for name, c := range map[string]struct {
		from, until time.Time
		share, unit string // of each charge that is covered, and pounds for an hour of it all
	}{
		"each of five bears four fifths":          {share: "0.8", unit: "0.068"},
		"half of the window, two fifths":          {from: start.AddDate(0, 0, 7), share: "0.4", unit: "0.084"},
		"what ended before covers nothing":        {until: start, share: "0", unit: "0.1"},
		"what begins later covers nothing":        {from: end, share: "0", unit: "0.1"},
		"an agreement without an end covers, too": {from: start.AddDate(-1, 0, 0), share: "0.8", unit: "0.068"},
	} {
		l, err := pricing.Price(fleet(nodes), pricing.Terms{Prices: pound(), FX: pricingtest.Rates{}, Policy: pricing.NineToOne,
			Commitments: []pricing.Commitment{{Name: "ri", Kind: pricing.Reservation, Machines: decimal.NewFromInt(4),
				Scope: pricing.Scope{From: c.from, Until: c.until},
				Price: pricing.ListPrice{PerUnit: decimal.RequireFromString("0.06"), Unit: pricing.Hour, Currency: "GBP"}}}})
		if err != nil {
			t.Fatal(err)
		}
		for _, charge := range l.Clusters[0].Charges {
			share := decimal.Zero
			for _, part := range charge.Covers {
				share = share.Add(part.Share)
				if part.Commitment != "ri" || !part.Paid.Equal(part.Share.Mul(decimal.RequireFromString("0.06"))) {
					t.Errorf("%s: %+v", name, part)
				}
			}
			if want := decimal.RequireFromString(c.share); !share.Equal(want) || !charge.Units.Effective.Money.Equal(decimal.RequireFromString(c.unit)) {
				t.Errorf("%s: %s of %s is covered, at %s", name, share, charge.Name, charge.Units.Effective.Money.Decimal)
			}
		}
		use := &l.Commitments[0]
		if of := use.Of(); of.Name != "ri" || !use.PerHour().Known || use.PerHour().Money.String() != "£0.06" {
			t.Errorf("%s: %+v at %s", name, of, use.PerHour())
		}
	}
}

func TestLifeIsThePartOfTheSpanThatANodeStood(t *testing.T) {
	w := collectortest.Window()
	young, gone := box("young"), box("gone")
	young.Created, gone.Removed = w.Start.AddDate(0, 0, 3), w.Start.AddDate(0, 0, 1)
	f := fleet([]collector.Node{box("old"), young})
	f.Clusters[0].PastNodes = []collector.Node{gone}
	l := price(t, f, pricing.NineToOne)
	c := &l.Clusters[0]
	for i, want := range []collector.Window{w, {Start: young.Created, End: w.End}, {Start: w.Start, End: gone.Removed}} {
		if got := c.Charges[i].Life(c.Span); got != want {
			t.Errorf("%s: %v, not %v", c.Charges[i].Name, got, want)
		}
	}
}
