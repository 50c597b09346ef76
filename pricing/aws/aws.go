// Package aws reads the prices of Amazon Web Services in US dollars: machines on
// demand, EBS volumes, load balancers and EKS from the bulk price list, which
// needs no credentials; spot prices from the EC2 API, which does; and how often
// spot capacity is interrupted from the Spot Instance Advisor.
// https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/using-ppslong.html
//
// A bulk file lists everything that is sold of a service in a region, that of EC2
// in hundreds of megabytes. It is read as it comes: memory holds the entries that
// are wanted and one more.
//
// How to add a price from a bulk file: add what picks its product to products.
package aws

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/pricing/web"
)

// Amazon's own addresses.
const (
	DefaultURL        = "https://pricing.us-east-1.amazonaws.com"
	DefaultAdvisorURL = "https://spot-bid-advisor.s3.amazonaws.com/spot-advisor-data.json"
)

// Options say where to ask, and as whom.
type Options struct {
	URL        string // of the bulk price list; "" means DefaultURL
	AdvisorURL string // "" means DefaultAdvisorURL
	// Config is how to reach the EC2 API for spot prices. Its credentials need
	// ec2:DescribeSpotPriceHistory; where they are nil there are no spot prices.
	Config aws.Config
	Now    time.Time // when it is asked: the date of every price
}

// Source is Amazon's price lists, a pricing.Source. Any number of goroutines may
// use it.
type Source struct {
	client *web.Client
	o      Options
}

var _ pricing.Source = (*Source)(nil)

// New returns a source that asks with client, and the EC2 API with o.Config.
func New(client *web.Client, o Options) *Source {
	o.URL, o.AdvisorURL, o.Now = cmp.Or(o.URL, DefaultURL), cmp.Or(o.AdvisorURL, DefaultAdvisorURL), o.Now.UTC()
	return &Source{client: client, o: o}
}

var regionName = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]{2,15}){1,3}-[0-9]{1,2}$`)

// Quotes returns the prices of a region such as eu-west-2, as pricing.Source
// says. The bucket of interruptions stands on the on-demand price too, so that it
// is known where the spot price is not.
func (s *Source) Quotes(ctx context.Context, region string) ([]pricing.Quote, error) {
	if !regionName.MatchString(region) {
		return nil, fmt.Errorf("aws: %.40q is not the name of a region such as eu-west-2", region)
	}
	r := &reader{Source: s, region: region, list: pricing.NewListing(), sizes: map[string]pricing.Quote{}}
	failed := r.offers(ctx)
	if r.list.Len() > 0 { // a region without machines is none
		failed = also(failed, r.spot(ctx))
		failed = also(failed, r.interruptions(ctx))
	}
	if ctx.Err() != nil {
		return nil, fmt.Errorf("aws %s: %w", region, context.Cause(ctx))
	}
	return r.list.Result("aws "+region, failed)
}

// also is both errors in one line.
func also(a, b error) error {
	if a == nil || b == nil {
		return cmp.Or(a, b)
	}
	return fmt.Errorf("%w; %w", a, b)
}

// reader is one call of Quotes.
type reader struct {
	*Source
	region string
	list   *pricing.Listing
	sizes  map[string]pricing.Quote // by machine type: the size, without a price
}

// offers reads the bulk files.
func (r *reader) offers(ctx context.Context) error {
	var failed error
	for _, service := range []string{"AmazonEC2", "AWSELB", "AmazonEKS"} {
		err := r.offer(ctx, service)
		if e, ok := errors.AsType[*web.Error](err); ok && (e.Status == http.StatusForbidden || e.Status == http.StatusNotFound) {
			err = fmt.Errorf("%s answers %d for the price list of %s: check the region's name", e.Where, e.Status, service)
		} else if err != nil {
			err = fmt.Errorf("the price list of %s: %w", service, err)
		}
		if failed = also(failed, err); r.list.Len() == 0 {
			break // neither machines nor anything else: no use in asking on
		}
	}
	r.extended()
	return failed
}

func (r *reader) offer(ctx context.Context, service string) (err error) {
	body, err := r.client.Get(ctx, r.o.URL+"/offers/v1.0/aws/"+service+"/current/"+r.region+"/index.json", nil)
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }() // what is of use has been read
	return readOffer(body, r.pick, r.take)
}

// surcharge is the type under which what extended support adds to EKS's price is
// kept until both are known.
const surcharge = "eks/extended support alone"

// extended makes the price of a cluster in extended support, which is billed as
// two: 0.10 for the cluster and 0.50 for the support are 0.60 an hour.
func (r *reader) extended() {
	k := pricing.Key{Kind: pricing.ControlPlane, Provider: collector.AWS, Region: r.region, Type: surcharge}
	extra := r.list.Quote(k)
	r.list.Drop(k)
	k.Type = "eks/standard"
	if base := r.list.Quote(k); base != nil && extra != nil {
		q := *base
		q.Key.Type = "eks/extended"
		q.Price.PerUnit = q.Price.PerUnit.Add(extra.Price.PerUnit)
		r.list.Add(q, "")
	}
}

// listed is a price without its figure.
func (r *reader) listed(k pricing.Kind, source string) pricing.ListPrice {
	return pricing.ListPrice{Unit: k.Unit(), Currency: "USD", Source: source, AsOf: r.o.Now.Format(time.DateOnly)}
}
