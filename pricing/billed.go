package pricing

import (
	"fmt"
	"slices"

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
	// Set is named where the bill has one cost for several resources, such as an
	// Azure scale set: each resource of the set is charged this same cost, which is
	// shared by the hours that they stood.
	Set string
}

// BillMatch is how a bill met the fleet. Amounts are a month's.
type BillMatch struct {
	Matched int `json:"matched"` // charges that the bill has a cost for
	// List and Paid are those charges' cost by list price and by the bill. List is
	// unknown where a list price is.
	List Amount `json:"list"`
	Paid Amount `json:"paid"`
	// Missing names what has a provider id that the bill does not have, as
	// "cluster: kind name".
	Missing []string `json:"missing"`
}

// billTerms is the Terms of a charge whose cost is a bill's.
const billTerms = "bill"

// charged is a charge and what the bill has for it.
type charged struct {
	*Charge
	Charged
}

// settle prices what the bill has at its effective rate. What it does not have
// keeps its list price and its terms.
func (t *Terms) settle(bills []*bill) *BillMatch {
	if t.Bill == nil {
		return nil
	}
	m := &BillMatch{List: Known(Money{}), Paid: Known(Money{}), Missing: []string{}}
	var found []charged
	sets := map[string]decimal.Decimal{} // the quantity of each set
	for _, b := range bills {
		for i := range b.charges {
			c := &b.charges[i]
			if c.ProviderID == "" || c.Key.Kind == Accelerator {
				continue
			}
			has, ok := t.Bill.Charged(c.ProviderID)
			if !ok || !c.Window.IsPositive() {
				m.Missing = append(m.Missing, fmt.Sprintf("%s: %s %s", b.cluster.Name, c.Key.Kind.Noun(1), c.Name))
				continue
			}
			found = append(found, charged{c, has})
			if has.Set != "" {
				sets[has.Set] = sets[has.Set].Add(c.Window)
			}
		}
	}
	for _, c := range found {
		c.bill(sets[c.Set])
		m.Matched++
		m.List = m.List.Plus(c.Units.List.times(c.Quantity))
		m.Paid = m.Paid.Plus(c.Units.Effective.times(c.Quantity))
	}
	slices.Sort(m.Missing)
	return m
}

// bill puts the effective rate of what was charged on c: pounds ÷ the quantity
// that the hours of the bill hold, so that a bill that lags a day behind the
// window gives the same rate as a whole one. A bill by the day covers 24 hours
// of a node that stood for 6: the quantity is never more than c's.
func (c *charged) bill(set decimal.Decimal) {
	quantity := c.Window
	switch {
	case c.Set != "":
		quantity = set
	case c.Hours.IsPositive():
		hours := c.Hours.Mul(c.size)
		if c.Key.Kind == Storage {
			hours = hours.DivRound(hoursPerMonth, quantityDigits)
		}
		quantity = decimal.Min(quantity, hours)
	}
	unit := func(a Amount) Amount {
		if !a.Known {
			return Amount{}
		}
		return Known(Pounds(a.Money.DivRound(quantity, rateDigits)))
	}
	c.Units.Effective, c.Terms, c.Reason = unit(c.Charged.Effective), billTerms, ""
	if a := unit(c.Charged.Contracted); a.Known {
		c.Units.Contracted = a
	}
	if c.Rate == nil {
		c.Units.List = unit(c.Charged.List)
	}
	if !c.Units.Effective.Known {
		c.Reason = "the bill has rows of it that can't be read"
	}
}
