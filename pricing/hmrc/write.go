package hmrc

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Write writes the rates as a table that Read reads, by month and currency, each
// figure with the digits that it was read with. The same rates give the same
// bytes.
func (r *Rates) Write(w io.Writer) error {
	var rows [][]string
	for currency, s := range r.byCurrency {
		for _, e := range s {
			rows = append(rows, []string{e.month, currency, e.perGBP.StringFixed(-e.perGBP.Exponent()), e.source})
		}
	}
	slices.SortFunc(rows, func(a, b []string) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) })
	out := csv.NewWriter(w)
	if err := out.WriteAll(append([][]string{strings.Split(Header, ",")}, rows...)); err != nil {
		return fmt.Errorf("writing the exchange rates: %w", err)
	}
	return nil
}
