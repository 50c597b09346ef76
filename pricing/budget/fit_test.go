package budget_test

import (
	"strings"
	"testing"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/pricing/budget"
)

// weekly is n days from Monday 2 March 2026 on: working days at £100, weekends
// at £30.
func weekly(n int) []budget.Day {
	var costs []string
	for i := range n {
		costs = append(costs, []string{"100", "100", "100", "100", "100", "30", "30"}[i%7])
	}
	return days("2026-03-02", costs...)
}

func TestForecast(t *testing.T) {
	step := append(days("2026-03-01", strings.Fields(strings.Repeat("10 ", 20))...), days("2026-03-21", strings.Fields(strings.Repeat("30 ", 21))...)...)
	for name, c := range map[string]struct {
		series   []budget.Day
		today    collector.Day
		expected string // of the month
		filled   int
		reason   string
	}{
		"steady costs go on":                              {steady("2026-04-01", 10), "2026-04-11", "£300.00", 0, ""},
		"the days before the year are fitted too":         {steady("2026-03-18", 14), "2026-04-01", "£300.00", 0, ""},
		"missing days get the level":                      {days("2026-04-01", "10", "-", "10", "10", "10", "10", "10", "10", "?", "10"), "2026-04-11", "£300.00", 2, ""},
		"a missing day at the end, too":                   {steady("2026-04-01", 9), "2026-04-11", "£300.00", 1, ""},
		"a known part is topped up to the level":          {days("2026-04-01", "10", "4?", "10", "10", "10", "10", "10", "10", "10", "10"), "2026-04-11", "£300.00", 1, ""},
		"a known part over the level stays":               {days("2026-04-01", "10", "14?", "10", "10", "10", "10", "10", "10", "10", "10"), "2026-04-11", "£304.00", 1, ""},
		"six days are too few":                            {steady("2026-04-01", 6), "2026-04-07", "unknown", 0, "a forecast needs 7 known days among the last 14; there are 6"},
		"unknown days don't help":                         {days("2026-04-01", "1", "1", "1", "1", "1", "1", "1?", "?"), "2026-04-09", "unknown", 0, "a forecast needs 7 known days among the last 14; there are 6"},
		"nor do days of long ago":                         {steady("2026-02-01", 50), "2026-04-05", "unknown", 0, "a forecast needs 7 known days among the last 14; there are 1"},
		"no days":                                         {nil, "2026-04-05", "unknown", 0, "a forecast needs 7 known days among the last 14; there are 0"},
		"a step three weeks ago is the new level, £29.99": {step, "2026-04-11", "£899.78", 0, ""},
		// By Sunday 12 April £920 are spent; the 18 days to 30 April are 14 working
		// days and 4 of the weekend: 920 + 1400 + 120.
		"weekends cost less after three of them": {weekly(42), "2026-04-13", "£2,440.00", 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			a := assess(t, "100000", c.series, c.today)
			f := a.Month.Forecast
			if f.Expected.String() != c.expected || f.Filled != c.filled || f.Reason != c.reason || (a.Basis != nil) != (c.reason == "") {
				t.Errorf("%+v, want %s with %d filled, reason %q", f, c.expected, c.filled, c.reason)
			}
		})
	}
}

func TestWeekdaysNeedThreeOfEach(t *testing.T) {
	for name, c := range map[string]struct {
		series []budget.Day
		today  collector.Day
		want   bool
	}{
		"three weeks":                    {weekly(21), "2026-03-23", true},
		"20 days hold two Sundays":       {weekly(20), "2026-03-22", false},
		"no effect, no offsets":          {steady("2026-03-02", 42), "2026-04-13", false},
		"all but one Sunday are unknown": {unknownSundays(weekly(42)), "2026-04-13", false},
	} {
		if a := assess(t, "1000", c.series, c.today); a.Basis == nil || a.Basis.Weekday != c.want {
			t.Errorf("%s: %+v, want weekdays %v", name, a.Basis, c.want)
		}
	}
}

func TestEightWeeksAreFitted(t *testing.T) {
	if a := assess(t, "1000", steady("2026-01-01", 100), "2026-04-11"); a.Basis == nil || a.Basis.Days != 56 {
		t.Errorf("%+v", a.Basis)
	}
}

func unknownSundays(series []budget.Day) []budget.Day {
	for i := 13; i < len(series); i += 7 {
		series[i].Cost = pricing.Amount{}
	}
	return series
}

// More days ahead are less certain than their number: the interval of a year is
// wider than that of a month by far more than the root of twelve.
func TestTheIntervalGrowsWithTheHorizon(t *testing.T) {
	a := assess(t, "100000", days("2026-03-01", strings.Fields(strings.Repeat("8 12 11 9 ", 8))...), "2026-04-02")
	width := func(f budget.Forecast) float64 { return f.High.Minus(f.Expected).Money.InexactFloat64() }
	month, year := width(a.Month.Forecast), width(a.Year.Forecast)
	// 29 and 364 days: √(Σ(1+0.4j)²) is 39.9 and 1623.
	if got := year / month; got < 40 || got > 41.5 {
		t.Errorf("%.1f times as wide", got)
	}
}

// Filled days are as uncertain as those to come.
func TestFilledDaysWidenTheInterval(t *testing.T) {
	noisy := strings.Fields(strings.Repeat("8 12 11 9 ", 5))
	whole := assess(t, "100000", days("2026-04-01", noisy...), "2026-04-21").Month.Forecast
	noisy[6], noisy[7] = "-", "?"
	gaps := assess(t, "100000", days("2026-04-01", noisy...), "2026-04-21").Month.Forecast
	if w, g := whole.High.Minus(whole.Low), gaps.High.Minus(gaps.Low); !g.Money.GreaterThan(w.Money.Decimal) {
		t.Errorf("%s with two days filled, %s without", g, w)
	}
}
