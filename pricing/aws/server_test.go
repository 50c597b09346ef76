package aws_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/tuppence-dev/tuppence/pricing/pricingtest"
)

// sold is a product of a bulk file with what the tests differ in. Its attributes
// are those that a type of machine has, with others on top: "tenancy=Dedicated".
type sold struct {
	family, price string
	attributes    []string

	unit  string // Hrs by default
	begin string // of its price's range; "0" by default
}

func machine(name, vcpu, memory, price string, others ...string) sold {
	attributes := []string{"instanceType=" + name, "vcpu=" + vcpu, "memory=" + memory, "physicalProcessor=Intel Xeon 8375C (Ice Lake)",
		"tenancy=Shared", "operatingSystem=Linux", "capacitystatus=Used", "preInstalledSw=NA", "marketoption=OnDemand",
		"operation=RunInstances", "licenseModel=No License required", "usagetype=EUW2-BoxUsage:" + name}
	return sold{family: "Compute Instance", price: price, attributes: append(attributes, others...)}
}

func volume(name, price string, others ...string) sold {
	attributes := []string{"volumeApiName=" + name, "volumeType=General Purpose", "usagetype=EUW2-EBS:VolumeUsage." + name}
	return sold{family: "Storage", price: price, unit: "GB-Mo", attributes: append(attributes, others...)}
}

// files are the bulk files, with everything in them that must not be taken for
// the price of a running Linux machine.
var files = map[string][]sold{
	"AmazonEC2": {
		machine("m6i.large", "2", "8 GiB", "0.1110000000"),
		machine("m6i.large", "2", "8 GiB", "0.2030000000", "operatingSystem=Windows", "operation=RunInstances:0002"),
		machine("m6i.large", "2", "8 GiB", "0.1190000000", "tenancy=Dedicated"),
		machine("m6i.large", "2", "8 GiB", "0.1110000000", "capacitystatus=UnusedCapacityReservation", "usagetype=EUW2-UnusedBox:m6i.large"),
		machine("m6i.large", "2", "8 GiB", "0.5910000000", "preInstalledSw=SQL Std", "operation=RunInstances:0004"),
		machine("m6i.large", "2", "8 GiB", "0.1410000000", "locationType=AWS Local Zone", "regionCode=eu-west-2-lon-1"),
		machine("m6i.large", "2", "8 GiB", "0.0900000000", "marketoption=CapacityBlock"),
		machine("m6i.xlarge", "4", "16 GiB", "0.2220000000"),
		machine("m7g.large", "2", "8 GiB", "0.0948000000", "physicalProcessor=AWS Graviton3 Processor"),
		machine("m6gd.large", "2", "8 GiB", "0.1048000000", "physicalProcessor=AWS Graviton2 Processor"),
		machine("x1.32xlarge", "128", "1,952 GiB", "16.8350000000"),
		machine("i3.large", "2", "NA", "0.1810000000"),
		volume("gp3", "0.0928000000"),
		volume("io2", "0.0928000000", "usagetype=EUW2-EBS:VolumeP-IOPS.io2"),
		volume("gp2", "0.1160000000"),
	},
	"AWSELB": {
		{family: "Load Balancer", price: "0.0294", attributes: []string{"usagetype=EUW2-LoadBalancerUsage", "operation=LoadBalancing"}},
		{family: "Load Balancer-Application", price: "0.0265", attributes: []string{"usagetype=EUW2-LoadBalancerUsage"}},
		{family: "Load Balancer-Application", price: "0.0084", attributes: []string{"usagetype=EUW2-LCUUsage"}, unit: "LCU-Hrs"},
		{family: "Load Balancer-Network", price: "0.0265", attributes: []string{"usagetype=EUW2-LoadBalancerUsage"}},
	},
	"AmazonEKS": {
		{family: "Compute", price: "0.10", attributes: []string{"usagetype=EUW2-AmazonEKS-Hours:perCluster"}, unit: "hours"},
		{family: "Compute", price: "0.50", attributes: []string{"usagetype=EUW2-AmazonEKS-Hours:extendedSupport"}, unit: "hours"},
	},
}

// write writes a bulk file: all products, then their on-demand terms, then others.
func write(list []sold, s pricingtest.Served) string {
	var products, terms []string
	for i, p := range list {
		unit, begin, currency := p.unit, p.begin, "USD"
		if unit == "" {
			unit = "Hrs"
		}
		if begin == "" {
			begin = "0"
		}
		attributes := map[string]string{"servicecode": "AmazonEC2", "location": "EU (London)", "locationType": "AWS Region", "regionCode": "eu-west-2"}
		for _, a := range p.attributes {
			k, v, _ := strings.Cut(a, "=")
			attributes[k] = v
		}
		if attributes["instanceType"] == "m6gd.large" {
			if s.Figure != "" {
				p.price = s.Figure
			}
			if s.Currency != "" {
				currency = s.Currency
			}
		}
		encoded, _ := json.Marshal(attributes) // strings always can be
		sku := fmt.Sprintf("SKU%013d", i)
		products = append(products, fmt.Sprintf(`%q : {"sku" : %[1]q, "productFamily" : %q, "attributes" : %s}`, sku, p.family, encoded))
		terms = append(terms, fmt.Sprintf(`%q : {"%[1]s.JRTCKXETXF" : {"offerTermCode" : "JRTCKXETXF", "sku" : %[1]q,
			"effectiveDate" : "2026-11-01T00:00:00Z", "priceDimensions" : {"%[1]s.JRTCKXETXF.6YS6EN2CT7" : {
			"rateCode" : "%[1]s.JRTCKXETXF.6YS6EN2CT7", "description" : "$", "beginRange" : %q, "endRange" : "Inf",
			"unit" : %q, "pricePerUnit" : {%q : %q}, "appliesTo" : [ ]}}, "termAttributes" : { }}}`, sku, begin, unit, currency, p.price))
	}
	if s.Empty {
		products, terms = nil, nil
	}
	if s.Reversed {
		slices.Reverse(products)
		slices.Reverse(terms)
	}
	return fmt.Sprintf(`{"formatVersion" : "v1.0", "disclaimer" : "", "offerCode" : "AmazonEC2", "version" : "20261120220712",
		"publicationDate" : "2026-11-20T22:07:12Z", "products" : {%s}, "terms" : {"OnDemand" : {%s}, "Reserved" : {%[1]s}}, "attributesList" : { }}`,
		strings.Join(products, ",\n"), strings.Join(terms, ",\n"))
}

const advisorJSON = `{"ranges":[{"index":0,"label":"<5%%","dots":0,"max":5},{"index":1,"label":"5-10%%","dots":1,"max":11},
	{"index":2,"label":"10-15%%","dots":2,"max":16},{"index":3,"label":"15-20%%","dots":3,"max":22},{"index":4,"label":">20%%","dots":4,"max":100}],
	"instance_types":{"m6i.large":{"cores":2,"emr":true,"ram_gb":8.0}},"spot_advisor":{"eu-west-2":{"Linux":{
	"m6i.large":{"s":63,"r":%d},"m7g.large":{"s":58,"r":4}},"Windows":{"m6i.xlarge":{"s":20,"r":4}}}}}`

// spots are the answers of the EC2 API: type, product, zone, time, price.
var spots = [][5]string{
	{"m6i.large", "Linux/UNIX", "eu-west-2a", "2026-11-24T11:00:00.000Z", "0.030000"},
	{"m6i.large", "Linux/UNIX", "eu-west-2a", "2026-11-24T08:00:00.000Z", "0.090000"},
	{"m6i.large", "Linux/UNIX", "eu-west-2b", "2026-11-24T11:30:00.000Z", "0.040000"},
	{"m6i.large", "Linux/UNIX", "eu-west-2c", "2026-11-23T11:00:00.000Z", "0.050000"},
	{"m6i.large", "Linux/UNIX", "eu-west-2-lon-1a", "2026-11-24T11:00:00.000Z", "0.080000"},
	{"m6i.large", "Windows", "eu-west-2a", "2026-11-24T11:00:00.000Z", "0.120000"},
	{"m7g.large", "Linux/UNIX", "eu-west-2a", "2026-11-24T11:00:00.000Z", "0.031000"},
	{"m7g.large", "Linux/UNIX", "eu-west-2b", "2026-11-24T11:00:00.000Z", "0.032000"},
}

func serve(s pricingtest.Served) http.Handler { return serveFrom(files, spots, s) }

// serveFrom speaks the bulk list, the advisor and, to POST, the EC2 API in pages
// of three.
func serveFrom(files map[string][]sold, spots [][5]string, s pricingtest.Served) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /offers/v1.0/aws/{service}/current/{region}/index.json", func(w http.ResponseWriter, r *http.Request) {
		list, ok := files[r.PathValue("service")]
		if !ok || r.PathValue("region") != "eu-west-2" {
			http.Error(w, "<Error><Code>AccessDenied</Code></Error>", http.StatusForbidden)
			return
		}
		fmt.Fprint(w, write(list, s))
	})
	mux.HandleFunc("GET /spot-advisor-data.json", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintf(w, advisorJSON, 1) })
	mux.HandleFunc("POST /", func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil || !asksForSpot(r.PostForm) {
			http.Error(w, `<Response><Errors><Error><Code>InvalidParameterValue</Code><Message>no</Message></Error></Errors></Response>`, http.StatusBadRequest)
			return
		}
		from, _ := strconv.Atoi(r.PostForm.Get("NextToken"))
		list := slices.Clone(spots)
		if s.Reversed {
			slices.Reverse(list)
		}
		end := min(from+3, len(list))
		var b strings.Builder
		b.WriteString(`<?xml version="1.0" encoding="UTF-8"?><DescribeSpotPriceHistoryResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>59dbff89-35bd-4eac-99ed-be587EXAMPLE</requestId><spotPriceHistorySet>`)
		for _, p := range list[min(from, end):end] {
			fmt.Fprintf(&b, `<item><instanceType>%s</instanceType><productDescription>%s</productDescription><spotPrice>%s</spotPrice><timestamp>%s</timestamp><availabilityZone>%s</availabilityZone></item>`,
				p[0], p[1], p[4], p[3], p[2])
		}
		token := ""
		if end < len(list) || s.Endless {
			token = strconv.Itoa(max(end, from+1))
		}
		fmt.Fprintf(&b, `</spotPriceHistorySet><nextToken>%s</nextToken></DescribeSpotPriceHistoryResponse>`, token)
		fmt.Fprint(w, b.String())
	})
	return mux
}

func asksForSpot(f url.Values) bool {
	return f.Get("Action") == "DescribeSpotPriceHistory" && f.Get("StartTime") == "2026-11-24T12:00:00Z" && f.Get("ProductDescription.1") == "Linux/UNIX"
}
