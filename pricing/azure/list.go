package azure

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
)

// maxPrice bounds a price: a hundred times the dearest machine's hour. More is a
// misplaced point.
var maxPrice = decimal.NewFromInt(10_000)

// parsePrice reads a price that is more than zero and not absurd.
func parsePrice(s string) (decimal.Decimal, error) {
	d, err := pricing.ParseFigure(s)
	if err == nil && d.GreaterThan(maxPrice) {
		err = fmt.Errorf("%s is more than %s", s, maxPrice)
	}
	return d, err
}

// maxNamed is how many of the prices that were left out an error names.
const maxNamed = 10

// list gathers the quotes of one region, in whatever order they come. Of two
// prices of a key the later one counts; of two that hold from the same day and
// differ none does.
type list struct {
	entries map[pricing.Key]*entry
	left    []string // the first of what was left out and why, in order
	leaving int
}

type entry struct {
	quote   pricing.Quote   // the lowest of its day
	highest decimal.Decimal // of its day
	from    string          // the day: 2026-09-01
}

func newList() *list { return &list{entries: map[pricing.Key]*entry{}} }

// add takes a quote whose price holds from a day on.
func (l *list) add(q pricing.Quote, from string) {
	e := l.entries[q.Key]
	if e == nil || from > e.from {
		l.entries[q.Key] = &entry{q, q.Price.PerUnit, from}
		return
	}
	if from < e.from {
		return
	}
	e.highest = decimal.Max(e.highest, q.Price.PerUnit)
	if compare(&q, &e.quote) < 0 {
		e.quote = q
	}
}

// compare orders two quotes of a key, so that which came first does not show.
func compare(a, b *pricing.Quote) int {
	return cmp.Or(a.Price.PerUnit.Cmp(b.Price.PerUnit), cmp.Compare(a.Price.VCPU, b.Price.VCPU),
		a.Memory.Cmp(b.Memory), cmp.Compare(a.Arch, b.Arch))
}

// leave notes a price that is left out, and why.
func (l *list) leave(name, why string) {
	l.leaving++
	l.left = append(l.left, fmt.Sprintf("%.60s (%s)", name, why))
	if len(l.left) >= 2*maxNamed {
		slices.Sort(l.left)
		l.left = l.left[:maxNamed]
	}
}

// settled returns the quotes that nothing contradicts, by key, and notes the rest
// as left out.
func (l *list) settled() []pricing.Quote {
	var quotes []pricing.Quote
	for _, k := range slices.SortedFunc(maps.Keys(l.entries), pricing.Key.Compare) {
		e := l.entries[k]
		if low := e.quote.Price.PerUnit; low.LessThan(e.highest) {
			l.leave(k.String(), fmt.Sprintf("it has two prices, %s and %s", low, e.highest))
		} else if dear := l.onDemand(k); dear != nil && !low.LessThan(*dear) {
			l.leave(k.String(), fmt.Sprintf("%s is not below %s, the price on demand", low, dear))
		} else {
			quotes = append(quotes, e.quote)
		}
	}
	return quotes
}

// result is what Quotes returns of what. failed is why the reading ended early,
// nil where it did not.
func (l *list) result(what string, failed error) ([]pricing.Quote, error) {
	quotes := l.settled()
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
func (l *list) onDemand(k pricing.Key) *decimal.Decimal {
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
func (l *list) complaint() error {
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
