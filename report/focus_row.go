package report

import (
	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
)

// focusRow is one row: an allocated share of a charge, or a charge of its own.
// Costs are pounds.
type focusRow struct {
	*focusCharge
	quantity                            decimal.NullDecimal // priced; null for tax
	list, contracted, effective, billed decimal.Decimal
	ratio                               decimal.NullDecimal // of the origin charge; null where nothing was allocated
	class                               string              // workload, idle, overhead, unused
	to                                  *focusTarget        // nil: no part of a cluster
}

// focusCharge is what all rows of one origin charge share.
type focusCharge struct {
	period                         focusPeriod
	category, frequency            string
	provider                       collector.Provider
	account                        string
	service                        focusService
	description                    string
	cluster, zone, region          string
	resource, resourceName, kind   string
	sku, skuPrice, meter, details  string
	pricing                        string // PricingCategory
	unit                           string // of quantity
	listUnit, contractedUnit       decimal.NullDecimal
	currency                       string          // that the price is set in
	perGBP                         decimal.Decimal // of currency
	currencyList, currencyContract decimal.NullDecimal
	commitment                     *pricing.Commitment // nil: none
	status                         string              // of the commitment: Used, Unused
	method                         string              // of allocation
	rate                           *pricing.Rate       // nil: unknown
	terms                          string
	unknown                        string // prices that are unknown
	vat                            *focusVAT
}

// consumed is the quantity that was used: none of a purchase, of what nothing
// used, or of tax.
func (r *focusRow) consumed() decimal.NullDecimal {
	if r.category != "Usage" || r.status == "Unused" {
		return decimal.NullDecimal{}
	}
	return r.quantity
}

// committed is how much of the commitment the row is: machine-hours of a
// reservation, pounds of a savings plan.
func (r *focusRow) committed() (decimal.NullDecimal, string) {
	switch {
	case r.commitment == nil:
		return decimal.NullDecimal{}, ""
	case r.commitment.Kind == pricing.Reservation, r.status == "":
		return r.quantity, r.unit
	}
	return decimal.NewNullDecimal(r.effective), poundUnit
}

// focusPeriod is the part of a charge that lies in one calendar month.
type focusPeriod struct {
	collector.Window
	month    collector.Window
	quantity decimal.Decimal
}

// periodDigits is the precision of a part of a quantity: a billionth of an hour.
const periodDigits = 9

// byMonth parts a quantity that is spread evenly over w at the ends of calendar
// months (UTC). Parts are rounded down and the last one has what is left, so that
// they add up. Worked: 48 h from 30 November 12:00 are 12 h in November and 36 h
// in December.
func byMonth(w collector.Window, quantity decimal.Decimal) []focusPeriod {
	var parts []focusPeriod
	left := quantity
	for start := w.Start.UTC(); start.Before(w.End); {
		month := monthOf(start)
		part := focusPeriod{Window: collector.Window{Start: start, End: w.End.UTC()}, month: month, quantity: left}
		if month.End.Before(part.End) {
			part.End = month.End
			length := decimal.NewFromInt(int64(part.Length()))
			part.quantity, _ = quantity.Mul(length).QuoRem(decimal.NewFromInt(int64(w.Length())), periodDigits)
		}
		left = left.Sub(part.quantity)
		parts = append(parts, part)
		start = part.End
	}
	return parts
}
