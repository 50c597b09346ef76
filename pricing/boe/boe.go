// Package boe gives the Bank of England's daily spot rates of the United States
// dollar (series XUDLUSS) and the euro (XUDLERS), in units of the currency a
// pound. The Bank says that they are statistics and no official rates.
//
// HMRC takes other rates than its own only by choice: for VAT the rule is the UK
// market's selling rate at the time of supply, HMRC's period rates (package hmrc)
// are open to all who keep to them, and a business that wants another rate, such as
// this middle rate, applies for it in writing. tuppence uses HMRC's unless its
// configuration names these.
// https://www.bankofengland.co.uk/statistics/details/further-details-about-spot-exchange-rates-data
// https://www.gov.uk/guidance/vat-tertiary-legislation/valuation
//
// How to add a currency: add its series to the list below.
// https://www.bankofengland.co.uk/boeapps/database/Rates.asp
package boe

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/pricing"
)

// series is one of the Bank's, by its code: spot rates into sterling.
type series struct{ code, currency string }

// known is in the order in which tables are asked for and written.
var known = []series{{"XUDLERS", "EUR"}, {"XUDLUSS", "USD"}}

const (
	// freeDays is how many days back a rate is taken from without a warning: the
	// Bank has none at weekends and on bank holidays, and Easter Monday has the
	// rate of the Thursday before.
	freeDays = 4
	// maxDays is how many days back a rate is taken from at all.
	maxDays = 31
)

// Rates are the Bank's rates by currency and day, a pricing.FX. They do not
// change, so any number of goroutines may use them.
type Rates struct {
	byCurrency map[string][]entry // in the order of their days
}

var _ pricing.FX = (*Rates)(nil)

type entry struct {
	day    time.Time // its midnight in UTC
	perGBP decimal.Decimal
}

// Rate returns how many units of currency a pound bought on the day that t falls
// in, in UTC. A day without a rate has that of the last day before it, with a
// Warning where that is more than 4 days back. GBP is 1. It returns an
// *pricing.UnknownRate for a currency that the table does not have, and where the
// last rate is more than 31 days back.
func (r *Rates) Rate(currency string, t time.Time) (pricing.FXRate, error) {
	day := midnight(t)
	asked := day.Format(time.DateOnly)
	if currency == "GBP" {
		return pricing.Pound(asked), nil
	}
	unknown := func(reason string) (pricing.FXRate, error) {
		return pricing.FXRate{}, &pricing.UnknownRate{Currency: currency, Period: asked, Reason: reason}
	}
	s := r.byCurrency[currency]
	if len(s) == 0 {
		return unknown("the table of the Bank of England's rates does not have the currency")
	}
	i, found := slices.BinarySearchFunc(s, day, func(e entry, d time.Time) int { return e.day.Compare(d) })
	if !found {
		i-- // the last day before
	}
	if i < 0 {
		return unknown("the first day in the table of the Bank of England's rates is " + s[0].day.Format(time.DateOnly))
	}
	of, back := s[i].day.Format(time.DateOnly), int(day.Sub(s[i].day)/(24*time.Hour))
	if back > maxDays {
		return unknown(fmt.Sprintf("the last rate of the Bank of England's in the table is of %s, %d days before: fetch newer ones", of, back))
	}
	rate := pricing.FXRate{Currency: currency, PerGBP: s[i].perGBP, Source: source(currency), Period: of}
	if back > freeDays {
		rate.Warning = fmt.Sprintf("the Bank of England's %s rate for %s is not in the table; used %s, %d days before", currency, asked, of, back)
	}
	return rate, nil
}

// source names the series, and what it is not.
func source(currency string) string {
	i := slices.IndexFunc(known, func(s series) bool { return s.currency == currency })
	return "Bank of England " + known[i].code + " (not an official rate)"
}

func midnight(t time.Time) time.Time {
	u := t.UTC()
	return time.Date(u.Year(), u.Month(), u.Day(), 0, 0, 0, 0, time.UTC)
}

// codes are the series' codes with a comma between.
func codes() string {
	var all []string
	for _, s := range known {
		all = append(all, s.code)
	}
	return strings.Join(all, ",")
}
