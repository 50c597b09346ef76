package bill_test

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/pricing/bill"
)

// header and the helpers below write small bills: charge is a row of i-1.
const header = "ResourceId,ChargeCategory,ChargeClass,ChargePeriodStart,ChargePeriodEnd,BillingCurrency,ListCost,ContractedCost,EffectiveCost,BilledCost,ServiceName,PricingCategory\n"

const charge = "i-1,Usage,,2026-08-03T10:00:00Z,2026-08-03T11:00:00Z,GBP,4,3,2,1,EC2,Standard\n"

// with is charge with some of its text replaced.
func with(pairs ...string) string { return strings.NewReplacer(pairs...).Replace(charge) }

func options(t testing.TB) bill.Options {
	return bill.Options{Window: window, FX: dollars(t), Want: map[string]string{"aws:///eu-west-2a/i-1": "prod"}}
}

func read(t testing.TB, rows string) *bill.Bill {
	t.Helper()
	b, err := bill.Read(context.Background(), options(t), file("b.csv", header+rows))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestWhatARowCounts(t *testing.T) {
	lost := "0 + unknown"
	for _, c := range []struct {
		name, row string
		effective string // of i-1
		covered   time.Duration
		bad       int
		warning   string
	}{
		{"usage", charge, "2", time.Hour, 0, ""},
		{"a credit covers no time", with("Usage", "Credit", ",2,", ",-2,"), "-2", 0, 0, ""},
		{"an adjustment", with("Usage", "Adjustment"), "2", 0, 0, ""},
		{"a purchase", with("Usage", "Purchase", ",2,", ",0,"), "0", 0, 0, ""},
		{"a refund", with("Usage,", "Usage,Correction", ",2,", ",-2,"), "-2", time.Hour, 0, ""},
		{"usage below nothing counts, with a word", with(",2,", ",-2,"), "-2", time.Hour, 0, "1 row of usage cost less than nothing"},
		{"half of it before the window", with("2026-08-03T10", "2026-07-31T23", "2026-08-03T11", "2026-08-01T01"), "1", time.Hour, 0, ""},
		{"a third of it after the window", with("2026-08-03T10", "2026-08-31T22", "2026-08-03T11", "2026-09-01T01"), "1.333333333333", 2 * time.Hour, 0, ""},
		{"a moment counts whole", with("T11", "T10"), "2", 0, 0, ""},
		{"seconds and their parts", with("T10:00:00Z", "T10:00:00.000Z"), "2", time.Hour, 0, ""},
		{"a time of another zone", with("2026-08-03T10:00:00Z", "2026-08-03T11:00:00+01:00"), "2", time.Hour, 0, ""},
		{"days", with("2026-08-03T10:00:00Z", "2026-08-03", "2026-08-03T11:00:00Z", "2026-08-04"), "2", 24 * time.Hour, 0, ""},
		{"an exponent", with(",2,", ",2.5E-3,"), "0.0025", time.Hour, 0, ""},
		{"38 digits stay", with(",2,", ",1.00000000000000000000000000000000000001,"), "1.00000000000000000000000000000000000001", time.Hour, 0, ""},
		{"dollars", with("GBP", "USD", ",2,", ",2.6734,"), "2", time.Hour, 0, ""},
		{"a currency without a rate", with("GBP", "SEK"), lost, time.Hour, 0, "what 1 row cost is unknown: no exchange rate of SEK for 2026-08"},

		{"NaN", with(",2,", ",NaN,"), lost, time.Hour, 1, `line 2: EffectiveCost: "NaN" is not a figure`},
		{"no figure", with(",2,", ",,"), lost, time.Hour, 1, `EffectiveCost: "" is not a figure`},
		{"a plus", with(",2,", ",+2,"), lost, time.Hour, 1, "EffectiveCost"},
		{"two minuses", with(",2,", ",--2,"), lost, time.Hour, 1, "EffectiveCost"},
		{"a minus alone", with(",2,", ",-,"), lost, time.Hour, 1, "EffectiveCost"},
		{"two points", with(",2,", ",1.2.3,"), lost, time.Hour, 1, "EffectiveCost"},
		{"thousands", with(",2,", `,"1,000",`), lost, time.Hour, 1, "EffectiveCost"},
		{"an exponent that would fill the memory", with(",2,", ",1e999999999,"), lost, time.Hour, 1, "EffectiveCost"},
		{"an exponent of 31", with(",2,", ",1e31,"), lost, time.Hour, 1, "EffectiveCost"},
		{"an exponent of nothing", with(",2,", ",1e,"), lost, time.Hour, 1, "EffectiveCost"},
		{"more than a trillion", with(",2,", ",1e13,"), lost, time.Hour, 1, "more than a trillion"},
		{"an end before the start", with("T11", "T09"), lost, 0, 1, "line 2: the charge period ends before it starts"},
		{"no start", with("2026-08-03T10:00:00Z", ""), lost, 0, 1, `ChargePeriodStart: "" is not a time`},
		{"a date of two meanings", with("2026-08-03T11:00:00Z", "08/04/2026"), lost, 0, 1, "ChargePeriodEnd"},
		{"a year that can't be", with("2026-08-03T11", "9999-08-03T11"), lost, 0, 1, "is not between 2000 and 2199"},
		{"an unknown category", with("Usage", "Gift"), lost, 0, 1, `ChargeCategory: "Gift" is none of`},
		{"a currency that is none", with("GBP", "pounds"), lost, 0, 1, `BillingCurrency: "pounds" is not a code`},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := read(t, c.row)
			r := b.Find("aws:///eu-west-2a/i-1")
			if r == nil || r.Rows != 1 {
				t.Fatalf("not found: %+v", b)
			}
			if got := digits(r.Effective); got != c.effective || r.Covered != c.covered || b.Bad != c.bad {
				t.Errorf("effective %s, %s covered, %d bad; want %s, %s, %d", got, r.Covered, b.Bad, c.effective, c.covered, c.bad)
			}
			if g := b.Groups[0].Effective; digits(g) != c.effective {
				t.Errorf("its group has %s", digits(g))
			}
			said := warnings(b)
			if c.warning == "" && said != "" || !strings.Contains(said, c.warning) {
				t.Errorf("warnings %q, want %q", said, c.warning)
			}
		})
	}
}

func warnings(b *bill.Bill) string {
	var lines []string
	for _, w := range b.Warnings {
		lines = append(lines, w.String())
	}
	return strings.Join(lines, "\n")
}

func TestABadFigureIsUnknownAlone(t *testing.T) {
	b := read(t, with(",4,", ",?,"))
	r := b.Find("aws:///eu-west-2a/i-1")
	if r.List.Known || !r.Contracted.Known || !r.Effective.Known || !r.Billed.Known || b.Bad != 1 {
		t.Errorf("%+v", r)
	}
}

func TestABadRowOfNobodyMakesItsServiceUnknown(t *testing.T) {
	b := read(t, charge+with("i-1", "i-2", ",2,", ",?,")+with("i-1", "", "T11", "T09"))
	if s := b.Services; len(s) != 1 || s[0].Rows != 2 || s[0].Effective.Known {
		t.Errorf("%+v", s)
	}
	if r := b.Find("aws:///eu-west-2a/i-1"); !r.Effective.Known {
		t.Errorf("%+v", r)
	}
}

// An hour's usage, discount and second meter are an hour; the order does not
// matter.
func TestCoverIsAUnion(t *testing.T) {
	rows := []string{charge, charge, with("T11:00", "T10:30"), with("T10", "T12", "T11", "T13"), with("T10", "T11", "T11", "T12"), with("2026-08-03", "2026-08-05")}
	for range 2 {
		r := read(t, strings.Join(rows, "")).Resources[0]
		if r.Covered != 4*time.Hour {
			t.Errorf("%s", r.Covered)
		}
		slices.Reverse(rows)
	}
}

func TestTaxAndUnusedCommitmentsStandApart(t *testing.T) {
	const more = "ResourceId,ChargeCategory,ChargePeriodStart,ChargePeriodEnd,BillingCurrency,ListCost,ContractedCost,EffectiveCost,BilledCost,ServiceName,CommitmentDiscountStatus\n"
	row := func(category, effective, status string) string {
		return "i-1," + category + ",2026-08-03T10:00:00Z,2026-08-03T11:00:00Z,GBP,0,0," + effective + ",0,EC2," + status + "\n"
	}
	b, err := bill.Read(context.Background(), options(t), file("b.csv", more+row("Usage", "1", "Used")+row("Usage", "2", "Unused")+row("Tax", "4", "")+row("Purchase", "8", "Unused")))
	if err != nil {
		t.Fatal(err)
	}
	if r := b.Resources[0]; digits(r.Effective) != "9" || digits(b.Unused.Effective) != "2" || digits(b.Tax.Effective) != "4" || digits(b.Effective()) != "15" {
		t.Errorf("%s, unused %s, tax %s, in all %s", digits(r.Effective), digits(b.Unused.Effective), digits(b.Tax.Effective), digits(b.Effective()))
	}
}

func TestDaysOfARowAddUpToIt(t *testing.T) {
	r := read(t, with("2026-08-03T10", "2026-08-03T18", "2026-08-03T11", "2026-08-05T12")) // £2 for 42 h: 6, 24 and 12
	var got []string
	for _, d := range r.Groups[0].Days {
		got = append(got, string(d.Day)+" "+digits(d.Effective))
	}
	if want := []string{"2026-08-03 0.285714285714", "2026-08-04 1.142857142857", "2026-08-05 0.571428571429"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestServicesBeyond500StandTogether(t *testing.T) {
	var rows strings.Builder
	for i := range 502 {
		rows.WriteString(with("i-1", "i-2", "EC2", "s"+decimal.NewFromInt(int64(1000+i)).String()))
	}
	b := read(t, rows.String()+with("i-1", "i-3", "EC2", "dear", ",2,", ",9,"))
	if len(b.Services) != 500 || b.Services[0].Name != "dear" || b.Services[499].Name != "s1498" || b.Rest.Rows != 3 || digits(b.Rest.Effective) != "6" {
		t.Errorf("%d, %+v, rest %+v", len(b.Services), b.Services[0], b.Rest)
	}
}

func TestNamesOfServicesCanBePrinted(t *testing.T) {
	b := read(t, with("i-1", "i-2", "EC2", "a\x1b[2J\xffb"+strings.Repeat("c", 300)))
	if n := b.Services[0].Name; len(n) > 210 || !strings.HasPrefix(n, "a?[2J?bc") {
		t.Errorf("%q", n)
	}
}

func TestReadRefuses(t *testing.T) {
	long := with("EC2", strings.Repeat("x", 3<<20))
	for name, c := range map[string]struct {
		files []bill.File
		want  string
	}{
		"no file":                          {nil, "the files, the exchange rates or the window are missing"},
		"an empty file":                    {[]bill.File{file("b", "")}, `bill "b": it is empty`},
		"a column that is missing":         {[]bill.File{file("b", strings.Replace(header, "EffectiveCost,", "", 1))}, "line 1: the header lacks the column EffectiveCost"},
		"a column twice":                   {[]bill.File{file("b", "resourceid,"+header)}, "line 1, column 2: the header has ResourceId twice"},
		"a thousand columns":               {[]bill.File{file("b", strings.Repeat("x,", 1000)+header)}, "1012 columns, more than the 1000"},
		"a row with a field too few":       {[]bill.File{file("b", header+charge+"i-1,Usage\n")}, "line 3, column 1: wrong number of fields"},
		"a quote in a field":               {[]bill.File{file("b", header+with("EC2", `E"C2`))}, "line 2, column 67: bare"},
		"a quote that never closes":        {[]bill.File{file("b", header+charge+`"`+strings.Repeat(charge, 50_000))}, "after line 2: a row is longer than 1024 KiB"},
		"a row that is too long":           {[]bill.File{file("b", header+charge+long)}, "after line 2: a row is longer than 1024 KiB"},
		"a header that is too long":        {[]bill.File{file("b", long)}, "a row is longer"},
		"gzip that is cut short":           {[]bill.File{file("b", packed(header + charge)[:60])}, "unexpected EOF"},
		"gzip that is damaged":             {[]bill.File{file("b", "\x1f\x8bnot")}, "gzip"},
		"a bomb in gzip":                   {[]bill.File{file("b", packed(strings.Repeat("x", 4<<20)))}, "a row is longer"},
		"Parquet":                          {[]bill.File{file("b", "PAR1\x15")}, "it is a Parquet file: export the bill as CSV"},
		"a name twice":                     {[]bill.File{file("b", header), file("a", header), file("b", header+charge)}, `bill "b": it is given twice`},
		"the same bytes under other names": {[]bill.File{file("b", header+charge), file("a", header+charge)}, `bill "b": it has the bytes of "a"`},
		"a file that can't be opened": {[]bill.File{{Name: "b", Open: func() (io.ReadCloser, error) { return nil, errors.New("no such file") }}},
			`bill "b": no such file`},
	} {
		b, err := bill.Read(context.Background(), options(t), c.files...)
		if err == nil || !strings.Contains(err.Error(), c.want) || b != nil {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
	for name, o := range map[string]bill.Options{
		"no exchange rates":     {Window: window},
		"no window":             {FX: dollars(t)},
		"a window of no length": {FX: dollars(t), Window: collector.Window{Start: day(1), End: day(1)}},
	} {
		if _, err := bill.Read(context.Background(), o, file("b", header)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestTooManyServicesAreRefused(t *testing.T) {
	var rows strings.Builder
	for i := range 20_001 {
		rows.WriteString(with("i-1", "i-2", "EC2", "s"+decimal.NewFromInt(int64(i)).String()))
	}
	if _, err := bill.Read(context.Background(), options(t), file("b", header+rows.String())); err == nil || !strings.Contains(err.Error(), "more than 20000 services") {
		t.Error(err)
	}
}

func TestReadStopsWhenItsContextDoes(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := bill.Read(ctx, options(t), file("b", header+charge)); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestFilesAddUp(t *testing.T) {
	b, err := bill.Read(context.Background(), options(t), file("b.gz", packed(header+with("T10", "T11", "T11", "T12"))), file("a", "\ufeff"+strings.ToUpper(header)+charge), file("empty", header))
	if err != nil {
		t.Fatal(err)
	}
	if r := b.Resources[0]; digits(r.Effective) != "4" || r.Covered != 2*time.Hour || len(b.Files) != 3 || b.Files[0].Name != "a" || b.Files[2].Rows != 0 {
		t.Errorf("%+v, %+v", r, b.Files)
	}
}

func TestNothingWithinTheWindowIsSaid(t *testing.T) {
	b := read(t, with("2026-08", "2026-05"))
	if said := warnings(b); !strings.Contains(said, "no row has a charge period within the window") || strings.Contains(said, "\n") || b.Outside != 1 {
		t.Errorf("%d outside: %s", b.Outside, said)
	}
	if b.Find("aws:///eu-west-2a/i-1") != nil || !slices.Equal(b.Missing, []string{"aws:///eu-west-2a/i-1"}) {
		t.Errorf("missing %q", b.Missing)
	}
}

// fixed gives one rate for everything, whatever it is.
type fixed struct{ perGBP decimal.Decimal }

func (f fixed) Rate(currency string, at time.Time) (pricing.FXRate, error) {
	return pricing.FXRate{Currency: currency, PerGBP: f.perGBP, Period: at.Format("2006-01"), Warning: "made up"}, nil
}

func TestARateThatIsNotMoreThanZeroIsUnknown(t *testing.T) {
	o := options(t)
	o.FX = fixed{}
	b, err := bill.Read(context.Background(), o, file("b", header+charge))
	if err != nil || b.Resources[0].Effective.Known || !strings.Contains(warnings(b), "is not more than zero") || len(b.FX) != 0 {
		t.Errorf("%v: %s", err, warnings(b))
	}
}

func TestTheRateIsThatOfTheMonthTheChargeStartsIn(t *testing.T) {
	o := options(t)
	o.Window.End = window.End.AddDate(0, 1, 0)
	dollar := with("GBP", "USD", ",2,", ",1.3367,")
	b, err := bill.Read(context.Background(), o, file("b", header+dollar+strings.NewReplacer("2026-08", "2026-09", "1.3367", "1.3554").Replace(dollar)))
	if err != nil || digits(b.Resources[0].Effective) != "2" || len(b.FX) != 2 {
		t.Errorf("%v: %s", err, digits(b.Resources[0].Effective))
	}
}

func TestCurrenciesThatAreKeptAreBounded(t *testing.T) {
	var rows strings.Builder
	for i := range 5000 {
		rows.WriteString(with("GBP", string([]byte{'A' + byte(i/676), 'A' + byte(i/26%26), 'A' + byte(i%26)})))
	}
	o := options(t)
	o.FX = fixed{decimal.NewFromInt(2)}
	b, err := bill.Read(context.Background(), o, file("b", header+rows.String()))
	if err != nil || b.Bad != 5000-4096 || len(b.FX) != 4096 || digits(b.Effective()) != "4096 + unknown" {
		t.Errorf("%v: %d bad, %d rates, %s", err, b.Bad, len(b.FX), digits(b.Effective()))
	}
}
