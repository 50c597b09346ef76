package pricing_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/pricing"
)

func pounds(s string) pricing.Money { return pricing.Pounds(decimal.RequireFromString(s)) }

func TestMoneyIsWrittenAsPeopleReadIt(t *testing.T) {
	for in, want := range map[string]string{
		"0": "£0.00", "0.005": "£0.01", "0.0049": "£0.00", "-0.004": "£0.00", "-0.5": "-£0.50", "999.995": "£1,000.00",
		"1234.56": "£1,234.56", "1234567": "£1,234,567.00", "-1234567.891": "-£1,234,567.89", "12.3": "£12.30",
	} {
		if got := pounds(in).String(); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

func TestMoneyIsExactInJSON(t *testing.T) {
	b, err := json.Marshal(pricing.Known(pounds("0.1").Plus(pounds("0.2")).Times(decimal.RequireFromString("1.000000000001"))))
	if err != nil || string(b) != `{"gbp":"0.3000000000003","known":true}` {
		t.Errorf("%s, %v", b, err)
	}
}

func TestUnknownPartsAreCarriedAlong(t *testing.T) {
	five, unknown := pricing.Known(pounds("5")), pricing.Amount{}
	for _, c := range []struct {
		got  pricing.Amount
		want string
	}{
		{five, "£5.00"}, {unknown, "unknown"}, {five.Plus(unknown), "£5.00 + unknown"}, {unknown.Plus(five), "£5.00 + unknown"},
		{five.Minus(unknown), "£5.00 + unknown"}, {five.Minus(five), "£0.00"}, {five.Plus(five), "£10.00"},
	} {
		if c.got.String() != c.want {
			t.Errorf("%s, want %s", c.got, c.want)
		}
	}
}

func FuzzParseFigure(f *testing.F) {
	for _, s := range []string{"0.1234", "1", ".5", "5.", "", ".", "-1", "+1", "1e9", "0", "0.00", "1..2", "٣", " 1", "0x1", "NaN", "99999999999999999999999999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := pricing.ParseFigure(s)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\x1b") {
				t.Errorf("%q: the error is not one plain line", s)
			}
			return
		}
		if !d.IsPositive() || strings.Trim(s, "0123456789.") != "" || len(s) > 24 {
			t.Errorf("%q was read as %s", s, d)
		}
		if again, err := decimal.NewFromString(s); err != nil || !again.Equal(d) {
			t.Errorf("%q was read as %s, not %s", s, d, again)
		}
	})
}

func TestParseFigureRefuses(t *testing.T) {
	for _, s := range []string{"", ".", "-1", "+1", "1e9", "1E9", "0", "0.000", "1.2.3", " 1", "1 ", "0x1", "NaN", "1_000", "1,000", strings.Repeat("9", 25)} {
		if d, err := pricing.ParseFigure(s); err == nil {
			t.Errorf("%q was read as %s", s, d)
		}
	}
}
