// Package gcp reads Google's list of Google Cloud prices, the Cloud Billing
// Catalog: machines on demand and spot, disks, the GPUs that N1 machines are
// given, forwarding rules and GKE's control plane. It asks with an API key, which
// any project gives for nothing.
// https://cloud.google.com/billing/docs/reference/rest/v1/services.skus/list
//
// Google prices most machines by the core and by the GiB. The price of a type is
// its cores and its memory at the price of its series: n2-standard-4 in London is
// 4 × 0.04073 + 16 × 0.005458 = 0.250248 dollars an hour. What the types hold
// stands in series. Machines with GPUs or local disks built in are left out, as is
// traffic, whose price depends on where it goes.
//
// How to add a series of machines: add its lines to series and the words that its
// SKUs are described with to families.
package gcp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/pricing/web"
)

// DefaultURL is Google's own.
const DefaultURL = "https://cloudbilling.googleapis.com"

// Options say where and in what to ask.
type Options struct {
	URL      string    // "" means DefaultURL
	KeyFile  string    // the file that holds the API key; read at every call
	Currency string    // ISO 4217; "" means USD, the one that is not an estimate
	Now      time.Time // when it is asked: the date of every price
}

// Source is the Cloud Billing Catalog, a pricing.Source. Any number of goroutines
// may use it.
type Source struct {
	client *web.Client
	o      Options
}

var _ pricing.Source = (*Source)(nil)

// New returns a source that asks with client.
func New(client *web.Client, o Options) *Source {
	o.URL, o.Currency, o.Now = cmp.Or(o.URL, DefaultURL), cmp.Or(o.Currency, "USD"), o.Now.UTC()
	return &Source{client: client, o: o}
}

var (
	regionName   = regexp.MustCompile(`^[a-z]{2,20}-[a-z]{2,20}[0-9]{1,2}$`)
	currencyCode = regexp.MustCompile(`^[A-Z]{3}$`)
)

// The services of the catalogue, by Google's numbers.
const (
	computeEngine    = "6F81-5844-456A"
	kubernetesEngine = "CCD8-9BF1-090E"
)

// Quotes returns the prices of a region such as europe-west2, as pricing.Source
// says.
func (s *Source) Quotes(ctx context.Context, region string) ([]pricing.Quote, error) {
	switch {
	case !regionName.MatchString(region):
		return nil, fmt.Errorf("gcp: %.40q is not the name of a region such as europe-west2", region)
	case !currencyCode.MatchString(s.o.Currency):
		return nil, fmt.Errorf("gcp: %.40q is not an ISO 4217 code such as GBP", s.o.Currency)
	}
	key, err := s.key()
	if err != nil {
		return nil, fmt.Errorf("gcp %s: %w", region, err)
	}
	r := &reader{Source: s, region: region, list: pricing.NewListing(), parts: pricing.NewListing(), seen: map[string]bool{}}
	r.header = http.Header{"X-Goog-Api-Key": {key}}
	err = r.each(ctx, computeEngine, r.compute)
	if r.machines(); err == nil && r.list.Len() > 0 { // a region without machines is none
		err = r.each(ctx, kubernetesEngine, r.cluster)
		r.missing()
	}
	if ctx.Err() != nil {
		return nil, fmt.Errorf("gcp %s: %w", region, context.Cause(ctx))
	}
	return r.list.Result("gcp "+region, err)
}

// maxKey bounds the file; Google's keys have 39 characters.
const maxKey = 1 << 10

var keyText = regexp.MustCompile(`^[A-Za-z0-9_-]{8,200}$`)

// key reads the API key. No error holds any of it.
func (s *Source) key() (string, error) {
	if s.o.KeyFile == "" {
		return "", errors.New("no API key: make one in the Google Cloud console and name the file that holds it")
	}
	f, err := os.Open(s.o.KeyFile)
	if err != nil {
		return "", fmt.Errorf("the API key: %w", err)
	}
	defer func() { _ = f.Close() }() // it was only read
	b, err := io.ReadAll(io.LimitReader(f, maxKey))
	if err != nil {
		return "", fmt.Errorf("the API key: %w", err)
	}
	key := strings.TrimSpace(string(b))
	if !keyText.MatchString(key) {
		return "", fmt.Errorf("the API key: %s must hold a key and nothing else", s.o.KeyFile)
	}
	return key, nil
}

// reader is one call of Quotes.
type reader struct {
	*Source
	region string
	header http.Header
	list   *pricing.Listing
	parts  *pricing.Listing // what machines are made of
	seen   map[string]bool  // the names that the list has a SKU for
}

// take adds the price of a SKU to a list.
func (r *reader) take(l *pricing.Listing, s *sku, k pricing.Key, name, unit string) {
	r.seen[name] = true
	p, err := s.price(r.o.Currency, unit)
	if err != nil {
		l.Leave(name, err.Error())
		return
	}
	k.Provider, k.Region = collector.GCP, r.region
	l.Add(r.quote(k, p.perUnit, p.tiered || k.CapacityType == collector.Spot), "")
}

// quote is a price with its provenance. A spot price holds for a month at most.
func (r *reader) quote(k pricing.Key, price decimal.Decimal, estimate bool) pricing.Quote {
	source := "Google Cloud Billing Catalog"
	if r.o.Currency != "USD" {
		source, estimate = source+", converted by Google", true
	}
	return pricing.Quote{Key: k, Price: pricing.ListPrice{
		PerUnit: price, Unit: k.Kind.Unit(), Currency: r.o.Currency, Estimate: estimate, Source: source, AsOf: r.o.Now.Format(time.DateOnly),
	}}
}
