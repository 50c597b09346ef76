package aws

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/tuppence-dev/tuppence/pricing"
)

func newReader() *reader {
	return &reader{Source: New(nil, Options{}), region: "eu-west-2", list: pricing.NewListing(), sizes: map[string]pricing.Quote{}}
}

func TestReadOfferRefuses(t *testing.T) {
	broken := errors.New("the line is down")
	for name, c := range map[string]struct {
		in   io.Reader
		want string
	}{
		"nothing":                    {strings.NewReader(""), "it breaks off"},
		"half a product":             {strings.NewReader(`{"products":{"A":{"productFamily":"Sto`), "it breaks off"},
		"half a list of terms":       {strings.NewReader(`{"products":{},"terms":{"OnDemand":{"A":{}`), "it breaks off"},
		"no terms":                   {strings.NewReader(`{"products":{}}`), "no on-demand prices"},
		"an array":                   {strings.NewReader(`[]`), "[ where an object should be"},
		"a product that is a number": {strings.NewReader(`{"products":{"A":1}}`), "cannot unmarshal"},
		"a string without end":       {io.MultiReader(strings.NewReader(`{"disclaimer":"`), &endless{"x"}), "larger than 4 MiB"},
		"a product without end":      {io.MultiReader(strings.NewReader(`{"products":{"A":[`), &endless{"1,"}), "larger than 4 MiB"},
		"a value without a bottom":   {io.MultiReader(strings.NewReader(`{"disclaimer":`), &endless{"["}), "nested more than 50 deep"},
		"a connection that fails":    {io.MultiReader(strings.NewReader(`{"products":`), iotest.ErrReader(broken)), broken.Error()},
	} {
		r := newReader()
		if err := readOffer(c.in, r.pick, r.take); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// endless repeats a text for ever.
type endless struct{ text string }

func (e *endless) Read(p []byte) (int, error) {
	n := 0
	for n+len(e.text) <= len(p) {
		n += copy(p[n:], e.text)
	}
	return n, nil
}

// A file whose other terms come first is read too.
func TestReadOfferSkipsWhatItDoesNotNeed(t *testing.T) {
	r := newReader()
	file := generate(3)
	text, err := io.ReadAll(file)
	if err != nil {
		t.Fatal(err)
	}
	turned := strings.Replace(string(text), `"terms" : {`, `"terms" : {"Reserved" : {"A" : [{"B" : [1, "}"]}, null]}, `, 1)
	if err := readOffer(strings.NewReader(turned), r.pick, r.take); err != nil {
		t.Fatal(err)
	}
	quotes, err := r.list.Result("test", nil)
	if err != nil || len(quotes) != 3 {
		t.Errorf("%d quotes and %v", len(quotes), err)
	}
}

func FuzzReadOffer(f *testing.F) {
	text, err := io.ReadAll(generate(1))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(text))
	f.Add(strings.Replace(string(text), "0.1110000000", "1e999999999", 1))
	f.Add(`{"products":{"A":{}},"terms":{"OnDemand":{"A":{"x":{"offerTermCode":"JRTCKXETXF","priceDimensions":{"y":{}}}}}}}`)
	f.Fuzz(func(t *testing.T, text string) {
		r := newReader()
		err := readOffer(strings.NewReader(text), r.pick, r.take)
		r.extended()
		quotes, err := r.list.Result("test", err)
		if err == nil && len(quotes) == 0 {
			t.Error("nothing, and no error")
		}
		for _, q := range quotes {
			if !q.Price.PerUnit.IsPositive() || q.Price.PerUnit.IntPart() >= 10_000 || q.Key.Region != "eu-west-2" || q.Key.Kind == pricing.Machine && q.Price.VCPU < 1 {
				t.Errorf("%+v", q)
			}
		}
	})
}

// generated is a bulk file of any size, made as it is read: n types of machine,
// of 40 products each of which one is wanted, in the proportions of a real one.
type generated struct {
	n, next int
	section int
	rest    string
	peak    uint64 // the largest heap while it was read
	read    int
}

const perType = 40

func generate(n int) *generated {
	return &generated{n: n, rest: `{"formatVersion" : "v1.0", "offerCode" : "AmazonEC2", "products" : {`}
}

// Read implements io.Reader.
func (g *generated) Read(p []byte) (int, error) {
	for g.rest == "" {
		if g.section == 2 {
			return 0, io.EOF
		}
		g.rest = g.more()
	}
	n := copy(p, g.rest)
	g.rest = g.rest[n:]
	if g.read += n; g.read>>24 != (g.read-n)>>24 { // every 16 MiB
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		g.peak = max(g.peak, m.HeapAlloc)
	}
	return n, nil
}

func (g *generated) more() string {
	i := g.next
	if i == g.n*perType {
		g.next = 0
		if g.section++; g.section == 1 {
			return `}, "terms" : {"OnDemand" : {`
		}
		return `}}}`
	}
	g.next++
	comma := ","
	if i == 0 {
		comma = ""
	}
	if g.section == 1 {
		return comma + fmt.Sprintf(`"SKU%013d" : {"SKU%013[1]d.JRTCKXETXF" : {"offerTermCode" : "JRTCKXETXF", "sku" : "SKU%013[1]d",
      "effectiveDate" : "2026-11-01T00:00:00Z", "priceDimensions" : {"SKU%013[1]d.JRTCKXETXF.6YS6EN2CT7" : {
      "rateCode" : "SKU%013[1]d.JRTCKXETXF.6YS6EN2CT7", "description" : "$0.111 per On Demand Linux Instance Hour", "beginRange" : "0",
      "endRange" : "Inf", "unit" : "Hrs", "pricePerUnit" : {"USD" : "0.1110000000"}, "appliesTo" : [ ]}}, "termAttributes" : { }}}`, i)
	}
	system, tenancy := "Linux", "Shared"
	if i%perType != 0 {
		system, tenancy = "Windows", "Dedicated"
	}
	return comma + fmt.Sprintf(`"SKU%013d" : {"sku" : "SKU%013[1]d", "productFamily" : "Compute Instance", "attributes" : {
      "servicecode" : "AmazonEC2", "location" : "EU (London)", "locationType" : "AWS Region", "instanceType" : "m%[2]d.large",
      "currentGeneration" : "Yes", "instanceFamily" : "General purpose", "vcpu" : "2", "physicalProcessor" : "Intel Xeon 8375C (Ice Lake)",
      "clockSpeed" : "3.5 GHz", "memory" : "8 GiB", "storage" : "EBS only", "networkPerformance" : "Up to 12500 Megabit",
      "processorArchitecture" : "64-bit", "tenancy" : %[3]q, "operatingSystem" : %[4]q, "licenseModel" : "No License required",
      "usagetype" : "EUW2-BoxUsage:m%[2]d.large", "operation" : "RunInstances", "availabilityzone" : "NA", "capacitystatus" : "Used",
      "classicnetworkingsupport" : "false", "dedicatedEbsThroughput" : "Up to 10000 Mbps", "ecu" : "NA", "enhancedNetworkingSupported" : "Yes",
      "gpuMemory" : "NA", "marketoption" : "OnDemand", "normalizationSizeFactor" : "4", "preInstalledSw" : "NA", "regionCode" : "eu-west-2",
      "servicename" : "Amazon Elastic Compute Cloud", "vpcnetworkingsupport" : "true"}}`, i, i/perType, tenancy, system)
}

// BenchmarkReadOffer reads a file of about 200 MB, 3,300 types of machine of 40
// products each, and reports the largest heap on the way.
func BenchmarkReadOffer(b *testing.B) {
	for b.Loop() {
		runtime.GC()
		g, r := generate(3300), newReader()
		if err := readOffer(g, r.pick, r.take); err != nil {
			b.Fatal(err)
		}
		if r.list.Len() != 3300 {
			b.Fatalf("%d quotes", r.list.Len())
		}
		b.SetBytes(int64(g.read))
		b.ReportMetric(float64(g.peak)/(1<<20), "peak-MiB")
	}
}
