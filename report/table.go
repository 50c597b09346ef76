package report

import (
	"fmt"
	"io"

	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/recommend"
)

const (
	reasonRows = 8 // reasons that text formats list a status
	changeRows = 4 // lines that the table gives a finding
)

// writeTable writes r for a terminal.
func writeTable(w io.Writer, r *Report, v View) error {
	p := newPage(v)
	p.text(headline(r), "", p.style.bold)
	if len(r.Clusters) > 0 {
		p.heading("Costs, £ a month")
		if err := clusterGrid(r).write(&p.Builder, p.width, p.style); err != nil {
			return err
		}
	}
	if err := p.sheets(r); err != nil {
		return err
	}
	if err := p.findings(r); err != nil {
		return err
	}
	p.notProposed(r)
	p.list(gapsTitle, gapLines(r), p.style.yellow)
	p.list(notesTitle, noteLines(r), same)
	p.heading("Where the figures come from")
	p.facts(facts(r))
	_, err := io.WriteString(w, p.String())
	return err
}

// clusterGrid is the totals by cluster.
func clusterGrid(r *Report) *grid {
	g := &grid{Columns: []column{
		{Title: "Cluster", Least: 10}, {Title: "Nodes", Right: true}, {Title: "Bill", Right: true},
		{Title: "Workloads", Right: true}, {Title: "Idle", Right: true}, {Title: "Overhead", Right: true},
		{Title: "Saving\nallocated", Right: true}, {Title: "Saving\nrealisable", Right: true}, {Title: "Changes", Right: true},
	}}
	row := func(first string, t *Totals) []cell {
		cells := []cell{name(first), keep(nodesWord(t))}
		for _, a := range []pricing.Amount{t.Bill, t.Used, t.Idle, t.Overhead, t.Saving.Allocated, t.Saving.Realisable} {
			cells = append(cells, keep(amountLines(a)...))
		}
		return append(cells, keep(number(t.Findings)))
	}
	for i := range r.Clusters {
		c := &r.Clusters[i]
		g.Rows = append(g.Rows, row(clusterTitle(c), &c.Totals))
	}
	if hasUnused(r) {
		unused := []cell{name(unusedTitle), keep("–"), keep(amountLines(r.Unused)...)}
		for len(unused) < len(g.Columns) {
			unused = append(unused, keep("–"))
		}
		g.Rows = append(g.Rows, unused)
	}
	g.Total = row("Total", &r.Total)
	return g
}

// nodesWord is the number of nodes, which is unknown where none could be read.
func nodesWord(t *Totals) string {
	if t.Nodes == 0 && !t.Bill.Known {
		return "unknown"
	}
	return number(t.Nodes)
}

func clusterTitle(c *ClusterReport) string {
	if c.Environment == "" {
		return c.Name
	}
	return c.Name + " (" + c.Environment + ")"
}

// findings writes the groups of proposed findings, the first rows of each.
func (p *page) findings(r *Report) error {
	all := groups(r)
	for _, g := range all {
		p.heading(fmt.Sprintf("%s (%s)", g.Title, number(len(g.Findings))))
		if g.Advice {
			p.advice(g)
		} else if err := findingGrid(g).write(&p.Builder, p.width, p.style); err != nil {
			return err
		}
		if more := len(g.Findings) - g.Limit; more > 0 {
			p.text(fmt.Sprintf("… and %s more: -o json lists them all.", number(more)), "", same)
		}
	}
	if len(all) > 0 {
		p.WriteByte('\n')
		p.text(legend, "", same)
		p.text("To see what a change rests on: tuppence explain ID", "", same)
	}
	if h := hidden(r); h != "" {
		p.WriteByte('\n')
		p.text(h, "", same)
	}
	return nil
}

const (
	gapsTitle  = "Could not be read, and so is missing above"
	notesTitle = "What to know about these pounds"
)

// legend tells what the two columns of savings are.
const legend = "Allocated is the cost that a change takes off its workload. Realisable is the part of it that leaves the bill " +
	"once the nodes that are no longer needed go, estimated by packing requests into what stays. A minus sign is a cost."

func findingGrid(g group) *grid {
	t := &grid{Columns: []column{
		{Title: "ID"}, {Title: "Cluster", Least: 8}, {Title: "What", Least: 14}, {Title: "Change", Least: 28},
	}}
	if g.Pounds {
		t.Columns = append(t.Columns, column{Title: "Saving\nallocated", Right: true}, column{Title: "Saving\nrealisable", Right: true})
	}
	t.Columns = append(t.Columns, column{Title: "Confidence"})
	for _, f := range g.Findings[:min(len(g.Findings), g.Limit)] {
		row := []cell{keep(Plain(f.ID)), name(clusterOf(f)), {{Cut: object(f.Subject), Break: true}}, changeCell(f)}
		if g.Pounds {
			row = append(row, keep(amountLines(f.Saving.Allocated)...), keep(amountLines(f.Saving.Realisable)...))
		}
		t.Rows = append(t.Rows, append(row, name(string(f.Confidence))))
	}
	return t
}

func changeCell(f *recommend.Finding) cell {
	if len(f.Changes) == 0 {
		return cell{{Cut: Plain(advice(f))}}
	}
	var c cell
	for i, change := range f.Changes {
		if i == changeRows-1 && len(f.Changes) > changeRows {
			return append(c, part{Keep: fmt.Sprintf("and %d more changes", len(f.Changes)-i)})
		}
		c = append(c, part{Cut: field(f, i), Keep: " " + values(change)})
	}
	return c
}

// advice lists findings that are sentences rather than changes, whole.
func (p *page) advice(g group) {
	for _, f := range g.Findings[:min(len(g.Findings), g.Limit)] {
		text := Plain(f.ID) + ", " + Plain(clusterOf(f)) + " " + object(f.Subject) + ": " + Plain(advice(f))
		if claims(f) {
			text += fmt.Sprintf(". Saving: allocated %s, realisable %s", f.Saving.Allocated, f.Saving.Realisable)
		}
		p.item("- ", text, same)
	}
}
