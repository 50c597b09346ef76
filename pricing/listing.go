package pricing

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/collector"
)

// ParsePrice reads a price of one unit as ParseFigure does; one over 10,000 is
// absurd, a misplaced point.
func ParsePrice(s string) (decimal.Decimal, error) {
	d, err := ParseFigure(s)
	if err == nil && d.GreaterThan(maxPrice) {
		err = fmt.Errorf("%s is more than %s", s, maxPrice)
	}
	return d, err
}

// maxNamed is how many of the prices that were left out an error names.
const maxNamed = 10

// Listing gathers the quotes of one region, in whatever order they come. Of two
// prices of a key the later one counts; of two that hold from the same day and
// differ none does.
type Listing struct {
	entries map[Key]*listed
	left    []string // the first of what was left out and why, in order
	leaving int
}

type listed struct {
	quote   Quote           // the lowest of its day
	highest decimal.Decimal // of its day
	from    string          // the day: 2026-09-01
}

// NewListing is a listing of nothing yet.
func NewListing() *Listing { return &Listing{entries: map[Key]*listed{}} }

// Add takes a quote whose price holds from a day on.
func (l *Listing) Add(q Quote, from string) {
	e := l.entries[q.Key]
	if e == nil || from > e.from {
		l.entries[q.Key] = &listed{q, q.Price.PerUnit, from}
		return
	}
	if from < e.from {
		return
	}
	e.highest = decimal.Max(e.highest, q.Price.PerUnit)
	if q.Compare(&e.quote) < 0 {
		e.quote = q
	}
}

// Len is how many keys it has.
func (l *Listing) Len() int { return len(l.entries) }

// Keys are those that it has, in order.
func (l *Listing) Keys() []Key { return slices.SortedFunc(maps.Keys(l.entries), Key.Compare) }

// Quote is the quote of k so far, to read or to add to; nil where there is none.
func (l *Listing) Quote(k Key) *Quote {
	if e := l.entries[k]; e != nil {
		return &e.quote
	}
	return nil
}

// Drop forgets k.
func (l *Listing) Drop(k Key) { delete(l.entries, k) }

// LeaveAs leaves out what o left out, for the same reasons.
func (l *Listing) LeaveAs(o *Listing) {
	l.left, l.leaving = append(l.left, o.left...), l.leaving+o.leaving
}

// Compare orders two quotes of a key, so that which came first does not show.
func (q *Quote) Compare(o *Quote) int {
	return cmp.Or(q.Price.PerUnit.Cmp(o.Price.PerUnit), cmp.Compare(q.Price.VCPU, o.Price.VCPU),
		q.Memory.Cmp(o.Memory), cmp.Compare(q.Arch, o.Arch))
}

// Leave notes a price that is left out, and why.
func (l *Listing) Leave(name, why string) {
	l.leaving++
	l.left = append(l.left, fmt.Sprintf("%.60s (%s)", name, why))
	if len(l.left) >= 2*maxNamed {
		slices.Sort(l.left)
		l.left = l.left[:maxNamed]
	}
}

// Settled returns the quotes that nothing contradicts, by key, and notes the rest
// as left out.
func (l *Listing) Settled() []Quote {
	var quotes []Quote
	for _, k := range l.Keys() {
		e := l.entries[k]
		if low := e.quote.Price.PerUnit; low.LessThan(e.highest) {
			l.Leave(k.String(), fmt.Sprintf("it has two prices, %s and %s", low, e.highest))
		} else if dear := l.onDemand(k); dear != nil && !low.LessThan(*dear) {
			l.Leave(k.String(), fmt.Sprintf("%s is not below %s, the price on demand", low, dear))
		} else {
			quotes = append(quotes, e.quote)
		}
	}
	return quotes
}

// Result is what a Source returns of what. failed is why the reading ended early,
// nil where it did not.
func (l *Listing) Result(what string, failed error) ([]Quote, error) {
	quotes := l.Settled()
	left := l.complaint()
	switch {
	case failed != nil && left != nil:
		return quotes, fmt.Errorf("%s: %w; %w", what, failed, left)
	case cmp.Or(failed, left) != nil:
		return quotes, fmt.Errorf("%s: %w", what, cmp.Or(failed, left))
	case len(quotes) == 0:
		return nil, fmt.Errorf("%s: the price list has nothing for it: check the region's name", what)
	}
	return quotes, nil
}

// onDemand is the price on demand of what k has a spot price of, or nil.
func (l *Listing) onDemand(k Key) *decimal.Decimal {
	if k.CapacityType != collector.Spot {
		return nil
	}
	k.CapacityType = collector.OnDemand
	if e := l.entries[k]; e != nil {
		return &e.quote.Price.PerUnit
	}
	return nil
}

// complaint names what was left out.
func (l *Listing) complaint() error {
	if l.leaving == 0 {
		return nil
	}
	slices.Sort(l.left)
	named := l.left[:min(len(l.left), maxNamed)]
	more := ""
	if n := l.leaving - len(named); n > 0 {
		more = fmt.Sprintf(" and %d more", n)
	}
	return errors.New("left out what can't be a price: " + strings.Join(named, ", ") + more)
}
