package boe

import (
	"encoding/csv"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

// Write writes the rates as a table in the Bank's form, which Read reads, by day,
// each figure with the digits that it was read with. The same rates give the same
// bytes.
func (r *Rates) Write(w io.Writer) error {
	header := []string{"DATE"}
	days := map[time.Time][]string{}
	for _, s := range known {
		if len(r.byCurrency[s.currency]) == 0 {
			continue
		}
		header = append(header, s.code)
		for _, e := range r.byCurrency[s.currency] {
			row := days[e.day]
			for len(row) < len(header)-2 {
				row = append(row, none)
			}
			days[e.day] = append(row, e.perGBP.StringFixed(-e.perGBP.Exponent()))
		}
	}
	rows := [][]string{header}
	for _, d := range slices.SortedFunc(maps.Keys(days), time.Time.Compare) {
		row := append([]string{d.Format(day)}, days[d]...)
		for len(row) < len(header) {
			row = append(row, none)
		}
		rows = append(rows, row)
	}
	out := csv.NewWriter(w)
	if err := out.WriteAll(rows); err != nil {
		return fmt.Errorf("writing the Bank of England's rates (%s): %w", strings.Join(header[1:], ", "), err)
	}
	return nil
}
