package gcp

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/pricing"
)

// maxPages bounds the SKUs of a service: half a million. Compute Engine has about
// 40,000.
const maxPages = 100

// page is one answer of the API.
type page struct {
	SKUs          []sku  `json:"skus"`
	NextPageToken string `json:"nextPageToken"`
}

// sku is one thing that Google bills.
type sku struct {
	Description string `json:"description"`
	Category    struct {
		UsageType string `json:"usageType"`
	} `json:"category"`
	ServiceRegions []string `json:"serviceRegions"`
	PricingInfo    []struct {
		PricingExpression struct {
			UsageUnit   string `json:"usageUnit"`
			TieredRates []struct {
				UnitPrice money `json:"unitPrice"`
			} `json:"tieredRates"`
		} `json:"pricingExpression"`
	} `json:"pricingInfo"`
}

// money is a sum as Google writes it: whole units, and billionths of one.
type money struct {
	CurrencyCode string `json:"currencyCode"`
	Units        figure `json:"units"`
	Nanos        figure `json:"nanos"`
}

// figure is a number as the API wrote it. What is no number is kept too, so that
// one bad SKU does not cost the page.
type figure string

// UnmarshalJSON implements json.Unmarshaler.
func (f *figure) UnmarshalJSON(b []byte) error {
	*f = figure(strings.Trim(string(b), `"`))
	return nil
}

// each gives visit every SKU of a service, page by page.
func (r *reader) each(ctx context.Context, service string, visit func(*sku)) error {
	query := url.Values{"currencyCode": {r.o.Currency}, "pageSize": {"5000"}}
	for pages := 0; ; pages++ {
		if pages == maxPages {
			return fmt.Errorf("the pages of the price list do not end (%d read)", pages)
		}
		var p page
		if err := r.client.GetJSON(ctx, r.o.URL+"/v1/services/"+service+"/skus?"+query.Encode(), r.header, &p); err != nil {
			return err
		}
		for i := range p.SKUs {
			visit(&p.SKUs[i])
		}
		if p.NextPageToken == "" {
			return nil
		}
		query.Set("pageToken", p.NextPageToken)
	}
}

// price is what a SKU asks for one unit.
type price struct {
	perUnit decimal.Decimal
	tiered  bool // it depends on how much is used
}

// price returns the latest price of s, that of the first tier that costs
// anything.
func (s *sku) price(currency, unit string) (price, error) {
	if len(s.PricingInfo) == 0 {
		return price{}, errors.New("it has no price")
	}
	e := s.PricingInfo[len(s.PricingInfo)-1].PricingExpression
	if e.UsageUnit != unit {
		return price{}, fmt.Errorf("it is priced by %.20q and not by %s", e.UsageUnit, unit)
	}
	for i, tier := range e.TieredRates {
		m := tier.UnitPrice
		if m.free() && i < len(e.TieredRates)-1 {
			continue
		}
		if m.CurrencyCode != currency {
			return price{}, fmt.Errorf("it is in %.10q and not in %s", m.CurrencyCode, currency)
		}
		d, err := m.amount()
		return price{d, len(e.TieredRates) > 1}, err
	}
	return price{}, errors.New("it has no price")
}

func (m money) free() bool {
	return strings.Trim(string(m.Units), "0") == "" && strings.Trim(string(m.Nanos), "0") == ""
}

// amount is m as one figure: 0 units and 40730000 nanos are 0.04073.
func (m money) amount() (decimal.Decimal, error) {
	units, nanos := m.Units, 0
	if units == "" {
		units = "0"
	}
	if m.Nanos != "" {
		var err error
		if nanos, err = strconv.Atoi(string(m.Nanos)); err != nil || nanos < 0 || nanos > 999_999_999 {
			return decimal.Decimal{}, fmt.Errorf("%.40q billionths are no price", m.Nanos)
		}
	}
	return pricing.ParsePrice(fmt.Sprintf("%s.%09d", units, nanos))
}
