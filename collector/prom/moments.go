package prom

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/prometheus/common/model"

	"github.com/tuppence-dev/tuppence/collector"
)

// applier is the program whose runs have a cost by the object: it applies each.
const applier = "kustomize-controller"

const etcdMetric = "etcd_server_has_leader"

// mostSamples bounds what is read of the runs of Kustomizations: 200 of them over a
// week of 5 minutes, or 2,000 over 17 hours.
const mostSamples = 400_000

// costs fills what runs of Kustomizations cost: their controllers, and the API
// servers and etcd of the cluster where those are scraped. In each step the runs of
// all objects, and those weighed by how many objects each applies now, stand against
// the cores that were used. A step in which a counter started, ended, fell or was
// not seen is left out, as is one in which an object ran of which it is not known
// how many it applies.
func (m *meter) costs(ctx context.Context, o *owned) {
	sizes, appliers := m.appliers(o)
	if len(sizes) == 0 || len(appliers) == 0 || !m.has(fluxMetric+"_count") || !m.has(coresMetric) {
		return
	}
	step, from := m.costSteps(len(sizes))
	runs, ok := m.series(ctx, runsQuery(selector{cluster: m.cluster}), fluxMetric, from, step)
	if !ok {
		return
	}
	first, last := m.edges(from, step)
	read := func(query, what string, of func(model.Metric) (int, bool), n int) []*flow {
		used := make([]*flow, n)
		answer, ok := m.series(ctx, query, what, from, step)
		for _, x := range answer {
			if i, mine := of(x.Metric); ok && mine {
				if used[i] == nil {
					used[i] = newFlow(step)
				}
				used[i].add(x, 1, first, last)
			}
		}
		return used
	}
	namespaces := map[string]bool{}
	for _, i := range appliers {
		namespaces[o.all[i].Namespace] = true
	}
	cores := read(coresQuery(selector{m.cluster, sortedKeys(namespaces)}), coresMetric, o.of, len(o.all))
	for _, i := range appliers {
		own := newApplied(step)
		for _, x := range runs {
			if by, known := o.ranBy(x.Metric, appliers); !known || by == i {
				own.add(x, sizes, false, first, last)
			}
		}
		o.all[i].Cost = own.against(cores[i])
	}
	here := newApplied(step) // what this cluster's API servers see of it
	for _, x := range runs {
		here.add(x, sizes, true, first, last)
	}
	all := func(model.Metric) (int, bool) { return 0, true }
	if m.has(serverMetric) {
		query := serverCoresQuery(m.cluster, serverMetric, `resource="pods"`, `group=""`)
		m.c.ControlPlane.APIServerCost = here.against(read(query, coresMetric+" of API servers", all, 1)[0])
	}
	if m.has(etcdMetric) {
		m.c.ControlPlane.EtcdCost = here.against(read(serverCoresQuery(m.cluster, etcdMetric), coresMetric+" of etcd", all, 1)[0])
	}
}

// size is how many objects a Kustomization applies, and whether to another cluster.
type size struct {
	objects int
	remote  bool
}

// appliers are the sizes of the Kustomizations, and the indices of the controllers
// that apply them.
func (m *meter) appliers(o *owned) (map[object]size, []int) {
	sizes := map[object]size{}
	for i := range m.c.Reconcilers {
		if r := &m.c.Reconcilers[i]; r.Kind == "Kustomization" {
			sizes[object{r.Kind, r.Namespace, r.Name}] = size{r.Objects, r.Remote}
		}
	}
	var found []int
	for i, c := range o.all {
		if c.Kind == applier {
			found = append(found, i)
		}
	}
	return sizes, found
}

// costSteps are the steps in which costs are read, and from when on: 5 minutes, or
// one in a window under a day, and of a window with more samples than are read its
// end, but never less than two hours.
func (m *meter) costSteps(objects int) (step time.Duration, from time.Time) {
	step = 5 * time.Minute
	if m.w.Length() < 24*time.Hour {
		step = time.Minute
	}
	length := max(2*time.Hour, time.Duration(mostSamples/max(1, objects))*step)
	return step, m.w.End.Add(-min(length, m.w.Length()))
}

// runsQuery gives how often each Kustomization ran, by the pod that ran it.
func runsQuery(s selector) string {
	return "max by (kind,name,namespace,exported_namespace,instance,pod) (" + s.of(fluxMetric+"_count", "", `kind="Kustomization"`) + ")"
}

func coresQuery(s selector) string {
	return "max by (namespace,pod,instance) (" + s.of(coresMetric, "namespace") + ")"
}

// serverCoresQuery gives the processor time of the processes that have a metric: an
// API server's requests for pods, which an aggregated one has none of, or etcd's own.
func serverCoresQuery(cluster, metric string, more ...string) string {
	s := selector{cluster: cluster}
	return fmt.Sprintf("max by (instance,job) (%s) and on (instance,job) group by (instance,job) (%s)", s.of(coresMetric, ""), s.of(metric, "", more...))
}

// ranBy is which of the appliers a run is of, told by its pod; false where no pod
// tells and there are several.
func (o *owned) ranBy(m model.Metric, appliers []int) (int, bool) {
	if len(appliers) == 1 {
		return appliers[0], true
	}
	for _, i := range appliers {
		pod := collector.PodRef{Namespace: o.all[i].Namespace, Name: string(m["pod"])}
		if w := o.homes.guess(pod, 0); w >= 0 {
			if by, ok := o.byWorkload[o.homes.workloads[w].Ref()]; ok && slices.Contains(appliers, by) {
				return by, true
			}
		}
	}
	return 0, false
}

// applied is what was asked of a program: runs, and the objects of those runs.
type applied struct{ runs, objects *flow }

func newApplied(step time.Duration) *applied { return &applied{newFlow(step), newFlow(step)} }

// add counts the runs of one object. A remote one is nothing to this cluster's API
// servers but a few changes of its status. Of one that is not known any more, only
// that it ran is: those steps tell too little.
func (a *applied) add(x *model.SampleStream, sizes map[object]size, here bool, from, to model.Time) {
	of, known := sizes[object{string(x.Metric["kind"]), label(x.Metric, "namespace"), string(x.Metric["name"])}]
	if known && here && of.remote {
		of.objects = 0
	}
	a.runs.add(x, 1, from, to)
	if known {
		a.objects.add(x, float64(of.objects), from, to)
		return
	}
	alone := newFlow(a.runs.step)
	alone.add(x, 1, from, to)
	for t, by := range alone.by {
		if by > 0 {
			a.objects.broken[t] = true
		}
	}
}

// against sums up the steps in which the load and the cores used were both seen.
func (a *applied) against(cores *flow) (m collector.Moments) {
	if cores == nil {
		return m
	}
	second := a.runs.step.Seconds()
	for _, t := range sortedTimes(a.runs.by) {
		runs, seen := a.runs.at(t)
		objects, weighed := a.objects.at(t)
		used, measured := cores.at(t)
		if seen && weighed && measured {
			m.Add(runs/second, objects/second, used/second)
		}
	}
	return m
}
