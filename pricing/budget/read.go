package budget

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
)

var header = []string{"day", "budget", "gbp", "known", "source"}

// Bounds of a history. A thousand budgets over 16 months are 487,000 records and
// some 22 MB.
const (
	maxHistory = 32 << 20 // bytes
	maxRecords = 500_000
	maxText    = 200 // bytes of a budget's name and of a source
)

// Read reads a history as Write writes it, in any order of lines. It refuses,
// naming the line, what is not a day, a name, a figure or true and false; a day
// of one budget given twice; and more than 32 MiB or 500,000 records.
func Read(r io.Reader) (History, error) {
	limited := &io.LimitedReader{R: r, N: maxHistory + 1}
	in := csv.NewReader(limited)
	in.ReuseRecord = true
	switch fields, err := in.Read(); {
	case errors.Is(err, io.EOF):
		return History{}, fmt.Errorf("budget history: it is empty; its first line must be %s", strings.Join(header, ","))
	case err != nil:
		return History{}, fmt.Errorf("budget history: %w", err)
	case !slices.Equal(fields, header):
		return History{}, fmt.Errorf("budget history: line 1: it must be %s", strings.Join(header, ","))
	}
	var h History
	for {
		fields, err := in.Read()
		switch {
		case limited.N <= 0:
			return History{}, fmt.Errorf("budget history: more than %d MiB", maxHistory>>20)
		case errors.Is(err, io.EOF):
			slices.SortFunc(h.records, Record.compare)
			if err := checkTwice(h.records); err != nil {
				return History{}, err
			}
			return h, nil
		case err != nil:
			return History{}, fmt.Errorf("budget history: %w", err)
		case len(h.records) == maxRecords:
			return History{}, fmt.Errorf("budget history: more than %d records", maxRecords)
		}
		rec, err := readRecord(fields)
		if err != nil {
			line, _ := in.FieldPos(0)
			return History{}, fmt.Errorf("budget history: line %d: %w", line, err)
		}
		h.records = append(h.records, rec)
	}
}

func readRecord(fields []string) (Record, error) {
	r := Record{Day: collector.Day(fields[0]), Budget: fields[1], Source: fields[4]}
	gbp, known := fields[2], fields[3]
	switch known {
	case "true":
		r.Cost.Known = true
	case "false":
	default:
		return r, fmt.Errorf("known: %.20q must be true or false", known)
	}
	switch {
	case gbp == "0" && r.Cost.Known: // ParseFigure takes only what is greater
	case gbp == "" && !r.Cost.Known:
	default:
		d, err := pricing.ParseFigure(gbp)
		if err != nil {
			return r, fmt.Errorf("gbp: %w; a known cost of nothing is 0, an unknown cost is empty", err)
		}
		r.Cost.Money = pricing.Pounds(d.Round(recordPlaces))
	}
	return r, r.check()
}

// checkTwice refuses two records of one day and budget, in sorted records.
func checkTwice(sorted []Record) error {
	for i := 1; i < len(sorted); i++ {
		if r := sorted[i]; r.compare(sorted[i-1]) == 0 {
			return fmt.Errorf("budget history: %s of budget %q stands there twice", r.Day, r.Budget)
		}
	}
	return nil
}

// checkText refuses names that a line or a terminal would not survive.
func checkText(field, s string) error {
	if s == "" || len(s) > maxText || !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return fmt.Errorf("%s: %.40q must be 1 to %d printable characters", field, s, maxText)
	}
	return nil
}
