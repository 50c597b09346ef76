package bill

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tuppence-dev/tuppence/pricing"
)

// Bounds of what is kept, against a hostile bill. All the clouds together have
// some thousands of services; 10,000 nodes billed by the hour, in an order that
// joins none of a month's hours, have 3 million stretches.
const (
	maxServices  = 20_000
	maxStretches = 8 << 20 // 16 bytes each
	maxName      = 200     // bytes of a provider's or service's name; the rest is cut off
)

// tally adds rows up, in memory that does not grow with their number.
type tally struct {
	window      span
	wanted      *wanted
	rates       rates
	services    map[serviceKey]*service
	stretches   int
	tax, unused Costs
	rows        int // within the window
	outside     int
	bad         badRows
	negative    many
}

type serviceKey struct{ provider, name string }

type service struct {
	rows int
	sum  pricing.Amount
}

// add adds one row. A row that cannot be read in full is noted, and what it
// bears on is unknown; the error is that a bound was reached.
func (t *tally) add(r *row) error {
	all, err := r.period()
	if err != nil {
		return t.lose(r, err)
	}
	part, in := all.within(t.window)
	if !in {
		t.outside++
		return nil
	}
	what, err := r.category()
	if err != nil {
		return t.lose(r, err)
	}
	rate, err := t.rates.of(r.text(billingCurrency), all.start)
	if err != nil {
		return t.lose(r, err)
	}
	t.rows++
	x := rate.over(all, part)
	switch what {
	case tax:
		t.tax = t.tax.Plus(t.costs(r, &x))
	case unused:
		t.unused = t.unused.Plus(t.costs(r, &x))
	case usage, cost:
		return t.charge(r, what, part, &x)
	}
	return nil
}

// charge adds a row to its resource where that was asked for, else to its
// service.
func (t *tally) charge(r *row, what category, part span, x *exchange) error {
	c := t.wanted.of(r)
	if c == nil {
		effective, err := t.amount(r, effectiveCost, x)
		if err != nil {
			t.bad.add(r, err)
		}
		return t.serve(r, effective)
	}
	costs := t.costs(r, x)
	c.rows++
	c.costs = c.costs.Plus(costs)
	c.group.add(part, costs.Effective)
	if what != usage {
		return nil
	}
	c.notePricing(r.text(pricingCategory))
	if t.stretches += c.cover.add(part); t.stretches > maxStretches {
		return fmt.Errorf("its resources have more than %d separate charge periods: ask for a shorter window", maxStretches)
	}
	return nil
}

// lose notes a row of which nothing is known but its resource or service.
func (t *tally) lose(r *row, err error) error {
	t.rows++
	t.bad.add(r, err)
	c := t.wanted.of(r)
	if c == nil {
		return t.serve(r, pricing.Amount{})
	}
	c.rows++
	c.costs = c.costs.Plus(Costs{})
	c.group.lose()
	return nil
}

// serve adds a row's cost to its service.
func (t *tally) serve(r *row, effective pricing.Amount) error {
	k := serviceKey{cut(r.provider()), cut(r.text(serviceName))}
	s := t.services[k]
	if s == nil {
		if len(t.services) >= maxServices {
			return fmt.Errorf("it has more than %d services", maxServices)
		}
		s = &service{sum: pricing.Known(pricing.Money{})}
		t.services[serviceKey{strings.Clone(k.provider), strings.Clone(k.name)}] = s
	}
	s.rows++
	s.sum = s.sum.Plus(effective)
	return nil
}

// costs are the four costs of a row. Where one is bad it is unknown, and the row
// is noted.
func (t *tally) costs(r *row, x *exchange) Costs {
	var c Costs
	var bad error
	for i, to := range [...]*pricing.Amount{&c.List, &c.Contracted, &c.Effective, &c.Billed} {
		a, err := t.amount(r, listCost+column(i), x)
		if err != nil && bad == nil {
			bad = err
		}
		*to = a
	}
	if bad != nil {
		t.bad.add(r, bad)
	}
	return c
}

// amount is one cost of a row. Usage that costs less than nothing and is no
// correction counts as it stands, for a provider that takes discounts off at once
// can go below zero by rounding; but someone should look.
func (t *tally) amount(r *row, c column, x *exchange) (pricing.Amount, error) {
	d, err := figure(r.text(c))
	if err != nil {
		return pricing.Amount{}, fmt.Errorf("%s: %w", names[c], err)
	}
	if c == effectiveCost && d.IsNegative() && r.text(chargeCategory) == "Usage" && !strings.EqualFold(r.text(chargeClass), "Correction") {
		t.negative.add(r.String())
	}
	return x.pounds(d), nil
}

// cut bounds a name, and has a question mark for what cannot be printed.
func cut(name string) string {
	if len(name) > maxName {
		name = name[:maxName]
	}
	for i := range len(name) {
		if name[i] < ' ' || name[i] > '~' {
			return strings.Map(printable, name)
		}
	}
	return name
}

func printable(r rune) rune {
	if unicode.IsPrint(r) && r != utf8.RuneError {
		return r
	}
	return '?'
}
