package report

import (
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
)

// focusUse is how much of a commitment rows used: machine-hours or pounds, and
// what that cost.
type focusUse struct{ quantity, cost decimal.Decimal }

func (u focusUse) plus(quantity, cost decimal.Decimal) focusUse {
	return focusUse{u.quantity.Add(quantity), u.cost.Add(cost)}
}

// dust is the least that counts as unused, in hours or pounds. Hours are rounded
// to a billionth, so that a commitment that is all used can be less than that off
// for each charge.
var dust = decimal.New(1, -6)

// commitments makes the rows of what was committed to within the window, and of
// what nothing used of it. What the rows of charges used and the unused rows add
// up to is what was bought.
func (f *focusRows) commitments() bool {
	for i := range f.ledger.Commitments {
		use := &f.ledger.Commitments[i]
		terms := use.Of()
		window := terms.Within(f.fleet.Window)
		if !use.PerHour().Known || window.Length() <= 0 {
			continue // the ledger warns of those without an exchange rate
		}
		if !f.commitment(use, &terms, window) {
			return false
		}
	}
	return true
}

func (f *focusRows) commitment(use *pricing.CommitmentUse, terms *pricing.Commitment, window collector.Window) bool {
	origin := f.describeCommitment(use, terms)
	unit := origin.listUnit.Decimal
	hours := decimal.NewFromInt(int64(window.Length())).DivRound(decimal.NewFromInt(int64(time.Hour)), periodDigits)
	bought := hours.Mul(use.PerHour().Money.Decimal)
	if terms.Kind == pricing.Reservation {
		bought = hours.Mul(terms.Machines)
	}
	used := f.used[use.Name]
	unused := focusUse{bought.Sub(used.quantity), bought.Mul(unit).Sub(used.cost)}
	if unused.quantity.LessThan(dust) {
		unused = focusUse{}
	}
	all := used.plus(unused.quantity, unused.cost)
	purchase := origin
	purchase.category, purchase.frequency, purchase.pricing = "Purchase", "Recurring", "Standard"
	purchase.description = "purchase of commitment " + use.Name
	origin.status, origin.pricing = "Unused", "Committed"
	origin.description = "unused part of commitment " + use.Name
	return f.spread(purchase, window, all) && (unused.quantity.IsZero() || f.spread(origin, window, unused))
}

// spread makes the rows of so much of a commitment, one a month. The last has
// what is left of the cost, so that they add up.
func (f *focusRows) spread(origin focusCharge, window collector.Window, of focusUse) bool {
	periods := byMonth(window, of.quantity)
	left := of.cost
	for i, period := range periods {
		charge := origin
		charge.period = period
		r := &focusRow{focusCharge: &charge, quantity: decimal.NewNullDecimal(period.quantity)}
		r.list = period.quantity.Mul(origin.listUnit.Decimal)
		r.contracted = r.list
		part := r.list
		if i == len(periods)-1 {
			part = left
		}
		left = left.Sub(part)
		if origin.status == "Unused" {
			r.class, r.effective = "unused", part
		} else {
			r.billed = part
		}
		if !f.put(r) {
			return false
		}
	}
	return true
}

// describeCommitment is what all rows of a commitment have in common. A
// reservation is priced by the machine-hour, a savings plan by the pound.
func (f *focusRows) describeCommitment(use *pricing.CommitmentUse, terms *pricing.Commitment) focusCharge {
	unit, unitPrice, listed := focusUnits[pricing.Hour], use.PerHour().Money.Decimal, use.Price.PerUnit
	if terms.Kind == pricing.SavingsPlan {
		unit, unitPrice, listed = poundUnit, decimal.NewFromInt(1), use.FX.PerGBP
	}
	price, inCurrency := decimal.NewNullDecimal(unitPrice), decimal.NewNullDecimal(listed)
	id := "commitment/" + use.Name
	return focusCharge{
		category: "Usage", frequency: "Usage-Based",
		provider: terms.Provider, account: f.account(terms.Provider), service: serviceOf(terms.Provider, pricing.Machine),
		region: terms.Region, sku: id, skuPrice: id, meter: "commitment", unit: unit,
		listUnit: price, contractedUnit: price, currency: use.Price.Currency, perGBP: use.FX.PerGBP,
		currencyList: inCurrency, currencyContract: inCurrency, commitment: terms,
		terms: fmt.Sprintf("%s of %s %s an hour", terms.Kind, use.Price.PerUnit, use.Price.Currency),
		rate:  &pricing.Rate{PerUnit: use.PerHour().Money, Price: use.Price, FX: use.FX},
	}
}
