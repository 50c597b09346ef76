package prom

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/gonum/mat"

	"github.com/tuppence-dev/tuppence/collector"
)

// What a run costs in these tests, in seconds of processor time: idle a second, a
// run, and an object.
const idle, perRun, perObject = 0.01, 0.02, 0.0017

// fit solves the normal equations of the moments.
func fit(t *testing.T, m collector.Moments) [3]float64 {
	t.Helper()
	x := m.XX
	var b mat.VecDense
	if err := b.SolveVec(mat.NewSymDense(3, []float64{x[0], x[1], x[2], x[1], x[3], x[4], x[2], x[4], x[5]}), mat.NewVecDense(3, m.XY[:])); err != nil {
		t.Fatal(err)
	}
	return [3]float64{b.AtVec(0), b.AtVec(1), b.AtVec(2)}
}

func close3(a, b [3]float64) bool {
	for i := range a {
		if math.Abs(a[i]-b[i]) > 1e-6*(1+math.Abs(b[i])) {
			return false
		}
	}
	return true
}

// runsOf is how often an object had run by a time: every period, and for half of each
// day at twice that, phase hours later than others.
func runsOf(period time.Duration, phase int) func(time.Time) float64 {
	return func(at time.Time) float64 {
		past := at.Sub(start.Add(-24 * time.Hour))
		n := float64(past / period)
		for day := range 6 {
			from := time.Duration(24*day+phase) * time.Hour
			n += float64(min(max(past-from, 0), 12*time.Hour) / period)
		}
		return n
	}
}

type kustomization struct {
	name    string
	objects int
	remote  bool
	runs    func(time.Time) float64
}

// priced is a cluster in which some Kustomizations run, and the series of their runs
// and of a process that pays for them so many times over.
func priced(all ...kustomization) (*collector.Cluster, []fakeSeries, func(times float64, remote bool) func(time.Time) (float64, bool)) {
	c := gitOps()
	var series []fakeSeries
	for _, k := range all {
		if k.objects >= 0 {
			r := reconciler("Kustomization", "apps", k.name, collector.Measured{})
			r.Objects, r.Remote = k.objects, k.remote
			c.Reconcilers = append(c.Reconcilers, r)
		}
		series = append(series, fakeSeries{fluxMetric + "_count", map[string]string{"kind": "Kustomization", "name": k.name,
			"namespace": "flux-system", "exported_namespace": "apps", "pod": kcPod, "instance": kcPod}, func(at time.Time) (float64, bool) { return k.runs(at), true }})
	}
	cost := func(times float64, remote bool) func(time.Time) (float64, bool) {
		return func(at time.Time) (float64, bool) {
			used := idle * at.Sub(start).Seconds()
			for _, k := range all {
				objects := float64(k.objects)
				if k.remote && !remote {
					objects = 0
				}
				used += times * k.runs(at) * (perRun + perObject*max(0, objects))
			}
			return 1e5 + used, true
		}
	}
	return c, series, cost
}

func process(value func(time.Time) (float64, bool), kv ...string) fakeSeries {
	return fakeSeries{coresMetric, with(map[string]string{}, kv...), value}
}

func TestMomentsAreThoseOfRunsAndObjectsAgainstCores(t *testing.T) {
	c, series, cost := priced(
		kustomization{"small", 2, false, runsOf(10*time.Minute, 0)}, kustomization{"large", 150, false, runsOf(15*time.Minute, 6)},
		kustomization{"far", 300, true, runsOf(20*time.Minute, 3)},
	)
	api := func(metric, instance string, kv ...string) fakeSeries {
		return fakeSeries{metric, with(map[string]string{"instance": instance, "job": "control-plane", "resource": "pods", "group": ""}, kv...), counter(start.Add(-time.Hour), window.End.Add(time.Hour), time.Minute, 9, 0)}
	}
	half := func(of func(time.Time) (float64, bool)) func(time.Time) (float64, bool) {
		return func(at time.Time) (float64, bool) { v, ok := of(at); return v / 2, ok }
	}
	series = append(series,
		process(cost(1, true), "namespace", "flux-system", "pod", kcPod, "instance", kcPod),
		process(cost(1, true), "namespace", "flux-system", "pod", scPod, "instance", scPod),
		// Two API servers, which share the load, and one that only aggregates.
		process(half(cost(2.5, false)), "instance", "10.0.0.1:443", "job", "control-plane"), process(half(cost(2.5, false)), "instance", "10.0.0.2:443", "job", "control-plane"),
		process(counter(start.Add(-time.Hour), window.End.Add(time.Hour), time.Minute, 50, 0), "instance", "10.0.0.9:443", "job", "metrics-server"),
		api(serverMetric, "10.0.0.1:443"), api(serverMetric, "10.0.0.2:443"), api(serverMetric, "10.0.0.9:443", "group", "metrics.k8s.io"),
		process(cost(0.5, false), "instance", "10.0.0.1:2379", "job", "control-plane"), api(etcdMetric, "10.0.0.1:2379"),
	)
	measureWith(t, c, series...)
	const steps = 72 * 12
	for name, tt := range map[string]struct {
		got   collector.Moments
		times float64
	}{"controller": {c.Controllers[0].Cost, 1}, "API server": {c.ControlPlane.APIServerCost, 2.5}, "etcd": {c.ControlPlane.EtcdCost, 0.5}} {
		if tt.got.Steps != steps {
			t.Fatalf("%s: %d steps, want %d", name, tt.got.Steps, steps)
		}
		if got, want := fit(t, tt.got), [3]float64{idle, tt.times * perRun, tt.times * perObject}; !close3(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	if c.Controllers[1].Cost != (collector.Moments{}) {
		t.Errorf("source-controller applies nothing, and has %+v", c.Controllers[1].Cost)
	}
	if strings.Contains(gaps(c), "intervals") {
		t.Errorf("gaps %s", gaps(c))
	}
}

func TestAManagedControlPlaneHasNoCostsAndNoGap(t *testing.T) {
	c, series, cost := priced(kustomization{"small", 2, false, runsOf(10*time.Minute, 0)}, kustomization{"large", 150, false, runsOf(15*time.Minute, 6)})
	measureWith(t, c, append(series, process(cost(1, true), "namespace", "flux-system", "pod", kcPod, "instance", kcPod))...)
	if c.Controllers[0].Cost.Steps == 0 || c.ControlPlane.APIServerCost.Steps != 0 || c.ControlPlane.EtcdCost.Steps != 0 {
		t.Errorf("%+v %+v", c.Controllers[0].Cost, c.ControlPlane)
	}
	if strings.Contains(gaps(c), "intervals") {
		t.Errorf("gaps %s", gaps(c))
	}
}

// Whatever is missing of a step, the steps that are left give the same costs.
func TestStepsOfWhichAPartIsMissingAreLeftOut(t *testing.T) {
	hour := func(n int) time.Time { return start.Add(time.Duration(n) * time.Hour) }
	small, large := kustomization{"small", 2, false, runsOf(10*time.Minute, 0)}, kustomization{"large", 150, false, runsOf(15*time.Minute, 6)}
	gone := kustomization{"gone", -1, false, func(at time.Time) float64 { return float64(min(at.Sub(start), 30*time.Hour) / time.Minute) }}
	late := kustomization{"late", 90, false, func(at time.Time) float64 {
		return max(0, runsOf(15*time.Minute, 6)(at)-runsOf(15*time.Minute, 6)(hour(40)))
	}}
	restart := func(of func(time.Time) (float64, bool), at time.Time) func(time.Time) (float64, bool) {
		before, _ := of(at)
		return func(now time.Time) (float64, bool) {
			v, ok := of(now)
			if now.After(at) {
				v -= before
			}
			return v, ok
		}
	}
	for rule, tt := range map[string]struct {
		all  []kustomization
		edit func(series []fakeSeries) []fakeSeries // runs of each, then the cores
		want int
	}{
		"a process that started anew": {[]kustomization{small, large}, func(s []fakeSeries) []fakeSeries {
			s[2].value = restart(s[2].value, hour(20).Add(time.Minute))
			return s
		}, 72*12 - 1},
		"its counters of runs too": {[]kustomization{small, large}, func(s []fakeSeries) []fakeSeries {
			for i := range s {
				s[i].value = restart(s[i].value, hour(20).Add(time.Minute))
			}
			return s
		}, 72*12 - 1},
		"an hour that was not scraped": {[]kustomization{small, large}, func(s []fakeSeries) []fakeSeries {
			before := s[2].value
			s[2].value = func(at time.Time) (float64, bool) {
				v, _ := before(at)
				return v, !at.After(hour(20)) || at.After(hour(21))
			}
			return s
		}, 72*12 - 13},
		"nonsense": {[]kustomization{small, large}, func(s []fakeSeries) []fakeSeries {
			before := s[0].value
			s[0].value = func(at time.Time) (float64, bool) {
				if at.Equal(hour(9)) {
					return math.NaN(), true
				}
				return before(at)
			}
			return s
		}, 72*12 - 2},
		"an object that came within the window": {[]kustomization{small, late}, func(s []fakeSeries) []fakeSeries {
			before := s[1].value
			s[1].value = func(at time.Time) (float64, bool) { v, _ := before(at); return v, at.After(hour(40)) }
			return s
		}, 72*12 - 1},
		"an object that is not there any more": {[]kustomization{small, large, gone}, func(s []fakeSeries) []fakeSeries { return s }, 42 * 12},
	} {
		t.Run(rule, func(t *testing.T) {
			c, series, cost := priced(tt.all...)
			series = append(series, process(cost(1, true), "namespace", "flux-system", "pod", kcPod, "instance", kcPod))
			measureWith(t, c, tt.edit(series)...)
			m := c.Controllers[0].Cost
			if m.Steps != tt.want {
				t.Errorf("%d steps, want %d", m.Steps, tt.want)
			}
			if got, want := fit(t, m), [3]float64{idle, perRun, perObject}; !close3(got, want) {
				t.Errorf("%v, want %v", got, want)
			}
		})
	}
}

func TestCostsOfShardsAreTheirOwn(t *testing.T) {
	c, series, cost := priced(kustomization{"small", 2, false, runsOf(10*time.Minute, 0)}, kustomization{"large", 150, false, runsOf(15*time.Minute, 6)})
	const shardPod = "kustomize-controller-a-7d4b9c6f5d-hhhh2"
	c.Workloads = append(c.Workloads, workload("Deployment", "flux-system", "kustomize-controller-a", "manager"))
	c.Controllers = append(c.Controllers, collector.Controller{Kind: applier, Namespace: "flux-system", Name: "kustomize-controller-a"})
	series[1].labels["pod"], series[1].labels["instance"] = shardPod, shardPod
	_, _, alone := priced(kustomization{"small", 2, false, runsOf(10*time.Minute, 0)})
	measureWith(t, c, append(series, process(alone(1, true), "namespace", "flux-system", "pod", kcPod, "instance", kcPod),
		process(cost(3, true), "namespace", "flux-system", "pod", shardPod, "instance", shardPod))...)
	one, other := c.Controllers[0].Cost, c.Controllers[2].Cost
	if one.Steps != 72*12 || other.Steps != 72*12 || one.XX[1] == other.XX[1] {
		t.Fatalf("%+v\n%+v", one, other)
	}
	// Each object has two a run, so that a run and its objects are one: cores of it
	// are idle and runs × (perRun + 2 × perObject).
	if got, want := one.XY[0]-idle*float64(one.Steps), one.XX[1]*(perRun+2*perObject); math.Abs(got-want) > 1e-9 {
		t.Errorf("cores beyond idle %v, want %v", got, want)
	}
}

func TestCostsAreReadInBoundedSteps(t *testing.T) {
	for rule, tt := range map[string]struct {
		window  time.Duration
		objects int
		step    time.Duration
		length  time.Duration
	}{
		"a short window, by the minute":   {3 * time.Hour, 10, time.Minute, 3 * time.Hour},
		"a fortnight of few":              {14 * 24 * time.Hour, 50, 5 * time.Minute, 14 * 24 * time.Hour},
		"of many its end":                 {14 * 24 * time.Hour, 2000, 5 * time.Minute, 200 * 5 * time.Minute},
		"of very many two hours":          {14 * 24 * time.Hour, 1e6, 5 * time.Minute, 2 * time.Hour},
		"and no more than the window has": {time.Hour, 1e6, time.Minute, time.Hour},
	} {
		m := &meter{run: &run{w: collector.Window{Start: window.End.Add(-tt.window), End: window.End}}}
		step, from := m.costSteps(tt.objects)
		if length := window.End.Sub(from); step != tt.step || length != tt.length {
			t.Errorf("%s: %s of %s, want %s of %s", rule, length, step, tt.length, tt.step)
		}
	}
	f := newFake(t, usage("shop", livePod, "app", 1, 1)...)
	if err := f.source(t, nil).Collect(t.Context(), window, gitOps()); err != nil {
		t.Fatal(err)
	}
	if slices.ContainsFunc(f.requests("/query_range"), func(a asked) bool { return strings.Contains(a.query, coresMetric) }) {
		t.Error("costs are asked for where there are no metrics of them")
	}
}
