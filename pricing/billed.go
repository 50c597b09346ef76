package pricing

import (
	"cmp"
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
	// shared by the hours that they stood, as far as Hours hold them.
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
	shared := map[string]decimal.Decimal{} // how much each of the bill's costs is for
	for _, b := range bills {
		for i := range b.charges {
			c := charged{Charge: &b.charges[i]}
			if c.ProviderID == "" {
				continue
			}
			var ok bool
			if c.Charged, ok = t.Bill.Charged(c.ProviderID); !ok || !c.within(c.Window).IsPositive() {
				m.Missing = append(m.Missing, fmt.Sprintf("%s: %s %s", b.cluster.Name, c.Key.Kind.Noun(1), c.Name))
				continue
			}
			found = append(found, c)
			shared[c.of()] = shared[c.of()].Add(c.within(c.Window))
		}
	}
	for _, c := range found {
		quantity := shared[c.of()]
		if c.Set == "" {
			quantity = c.within(quantity)
		}
		c.bill(quantity)
		m.Matched++
		m.List = m.List.Plus(c.Units.List.times(c.Quantity))
		m.Paid = m.Paid.Plus(c.Units.Effective.times(c.Quantity))
	}
	for _, b := range bills {
		m.List = m.List.Plus(b.billAccelerators())
	}
	slices.Sort(m.Missing)
	return m
}

// of names what the bill's cost is of: a set, or one resource, which two nodes
// can be one after the other where a machine joined again.
func (c *charged) of() string { return cmp.Or(c.Set, c.ProviderID) }

// within is how much of a quantity of c the hours of the bill hold, so that a
// bill that lags a day behind the window gives the same rate as a whole one. A
// bill by the day covers 24 hours of a node that stood for 6: it is never more
// than the quantity.
func (c *charged) within(quantity decimal.Decimal) decimal.Decimal {
	if !c.Hours.IsPositive() {
		return quantity
	}
	held := c.Hours.Mul(c.size)
	if c.Key.Kind == Storage {
		held = held.DivRound(hoursPerMonth, quantityDigits)
	}
	return decimal.Min(quantity, held)
}

// bill puts the rate of what was charged on c: pounds ÷ the quantity that they
// are for.
func (c *charged) bill(quantity decimal.Decimal) {
	unit := func(a Amount) Amount {
		if !a.Known || a.Money.IsNegative() {
			return Amount{}
		}
		return Known(Pounds(a.Money.DivRound(quantity, rateDigits)))
	}
	c.Units.Effective, c.Terms, c.Reason = unit(c.Effective), billTerms, ""
	if a := unit(c.Charged.Contracted); a.Known {
		c.Units.Contracted = a
	}
	if c.Rate == nil {
		c.Units.List = unit(c.Charged.List)
	}
	switch {
	case !c.Effective.Known:
		c.Reason = "the bill has rows of it that can't be read"
	case !c.Units.Effective.Known:
		c.Reason = "the bill's credits for it are more than its costs"
	}
}

// billAccelerators takes the GPUs of the machines that the bill has for paid, as
// Google Cloud's rows for them name the machine, and returns what they cost by
// list price.
func (b *bill) billAccelerators() Amount {
	list := Known(Money{})
	for i := range b.charges {
		c := &b.charges[i]
		if c.Key.Kind != Accelerator {
			continue
		}
		machine := &b.charges[b.of[i]]
		if machine.Terms != billTerms {
			continue
		}
		list = list.Plus(c.Units.List.times(c.Quantity))
		c.Terms, c.Reason, c.Units.Contracted, c.Units.Effective = billTerms, machine.Reason, Known(Money{}), Known(Money{})
		if machine.Reason != "" {
			c.Units.Effective = Amount{}
		}
	}
	return list
}
