package budget_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/pricing/budget"
)

const head = "day,budget,gbp,known,source\n"

func read(t testing.TB, lines string) budget.History {
	t.Helper()
	h, err := budget.Read(strings.NewReader(head + lines))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func text(t testing.TB, h budget.History) string {
	t.Helper()
	var b strings.Builder
	if err := h.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestHistoryIsSortedAndStable(t *testing.T) {
	h := read(t, `2026-04-02,prod,,false,prometheus
2026-04-01,prod,12.50,true,prometheus
2026-04-01,"a, b",0,true,"said ""so"""
2026-04-03,prod,4.25,false,prometheus
`)
	want := head + `2026-04-01,"a, b",0,true,"said ""so"""
2026-04-01,prod,12.5,true,prometheus
2026-04-02,prod,,false,prometheus
2026-04-03,prod,4.25,false,prometheus
`
	if diff := cmp.Diff(want, text(t, h)); diff != "" {
		t.Error(diff)
	}
	if got := fmt.Sprint(h.Days("prod")); got != "[{2026-04-01 £12.50} {2026-04-02 unknown} {2026-04-03 £4.25 + unknown}]" {
		t.Error(got)
	}
	if got := h.Days("pro"); got != nil {
		t.Error(got)
	}
	if got := text(t, h.Since("2026-04-02")); strings.Contains(got, "2026-04-01") || !strings.Contains(got, "2026-04-02") {
		t.Error(got)
	}
	if got := text(t, budget.History{}); got != head {
		t.Errorf("%q", got)
	}
}

func TestMergeNeverLosesAKnownCost(t *testing.T) {
	for name, c := range map[string]struct{ older, newer, want string }{
		"known replaces known":       {"1", "2", "2"},
		"known replaces unknown":     {"?", "2", "2"},
		"unknown keeps known":        {"1", "?", "1"},
		"a part keeps known":         {"1", "5?", "1"},
		"unknown replaces unknown":   {"5?", "6?", "6?"},
		"a known £0 replaces, too":   {"1", "0", "0"},
		"a new day is added":         {"-", "2", "2"},
		"an old day stays":           {"1", "-", "1"},
		"more figures than are kept": {"-", "0.12345678901234567890", "0.123457"},
	} {
		older, newer := records(days("2026-04-01", c.older)), records(days("2026-04-01", c.newer))
		h, err := budget.History{}.Merge(older)
		if err != nil {
			t.Fatal(err)
		}
		before := text(t, h)
		merged, err := h.Merge(newer)
		if err != nil {
			t.Fatal(err)
		}
		got, want := merged.Days("prod"), days("2026-04-01", c.want)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
		if text(t, h) != before {
			t.Errorf("%s: the history that was merged into has changed", name)
		}
	}
}

func records(series []budget.Day) []budget.Record {
	var out []budget.Record
	for _, d := range series {
		out = append(out, budget.Record{Day: d.Day, Budget: "prod", Cost: d.Cost, Source: "prometheus"})
	}
	return out
}

func TestMergeRefusesWhatReadWould(t *testing.T) {
	for name, c := range map[string]struct {
		record budget.Record
		want   string
	}{
		"no day":          {budget.Record{Budget: "b", Source: "s"}, "is not a day"},
		"no budget":       {budget.Record{Day: "2026-04-01", Source: "s"}, "budget: "},
		"a name of lines": {budget.Record{Day: "2026-04-01", Budget: "a\nb", Source: "s"}, "printable"},
		"no source":       {budget.Record{Day: "2026-04-01", Budget: "b"}, "source: "},
		"negative":        {budget.Record{Day: "2026-04-01", Budget: "b", Source: "s", Cost: pricing.Known(pounds("-0.01"))}, "at least 0"},
	} {
		if _, err := (budget.History{}).Merge([]budget.Record{c.record}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	twice := records(append(steady("2026-04-01", 1), steady("2026-04-01", 1)...))
	if _, err := (budget.History{}).Merge(twice); err == nil || !strings.Contains(err.Error(), `2026-04-01 of budget "prod" stands there twice`) {
		t.Error(err)
	}
}

func TestReadRefuses(t *testing.T) {
	for name, c := range map[string]struct{ file, want string }{
		"nothing":                 {"", "it is empty"},
		"another header":          {"day,budget,gbp\n", "line 1: it must be day,budget,gbp,known,source"},
		"too few fields":          {head + "2026-04-01,b,1\n", "line 2"},
		"no day":                  {head + "2026-04-31,b,1,true,s\n", `line 2: day: "2026-04-31" is not a day`},
		"no name":                 {head + "2026-04-01,,1,true,s\n", "line 2: budget: "},
		"a long name":             {head + "2026-04-01," + strings.Repeat("b", 201) + ",1,true,s\n", "1 to 200 printable characters"},
		"an escape":               {head + "2026-04-01,b,1,true,\x1b[2J\n", "line 2: source: "},
		"a sign":                  {head + "2026-04-01,b,-1,true,s\n", "line 2: gbp: "},
		"an exponent":             {head + "2026-04-01,b,1e9,true,s\n", "line 2: gbp: "},
		"too large a figure":      {head + "2026-04-01,b,1000000000001,true,s\n", "a trillion pounds"},
		"an unknown cost as zero": {head + "2026-04-01,b,0,false,s\n", "an unknown cost is empty"},
		"a known cost as nothing": {head + "2026-04-01,b,,true,s\n", "a known cost of nothing is 0"},
		"neither true nor false":  {head + "2026-04-01,b,1,yes,s\n", "must be true or false"},
		"a day twice":             {head + "2026-04-01,b,1,true,s\n2026-04-01,b,1,true,s\n", `2026-04-01 of budget "b" stands there twice`},
		"a quote that never ends": {head + "2026-04-01,\"b,1,true,s\n", "budget history: "},
		"a file without an end":   {head + strings.Repeat("b", 33<<20), "more than 32 MiB"},
		"one record too many":     {head + strings.Repeat("2026-04-01,b,1,true,s\n", 500_001), "more than 500000 records"},
	} {
		if _, err := budget.Read(strings.NewReader(c.file)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestWriteSaysThatItFailed(t *testing.T) {
	if err := (budget.History{}).Write(full{}); err == nil || err.Error() != "write the budget history: no space left" {
		t.Error(err)
	}
}

// In whatever order records come, and however often the same ones, the file is
// the same to the byte, and reads back as what was written.
func TestMergingAgainChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := drawRecords(t)
		h, err := budget.History{}.Merge(all)
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		if err := h.Write(&b); err != nil {
			t.Fatal(err)
		}
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "order"), 0))
		rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		again, err := budget.Read(strings.NewReader(b.String()))
		if err != nil {
			t.Fatalf("%v\n%s", err, b.String())
		}
		half := len(all) / 2
		for _, part := range [][]budget.Record{all[half:], all[:half]} {
			if again, err = again.Merge(part); err != nil {
				t.Fatal(err)
			}
		}
		var b2 strings.Builder
		if err := again.Write(&b2); err != nil || b2.String() != b.String() {
			t.Fatalf("%v\n%s\nwant\n%s", err, b2.String(), b.String())
		}
	})
}

func drawRecords(t *rapid.T) []budget.Record {
	var out []budget.Record
	for _, name := range []string{"prod", "a, \"b\"", "équipe"} {
		for _, d := range drawSeries(t) {
			out = append(out, budget.Record{Day: d.Day, Budget: name, Cost: d.Cost, Source: "prometheus"})
		}
	}
	return out
}

func FuzzRead(f *testing.F) {
	f.Add(head + "2026-04-01,prod,12.5,true,prometheus\n2026-04-02,prod,,false,prometheus\n")
	f.Add(head + "2026-04-01,\"a, \"\"b\"\"\",0,true,s\n2026-04-01,b,0.0000001,false,s\r\n")
	f.Add(head + "2026-04-01,b,1e9,true,s\n")
	f.Add("\xef\xbb\xbf" + head)
	f.Fuzz(func(t *testing.T, file string) {
		h, err := budget.Read(strings.NewReader(file))
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\x1b") {
				t.Errorf("%q is not one plain line", err)
			}
			return
		}
		written := text(t, h)
		again, err := budget.Read(strings.NewReader(written))
		if err != nil {
			t.Fatalf("%v\n%s", err, written)
		}
		if got := text(t, again); got != written {
			t.Errorf("%s\nwas read as\n%s", written, got)
		}
		plan := budget.Budget{Name: "prod", Amount: pounds("1")}
		if _, err := budget.Assess(plan, h.Days("prod"), "2026-04-20", budget.FromApril); err != nil {
			t.Errorf("what was read is not a series: %v", err)
		}
	})
}
