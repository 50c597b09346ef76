package pricingtest_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/pricing/pricingtest"
)

// table is a source that asks no server.
type table []pricing.Quote

func (l table) Quotes(ctx context.Context, region string) ([]pricing.Quote, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("the table: %w", err)
	}
	if region != "eu-west-2" {
		return nil, fmt.Errorf("the table has nothing for %q", region)
	}
	return l, nil
}

func TestSourceTakesOneWithoutAServer(t *testing.T) {
	quote := func(c collector.CapacityType, price string) pricing.Quote {
		return pricing.Quote{
			Key:   pricing.Key{Kind: pricing.Machine, Provider: collector.AWS, Region: "eu-west-2", Type: "m6i.large", CapacityType: c},
			Price: pricing.ListPrice{PerUnit: decimal.RequireFromString(price), Unit: pricing.Hour, Currency: "USD", Source: "a test", AsOf: "2026-11-24", VCPU: 2},
			Arch:  "amd64",
		}
	}
	pricingtest.Source(t, pricingtest.Priced{
		Region: "eu-west-2", Unknown: "eu-west-9",
		New: func(string) pricing.Source {
			return table{quote(collector.OnDemand, "0.111"), quote(collector.Spot, "0.04")}
		},
	})
}
