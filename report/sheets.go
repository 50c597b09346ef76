package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/pricing/budget"
)

// sheet is a section of figures before a format lays it out: a title, a table
// and sentences under it.
type sheet struct {
	Title   string
	Columns []sheetColumn
	Rows    [][]string
	Total   []string // nil: none
	Remarks []string // sentences that hold no name of anyone's
	Notes   []string // those that do, made plain already
}

// sheetColumn is a column of a sheet. Foreign cells come from a cluster, a bill or
// a configuration, and may hold anything.
type sheetColumn struct {
	Title   string
	Right   bool
	Foreign bool
}

// sheetRows is how many rows of a sheet text formats show.
const sheetRows = 25

// sheets are the sections about costs, in the order that text formats show them.
func sheets(r *Report) []sheet {
	var all []sheet
	for _, section := range []func(*Report) *sheet{kindSheet, allocationSheet, gitOpsSheet, commitmentSheet, billSheet, budgetSheet} {
		if s := section(r); s != nil {
			if more := len(s.Rows) - sheetRows; more > 0 {
				s.Rows = s.Rows[:sheetRows]
				s.Remarks = append([]string{fmt.Sprintf("… and %s more: -o json lists them all.", number(more))}, s.Remarks...)
			}
			all = append(all, *s)
		}
	}
	return all
}

// kindSheet is what is charged by kind of thing: list price against what is paid.
func kindSheet(r *Report) *sheet {
	type sum struct {
		count      int
		list, paid pricing.Amount
	}
	sums := map[pricing.Kind]*sum{}
	var kinds []pricing.Kind
	zero := pricing.Known(pricing.Money{})
	for i := range r.Clusters {
		for j := range r.Clusters[i].Rates {
			c := &r.Clusters[i].Rates[j]
			s := sums[c.Kind]
			if s == nil {
				s = &sum{list: zero, paid: zero}
				sums[c.Kind] = s
				kinds = append(kinds, c.Kind)
			}
			s.count, s.list, s.paid = s.count+c.Count, s.list.Plus(c.List), s.paid.Plus(c.Cost)
		}
	}
	if len(kinds) == 0 {
		return nil
	}
	slices.SortFunc(kinds, func(a, b pricing.Kind) int { return pricing.Key{Kind: a}.Compare(pricing.Key{Kind: b}) })
	out := &sheet{Title: "What is charged, £ a month", Columns: []sheetColumn{{Title: "What"}, {Title: "Number", Right: true},
		{Title: "At list price", Right: true}, {Title: "As paid", Right: true}}}
	for _, k := range kinds {
		s := sums[k]
		out.Rows = append(out.Rows, []string{k.Noun(2), number(s.count), s.list.String(), s.paid.String()})
	}
	if hasUnused(r) {
		out.Rows = append(out.Rows, []string{unusedTitle, "–", "–", r.Unused.String()})
	}
	if machines := sums[pricing.Machine]; machines != nil && machines.count > r.Total.Nodes {
		out.Remarks = []string{fmt.Sprintf("Nodes among them that had gone by the window's end, charged for as long as they stood: %s.",
			number(machines.count-r.Total.Nodes))}
	}
	return out
}

// unusedTitle names what commitments cost that nothing used. It is of no cluster.
const unusedTitle = "commitments that nothing used"

// hasUnused reports whether there is any of it.
func hasUnused(r *Report) bool { return !r.Unused.Known || !r.Unused.Money.IsZero() }

func allocationSheet(r *Report) *sheet {
	a := r.Allocation
	if a == nil {
		return nil
	}
	by := Plain(string(a.By))
	if key, ok := strings.CutPrefix(by, "label:"); ok {
		by = "the label " + key
	}
	out := &sheet{Title: "Costs by " + by + ", £ a month", Columns: []sheetColumn{{Title: "Name", Foreign: true}, {Title: "Workloads", Right: true},
		{Title: "Own", Right: true}, {Title: "Spread", Right: true}, {Title: "Total", Right: true}}}
	for i := range a.Groups {
		g := &a.Groups[i]
		out.Rows = append(out.Rows, []string{g.Name, number(g.Workloads), g.Direct.String(), g.Spread.String(), g.Total().String()})
	}
	var apart []string
	for _, p := range []struct {
		name string
		pricing.Amount
	}{{"shared", a.Shared}, {"idle", a.Idle}, {"overhead", a.Overhead}, {"unused commitments", a.Unused}} {
		if !p.Known || !p.Money.IsZero() {
			apart = append(apart, p.name+" "+p.String())
		}
	}
	if len(apart) > 0 {
		out.Remarks = []string{"Kept apart: " + strings.Join(apart, ", ") + "."}
	}
	total := a.Total()
	out.Remarks = append(out.Remarks, "Together "+total.String()+", the bill.",
		"Own is the workloads' cost; spread is what pricing.sharing puts on them of the costs that are no workload's own.")
	return out
}

func gitOpsSheet(r *Report) *sheet {
	if len(r.GitOps) == 0 {
		return nil
	}
	out := &sheet{Title: "What GitOps itself costs, £ a month", Columns: []sheetColumn{{Title: "Cluster", Foreign: true}, {Title: "Controllers", Right: true},
		{Title: "API server", Right: true}}}
	reasons := map[string][]string{}
	controllers, api := pricing.Known(pricing.Money{}), pricing.Known(pricing.Money{})
	for i := range r.GitOps {
		g := &r.GitOps[i]
		controllers, api = controllers.Plus(g.Controllers), api.Plus(g.API)
		out.Rows = append(out.Rows, []string{g.Cluster, g.Controllers.String(), g.API.String()})
		reasons[g.Reason] = append(reasons[g.Reason], g.Cluster)
	}
	out.Total = []string{"Total", controllers.String(), api.String()}
	out.Remarks = []string{"It is part of the bill above: of the workloads' costs, and of the control planes'."}
	for _, reason := range slices.Sorted(maps.Keys(reasons)) {
		out.Notes = append(out.Notes, names(reasons[reason])+": "+Plain(reason)+".")
	}
	return out
}

func commitmentSheet(r *Report) *sheet {
	if len(r.Commitments) == 0 {
		return nil
	}
	out := &sheet{Title: "Commitments, £ a month", Columns: []sheetColumn{{Title: "Name", Foreign: true}, {Title: "Kind"}, {Title: "Nodes", Right: true},
		{Title: "Committed", Right: true}, {Title: "Used", Right: true}, {Title: "Unused", Right: true}}}
	for i := range r.Commitments {
		c := &r.Commitments[i]
		out.Rows = append(out.Rows, []string{c.Name, string(c.Kind), number(c.Covered), c.Committed.String(), c.Used.String(), c.Unused.String()})
	}
	return out
}

// listed is how many names a sentence lists.
const listed = 5

func billSheet(r *Report) *sheet {
	b := r.Bill
	if b == nil {
		return nil
	}
	out := &sheet{Title: "The bill beside the fleet, £ in the window", Columns: []sheetColumn{{Title: "Not of the fleet's resources", Foreign: true},
		{Title: "Provider", Foreign: true}, {Title: "Rows", Right: true}, {Title: "Effective cost", Right: true}}}
	for _, s := range b.Services {
		out.Rows = append(out.Rows, []string{cmp.Or(s.Name, "no service named"), s.Provider, number(s.Rows), s.Effective.String()})
	}
	out.Total = []string{"The whole bill", "", "", b.Effective.String()}
	m := &b.Match
	out.Remarks = append(out.Remarks, fmt.Sprintf("%s of the fleet stand in the bill: %s a month at list price, %s as paid.", Count(m.Matched, "charge"), m.List, m.Paid))
	if n := len(m.Missing); n > 0 {
		out.Notes = append(out.Notes, fmt.Sprintf("%s with a provider id not in the bill, priced by list and terms: %s.", Count(n, "charge"), names(m.Missing)))
	}
	if !b.Tax.Money.IsZero() || !b.Tax.Known {
		out.Remarks = append(out.Remarks, "Tax rows of the bill: "+b.Tax.String()+", in no figure above but the whole bill.")
	}
	if !b.Unused.Money.IsZero() || !b.Unused.Known {
		out.Remarks = append(out.Remarks, "Commitments that the bill says nothing used: "+b.Unused.String()+".")
	}
	return out
}

// names lists the first few of all.
func names(all []string) string {
	shown := make([]string, 0, listed+1)
	for i, n := range all {
		if i == listed {
			shown = append(shown, fmt.Sprintf("and %s more", number(len(all)-listed)))
			break
		}
		shown = append(shown, Plain(n))
	}
	return strings.Join(shown, ", ")
}

func budgetSheet(r *Report) *sheet {
	if len(r.Budgets) == 0 {
		return nil
	}
	out := &sheet{Title: "Budgets, £ ex VAT", Columns: []sheetColumn{{Title: "Budget", Foreign: true}, {Title: "For the year", Right: true},
		{Title: "Month to date", Right: true}, {Title: "Year to date", Right: true}, {Title: "Expected", Right: true}, {Title: "Stands"}}}
	for i := range r.Budgets {
		a := &r.Budgets[i]
		out.Rows = append(out.Rows, []string{a.Budget.Name, a.Budget.Amount.String(), a.Month.ToDate.String(), a.Year.ToDate.String(),
			a.Year.Forecast.Expected.String(), standings[a.Status]})
		out.Notes = append(out.Notes, budgetNote(a))
	}
	if hasUnused(r) {
		out.Remarks = []string{"What commitments cost that nothing used is in no budget: it is of no cluster."}
	}
	return out
}

// standings are a budget's statuses in a word or two.
var standings = map[budget.Status]string{
	budget.Over: "exceeded", budget.Likely: "will be exceeded", budget.Possible: "may be exceeded", budget.Within: "kept", budget.Unknown: "unknown",
}

// budgetNote is what a row of the table leaves out.
func budgetNote(a *budget.Assessment) string {
	f := a.Year.Forecast
	s := Plain(a.Budget.Name) + ": "
	switch {
	case f.Expected.Known && f.Low.Money.Equal(f.High.Money.Decimal):
		s += fmt.Sprintf("%s is expected by %s; between which figures can't be told, since no known day differs from another", f.Expected, date(string(a.Year.End)))
	case f.Expected.Known:
		s += fmt.Sprintf("by %s, 8 times in 10, between %s and %s; this month %s, between %s and %s", date(string(a.Year.End)), f.Low.Money, f.High.Money,
			a.Month.Forecast.Expected, a.Month.Forecast.Low.Money, a.Month.Forecast.High.Money)
	default:
		s += "no forecast: " + Plain(f.Reason)
	}
	if when := crossing(a); when != "" {
		s += "; " + when
	}
	if n := a.Year.Missing; n.Days > 0 {
		s += fmt.Sprintf("; %s of the year to date are without a known cost (%s to %s)", Count(n.Days, "day"), date(string(n.First)), date(string(n.Last)))
		switch {
		case f.Filled > 0:
			s += ", in the forecast at the level of the others"
		case !a.Year.ToDate.Known && a.Year.ToDate.Money.IsZero():
			s += ": does the fleet have the cluster, environment, namespace, team or labels that the budget names?"
		}
	}
	if strings.HasSuffix(s, "?") {
		return s
	}
	return s + "."
}

// crossing is when a budget would be exceeded; empty where it would not.
func crossing(a *budget.Assessment) string {
	day := func(d collector.Day) string { return date(string(d)) }
	c := &a.Exceeded
	switch a.Status {
	case budget.Over:
		return "exceeded by " + day(c.Latest)
	case budget.Likely:
		s := "exceeded on " + day(c.On) + ", at the earliest on " + day(c.Earliest)
		if c.Latest != "" {
			s += ", at the latest on " + day(c.Latest)
		}
		return s
	case budget.Possible:
		return "exceeded on " + day(c.Earliest) + " at the earliest"
	default:
		return ""
	}
}

// grid is the sheet for a terminal.
func (s *sheet) grid() *grid {
	g := &grid{}
	for _, c := range s.Columns {
		column := column{Title: c.Title, Right: c.Right}
		if c.Foreign {
			column.Least = 10
		}
		g.Columns = append(g.Columns, column)
	}
	cells := func(row []string) []cell {
		out := make([]cell, len(row))
		for i, text := range row {
			known, partly := strings.CutSuffix(text, " + unknown")
			switch {
			case s.Columns[i].Foreign || !s.Columns[i].Right:
				out[i] = name(text)
			case partly: // over two lines, as all amounts in tables
				out[i] = keep(known, "+ unknown")
			default:
				out[i] = keep(text)
			}
		}
		return out
	}
	for _, row := range s.Rows {
		g.Rows = append(g.Rows, cells(row))
	}
	if s.Total != nil {
		g.Total = cells(s.Total)
	}
	return g
}

// sheets writes the sections about costs.
func (p *page) sheets(r *Report) error {
	for _, s := range sheets(r) {
		p.heading(s.Title)
		if len(s.Rows) > 0 {
			if err := s.grid().write(&p.Builder, p.width, p.style); err != nil {
				return err
			}
		}
		for _, n := range slices.Concat(s.Remarks, s.Notes) {
			p.text(n, "", same)
		}
	}
	return nil
}

// markdownSheets writes the sections about costs.
func markdownSheets(b *strings.Builder, r *Report) {
	for _, s := range sheets(r) {
		fmt.Fprintf(b, "\n### %s\n\n", s.Title)
		if len(s.Rows) > 0 {
			s.markdown(b)
		}
		for _, n := range s.Remarks {
			b.WriteString("\n" + n + "\n")
		}
		if len(s.Notes) > 0 {
			b.WriteByte('\n')
		}
		for _, n := range s.Notes {
			b.WriteString("- " + Code(n) + "\n")
		}
	}
}

func (s *sheet) markdown(b *strings.Builder) {
	titles, rule := make([]string, len(s.Columns)), "|"
	for i, c := range s.Columns {
		titles[i] = c.Title
		if c.Right {
			rule += "--:|"
		} else {
			rule += ":--|"
		}
	}
	markdownRow(b, titles...)
	b.WriteString(rule + "\n")
	row := func(cells []string, mark string) {
		out := slices.Clone(cells)
		for i := range out {
			switch {
			case out[i] == "":
			case s.Columns[i].Foreign && mark == "":
				out[i] = Code(out[i])
			default:
				out[i] = mark + out[i] + mark
			}
		}
		markdownRow(b, out...)
	}
	for _, cells := range s.Rows {
		row(cells, "")
	}
	if s.Total != nil {
		row(s.Total, "**")
	}
}
