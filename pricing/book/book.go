// Package book is the price book that tuppence carries: one table of on-demand
// and spot prices of AWS, Azure and Google Cloud machines in the United
// Kingdom's regions. README.md says where the figures come from and what they
// are worth.
//
// How to add a price: add a row to book.csv, or write a table of your own with
// the same header and give it to Read. Leave spot, its source, its date and the
// interruption bucket empty where they are not known.
package book

import (
	"bytes"
	_ "embed"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
)

//go:embed book.csv
var table []byte

// Book is a table of prices, a pricing.Catalog. It does not change, so any
// number of goroutines may use it.
type Book struct {
	rows    map[machine]row
	regions map[place]bool // whether any row of it has a spot price
}

var _ pricing.Catalog = (*Book)(nil)

// machine is what a row prices.
type machine struct {
	place
	instanceType string
}

type place struct {
	provider collector.Provider
	region   string
}

// row is one line of the table.
type row struct {
	machine
	line         int
	vcpu         int
	own          bool // its price does not follow its family's
	currency     string
	onDemand     decimal.Decimal
	source, asOf string
	spot         decimal.Decimal // zero: unknown
	spotSource   string
	spotAsOf     string
	interruption *int
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
	unknown := func(reason string) (pricing.ListPrice, error) {
		return pricing.ListPrice{}, &pricing.UnknownPrice{Key: k, Reason: reason}
	}
	at := place{k.Provider, k.Region}
	spots, covered := b.regions[at]
	r, listed := b.rows[machine{at, k.Type}]
	switch {
	case !covered:
		return unknown("the price book has nothing for this provider and region; add rows to it")
	case !listed:
		return unknown("the price book does not list this instance type; add a row to it")
	}
	switch k.CapacityType {
	case collector.OnDemand:
		return r.onDemandPrice(), nil
	case collector.Spot:
		switch {
		case !spots:
			return unknown("the price book has no spot prices for this provider and region; add them to its rows")
		case r.spot.IsZero():
			return unknown("the price book has no spot price for this instance type; add it to its row")
		}
		return r.spotPrice(), nil
	case collector.Reserved:
		return unknown("what a reservation costs stands in its contract, not in the price book")
	}
	return unknown("the price book knows on-demand and spot capacity only")
}

func (r *row) onDemandPrice() pricing.ListPrice {
	return pricing.ListPrice{PerUnit: r.onDemand, Unit: pricing.Hour, Currency: r.currency, Source: r.source, AsOf: r.asOf, VCPU: r.vcpu}
}

func (r *row) spotPrice() pricing.ListPrice {
	p := pricing.ListPrice{PerUnit: r.spot, Unit: pricing.Hour, Currency: r.currency, Estimate: true, Source: r.spotSource, AsOf: r.spotAsOf, VCPU: r.vcpu}
	if r.interruption != nil {
		p.Interruption = new(*r.interruption)
	}
	return p
}

// All yields every key that the book has a price for, in order.
func (b *Book) All() iter.Seq2[pricing.Key, pricing.ListPrice] {
	var keys []pricing.Key
	for m, r := range b.rows {
		k := pricing.Key{Kind: pricing.Machine, Provider: m.provider, Region: m.region, Type: m.instanceType, CapacityType: collector.OnDemand}
		keys = append(keys, k)
		if !r.spot.IsZero() {
			k.CapacityType = collector.Spot
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, pricing.Key.Compare)
	return func(yield func(pricing.Key, pricing.ListPrice) bool) {
		for _, k := range keys {
			p, err := b.Lookup(k)
			if err != nil || !yield(k, p) {
				return
			}
		}
	}
}

// sorted is the rows in the order of their lines.
func (b *Book) sorted() []row {
	return slices.SortedFunc(maps.Values(b.rows), func(a, c row) int { return a.line - c.line })
}
