package prom

import (
	"context"
	"strings"

	"github.com/prometheus/common/model"

	"github.com/tuppence-dev/tuppence/collector"
)

// objectKey finds a workload of a namespace.
type objectKey struct{ namespace, kind, name string }

// index finds the workloads of a cluster. It is read only once made.
type index struct {
	workloads   []collector.Workload
	live        map[collector.PodRef]collector.WorkloadRef
	byRef       map[collector.WorkloadRef]int
	byObject    map[objectKey]int
	byNamespace map[string][]int
	random      int // live pods of random names
}

// random reports whether a pod of ref has a name that no other cluster's has: a
// StatefulSet's are alike everywhere, and those of Jobs may be too short-lived
// to have been seen.
func random(ref collector.WorkloadRef) bool {
	switch ref.Kind {
	case "Deployment", "Rollout", "ReplicaSet", "DaemonSet":
		return true
	}
	return false
}

func newIndex(c *collector.Cluster) *index {
	x := &index{workloads: c.Workloads, live: c.PodOwners, byRef: map[collector.WorkloadRef]int{}, byObject: map[objectKey]int{}, byNamespace: map[string][]int{}}
	for i := range c.Workloads {
		w := &c.Workloads[i]
		x.byRef[w.Ref()] = i
		x.byObject[objectKey{w.Namespace, w.Kind, w.Name}] = i
		x.byNamespace[w.Namespace] = append(x.byNamespace[w.Namespace], i)
	}
	for _, ref := range c.PodOwners {
		if random(ref) {
			x.random++
		}
	}
	return x
}

// find returns the workload of that kind and name, -1 where there is none.
func (x *index) find(namespace, kind, name string) int {
	if i, ok := x.byObject[objectKey{namespace, kind, name}]; ok {
		return i
	}
	return -1
}

// homes maps the pods of one batch to workloads. It lives as long as the batch,
// so that a pod seen today needs no question about yesterday.
type homes struct {
	*index
	known map[collector.PodRef]int
	lost  map[collector.PodRef]*lostPod
	// foreign pods are known to be of something that is not a workload here:
	// their names are not guessed at.
	foreign map[collector.PodRef]bool
	asked   map[pieceKey]bool
}

// pieceKey tells pieces of one batch apart.
type pieceKey struct {
	first    string
	from, to int64
}

// lostPod has usage and no workload.
type lostPod struct {
	last      model.Time // its last sample
	ambiguous bool
}

func newHomes(x *index) *homes {
	return &homes{
		index: x, known: map[collector.PodRef]int{}, lost: map[collector.PodRef]*lostPod{},
		foreign: map[collector.PodRef]bool{}, asked: map[pieceKey]bool{},
	}
}

// of returns the workload of a pod, -1 where it is not known (yet).
func (h *homes) of(p collector.PodRef) int {
	if i, ok := h.known[p]; ok {
		return i
	}
	ref, ok := h.live[p]
	if !ok {
		return -1
	}
	i, ok := h.byRef[ref]
	if !ok {
		i = -1
	}
	h.known[p] = i
	return i
}

// missing returns whether any pod of the series is not known.
func (h *homes) missing(series []*model.SampleStream) bool {
	for _, s := range series {
		p := podOf(s.Metric)
		if _, live := h.live[p]; !live && h.of(p) < 0 && !h.foreign[p] {
			return true
		}
	}
	return false
}

// guess maps p by its name, or notes it as lost.
func (h *homes) guess(p collector.PodRef, last model.Time) int {
	if i := h.of(p); i >= 0 {
		return i
	}
	i, ambiguous := -1, false
	if _, live := h.live[p]; !live && !h.foreign[p] {
		i, ambiguous = byName(h.workloads, h.byNamespace[p.Namespace], p.Name)
	}
	if i >= 0 {
		h.known[p] = i
		delete(h.lost, p)
		return i
	}
	l := h.lost[p]
	if l == nil {
		l = &lostPod{}
		h.lost[p] = l
	}
	l.last, l.ambiguous = max(l.last, last), ambiguous
	return -1
}

func podOf(m model.Metric) collector.PodRef {
	return collector.PodRef{Namespace: label(m, "namespace"), Name: label(m, "pod")}
}

// learn reads who owned the pods of the batch during p from kube-state-metrics:
// pods first, then, where their owners are ReplicaSets or Jobs that are not
// workloads themselves, the owners of those.
func (r *run) learn(ctx context.Context, h *homes, p piece) error {
	span, sel := p.to.Sub(p.from), r.selector(p)
	pods, err := r.vector(ctx, ownerQuery(sel, podOwnerMetric, podLabels, span), p.to)
	if err != nil {
		return err
	}
	between := map[objectKey][]collector.PodRef{} // a ReplicaSet or Job, with its pods
	for _, s := range pods {
		pod := podOf(s.Metric)
		kind, owner := string(s.Metric["owner_kind"]), string(s.Metric["owner_name"])
		if kind == "" || strings.HasPrefix(kind, "<") { // kube-state-metrics' <none>
			kind, owner = "Pod", pod.Name
		}
		if i := h.find(pod.Namespace, kind, owner); i >= 0 {
			h.settle(pod, i)
		} else if kind == "ReplicaSet" || kind == "Job" {
			k := objectKey{pod.Namespace, kind, owner}
			between[k] = append(between[k], pod)
		} else {
			h.foreign[pod] = true
		}
	}
	for _, via := range [...]struct{ kind, metric, label string }{
		{"ReplicaSet", setOwnerMetric, "replicaset"}, {"Job", jobOwnerMetric, "job_name"},
	} {
		if !anyOf(between, via.kind) || !r.has(via.metric) {
			continue
		}
		owners, err := r.vector(ctx, ownerQuery(sel, via.metric, "namespace,exported_namespace,"+via.label, span), p.to)
		if err != nil {
			return err
		}
		for _, s := range owners {
			ns, kind := label(s.Metric, "namespace"), string(s.Metric["owner_kind"])
			i := h.find(ns, kind, string(s.Metric["owner_name"]))
			for _, pod := range between[objectKey{ns, via.kind, label(s.Metric, via.label)}] {
				h.settle(pod, i)
				if i < 0 && kind != "" && !strings.HasPrefix(kind, "<") {
					h.foreign[pod] = true
				}
			}
		}
	}
	return nil
}

// settle keeps the workload of a pod that the API server did not list.
func (h *homes) settle(p collector.PodRef, i int) {
	if _, live := h.live[p]; live || i < 0 {
		return
	}
	h.known[p] = i
	delete(h.lost, p)
}

func anyOf(m map[objectKey][]collector.PodRef, kind string) bool {
	for k := range m {
		if k.kind == kind {
			return true
		}
	}
	return false
}
