package main

import (
	"context"
	"fmt"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"

	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/pricing/aws"
	"github.com/tuppence-dev/tuppence/pricing/azure"
	"github.com/tuppence-dev/tuppence/pricing/gcp"
	"github.com/tuppence-dev/tuppence/pricing/web"
)

// fetching is how prices and rates are fetched.
type fetching struct {
	offline  bool
	keyFile  string // Google's API key
	currency string // of Azure's and Google's lists; USD where empty
}

// client opens no connection where that is asked for.
func (f *fetching) client() *web.Client {
	if f.offline {
		return web.Offline()
	}
	return web.New(web.Options{Version: version()})
}

// priceSource makes the source of one provider's list prices.
type priceSource func(ctx context.Context, f *fetching, region string, now time.Time) (pricing.Source, error)

// priceSources are where prices update can read list prices, by provider.
func priceSources() map[string]priceSource {
	return map[string]priceSource{
		"aws": func(ctx context.Context, f *fetching, region string, now time.Time) (pricing.Source, error) {
			cfg, err := awsConfig(ctx, f, region)
			return aws.New(f.client(), aws.Options{Config: cfg, Now: now}), err
		},
		"azure": func(_ context.Context, f *fetching, _ string, now time.Time) (pricing.Source, error) {
			return azure.New(f.client(), azure.Options{Currency: f.currency, Now: now}), nil
		},
		"gcp": func(_ context.Context, f *fetching, _ string, now time.Time) (pricing.Source, error) {
			if f.keyFile == "" {
				return nil, usagef("Google's price list needs an API key: give the file that holds it with --key-file")
			}
			return gcp.New(f.client(), gcp.Options{KeyFile: f.keyFile, Currency: f.currency, Now: now}), nil
		},
	}
}

// awsConfig is the SDK's default chain, for spot prices; offline it is empty, as
// the SDK opens connections of its own.
func awsConfig(ctx context.Context, f *fetching, region string) (awssdk.Config, error) {
	if f.offline {
		return awssdk.Config{}, nil
	}
	cfg, err := awsconfig.LoadDefaultConfig(ctx, awsconfig.WithRegion(region))
	if err != nil {
		return cfg, fmt.Errorf("AWS's own configuration: %w", err)
	}
	return cfg, nil
}
