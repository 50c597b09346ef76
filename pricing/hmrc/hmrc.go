// Package hmrc gives the exchange rates that HM Revenue & Customs publishes each
// month for customs and VAT, in units of the currency a pound. It carries a
// table of the United States dollar and the euro, and reads HMRC's own monthly
// file to add a month.
//
// How to add a month: add its lines to rates.csv, or read HMRC's file with Fetch
// or ReadXML, add it with Rates.With and keep the table with Rates.Write.
// https://www.trade-tariff.service.gov.uk/exchange_rates
package hmrc

import (
	"bytes"
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/pricing"
)

//go:embed rates.csv
var table []byte

// month is how a month is written: 2026-09.
const month = "2006-01"

// Rates are HMRC's rates by currency and month, a pricing.FX. They do not
// change, so any number of goroutines may use them.
type Rates struct {
	byCurrency map[string]series
}

var _ pricing.FX = (*Rates)(nil)

// series is one currency's rates in the order of their months.
type series []entry

type entry struct {
	month  string
	perGBP decimal.Decimal
	source string
}

func (s series) find(month string) (int, bool) {
	return slices.BinarySearchFunc(s, month, func(e entry, m string) int { return strings.Compare(e.month, m) })
}

// Default is the table that comes with tuppence: 2023-09 to 2026-09. Its error
// would be a broken build.
func Default() (*Rates, error) {
	r, err := Read(bytes.NewReader(table))
	if err != nil {
		return nil, fmt.Errorf("the bundled exchange rates: %w", err)
	}
	return r, nil
}

// Rate returns how many units of currency a pound buys in the month that t
// falls in, in UTC. A month that is not in the table has the rate of the last
// one before it, and a Warning that names both. GBP is 1. It returns an
// *pricing.UnknownRate for a currency that the table does not have, and for a
// month before its first.
func (r *Rates) Rate(currency string, t time.Time) (pricing.FXRate, error) {
	asked := t.UTC().Format(month)
	if currency == "GBP" {
		return pricing.Pound(asked), nil
	}
	s := r.byCurrency[currency]
	if len(s) == 0 {
		return pricing.FXRate{}, &pricing.UnknownRate{Currency: currency, Period: asked, Reason: "the table of HMRC's rates does not have the currency"}
	}
	i, found := s.find(asked)
	if !found {
		i-- // the last month before
	}
	if i < 0 {
		return pricing.FXRate{}, &pricing.UnknownRate{Currency: currency, Period: asked, Reason: "the first month in the table of HMRC's rates is " + s[0].month}
	}
	rate := pricing.FXRate{Currency: currency, PerGBP: s[i].perGBP, Source: s[i].source, Period: s[i].month}
	if !found {
		rate.Warning = fmt.Sprintf("HMRC's %s rate for %s is not in the table; used %s", currency, asked, s[i].month)
	}
	return rate, nil
}

// With returns r with the rates of m for the currencies that r has. It replaces
// a month that r has already. It returns an error where m lacks one of the
// currencies, or has a rate that is more than twice or less than half that of
// the month before or after it.
func (r *Rates) With(m Month) (*Rates, error) {
	next := &Rates{byCurrency: maps.Clone(r.byCurrency)}
	for _, currency := range slices.Sorted(maps.Keys(r.byCurrency)) {
		rate, ok := m.PerGBP[currency]
		if !ok {
			return nil, fmt.Errorf("HMRC's rates of %s: no rate of %s", m.Period, currency)
		}
		s := slices.Clone(r.byCurrency[currency])
		e := entry{m.Period, rate, "HMRC monthly rates, file of " + m.Period}
		i, found := s.find(m.Period)
		if found {
			s[i] = e
		} else {
			s = slices.Insert(s, i, e)
		}
		if err := s.check(); err != nil {
			return nil, fmt.Errorf("HMRC's rates of %s: %s: %w", m.Period, currency, err)
		}
		next.byCurrency[currency] = s
	}
	return next, nil
}

// check returns an error where two neighbours differ by more than a factor of
// two, which is a misplaced point or another currency rather than a market.
func (s series) check() error {
	two := decimal.NewFromInt(2)
	for i := 1; i < len(s); i++ {
		a, b := s[i-1], s[i]
		if b.perGBP.GreaterThan(a.perGBP.Mul(two)) || a.perGBP.GreaterThan(b.perGBP.Mul(two)) {
			return fmt.Errorf("%s in %s and %s in %s differ by more than a factor of two: check both", a.perGBP, a.month, b.perGBP, b.month)
		}
	}
	return nil
}
