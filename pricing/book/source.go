package book

import (
	"context"
	"fmt"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
)

// Quotes returns the prices of region: its own rows, and those that hold
// everywhere of the providers that have rows there, with region for Everywhere
// where it has no row of its own. It returns an error for a region that the book
// has no row of.
func (b *Book) Quotes(ctx context.Context, region string) ([]pricing.Quote, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("reading the price book: %w", err)
	}
	there := map[collector.Provider]bool{}
	for i := range b.rows {
		if i.region == region {
			there[i.provider] = true
		}
	}
	if len(there) == 0 {
		return nil, fmt.Errorf("the price book has no prices for region %.40q", region)
	}
	rows := map[item]row{}
	for i, r := range b.rows {
		if i.region == Everywhere && there[i.provider] {
			r.region, i.region = region, region
			if _, own := b.rows[i]; own {
				continue // that row is taken as it is
			}
		}
		if i.region == region {
			rows[i] = r
		}
	}
	return newBook(rows).AllQuotes(), nil
}
