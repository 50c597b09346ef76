package azure_test

import (
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/pricing/azure"
	"github.com/tuppence-dev/tuppence/pricing/pricingtest"
	"github.com/tuppence-dev/tuppence/pricing/web"
)

var update = flag.Bool("update", false, "write the golden files anew")

var now = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// source asks a test's server, without waiting.
func source(url, currency string) *azure.Source {
	client := web.New(web.Options{PerSecond: 1_000_000, Wait: func(time.Duration) time.Duration { return 0 }})
	return azure.New(client, azure.Options{URL: url + "/api/retail/prices", Currency: currency, Now: now})
}

func machine(name string, c collector.CapacityType) pricing.Key {
	return pricing.Key{Kind: pricing.Machine, Provider: collector.Azure, Region: "uksouth", Type: name, CapacityType: c}
}

func TestSourceKeepsTheRules(t *testing.T) {
	for _, currency := range []string{"USD", "GBP"} {
		t.Run(currency, func(t *testing.T) {
			pricingtest.Source(t, pricingtest.Priced{
				Region: "uksouth", Unknown: "atlantis",
				New:    func(url string) pricing.Source { return source(url, currency) },
				Serve:  serve,
				Spoilt: []pricing.Key{machine("Standard_D2as_v5", collector.OnDemand)},
			})
		})
	}
}

// lines writes quotes one a line.
func lines(quotes []pricing.Quote) string {
	var b strings.Builder
	for _, q := range quotes {
		fmt.Fprintf(&b, "%s: %s %s per %s", q.Key, q.Price.PerUnit, q.Price.Currency, q.Price.Unit)
		if q.Price.VCPU > 0 {
			fmt.Fprintf(&b, ", %d vCPU %s", q.Price.VCPU, q.Arch)
		}
		if q.Price.Estimate {
			b.WriteString(", estimate")
		}
		fmt.Fprintf(&b, " (%s, %s)\n", q.Price.Source, q.Price.AsOf)
	}
	return b.String()
}

func TestQuotes(t *testing.T) {
	for _, currency := range []string{"USD", "GBP"} {
		server := httptest.NewServer(serve(pricingtest.Served{}))
		defer server.Close()
		quotes, err := source(server.URL, currency).Quotes(t.Context(), "uksouth")
		if err != nil {
			t.Fatal(err)
		}
		golden, got := "testdata/"+currency+".txt", lines(quotes)
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

func TestWhatCannotBeTrusted(t *testing.T) {
	d2, d4 := catalogue[0], catalogue[1]
	twice, dear, dateless := d2, d4, d2
	twice.price = "0.3"
	dear.sku, dear.price = "D4as v5 Spot", "0.2"
	dateless.from = "soon"
	for name, c := range map[string]struct {
		more product
		want string
	}{
		"two prices from one day":        {twice, "azure uksouth Standard_D2as_v5 on-demand (it has two prices, 0.1 and 0.3)"},
		"spot as dear as on demand":      {dear, "azure uksouth Standard_D4as_v5 spot (0.2 is not below 0.2, the price on demand)"},
		"a price that is never in force": {dateless, `Standard_D2as_v5 ("soon" is no date to hold from)`},
	} {
		server := httptest.NewServer(serveItems(append([]product{c.more}, slicesWithoutSpot()...), pricingtest.Served{}))
		quotes, err := source(server.URL, "").Quotes(t.Context(), "uksouth")
		server.Close()
		if err == nil || !strings.Contains(err.Error(), c.want) || len(quotes) < 10 {
			t.Errorf("%s: %d quotes and %v; want %q", name, len(quotes), err, c.want)
		}
	}
}

// slicesWithoutSpot is the catalogue without the spot price of D4as v5.
func slicesWithoutSpot() []product {
	var list []product
	for _, p := range catalogue {
		if p.meter != "D4as v5 Spot" {
			list = append(list, p)
		}
	}
	return list
}

func TestAMeterThatIsNotListedIsNamed(t *testing.T) {
	server := httptest.NewServer(serveItems(catalogue[:15], pricingtest.Served{}))
	defer server.Close()
	quotes, err := source(server.URL, "").Quotes(t.Context(), "uksouth")
	if len(quotes) != 5 || err == nil || !strings.Contains(err.Error(), `aks/standard (the list has no meter "Standard Uptime SLA")`) {
		t.Errorf("%d quotes and %v", len(quotes), err)
	}
}

func TestALinkThatLeadsAwayIsNotFollowed(t *testing.T) {
	asked := 0
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	defer other.Close()
	for _, link := range []string{other.URL + "/api/retail/prices", "https://prices.azure.com/", "//evil.example/", "http://user:pass@%s/", "file:///etc/passwd", "%zz"} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, `{"Items":[%s],"NextPageLink":%q}`, catalogue[0].json("USD"), strings.ReplaceAll(link, "%s", r.Host))
		}))
		quotes, err := source(server.URL, "").Quotes(t.Context(), "uksouth")
		server.Close()
		if len(quotes) != 1 || err == nil || !strings.Contains(err.Error(), "leads away from 127.0.0.1") {
			t.Errorf("%s: %d quotes and %v", link, len(quotes), err)
		}
	}
	if asked > 0 {
		t.Errorf("the other server was asked %d times", asked)
	}
}

func TestOfflineAsksNobody(t *testing.T) {
	quotes, err := azure.New(web.Offline(), azure.Options{Now: now}).Quotes(t.Context(), "uksouth")
	if quotes != nil || err == nil || !strings.Contains(err.Error(), "offline") {
		t.Errorf("%d quotes and %v", len(quotes), err)
	}
}

// FuzzQuotes: whatever the server answers, there is no panic, and what is taken
// keeps the rules.
func FuzzQuotes(f *testing.F) {
	f.Add([]byte(fmt.Sprintf(`{"Items":[%s],"NextPageLink":null}`, catalogue[0].json("USD"))))
	f.Add([]byte(fmt.Sprintf(`{"Items":[%s]}`, catalogue[24].json("USD"))))
	f.Add([]byte(`{"Items":[{"retailPrice":1e99,"tierMinimumUnits":"1e999999999"}]}`))
	var answer []byte
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(answer) }))
	f.Cleanup(server.Close)
	s := source(server.URL, "")
	f.Fuzz(func(t *testing.T, b []byte) {
		answer = b
		quotes, err := s.Quotes(t.Context(), "uksouth")
		if err == nil && len(quotes) == 0 {
			t.Error("nothing, and no error")
		}
		for i, q := range quotes {
			if !q.Price.PerUnit.IsPositive() || q.Key.Region != "uksouth" || q.Key.Kind == pricing.Machine && q.Price.VCPU <= 0 ||
				i > 0 && quotes[i-1].Key.Compare(q.Key) >= 0 {
				t.Errorf("%+v", q)
			}
		}
	})
}
