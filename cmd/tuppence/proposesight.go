package main

import (
	"slices"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
	"github.com/tuppence-dev/tuppence/recommend/rightsize"
	"github.com/tuppence-dev/tuppence/report/patch"
	"github.com/tuppence-dev/tuppence/report/pull"
)

// unread are the waves that this run does not know all the wishes of: clusters of which
// nothing was read, and workloads whose use was not.
func (b *proposing) unread() []pull.Unread {
	stands := map[string]bool{}
	for i := range b.findings {
		stands[b.findings[i].ID] = b.findings[i].Status == recommend.Proposed
	}
	var out []pull.Unread
	for i := range b.fleet.Clusters {
		c := &b.fleet.Clusters[i]
		wave := b.config.Waves.of(c.Environment)
		if _, none := nothingOf(c); none {
			out = append(out, pull.Unread{Wave: wave, Reason: c.Name + " could not be read"})
		}
		for _, w := range b.hidden(c) {
			if !stands[recommend.FindingID(rightsize.Name, recommend.Subject(c.Name, w))] {
				out = append(out, pull.Unread{Wave: wave, Subject: w.Kind + " " + w.Namespace + "/" + w.Name, Reason: "its use in " + c.Name + " could not be read"})
			}
		}
	}
	return out
}

// nothingOf is the gap because of which nothing of the cluster was read.
func nothingOf(c *collector.Cluster) (collector.Gap, bool) {
	gap, ok := gapOf(c, "kubernetes")
	return gap, ok && len(c.Workloads) == 0
}

// asks tells whether the run was asked for what is of the cluster.
func (b *proposing) asks(cluster string) bool {
	return len(b.clusters) == 0 || slices.Contains(b.clusters, cluster)
}

// asked are the groups and held findings of the plan that the run was asked for. That
// comes after the waves, which are of the whole fleet: what is to be made in staging
// first is so also for who asks for a cluster of production alone.
func (b *proposing) asked(all *patch.Plan, groups []pull.Group, held []pull.Held) ([]pull.Group, []pull.Held) {
	if len(b.clusters) == 0 {
		return groups, held
	}
	taken := map[string]bool{} // a patch that goes is asked for where all of its clusters are
	for _, s := range all.Stale {
		taken[s.File] = !slices.ContainsFunc(s.Clusters, func(name string) bool { return !b.asks(name) })
	}
	not := func(i pull.Item) bool {
		if i.Takes {
			return !taken[i.Finding]
		}
		return !b.asks(b.finding(i.Finding).Subject.Cluster)
	}
	var some []pull.Group
	for _, g := range groups {
		if g.Items = slices.DeleteFunc(slices.Clone(g.Items), not); len(g.Items) > 0 {
			some = append(some, g)
		}
	}
	return some, slices.DeleteFunc(slices.Clone(held), func(h pull.Held) bool { return not(h.Item) })
}

// narrow is the part of a plan that the run was asked for, to tell of it. What it takes
// out is told with the requests.
func (b *proposing) narrow(p *patch.Plan) *patch.Plan {
	n := *p
	n.Stale = nil
	if len(b.clusters) == 0 {
		return &n
	}
	n.Files = nil // whose they are can't be told
	not := func(q patch.Placed) bool { return !b.asks(q.Change.Object.Cluster) }
	n.Placed, n.Already = slices.DeleteFunc(slices.Clone(p.Placed), not), slices.DeleteFunc(slices.Clone(p.Already), not)
	n.Unplaced = slices.DeleteFunc(slices.Clone(p.Unplaced), func(u patch.Unplaced) bool { return !b.asks(u.Object.Cluster) })
	return &n
}
