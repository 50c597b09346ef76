package gcp_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/tuppence-dev/tuppence/pricing/pricingtest"
)

// apiKey has the shape of a key.
const apiKey = "AIzaSyNotAKeyButOfItsLength0123456789ab"

// product is a SKU with what the tests differ in.
type product struct {
	description, usage, unit, price string

	region string // europe-west2 by default
	free   bool   // its first tier costs nothing
}

// london are the SKUs of machines whose prices are known.
func london() []product {
	var list []product
	for _, f := range unitPrices {
		list = append(list,
			product{description: f.name + " Core running in London", usage: "OnDemand", unit: "h", price: f.core},
			product{description: f.name + " Ram running in London", usage: "OnDemand", unit: "GiBy.h", price: f.ram},
			product{description: "Spot Preemptible " + f.name + " Core running in London", usage: "Preemptible", unit: "h", price: f.spotCore},
			product{description: "Spot Preemptible " + f.name + " Ram running in London", usage: "Preemptible", unit: "GiBy.h", price: f.spotRAM})
	}
	return list
}

// unitPrices are the prices of a core and of a GiB an hour in London that the
// prices of machine types there come to.
var unitPrices = []struct{ name, core, ram, spotCore, spotRAM string }{
	{"E2 Instance", "0.0281037", "0.00376602", "0.00891", "0.001194"},
	{"N1 Predefined Instance", "0.04073", "0.005458", "0.01062", "0.001423"},
	{"N2 Instance", "0.04073", "0.005458", "0.00824", "0.001104"},
	{"N2D AMD Instance", "0.035435", "0.004748", "0.01418", "0.0019"},
	{"N4 Instance", "0.0355566", "0.0040356", "0.01256", "0.001426"},
	{"N4A Instance", "0.03016", "0.00343", "0.01328", "0.00151"},
	{"N4D Instance", "0.033185", "0.00377", "0.01322", "0.001502"},
	{"C2D AMD Instance", "0.038088", "0.0051", "0.01341", "0.001795"},
	{"C3 Instance", "0.039501", "0.00448932", "0.0237", "0.002694"},
	{"C4 Instance", "0.039501", "0.00448932", "0.01453", "0.001651"},
	{"C4A Arm Instance", "0.03518", "0.004001", "0.01589", "0.001807"},
}

// catalogue is a list with everything in it that must not be taken for the price
// of a machine.
var catalogue = append(london(), []product{
	{description: "N2 Custom Instance Core running in London", usage: "OnDemand", unit: "h", price: "0.0427"},
	{description: "N2 Instance Core running in Paris", usage: "OnDemand", unit: "h", price: "0.0367", region: "europe-west9"},
	{description: "N2 Sole Tenancy Instance Core running in London", usage: "OnDemand", unit: "h", price: "0.05"},
	{description: "Commitment v1: N2 Cpu in London for 1 Year", usage: "Commit1Yr", unit: "h", price: "0.0256"},
	{description: "N2 Instance Core running in London", usage: "Commit1Yr", unit: "h", price: "0.0256"},
	{description: "Nvidia Tesla T4 GPU running in London", usage: "OnDemand", unit: "h", price: "0.41"},
	{description: "Nvidia Tesla T4 GPU attached to Spot Preemptible VMs running in London", usage: "Preemptible", unit: "h", price: "0.13"},
	{description: "Nvidia L4 GPU running in London", usage: "OnDemand", unit: "h", price: "0.64"},
	{description: "Storage PD Capacity in London", usage: "OnDemand", unit: "GiBy.mo", price: "0.048", free: true},
	{description: "Balanced PD Capacity in London", usage: "OnDemand", unit: "GiBy.mo", price: "0.12"},
	{description: "SSD backed PD Capacity in London", usage: "OnDemand", unit: "GiBy.mo", price: "0.204"},
	{description: "Regional SSD backed PD Capacity in London", usage: "OnDemand", unit: "GiBy.mo", price: "0.408"},
	{description: "Hyperdisk Balanced Capacity in London", usage: "OnDemand", unit: "GiBy.mo", price: "0.096"},
	{description: "Cloud Load Balancer Forwarding Rule Minimum Service Charge in London", usage: "OnDemand", unit: "h", price: "0.025"},
}...)

var clusters = []product{
	{description: "Regional Kubernetes Clusters", usage: "OnDemand", unit: "h", price: "0.1", region: "global"},
	{description: "Zonal Kubernetes Clusters", usage: "OnDemand", unit: "h", price: "0.1", region: "global"},
	{description: "Autopilot Kubernetes Clusters", usage: "OnDemand", unit: "h", price: "0.1", region: "global"},
	{description: "Autopilot Pod mCPU Requests (europe-west2)", usage: "OnDemand", unit: "h", price: "0.0000573"},
}

// rate writes a price as Google does: "0.025" as units "0" and nanos 25000000.
func rate(price, currency string) string {
	units, rest, _ := strings.Cut(strings.TrimPrefix(price, "-"), ".")
	nanos, err := strconv.Atoi((rest + "000000000")[:9])
	if strings.HasPrefix(price, "-") {
		nanos = -nanos
	}
	if err != nil {
		nanos = 0
	}
	return fmt.Sprintf(`{"currencyCode":%q,"units":%q,"nanos":%d}`, currency, units, nanos)
}

// json is the SKU as the API writes it.
func (p *product) json(currency string) json.RawMessage {
	region := p.region
	if region == "" {
		region = "europe-west2"
	}
	tiers := fmt.Sprintf(`{"startUsageAmount":0,"unitPrice":%s}`, rate(p.price, currency))
	if p.free {
		tiers = `{"startUsageAmount":0,"unitPrice":{"currencyCode":"` + currency + `","units":"0","nanos":0}},` +
			fmt.Sprintf(`{"startUsageAmount":30,"unitPrice":%s}`, rate(p.price, currency))
	}
	return json.RawMessage(fmt.Sprintf(`{"name":"services/6F81-5844-456A/skus/0000-0000-0000","skuId":"0000-0000-0000","description":%q,`+
		`"category":{"serviceDisplayName":"Compute Engine","resourceFamily":"Compute","resourceGroup":"CPU","usageType":%q},`+
		`"serviceRegions":[%q],"pricingInfo":[{"summary":"","pricingExpression":{"usageUnit":%q,"displayQuantity":1,"tieredRates":[%s],`+
		`"usageUnitDescription":"hour","baseUnit":"s","baseUnitConversionFactor":3600},"currencyConversionRate":1,`+
		`"effectiveTime":"2026-11-23T15:26:11.394Z"}],"serviceProviderName":"Google","geoTaxonomy":{"type":"REGIONAL","regions":[%q]}}`,
		p.description, p.usage, region, p.unit, tiers, region))
}

func serve(s pricingtest.Served) http.Handler { return serveItems(catalogue, clusters, s) }

// serveItems speaks the API in pages of ten, to whom has the key.
func serveItems(compute, kubernetes []product, s pricingtest.Served) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		services := map[string][]product{
			"/v1/services/6F81-5844-456A/skus": compute,
			"/v1/services/CCD8-9BF1-090E/skus": kubernetes,
		}
		list, ok := services[r.URL.Path]
		q := r.URL.Query()
		if !ok || r.Header.Get("X-Goog-Api-Key") != apiKey || q.Get("pageSize") != "5000" {
			http.Error(w, `{"error":{"code":403,"message":"bad key `+r.Header.Get("X-Goog-Api-Key")+`"}}`, http.StatusForbidden)
			return
		}
		skus := []json.RawMessage{}
		for _, p := range list {
			currency := q.Get("currencyCode")
			if strings.HasPrefix(p.description, "SSD backed") {
				if s.Figure != "" {
					p.price = s.Figure
				}
				if s.Currency != "" {
					currency = s.Currency
				}
			}
			if !s.Empty {
				skus = append(skus, p.json(currency))
			}
		}
		if s.Reversed {
			slices.Reverse(skus)
		}
		from, _ := strconv.Atoi(q.Get("pageToken"))
		end := min(from+10, len(skus))
		token := ""
		if end < len(skus) || s.Endless {
			token = strconv.Itoa(end)
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"skus": skus[min(from, end):end], "nextPageToken": token}) // the client may have gone
	})
}
