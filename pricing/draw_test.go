package pricing_test

import (
	"fmt"
	"strings"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/collector/collectortest"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/pricing/pricingtest"
)

// toll prices everything but machines of type x99.huge and volumes of type local,
// each provider in its own currency.
type toll struct{}

var currencies = map[collector.Provider]string{collector.Azure: "GBP", collector.GCP: "EUR"}

func (toll) Lookup(k pricing.Key) (pricing.ListPrice, error) {
	p := pricing.ListPrice{Unit: k.Kind.Unit(), Currency: "USD", Source: "a test", AsOf: "2026-11-01"}
	if c, ok := currencies[k.Provider]; ok {
		p.Currency = c
	}
	switch {
	case k.Type == "x99.huge" || k.Type == "local":
		return pricing.ListPrice{}, &pricing.UnknownPrice{Key: k, Reason: "the toll does not have it"}
	case strings.HasSuffix(k.Type, "/free"):
		return p, nil
	}
	p.PerUnit = decimal.New(int64(len(k.Type)*len(k.Region)), -3)
	if k.CapacityType == collector.Spot {
		p.PerUnit = p.PerUnit.Mul(decimal.New(37, -2))
	}
	return p, nil
}

var tollRates = pricingtest.Rates{"USD": "1.3367", "EUR": "1.1523"}

// someBill has a cost for the ids that it holds.
type someBill map[string]pricing.Charged

func (b someBill) Charged(id string) (pricing.Charged, bool) {
	c, ok := b[id]
	return c, ok
}

func drawPolicy(t *rapid.T) pricing.Policy {
	if rapid.Bool().Draw(t, "a named policy") {
		return rapid.SampledFrom(pricing.Policies()).Draw(t, "policy")
	}
	return pricing.Policy{Name: "drawn", Weights: pricing.Weights{
		CPU: rapid.SampledFrom([]int64{9, 1, 0, 1_000_000}).Draw(t, "CPU weight"), Memory: rapid.SampledFrom([]int64{1, 3, 1_000_000}).Draw(t, "memory weight"),
		GPU: rapid.SampledFrom([]int64{0, 90, 1_000_000}).Draw(t, "GPU weight")}}
}

func drawScope(t *rapid.T) pricing.Scope {
	s := pricing.Scope{
		Provider: rapid.SampledFrom([]collector.Provider{"", "", collector.AWS, collector.GCP}).Draw(t, "provider"),
		Region:   rapid.SampledFrom([]string{"", "", "eu-west-2"}).Draw(t, "region"),
		Type:     rapid.SampledFrom([]string{"", "m6i.large", "m*", "Standard_D4s_v5"}).Draw(t, "type"),
	}
	if rapid.Bool().Draw(t, "from") {
		s.From = collectortest.End.AddDate(0, 0, -rapid.IntRange(-1, 20).Draw(t, "days ago"))
	}
	if rapid.Bool().Draw(t, "until") {
		s.Until = collectortest.End.AddDate(0, 0, rapid.IntRange(-20, 1).Draw(t, "days from now"))
	}
	return s
}

func drawPercent(t *rapid.T, most int64) decimal.Decimal {
	return decimal.New(rapid.Int64Range(0, most*1000).Draw(t, "thousandths of a per cent off"), -3)
}

func drawCommitment(t *rapid.T, name string) pricing.Commitment {
	c := pricing.Commitment{Name: name, Kind: pricing.Reservation, Scope: drawScope(t),
		Price: pricing.ListPrice{PerUnit: decimal.New(rapid.Int64Range(1, 5000).Draw(t, "thousandths an hour"), -3), Currency: rapid.SampledFrom([]string{"GBP", "USD"}).Draw(t, "currency")}}
	if rapid.Bool().Draw(t, "a savings plan") {
		c.Kind, c.PercentOff = pricing.SavingsPlan, drawPercent(t, 99)
		return c
	}
	c.Machines = decimal.New(rapid.Int64Range(1, 80).Draw(t, "tenths of a machine"), -1)
	return c
}

// drawBill draws what a bill has of f: nothing of some, figures that are not
// known or below zero, one cost for several, more hours or fewer than there were.
func drawBill(t *rapid.T, f *collector.Fleet) someBill {
	b := someBill{}
	amount := func() pricing.Amount {
		if rapid.IntRange(0, 5).Draw(t, "is unknown") == 0 {
			return pricing.Amount{}
		}
		return pricing.Known(pricing.Pounds(decimal.New(rapid.Int64Range(-10, 100_000).Draw(t, "pence"), -2)))
	}
	draw := func(id string) {
		if id == "" || rapid.Bool().Draw(t, id+" is not in the bill") {
			return
		}
		c := pricing.Charged{List: amount(), Contracted: amount(), Effective: amount(),
			Hours: decimal.New(rapid.SampledFrom([]int64{0, 1, 24_000_000_000, 300_000_000_000, 336_000_000_000}).Draw(t, "hours"), -9)}
		if rapid.Bool().Draw(t, "is of a set") {
			c.Set = "set"
		}
		b[id] = c
	}
	for i := range f.Clusters {
		for j := range f.Clusters[i].Nodes {
			draw(f.Clusters[i].Nodes[j].ProviderID)
		}
		for j := range f.Clusters[i].Volumes {
			draw(f.Clusters[i].Volumes[j].ProviderID)
		}
	}
	return b
}

// drawTerms draws how f is priced: any policy, discounts, commitments, a bill.
func drawTerms(t *rapid.T, f *collector.Fleet) pricing.Terms {
	terms := pricing.Terms{Prices: toll{}, FX: tollRates, Policy: drawPolicy(t)}
	for range rapid.IntRange(0, 2).Draw(t, "discounts") {
		terms.Discounts = append(terms.Discounts, pricing.Discount{Scope: drawScope(t), PercentOff: drawPercent(t, 100),
			Kind: rapid.SampledFrom([]pricing.Kind{"", pricing.Machine, pricing.Storage}).Draw(t, "kind")})
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "commitments") {
		terms.Commitments = append(terms.Commitments, drawCommitment(t, fmt.Sprintf("commitment-%d", i)))
	}
	if rapid.IntRange(0, 2).Draw(t, "a bill") == 0 {
		terms.Bill = drawBill(t, f)
	}
	return terms
}

// failer is what a *testing.T and a *rapid.T share.
type failer interface {
	Helper()
	Fatal(args ...any)
}

// priced is a fleet and its ledger, both drawn.
func priced(t *rapid.T) (*collector.Fleet, pricing.Terms, *pricing.Ledger) {
	f := collectortest.Fleet().Draw(t, "fleet")
	terms := drawTerms(t, f)
	return f, terms, mustPrice(t, f, terms)
}

func mustPrice(t failer, f *collector.Fleet, terms pricing.Terms) *pricing.Ledger {
	t.Helper()
	l, err := pricing.Price(f, terms)
	if err != nil {
		t.Fatal(err)
	}
	return l
}
