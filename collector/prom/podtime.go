package prom

import (
	"context"
	"slices"
	"time"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"

	"github.com/tuppence-dev/tuppence/collector"
)

// mostPodTime is what a workload's pods can have run on one node, as a recording
// takes it: a hundred thousand days.
const mostPodTime = 100_000 * 24 * time.Hour

// spent is what one workload's pods took beside CPU and memory.
type spent struct {
	time    map[string]time.Duration // by node
	unread  bool                     // some day on which they may have run was not read
	traffic collector.Traffic
	unsent  bool // some day's traffic was not read
}

// ran adds at most a day. What is over mostPodTime stays just over it.
func (s *spent) ran(node string, t time.Duration) {
	if s.time == nil {
		s.time = map[string]time.Duration{}
	}
	s.time[node] = min(s.time[node], mostPodTime+1-t) + t
}

// nodeLabel reads the node off the series of an answer, where its label holds
// names of nodes: a scrape may write an address there, or anything else.
func (r *run) nodeLabel(answer model.Matrix) func(model.Metric) string {
	names := slices.ContainsFunc(answer, func(s *model.SampleStream) bool { return r.nodes[string(s.Metric["node"])] })
	return func(m model.Metric) string {
		if !names {
			return ""
		}
		return string(m["node"])
	}
}

// standing is the node of a pod that the API server listed and that has been on
// no other. Pods of StatefulSets and bare ones come back under the same name,
// maybe elsewhere; the random names of all others are used once.
func (r *run) standing(h *homes, pod collector.PodRef) string {
	if kind := h.live[pod].Kind; kind == "StatefulSet" || kind == "Pod" {
		return ""
	}
	return r.c.PodNodes[pod]
}

// place adds up how long the pods of a batch ran on a day, by workload and node.
// Only of pods that neither the API server nor their own series place does it ask
// kube-state-metrics.
func (r *run) place(ctx context.Context, h *homes, size *extent, b batch, x *presence) {
	var lost []string
	for _, pod := range sortedPods(x.ran) {
		if h.of(pod) >= 0 && x.told[pod] == nil && r.standing(h, pod) == "" {
			lost = append(lost, pod.Name)
		}
	}
	if len(lost) > 0 && r.has(podInfoMetric) {
		if len(lost) > mostPods {
			lost = nil
		}
		r.pieces(ctx, size, b, x.day, "nodes of pods", func(p piece) error {
			answer, err := r.matrix(ctx, podNodeQuery(r.selector(p), lost, r.cfg.Step),
				v1.Range{Start: p.from.Add(r.cfg.Step), End: p.to, Step: r.cfg.Step})
			for _, s := range answer {
				x.tell(podOf(s.Metric), label(s.Metric, "node"), s)
			}
			return err
		})
	}
	r.spend(h, x)
}

// spend adds the day to its workloads. A pod of which no node is told has one
// only while it is live; else its time is nowhere, and it is noted.
func (r *run) spend(h *homes, x *presence) {
	seen := newSteps(x.steps(x.step))
	placeless := map[collector.PodRef]bool{}
	for pod, ran := range x.ran {
		seen.join(ran)
		i := h.of(pod)
		if i < 0 {
			continue
		}
		into := &r.spent[i]
		if node := r.standing(h, pod); node != "" {
			into.ran(node, time.Duration(ran.count())*x.step)
			continue
		}
		for j, node := range x.nodes(pod) {
			if node == "" {
				node = r.c.PodNodes[pod]
			}
			switch {
			case !ran.has(j):
			case node == "":
				placeless[pod] = true
			default:
				into.ran(node, x.step)
			}
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for pod := range placeless {
		r.placeless[pod] = true
	}
	if r.seen[x.Day] == nil {
		r.seen[x.Day] = newSteps(x.steps(x.step))
	}
	r.seen[x.Day].join(seen)
}

// incomplete notes the workloads of a batch that may have run on a day that was
// not read whole: all but those made later.
func (r *run) incomplete(b batch, all []day, read map[collector.Day]bool) {
	for _, d := range all {
		if read[d.Day] {
			continue
		}
		for _, ns := range b.namespaces {
			for _, i := range r.index.byNamespace[ns] {
				into := &r.spent[i]
				into.unread = into.unread || r.c.Workloads[i].Created.Before(d.to)
			}
		}
	}
}

// holes are the ends of the steps in which no pod of the whole cluster ran, in
// order: the server did not keep them, or was down.
func (r *run) holes(all []day) []time.Time {
	var ends []time.Time
	for _, d := range slices.Backward(all) {
		seen := r.seen[d.Day]
		for i := range d.steps(r.cfg.Step) {
			if seen == nil || !seen.has(i) {
				ends = append(ends, d.end(i, r.cfg.Step))
			}
		}
	}
	return ends
}

// freeSteps are borne whatever a workload's age: a store that lags behind by a
// scrape or two is not one that was away.
const freeSteps = 2

// tolerable reports whether the holes since a workload was made are at most 1 %
// of its time, 3 h 20 min of 14 days, or two steps. Its pods' time is that much too
// low.
func (r *run) tolerable(holes []time.Time, created time.Time) bool {
	i, _ := slices.BinarySearchFunc(holes, created, time.Time.Compare)
	since := r.w.Start
	if created.After(since) {
		since = created
	}
	n := len(holes[i:])
	return n <= freeSteps || time.Duration(n)*r.cfg.Step*100 <= r.w.End.Sub(since)
}

// settle writes what was found to c, once it is sure to be of this cluster.
func (r *run) settle(all []day) {
	r.c.PastNodes, r.c.NodesSince = r.past, r.since
	holes := r.holes(all)
	var partly, beyond []string
	for i := range r.c.Workloads {
		w, s := &r.c.Workloads[i], &r.spent[i]
		w.PodTime = nil
		text := w.Namespace + "/" + w.Name
		most := time.Duration(0)
		for _, t := range s.time {
			most = max(most, t)
		}
		switch {
		case most == 0:
		case s.unread || !r.tolerable(holes, w.Created):
			partly = append(partly, text)
		case most > mostPodTime:
			beyond = append(beyond, text)
		default:
			for _, node := range sortedKeys(s.time) {
				w.PodTime = append(w.PodTime, collector.PodTime{Node: node, Time: collector.Duration{Duration: s.time[node]}})
			}
		}
	}
	r.settleGaps(partly, beyond)
	r.settleTraffic(all)
}

func (r *run) settleGaps(partly, beyond []string) {
	var placeless []string
	for _, p := range sortedPods(r.placeless) {
		placeless = append(placeless, p.Namespace+"/"+p.Name)
	}
	if len(placeless) > 0 {
		r.note("%d pods ran on nodes that nothing tells, e.g. %s: what they cost is in idle; kube-state-metrics' %s would tell",
			len(placeless), some(placeless), podInfoMetric)
	}
	if len(partly) > 0 {
		r.note("how long the pods of %d workloads ran is not known, as a part of the window was not read, e.g. %s: they are priced where their pods are now",
			len(partly), some(partly))
	}
	if len(beyond) > 0 {
		r.note("the pods of %d workloads seem to have run for longer than any could, e.g. %s: that is not taken", len(beyond), some(beyond))
	}
}
