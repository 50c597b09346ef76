package prom

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/prometheus/common/model"
)

// load is how many requests were counted, and in which steps.
type load struct {
	requests int64
	steps    map[model.Time]bool
}

// requests fills how many requests the API server answered and how many of them
// each GitOps controller sent. The counters are read as the reconcile rates are,
// once for the whole window: increase() would read every sample of the thousands
// of series that an API server has. The growth of a step in which a counter starts
// again is not counted, so what is told is too low by up to a step a restart.
func (r *run) requests(ctx context.Context) {
	if r.has(serverMetric) {
		query := requestQuery(selector{cluster: r.cluster}, serverMetric, "instance")
		all := count(ctx, r, query, serverMetric, func(model.Metric) (string, bool) { return "", true })
		r.c.ControlPlane.Requests = all[""].requests
		if r.partial(all[""]) {
			r.note("%s was seen in less than nine tenths of the window: too few requests are counted of the API server", serverMetric)
		}
	}
	var flux, argo []int
	for i := range r.c.Controllers {
		if r.c.Controllers[i].Kind == "argocd" {
			argo = append(argo, i)
		} else {
			flux = append(flux, i)
		}
	}
	if len(flux) > 0 && r.has(clientMetric) {
		r.assign(clientMetric, flux, r.fluxRequests(ctx, flux))
	}
	if len(argo) > 0 && r.has(argoClientMetric) {
		r.assign(argoClientMetric, argo, r.argoRequests(ctx, argo))
	}
}

// fluxRequests counts by controller, told by the workload whose pod was scraped.
func (r *run) fluxRequests(ctx context.Context, of []int) map[int]load {
	controllers, namespaces := map[objectKey]int{}, map[string]bool{}
	for _, i := range of {
		c := &r.c.Controllers[i]
		namespaces[c.Namespace] = true
		controllers[objectKey{namespace: c.Namespace, name: c.Name}] = i
	}
	h := newHomes(r.index)
	query := requestQuery(selector{r.cluster, sortedKeys(namespaces)}, clientMetric, "namespace,pod,instance")
	return count(ctx, r, query, clientMetric, func(m model.Metric) (int, bool) {
		i := h.guess(podOf(m), 0)
		if i < 0 {
			return 0, false
		}
		c, ok := controllers[objectKey{namespace: h.workloads[i].Namespace, name: h.workloads[i].Name}]
		return c, ok
	})
}

// inCluster is how Argo CD calls the cluster that it runs in. Older versions do
// not say which cluster a request went to.
const inCluster = `server=~"|https://kubernetes.default.svc"`

// argoRequests counts what Argo CD sent to its own cluster. As with its rates,
// one Argo CD takes every series, and each of several those of its namespace.
func (r *run) argoRequests(ctx context.Context, of []int) map[int]load {
	query := requestQuery(selector{cluster: r.cluster}, argoClientMetric, "namespace,pod,instance", inCluster)
	return count(ctx, r, query, argoClientMetric, func(m model.Metric) (int, bool) {
		if len(of) == 1 {
			return of[0], true
		}
		i := slices.IndexFunc(of, func(i int) bool { return r.c.Controllers[i].Namespace == string(m["namespace"]) })
		if i < 0 {
			return 0, false
		}
		return of[i], true
	})
}

// count adds up the growth of counters by key; false leaves a series out.
func count[K comparable](ctx context.Context, r *run, query, what string, key func(model.Metric) (K, bool)) map[K]load {
	all := map[K]load{}
	if ctx.Err() != nil {
		return all
	}
	step := coarse(r.w.Length())
	err := r.counters(ctx, query, what, r.w.Start, step, func(s *model.SampleStream) {
		k, ok := key(s.Metric)
		if !ok {
			return
		}
		x := newRate(step)
		grow(x, s.Values, true)
		l := all[k]
		if l.steps == nil {
			l.steps = map[model.Time]bool{}
		}
		for t := range x.steps {
			l.steps[t] = true
		}
		n := int64(math.Round(x.count)) // at most 1e12 a step
		l.requests = min(l.requests, mostRequests-n) + n
		all[k] = l
	})
	if err != nil { // half of the window is no count of it
		return map[K]load{}
	}
	return all
}

// mostRequests keeps a hostile answer from overflowing: a billion a second for 36
// years.
const mostRequests int64 = 1 << 60

// assign writes the counts of controllers, of which none is not measured.
func (r *run) assign(metric string, of []int, counted map[int]load) {
	var partly []string
	for _, i := range of {
		c := &r.c.Controllers[i]
		c.APIRequests = counted[i].requests
		if r.partial(counted[i]) {
			partly = append(partly, c.Namespace+"/"+c.Name)
		}
	}
	if len(partly) > 0 {
		r.note("%s was seen in less than nine tenths of the window: too few requests are counted of %s", metric, some(partly))
	}
}

// partial reports whether what was counted is of less than nine tenths of the
// window.
func (r *run) partial(l load) bool {
	seen := time.Duration(len(l.steps)) * coarse(r.w.Length())
	return l.requests > 0 && seen*10 < r.w.Length()*9
}
