package budget

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
)

// Record is what one budget's part of the fleet cost on one UTC day, and where
// that comes from.
type Record struct {
	Day    collector.Day
	Budget string
	Cost   pricing.Amount // at least £0; kept to recordPlaces
	Source string         // "prometheus", "invoice 2026-05"
}

// recordPlaces is how exact a recorded cost is: to a millionth of a pound. The
// days of a year are off by less than £0.0002 together.
const recordPlaces = 6

func (r Record) compare(o Record) int {
	return cmp.Or(cmp.Compare(r.Budget, o.Budget), cmp.Compare(r.Day, o.Day))
}

func (r Record) check() error {
	if _, err := parse(r.Day); err != nil {
		return fmt.Errorf("day: %w", err)
	}
	if err := checkText("budget", r.Budget); err != nil {
		return err
	}
	if err := checkText("source", r.Source); err != nil {
		return err
	}
	if r.Cost.Money.IsNegative() || r.Cost.Money.GreaterThan(maxPounds) {
		return errors.New("gbp: it must be at least 0, and no more than a trillion pounds")
	}
	return nil
}

// History holds the daily costs of budgets, so that the year to date outlives
// the window in which usage is kept. The zero value is empty. It does not
// change: Merge and Since return another.
type History struct {
	records []Record // by budget, then day; each pair once
}

// Merge returns h with the records added. Where h has the day of that budget
// already, the new record stands, unless it is unknown and the older one is
// known. It returns an error for a record that Read would refuse, for two of one
// day and budget among the new, and for more than 500,000 records in all.
func (h History) Merge(records []Record) (History, error) {
	added := slices.Clone(records)
	for i := range added {
		if err := added[i].check(); err != nil {
			return h, fmt.Errorf("budget history: record of %.20q, budget %.80q: %w", added[i].Day, added[i].Budget, err)
		}
		added[i].Cost.Money = pricing.Pounds(added[i].Cost.Money.Round(recordPlaces))
	}
	slices.SortFunc(added, Record.compare)
	if err := checkTwice(added); err != nil {
		return h, err
	}
	// Stable: of equals, the older record comes first.
	all := slices.Concat(h.records, added)
	slices.SortStableFunc(all, Record.compare)
	merged := all[:0]
	for _, r := range all {
		last := len(merged) - 1
		switch {
		case last < 0 || merged[last].compare(r) != 0:
			merged = append(merged, r)
		case r.Cost.Known || !merged[last].Cost.Known:
			merged[last] = r
		}
	}
	if len(merged) > maxRecords {
		return h, fmt.Errorf("budget history: more than %d records: drop the oldest days", maxRecords)
	}
	return History{merged}, nil
}

// Since returns h without the days before first.
func (h History) Since(first collector.Day) History {
	return History{slices.DeleteFunc(slices.Clone(h.records), func(r Record) bool { return r.Day < first })}
}

// Days returns the series of one budget, in date order.
func (h History) Days(budget string) []Day {
	first, _ := slices.BinarySearchFunc(h.records, budget, func(r Record, name string) int { return cmp.Compare(r.Budget, name) })
	var days []Day
	for _, r := range h.records[first:] {
		if r.Budget != budget {
			break
		}
		days = append(days, Day{r.Day, r.Cost})
	}
	return days
}

// Write writes h as CSV, by budget and then day; equal histories give equal
// bytes. An unknown cost is an empty figure, never 0.
func (h History) Write(w io.Writer) error {
	out := csv.NewWriter(w)
	_ = out.Write(header) // errors stay in out until Error
	for _, r := range h.records {
		gbp := r.Cost.Money.Decimal.String()
		if !r.Cost.Known && r.Cost.Money.IsZero() {
			gbp = ""
		}
		_ = out.Write([]string{string(r.Day), r.Budget, gbp, strconv.FormatBool(r.Cost.Known), r.Source})
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write the budget history: %w", err)
	}
	return nil
}
