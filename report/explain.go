package report

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/recommend"
)

// Explain writes everything behind one finding of r: its changes, its evidence,
// its checks with their verdicts, its saving and the prices of its cluster. id
// may be the beginning of an id that no other finding shares. The error for an
// id that is not there names the nearest ones. Findings that Build hid are not
// in r: build it with no minimum saving to explain any.
func Explain(w io.Writer, r *Report, id string, v View) error {
	f, err := find(r, id)
	if err != nil {
		return err
	}
	p := newPage(v)
	p.text(Plain(f.Title), "", p.style.bold)
	p.WriteByte('\n')
	about := []fact{
		{"ID", Plain(f.ID)},
		{"Cluster", Plain(clusterOf(f))},
		{"Object", object(f.Subject)},
		{"API version", Plain(cmp.Or(f.Subject.APIVersion, "none"))},
		{"Status", statusWords(f)},
		{"Confidence", Plain(string(f.Confidence))},
		{"Allocated", savingLine(f.Saving.Allocated, "the workload's cost")},
		{"Realisable", savingLine(f.Saving.Realisable, "the bill, once the nodes that are no longer needed go")},
	}
	switch {
	case f.Status == recommend.Withheld || f.Status == recommend.Superseded:
		about = append(about[:6], fact{"Saving", "none, since it is not proposed"})
	case !claims(f):
		about = append(about[:6], fact{"Saving", "none in pounds: it changes no pod"})
	}
	p.facts(append(about, costNow(r, f)...))
	p.changes(f)
	p.savingSum(r, f)
	p.evidence(f)
	p.checks(f)
	if claims(f) {
		p.cluster(r, f)
	}
	p.heading("Where the figures come from")
	p.facts(facts(r))
	_, err = io.WriteString(w, p.String())
	return err
}

// costNow is what f's workload costs as it is, and where to read how that came about;
// nothing where f is about no workload.
func costNow(r *Report, f *recommend.Finding) []fact {
	name := objectName(&f.Subject)
	c, i, err := findWorkload(r, name)
	if err != nil {
		return nil
	}
	cost := r.Clusters[c].Workloads[i].Cost
	now := cost.String()
	if cost.Known || !cost.Money.IsZero() {
		now += " a month"
	}
	return []fact{{"Costs now", now + "; for its sum: tuppence explain " + Plain(name)}}
}

// savingLine says what a saving does to what.
func savingLine(a pricing.Amount, what string) string {
	if !a.Known && a.Money.IsZero() {
		return a.String()
	}
	if a.Money.IsNegative() {
		a.Money = pricing.Money{Decimal: a.Money.Neg()}
		return a.String() + " a month more on " + what
	}
	return a.String() + " a month off " + what
}

// statusWords says what becomes of f, and why.
func statusWords(f *recommend.Finding) string {
	words := Plain(string(f.Status))
	if f.Reason != "" {
		words += ": " + Plain(f.Reason)
	}
	return words
}

func (p *page) changes(f *recommend.Finding) {
	if len(f.Changes) == 0 {
		p.heading("Changes: none")
		return
	}
	p.heading("Changes")
	for _, c := range f.Changes {
		if c.Object != f.Subject && c.Object.Name != "" {
			p.text("  "+object(c.Object)+":", "  ", same)
		}
		p.item("- ", Plain(c.Field())+": "+values(c), same)
	}
}

func (p *page) evidence(f *recommend.Finding) {
	if len(f.Evidence) == 0 {
		return
	}
	p.heading("Evidence")
	all := make([]fact, len(f.Evidence))
	for i, e := range f.Evidence {
		all[i] = fact{fit(Plain(e.Name), p.width/3), Plain(e.Value)}
	}
	p.facts(all)
}

func (p *page) checks(f *recommend.Finding) {
	if len(f.Checks) == 0 {
		return
	}
	p.heading("Checks")
	for _, c := range f.Checks {
		line := fmt.Sprintf("%s: %s", Plain(string(c.Verdict)), Plain(c.Name))
		if c.Detail != "" {
			line += ": " + Plain(c.Detail)
		}
		paint := same
		if c.Verdict != recommend.Passed {
			paint = p.style.yellow
		}
		p.item("- ", line, paint)
	}
}

// cluster writes what the finding's cluster is charged, and at which prices.
func (p *page) cluster(r *Report, f *recommend.Finding) {
	at := slices.IndexFunc(r.Clusters, func(c ClusterReport) bool { return c.Name == f.Subject.Cluster })
	if at < 0 {
		return
	}
	c := &r.Clusters[at]
	p.heading("What " + fit(Plain(c.Name), p.width/2) + " is charged, a month")
	if len(c.Rates) == 0 {
		p.text("Nothing of it was priced.", "", same)
	}
	for i := range c.Rates {
		p.item("- ", chargeRate(&c.Rates[i]), same)
	}
}

// chargeRate is what is charged for one kind of thing, with the way it was come by:
// "3 nodes m6i.xlarge, eu-west-2, on-demand: 2,190 hours × £0.163789 = £358.70;
// list 0.222 USD an hour ÷ 1.3554 (AWS price list, 18 Jun 2026)".
func chargeRate(c *ChargeRate) string {
	s := fmt.Sprintf("%s %s %s", number(c.Count), c.Kind.Noun(c.Count), cmp.Or(c.Type, "of unknown type")) + ", " + cmp.Or(c.Region, "unknown region")
	if c.Kind == pricing.Machine {
		s += ", " + cmp.Or(string(c.CapacityType), "unknown capacity type")
	}
	s = Plain(s) + ": "
	if c.PerUnit.Known {
		s += fmt.Sprintf("%s × £%s = %s", quantity(c), c.PerUnit.Money.Round(6).String(), c.Cost)
	} else {
		s += "price unknown: " + Plain(cmp.Or(c.Reason, "no reason given"))
	}
	if c.Terms != "" && c.Terms != "list" {
		s += " (" + Plain(c.Terms) + ")"
	}
	if c.Rate != nil {
		s += "; list " + listPrice(c.Rate)
	}
	return s
}

// quantity is how many units a month has: "730 hours", "12.5 GiB-months".
func quantity(c *ChargeRate) string {
	q := c.Quantity.Round(3)
	s := Plain(string(c.Unit))
	if !q.Equal(decimal.NewFromInt(1)) && c.Unit != pricing.GiB {
		s += "s"
	}
	return q.String() + " " + s
}

// find returns the finding that id names or is the only beginning of.
func find(r *Report, id string) (*recommend.Finding, error) {
	if id == "" {
		return nil, errors.New("no finding is named: give the id of one, as analyse lists them")
	}
	var starts []*recommend.Finding
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.ID == id {
			return f, nil
		}
		if strings.HasPrefix(f.ID, id) {
			starts = append(starts, f)
		}
	}
	switch len(starts) {
	case 1:
		return starts[0], nil
	case 0:
		return nil, unknownID(r, id)
	}
	return nil, fmt.Errorf("%s findings begin with %q: give more of the id: %s", number(len(starts)), id, listIDs(starts))
}

// nearest is how many ids an error suggests.
const nearest = 3

func unknownID(r *Report, id string) error {
	if len(r.Findings) == 0 {
		return fmt.Errorf("no finding %q: there are none in this report", id)
	}
	type near struct {
		f        *recommend.Finding
		distance int
	}
	all := make([]near, len(r.Findings))
	for i := range r.Findings {
		all[i] = near{&r.Findings[i], distance(id, r.Findings[i].ID)}
	}
	slices.SortStableFunc(all, func(a, b near) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), cmp.Compare(a.f.ID, b.f.ID))
	})
	best := make([]*recommend.Finding, 0, nearest)
	for _, n := range all[:min(nearest, len(all))] {
		best = append(best, n.f)
	}
	return fmt.Errorf("no finding %q in this report; the nearest are %s", id, listIDs(best))
}

// listIDs names the first few of fs with what they are about.
func listIDs(fs []*recommend.Finding) string {
	var names []string
	for i, f := range fs {
		if i == nearest {
			names = append(names, fmt.Sprintf("and %s more", number(len(fs)-nearest)))
			break
		}
		names = append(names, Plain(f.ID)+" ("+Plain(f.Subject.String())+")")
	}
	return strings.Join(names, ", ")
}

// distance is the least number of bytes to insert, drop or replace to make a
// into b (Levenshtein), counted over the first 64 bytes of each.
func distance(a, b string) int {
	a, b = a[:min(len(a), 64)], b[:min(len(b), 64)]
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
