package gcp_test

import (
	"encoding/csv"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/pricing/gcp"
	"github.com/tuppence-dev/tuppence/pricing/pricingtest"
	"github.com/tuppence-dev/tuppence/pricing/web"
)

var update = flag.Bool("update", false, "write the golden files anew")

var now = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// source asks a test's server with a key, without waiting.
func source(t testing.TB, url, currency string) *gcp.Source {
	t.Helper()
	file := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(file, []byte(apiKey+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	client := web.New(web.Options{PerSecond: 1_000_000, Wait: func(time.Duration) time.Duration { return 0 }})
	return gcp.New(client, gcp.Options{URL: url, KeyFile: file, Currency: currency, Now: now})
}

func TestSourceKeepsTheRules(t *testing.T) {
	pricingtest.Source(t, pricingtest.Priced{
		Region: "europe-west2", Unknown: "europe-west99",
		New:    func(url string) pricing.Source { return source(t, url, "USD") },
		Serve:  serve,
		Spoilt: []pricing.Key{{Kind: pricing.Storage, Provider: collector.GCP, Region: "europe-west2", Type: "pd-ssd"}},
		Secret: apiKey,
	})
}

// quotes returns what a list gives for London.
func quotes(t *testing.T, h http.Handler, currency string) ([]pricing.Quote, error) {
	t.Helper()
	server := httptest.NewServer(h)
	defer server.Close()
	return source(t, server.URL, currency).Quotes(t.Context(), "europe-west2")
}

func TestQuotes(t *testing.T) {
	for _, currency := range []string{"USD", "GBP"} {
		all, err := quotes(t, serve(pricingtest.Served{}), currency)
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for _, q := range all {
			if q.Key.Kind == pricing.Machine && !strings.HasPrefix(q.Key.Type, "e2-") && q.Key.Type != "c4a-standard-1" {
				continue
			}
			fmt.Fprintf(&b, "%s: %s %s per %s", q.Key, q.Price.PerUnit, q.Price.Currency, q.Price.Unit)
			if q.Price.VCPU > 0 {
				fmt.Fprintf(&b, ", %d vCPU %s, %s GiB", q.Price.VCPU, q.Arch, q.Memory)
			}
			if q.Price.Estimate {
				b.WriteString(", estimate")
			}
			fmt.Fprintf(&b, " (%s, %s)\n", q.Price.Source, q.Price.AsOf)
		}
		golden, got := "testdata/"+currency+".txt", b.String()
		if *update {
			if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s: got\n%s\nwant\n%s", currency, got, want)
		}
	}
}

// Machine types made of cores and memory have the price, the cores and the
// memory that another list states for them, to the last digit.
func TestMachinesAgreeWithATableOfTypes(t *testing.T) {
	f, err := os.Open("../../../shared/prices/gcp-europe-west2.csv")
	if err != nil {
		t.Skip("there is no table to compare with")
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	all, err := quotes(t, serve(pricingtest.Served{}), "USD")
	if err != nil {
		t.Fatal(err)
	}
	byKey := map[pricing.Key]pricing.Quote{}
	for _, q := range all {
		byKey[q.Key] = q
	}
	priced := map[string]bool{"c2": true, "c3d": true, "c4d": true, "t2d": true} // no core and memory can be told apart
	compared := 0
	for _, row := range rows[1:] {
		if family, _, _ := strings.Cut(row[2], "-"); priced[family] {
			continue
		}
		for capacity, figure := range map[collector.CapacityType]string{collector.OnDemand: row[6], collector.Spot: row[7]} {
			q, ok := byKey[pricing.Key{Kind: pricing.Machine, Provider: collector.GCP, Region: "europe-west2", Type: row[2], CapacityType: capacity}]
			want := decimal.RequireFromString(figure)
			if !ok || !q.Price.PerUnit.Equal(want) || fmt.Sprint(q.Price.VCPU) != row[3] || q.Memory.String() != row[4] || q.Arch != row[5] {
				t.Errorf("%s %s: %+v, the table has %v", row[2], capacity, q, row)
			}
			compared++
		}
	}
	if compared < 400 {
		t.Errorf("only %d prices were compared", compared)
	}
}

func TestWhatCannotBeTrusted(t *testing.T) {
	core := product{description: "N2 Instance Core running in London", usage: "OnDemand", unit: "h", price: "0.05"}
	badUnit, pence := core, core
	badUnit.unit, badUnit.price = "GiBy.h", "0.04073"
	pence.price = "-0.04073"
	without := func(description string) []product {
		var list []product
		for _, p := range catalogue {
			if p.description != description {
				list = append(list, p)
			}
		}
		return list
	}
	spotCore := "Spot Preemptible " + core.description
	for name, c := range map[string]struct {
		list []product
		want []string
		gone string
	}{
		"two prices of a core":           {append(without(""), core), []string{"n2 (core) (it has two prices, 0.04073 and 0.05)", "n2 on-demand (one of"}, "n2-standard-4"},
		"a core by the GiB":              {append(without(core.description), badUnit), []string{`n2 core on-demand (it is priced by "GiBy.h" and not by h)`}, "n2-standard-4"},
		"a core for less than nothing":   {append(without(core.description), pence), []string{`n2 core on-demand ("-40730000" billionths are no price)`}, "n2-standard-4"},
		"memory without cores":           {without(spotCore), []string{"n2 spot (one of the prices of its core and its memory is missing)"}, ""},
		"a spot core dearer than a core": {append(without(spotCore), product{description: spotCore, usage: "Preemptible", unit: "h", price: "0.0408"}), []string{"n2 (core) (0.0408 is not below 0.04073"}, ""},
		"no disks":                       {without("Balanced PD Capacity in London"), []string{"pd-balanced (the list has no SKU of it)"}, "pd-balanced"},
	} {
		all, err := quotes(t, serveItems(c.list, clusters, pricingtest.Served{}), "USD")
		if err == nil || len(all) < 400 {
			t.Errorf("%s: %d quotes and %v", name, len(all), err)
			continue
		}
		for _, w := range c.want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%s: %q does not say %q", name, err, w)
			}
		}
		for _, q := range all {
			if q.Key.Type == c.gone && q.Key.CapacityType != collector.Spot {
				t.Errorf("%s: %+v", name, q)
			}
		}
	}
}

func TestTheKeyIsReadFromItsFile(t *testing.T) {
	server := httptest.NewServer(serve(pricingtest.Served{}))
	defer server.Close()
	client := web.New(web.Options{PerSecond: 1_000_000})
	dir := t.TempDir()
	for name, c := range map[string]struct{ content, want string }{
		"no file":   {"", "no such file"},
		"empty":     {"\n", "must hold a key and nothing else"},
		"two lines": {apiKey + "\n" + apiKey, "must hold a key and nothing else"},
		"huge":      {strings.Repeat("x", 1<<20), "must hold a key and nothing else"},
		"wrong":     {apiKey[1:], "403"},
	} {
		file := filepath.Join(dir, name)
		if c.content != "" {
			if err := os.WriteFile(file, []byte(c.content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		_, err := gcp.New(client, gcp.Options{URL: server.URL, KeyFile: file, Now: now}).Quotes(t.Context(), "europe-west2")
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), apiKey[1:]) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	if _, err := gcp.New(client, gcp.Options{URL: server.URL, Now: now}).Quotes(t.Context(), "europe-west2"); err == nil || !strings.Contains(err.Error(), "no API key") {
		t.Error(err)
	}
}

// FuzzQuotes: whatever the server answers, there is no panic, and what is taken
// keeps the rules.
func FuzzQuotes(f *testing.F) {
	f.Add([]byte(fmt.Sprintf(`{"skus":[%s,%s],"nextPageToken":""}`, catalogue[0].json("USD"), catalogue[1].json("USD"))))
	f.Add([]byte(`{"skus":[{"description":"Storage PD Capacity in London","pricingInfo":[{"pricingExpression":{"tieredRates":[{"unitPrice":{"units":"1e999999999","nanos":-1}}]}}]}]}`))
	var answer []byte
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(answer) }))
	f.Cleanup(server.Close)
	s := source(f, server.URL, "")
	f.Fuzz(func(t *testing.T, b []byte) {
		answer = b
		all, err := s.Quotes(t.Context(), "europe-west2")
		if err == nil && len(all) == 0 {
			t.Error("nothing, and no error")
		}
		for i, q := range all {
			if !q.Price.PerUnit.IsPositive() || q.Key.Region != "europe-west2" || i > 0 && all[i-1].Key.Compare(q.Key) >= 0 {
				t.Errorf("%+v", q)
			}
		}
	})
}
