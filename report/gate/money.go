package gate

import (
	"slices"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
)

// savingPositive holds that a change which costs money buys something for it: a
// size that rises, so that the workload no longer runs short.
func savingPositive(c *Case) recommend.Check {
	a := c.Finding.Saving.Allocated
	switch {
	case !a.Known:
		return undecided("what it saves is not known, as some prices are not")
	case a.Money.IsZero():
		return pass("%s a month by itself", a)
	case a.Money.IsPositive():
		return pass("%s a month", a)
	}
	list, not := c.containers()
	if not != nil && not.Verdict == recommend.Undecided {
		return *not
	}
	if slices.ContainsFunc(list, func(k container) bool { return k.raised() }) {
		return pass("it costs money, %s a month: a size that is too small is raised", a)
	}
	return fail("it costs money, %s a month, and raises no size", a)
}

// raised reports whether k gets more of anything.
func (k *container) raised() bool {
	return !k.after.requests.Fits(k.before.requests) ||
		less(k.after.limits.CPU, k.before.limits.CPU) || less(k.after.limits.Memory, k.before.limits.Memory)
}

// notices are how long before it takes a spot machine away a provider says so.
// The kubelet of GKE keeps half of its notice for the system's own pods; a finding
// of spot is stricter for that, unless the workload's owner overrides it.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html
// https://learn.microsoft.com/azure/virtual-machines/spot-vms
// https://cloud.google.com/kubernetes-engine/docs/concepts/spot-vms
var notices = map[collector.Provider]time.Duration{
	collector.AWS:   2 * time.Minute,
	collector.Azure: 30 * time.Second,
	collector.GCP:   30 * time.Second,
}

// grace holds a move to spot to the notice of the providers that its pods run on.
// The kubelet counts preStop within the grace period.
func grace(c *Case) recommend.Check {
	if c.Workload == nil || !c.toSpot() {
		return beside("nothing moves to spot capacity")
	}
	r, ok := c.pods()
	if !ok {
		return undecided("no object that the change reaches has the pod template of %s", c.Finding.Subject)
	}
	spec, err := podSpec(r.After)
	if err != nil {
		return undecided("%s", brief(err.Error()))
	}
	need := c.Workload.Pod.GracePeriod.Duration
	if s := spec.TerminationGracePeriodSeconds; s != nil {
		need = time.Duration(min(max(*s, 0), 365*86400)) * time.Second
	}
	room := time.Duration(0)
	for i := range c.Cluster.Nodes {
		n := &c.Cluster.Nodes[i]
		if !c.on(n.Name) {
			continue
		}
		notice, known := notices[n.Provider]
		if !known {
			return undecided("how long before it goes the provider of node %s gives notice is not known", n.Name)
		}
		if room == 0 || notice < room {
			room = notice
		}
	}
	switch {
	case room == 0:
		return undecided("its pods run on no known node, so the notice is not known")
	case need > room:
		return fail("its pods may take %s to stop, and a spot node is gone after %s", recommend.Interval(need), recommend.Interval(room))
	}
	return pass("its pods stop within %s, of %s", recommend.Interval(need), recommend.Interval(room))
}

// toSpot reports whether the change chooses spot capacity for the pods.
func (c *Case) toSpot() bool {
	return slices.ContainsFunc(c.Finding.Changes, func(change recommend.Change) bool {
		n := len(change.Path)
		if n < 2 || change.Path[n-2] != "nodeSelector" {
			return false
		}
		bought, _ := collector.CapacityOf(func(key string) string {
			if key == change.Path[n-1] {
				return change.After
			}
			return ""
		})
		return bought == collector.Spot
	})
}
