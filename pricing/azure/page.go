package azure

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"strings"
)

// maxPages bounds one list. The machines of a region are about 10,000 items, a
// page 100 to 1,000 of them.
const maxPages = 300

// page is one answer of the API.
type page struct {
	Items        []item
	NextPageLink string
}

// item is one price of one meter.
type item struct {
	CurrencyCode         string `json:"currencyCode"`
	TierMinimumUnits     figure `json:"tierMinimumUnits"`
	RetailPrice          figure `json:"retailPrice"`
	ArmRegionName        string `json:"armRegionName"`
	EffectiveStartDate   string `json:"effectiveStartDate"`
	MeterName            string `json:"meterName"`
	ProductName          string `json:"productName"`
	SKUName              string `json:"skuName"`
	UnitOfMeasure        string `json:"unitOfMeasure"`
	Type                 string `json:"type"`
	IsPrimaryMeterRegion bool   `json:"isPrimaryMeterRegion"`
	ArmSKUName           string `json:"armSkuName"`
}

// figure is a number as the API wrote it: 0.111. What is no number is kept too,
// so that one bad item does not cost the page.
type figure string

// UnmarshalJSON implements json.Unmarshaler.
func (f *figure) UnmarshalJSON(b []byte) error {
	*f = figure(strings.Trim(string(b), `"`))
	return nil
}

// zero reports that f is a price of nothing: a free tier.
func (f figure) zero() bool { return f != "" && strings.Trim(string(f), "0.") == "" }

// each gives visit every item that the API has for a filter, page by page.
func (r *reader) each(ctx context.Context, filter string, extra url.Values, visit func(*item)) error {
	query := url.Values{
		"api-version":  {"2023-01-01-preview"},
		"currencyCode": {"'" + r.currency + "'"},
		"$filter":      {filter + " and priceType eq 'Consumption'"},
	}
	maps.Copy(query, extra)
	next := r.url + "?" + query.Encode()
	seen := map[string]bool{}
	for next != "" {
		if seen[next] || len(seen) == maxPages {
			return fmt.Errorf("the pages of the price list do not end (%d read)", len(seen))
		}
		seen[next] = true
		var p page
		if err := r.client.GetJSON(ctx, next, nil, &p); err != nil {
			return err
		}
		for i := range p.Items {
			visit(&p.Items[i])
		}
		var err error
		if next, err = r.follow(p.NextPageLink); err != nil {
			return err
		}
	}
	return nil
}

// follow returns a link to the next page, which must be of the server that was
// asked: an answer does not get to say where else we go.
func (r *reader) follow(link string) (string, error) {
	if link == "" {
		return "", nil
	}
	asked, err := url.Parse(r.url)
	if err != nil {
		return "", errors.New("the address of the price list is not a URL: check it")
	}
	to, err := url.Parse(link)
	if err != nil || to.Scheme != asked.Scheme || to.Hostname() != asked.Hostname() || port(to) != port(asked) || to.User != nil {
		return "", fmt.Errorf("the link to the next page leads away from %s: it is not followed", asked.Host)
	}
	return link, nil
}

// port is the port of u; the API writes the usual one, prices.azure.com:443.
func port(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	if u.Scheme == "https" {
		return "443"
	}
	return "80"
}
