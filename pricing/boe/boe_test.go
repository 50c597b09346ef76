package boe_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/pricing/boe"
	"github.com/tuppence-dev/tuppence/pricing/pricingtest"
)

// easter is the Bank's form with days around Easter 2026 (Good Friday was 3
// April). The figures are made up.
const easter = `DATE,XUDLERS,XUDLUSS
02 Apr 2026,1.1512,1.3201
07 Apr 2026,1.1498,1.3275
08 Apr 2026,..,1.3280
09 Apr 2026,1.1500,
`

func read(t testing.TB, table string) *boe.Rates {
	t.Helper()
	r, err := boe.Read(strings.NewReader(table))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func on(month time.Month, day int) time.Time {
	return time.Date(2026, month, day, 15, 0, 0, 0, time.UTC)
}

func TestTheBanksRatesKeepTheRules(t *testing.T) {
	var known []pricingtest.Ask
	for at := on(time.April, 2); !at.After(on(time.May, 8)); at = at.AddDate(0, 0, 1) {
		known = append(known, pricingtest.Ask{Currency: "USD", Time: at}, pricingtest.Ask{Currency: "EUR", Time: at})
	}
	pricingtest.FX(t, read(t, easter), known, []pricingtest.Ask{
		{Currency: "USD", Time: on(time.April, 1)}, {Currency: "USD", Time: on(time.May, 10)},
		{Currency: "JPY", Time: on(time.April, 2)}, {Currency: "", Time: on(time.April, 2)}})
}

func TestRate(t *testing.T) {
	for _, c := range []struct {
		name, currency string
		at             time.Time
		rate, period   string
		warning        string
	}{
		{"the day's own", "USD", on(time.April, 7), "1.3275", "2026-04-07", ""},
		{"Easter Monday has Thursday's, without a word", "USD", on(time.April, 6), "1.3201", "2026-04-02", ""},
		{"a figure of two points is none", "EUR", on(time.April, 8), "1.1498", "2026-04-07", ""},
		{"an empty figure is none", "USD", on(time.April, 9), "1.328", "2026-04-08", ""},
		{"four days back is a long weekend", "USD", on(time.April, 12), "1.328", "2026-04-08", ""},
		{"five days back is said", "USD", on(time.April, 13), "1.328", "2026-04-08",
			"the Bank of England's USD rate for 2026-04-13 is not in the table; used 2026-04-08, 5 days before"},
		{"a month back is the last", "USD", on(time.May, 9), "1.328", "2026-04-08",
			"the Bank of England's USD rate for 2026-05-09 is not in the table; used 2026-04-08, 31 days before"},
		{"the day is UTC's", "USD", time.Date(2026, 4, 8, 0, 30, 0, 0, time.FixedZone("BST", 3600)), "1.3275", "2026-04-07", ""},
	} {
		r, err := read(t, easter).Rate(c.currency, c.at)
		if err != nil || r.PerGBP.String() != c.rate || r.Period != c.period || r.Warning != c.warning {
			t.Errorf("%s: %+v, %v", c.name, r, err)
		}
	}
	r, err := read(t, easter).Rate("USD", on(time.April, 7))
	if err != nil || r.Source != "Bank of England XUDLUSS (not an official rate)" {
		t.Errorf("source %q, %v", r.Source, err)
	}
}

func TestUnknownRatesSayWhy(t *testing.T) {
	for name, c := range map[string]struct {
		currency string
		at       time.Time
		want     string
	}{
		"32 days after the last":   {"USD", on(time.May, 10), "no exchange rate of USD for 2026-05-10: the last rate of the Bank of England's in the table is of 2026-04-08, 32 days before: fetch newer ones"},
		"the day before the first": {"EUR", on(time.April, 1), "no exchange rate of EUR for 2026-04-01: the first day in the table of the Bank of England's rates is 2026-04-02"},
		"another currency":         {"JPY", on(time.April, 2), "no exchange rate of JPY for 2026-04-02: the table of the Bank of England's rates does not have the currency"},
	} {
		_, err := read(t, easter).Rate(c.currency, c.at)
		if _, ok := errors.AsType[*pricing.UnknownRate](err); !ok || err.Error() != c.want {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestTheOrderOfLinesAndColumnsDoesNotMatter(t *testing.T) {
	mixed := "Date,XUDLUSS,XUDLERS\n09 Apr 2026,,1.1500\n08 Apr 2026,1.3280,..\n02 Apr 2026,1.3201,1.1512\n07 Apr 2026, 1.3275,1.1498\n"
	for _, table := range []string{easter, mixed} {
		var b bytes.Buffer
		want := strings.Replace(easter, "1.1500,\n", "1.1500,..\n", 1)
		if err := read(t, table).Write(&b); err != nil || b.String() != want {
			t.Errorf("%v; written:\n%s", err, b.String())
		}
	}
	one := "DATE,XUDLUSS\n02 Apr 2026,1.3201\n"
	var b bytes.Buffer
	if err := read(t, one).Write(&b); err != nil || b.String() != one {
		t.Errorf("%v; written:\n%s", err, b.String())
	}
}

// TestAShuffledTableIsTheSameTable holds the order of lines against any table.
func TestAShuffledTableIsTheSameTable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var lines []string
		for i := range rapid.IntRange(1, 40).Draw(t, "days") {
			figure := fmt.Sprintf("1.%04d", rapid.IntRange(1500, 3500).Draw(t, "rate"))
			lines = append(lines, on(time.April, 1).AddDate(0, 0, i).Format("02 Jan 2006")+","+figure+"\n")
		}
		var sorted, shuffled bytes.Buffer
		for w, l := range map[*bytes.Buffer][]string{&sorted: lines, &shuffled: rapid.Permutation(lines).Draw(t, "lines")} {
			r, err := boe.Read(strings.NewReader("DATE,XUDLUSS\n" + strings.Join(l, "")))
			if err != nil {
				t.Fatal(err)
			}
			if err := r.Write(w); err != nil {
				t.Fatal(err)
			}
		}
		if want := "DATE,XUDLUSS\n" + strings.Join(lines, ""); sorted.String() != want || shuffled.String() != want {
			t.Errorf("in order:\n%s\nshuffled:\n%s", sorted.String(), shuffled.String())
		}
	})
}

func TestReadRefuses(t *testing.T) {
	dollars := func(lines string) string { return "DATE,XUDLUSS\n" + lines }
	for name, c := range map[string]struct{ table, want string }{
		"nothing":                   {"", "the first line is not DATE,XUDLUSS or the like"},
		"a web page":                {"<!DOCTYPE html>\n<html lang=\"en\">", "the Bank answers with a web page where it does not know"},
		"no series":                 {"DATE\n02 Jan 2026\n", "the first line is not DATE,XUDLUSS"},
		"another series":            {"DATE,IUDBEDR\n02 Jan 2026,3.75\n", `series "IUDBEDR" is none of XUDLERS,XUDLUSS`},
		"a series twice":            {"DATE,XUDLUSS,XUDLUSS\n", "series XUDLUSS is there twice"},
		"no lines":                  {dollars(""), "the table has no rates"},
		"no figures":                {dollars("02 Jan 2026,..\n"), "the table has no rates"},
		"a rate of zero":            {dollars("02 Jan 2026,0\n"), "line 2: USD"},
		"a negative rate":           {dollars("02 Jan 2026,-1.3\n"), "line 2: USD"},
		"an exponent":               {dollars("02 Jan 2026,1e99999\n"), "line 2: USD"},
		"a date of another form":    {dollars("2026-01-02,1.3\n"), "line 2: date"},
		"a day that is not":         {dollars("31 Feb 2026,1.3\n"), "line 2: date"},
		"a line too short":          {dollars("02 Jan 2026\n"), "wrong number of fields"},
		"a day twice":               {dollars("02 Jan 2026,1.3\n02 Jan 2026,1.3\n"), "02 Jan 2026 is there twice"},
		"a misplaced point":         {dollars("02 Jan 2026,1.3\n05 Jan 2026,13.1\n"), "1.3 on 02 Jan 2026 and 13.1 on 05 Jan 2026 differ by more than a quarter"},
		"a fall of more than that":  {dollars("05 Jan 2026,1.0\n02 Jan 2026,1.3\n"), "differ by more than a quarter"},
		"a table that does not end": {dollars(strings.Repeat("02 Jan 2026,..\n", 300_000)), "more than 4 MiB"},
	} {
		_, err := boe.Read(strings.NewReader(c.table))
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "the Bank of England's rates: ") {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
	apart := dollars("02 Jan 2006,1.9\n02 Jan 2009,1.4\n")
	if _, err := boe.Read(strings.NewReader(apart)); err != nil {
		t.Errorf("years apart a rate may be another: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(easter)
	f.Add("DATE,XUDLUSS\n02 Jan 2026,1.3\n05 Jan 2026,..\n")
	f.Add("date,XUDLERS\n\"02 Jan 2026\",\" 1.2\"\n")
	f.Fuzz(func(t *testing.T, table string) {
		r, err := boe.Read(strings.NewReader(table))
		if err != nil {
			return
		}
		for _, currency := range []string{"USD", "EUR"} {
			if rate, err := r.Rate(currency, on(time.April, 9)); err == nil && !rate.PerGBP.IsPositive() {
				t.Errorf("a rate of %s was taken", rate.PerGBP)
			}
		}
		var first, second bytes.Buffer
		if err := r.Write(&first); err != nil {
			t.Fatal(err)
		}
		again, err := boe.Read(bytes.NewReader(first.Bytes()))
		if err != nil {
			t.Fatalf("what was written is refused: %v\n%s", err, first.Bytes())
		}
		if err := again.Write(&second); err != nil || first.String() != second.String() {
			t.Errorf("%v; written twice:\n%s\nand\n%s", err, first.Bytes(), second.Bytes())
		}
	})
}

// BenchmarkRead reads fifty years of dollars.
func BenchmarkRead(b *testing.B) {
	var table strings.Builder
	table.WriteString("DATE,XUDLUSS\n")
	for i := range 50 * 260 {
		fmt.Fprintf(&table, "%s,1.%04d\n", on(time.April, 1).AddDate(0, 0, -i).Format("02 Jan 2006"), 3000+i%100)
	}
	b.SetBytes(int64(table.Len()))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := boe.Read(strings.NewReader(table.String())); err != nil {
			b.Fatal(err)
		}
	}
}
