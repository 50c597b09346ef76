package main

import (
	"slices"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/report/pull"
)

// keeping is what is wanted, where this run does not know all that an open request is
// to hold with that request as it is: a cluster could not be read, a gap may hide some of
// its findings, or only a part of the findings was asked for. What such a request holds is not proposed in another.
func (b *proposing) keeping(seen *pull.Seen, proposals []pull.Proposal) []pull.Proposal {
	wanted := slices.Clone(proposals)
	missing, none := b.unknown()
	knowledge := b.knows()
	kept, open := map[string]string{}, map[string]bool{} // why, by finding; by key
	for i := range seen.Requests {
		r := &seen.Requests[i]
		if r.State != pull.Open || r.Marker == nil || r.Base != b.agent.syncer.Policy.Base {
			continue
		}
		open[r.Marker.Key] = true
		reason, unread := missing, none
		if why := knowledge.doubt(r.Marker); why != "" {
			reason, unread = why, true
		}
		if name := b.stranger(r.Marker); name != "" {
			reason, unread = "it holds changes for "+name+", which this run did not read", true
		}
		if reason == "" {
			continue
		}
		at := slices.IndexFunc(wanted, func(p pull.Proposal) bool { return p.Key == r.Marker.Key })
		switch {
		case at < 0:
			wanted = append(wanted, pull.Proposal{Key: r.Marker.Key, Untold: reason})
		case unread || b.narrowed() && !holds(wanted[at].Findings, r.Marker.Findings):
			wanted[at] = pull.Proposal{Key: r.Marker.Key, Untold: reason}
		default:
			continue
		}
		for _, id := range r.Marker.Findings {
			kept[id] = reason
		}
	}
	for i := range wanted {
		p := &wanted[i]
		at := slices.IndexFunc(p.Findings, func(id string) bool { return kept[id] != "" })
		if !open[p.Key] && at >= 0 {
			*p = pull.Proposal{Key: p.Key, Untold: "an open request holds some of its findings; " + kept[p.Findings[at]]}
		}
	}
	return wanted
}

// stranger is a cluster that a request is for and that this run does not have.
func (b *proposing) stranger(m *pull.Marker) string {
	for _, name := range m.Clusters {
		if !slices.ContainsFunc(b.fleet.Clusters, func(c collector.Cluster) bool { return c.Name == name }) {
			return name
		}
	}
	return ""
}

// unknown is why this run does not know all that there is to propose, empty where it
// does, and whether that is because of a cluster of which nothing was read.
func (b *proposing) unknown() (reason string, unread bool) {
	for i := range b.fleet.Clusters {
		if gap, none := nothingOf(&b.fleet.Clusters[i]); none {
			return "not all of the fleet could be read: " + gap.String(), true
		}
	}
	if b.narrowed() {
		return "only a part of the findings was asked for, by --cluster or --only", false
	}
	return "", false
}

func (b *proposing) narrowed() bool { return b.partial || len(b.clusters) > 0 }

// holds tells whether all of the findings, of which some are known, are in the list.
func holds(list, findings []string) bool {
	return len(findings) > 0 && !slices.ContainsFunc(findings, func(id string) bool { return !slices.Contains(list, id) })
}
