package book

import (
	"maps"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
)

// Merge is base with the rows of over laid on top: a row of over stands in the
// place of base's row of the same thing, whole, its spot price included. A row
// of base for a region still wins over one of over for Everywhere.
func Merge(base, over *Book) *Book {
	rows := maps.Clone(base.rows)
	maps.Copy(rows, over.rows)
	return newBook(rows)
}

// Except is the rows of b that base has not, or not the same: what Merge has to
// lay over base to give b's prices.
func (b *Book) Except(base *Book) *Book {
	rows := map[item]row{}
	for i, r := range b.rows {
		if old, ok := base.rows[i]; !ok || !r.same(&old) {
			rows[i] = r
		}
	}
	return newBook(rows)
}

// Empty is a book without a price.
func Empty() *Book { return newBook(map[item]row{}) }

// Len is how many rows b has.
func (b *Book) Len() int { return len(b.rows) }

// Own is the names (see pricing.Key.String) of the machines whose rows say own.
func (b *Book) Own() []string {
	var names []string
	for _, r := range b.sorted() {
		if r.own {
			names = append(names, r.key(collector.OnDemand).String())
		}
	}
	return names
}

// With is b with the quotes that Check accepted under the same options. A row
// keeps what a quote does not speak of, but for a spot price that no longer fits
// its price on demand (see the README). A machine that only accept let off its
// family's scale is marked own, so that Read takes the book again.
func (b *Book) With(accepted []pricing.Quote, o Options) *Book {
	rows := put(b.rows, accepted)
	asked := func(r *row) bool { return o.accepts(r.quotes()[0].Key) }
	middle := scaleWithout(rows, asked)
	for i, r := range rows {
		if i.kind == pricing.Machine && !r.own && asked(&r) && r.offScale(middle[r.family()]) != "" {
			r.own = true
			rows[i] = r
		}
	}
	return newBook(rows)
}

// put is a copy of rows with the quotes in their rows, those on demand first: a
// spot price goes beside one.
func put(rows map[item]row, quotes []pricing.Quote) map[item]row {
	rows = maps.Clone(rows)
	for _, spot := range []bool{false, true} {
		for _, q := range quotes {
			if isSpot(q.Key) == spot {
				i := itemOf(q.Key)
				r := rows[i]
				r.item = i
				r.put(q)
				rows[i] = r
			}
		}
	}
	return rows
}
