package pricing

import (
	"fmt"

	"github.com/shopspring/decimal"
)

// Bill is what providers really charged, by their own ids.
type Bill interface {
	// Charged returns what the bill has for a resource within the window, and
	// whether it has anything.
	Charged(providerID string) (Charged, bool)
}

// Charged is what a bill has for one resource, in pounds over Hours of the window.
type Charged struct {
	List, Contracted, Effective Amount
	Hours                       decimal.Decimal // that the bill covers; 0: it does not say
	Source, AsOf                string          // the bill's name, and the last day that it covers
}

// BillMatch is how a bill met the fleet. Amounts are a month's.
type BillMatch struct {
	Matched int // charges that the bill has a cost for
	// List and Paid are those charges' cost by list price and by the bill. List is
	// unknown where a list price is.
	List, Paid Amount
	// Missing names what has a provider id that the bill does not have, as
	// "cluster: kind name".
	Missing []string
}

// billTerms is the Terms of a charge whose cost is a bill's.
const billTerms = "bill"

// settle prices what the bill has at its effective rate. What it does not have
// keeps its list price and its terms.
func (t *Terms) settle(bills []*bill) *BillMatch {
	if t.Bill == nil {
		return nil
	}
	m := &BillMatch{List: Known(Money{}), Paid: Known(Money{})}
	for _, b := range bills {
		for i := range b.charges {
			c := &b.charges[i]
			if c.ProviderID == "" || c.Key.Kind == Accelerator {
				continue
			}
			charged, ok := t.Bill.Charged(c.ProviderID)
			if !ok || !c.bill(&charged) {
				m.Missing = append(m.Missing, fmt.Sprintf("%s: %s %s", b.cluster.Name, c.Key.Kind, c.Name))
				continue
			}
			m.Matched++
			m.List = m.List.Plus(c.Units.List.times(c.Quantity))
			m.Paid = m.Paid.Plus(c.Units.Effective.times(c.Quantity))
		}
	}
	return m
}

// bill puts the effective rate of what was charged on c: pounds ÷ the quantity
// that the hours of the bill hold. A bill that lags a day behind the window gives
// the same rate as a whole one. It reports whether there was anything to divide by.
func (c *Charge) bill(charged *Charged) bool {
	quantity := c.Window
	if charged.Hours.IsPositive() {
		quantity = charged.Hours.Mul(c.size)
		if c.Key.Kind == Storage {
			quantity = quantity.DivRound(hoursPerMonth, quantityDigits)
		}
	}
	if !quantity.IsPositive() {
		return false
	}
	unit := func(a Amount) Amount {
		if !a.Known {
			return Amount{}
		}
		return Known(Pounds(a.Money.DivRound(quantity, rateDigits)))
	}
	c.Units.Effective, c.Terms, c.Reason = unit(charged.Effective), billTerms, ""
	if a := unit(charged.Contracted); a.Known {
		c.Units.Contracted = a
	}
	if c.Rate == nil {
		c.Units.List = unit(charged.List)
	}
	if !c.Units.Effective.Known {
		c.Reason = "the bill has rows of it that can't be read"
	}
	return true
}
