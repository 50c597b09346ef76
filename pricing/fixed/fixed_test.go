package fixed_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/pricing/fixed"
	"github.com/tuppence-dev/tuppence/pricing/pricingtest"
)

// year is a financial year's rates.
func year() fixed.Settings {
	return fixed.Settings{
		PerGBP: map[string]json.Number{"USD": "1.2750", "EUR": "1.16"},
		Source: "treasury, budget rate 2026/27", From: "2026-04-01", Until: "2027-03-31",
	}
}

func rates(t testing.TB, s fixed.Settings) *fixed.Rates {
	t.Helper()
	r, err := fixed.New(s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

var (
	firstDay = time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)
	lastDay  = time.Date(2027, 3, 31, 23, 59, 59, 0, time.UTC)
)

func TestFixedRatesKeepTheRules(t *testing.T) {
	pricingtest.FX(t, rates(t, year()), []pricingtest.Ask{
		{Currency: "USD", Time: firstDay}, {Currency: "EUR", Time: lastDay}, {Currency: "USD", Time: lastDay},
	}, []pricingtest.Ask{
		{Currency: "JPY", Time: firstDay}, {Currency: "", Time: firstDay},
		{Currency: "USD", Time: firstDay.Add(-time.Second)}, {Currency: "USD", Time: lastDay.Add(time.Second)}})
	forever := year()
	forever.From, forever.Until = "", ""
	pricingtest.FX(t, rates(t, forever), []pricingtest.Ask{
		{Currency: "USD", Time: firstDay.AddDate(-20, 0, 0)}, {Currency: "USD", Time: lastDay.AddDate(20, 0, 0)}}, nil)
}

func TestRate(t *testing.T) {
	r, err := rates(t, year()).Rate("USD", lastDay)
	if err != nil || r.PerGBP.String() != "1.275" || r.Period != "2027-03-31" || r.Source != "fixed: treasury, budget rate 2026/27" {
		t.Errorf("%+v, %v", r, err)
	}
	for name, c := range map[string]struct {
		currency string
		at       time.Time
		want     string
	}{
		"before they hold":   {"USD", firstDay.Add(-1), "no exchange rate of USD for 2026-03-31: the fixed rates hold from 2026-04-01"},
		"after they held":    {"EUR", lastDay.Add(time.Second), "no exchange rate of EUR for 2027-04-01: the fixed rates held until 2027-03-31; agree on new ones"},
		"a day of UTC's":     {"USD", time.Date(2026, 4, 1, 0, 30, 0, 0, time.FixedZone("BST", 3600)), "for 2026-03-31: the fixed rates hold from"},
		"a currency without": {"JPY", firstDay, "no exchange rate of JPY for 2026-04-01: the fixed rates do not have the currency; add it to them"},
	} {
		_, err := rates(t, year()).Rate(c.currency, c.at)
		if _, ok := errors.AsType[*pricing.UnknownRate](err); !ok || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestSettingsComeFromTheConfiguration(t *testing.T) {
	for _, figure := range []string{"1.275", `"1.2750"`} {
		var s fixed.Settings
		text := "perGBP:\n  USD: " + figure + "\nsource: treasury\nfrom: \"2026-04-01\"\n"
		if err := yaml.UnmarshalStrict([]byte(text), &s); err != nil {
			t.Fatalf("%s: %v", figure, err)
		}
		if r, err := rates(t, s).Rate("USD", lastDay); err != nil || r.PerGBP.String() != "1.275" {
			t.Errorf("%s: %+v, %v", figure, r, err)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*fixed.Settings)
		want   string
	}{
		"no rates":             {func(s *fixed.Settings) { s.PerGBP = nil }, "perGBP is empty"},
		"a rate of zero":       {func(s *fixed.Settings) { s.PerGBP["USD"] = "0" }, `perGBP of "USD": "0" is not greater than zero`},
		"a negative rate":      {func(s *fixed.Settings) { s.PerGBP["USD"] = "-1.2" }, `perGBP of "USD"`},
		"an exponent":          {func(s *fixed.Settings) { s.PerGBP["USD"] = "1e999999999" }, `perGBP of "USD"`},
		"no figure":            {func(s *fixed.Settings) { s.PerGBP["USD"] = "" }, `perGBP of "USD"`},
		"a rate of the pound":  {func(s *fixed.Settings) { s.PerGBP["GBP"] = "1" }, `perGBP of "GBP": currency: GBP is always 1`},
		"a code in lower case": {func(s *fixed.Settings) { s.PerGBP["usd"] = "1.2" }, `perGBP of "usd": currency: "usd" must be an ISO 4217 code`},
		"no source":            {func(s *fixed.Settings) { s.Source = "" }, "source: "},
		"a source of lines":    {func(s *fixed.Settings) { s.Source = "a\nb" }, "source: "},
		"a source too long":    {func(s *fixed.Settings) { s.Source = strings.Repeat("x", 201) }, "source: "},
		"a day unpadded":       {func(s *fixed.Settings) { s.From = "2026-4-1" }, `from: "2026-4-1" must be a day`},
		"an end that is none":  {func(s *fixed.Settings) { s.Until = "2027-02-29" }, `until: "2027-02-29" must be a day`},
		"the wrong way round":  {func(s *fixed.Settings) { s.From, s.Until = s.Until, s.From }, "until, 2026-04-01, is before from, 2027-03-31"},
	} {
		s := year()
		c.change(&s)
		if _, err := fixed.New(s); err == nil || !strings.HasPrefix(err.Error(), "fixed exchange rates: ") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

// FuzzNew holds that what is taken is a positive rate in its days, whatever the
// configuration says.
func FuzzNew(f *testing.F) {
	f.Add("USD", "1.275", "treasury", "2026-04-01", "2027-03-31")
	f.Add("EUR", "1e9", "", "", "")
	f.Fuzz(func(t *testing.T, currency, figure, source, from, until string) {
		r, err := fixed.New(fixed.Settings{PerGBP: map[string]json.Number{currency: json.Number(figure)}, Source: source, From: from, Until: until})
		if err != nil {
			return
		}
		rate, err := r.Rate(currency, firstDay)
		if err == nil && (!rate.PerGBP.IsPositive() || from > rate.Period || until != "" && until < rate.Period) {
			t.Errorf("%+v was given", rate)
		}
	})
}
