package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tuppence-dev/tuppence/recommend/interval"
	"github.com/tuppence-dev/tuppence/report"
)

// sheet is the table of a simulation: a label, and two cells for each side.
type sheet struct {
	strings.Builder
	both    bool // now and then, or now alone
	differs bool // some figure did
	remarks []string
}

const (
	labelWidth = 38
	cellWidth  = 13
)

// writeSimulation lays a simulation out in at most 100 columns.
func writeSimulation(w io.Writer, r *simulation) error {
	p := &sheet{both: r.changes}
	p.headline(r)
	for i := range r.Clusters {
		p.cluster(&r.Clusters[i])
	}
	if len(r.Clusters) > 1 {
		p.totals(r)
	}
	p.loads("Requests an hour to repositories", r.Repositories)
	p.loads("Requests an hour to hosts", r.Hosts)
	if p.differs {
		p.remark("≠ The formula and the simulation differ by more than 5 %%, and by more than chance.")
	}
	p.list("", p.remarks)
	p.list("What was assumed", r.Assumed)
	p.list("Money", []string{r.Money})
	var gaps []string
	for _, g := range r.Gaps {
		gaps = append(gaps, g.String())
	}
	p.list("What could not be read", gaps)
	_, err := io.WriteString(w, p.String())
	return err
}

func (p *sheet) headline(r *simulation) {
	t := r.Total
	fmt.Fprintf(p, "%s, %s: %s runs an hour now", report.Count(len(r.Clusters), "cluster"), report.Count(len(r.Tasks), "object"), number(t.Now.RunsPerHour.Formula))
	if r.changes {
		var with []string
		if r.Preset != string(interval.Current) {
			with = append(with, "preset "+r.Preset)
		}
		with = append(with, r.Set...)
		fmt.Fprintf(p, ", %s with %s", number(t.Then.RunsPerHour.Formula), report.Plain(strings.Join(with, ", ")))
	}
	fmt.Fprintf(p, ".\n%s hours simulated, seed %d.\n", number(r.Horizon/3600), r.Seed)
}

// cells are the formula's and the simulation's; a figure that differs is marked.
type cells struct {
	formula, simulation string
	value               float64 // that a change is told by
	counts              bool
}

func (p *sheet) row(label string, now, then cells) {
	line := pad(cut(report.Plain(label), labelWidth), labelWidth) + right(now.formula, cellWidth) + right(now.simulation, cellWidth)
	if p.both {
		line += right(then.formula, cellWidth) + right(then.simulation, cellWidth) + right(growth(now, then), 10)
	}
	p.WriteString(strings.TrimRight(line, " ") + "\n")
}

// growth is by how much a figure grows: −94 %.
func growth(now, then cells) string {
	if !now.counts || !then.counts || now.value <= 0 {
		return ""
	}
	percent := (then.value/now.value - 1) * 100
	switch {
	case percent > -0.5 && percent < 0.5:
		return "="
	case percent >= 1000:
		return "× " + number(then.value/now.value)
	case percent < 0:
		return fmt.Sprintf("−%.0f %%", -percent)
	}
	return fmt.Sprintf("+%.0f %%", percent)
}

func (p *sheet) heading(title string) {
	p.WriteString("\n" + report.Plain(title) + "\n")
	head := pad("", labelWidth) + right("Now,", cellWidth) + right("", cellWidth)
	under := pad("", labelWidth) + right("formula", cellWidth) + right("simulation", cellWidth)
	if p.both {
		head += right("Then,", cellWidth)
		under += right("formula", cellWidth) + right("simulation", cellWidth) + right("Change", 10)
	}
	p.WriteString(head + "\n" + under + "\n" + strings.Repeat("─", utf8.RuneCountInString(under)) + "\n")
}

func (p *sheet) section(title string) { p.WriteString(title + "\n") }

func (p *sheet) remark(format string, args ...any) {
	if s := fmt.Sprintf(format, args...); !slices.Contains(p.remarks, s) {
		p.remarks = append(p.remarks, s)
	}
}

func (p *sheet) list(title string, lines []string) {
	if len(lines) == 0 {
		return
	}
	p.WriteString("\n")
	if title != "" {
		p.WriteString(title + "\n")
	}
	for _, l := range lines {
		p.WriteString(fold("- "+report.Plain(l), 100, "  ") + "\n")
	}
}

func (p *sheet) figure(f interval.Figure, text func(float64) string) cells {
	c := cells{formula: text(f.Formula), simulation: text(f.Simulation), value: f.Formula, counts: true}
	if f.Differs {
		c.simulation, p.differs = "≠ "+c.simulation, true
	}
	return c
}

func (p *sheet) seconds(s *interval.Seconds) cells {
	if s == nil {
		return cells{formula: unknown, simulation: unknown}
	}
	c := cells{formula: unknown, simulation: unknown}
	if s.Formula != nil {
		c.formula, c.value, c.counts = length(*s.Formula), *s.Formula, true
	}
	if s.Simulation != nil {
		c.simulation = length(*s.Simulation)
	}
	if s.Differs {
		c.simulation, p.differs = "≠ "+c.simulation, true
	}
	return c
}

func (p *sheet) totals(r *simulation) {
	p.heading("All clusters")
	now, then := &r.Total.Now, &r.Total.Then
	p.runs(now.RunsPerHour, then.RunsPerHour, now.ByKind, then.ByKind)
	p.section("Cores, those that are known")
	for _, name := range slices.Sorted(maps.Keys(now.Cores)) {
		of := func(v float64) cells { return cells{formula: cores(v), value: v, counts: true} }
		p.row("  "+named(name), of(now.Cores[name]), of(then.Cores[name]))
	}
	p.section("Pounds a month")
	p.row("  controllers", pounds(now.Controllers), pounds(then.Controllers))
}

// named is what a program is called in a table.
func named(name string) string {
	switch name {
	case "apiServer":
		return "API server"
	case "etcd":
		return name
	}
	return cmp.Or(name, unknown)
}

func (p *sheet) runs(now, then interval.Figure, nowKinds, thenKinds map[string]interval.Figure) {
	p.section("Runs an hour")
	for _, kind := range slices.Sorted(maps.Keys(nowKinds)) {
		p.row("  "+kind, p.figure(nowKinds[kind], number), p.figure(thenKinds[kind], number))
	}
	p.row("  all", p.figure(now, number), p.figure(then, number))
}

func (p *sheet) loads(title string, all []simulatedLoad) {
	if len(all) == 0 {
		return
	}
	p.heading(title)
	for _, l := range all {
		p.row(l.Name, p.figure(l.Now, number), p.figure(l.Then, number))
		if l.Limit == nil {
			continue
		}
		share := func(f interval.Figure) cells {
			return cells{formula: percent(f.Formula / *l.Limit), simulation: percent(f.Simulation / *l.Limit)}
		}
		p.row("  of its limit, "+number(*l.Limit), share(l.Now), share(l.Then))
		if l.Over {
			p.remark("%s is asked more than its limit of %s requests an hour.", l.Name, number(*l.Limit))
		}
	}
}
