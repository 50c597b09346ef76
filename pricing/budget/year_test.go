package budget_test

import (
	"strings"
	"testing"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing/budget"
)

func TestTheYearOfADay(t *testing.T) {
	for name, c := range map[string]struct {
		year        budget.Year
		day         collector.Day
		first, last collector.Day
	}{
		"the first day is in":                      {budget.FromApril, "2026-04-01", "2026-04-01", "2027-03-31"},
		"the day before is in the year before":     {budget.FromApril, "2026-03-31", "2025-04-01", "2026-03-31"},
		"New Year does not begin a financial year": {budget.FromApril, "2027-01-01", "2026-04-01", "2027-03-31"},
		"29 February is in the year that holds it": {budget.FromApril, "2028-02-29", "2027-04-01", "2028-03-31"},
		"a year from 1 March ends on 29 February":  {budget.Year{StartMonth: time.March, StartDay: 1}, "2027-06-01", "2027-03-01", "2028-02-29"},
		"or on 28":                                    {budget.Year{StartMonth: time.March, StartDay: 1}, "2026-06-01", "2026-03-01", "2027-02-28"},
		"a calendar year":                             {budget.Year{StartMonth: time.January, StartDay: 1}, "2026-12-31", "2026-01-01", "2026-12-31"},
		"the year of income tax":                      {budget.Year{StartMonth: time.April, StartDay: 6}, "2026-04-05", "2025-04-06", "2026-04-05"},
		"a year may start on 31 December":             {budget.Year{StartMonth: time.December, StartDay: 31}, "2026-12-31", "2026-12-31", "2027-12-30"},
		"the day on which London's clocks go forward": {budget.FromApril, "2027-03-28", "2026-04-01", "2027-03-31"},
	} {
		if first, last, err := c.year.Of(c.day); err != nil || first != c.first || last != c.last {
			t.Errorf("%s: %s to %s, %v; want %s to %s", name, first, last, err, c.first, c.last)
		}
	}
}

func TestAYearStartsOnADateOfEveryYear(t *testing.T) {
	for _, y := range []budget.Year{
		{}, {StartMonth: time.February, StartDay: 29}, {StartMonth: time.April, StartDay: 31}, {StartMonth: time.April},
		{StartMonth: time.April, StartDay: -1}, {StartMonth: 13, StartDay: 1}, {StartMonth: 0, StartDay: 1},
	} {
		_, _, err := y.Of("2026-04-01")
		if err == nil || !strings.Contains(err.Error(), "give a date that every year has, such as 1 April") {
			t.Errorf("%+v: %v", y, err)
		}
	}
	if err := budget.FromApril.Valid(); err != nil {
		t.Error(err)
	}
}

func TestADayIsWrittenOutInFull(t *testing.T) {
	for _, d := range []collector.Day{"", "2026-4-1", "2026-02-29", "1999-12-31", "2200-01-01", "2026-04-01T00:00:00Z", "tomorrow"} {
		if _, _, err := budget.FromApril.Of(d); err == nil {
			t.Errorf("%q was taken", d)
		}
	}
}
