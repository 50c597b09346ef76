// Package book is the price book that tuppence carries: one table of what
// machines, volumes, load balancers, control planes and traffic cost on AWS,
// Azure and Google Cloud in the United Kingdom's regions. README.md says where
// the figures come from and what they are worth.
//
// How to add a price: add a row to book.csv, or write a table of your own with
// the same header, give it to Read and lay it over the bundled one with Merge.
// What a provider's API answers goes through Check and With. Leave empty what is
// not known.
package book

import (
	"bytes"
	"cmp"
	_ "embed"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
)

//go:embed book.csv
var table []byte

// Everywhere is the region of a row that holds in every region of its provider
// that has no row of its own. Machines and accelerators have none.
const Everywhere = "*"

// Book is a table of prices, a pricing.Catalog and a pricing.Source. It does not
// change, so any number of goroutines may use it.
type Book struct {
	rows    map[item]row
	regions map[place]bool // those of machines: whether any of them has a spot price
}

var (
	_ pricing.Catalog = (*Book)(nil)
	_ pricing.Source  = (*Book)(nil)
)

// item is what a row prices.
type item struct {
	kind pricing.Kind
	place
	name string // type of machine, volume, …
}

type place struct {
	provider collector.Provider
	region   string
}

func (i item) String() string {
	s := string(i.provider) + " " + i.region + " " + i.name
	if i.kind != pricing.Machine {
		s += " (" + string(i.kind) + ")"
	}
	return s
}

// key is the key of i's price at capacity type c, which only machines and
// accelerators have.
func (i item) key(c collector.CapacityType) pricing.Key {
	if !i.hasSpot() {
		c = ""
	}
	return pricing.Key{Kind: i.kind, Provider: i.provider, Region: i.region, Type: i.name, CapacityType: c}
}

// hasSpot reports whether what i prices is sold at a spot price as well.
func (i item) hasSpot() bool { return i.kind == pricing.Machine || i.kind == pricing.Accelerator }

func (i item) compare(o item) int { return i.key("").Compare(o.key("")) }

func itemOf(k pricing.Key) item { return item{k.Kind, place{k.Provider, k.Region}, k.Type} }

// newBook is the book of rows.
func newBook(rows map[item]row) *Book {
	b := &Book{rows: rows, regions: map[place]bool{}}
	for i, r := range rows {
		if i.kind == pricing.Machine {
			b.regions[i.place] = b.regions[i.place] || !r.spot.IsZero()
		}
	}
	return b
}

// Default is the book that comes with tuppence. Its error would be a broken
// build.
func Default() (*Book, error) {
	b, err := Read(bytes.NewReader(table))
	if err != nil {
		return nil, fmt.Errorf("the bundled price book: %w", err)
	}
	return b, nil
}

// Lookup returns the price of k in the currency of its row, or an
// *pricing.UnknownPrice. Spot prices are a snapshot of a market and so
// estimates. The book holds no price of a reservation, which stands in a
// contract.
func (b *Book) Lookup(k pricing.Key) (pricing.ListPrice, error) {
	r, listed := b.find(itemOf(k))
	var reason string
	switch {
	case !listed:
		reason = b.unlisted(k)
	case !r.hasSpot() && k.CapacityType == "", r.hasSpot() && k.CapacityType == collector.OnDemand:
		return r.listPrice(), nil
	case !r.hasSpot():
		reason = "only machines and accelerators have a capacity type"
	case k.CapacityType == collector.Spot && !r.spot.IsZero():
		return r.spotPrice(), nil
	case k.CapacityType == collector.Spot && k.Kind == pricing.Machine && !b.regions[r.place]:
		reason = "the price book has no spot prices for this provider and region; add them to its rows"
	case k.CapacityType == collector.Spot:
		reason = "the price book has no spot price for this " + noun(k.Kind) + "; add it to its row"
	case k.CapacityType == collector.Reserved:
		reason = "what a reservation costs stands in its contract, not in the price book"
	default:
		reason = "the price book knows on-demand and spot capacity only"
	}
	return pricing.ListPrice{}, &pricing.UnknownPrice{Key: k, Reason: reason}
}

// find is the row of i, or the one that holds everywhere.
func (b *Book) find(i item) (row, bool) {
	r, ok := b.rows[i]
	if !ok {
		i.region = Everywhere
		r, ok = b.rows[i]
	}
	return r, ok
}

// unlisted says why there is no row for k.
func (b *Book) unlisted(k pricing.Key) string {
	for i := range b.rows {
		if i.kind == k.Kind && i.provider == k.Provider && (i.region == k.Region || i.region == Everywhere) {
			return "the price book does not list this " + noun(k.Kind) + "; add a row to it"
		}
	}
	if k.Kind == pricing.Machine {
		return "the price book has nothing for this provider and region; add rows to it"
	}
	return fmt.Sprintf("the price book has nothing of the kind %s for this provider and region; add rows to it", cmp.Or(k.Kind, "(none)"))
}

// noun is what a reader calls the type of a key of kind k.
func noun(k pricing.Kind) string {
	switch k {
	case pricing.Machine:
		return "instance type"
	case pricing.Storage:
		return "type of volume"
	case pricing.ControlPlane:
		return "service and tier"
	case pricing.Egress:
		return "kind of traffic"
	default:
		return string(k)
	}
}

// All yields every key that the book has a price for, in order.
func (b *Book) All() iter.Seq2[pricing.Key, pricing.ListPrice] {
	return func(yield func(pricing.Key, pricing.ListPrice) bool) {
		for _, q := range b.AllQuotes() {
			if !yield(q.Key, q.Price) {
				return
			}
		}
	}
}

// AllQuotes are all prices of the book with the sizes of machines, in order.
func (b *Book) AllQuotes() []pricing.Quote {
	var all []pricing.Quote
	for _, r := range b.rows {
		all = append(all, r.quotes()...)
	}
	slices.SortFunc(all, func(a, c pricing.Quote) int { return a.Key.Compare(c.Key) })
	return all
}

// sorted is the rows in the order of their keys.
func (b *Book) sorted() []row {
	return slices.SortedFunc(maps.Values(b.rows), func(a, c row) int { return a.compare(c.item) })
}
