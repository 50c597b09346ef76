package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/recommend"
)

// ExplainCost writes what a workload costs, line by line: for each node, volume
// and the like that it has a share of, price × quantity × share, with where the
// price came from. name is cluster/namespace/name or
// cluster/namespace/kind/name. The error for a name that is not there names those
// that are like it.
func ExplainCost(w io.Writer, r *Report, name string, v View) error {
	c, i, err := findWorkload(r, name)
	if err != nil {
		return err
	}
	p := newPage(v)
	cost := &r.Clusters[c].Workloads[i]
	p.text(fmt.Sprintf("%s of cluster %s costs %s a month", Plain(cost.Kind+" "+cost.Namespace+"/"+cost.Name), Plain(r.Clusters[c].Name), cost.Cost), "", p.style.bold)
	if cost.Origin != "" {
		p.text("It is applied by "+Plain(cost.Origin)+".", "", same)
	}
	p.heading("Its shares, price × quantity × share")
	ledger, sum := &r.priced.ledger.Clusters[c], pricing.Known(pricing.Money{})
	lines := 0
	for line, charge := range ledger.LinesOf(i) {
		p.item("- ", traceLine(line, charge), same)
		sum, lines = sum.Plus(line.Cost), lines+1
	}
	if lines == 0 {
		p.text("None: no pod of it ran anywhere, and it uses nothing else that is billed.", "", same)
	}
	if sum.Known && !cost.Cost.Known {
		p.text("Its whole cost is unknown: some of its pods ran where nothing is known of, or nothing is known of what they take.", "", p.style.yellow)
	}
	p.heading("Where the figures come from")
	p.facts(facts(r))
	_, err = io.WriteString(w, p.String())
	return err
}

// traceLine is one line of a workload with the sum that makes it:
// "node a, m6i.xlarge on-demand: £0.163789 × 730 hours × 0.25 = £29.89 (list; …)".
func traceLine(line *pricing.Line, c *pricing.Charge) string {
	s := Plain(fmt.Sprintf("%s %s, %s", c.Key.Kind.Noun(1), c.Name, c.Key.Type))
	if c.Key.CapacityType != "" {
		s += " " + Plain(string(c.Key.CapacityType))
	}
	q := quantity(&ChargeRate{Quantity: c.Quantity, Unit: c.Key.Kind.Unit()})
	share := line.Share.Round(6).String()
	if !c.Cost.Known {
		return s + fmt.Sprintf(": unknown × %s × %s: %s", q, share, Plain(c.Reason))
	}
	s += fmt.Sprintf(": £%s × %s × %s = %s (%s", c.Units.Effective.Money.Round(6).String(), q, share, line.Cost, Plain(c.Terms))
	if x := c.Rate; x != nil {
		s += ": " + listPrice(x)
	}
	return s + ")"
}

// savingSum writes how the allocated saving of a change of requests comes about:
// the workload's share of each node at present and with the change, × what the node
// costs. The differences add up to the saving, to the penny's rounding.
func (p *page) savingSum(r *Report, f *recommend.Finding) {
	requests := f.Requests()
	c, i, err := findWorkload(r, objectName(&f.Subject))
	if requests == nil || err != nil || f.Status != recommend.Proposed || r.priced == nil || c >= len(r.priced.ledger.Clusters) {
		return
	}
	ledger := &r.priced.ledger.Clusters[c]
	after := map[int]pricing.Amount{}
	ledger.CostsAt(i, requests, func(machine int, cost pricing.Amount) { after[machine] = cost })
	var lines []string
	for line, charge := range ledger.LinesOf(i) {
		then, ok := after[line.Charge]
		if !ok || !line.Cost.Known || !charge.Cost.Money.IsPositive() {
			continue
		}
		share, _ := then.Money.QuoRem(charge.Cost.Money.Decimal, 6)
		lines = append(lines, fmt.Sprintf("%s of %s a month: share %s → %s, %s → %s: %s", Plain(charge.Name), charge.Cost,
			line.Share.Round(6), share, line.Cost, then, pricing.Known(line.Cost.Money.Minus(then.Money))))
	}
	if len(lines) == 0 {
		return
	}
	p.heading("How the allocated saving comes about")
	for _, l := range lines[:min(len(lines), sheetRows)] {
		p.item("- ", l, same)
	}
	if more := len(lines) - sheetRows; more > 0 {
		p.text("… and "+Count(more, "more node")+".", "", same)
	}
}

// objectName is how ExplainCost takes the name of a workload.
func objectName(o *recommend.Object) string {
	return strings.Join([]string{o.Cluster, o.Namespace, o.Kind, o.Name}, "/")
}

// listPrice is a list price with the way it became pounds.
func listPrice(x *pricing.Rate) string {
	s := fmt.Sprintf("£%s", x.PerUnit.Round(6).String())
	if x.Price.Currency != "GBP" {
		s = fmt.Sprintf("%s %s ÷ %s = %s", x.Price.PerUnit, Plain(x.Price.Currency), x.FX.PerGBP, s)
	}
	s += fmt.Sprintf(", %s, %s", Plain(x.Price.Source), date(x.Price.AsOf))
	if x.Price.Estimate {
		s += ", an estimate"
	}
	return s
}

// findWorkload returns the cluster and the workload, by index, that name names.
func findWorkload(r *Report, name string) (cluster, workload int, err error) {
	parts := strings.Split(name, "/")
	found, like := [][2]int{}, []string{}
	for c := range r.Clusters {
		for i := range r.Clusters[c].Workloads {
			w := &r.Clusters[c].Workloads[i]
			full := []string{r.Clusters[c].Name, w.Namespace, w.Kind, w.Name}
			short := []string{r.Clusters[c].Name, w.Namespace, w.Name}
			switch {
			case slices.Equal(parts, full) || slices.Equal(parts, short):
				found = append(found, [2]int{c, i})
			case w.Name == parts[len(parts)-1] && len(like) < nearest:
				like = append(like, Plain(strings.Join(full, "/")))
			}
		}
	}
	switch {
	case len(found) == 1:
		return found[0][0], found[0][1], nil
	case len(found) > 1:
		return 0, 0, fmt.Errorf("%s workloads are named %q: give the kind too, as cluster/namespace/kind/name", number(len(found)), name)
	case len(like) > 0:
		return 0, 0, fmt.Errorf("no workload %q; there are %s", name, strings.Join(like, ", "))
	}
	return 0, 0, fmt.Errorf("no workload %q: give it as cluster/namespace/name, as analyse -o json lists them", name)
}
