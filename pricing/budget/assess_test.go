package budget_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/pricing/budget"
)

var update = flag.Bool("update", false, "write the golden files again")

func pounds(s string) pricing.Money { return pricing.Pounds(decimal.RequireFromString(s)) }

// after is the day n days after d.
func after(d collector.Day, n int) collector.Day {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		panic(err)
	}
	return collector.DayOf(t.AddDate(0, 0, n))
}

// days are consecutive days from first on: a figure, "?" for an unknown cost,
// "5?" for one of which £5 is known, "-" for a day without a record.
func days(first collector.Day, costs ...string) []budget.Day {
	var out []budget.Day
	for i, c := range costs {
		if c == "-" {
			continue
		}
		figure, unknown := strings.CutSuffix(c, "?")
		d := budget.Day{Day: after(first, i), Cost: pricing.Amount{Known: !unknown}}
		if figure != "" {
			d.Cost.Money = pounds(figure)
		}
		out = append(out, d)
	}
	return out
}

// steady is n days of £10 each.
func steady(first collector.Day, n int) []budget.Day {
	return days(first, strings.Fields(strings.Repeat("10 ", n))...)
}

func assess(t *testing.T, amount string, series []budget.Day, today collector.Day) budget.Assessment {
	t.Helper()
	a, err := budget.Assess(budget.Budget{Name: "prod", Amount: pounds(amount)}, series, today, budget.FromApril)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// The figures are those of the package comment.
func TestWorkedExample(t *testing.T) {
	a := assess(t, "30000", days("2026-04-01", "100", "110", "90", "100", "100", "110", "93"), "2026-04-08")
	f := a.Month.Forecast
	if got := fmt.Sprintf("%s, then %s (%s to %s)", a.Month.ToDate, f.Expected, f.Low, f.High); got != "£703.00, then £3,003.00 (£2,614.39 to £3,391.61)" {
		t.Error(got)
	}
	if a.Exceeded.On != "2027-01-25" || a.Exceeded.Happened || a.Status != budget.Likely {
		t.Errorf("%+v, %s", a.Exceeded, a.Status)
	}
	if a.Basis == nil || a.Basis.PerDay.String() != "£100.00" || a.Basis.Days != 7 || a.Basis.Weekday {
		t.Errorf("%+v", a.Basis)
	}
}

func TestGoldenAssessment(t *testing.T) {
	series := append(steady("2026-03-01", 40), days("2026-04-10", "12.345", "?", "-", "4?", "11", "9.5", "10")...)
	b, err := json.MarshalIndent(assess(t, "3650", series, "2026-04-17"), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	const file = "testdata/assessment.json"
	got := string(b) + "\n"
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-update to accept):\n%s", file, diff)
	}
}

func TestToDateSaysWhatItLeavesOut(t *testing.T) {
	for name, c := range map[string]struct {
		series      []budget.Day
		today       collector.Day
		month, year string
		missing     string // of the year: days, first, last
		later       int
	}{
		"all days known":                            {steady("2026-04-01", 40), "2026-05-11", "£100.00", "£400.00", "0  ", 0},
		"nothing is over on the first day":          {nil, "2026-04-01", "£0.00", "£0.00", "0  ", 0},
		"no record at all is unknown":               {nil, "2026-04-03", "unknown", "unknown", "2 2026-04-01 2026-04-02", 0},
		"a day without a record is not £0":          {days("2026-04-01", "10", "-", "10"), "2026-04-04", "£20.00 + unknown", "£20.00 + unknown", "1 2026-04-02 2026-04-02", 0},
		"an unknown day is not £0":                  {days("2026-04-01", "10", "?", "?"), "2026-04-04", "£10.00 + unknown", "£10.00 + unknown", "2 2026-04-02 2026-04-03", 0},
		"the known part of an unknown day counts":   {days("2026-04-01", "10", "4?"), "2026-04-03", "£14.00 + unknown", "£14.00 + unknown", "1 2026-04-02 2026-04-02", 0},
		"a known £0 is known":                       {days("2026-04-01", "0", "0"), "2026-04-03", "£0.00", "£0.00", "0  ", 0},
		"records that start late leave days out":    {steady("2026-04-03", 2), "2026-04-05", "£20.00 + unknown", "£20.00 + unknown", "2 2026-04-01 2026-04-02", 0},
		"the year before does not count":            {steady("2026-03-01", 33), "2026-04-03", "£20.00", "£20.00", "0  ", 0},
		"nor do today and later, and that is said":  {steady("2026-04-01", 10), "2026-04-03", "£20.00", "£20.00", "0  ", 8},
		"all records are later":                     {steady("2026-05-01", 9), "2026-04-02", "unknown", "unknown", "1 2026-04-01 2026-04-01", 9},
		"a series longer than the year":             {steady("2025-01-01", 900), "2027-03-31", "£300.00", "£3,640.00", "0  ", 81},
		"29 February is a day of the year":          {steady("2027-04-01", 366), "2028-03-31", "£300.00", "£3,650.00", "0  ", 1},
		"clocks that go back add no day to October": {steady("2026-04-01", 214), "2026-10-31", "£300.00", "£2,130.00", "0  ", 1},
	} {
		t.Run(name, func(t *testing.T) {
			a := assess(t, "1000", c.series, c.today)
			if a.Month.ToDate.String() != c.month || a.Year.ToDate.String() != c.year {
				t.Errorf("month %s, year %s; want %s and %s", a.Month.ToDate, a.Year.ToDate, c.month, c.year)
			}
			m := a.Year.Missing
			if got := fmt.Sprint(m.Days, " ", m.First, " ", m.Last); got != c.missing || a.Later != c.later {
				t.Errorf("missing %q, later %d; want %q and %d", got, a.Later, c.missing, c.later)
			}
			if a.Year.ToDate.Known != (m.Days == 0) {
				t.Errorf("known %v with %d days missing", a.Year.ToDate.Known, m.Days)
			}
		})
	}
}

func TestTheMonthIsTheCalendars(t *testing.T) {
	y := budget.Year{StartMonth: time.April, StartDay: 6}
	a, err := budget.Assess(budget.Budget{Name: "b", Amount: pounds("9")}, steady("2026-04-01", 7), "2026-04-08", y)
	if err != nil || a.Month.ToDate.String() != "£70.00" || a.Year.ToDate.String() != "£20.00" {
		t.Errorf("%s and %s, %v", a.Month.ToDate, a.Year.ToDate, err)
	}
}

func TestWhenTheBudgetIsPassed(t *testing.T) {
	noisy := days("2026-04-01", strings.Fields(strings.Repeat("8 12 10 ", 7))...) // £210 by 22 April
	for name, c := range map[string]struct {
		amount               string
		series               []budget.Day
		today                collector.Day
		on, earliest, latest collector.Day
		happened             bool
		status               budget.Status
	}{
		"passed already: the day it happened":          {"55", steady("2026-04-01", 10), "2026-04-11", "2026-04-06", "2026-04-06", "2026-04-06", true, budget.Over},
		"spent to the penny is not passed":             {"100", steady("2026-04-01", 10), "2026-04-11", "2026-04-11", "2026-04-11", "2026-04-11", false, budget.Likely},
		"steady costs leave no doubt":                  {"1004.99", steady("2026-04-01", 10), "2026-04-11", "2026-07-10", "2026-07-10", "2026-07-10", false, budget.Likely},
		"the year's last day":                          {"3649.99", steady("2026-04-01", 10), "2026-04-11", "2027-03-31", "2027-03-31", "2027-03-31", false, budget.Likely},
		"never within the year":                        {"3650", steady("2026-04-01", 10), "2026-04-11", "", "", "", false, budget.Within},
		"noise spreads the day":                        {"500", noisy, "2026-04-22", "2026-05-20", "2026-05-13", "2026-06-14", false, budget.Likely},
		"only the high end passes":                     {"4000", noisy, "2026-04-22", "", "2026-11-07", "", false, budget.Possible},
		"no forecast, not passed":                      {"55", steady("2026-04-01", 5), "2026-04-06", "", "", "", false, budget.Unknown},
		"no forecast, passed":                          {"45", steady("2026-04-01", 5), "2026-04-06", "2026-04-05", "2026-04-05", "2026-04-05", true, budget.Over},
		"known costs pass it, though days are missing": {"95", days("2026-04-01", "10", "-", "10", "10", "10", "10", "10", "10", "10", "10", "10"), "2026-04-12", "2026-04-10", "2026-04-10", "2026-04-10", true, budget.Over},
		"filled days pass it":                          {"105", days("2026-04-01", "10", "-", "10", "10", "10", "10", "10", "10", "10", "10", "10"), "2026-04-12", "2026-04-11", "2026-04-11", "2026-04-11", false, budget.Likely},
	} {
		t.Run(name, func(t *testing.T) {
			a := assess(t, c.amount, c.series, c.today)
			want := budget.Crossing{On: c.on, Earliest: c.earliest, Latest: c.latest, Happened: c.happened}
			if a.Exceeded != want || a.Status != c.status {
				t.Errorf("%+v, %s; want %+v, %s", a.Exceeded, a.Status, want, c.status)
			}
		})
	}
}

func TestAssessRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		amount string
		series []budget.Day
		today  collector.Day
		year   budget.Year
		want   string
	}{
		"a budget of nothing":       {"0", nil, "2026-04-01", budget.FromApril, `budget "prod": its amount must be greater than zero`},
		"a negative budget":         {"-1", nil, "2026-04-01", budget.FromApril, "its amount must be greater than zero"},
		"a day twice":               {"1", append(steady("2026-04-01", 2), steady("2026-04-02", 1)...), "2026-04-05", budget.FromApril, "2026-04-02 stands twice"},
		"a day that is none":        {"1", []budget.Day{{Day: "2026-02-30"}}, "2026-04-01", budget.FromApril, `"2026-02-30" is not a day`},
		"a negative cost":           {"1", days("2026-04-01", "-1"), "2026-04-05", budget.FromApril, "the cost of 2026-04-01 is negative"},
		"a cost beyond all budgets": {"1", days("2026-04-01", "1000000000001"), "2026-04-05", budget.FromApril, "more than a trillion pounds"},
		"a today that is none":      {"1", nil, "today", budget.FromApril, `today: "today" is not a day`},
		"a year from 29 February":   {"1", nil, "2026-04-01", budget.Year{StartMonth: time.February, StartDay: 29}, "day 29 of month 2"},
	} {
		_, err := budget.Assess(budget.Budget{Name: "prod", Amount: pounds(c.amount)}, c.series, c.today, c.year)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}
