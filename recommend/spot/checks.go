package spot

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
)

// checksOf judges the workload itself: what its owner's annotation overrides.
// The sources: Kubecost's spot checklist (controller, replicas, emptyDir,
// disruption budget, rolling update), CAST AI's (no disruption allowed,
// maxUnavailable 0, probes, spread), the providers' notices.
func (s Settings) checksOf(c *collector.Cluster, w *collector.Workload, p collector.Provider) []recommend.Check {
	return []recommend.Check{
		controller(w),
		s.system(c, w),
		replicas(w),
		s.jobs(w),
		emptyDirs(w),
		yes("no hostPath", !w.Pod.HostPath, "", "it mounts a directory of its node"),
		claims(w),
		budget(w),
		disruption(w),
		rolling(w),
		surge(w),
		probe(w),
		spread(w),
		yes("may be disrupted", w.Pod.DoNotDisrupt == "", "", "annotation "+w.Pod.DoNotDisrupt+" forbids eviction"),
		grace(w, p),
	}
}

func yes(name string, ok bool, passed, failed string) recommend.Check {
	if ok {
		return recommend.Check{Name: name, Verdict: recommend.Passed, Detail: passed}
	}
	return recommend.Check{Name: name, Verdict: recommend.Failed, Detail: failed}
}

func unknown(name, detail string) recommend.Check {
	return recommend.Check{Name: name, Verdict: recommend.Undecided, Detail: detail}
}

func isJob(w *collector.Workload) bool { return w.Kind == "Job" || w.Kind == "CronJob" }

func controller(w *collector.Workload) recommend.Check {
	ok := w.Kind == "Deployment" || w.Kind == "Rollout" || isJob(w)
	return yes("controller", ok, "a "+w.Kind+" replaces its pods anywhere", "the pods of a "+w.Kind+" are not replaced freely")
}

func (s Settings) system(c *collector.Cluster, w *collector.Workload) recommend.Check {
	const name = "not part of the system"
	gitops := slices.ContainsFunc(c.Controllers, func(g collector.Controller) bool { return g.Namespace == w.Namespace })
	switch {
	case slices.Contains(s.Namespaces, w.Namespace):
		return yes(name, false, "", "namespace "+w.Namespace+" is the system's")
	case gitops:
		return yes(name, false, "", "namespace "+w.Namespace+" has the GitOps controllers, which repair the rest")
	}
	return yes(name, !strings.HasPrefix(w.Pod.Priority, "system-"), "", "its priority class is "+w.Pod.Priority)
}

func replicas(w *collector.Workload) recommend.Check {
	const name = "more than one replica"
	switch {
	case isJob(w):
		return yes(name, true, "a Job retries its pods", "")
	case w.HPA != nil:
		return yes(name, w.HPA.Min > 1 && w.Replicas > 1, fmt.Sprintf("%d, at least %d by its HPA", w.Replicas, w.HPA.Min),
			fmt.Sprintf("%d, and its HPA goes down to %d", w.Replicas, w.HPA.Min))
	}
	return yes(name, w.Replicas > 1, fmt.Sprintf("%d", w.Replicas), fmt.Sprintf("%d, so an interruption is an outage", w.Replicas))
}

func (s Settings) jobs(w *collector.Workload) recommend.Check {
	const name = "short runs"
	d := w.LongestJob.Duration
	switch {
	case !isJob(w):
		return yes(name, true, "not a Job", "")
	case d == 0:
		return unknown(name, "how long its runs take is not known")
	}
	return yes(name, d <= s.LongestJob.Duration, "the longest took "+short(d),
		"the longest took "+short(d)+", which an interruption would lose; more than "+short(s.LongestJob.Duration)+" is too much without checkpoints")
}

// emptyDirs: one in memory is scratch by its nature, since it counts as memory
// of the pod. What one on disk holds cannot be told from here, so a person
// decides (Kubecost fails every emptyDir).
func emptyDirs(w *collector.Workload) recommend.Check {
	var disks []string
	for _, e := range w.Pod.EmptyDirs {
		if !e.Memory {
			disks = append(disks, e.Name)
		}
	}
	const name = "no data in emptyDir"
	switch {
	case len(disks) > 0:
		return unknown(name, "emptyDir "+strings.Join(disks, ", ")+" is lost with the pod: is it only scratch?")
	case len(w.Pod.EmptyDirs) > 0:
		return yes(name, true, "only in memory", "")
	}
	return yes(name, true, "", "")
}

func claims(w *collector.Workload) recommend.Check {
	const name = "no single-node volume"
	open := ""
	for _, c := range w.Pod.Claims {
		for _, m := range c.AccessModes {
			if m == "ReadWriteOnce" || m == "ReadWriteOncePod" {
				return yes(name, false, "", "claim "+c.Name+" is "+m+": it must be detached before another node can use it")
			}
		}
		if len(c.AccessModes) == 0 {
			open = c.Name
		}
	}
	if open != "" {
		return unknown(name, "the access mode of claim "+open+" could not be read")
	}
	return yes(name, true, "", "")
}

func probe(w *collector.Workload) recommend.Check {
	const name = "readiness probe"
	if isJob(w) {
		return yes(name, true, "a Job serves nothing", "")
	}
	return yes(name, w.Pod.ReadinessProbe, "", "without one, traffic reaches replacements before they can serve")
}

// spread is undecided without constraints: the scheduler's default spreads as
// best it can, which often does.
func spread(w *collector.Workload) recommend.Check {
	const name = "spread over nodes"
	if w.Pod.Spread || isJob(w) {
		return yes(name, true, "", "")
	}
	return unknown(name, "no topology spread or anti-affinity, so one interruption may take all replicas")
}

// grace holds grace and preStop together to the notice. The kubelet counts
// preStop within the grace period, so this is on the safe side.
func grace(w *collector.Workload, p collector.Provider) recommend.Check {
	const name = "stops within the notice"
	need := w.Pod.GracePeriod.Duration + w.Pod.PreStop.Duration
	room, ok := notice(p)
	if !ok {
		return unknown(name, "its nodes are of more than one provider, or of an unknown one, so their notice is not known")
	}
	return yes(name, need <= room, short(need)+" of "+short(room),
		fmt.Sprintf("grace period and preStop are %s; %s leaves %s", short(need), p, short(room)))
}
