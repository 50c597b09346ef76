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

// warnings say what a reader of the pounds must know: the exchange rates', then
// one for each key without a price, then one for each source of estimates or of
// old prices.
func (q *quotes) warnings(end time.Time) []collector.Gap {
	var gaps []collector.Gap
	for _, r := range q.rates {
		if r.Warning != "" {
			gaps = append(gaps, collector.Gap{Cluster: AllClusters, Source: gapSource, Reason: r.Warning})
		}
	}
	for _, k := range q.keys {
		if e := q.byKey[k]; e.rate == nil {
			gaps = append(gaps, collector.Gap{Cluster: e.cluster, Source: gapSource, Reason: fmt.Sprintf(
				"%s of %s: no price, so the cost is unknown: %s", count(e.nodes, "node"), k, e.reason)})
		}
	}
	return append(gaps, q.sourceWarnings(end)...)
}

// origin is one source of prices at one date.
type origin struct {
	source, asOf string
	estimate     bool
}

func (q *quotes) sourceWarnings(end time.Time) []collector.Gap {
	tally := map[origin]*quote{} // only nodes and cluster are used
	for _, k := range q.keys {
		e := q.byKey[k]
		if e.rate == nil {
			continue
		}
		o := origin{e.rate.Price.Source, e.rate.Price.AsOf, e.rate.Price.Estimate}
		t := tally[o]
		if t == nil {
			t = &quote{cluster: e.cluster}
			tally[o] = t
		}
		if t.cluster != e.cluster {
			t.cluster = AllClusters
		}
		t.nodes += e.nodes
	}
	origins := slices.SortedFunc(maps.Keys(tally), func(a, b origin) int {
		return cmp.Or(cmp.Compare(a.source, b.source), cmp.Compare(a.asOf, b.asOf))
	})
	var gaps []collector.Gap
	for _, o := range origins {
		t := tally[o]
		if text := o.warning(t.nodes, end); text != "" {
			gaps = append(gaps, collector.Gap{Cluster: t.cluster, Source: gapSource, Reason: text})
		}
	}
	return gaps
}

// warning is what to say of prices of o, empty where they are fresh and firm.
func (o origin) warning(nodes int, end time.Time) string {
	prices := fmt.Sprintf("the price of %s, from %s as of %s, ", count(nodes, "node"), o.source, cmp.Or(o.asOf, "an unknown date"))
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
	n.gaps = append(n.gaps, collector.Gap{Cluster: n.cluster, Source: gapSource, Reason: fmt.Sprintf(format, count(m.n, noun), first)})
}
