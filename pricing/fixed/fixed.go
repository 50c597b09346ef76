// Package fixed gives exchange rates that a business fixes itself: a hedge, or
// the internal rate of its finance team. Every report says so, for they are nobody's
// official rates; HMRC takes no forward rate for VAT, nor what derives from one.
// https://www.gov.uk/guidance/vat-tertiary-legislation/valuation
package fixed

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/pricing"
)

// Settings are the rates of one agreement, as the configuration gives them.
type Settings struct {
	// PerGBP is units of each currency a pound, by ISO 4217 code: USD: 1.27.
	PerGBP map[string]json.Number `json:"perGBP"`
	// Source says where the rates come from: "treasury, budget rate 2026/27".
	Source string `json:"source"`
	// From and Until are the first and the last day on which the rates hold, in
	// UTC, 2026-04-01; empty is without end.
	From  string `json:"from,omitempty"`
	Until string `json:"until,omitempty"`
}

// Rates are fixed exchange rates, a pricing.FX. They do not change, so any
// number of goroutines may use them.
type Rates struct {
	perGBP      map[string]decimal.Decimal
	source      string
	from, until string // days; until is the last
}

var _ pricing.FX = (*Rates)(nil)

const maxSource = 200

// New checks s. The error names the setting at fault.
func New(s Settings) (*Rates, error) {
	r := &Rates{perGBP: map[string]decimal.Decimal{}, source: s.Source, from: s.From, until: s.Until}
	if len(s.PerGBP) == 0 {
		return nil, errors.New("fixed exchange rates: perGBP is empty: give a rate such as USD: 1.27")
	}
	for _, currency := range slices.Sorted(maps.Keys(s.PerGBP)) {
		rate, err := pricing.ParseFigure(s.PerGBP[currency].String())
		if err == nil {
			err = pricing.CheckCurrency(currency)
		}
		if err != nil {
			return nil, fmt.Errorf("fixed exchange rates: perGBP of %.20q: %w", currency, err)
		}
		r.perGBP[currency] = rate
	}
	if s.Source == "" || len(s.Source) > maxSource || strings.ContainsFunc(s.Source, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return nil, fmt.Errorf("fixed exchange rates: source: %.40q must be 1 to %d printable characters that say who fixed them", s.Source, maxSource)
	}
	for _, d := range []struct{ name, day string }{{"from", s.From}, {"until", s.Until}} {
		if _, err := time.Parse(time.DateOnly, d.day); err != nil && d.day != "" {
			return nil, fmt.Errorf("fixed exchange rates: %s: %.40q must be a day written as 2026-04-01", d.name, d.day)
		}
	}
	if s.From != "" && s.Until != "" && s.Until < s.From {
		return nil, fmt.Errorf("fixed exchange rates: until, %s, is before from, %s", s.Until, s.From)
	}
	return r, nil
}

// Rate returns the rate of currency for the day that t falls in, in UTC. GBP is
// 1. It returns an *pricing.UnknownRate for a currency without a rate, and for a
// day on which the rates do not hold.
func (r *Rates) Rate(currency string, t time.Time) (pricing.FXRate, error) {
	day := t.UTC().Format(time.DateOnly)
	if currency == "GBP" {
		return pricing.Pound(day), nil
	}
	unknown := func(reason string) (pricing.FXRate, error) {
		return pricing.FXRate{}, &pricing.UnknownRate{Currency: currency, Period: day, Reason: reason}
	}
	perGBP, ok := r.perGBP[currency]
	switch {
	case !ok:
		return unknown("the fixed rates do not have the currency; add it to them")
	case r.from != "" && day < r.from:
		return unknown("the fixed rates hold from " + r.from)
	case r.until != "" && day > r.until:
		return unknown("the fixed rates held until " + r.until + "; agree on new ones")
	}
	return pricing.FXRate{Currency: currency, PerGBP: perGBP, Source: "fixed: " + r.source, Period: day}, nil
}
