// Package azure reads Microsoft's list of Azure prices, the Retail Prices API,
// which needs no key: machines on demand and spot, managed disks, the load
// balancer, AKS control planes and traffic to the internet.
// https://learn.microsoft.com/rest/api/cost-management/retail-prices/azure-retail-prices
//
// Microsoft sets its prices in US dollars. It converts them to pounds "for your
// reference", so prices asked for in another currency than USD are estimates.
//
// How to add a price that is one meter of the API: add a line to meters.
package azure

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"time"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/pricing/web"
)

// DefaultURL is Microsoft's own.
const DefaultURL = "https://prices.azure.com/api/retail/prices"

// Options say where and in what to ask.
type Options struct {
	URL      string    // "" means DefaultURL
	Currency string    // ISO 4217; "" means USD, the one that is not an estimate
	Now      time.Time // when it is asked: the date of every price
}

// Source is the Retail Prices API, a pricing.Source. Any number of goroutines
// may use it.
type Source struct {
	client   *web.Client
	url      string
	currency string
	now      time.Time
}

var _ pricing.Source = (*Source)(nil)

// New returns a source that asks with client.
func New(client *web.Client, o Options) *Source {
	return &Source{client: client, url: cmp.Or(o.URL, DefaultURL), currency: cmp.Or(o.Currency, "USD"), now: o.Now.UTC()}
}

var (
	regionName   = regexp.MustCompile(`^[a-z][a-z0-9]{1,39}$`)
	currencyCode = regexp.MustCompile(`^[A-Z]{3}$`)
)

// Quotes returns the prices of a region such as uksouth, as pricing.Source says.
// It stops at the first list that can't be read: a server that failed every
// retry is not asked for the rest.
func (s *Source) Quotes(ctx context.Context, region string) ([]pricing.Quote, error) {
	if !regionName.MatchString(region) {
		return nil, fmt.Errorf("azure: %.40q is not the name of a region such as uksouth", region)
	}
	if !currencyCode.MatchString(s.currency) {
		return nil, fmt.Errorf("azure: %.40q is not an ISO 4217 code such as GBP", s.currency)
	}
	r := &reader{Source: s, region: region, list: pricing.NewListing()}
	err := r.machines(ctx)
	if err == nil && r.list.Len() > 0 { // a region without machines is none
		err = r.meters(ctx)
	}
	if ctx.Err() != nil {
		return nil, fmt.Errorf("azure %s: %w", region, context.Cause(ctx))
	}
	return r.list.Result("azure "+region, err)
}

// reader is one call of Quotes.
type reader struct {
	*Source
	region string
	list   *pricing.Listing
}

// take adds the price of an item, multiplied by factor to be of one unit.
// estimate says that the figure is none to be billed by, for another reason than
// its currency.
func (r *reader) take(it *item, k pricing.Key, factor decimal.Decimal, estimate bool) {
	from, err := time.Parse(time.RFC3339, it.EffectiveStartDate)
	if err == nil && from.After(r.now) {
		return // a price to come
	}
	if err != nil {
		err = fmt.Errorf("%.40q is no date to hold from", it.EffectiveStartDate)
	} else if it.CurrencyCode != r.currency {
		err = fmt.Errorf("it is in %.10q and not in %s", it.CurrencyCode, r.currency)
	}
	price, wrong := pricing.ParsePrice(string(it.RetailPrice))
	if err = cmp.Or(err, wrong); err != nil {
		r.list.Leave(k.Type, err.Error())
		return
	}
	k.Provider, k.Region = collector.Azure, r.region
	q := pricing.Quote{Key: k, Price: pricing.ListPrice{
		PerUnit: price.Mul(factor), Unit: k.Kind.Unit(), Currency: r.currency,
		Estimate: estimate || r.currency != "USD",
		Source:   r.source(), AsOf: r.now.Format(time.DateOnly),
	}}
	if k.Kind == pricing.Machine {
		size, _ := parseSize(k.Type)
		q.Price.VCPU, q.Arch = size.vcpu, size.arch
	}
	r.list.Add(q, from.UTC().Format(time.DateOnly))
}

func (r *reader) source() string {
	if r.currency == "USD" {
		return "Azure Retail Prices API"
	}
	return "Azure Retail Prices API, converted by Microsoft"
}
