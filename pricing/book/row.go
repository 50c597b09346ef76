package book

import (
	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
)

// row is one line of the table.
type row struct {
	item
	line         int // where it was read; 0 where it was not read from a table
	arch         string
	vcpu         int
	memory       decimal.Decimal // GiB
	own          bool            // a machine's price that does not follow its family's
	currency     string
	price        decimal.Decimal // on demand, of one unit; zero only for a control plane
	estimate     bool
	source, asOf string
	spot         decimal.Decimal // zero: unknown
	spotSource   string
	spotAsOf     string
	interruption *int
}

func (r *row) listPrice() pricing.ListPrice {
	return pricing.ListPrice{
		PerUnit: r.price, Unit: r.kind.Unit(), Currency: r.currency, Estimate: r.estimate,
		Source: r.source, AsOf: r.asOf, VCPU: r.vcpu,
	}
}

func (r *row) spotPrice() pricing.ListPrice {
	p := pricing.ListPrice{
		PerUnit: r.spot, Unit: r.kind.Unit(), Currency: r.currency, Estimate: true,
		Source: r.spotSource, AsOf: r.spotAsOf, VCPU: r.vcpu,
	}
	if r.interruption != nil {
		p.Interruption = new(*r.interruption)
	}
	return p
}

// quotes are the prices of r, the one on demand first.
func (r *row) quotes() []pricing.Quote {
	q := []pricing.Quote{{Key: r.key(collector.OnDemand), Price: r.listPrice(), Arch: r.arch, Memory: r.memory}}
	if !r.spot.IsZero() {
		q = append(q, pricing.Quote{Key: r.key(collector.Spot), Price: r.spotPrice(), Arch: r.arch, Memory: r.memory})
	}
	return q
}

// put writes a quote of r's item into r. A new price on demand takes the spot
// price with it where the two no longer go together: another currency, or a spot
// price that is not below it.
func (r *row) put(q pricing.Quote) {
	p := q.Price
	r.line = 0
	if r.kind == pricing.Machine {
		r.arch, r.vcpu, r.memory = q.Arch, p.VCPU, q.Memory
	}
	if q.Key.CapacityType == collector.Spot {
		r.spot, r.spotSource, r.spotAsOf = p.PerUnit, p.Source, p.AsOf
		if p.Interruption != nil {
			r.interruption = new(*p.Interruption)
		}
		return
	}
	if p.Currency != r.currency || !r.spot.LessThan(p.PerUnit) {
		r.spot, r.spotSource, r.spotAsOf = decimal.Decimal{}, "", ""
	}
	r.price, r.currency, r.estimate, r.source, r.asOf = p.PerUnit, p.Currency, p.Estimate, p.Source, p.AsOf
}

// same reports whether r and o are the same but for where they were read.
func (r *row) same(o *row) bool {
	buckets := (r.interruption == nil) == (o.interruption == nil) && (r.interruption == nil || *r.interruption == *o.interruption)
	return buckets && r.item == o.item && r.arch == o.arch && r.vcpu == o.vcpu && r.memory.Equal(o.memory) && r.own == o.own &&
		r.currency == o.currency && r.price.Equal(o.price) && r.estimate == o.estimate && r.source == o.source && r.asOf == o.asOf &&
		r.spot.Equal(o.spot) && r.spotSource == o.spotSource && r.spotAsOf == o.spotAsOf
}
