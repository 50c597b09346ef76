package pricing

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
)

// staleAfter is how old a price may be at the window's end before a reader is
// told: half a year, within which the clouds rarely change a list price.
const staleAfter = 180 * 24 * time.Hour

const gapSource = "pricing"

// fxWarnings are those of the exchange rates.
func fxWarnings(rates []FXRate) []collector.Gap {
	var gaps []collector.Gap
	for _, r := range rates {
		if r.Warning != "" {
			gaps = append(gaps, collector.Gap{Cluster: AllClusters, Source: gapSource, Reason: r.Warning})
		}
	}
	return gaps
}

// idleWarnings say which discounts and commitments are without effect: one that is
// misspelt would otherwise never be noticed.
func (t *Terms) idleWarnings(taken []bool, uses []CommitmentUse) []collector.Gap {
	n := notes{cluster: AllClusters}
	for i := range t.Discounts {
		if !taken[i] {
			n.note(fmt.Sprintf("discount %d, %q: nothing takes it: check its provider, region, type and days, and whether an earlier one goes before it", i+1, t.Discounts[i].Name))
		}
	}
	for i := range uses {
		switch u := &uses[i]; {
		case !u.Committed.Known || u.Covered > 0:
		case u.Committed.Money.IsZero():
			n.note(fmt.Sprintf("commitment %q: it holds on no day of the window, and costs nothing", u.Name))
		default:
			n.note(fmt.Sprintf("commitment %q: it pays for no node: check its provider, region and type", u.Name))
		}
	}
	return n.gaps
}

// spanWarnings say of which clusters the nodes that went are not known.
func spanWarnings(bills []*bill) []collector.Gap {
	var assumed many
	for _, b := range bills {
		if b.span.Assumed && len(b.cluster.Nodes) > 0 {
			assumed.add(b.cluster.Name)
		}
	}
	n := notes{cluster: AllClusters}
	n.say(assumed, "of %s it is not known which nodes went within the window (%s): those that stand are priced as if they had stood all along", "cluster")
	return n.gaps
}

// hole is a key without a cost, and why.
type hole struct {
	key    Key
	reason string
}

// origin is one source of prices of one kind at one date.
type origin struct {
	kind         Kind
	source, asOf string
	estimate     bool
}

// tally counts charges, and notes which cluster they are of.
type tally struct {
	charges int
	cluster string
}

func (t *tally) add(cluster string) *tally {
	if t == nil {
		t = &tally{cluster: cluster}
	}
	if t.cluster != cluster {
		t.cluster = AllClusters
	}
	t.charges++
	return t
}

// priceWarnings say what a reader of the pounds must know: one for each key
// without a cost, then one for each source of estimates or of old prices.
func priceWarnings(bills []*bill, end time.Time) []collector.Gap {
	holes, origins := map[hole]*tally{}, map[origin]*tally{}
	for _, b := range bills {
		for i := range b.charges {
			c := &b.charges[i]
			switch {
			case !c.Units.Effective.Known:
				h := hole{c.Key, c.Reason}
				holes[h] = holes[h].add(b.cluster.Name)
			case c.Terms != billTerms:
				o := origin{c.Key.Kind, c.Rate.Price.Source, c.Rate.Price.AsOf, c.Rate.Price.Estimate}
				origins[o] = origins[o].add(b.cluster.Name)
			}
		}
	}
	var gaps []collector.Gap
	say := func(t *tally, text string) {
		gaps = append(gaps, collector.Gap{Cluster: t.cluster, Source: gapSource, Reason: text})
	}
	for _, h := range slices.SortedFunc(maps.Keys(holes), func(a, b hole) int {
		return cmp.Or(a.key.Compare(b.key), cmp.Compare(a.reason, b.reason))
	}) {
		say(holes[h], fmt.Sprintf("%s of %s: no price, so the cost is unknown: %s", countOf(holes[h].charges, h.key.Kind), h.key, h.reason))
	}
	for _, o := range slices.SortedFunc(maps.Keys(origins), func(a, b origin) int {
		return cmp.Or(Key{Kind: a.kind}.Compare(Key{Kind: b.kind}), cmp.Compare(a.source, b.source), cmp.Compare(a.asOf, b.asOf),
			cmp.Compare(fmt.Sprint(a.estimate), fmt.Sprint(b.estimate)))
	}) {
		if text := o.warning(origins[o].charges, end); text != "" {
			say(origins[o], text)
		}
	}
	return gaps
}

// warning is what to say of prices of o, empty where they are fresh and firm.
func (o origin) warning(charges int, end time.Time) string {
	prices := fmt.Sprintf("the price of %s, from %s as of %s, ", countOf(charges, o.kind), o.source, cmp.Or(o.asOf, "an unknown date"))
	date, err := time.Parse(time.DateOnly, o.asOf)
	age := end.Sub(date)
	old := err == nil && !end.IsZero() && age > staleAfter
	days := int(age.Hours() / 24)
	switch {
	case o.estimate && old:
		return prices + fmt.Sprintf("is an estimate and was %d days old at the window's end", days)
	case o.estimate:
		return prices + "is an estimate"
	case old:
		return prices + fmt.Sprintf("was %d days old at the window's end: check it", days)
	case err != nil:
		return prices + "may be out of date: check it"
	}
	return ""
}

// reason is err without the key, which the line names already.
func reason(err error) string {
	if u, ok := errors.AsType[*UnknownPrice](err); ok {
		return u.Reason
	}
	return err.Error()
}

// count writes "1 node", "12 nodes".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// countOf writes "1 node", "12 load balancers".
func countOf(n int, k Kind) string { return fmt.Sprintf("%d %s", n, k.Noun(n)) }

// notes are the warnings of one cluster, gathered while its costs are shared
// out.
type notes struct {
	cluster  string
	gaps     []collector.Gap
	away     map[string]bool // the names in unlisted
	unlisted many            // nodes with pods that the cluster's list does not have
	sizeless many            // nodes without capacity
	broken   many            // workloads whose digests cannot be read
	silent   many            // workloads with pods and without usage
}

// many counts things and keeps the first one's name.
type many struct {
	n     int
	first string
}

func (m *many) add(name string) {
	if m.n == 0 || name < m.first {
		m.first = name
	}
	m.n++
}

// unlist notes a node that has pods and is not in the cluster's list.
func (n *notes) unlist(node string) {
	if !n.away[node] {
		n.away[node] = true
		n.unlisted.add(node)
	}
}

func (n *notes) all() []collector.Gap {
	n.say(n.unlisted, "pods run on %s that the cluster does not list (%s): their cost there is unknown", "node")
	n.say(n.sizeless, "%s without capacity (%s): the whole cost is idle, and what pods there cost is unknown", "node")
	n.say(n.broken, "the usage of %s cannot be read (%s): their requests alone were priced", "workload")
	n.say(n.silent, "%s without measured usage (%s): their requests alone were priced", "workload")
	return n.gaps
}

func (n *notes) say(m many, format, noun string) {
	if m.n == 0 {
		return
	}
	first := m.first
	if m.n > 1 {
		first = "the first is " + first
	}
	n.note(fmt.Sprintf(format, count(m.n, noun), first))
}

func (n *notes) note(reason string) {
	n.gaps = append(n.gaps, collector.Gap{Cluster: n.cluster, Source: gapSource, Reason: reason})
}
