package prom

import (
	"context"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/prometheus/common/model"

	"github.com/tuppence-dev/tuppence/collector"
)

// mostPods that a query names; with more it asks for the whole batch.
const mostPods = 100

// podContainer is one container of one pod.
type podContainer struct {
	collector.PodRef
	container string
}

// events adds up restarts and OOM kills over the days of a batch. Three series
// tell of OOM kills and overlap, so the largest of them counts for each pod.
type events struct {
	restarts map[podContainer]float64
	reasons  map[podContainer]float64         // restarts that followed an OOM kill
	seen     map[podContainer]float64         // by cAdvisor
	ended    map[podContainer]map[string]bool // by pod uid: containers left dead by one
}

func newEvents() *events {
	return &events{
		restarts: map[podContainer]float64{}, reasons: map[podContainer]float64{},
		seen: map[podContainer]float64{}, ended: map[podContainer]map[string]bool{},
	}
}

// events reads those of one batch and day.
func (r *run) events(ctx context.Context, ev *events, size *extent, b batch, d day) {
	if r.has(restartMetric) {
		r.pieces(ctx, size, b, d, "restarts", func(p piece) error { return r.restarts(ctx, ev, p) })
	}
	if r.has(reasonMetric) {
		r.pieces(ctx, size, b, d, "terminations", func(p piece) error {
			v, err := r.vector(ctx, endedQuery(r.selector(p), p.to.Sub(p.from)), p.to)
			for _, s := range v {
				k := containerOf(s.Metric)
				if ev.ended[k] == nil {
					ev.ended[k] = map[string]bool{}
				}
				ev.ended[k][string(s.Metric["uid"])] = true
			}
			return err
		})
	}
	if r.has(oomMetric) {
		r.pieces(ctx, size, b, d, "OOM events", func(p piece) error {
			v, err := r.vector(ctx, oomEventQuery(r.selector(p), p.to.Sub(p.from)), p.to)
			add(ev.seen, v)
			return err
		})
	}
}

// restarts reads how often containers restarted and, only where any did, how
// many of those were OOM kills. Nothing is added unless both were answered, as
// a failed piece may be asked again in halves.
func (r *run) restarts(ctx context.Context, ev *events, p piece) error {
	sel, span := r.selector(p), p.to.Sub(p.from)
	restarts, err := r.vector(ctx, restartQuery(sel, span), p.to)
	if err != nil {
		return err
	}
	if len(restarts) > 0 && span > 5*time.Minute && r.has(lastReasonMetric) {
		pods := map[string]bool{}
		for _, s := range restarts {
			pods[label(s.Metric, "pod")] = true
		}
		names := slices.Sorted(maps.Keys(pods))
		if len(names) > mostPods {
			names = nil
		}
		killed, err := r.vector(ctx, oomQuery(sel, names, span), p.to)
		if err != nil {
			return err
		}
		add(ev.reasons, killed)
	}
	add(ev.restarts, restarts)
	return nil
}

func containerOf(m model.Metric) podContainer { return podContainer{podOf(m), label(m, "container")} }

// add sums counts, leaving out what is none. The bound keeps a hostile answer
// from overflowing; no container restarts a million times a day.
func add(into map[podContainer]float64, v model.Vector) {
	for _, s := range v {
		if n := float64(s.Value); n > 0 && n < 1e6 {
			into[containerOf(s.Metric)] += math.Round(n)
		}
	}
}

// flush writes the sums to the workloads, where they exceed what live pods
// showed already.
func (ev *events) flush(h *homes) {
	restarts, kills := map[slot]float64{}, map[slot]float64{}
	all := map[podContainer]bool{}
	for _, m := range []map[podContainer]float64{ev.restarts, ev.reasons, ev.seen} {
		for k := range m {
			all[k] = true
		}
	}
	for k := range ev.ended {
		all[k] = true
	}
	for k := range all {
		i := h.guess(k.PodRef, 0)
		if i < 0 {
			continue
		}
		if at, ok := slotOf(h.workloads, i, k.container); ok {
			restarts[at] += ev.restarts[k]
			kills[at] += max(ev.reasons[k], ev.seen[k], float64(len(ev.ended[k])))
		}
	}
	for at, n := range restarts {
		u := &h.workloads[at.workload].Containers[at.container].Usage
		u.Restarts = max(u.Restarts, int(n))
		u.OOMKills = max(u.OOMKills, int(kills[at]))
	}
}
