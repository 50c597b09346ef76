package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
)

// focusVersion is a version of the FinOps Open Cost and Usage Specification.
type focusVersion string

const (
	focus12 focusVersion = "1.2"
	focus13 focusVersion = "1.3"
)

// pricedFleet is what the tables of FOCUS and the trace of a cost are made from. Build keeps it in the
// Report, and rows makes one row at a time: 150,000 rows are never held at once.
type pricedFleet struct {
	fleet    *collector.Fleet
	ledger   *pricing.Ledger
	vat      *VAT
	accounts map[collector.Provider]string
}

// writeFocus returns the Write of a format: a CSV table by FOCUS, one row for each
// line of each charge of the window. https://focus.finops.org/focus-specification
//
// Where the specification leaves a choice, or the ledger has no invoice to go by:
//   - Figures have every digit: unit price × PricingQuantity is the cost exactly,
//     and AllocatedRatio adds up to 1 for each origin charge.
//   - A charge period is the part of the window that a node or a volume was there
//     for. It lies in one month (UTC): a charge over two is two, by time.
//   - What commitments pay a part of is a charge for each commitment and one for
//     the rest. Commitments are bought in Purchase rows, BilledCost and no
//     EffectiveCost; what they pay for and what nothing used has EffectiveCost and
//     no BilledCost. Elsewhere BilledCost is EffectiveCost, as no invoice says
//     otherwise, so that both columns have the same sum.
//   - What is unknown of a charge's cost is not in the table, where costs can't be
//     empty; Report.Notes counts such charges. Where only the list or the contracted price is
//     unknown, what is paid stands in for it, and x_UnknownPrices names it.
//   - Idle capacity and overhead are the unallocated portion: they have no
//     AllocatedResourceId. x_CostClass tells which is which.
//   - FOCUS 1.2 has no Allocated columns: there they begin with x_.
//   - 1.3 deprecates ProviderName and PublisherName and still requires them.
func writeFocus(v focusVersion) func(io.Writer, *Report, View) error {
	return func(w io.Writer, r *Report, _ View) error {
		columns := focusColumns(v)
		cells := make([]string, len(columns))
		for i, c := range columns {
			cells[i] = c.name
		}
		out := csv.NewWriter(w)
		err := out.Write(cells)
		for row := range r.priced.rows() {
			for i, c := range columns {
				cells[i] = c.cell(row)
			}
			if err = out.Write(cells); err != nil {
				break
			}
		}
		out.Flush()
		if err == nil {
			err = out.Error()
		}
		if err != nil {
			return fmt.Errorf("writing the report as FOCUS %s: %w", v, err)
		}
		return nil
	}
}

// focusColumns are the columns of a version: its own by name, then ours.
func focusColumns(v focusVersion) []focusColumn {
	columns := slices.Clone(focusCommon)
	var custom []focusColumn
	if v == focus12 {
		for _, c := range focusAllocation {
			c.name = "x_" + c.name
			custom = append(custom, c)
		}
	} else {
		columns = slices.Concat(columns, focusAllocation, focusEntities)
	}
	slices.SortFunc(columns, func(a, b focusColumn) int { return strings.Compare(a.name, b.name) })
	return slices.Concat(columns, custom, focusCustom)
}

// focusUnpriced says how many charges the table leaves out; nil: none.
func focusUnpriced(n int) []collector.Gap {
	if n == 0 {
		return nil
	}
	charges := "1 charge has"
	if n > 1 {
		charges = fmt.Sprintf("%d charges have", n)
	}
	return []collector.Gap{{Cluster: pricing.AllClusters, Source: "focus",
		Reason: charges + " a cost that is unknown, in part or in whole, and not in the FOCUS export, where none can be empty"}}
}

// focusText makes s safe in a cell. What does not print is written out, and a
// text that a spreadsheet would take for a formula, or another program for no
// value, gets an apostrophe before it: "'=cmd|…". That alters only names that no
// cluster has by accident; JSON begins with a brace and is left as it is.
func focusText(s string) string {
	s = Plain(s)
	bare := strings.TrimSpace(s)
	first, _ := utf8.DecodeRuneInString(bare)
	if s != "" && (bare == "" || strings.ContainsRune("=+-@＝＋－＠", first) || slices.ContainsFunc(noValue, func(word string) bool { return strings.EqualFold(word, bare) })) {
		return "'" + s
	}
	return s
}

// noValue are words that stand for a missing value, which FOCUS forbids.
var noValue = []string{"not applicable", "n/a", "null", "nan", "nil", "<nil>"}
