package interval

import (
	"slices"

	"github.com/tuppence-dev/tuppence/collector"
)

// count counts who would be called, and the Receivers that there are.
func (c *called) count(pollers []place) {
	gains := map[int]bool{}
	for _, at := range c.places {
		gains[at.system] = true
	}
	for start := 0; start < len(pollers); {
		system, end := pollers[start].system, start
		for end < len(pollers) && pollers[end].system == system {
			end++
		}
		switch {
		case c.Systems[system].Instance == "":
			has := c.receivers(pollers[start:end])
			c.has += has
			if gains[system] {
				c.flux++
				c.lack += min(has, 1)
			}
		case gains[system]:
			c.argo++
		}
		start = end
	}
}

// receivers is how many Receivers of the host's type, if that is known, its webhooks
// call in one system: those in order that wake one of its pollers.
func (c *called) receivers(pollers []place) int {
	n := 0
	of := &c.Mapped.fleet.Clusters[c.Systems[pollers[0].system].Cluster]
	for i := range of.Reconcilers {
		r := &of.Reconcilers[i]
		if r.Kind != "Receiver" || r.Suspended || r.Ready == "False" || c.limit.receiver != "" && r.Hook != c.limit.receiver {
			continue
		}
		if slices.ContainsFunc(r.Targets, func(t collector.Origin) bool { return c.targets(pollers, t) }) {
			n++
		}
	}
	return n
}

func (c *called) targets(pollers []place, target collector.Origin) bool {
	return slices.ContainsFunc(pollers, func(at place) bool {
		r := c.Systems[at.system].Tasks[at.task].Reconciler
		return r.Kind == target.Kind && r.Namespace == target.Namespace &&
			(r.Name == target.Name || target.Name == "*" && r.Hooked)
	})
}
