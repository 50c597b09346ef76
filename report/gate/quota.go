package gate

import (
	"math"

	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
)

// replicas is how many pods the workload has or wants, whichever is more.
func (c *Case) replicas() int { return max(c.Workload.Replicas, c.Workload.Pods()) }

// resourceQuota holds the namespace's quotas to what the changed pods ask for
// beyond what is used: when all of them are changed, and at the worst moment of
// the roll-out.
//
// Of 4 pods from 1 to 1.5 cores with maxSurge 1 that is 2 cores at its end and 3
// while the last old pod stands. From 1.5 to 1 it is 1, the first new pod.
func resourceQuota(c *Case) recommend.Check {
	list, not := c.containers()
	if not != nil {
		return *not
	}
	if unread(c.Cluster, "resourcequotas") {
		return undecided("the ResourceQuotas of namespace %s could not be listed", c.Workload.Namespace)
	}
	ns := c.namespace()
	if ns == nil || len(ns.Quotas) == 0 {
		return beside("namespace %s has no ResourceQuota", c.Workload.Namespace)
	}
	if !resized(list) {
		return beside("no size changes")
	}
	r := c.rolling()
	var wrong, tight faults
	for i := range ns.Quotas {
		q := &ns.Quotas[i]
		for _, b := range bounds(q, list) {
			switch end, peak := r.growth(b.before, b.after); {
			case b.hard <= 0:
			case end > 0 && float64(b.used)+end > float64(b.hard):
				wrong.add("ResourceQuota %s has no room for the %s of the changed pods (%d)", q.Name, b.name, r.pods)
			case peak <= 0 || float64(b.used)+peak <= float64(b.hard):
			case r.unavailable == 0:
				wrong.add("ResourceQuota %s has no room for the %s of the surge (%d), and maxUnavailable 0 lets no old pod go first", q.Name, b.name, r.surge)
			default:
				tight.add("ResourceQuota %s has no room for the %s of the surge (%d), so old pods go first", q.Name, b.name, r.surge)
			}
		}
	}
	switch {
	case len(wrong) > 0:
		return fail("%s", said(list, wrong.String()))
	case len(tight) > 0:
		return pass("%s", said(list, tight.String()))
	}
	return pass("%s", said(list, "there is room"))
}

// quotaBound is what a quota allows of one resource and what is used of it, and
// what one pod asks for, in millicores or bytes. Hard zero is no bound.
type quotaBound struct {
	name                      string
	hard, used, before, after int64
}

func bounds(q *collector.Quota, list []container) []quotaBound {
	requests, limits := pod(list, requestsAfter), pod(list, limitsAfter)
	oldRequests, oldLimits := pod(list, requestsBefore), pod(list, limitsBefore)
	return []quotaBound{
		{"CPU requests", int64(q.HardRequests.CPU), int64(q.UsedRequests.CPU), int64(oldRequests.CPU), int64(requests.CPU)},
		{"memory requests", int64(q.HardRequests.Memory), int64(q.UsedRequests.Memory), int64(oldRequests.Memory), int64(requests.Memory)},
		{"CPU limits", int64(q.HardLimits.CPU), int64(q.UsedLimits.CPU), int64(oldLimits.CPU), int64(limits.CPU)},
		{"memory limits", int64(q.HardLimits.Memory), int64(q.UsedLimits.Memory), int64(oldLimits.Memory), int64(limits.Memory)},
	}
}

// rolling is how a change of the template replaces the pods.
type rolling struct{ pods, surge, unavailable int }

// growth is how much more than before the pods ask for, of one resource: once all
// are changed, and at most until then. In float64, as a hostile recording's
// figures overflow an int64; it is exact up to 8 PiB.
func (r rolling) growth(before, after int64) (end, peak float64) {
	n, s, old, fresh := float64(r.pods), float64(r.surge), float64(before), float64(after)
	end = n * (fresh - old)
	if fresh < old {
		return end, s * fresh
	}
	return end, end + s*old
}

// rolling reads the workload's strategy with the defaults of its kind.
// https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#max-unavailable
func (c *Case) rolling() rolling {
	w := c.Workload
	r := rolling{pods: c.replicas()}
	surge, unavailable := "0", "1" // a StatefulSet and a DaemonSet go pod by pod
	switch {
	case w.Kind == "Deployment" || w.Kind == "Rollout":
		surge, unavailable = "25%", "25%"
	case w.Kind != "StatefulSet" && w.Kind != "DaemonSet":
		unavailable = "100%" // Jobs and bare pods: there is none before the next one
	}
	switch w.Rollout.Type {
	case "Recreate":
		surge, unavailable = "0", "100%"
	case "BlueGreen":
		surge, unavailable = "100%", "0"
	}
	if w.Rollout.MaxSurge != "" {
		surge = w.Rollout.MaxSurge
	}
	if w.Rollout.MaxUnavailable != "" {
		unavailable = w.Rollout.MaxUnavailable
	}
	r.surge, r.unavailable = scaled(surge, r.pods, true), scaled(unavailable, r.pods, false)
	if r.surge == 0 && r.unavailable == 0 {
		r.unavailable = 1 // as the Deployment controller does where both round to none
	}
	return r
}

// scaled reads a number or a percentage of total, 0 where it is neither: the API
// server has accepted it.
func scaled(s string, total int, up bool) int {
	v := intstr.Parse(s)
	n, err := intstr.GetScaledValueFromIntOrPercent(&v, total, up)
	if err != nil {
		return 0
	}
	return min(max(n, 0), math.MaxInt32)
}
