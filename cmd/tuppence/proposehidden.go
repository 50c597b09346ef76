package main

import (
	"slices"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
	"github.com/tuppence-dev/tuppence/recommend/interval"
	"github.com/tuppence-dev/tuppence/recommend/rightsize"
	"github.com/tuppence-dev/tuppence/recommend/spot"
	"github.com/tuppence-dev/tuppence/report/pull"
)

// usage is the source whose gaps may hide what workloads are to ask for: on a single
// sample of metrics.k8s.io nothing is proposed.
const usage = "prometheus"

// gapOf is the cluster's first gap of one of the sources.
func gapOf(c *collector.Cluster, sources ...string) (collector.Gap, bool) {
	i := slices.IndexFunc(c.Gaps, func(g collector.Gap) bool { return slices.Contains(sources, g.Source) })
	if i < 0 {
		return collector.Gap{}, false
	}
	return c.Gaps[i], true
}

// hidden are the cluster's workloads whose findings a gap of usage may hide: they run,
// and their use is not known up to the window's end. The gap alone says little: many
// are about something else, and are there every night.
func (b *proposing) hidden(c *collector.Cluster) []*collector.Workload {
	if _, ok := gapOf(c, usage); !ok {
		return nil
	}
	yesterday := collector.DayOf(b.fleet.Window.End.Add(-24 * time.Hour))
	ignored := map[string]string{}
	for i := range c.Namespaces {
		ignored[c.Namespaces[i].Name] = c.Namespaces[i].Ignore
	}
	var out []*collector.Workload
	for i := range c.Workloads {
		w := &c.Workloads[i]
		runs := slices.ContainsFunc(w.Placements, func(p collector.Placement) bool { return p.Node != "" })
		ignores := collector.Ignores(w.Ignore, rightsize.Name) || collector.Ignores(ignored[w.Namespace], rightsize.Name)
		if runs && !ignores && !measured(w, yesterday) {
			out = append(out, w)
		}
	}
	return out
}

// measured tells whether the use of one of its containers is known on the day, or a
// later one.
func measured(w *collector.Workload, day collector.Day) bool {
	return slices.ContainsFunc(w.Containers, func(c collector.Container) bool {
		days := c.Usage.Days
		if c.Usage.Source != usage || len(days) == 0 {
			return false
		}
		last := days[len(days)-1]
		return last.Day >= day && len(last.CPU) > 0 && len(last.Memory) > 0
	})
}

// knowledge is what a run can tell of findings, by their IDs: that they stand, or that
// they would were they to.
type knowledge struct {
	known  map[string]bool
	hidden map[string]collector.Gap
	fleet  *collector.Fleet
}

func (b *proposing) knows() *knowledge {
	k := &knowledge{map[string]bool{}, map[string]collector.Gap{}, b.fleet}
	for i := range b.fleet.Clusters {
		c := &b.fleet.Clusters[i]
		for j := range c.Workloads {
			for _, rule := range []string{rightsize.Name, spot.Name} {
				k.known[recommend.FindingID(rule, recommend.Subject(c.Name, &c.Workloads[j]))] = true
			}
		}
		for _, w := range b.hidden(c) {
			gap, _ := gapOf(c, usage)
			for _, rule := range []string{rightsize.Name, spot.Name} {
				k.hidden[recommend.FindingID(rule, recommend.Subject(c.Name, w))] = gap
			}
		}
		for j := range c.Reconcilers {
			r := &c.Reconcilers[j]
			k.known[recommend.FindingID(interval.Name, recommend.Object{Cluster: c.Name, APIVersion: r.APIVersion, Kind: r.Kind, Namespace: r.Namespace, Name: r.Name})] = true
		}
	}
	for i := range b.findings {
		f := &b.findings[i]
		k.known[f.ID] = true
		if f.Status == recommend.Proposed {
			delete(k.hidden, f.ID)
		}
	}
	return k
}

// doubt is why the run can't tell what an open request is to hold: a gap may hide some
// of its findings. Empty where it can.
func (k *knowledge) doubt(m *pull.Marker) string {
	const why = "not all that it holds could be read: "
	lost := len(m.Findings) == 0 // they were too many to be remembered
	for _, id := range m.Findings {
		if gap, ok := k.hidden[id]; ok {
			return why + gap.String()
		}
		lost = lost || !k.known[id]
	}
	for i := range k.fleet.Clusters {
		c := &k.fleet.Clusters[i]
		if !lost || len(m.Clusters) > 0 && !slices.Contains(m.Clusters, c.Name) {
			continue
		}
		if gap, ok := gapOf(c, "kubernetes", "flux", "argocd"); ok {
			return why + gap.String()
		}
	}
	return ""
}
