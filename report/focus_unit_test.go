package report

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/pricing/pricingtest"
	"github.com/tuppence-dev/tuppence/report/focustest"
)

func TestByMonth(t *testing.T) {
	at := func(month time.Month, day, hour int) time.Time {
		return time.Date(2026, month, day, hour, 0, 0, 0, time.UTC)
	}
	for name, c := range map[string]struct {
		from, until time.Time
		quantity    string
		want        []string
	}{
		"one month stays whole":          {at(11, 8, 0), at(11, 22, 0), "336", []string{"11-08T00 11-22T00 11 336"}},
		"a month's end belongs to it":    {at(10, 30, 0), at(11, 1, 0), "48", []string{"10-30T00 11-01T00 10 48"}},
		"two months share by time":       {at(11, 30, 12), at(12, 2, 0), "36", []string{"11-30T12 12-01T00 11 12", "12-01T00 12-02T00 12 24"}},
		"the last has what is left":      {at(9, 30, 0), at(11, 2, 0), "1", []string{"09-30T00 10-01T00 09 0.03030303", "10-01T00 11-01T00 10 0.939393939", "11-01T00 11-02T00 11 0.030303031"}},
		"a life outside of the span has": {at(11, 2, 0), at(11, 1, 0), "0", nil},
	} {
		var got []string
		for _, p := range byMonth(collector.Window{Start: c.from, End: c.until}, digits(c.quantity)) {
			got = append(got, p.Start.Format("01-02T15 ")+p.End.Format("01-02T15 ")+p.month.Start.Format("01 ")+p.quantity.String())
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s:\n%s", name, d)
		}
	}
}

func TestFocusText(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "web": "web", "shop/web": "shop/web", "aws:///eu-west-2a/i-0": "aws:///eu-west-2a/i-0", `{"a":"=1"}`: `{"a":"=1"}`,
		"=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@SUM(A1)": "'@SUM(A1)", " =1": "' =1", "＝1": "'＝1", "a=1": "a=1",
		"   ": "'   ", "N/A": "'N/A", " null ": "' null ", "Not Applicable": "'Not Applicable", "nullify": "nullify",
		"a\tb\r\n=1": `a\tb\r\n=1`, "\t=1": `\t=1`, "\u202eevil": `\u202eevil`, "a,\"b": `a,"b`,
	} {
		if got := focusText(in); got != want {
			t.Errorf("%q becomes %q, not %q", in, got, want)
		}
	}
}

func FuzzFocusText(f *testing.F) {
	for _, name := range append(hostileNames, "=1+1", " @SUM(A1)", "N/A", "\x00-1") {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := focusText(s)
		if focusText(got) != got {
			t.Errorf("%q becomes %q, which is not safe", s, got)
		}
		if strings.ContainsFunc(got, unprintable) || strings.Contains(got, "\n") {
			t.Errorf("%q becomes %q, which does not print", s, got)
		}
		if (s == "") != (got == "") {
			t.Errorf("%q becomes %q", s, got)
		}
	})
}

func TestVATIsAPercentage(t *testing.T) {
	for name, c := range map[string]struct{ rate, recoverable, want string }{
		"zero and all":      {"0", "100", ""},
		"a fraction":        {"17.5", "56.25", ""},
		"below zero":        {"-1", "0", "VAT: rate -1 %: it must be 0 to 100"},
		"more than it all":  {"20", "100.1", "VAT: recoverable part 100.1 %: it must be 0 to 100"},
		"both: says either": {"101", "101", "VAT: rate 101 %: it must be 0 to 100"},
	} {
		got := ""
		if err := (&VAT{digits(c.rate), digits(c.recoverable)}).Valid(); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// TestFocusVAT has a worked figure: the Azure machine costs 336 h × £0.171 =
// £57.456, the load balancer and its three rules more 336 h × (£0.02 + 3 × £0.008)
// = £14.784, together £72.24; the VAT of that at 20 % is £14.448, of which 25 % are
// £3.612.
func TestFocusVAT(t *testing.T) {
	for name, c := range map[string]struct {
		vat  *VAT
		want map[string]string
	}{
		"none is asked for":            {nil, map[string]string{}},
		"both parts":                   {&VAT{digits("20"), digits("25")}, map[string]string{"true": "3.612", "false": "10.836"}},
		"all can be reclaimed: a part": {&VAT{digits("20"), digits("100")}, map[string]string{"true": "14.448"}},
		"nothing can be reclaimed":     {&VAT{digits("20"), digits("0")}, map[string]string{"false": "14.448"}},
	} {
		in := focusInput(t)
		in.VAT = c.vat
		got := map[string]decimal.Decimal{}
		for _, row := range readFocus(t, render(t, "focus", in, View{})).rows {
			if taxRow(row) && row["ProviderName"] == "Microsoft" {
				got[row["x_VATRecoverable"]] = got[row["x_VATRecoverable"]].Add(digits(row["BilledCost"]))
			}
		}
		if len(got) != len(c.want) {
			t.Errorf("%s: %v", name, got)
		}
		for part, amount := range c.want {
			if !got[part].Equal(digits(amount)) {
				t.Errorf("%s: %s: %s, not %s", name, part, got[part], amount)
			}
		}
	}
}

// invoice has one cost for every resource: £33.60 a fortnight.
type invoice struct{}

func (invoice) Charged(string) (pricing.Charged, bool) {
	return pricing.Charged{Effective: known("33.60")}, true
}

// TestFocusOfWhatOnlyTheBillPrices: what is paid stands in for prices that are
// unknown, in pounds, and the row says so.
func TestFocusOfWhatOnlyTheBillPrices(t *testing.T) {
	node := focusNode("mega", collector.AWS, "eu-west-2", "x9.mega", collector.OnDemand)
	node.ProviderID = "aws:///eu-west-2a/i-0mega"
	f := &collector.Fleet{Window: window14, Clusters: []collector.Cluster{{Name: "prod", Nodes: []collector.Node{node}}}}
	l, err := pricing.Price(f, pricing.Terms{Prices: focusPrices(), FX: pricingtest.Rates{}, Policy: pricing.NineToOne, Bill: invoice{}})
	if err != nil {
		t.Fatal(err)
	}
	written := render(t, "focus", Input{Fleet: f, Ledger: l}, View{})
	table := readFocus(t, written)
	for _, row := range table.rows {
		for column, want := range map[string]string{"ListUnitPrice": "0.1", "ContractedUnitPrice": "0.1", "PricingCurrency": "GBP",
			"PricingCurrencyListUnitPrice": "0.1", "x_UnknownPrices": "ContractedUnitPrice ListUnitPrice", "x_Terms": "bill", "x_PriceSource": ""} {
			if row[column] != want {
				t.Errorf("%s is %q, not %q", column, row[column], want)
			}
		}
	}
	if sum := sumOf(table.rows, "BilledCost", untaxed); !sum.Equal(digits("33.6")) {
		t.Errorf("the rows have %s", sum)
	}
	rules := focustest.Open(t, "../../shared/focus")
	if result, err := rules.Check(strings.NewReader(written), focusCriteria...); err != nil || len(result.Violations) > 0 {
		t.Errorf("%v: %v", err, result.Violations)
	}
}
