package budget

import (
	"fmt"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
)

// Year says on which date a financial year starts.
type Year struct {
	StartMonth time.Month
	StartDay   int
}

// FromApril is the usual financial year in the United Kingdom, from 1 April to
// 31 March.
var FromApril = Year{time.April, 1}

// Valid returns an error for a start that is not a date of every year, such as
// 29 February.
func (y Year) Valid() error {
	// 2001 is not a leap year.
	d := time.Date(2001, y.StartMonth, y.StartDay, 0, 0, 0, 0, time.UTC)
	if y.StartMonth < time.January || y.StartMonth > time.December || d.Month() != y.StartMonth || d.Day() != y.StartDay {
		return fmt.Errorf("a financial year can't start on day %d of month %d: give a date that every year has, such as 1 April", y.StartDay, int(y.StartMonth))
	}
	return nil
}

// Of returns the first and the last day of the financial year that d falls in.
// Its errors are those of Valid, and a d that is not a day.
func (y Year) Of(d collector.Day) (first, last collector.Day, err error) {
	if err := y.Valid(); err != nil {
		return "", "", err
	}
	on, err := parse(d)
	if err != nil {
		return "", "", err
	}
	s := y.of(on)
	return s.first.day(), s.last.day(), nil
}

// of is Of where y and d are valid.
func (y Year) of(d date) span {
	year := d.time().Year()
	if d < dateOf(year, y.StartMonth, y.StartDay) {
		year--
	}
	return span{dateOf(year, y.StartMonth, y.StartDay), dateOf(year+1, y.StartMonth, y.StartDay) - 1}
}

// span is a range of dates, both ends included.
type span struct{ first, last date }

// monthOf is the calendar month that d falls in, on whatever day the financial
// year starts.
func monthOf(d date) span {
	year, month, _ := d.time().Date()
	return span{dateOf(year, month, 1), dateOf(year, month+1, 1) - 1}
}

// date is a UTC day, counted from 1 January 1970.
type date int

const secondsPerDay = 24 * 60 * 60

func dateOf(year int, month time.Month, day int) date {
	return date(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / secondsPerDay)
}

func (d date) time() time.Time { return time.Unix(int64(d)*secondsPerDay, 0).UTC() }

func (d date) day() collector.Day { return collector.DayOf(d.time()) }

// parse reads a day between 2000 and 2199: others are slips of the pen.
func parse(d collector.Day) (date, error) {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil || t.Year() < 2000 || t.Year() > 2199 {
		return 0, fmt.Errorf("%.40q is not a day between 2000 and 2199, such as 2026-04-01", d)
	}
	return date(t.Unix() / secondsPerDay), nil
}
