package pricing_test

import (
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/pricing/pricingtest"
)

func TestWarningsOfPrices(t *testing.T) {
	for _, c := range []struct {
		name, asOf string
		estimate   bool
		want       string
	}{
		{"a fresh price needs none", "2026-11-01", false, ""},
		{"180 days are not old", "2026-05-26", false, ""},
		{"181 days are", "2026-05-25", false, "prod: pricing: the price of 2 nodes, from a list as of 2026-05-25, was 181 days old at the window's end: check it"},
		{"a fresh estimate", "2026-11-01", true, "prod: pricing: the price of 2 nodes, from a list as of 2026-11-01, is an estimate"},
		{"an old estimate", "2026-05-25", true, "prod: pricing: the price of 2 nodes, from a list as of 2026-05-25, is an estimate and was 181 days old at the window's end"},
		{"a price without a date", "", false, "prod: pricing: the price of 2 nodes, from a list as of an unknown date, may be out of date: check it"},
	} {
		cat := pound()
		for k, p := range cat {
			p.Source, p.AsOf, p.Estimate = "a list", c.asOf, c.estimate
			cat[k] = p
		}
		l, err := pricing.Price(fleet([]collector.Node{box("m"), box("n")}), pricing.Terms{Prices: cat, FX: pricingtest.Rates{}, Policy: pricing.NineToOne})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, w := range l.Warnings {
			got = append(got, w.String())
		}
		if strings.Join(got, "\n") != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// What a catalogue or a source of rates gets wrong is a reason, never a price.
func TestAPriceThatCannotBeUsedIsUnknown(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*pricing.ListPrice)
		rates pricing.FX
		want  string
	}{
		"a price of zero":             {func(p *pricing.ListPrice) { p.PerUnit = decimal.Zero }, pricingtest.Rates{}, "the catalogue's price, 0, is not more than zero"},
		"a currency without a rate":   {func(p *pricing.ListPrice) { p.Currency = "XXX" }, pricingtest.Rates{}, "no exchange rate of XXX for 2026-11: the test's table does not have it"},
		"a rate that divides by zero": {func(p *pricing.ListPrice) { p.Currency = "USD" }, zero{}, "no exchange rate of USD for 2026-11: the rate given, 0, is not more than zero"},
	} {
		cat := pound()
		for k, p := range cat {
			c.spoil(&p)
			cat[k] = p
		}
		l, err := pricing.Price(fleet([]collector.Node{box("n")}), pricing.Terms{Prices: cat, FX: c.rates, Policy: pricing.NineToOne})
		if err != nil {
			t.Fatal(err)
		}
		n := l.Clusters[0].Charges[0]
		if n.Rate != nil || n.Cost.Known || n.Reason != c.want || len(l.FX) != 0 {
			t.Errorf("%s: %+v, rates %v", name, n, l.FX)
		}
	}
}

// zero is a source whose rates are all nothing.
type zero struct{}

func (zero) Rate(currency string, _ time.Time) (pricing.FXRate, error) {
	return pricing.FXRate{Currency: currency}, nil
}
