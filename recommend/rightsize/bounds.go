package rightsize

import (
	"fmt"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
)

// containerBounds is the tightest of the namespace's LimitRange items for
// containers.
func containerBounds(ns *collector.Namespace) bounds { return limitRange(ns, "Container") }

func limitRange(ns *collector.Namespace, kind string) bounds {
	var b bounds
	if ns == nil {
		return b
	}
	for _, l := range ns.Limits {
		if l.Type == kind {
			b.low = b.low.Max(l.Min)
			b.high = Resources{CPU: tighter(b.high.CPU, l.Max.CPU), Memory: tighter(b.high.Memory, l.Max.Memory)}
		}
	}
	return b
}

// tighter is the smaller bound, where zero is none.
func tighter[T ~int64](a, b T) T {
	if a == 0 || b == 0 {
		return max(a, b)
	}
	return min(a, b)
}

// bounded checks the new pod against the namespace's bounds on pods and its
// quotas, and returns the check that failed, if one did. Where nothing is bound
// there is no check.
func (j *job) bounded() recommend.Check {
	if j.ns == nil || len(j.proposals) == 0 {
		return recommend.Check{}
	}
	containers := j.w.Containers
	requests, limits := recommend.PodOf(containers, j.requests), recommend.PodOf(containers, j.limits)
	oldRequests := j.w.Requests()
	oldLimits := collector.PodRequests(containers, func(c *collector.Container) Resources { return c.Limits })
	if b := limitRange(j.ns, "Pod"); b != (bounds{}) {
		tooLow := requests.CPU < b.low.CPU || requests.Memory < b.low.Memory
		tooHigh := b.high.CPU > 0 && requests.CPU > b.high.CPU || b.high.Memory > 0 && max(requests.Memory, limits.Memory) > b.high.Memory
		if tooLow || tooHigh {
			return j.fail("limit range", "the new pod would be outside the LimitRange for pods of namespace %s", j.ns.Name)
		}
		j.check("limit range", recommend.Passed, "the new pod is within the LimitRange for pods")
	}
	n := max(j.w.Replicas, j.w.Pods())
	j.grown.requests = j.grown.requests.Add(requests.Sub(oldRequests).Times(n).Max(Resources{}))
	j.grown.limits = j.grown.limits.Add(limits.Sub(oldLimits).Times(n).Max(Resources{}))
	grows := !requests.Fits(oldRequests) || !limits.Fits(oldLimits)
	for _, q := range j.ns.Quotas {
		if grows && (overQuota(q.HardRequests, q.UsedRequests, j.grown.requests) || overQuota(q.HardLimits, q.UsedLimits, j.grown.limits)) {
			return j.fail("quota", "ResourceQuota %s of namespace %s has no room for the increase of %d pods", q.Name, j.ns.Name, n)
		}
		j.check("quota", recommend.Passed, "ResourceQuota %s has room", q.Name)
	}
	return recommend.Check{}
}

// growth is what changed pods ask for beyond what they do now. A decrease is no
// part of it, as it may come to the cluster later than an increase.
type growth struct{ requests, limits Resources }

func (j *job) fail(name, format string, args ...any) recommend.Check {
	c := recommend.Check{Name: name, Verdict: recommend.Failed, Detail: fmt.Sprintf(format, args...)}
	j.checks = append(j.checks, c)
	return c
}

// overQuota reports whether an increase leaves a quota; a decrease never does.
func overQuota(hard, used, change Resources) bool {
	return hard.CPU > 0 && change.CPU > 0 && used.CPU+change.CPU > hard.CPU ||
		hard.Memory > 0 && change.Memory > 0 && used.Memory+change.Memory > hard.Memory
}
