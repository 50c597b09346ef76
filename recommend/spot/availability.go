package spot

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
)

// scaled reads a number or a percentage of total. Percentages round up for
// disruption budgets and down for a rolling update's maxUnavailable, as the
// controllers do.
func scaled(s string, total int, up bool) (int, bool) {
	if p, ok := strings.CutSuffix(s, "%"); ok {
		v, err := strconv.Atoi(p)
		if err != nil || v < 0 || v > 1000 {
			return 0, false
		}
		exact := float64(v) * float64(total) / 100
		if up {
			return int(math.Ceil(exact)), true
		}
		return int(math.Floor(exact)), true
	}
	v, err := strconv.Atoi(s)
	return v, err == nil && v >= 0
}

// budget fails where a PodDisruptionBudget wants more than half of the pods.
func budget(w *collector.Workload) recommend.Check {
	const name = "budget asks for at most half"
	if w.PDB == nil || w.PDB.MinAvailable == "" || w.Replicas <= 0 {
		return yes(name, true, "no minAvailable", "")
	}
	least, ok := scaled(w.PDB.MinAvailable, w.Replicas, true)
	if !ok {
		return unknown(name, "minAvailable "+w.PDB.MinAvailable+" is neither a number nor a percentage")
	}
	what := fmt.Sprintf("PDB %s wants %d of %d", w.PDB.Name, least, w.Replicas)
	return yes(name, 2*least <= w.Replicas, what, what+", more than half")
}

// disruption fails where a budget allows none, by its bounds or now.
func disruption(w *collector.Workload) recommend.Check {
	const name = "budget allows a disruption"
	b := w.PDB
	if b == nil {
		return yes(name, true, "no budget", "")
	}
	least, _ := scaled(b.MinAvailable, w.Replicas, true)
	most, limited := scaled(b.MaxUnavailable, w.Replicas, true)
	switch {
	case b.MinAvailable != "" && least >= w.Replicas:
		return yes(name, false, "", fmt.Sprintf("PDB %s wants all %d available", b.Name, w.Replicas))
	case limited && most == 0:
		return yes(name, false, "", "PDB "+b.Name+" has maxUnavailable "+b.MaxUnavailable)
	}
	return yes(name, b.DisruptionsAllowed > 0, fmt.Sprintf("%d now", b.DisruptionsAllowed), "PDB "+b.Name+" allows none now")
}

// unavailable is how many pods a rolling update takes away at most; the default
// is 25 %.
func unavailable(w *collector.Workload) (n int, written string, ok bool) {
	written = w.Rollout.MaxUnavailable
	if written == "" {
		written = "25%"
	}
	n, ok = scaled(written, w.Replicas, false)
	return n, written, ok
}

// rolls reports whether w replaces its pods by a rolling update that keeps to
// maxUnavailable. A bare Pod or ReplicaSet has no update, and a StatefulSet goes
// pod by pod.
func rolls(w *collector.Workload) bool {
	switch w.Rollout.Type {
	case "", "RollingUpdate", "Canary":
		return w.Kind == "Deployment" || w.Kind == "Rollout"
	}
	return false
}

// rolling is Kubecost's: (replicas − floor(maxUnavailable)) ÷ replicas of more
// than 0.9 means that its owner wants nearly all pods at all times. Up to three
// replicas 25 % is none at all, so the default fails.
func rolling(w *collector.Workload) recommend.Check {
	const name = "update keeps at most 90 %"
	switch {
	case w.Kind != "Deployment" && w.Kind != "Rollout":
		return yes(name, true, "not asked of a "+w.Kind, "")
	case !rolls(w) || w.Replicas <= 0:
		return yes(name, true, "no rolling update", "")
	}
	n, written, ok := unavailable(w)
	if !ok {
		return unknown(name, "maxUnavailable "+written+" is neither a number nor a percentage")
	}
	what := fmt.Sprintf("maxUnavailable %s of %d is %d", written, w.Replicas, n)
	return yes(name, 10*(w.Replicas-n) <= 9*w.Replicas, what, what+", so an update keeps more than 90 % running")
}

// surge is CAST AI's: maxUnavailable written as none.
func surge(w *collector.Workload) recommend.Check {
	const name = "maxUnavailable is not 0"
	none := w.Rollout.MaxUnavailable == "0" || w.Rollout.MaxUnavailable == "0%"
	return yes(name, !rolls(w) || !none, "", "its owner wants no pod missing even in an update")
}
