package main

import (
	"slices"

	"github.com/tuppence-dev/tuppence/report/pull"
)

// keeping is what is wanted, where this run does not know all that an open request is
// to hold with that request as it is: a cluster could not be read, or only a part of
// the findings was asked for. What such a request holds is not proposed in another.
func (b *proposing) keeping(seen *pull.Seen, proposals []pull.Proposal) []pull.Proposal {
	wanted := slices.Clone(proposals)
	reason, unread := b.unknown()
	kept, open := map[string]bool{}, map[string]bool{}
	for i := range seen.Requests {
		r := &seen.Requests[i]
		if reason == "" || r.State != pull.Open || r.Marker == nil || r.Base != b.agent.syncer.Policy.Base {
			continue
		}
		open[r.Marker.Key] = true
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
			kept[id] = true
		}
	}
	for i := range wanted {
		if p := &wanted[i]; !open[p.Key] && slices.ContainsFunc(p.Findings, func(id string) bool { return kept[id] }) {
			*p = pull.Proposal{Key: p.Key, Untold: "an open request holds some of its findings; " + reason}
		}
	}
	return wanted
}

// unknown is why this run does not know all that there is to propose, empty where it
// does, and whether that is because of a cluster of which nothing was read.
func (b *proposing) unknown() (reason string, unread bool) {
	for i := range b.fleet.Clusters {
		c := &b.fleet.Clusters[i]
		for _, g := range c.Gaps {
			if g.Source == "kubernetes" && len(c.Workloads) == 0 {
				return "not all of the fleet could be read: " + g.String(), true
			}
			if reason == "" && slices.Contains([]string{"kubernetes", "flux", "argocd", "prometheus"}, g.Source) {
				reason = "not all of the fleet could be read: " + g.String()
			}
		}
	}
	if reason == "" && b.narrowed() {
		reason = "only a part of the findings was asked for, by --cluster or --only"
	}
	return reason, false
}

func (b *proposing) narrowed() bool { return b.partial || len(b.clusters) > 0 }

// holds tells whether all of the findings, of which some are known, are in the list.
func holds(list, findings []string) bool {
	return len(findings) > 0 && !slices.ContainsFunc(findings, func(id string) bool { return !slices.Contains(list, id) })
}
