package gate

import (
	"fmt"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
)

// rolloutPossible holds that a change of the template can reach the pods, and
// says what it costs them. A restart is no failure: every change of a size or a
// node selector is one.
func rolloutPossible(c *Case) recommend.Check {
	w := c.Workload
	if w == nil {
		return beside("%s restarts no pods", c.Finding.Subject.Kind)
	}
	if w.Pod.DoNotDisrupt != "" {
		return fail("annotation %s forbids to disrupt its pods, and the change restarts them", brief(w.Pod.DoNotDisrupt))
	}
	switch w.Kind {
	case "Pod", "ReplicaSet", "Job":
		return fail("a %s does not replace its pods when its template changes", w.Kind)
	case "CronJob":
		return pass("it takes effect with the next run")
	}
	if r, ok := c.pods(); ok && at(r.After, "spec", "paused") == true {
		return fail("%s is paused, so the change would wait until it is resumed", r.key())
	}
	none := func(s string) bool { return s == "0" || s == "0%" }
	switch r := c.rolling(); {
	case none(w.Rollout.MaxUnavailable) && none(w.Rollout.MaxSurge):
		return fail("maxUnavailable and maxSurge are both 0, so no pod can be replaced")
	case w.Rollout.Type == "OnDelete":
		return pass("its pods stay as they are until each is deleted by hand (OnDelete)")
	case w.Rollout.Type == "Recreate":
		return pass("all its pods stop before the new ones start (Recreate)")
	case r.pods == 1 && r.unavailable > 0 && r.surge == 0:
		return pass("its only pod%s restarts, and is away meanwhile", in(c.Cluster.Environment))
	case r.pods == 1:
		return pass("its only pod%s is replaced by a new one", in(c.Cluster.Environment))
	}
	return pass("its pods are replaced a few at a time")
}

func in(environment string) string {
	if environment == "" {
		return ""
	}
	return " in " + environment
}

// replicasAvailable holds that nothing is lowered while the workload is failing,
// and nothing raised or moved while pods of it find no node: what is there to
// mend would be hidden by the change, or blamed on it.
func replicasAvailable(c *Case) recommend.Check {
	list, not := c.containers()
	if not != nil {
		return *not
	}
	w := c.Workload
	var wrong faults
	lowered, grows := false, false
	for i := range list {
		k := &list[i]
		lower := k.lowered()
		lowered = lowered || lower
		grows = grows || !k.after.requests.Fits(k.before.requests)
		if k.Usage.OOMKills > 0 && k.memoryLowered() {
			wrong.add("%s was killed for memory %d times in the window, and gets less", k.Name, k.Usage.OOMKills)
		}
		if often := c.oftenRestarts(); lower && k.Usage.Restarts > often {
			wrong.add("%s restarted %d times in the window, over one a pod and day (%d), and gets less", k.Name, k.Usage.Restarts, often)
		}
	}
	pending, job := c.pending(), w.Kind == "Job" || w.Kind == "CronJob"
	switch {
	case len(wrong) > 0:
		return fail("%s", wrong)
	case w.Replicas == 0 || job:
		return pass("no pods are wanted at all times")
	case w.Pods() == 0:
		return fail("none of its %d pods is there", w.Replicas)
	case pending > 0 && (grows || !lowered):
		return fail("pods that find no node: %d of %d", pending, w.Pods())
	case pending > 0:
		return pass("pods that find no node: %d of %d; smaller ones may find one", pending, w.Pods())
	case w.Pods() < w.Replicas && lowered:
		return fail("only %d of its %d pods are there", w.Pods(), w.Replicas)
	}
	return pass("%d of %d pods are there", w.Pods(), w.Replicas)
}

// lowered reports whether k gets less of anything, a limit where there was none
// included.
func (k *container) lowered() bool {
	b, a := k.before, k.after
	return k.memoryLowered() || a.requests.CPU < b.requests.CPU || less(b.limits.CPU, a.limits.CPU)
}

func (k *container) memoryLowered() bool {
	return k.after.requests.Memory < k.before.requests.Memory || less(k.before.limits.Memory, k.after.limits.Memory)
}

// less reports whether a limit falls; zero is none.
func less[T ~int64](before, after T) bool {
	return after > 0 && (before == 0 || after < before)
}

// oftenRestarts is one restart a pod and day of the window: 3 pods over 14 days
// may restart 42 times. A pod in a crash loop does about 288 times a day.
func (c *Case) oftenRestarts() int {
	days := max(1, int(c.Window.Length()/(24*time.Hour)))
	return days * max(1, c.replicas())
}

// pending is how many pods of the workload have no node.
func (c *Case) pending() int {
	n := 0
	for _, p := range c.Workload.Placements {
		if p.Node == "" {
			n += p.Pods
		}
	}
	return n
}

// disruptionBudget holds that the workload's PodDisruptionBudget can be met. One
// that never lets a pod go stops no roll-out, but it stops the drain of a spot node.
func disruptionBudget(c *Case) recommend.Check {
	w := c.Workload
	switch {
	case w == nil:
		return beside("%s has no pods", c.Finding.Subject.Kind)
	case w.PDB == nil && unread(c.Cluster, "poddisruptionbudgets.policy"):
		return undecided("the cluster's PodDisruptionBudgets could not be listed")
	case w.PDB == nil:
		return beside("no PodDisruptionBudget selects its pods")
	case w.Replicas == 0:
		return beside("no pods are wanted")
	}
	least := w.Replicas
	if w.HPA != nil && w.HPA.Min > 0 {
		least = min(least, w.HPA.Min)
	}
	needs := scaled(w.PDB.MinAvailable, least, true)
	what := fmt.Sprintf("PodDisruptionBudget %s wants %d of %d pods available", w.PDB.Name, needs, least)
	never := w.PDB.MinAvailable != "" && needs >= least ||
		w.PDB.MaxUnavailable != "" && scaled(w.PDB.MaxUnavailable, least, true) == 0
	if w.PDB.MinAvailable == "" {
		what = fmt.Sprintf("PodDisruptionBudget %s lets %s pods be unavailable", w.PDB.Name, w.PDB.MaxUnavailable)
	}
	switch {
	case needs > least:
		return fail("%s, which can't be met", what)
	case never && c.moves():
		return fail("%s, so no pod could leave a spot node that goes", what)
	case never:
		return pass("%s, so nodes with its pods can't be drained, as before; a roll-out is not bound by it", what)
	}
	return pass("%s", what)
}

// moves reports whether the change sends pods to other nodes.
func (c *Case) moves() bool {
	for _, change := range c.Finding.Changes {
		for _, s := range change.Path {
			if s == "nodeSelector" || s == "affinity" || s == "tolerations" {
				return true
			}
		}
	}
	return false
}

// daemon reports whether w's pods are on each node: they are there before any other.
func daemon(w *collector.Workload) bool {
	return w.Kind == "DaemonSet" || recommend.Static(w)
}
