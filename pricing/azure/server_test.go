package azure_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"

	"github.com/tuppence-dev/tuppence/pricing/pricingtest"
)

// product is an item of the API with what the tests differ in; the rest is
// filled in as the API does.
type product struct {
	service, product, sku, meter, arm, price string

	unit    string // "1 Hour" by default
	region  string // uksouth by default
	typ     string // Consumption by default
	tier    int
	from    string // 2021-11-01 by default
	second  bool   // not of the primary meter region
	inPence string // another currency than the one asked for
}

const (
	vm      = "Virtual Machines"
	dasv5   = "Virtual Machines Dasv5 Series"
	storage = "Storage"
	aks     = "Azure Kubernetes Service"
	egress  = "Rtn Preference: MGN"
)

// catalogue is a list with everything in it that must not be taken for the
// price of a Linux machine.
var catalogue = []product{
	{service: vm, product: dasv5, sku: "D2as v5", meter: "D2as v5", arm: "Standard_D2as_v5", price: "0.1"},
	{service: vm, product: dasv5, sku: "D4as v5", meter: "D4as v5", arm: "Standard_D4as_v5", price: "0.2"},
	{service: vm, product: dasv5 + " Windows", sku: "D4as v5", meter: "D4as v5", arm: "Standard_D4as_v5", price: "0.384"},
	{service: vm, product: "Dasv5 Series Cloud Services", sku: "D4as v5", meter: "D4as v5", arm: "Standard_D4as_v5", price: "0.384"},
	{service: vm, product: dasv5, sku: "D4as v5 Low Priority", meter: "D4as v5 Low Priority", arm: "Standard_D4as_v5", price: "0.05"},
	{service: vm, product: dasv5, sku: "D4as v5", meter: "D4as v5", arm: "Standard_D4as_v5", price: "1050", typ: "Reservation"},
	{service: vm, product: dasv5, sku: "D4as v5", meter: "D4as v5", arm: "Standard_D4as_v5", price: "0.21", second: true},
	{service: vm, product: dasv5, sku: "D4as v5", meter: "D4as v5", arm: "Standard_D4as_v5", price: "0.19", region: "ukwest"},
	{service: vm, product: dasv5, sku: "D4as v5 Spot", meter: "D4as v5 Spot", arm: "Standard_D4as_v5", price: "0.036"},
	{service: vm, product: dasv5 + " Windows", sku: "D4as v5 Spot", meter: "D4as v5 Spot", arm: "Standard_D4as_v5", price: "0.07"},
	{service: vm, product: dasv5, sku: "D8as v5", meter: "D8as v5", arm: "Standard_D8as_v5", price: "0.41", from: "2020-01-01T00:00:00Z"},
	{service: vm, product: dasv5, sku: "D8as v5", meter: "D8as v5", arm: "Standard_D8as_v5", price: "0.4"},
	{service: vm, product: dasv5, sku: "D8as v5", meter: "D8as v5", arm: "Standard_D8as_v5", price: "0.5", from: "2027-01-01T00:00:00Z"},
	{service: vm, product: "Dasv5 Series Dedicated Host", sku: "Dasv5_Type1", meter: "Dasv5_Type1 Dedicated Host", arm: "Dasv5_Type1", price: "6.1"},
	{service: vm, product: "Virtual Machines Dpsv5 Series", sku: "D4ps v5", meter: "D4ps v5", arm: "Standard_D4ps_v5", price: "0.176"},
	{service: storage, product: "Premium SSD Managed Disks", sku: "P10 LRS", meter: "P10 LRS Disk", price: "19.71", unit: "1/Month"},
	{service: storage, product: "Premium SSD Managed Disks", sku: "P20 LRS", meter: "P20 LRS Disk", price: "73.22", unit: "1/Month"},
	{service: storage, product: "Standard SSD Managed Disks", sku: "E10 LRS", meter: "E10 LRS Disk", price: "9.6", unit: "1/Month"},
	{service: storage, product: "Standard HDD Managed Disks", sku: "S10 LRS", meter: "S10 LRS Disk", price: "5.888", unit: "1/Month"},
	{service: storage, product: "Azure Premium SSD v2", sku: "Premium LRS", meter: "Premium LRS Provisioned Capacity", price: "0.00011", unit: "1 GiB/Hour"},
	{service: "Load Balancer", product: "Load Balancer", sku: "Standard", meter: "Standard Included LB Rules and Outbound Rules", price: "0.025", region: "Global", second: true},
	{service: aks, product: aks, sku: "Standard", meter: "Standard Uptime SLA", price: "0.1"},
	{service: aks, product: aks, sku: "Standard", meter: "Standard Long Term Support", price: "0.6"},
	{service: "Bandwidth", product: egress, sku: "Standard", meter: "Standard Data Transfer Out", price: "0.0", unit: "1 GB", second: true},
	{service: "Bandwidth", product: egress, sku: "Standard", meter: "Standard Data Transfer Out", price: "0.087", unit: "1 GB", tier: 100, second: true},
	{service: "Bandwidth", product: egress, sku: "Standard", meter: "Standard Data Transfer Out", price: "0.083", unit: "1 GB", tier: 10335, second: true},
}

// json is the item as the API writes it.
func (p *product) json(currency string) json.RawMessage {
	or := func(s, other string) string {
		if s == "" {
			return other
		}
		return s
	}
	price := p.price
	if !json.Valid([]byte(price)) { // NaN
		price = strconv.Quote(price)
	}
	return json.RawMessage(fmt.Sprintf(`{"currencyCode":%q,"tierMinimumUnits":%d.0,"retailPrice":%s,"unitPrice":%s,"armRegionName":%q,`+
		`"location":"UK South","effectiveStartDate":%q,"meterId":"9995d93a-7d35-4d3f-9c69-7a7fea447ef4","meterName":%q,"productId":"DZH318Z0BQ36",`+
		`"skuId":"DZH318Z0BQ36/00G1","productName":%q,"skuName":%q,"serviceName":%q,"serviceId":"DZH313Z7MMC8","serviceFamily":"Compute",`+
		`"unitOfMeasure":%q,"type":%q,"isPrimaryMeterRegion":%t,"armSkuName":%q}`,
		or(p.inPence, currency), p.tier, price, price, or(p.region, "uksouth"), or(p.from, "2021-11-01T00:00:00Z"), p.meter,
		p.product, p.sku, p.service, or(p.unit, "1 Hour"), or(p.typ, "Consumption"), !p.second, p.arm))
}

var clause = regexp.MustCompile(`(\w+) eq '([^']*)'`)

// serve speaks the API: filters of eq and and, pages of two items, and links
// that name the port.
func serve(s pricingtest.Served) http.Handler { return serveItems(catalogue, s) }

func serveItems(list []product, s pricingtest.Served) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		currency := q.Get("currencyCode")
		if r.URL.Path != "/api/retail/prices" || len(currency) != 5 || q.Get("api-version") != "2023-01-01-preview" {
			http.Error(w, "bad request", http.StatusBadRequest)
			return
		}
		items := matching(list, q, s, currency[1:4])
		skip, _ := strconv.Atoi(q.Get("$skip"))
		end := min(skip+2, len(items))
		link := ""
		if q.Set("$skip", strconv.Itoa(end)); end < len(items) || s.Endless {
			link = fmt.Sprintf("http://%s/api/retail/prices?%s", r.Host, q.Encode())
		}
		body := map[string]any{"BillingCurrency": currency[1:4], "CustomerEntityId": "Default", "CustomerEntityType": "Retail",
			"Items": items[min(skip, end):end], "NextPageLink": link, "Count": end - skip}
		_ = json.NewEncoder(w).Encode(body) // the client may have gone
	})
}

func matching(list []product, q url.Values, s pricingtest.Served, currency string) []json.RawMessage {
	items := []json.RawMessage{}
	for _, p := range list {
		if p.arm == "Standard_D2as_v5" {
			if s.Figure != "" {
				p.price = s.Figure
			}
			p.inPence = s.Currency
		}
		raw := p.json(currency)
		var fields map[string]any
		if json.Unmarshal(raw, &fields) != nil {
			fields = map[string]any{"armRegionName": "uksouth", "serviceName": vm} // 1e999999999 is too much for a test, too
		}
		fits := !s.Empty && (q.Get("meterRegion") != "'primary'" || !p.second)
		for _, c := range clause.FindAllStringSubmatch(q.Get("$filter"), -1) {
			if c[1] != "priceType" && fields[c[1]] != c[2] {
				fits = false
			}
		}
		if fits {
			items = append(items, raw)
		}
	}
	if s.Reversed {
		slices.Reverse(items)
	}
	return items
}
