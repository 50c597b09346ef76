package prom

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"

	"github.com/tuppence-dev/tuppence/collector"
)

// mostLives is how many nodes a window may have seen: far above what exists.
const mostLives = 100_000

// machine is a node under one provider id: a name that comes back under another
// id is another machine, as where an address is given again.
type machine struct{ name, id string }

// life is when a machine was first and last seen, to the step.
type life struct {
	machine
	first, last time.Time
}

// gone finds the nodes that ran within the window and stand no more, and the
// names of all. Removed is when one was last seen and Created, where
// kube_node_created does not tell, when it first was: each is right to the step.
// Nodes that stand are made as old as their machines.
func (r *run) gone(ctx context.Context, all []day) {
	r.nodes = map[string]bool{}
	for i := range r.c.Nodes {
		r.nodes[r.c.Nodes[i].Name] = true
	}
	if len(r.c.Nodes) == 0 { // they could not be listed, so which are gone can't be told
		return
	}
	if !r.has(nodeInfoMetric) {
		r.note("%s is not there: nodes that went within the window are not known, nor what they cost; kube-state-metrics would tell", nodeInfoMetric)
		return
	}
	lives, since := r.lives(ctx, all)
	r.since = since
	var past []life
	earliest := r.w.End
	for _, l := range lives {
		if l.first.Before(earliest) {
			earliest = l.first
		}
		if !r.stands(l.machine) {
			past = append(past, l)
			continue
		}
		if oldest := all[len(all)-1]; l.first.Equal(oldest.from.Add(r.cfg.Step)) {
			l.first = r.w.Start // as far as anyone saw
		}
		r.backdate(l)
	}
	r.past = r.describe(ctx, past, all)
	for i := range r.past {
		n := &r.past[i]
		r.nodes[n.Name] = true
		// One that was there when the first was seen may be of any age.
		if n.Created.IsZero() && past[i].first.After(earliest) {
			n.Created = past[i].first
		}
	}
	r.pastGaps()
}

// backdate moves the creation of the node of l back to when it was first seen. A
// kubelet that registers anew makes a new node of an old machine, which has been
// paid for all along and whose pods ran there before. Only the provider id tells
// that the machine is the same: on Google Cloud it names the instance, not the
// machine, so that the time between a spot machine and the next of its name counts.
func (r *run) backdate(l life) {
	for i := range r.c.Nodes {
		n := &r.c.Nodes[i]
		if n.Name == l.name && l.id != "" && n.ProviderID == l.id && l.first.Before(n.Created) {
			n.Created = l.first
		}
	}
}

// stands reports whether the API server lists m: by its name alone where one side
// knows no provider id.
func (r *run) stands(m machine) bool {
	return slices.ContainsFunc(r.c.Nodes, func(n collector.Node) bool {
		return n.Name == m.name && (n.ProviderID == m.id || n.ProviderID == "" || m.id == "")
	})
}

// lives reads which nodes were there, day by day and newest first, and returns
// them in order of name and time. since is from when on all that were there are
// known: the first sample, or the first after the last day that could not be read
// or has none; zero where the newest day is such a one. The first steps of a window
// are its start.
func (r *run) lives(ctx context.Context, all []day) ([]life, time.Time) {
	var since time.Time
	seen := map[machine]life{}
	var empty []string
	size, whole := &extent{namespaces: 1, span: 24 * time.Hour}, true
	for _, d := range all {
		if ctx.Err() != nil {
			break
		}
		seenAny := false
		err := r.divide(cut([]string{""}, 1, d, size.span), size, r.cfg.Step, func(p piece) error {
			answer, err := r.matrix(ctx, nodeQuery(r.cluster), v1.Range{Start: p.from.Add(r.cfg.Step), End: p.to, Step: r.cfg.Step})
			for _, s := range answer {
				seenAny = notice(seen, s, d, r.cfg.Step) || seenAny
			}
			if err == nil && len(seen) > mostLives {
				return &Fault{Message: fmt.Sprintf("more than %d nodes", mostLives), kind: bad}
			}
			return err
		})
		r.done(ctx, err, "nodes on "+string(d.Day), nil)
		if err == nil && !seenAny {
			empty = append(empty, string(d.Day))
		}
		if whole = whole && err == nil && seenAny; whole {
			since = earliestOf(seen)
		}
	}
	if since.Sub(r.w.Start) <= 2*r.cfg.Step && !since.IsZero() {
		since = r.w.Start
	}
	if len(empty) > 0 {
		r.note("%s has no samples on %d of %d days (%s): nodes that ran then and are gone are not known",
			nodeInfoMetric, len(empty), len(all), daysText(empty))
	}
	if len(seen) > mostLives {
		return nil, time.Time{}
	}
	return named(seen), since
}

// earliestOf is when the first of them was first seen.
func earliestOf(seen map[machine]life) time.Time {
	var earliest time.Time
	for _, l := range seen {
		if earliest.IsZero() || l.first.Before(earliest) {
			earliest = l.first
		}
	}
	return earliest
}

// notice adds a series of a day, and reports whether it held a node.
func notice(seen map[machine]life, s *model.SampleStream, d day, step time.Duration) bool {
	m, found := machine{label(s.Metric, "node"), string(s.Metric["provider_id"])}, false
	for _, v := range s.Values {
		if _, ok := d.index(v.Timestamp, step); !ok || m.name == "" {
			continue
		}
		at := v.Timestamp.Time().UTC()
		l, known := seen[m]
		if !known || at.Before(l.first) {
			l.first = at
		}
		if at.After(l.last) {
			l.last = at
		}
		l.machine, found = m, true
		seen[m] = l
	}
	return found
}

// named puts lives in order and gives those of no provider id to the machine of
// that name that came next: a cloud names a node a moment after it joined. Where
// none came, and the name has an id elsewhere, it is not known whose they were.
func named(seen map[machine]life) []life {
	ids := map[string][]life{}
	for m, l := range seen {
		if m.id != "" {
			ids[m.name] = append(ids[m.name], l)
		}
	}
	var all []life
	for _, n := range sortedKeys(ids) {
		of := ids[n]
		slices.SortFunc(of, func(a, b life) int { return cmp.Or(a.first.Compare(b.first), cmp.Compare(a.id, b.id)) })
		if nameless, ok := seen[machine{name: n}]; ok {
			if i := slices.IndexFunc(of, func(l life) bool { return l.first.After(nameless.last) }); i >= 0 {
				of[i].first = nameless.first
			}
		}
		all = append(all, of...)
	}
	for m, l := range seen {
		if m.id == "" && ids[m.name] == nil {
			all = append(all, l)
		}
	}
	slices.SortFunc(all, func(a, b life) int {
		return cmp.Or(cmp.Compare(a.name, b.name), a.first.Compare(b.first), cmp.Compare(a.id, b.id))
	})
	return all
}

func (r *run) pastGaps() {
	var untyped []string
	for i := range r.past {
		if r.past[i].InstanceType == "" {
			untyped = append(untyped, r.past[i].Name)
		}
	}
	if len(untyped) > 0 {
		r.note("of %d nodes that are gone the instance type is not told, e.g. %s: have kube-state-metrics export node labels (--metric-labels-allowlist=nodes=[*])",
			len(untyped), some(untyped))
	}
}
