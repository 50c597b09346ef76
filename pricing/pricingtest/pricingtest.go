// Package pricingtest holds every catalogue and every source of exchange rates
// against the same rules, and has stand-ins for tests that need prices.
//
// How to use it: call Catalog or FX from the test of a new source, with keys or
// months that it has and that it does not have.
package pricingtest

import (
	"cmp"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/tuppence-dev/tuppence/pricing"
)

// Catalog checks that c prices each key of known, in whatever order it is asked,
// with a positive figure and its provenance, and answers each of unknown with an
// *pricing.UnknownPrice that names the key and the reason.
func Catalog(t *testing.T, c pricing.Catalog, known, unknown []pricing.Key) {
	t.Helper()
	answers := map[pricing.Key]pricing.ListPrice{}
	for _, k := range known {
		p, err := c.Lookup(k)
		if err != nil {
			t.Errorf("%s: %v", k, err)
			continue
		}
		answers[k] = p
		checkPrice(t, k, p)
	}
	for _, k := range unknown {
		checkUnknown(t, c, k)
	}
	for _, k := range slices.Backward(known) {
		if p, err := c.Lookup(k); err == nil && !equal(p, answers[k]) {
			t.Errorf("%s: %+v when asked again in another order, %+v before", k, p, answers[k])
		}
	}
}

func checkPrice(t *testing.T, k pricing.Key, p pricing.ListPrice) {
	t.Helper()
	if free := k.Kind == pricing.ControlPlane && p.PerUnit.IsZero(); !p.PerUnit.IsPositive() && !free {
		t.Errorf("%s: price %s is not positive", k, p.PerUnit)
	}
	if len(p.Currency) != 3 || p.Source == "" || k.Kind == pricing.Machine && p.VCPU <= 0 {
		t.Errorf("%s: currency, source or vCPU missing: %+v", k, p)
	}
	if p.Unit != k.Kind.Unit() {
		t.Errorf("%s: a price for a %s, not for a %s", k, p.Unit, k.Kind.Unit())
	}
	if _, err := time.Parse(time.DateOnly, p.AsOf); err != nil {
		t.Errorf("%s: date of the figure: %v", k, err)
	}
	if p.Interruption != nil && (*p.Interruption < 0 || *p.Interruption > 4) {
		t.Errorf("%s: interruption bucket %d", k, *p.Interruption)
	}
}

func checkUnknown(t *testing.T, c pricing.Catalog, k pricing.Key) {
	t.Helper()
	p, err := c.Lookup(k)
	u, ok := errors.AsType[*pricing.UnknownPrice](err)
	if !ok {
		t.Errorf("%s: got %+v, %v; want an *UnknownPrice", k, p, err)
		return
	}
	if u.Key != k || u.Reason == "" {
		t.Errorf("%s: the error has key %s and reason %q", k, u.Key, u.Reason)
	}
	if !p.PerUnit.IsZero() {
		t.Errorf("%s: an unknown price of %s", k, p.PerUnit)
	}
}

func equal(a, b pricing.ListPrice) bool {
	sameBucket := (a.Interruption == nil) == (b.Interruption == nil) &&
		(a.Interruption == nil || *a.Interruption == *b.Interruption)
	return sameBucket && a.PerUnit.Equal(b.PerUnit) && a.Currency == b.Currency && a.Estimate == b.Estimate &&
		a.Source == b.Source && a.AsOf == b.AsOf && a.VCPU == b.VCPU
}

// Prices is a catalogue for tests: what it holds has a price.
type Prices map[pricing.Key]pricing.ListPrice

// Lookup implements pricing.Catalog.
func (p Prices) Lookup(k pricing.Key) (pricing.ListPrice, error) {
	v, ok := p[k]
	if !ok {
		return v, &pricing.UnknownPrice{Key: k, Reason: "the test's table does not have it"}
	}
	return v, nil
}

// Rates is a source of exchange rates for tests: units of each currency a
// pound, the same in every month.
type Rates map[string]string

// Rate implements pricing.FX.
func (r Rates) Rate(currency string, t time.Time) (pricing.FXRate, error) {
	period := t.UTC().Format("2006-01")
	figure := r[currency]
	if currency == "GBP" {
		figure = cmp.Or(figure, "1")
	}
	d, err := pricing.ParseFigure(figure)
	if err != nil {
		return pricing.FXRate{}, &pricing.UnknownRate{Currency: currency, Period: period, Reason: "the test's table does not have it"}
	}
	return pricing.FXRate{Currency: currency, PerGBP: d, Source: "a test", Period: period}, nil
}
