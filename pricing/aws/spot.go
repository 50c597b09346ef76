package aws

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/smithy-go"
	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
)

// maxPages bounds the spot prices: 100,000. A region of six zones has about
// 6,000.
const maxPages = 100

// spotDigits is the precision of a mean in dollars; the API gives six digits.
const spotDigits = 8

// spot adds the spot prices of this moment. A type costs something else in each
// zone; its price here is the mean over the zones that offer it, which nodes
// spread evenly over the zones would cost: 0.03, 0.04 and 0.05 make 0.04. It is an
// estimate.
func (r *reader) spot(ctx context.Context) error {
	if r.o.Config.Credentials == nil {
		return errors.New("spot prices are missing: they need AWS credentials that may ec2:DescribeSpotPriceHistory")
	}
	zones, err := r.zones(ctx)
	if err != nil {
		return fmt.Errorf("spot prices are missing: %w", explained(err))
	}
	for _, name := range slices.Sorted(maps.Keys(zones)) {
		size, known := r.sizes[name]
		if !known {
			r.list.Leave(name+" spot", "the price list does not have the type, so its size is not known")
			continue
		}
		price, err := zones[name].mean()
		if err != nil {
			r.list.Leave(name+" spot", err.Error())
			continue
		}
		size.Key.CapacityType = collector.Spot
		vcpu := size.Price.VCPU
		size.Price = r.listed(pricing.Machine, "AWS spot price history, mean of the zones")
		size.Price.PerUnit, size.Price.VCPU, size.Price.Estimate = price, vcpu, true
		r.list.Add(size, "")
	}
	return nil
}

// zonal is the latest price of a type in each zone.
type zonal map[string]spotPrice

type spotPrice struct {
	at     time.Time
	figure string
}

// zones asks the EC2 API for the price of every type in every zone of the region.
func (r *reader) zones(ctx context.Context) (map[string]zonal, error) {
	client := ec2.NewFromConfig(r.o.Config, func(o *ec2.Options) { o.Region = r.region })
	pages := ec2.NewDescribeSpotPriceHistoryPaginator(client, &ec2.DescribeSpotPriceHistoryInput{
		StartTime: aws.Time(r.o.Now), ProductDescriptions: []string{string(types.RIProductDescriptionLinuxUnix)}, MaxResults: aws.Int32(1000),
	}, func(o *ec2.DescribeSpotPriceHistoryPaginatorOptions) { o.StopOnDuplicateToken = true })
	all := map[string]zonal{}
	for n := 0; pages.HasMorePages(); n++ {
		if n == maxPages {
			return nil, fmt.Errorf("the pages of the EC2 API do not end (%d read)", n)
		}
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for i := range page.SpotPriceHistory {
			r.note(all, &page.SpotPriceHistory[i])
		}
	}
	if len(all) == 0 {
		return nil, errors.New("the EC2 API has none for the region")
	}
	return all, nil
}

// note keeps the price of a type in a zone of the region itself: Local Zones,
// whose names are longer, cost more. Of two prices of one moment the higher text
// counts, so that their order does not show.
func (r *reader) note(all map[string]zonal, p *types.SpotPrice) {
	name, zone := string(p.InstanceType), aws.ToString(p.AvailabilityZone)
	if p.ProductDescription != types.RIProductDescriptionLinuxUnix || !instanceType.MatchString(name) || len(zone) != len(r.region)+1 {
		return
	}
	if all[name] == nil {
		all[name] = zonal{}
	}
	next := spotPrice{aws.ToTime(p.Timestamp), aws.ToString(p.SpotPrice)}
	if old, ok := all[name][zone]; !ok || next.at.After(old.at) || next.at.Equal(old.at) && next.figure > old.figure {
		all[name][zone] = next
	}
}

func (z zonal) mean() (decimal.Decimal, error) {
	sum := decimal.Decimal{}
	for _, zone := range slices.Sorted(maps.Keys(z)) {
		d, err := pricing.ParsePrice(z[zone].figure)
		if err != nil {
			return d, fmt.Errorf("in %s: %w", zone, err)
		}
		sum = sum.Add(d)
	}
	return sum.DivRound(decimal.NewFromInt(int64(len(z))), spotDigits), nil
}

// explained is an error of the EC2 API without what it says of the account and of
// who asked.
func explained(err error) error {
	if e, ok := errors.AsType[smithy.APIError](err); ok {
		return fmt.Errorf("the EC2 API answers %.60s: check the credentials, and that they may ec2:DescribeSpotPriceHistory", e.ErrorCode())
	}
	if e, ok := errors.AsType[*smithy.OperationError](err); ok {
		return e.Err
	}
	return err
}
