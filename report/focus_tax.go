package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/collector"
)

// VAT is the value added tax on what providers charge. Both are percentages, 0
// to 100: the rate, and the part of the tax that can be reclaimed.
type VAT struct{ RatePercent, RecoverablePercent decimal.Decimal }

// Valid returns an error that names the percentage that is none.
func (v *VAT) Valid() error {
	for _, p := range []struct {
		name string
		decimal.Decimal
	}{{"rate", v.RatePercent}, {"recoverable part", v.RecoverablePercent}} {
		if p.IsNegative() || p.GreaterThan(hundred) {
			return fmt.Errorf("VAT: %s %s %%: it must be 0 to 100", p.name, p.Decimal)
		}
	}
	return nil
}

var hundred = decimal.NewFromInt(100)

// focusVAT is what a row of tax says of itself.
type focusVAT struct {
	rate        decimal.Decimal // percent
	recoverable bool
}

// focusTax adds up what is taxed.
type focusTax map[taxed]*focusRow

// taxed is what one provider charges in one month.
type taxed struct {
	provider collector.Provider
	month    time.Time
}

func (t focusTax) add(r *focusRow) {
	at := taxed{r.provider, r.period.month.Start}
	sum := t[at]
	if sum == nil {
		sum = &focusRow{}
		t[at] = sum
	}
	sum.list, sum.contracted = sum.list.Add(r.list), sum.contracted.Add(r.contracted)
	sum.effective, sum.billed = sum.effective.Add(r.effective), sum.billed.Add(r.billed)
}

// taxes makes the rows of value added tax: for each provider and month the part
// that can be reclaimed and the part that can't, each of every kind of cost.
func (f *focusRows) taxes() {
	if f.vat == nil {
		return
	}
	for _, at := range slices.SortedFunc(maps.Keys(f.tax), func(a, b taxed) int {
		return cmp.Or(cmp.Compare(a.provider, b.provider), a.month.Compare(b.month))
	}) {
		for _, part := range []struct {
			focusVAT
			percent decimal.Decimal
			name    string
		}{
			{focusVAT{f.vat.RatePercent, true}, f.vat.RecoverablePercent, "recoverable"},
			{focusVAT{f.vat.RatePercent, false}, hundred.Sub(f.vat.RecoverablePercent), "irrecoverable"},
		} {
			if part.percent.IsZero() {
				continue
			}
			charge := f.describeTax(at)
			charge.vat = &part.focusVAT
			charge.description = fmt.Sprintf("VAT at %s %% on %s, %s part", part.rate, providerName(at.provider), part.name)
			if !f.yield(taxOn(f.tax[at], &charge, part.rate.Mul(part.percent).Shift(-4))) {
				return
			}
		}
	}
}

// taxOn is a row of so much of each kind of cost.
func taxOn(sum *focusRow, charge *focusCharge, part decimal.Decimal) *focusRow {
	return &focusRow{focusCharge: charge, list: sum.list.Mul(part), contracted: sum.contracted.Mul(part),
		effective: sum.effective.Mul(part), billed: sum.billed.Mul(part)}
}

func (f *focusRows) describeTax(at taxed) focusCharge {
	month := monthOf(at.month)
	period := focusPeriod{Window: month, month: month}
	if window := f.fleet.Window; window.Start.After(month.Start) {
		period.Start = window.Start
	}
	if window := f.fleet.Window; window.End.Before(month.End) {
		period.End = window.End
	}
	return focusCharge{
		period: period, category: "Tax", frequency: "Usage-Based", provider: at.provider, account: f.account(at.provider),
		service: vatService, currency: "GBP", perGBP: decimal.NewFromInt(1),
	}
}

// monthOf is the calendar month (UTC) that t lies in.
func monthOf(t time.Time) collector.Window {
	t = t.UTC()
	start := time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC)
	return collector.Window{Start: start, End: start.AddDate(0, 1, 0)}
}
