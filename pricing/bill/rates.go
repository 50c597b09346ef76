package bill

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/pricing"
)

// roundDigits is the precision of a cost that was converted or is a part of a
// row's, the one place where it is rounded: a million such rows are off by at
// most £0.0000005. A whole cost in pounds is not rounded.
const roundDigits = 12

// maxRates is how many pairs of a currency and a month are kept: every month of
// 16 years in 20 currencies.
const maxRates = 4096

// rates asks for each currency's rate of each month once.
type rates struct {
	fx    pricing.FX
	found map[rateKey]*rateEntry
}

type rateKey struct {
	currency string
	year     int
	month    time.Month
}

type rateEntry struct {
	rate pricing.FXRate
	err  error
	rows int // that needed it
}

// of returns the rate of a currency for the month that t falls in.
func (x *rates) of(currency string, t time.Time) (*rateEntry, error) {
	if len(currency) != 3 || strings.Trim(currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return nil, fmt.Errorf("BillingCurrency: %.10q is not a code such as GBP", currency)
	}
	k := rateKey{currency, t.Year(), t.Month()}
	e := x.found[k]
	if e == nil {
		if len(x.found) >= maxRates {
			return nil, fmt.Errorf("BillingCurrency: the bill has more than %d currencies and months", maxRates)
		}
		k.currency = strings.Clone(currency)
		e = &rateEntry{}
		if e.rate, e.err = x.fx.Rate(k.currency, t); e.err == nil && !e.rate.PerGBP.IsPositive() {
			e.err = &pricing.UnknownRate{Currency: k.currency, Period: t.Format("2006-01"),
				Reason: "the rate given, " + e.rate.PerGBP.String() + ", is not more than zero"}
		}
		x.found[k] = e
	}
	e.rows++
	return e, nil
}

// used lists the rates that were found, by currency and period: two months that
// were given one rate have it once.
func (x *rates) used() []pricing.FXRate {
	var list []pricing.FXRate
	for _, e := range x.sorted() {
		if e.err == nil {
			list = append(list, e.rate)
		}
	}
	return slices.CompactFunc(list, func(a, b pricing.FXRate) bool { return a.Currency == b.Currency && a.Period == b.Period })
}

func (x *rates) sorted() []*rateEntry {
	keys := slices.SortedFunc(maps.Keys(x.found), func(a, b rateKey) int {
		return cmp.Or(cmp.Compare(a.currency, b.currency), a.year-b.year, int(a.month-b.month))
	})
	list := make([]*rateEntry, len(keys))
	for i, k := range keys {
		list[i] = x.found[k]
	}
	return list
}

// exchange turns figures of one row into pounds: those of its currency, for the
// part of its period that the window holds.
type exchange struct {
	rate  *rateEntry
	whole bool
	// A figure is multiplied by times and divided by per.
	times, per decimal.Decimal
}

// over is the exchange of a row whose charge period is all and of which the
// window holds part.
func (e *rateEntry) over(all, part span) exchange {
	one := decimal.NewFromInt(1)
	x := exchange{rate: e, times: one, per: one}
	if e.err == nil {
		x.per = e.rate.PerGBP
	}
	if part != all {
		x.times = decimal.NewFromInt(int64(part.length()))
		x.per = x.per.Mul(decimal.NewFromInt(int64(all.length())))
	}
	x.whole = part == all && x.per.Equal(one)
	return x
}

// pounds is a cost of the row: £1.30 × 12 h ÷ (24 h × 1.3 dollars a pound) is
// £0.50. It is unknown where the rate is.
func (x *exchange) pounds(d decimal.Decimal) pricing.Amount {
	switch {
	case x.rate.err != nil:
		return pricing.Amount{}
	case x.whole:
		return pricing.Known(pricing.Pounds(d))
	}
	return pricing.Known(pricing.Pounds(d.Mul(x.times).DivRound(x.per, roundDigits)))
}
