package hmrc_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/pricing/hmrc"
	"github.com/tuppence-dev/tuppence/pricing/pricingtest"
)

func load(t testing.TB) *hmrc.Rates {
	t.Helper()
	r, err := hmrc.Default()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func in(year int, m time.Month) time.Time { return time.Date(year, m, 15, 12, 0, 0, 0, time.UTC) }

func TestDefaultRatesKeepTheRules(t *testing.T) {
	var known []pricingtest.Ask
	for at := in(2023, time.September); !at.After(in(2026, time.December)); at = at.AddDate(0, 1, 0) {
		known = append(known, pricingtest.Ask{Currency: "USD", Time: at}, pricingtest.Ask{Currency: "EUR", Time: at})
	}
	pricingtest.FX(t, load(t), known, []pricingtest.Ask{
		{Currency: "USD", Time: in(2023, time.August)}, {Currency: "XXX", Time: in(2026, time.September)}, {Currency: "", Time: in(2026, time.September)}})
}

func TestRate(t *testing.T) {
	for _, c := range []struct {
		name, currency string
		at             time.Time
		rate, period   string
		warning        string
	}{
		{"the month's own", "USD", in(2026, time.August), "1.3367", "2026-08", ""},
		{"the last month of the table", "USD", in(2026, time.September), "1.3554", "2026-09", ""},
		{"a month that is not there yet has the last one", "USD", in(2026, time.November), "1.3554", "2026-09",
			"HMRC's USD rate for 2026-11 is not in the table; used 2026-09"},
		{"the euro", "EUR", in(2023, time.September), "1.1683", "2023-09", ""},
		{"a pound is a pound, even before the table", "GBP", in(1999, time.January), "1", "1999-01", ""},
		{"the month is UTC's", "USD", time.Date(2026, 9, 1, 0, 30, 0, 0, time.FixedZone("BST", 3600)), "1.3367", "2026-08", ""},
	} {
		r, err := load(t).Rate(c.currency, c.at)
		if err != nil || r.PerGBP.String() != c.rate || r.Period != c.period || r.Warning != c.warning {
			t.Errorf("%s: %+v, %v", c.name, r, err)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	row := func(month, rate string) string { return month + ",USD," + rate + ",HMRC\n" }
	for name, c := range map[string]struct{ rows, want string }{
		"no rows":                  {"", "no rows"},
		"a rate of zero":           {row("2026-01", "0"), "line 2: per_gbp"},
		"a negative rate":          {row("2026-01", "-1.3"), "line 2: per_gbp"},
		"an exponent":              {row("2026-01", "1e99999"), "line 2: per_gbp"},
		"a month of thirteen":      {row("2026-13", "1.3"), "line 2: month"},
		"an unpadded month":        {row("2026-1", "1.3"), "line 2: month"},
		"a currency in lower case": {"2026-01,usd,1.3,HMRC\n", "line 2: currency"},
		"a rate of the pound":      {"2026-01,GBP,1.3,HMRC\n", "line 2: currency: GBP is always 1"},
		"no source":                {"2026-01,USD,1.3,\n", "line 2: source"},
		"a month twice":            {row("2026-01", "1.3") + row("2026-01", "1.3"), "USD: 2026-01 is there twice"},
		"twice its neighbour":      {row("2026-01", "1.3") + row("2026-02", "2.61"), "1.3 in 2026-01 and 2.61 in 2026-02 differ by more than a factor of two"},
		"half its neighbour":       {row("2026-02", "1.3") + row("2026-01", "2.61"), "differ by more than a factor of two"},
	} {
		_, err := hmrc.Read(strings.NewReader(hmrc.Header + "\n" + c.rows))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
	for _, table := range []string{"", "month,usd\n"} {
		if _, err := hmrc.Read(strings.NewReader(table)); err == nil || !strings.Contains(err.Error(), hmrc.Header) {
			t.Errorf("%q: got %v, want the header named", table, err)
		}
	}
}

const october = `<?xml version="1.0" encoding="UTF-8"?>
<exchangeRateMonthList Period="01/Oct/2026 to 31/Oct/2026">
  <exchangeRate><countryName>Eurozone</countryName><countryCode>EU</countryCode><currencyName>Euro</currencyName><currencyCode>EUR</currencyCode><rateNew>1.1700</rateNew></exchangeRate>
  <exchangeRate><countryName>Somewhere</countryName><countryCode>XX</countryCode><currencyName>Dollar</currencyName><currencyCode>USD</currencyCode><rateNew>1.3401</rateNew></exchangeRate>
  <exchangeRate><countryName>USA</countryName><countryCode>US</countryCode><currencyName>Dollar</currencyName><currencyCode>USD</currencyCode><rateNew>1.3401</rateNew></exchangeRate>
  <exchangeRate><countryName>Japan</countryName><countryCode>JP</countryCode><currencyName>Yen</currencyName><currencyCode>JPY</currencyCode><rateNew>201.5</rateNew></exchangeRate>
</exchangeRateMonthList>`

func TestAMonthFromHMRCsFile(t *testing.T) {
	m, err := hmrc.ReadXML(strings.NewReader(october))
	if err != nil {
		t.Fatal(err)
	}
	if m.Period != "2026-10" || len(m.PerGBP) != 3 || m.PerGBP["JPY"].String() != "201.5" {
		t.Errorf("%+v", m)
	}
	before := load(t)
	after, err := before.With(m)
	if err != nil {
		t.Fatal(err)
	}
	r, err := after.Rate("USD", in(2026, time.October))
	if err != nil || r.PerGBP.String() != "1.3401" || r.Period != "2026-10" || r.Warning != "" {
		t.Errorf("%+v, %v", r, err)
	}
	if r, _ := before.Rate("USD", in(2026, time.October)); r.Period != "2026-09" {
		t.Errorf("the table it was added to changed: %+v", r)
	}
	if again, err := after.With(m); err != nil {
		t.Error("adding a month twice:", err)
	} else if r, _ := again.Rate("USD", in(2026, time.November)); r.Period != "2026-10" || r.Warning == "" {
		t.Errorf("%+v", r)
	}
}

func TestWithRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		usd, eur, want string
	}{
		"a rate in pence":         {"134.01", "1.17", "USD: 1.3554 in 2026-09 and 134.01 in 2026-10 differ"},
		"a currency left out":     {"1.34", "", "no rate of EUR"},
		"a rate the other way up": {"0.6", "1.17", "differ by more than a factor of two"},
	} {
		m := hmrc.Month{Period: "2026-10", PerGBP: map[string]decimal.Decimal{"USD": decimal.RequireFromString(c.usd)}}
		if c.eur != "" {
			m.PerGBP["EUR"] = decimal.RequireFromString(c.eur)
		}
		if _, err := load(t).With(m); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

func TestReadXMLRefuses(t *testing.T) {
	for name, c := range map[string]struct{ old, replaced, want string }{
		"a rate of zero":                {"1.1700", "0", "rate 1 of 4"},
		"a rate that is no figure":      {"1.1700", "1,17", "rate 1 of 4"},
		"two rates of one currency":     {"1.3401", "1.3402", "USD is 1.3401 here and 1.3402 before"},
		"a period of two months":        {"31/Oct/2026", "30/Nov/2026", "is not one month"},
		"a period in figures":           {"01/Oct/2026", "01/10/2026", "is not one month"},
		"a file that is cut":            {"</exchangeRateMonthList>", "", "XML"},
		"an entity of one's own":        {"1.1700", "&rate;", "XML"},
		"another document":              {"exchangeRateMonthList Period", "html lang", "exchangeRateMonthList"},
		"a code that is not a currency": {">EUR<", ">Euro<", "rate 1 of 4: currency"},
	} {
		_, err := hmrc.ReadXML(strings.NewReader(strings.Replace(october, c.old, c.replaced, 1)))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
	if _, err := hmrc.ReadXML(strings.NewReader(strings.Repeat(" ", 5<<20))); err == nil || !strings.Contains(err.Error(), "more than 4 MiB") {
		t.Error(err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(hmrc.Header + "\n2026-01,USD,1.3,HMRC\n2026-02,USD,1.31,HMRC\n2026-01,EUR,1.2,HMRC\n")
	f.Add(hmrc.Header + "\n# none\n")
	f.Fuzz(func(t *testing.T, table string) {
		r, err := hmrc.Read(strings.NewReader(table))
		if err != nil {
			return
		}
		if rate, err := r.Rate("USD", in(2026, time.February)); err == nil && !rate.PerGBP.IsPositive() {
			t.Errorf("a rate of %s was taken", rate.PerGBP)
		}
		var first, second bytes.Buffer
		if err := r.Write(&first); err != nil {
			t.Fatal(err)
		}
		again, err := hmrc.Read(bytes.NewReader(first.Bytes()))
		if err != nil {
			t.Fatalf("what was written is refused: %v\n%s", err, first.Bytes())
		}
		if err := again.Write(&second); err != nil || first.String() != second.String() {
			t.Errorf("%v; written twice:\n%s\nand\n%s", err, first.Bytes(), second.Bytes())
		}
	})
}

func FuzzReadXML(f *testing.F) {
	f.Add(october)
	f.Add(strings.Repeat("<a>", 1000))
	f.Add(fmt.Sprintf("<exchangeRateMonthList Period=%q/>", "01/Oct/2026 to 31/Oct/2026"))
	rates, err := hmrc.Default()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, file string) {
		m, err := hmrc.ReadXML(strings.NewReader(file))
		if err != nil {
			return
		}
		if _, err := time.Parse("2006-01", m.Period); err != nil || len(m.PerGBP) == 0 {
			t.Errorf("%+v was taken", m)
		}
		for code, rate := range m.PerGBP {
			if len(code) != 3 || !rate.IsPositive() {
				t.Errorf("%s at %s was taken", code, rate)
			}
		}
		if next, err := rates.With(m); err == nil {
			if r, err := next.Rate("USD", in(2026, time.September)); err != nil || !r.PerGBP.IsPositive() {
				t.Errorf("%+v, %v", r, err)
			}
		}
	})
}
