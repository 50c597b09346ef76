package prom

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"
	"pgregory.net/rapid"

	"github.com/tuppence-dev/tuppence/collector"
)

// counter grows by each every period since from, until to, from a base.
func counter(from, to time.Time, period time.Duration, each, base float64) func(time.Time) (float64, bool) {
	return func(t time.Time) (float64, bool) {
		return base + each*float64(t.Sub(from)/period), !t.Before(from) && t.Before(to)
	}
}

func fluxSeries(kind, ns, n, pod string, from, to time.Time, period, mean time.Duration) []fakeSeries {
	labels := func() map[string]string {
		return map[string]string{"kind": kind, "name": n, "namespace": "flux-system", "exported_namespace": ns, "pod": pod}
	}
	return []fakeSeries{
		{fluxMetric + "_count", labels(), counter(from, to, period, 1, 1000)},
		{fluxMetric + "_sum", labels(), counter(from, to, period, mean.Seconds(), 50)},
	}
}

func reconciler(kind, ns, n string, m collector.Measured) collector.Reconciler {
	return collector.Reconciler{Kind: kind, Namespace: ns, Name: n, Measured: m}
}

func span(d time.Duration) collector.Duration { return collector.Duration{Duration: d} }

func TestReconcileRatesAreMeasuredOverTheTimeSeen(t *testing.T) {
	history := collector.Measured{Source: "status.history", Count: 20, Span: span(40 * time.Hour), Changes: 4, ChangeSpan: span(30 * time.Hour)}
	end := window.End
	c := one()
	c.Reconcilers = []collector.Reconciler{
		reconciler("Kustomization", "team-a", "apps", history),
		reconciler("Kustomization", "team-b", "apps", history),
		reconciler("GitRepository", "team-a", "young", collector.Measured{}),
		reconciler("GitRepository", "team-a", "younger", history),
		reconciler("Application", "argocd", "x", history),
		reconciler("GitRepository", "team-a", "burst", history),
	}
	series := usage("shop", livePod, "app", 1, 1)
	// Two controllers, one after the other: 48 h every 10 min, then 24 h every 20.
	series = append(series, fluxSeries("Kustomization", "team-a", "apps", "kc-1", start.Add(-time.Hour), start.Add(48*time.Hour), 10*time.Minute, 2*time.Second)...)
	series = append(series, fluxSeries("Kustomization", "team-a", "apps", "kc-2", start.Add(48*time.Hour), end.Add(time.Hour), 20*time.Minute, 5*time.Second)...)
	series = append(series, fluxSeries("GitRepository", "team-a", "young", "sc-1", end.Add(-30*time.Minute), end.Add(time.Hour), time.Minute, time.Second)...)
	series = append(series, fluxSeries("GitRepository", "team-a", "younger", "sc-1", end.Add(-4*time.Minute), end.Add(time.Hour), time.Minute, time.Second)...)
	series = append(series, fluxSeries("GitRepository", "team-a", "burst", "sc-1", end.Add(-12*time.Minute), end.Add(time.Hour), time.Minute, time.Second)...)
	if err := newFake(t, series...).source(t, nil).Collect(t.Context(), window, c); err != nil {
		t.Fatal(err)
	}
	m := c.Reconcilers[0].Measured
	// 286 or so in 48 h, less the change of controllers, and 72 in 24 h.
	if m.Source != "prometheus" || m.Count < 355 || m.Count > 360 || m.Span.Duration < 71*time.Hour || m.Span.Duration > 72*time.Hour {
		t.Errorf("apps: %+v", m)
	}
	if want := (287*2.0 + 71*5) / 358; math.Abs(m.Mean.Seconds()-want) > 0.05 {
		t.Errorf("mean %s, want %.3fs", m.Mean, want)
	}
	if want := []collector.Doubt{collector.ControllerRestart}; !slices.Equal(m.Doubts, want) {
		t.Errorf("doubts %v, want %v", m.Doubts, want)
	}
	if m.Changes != 4 || m.ChangeSpan.Duration != 30*time.Hour {
		t.Errorf("the changes that Flux told are lost: %+v", m)
	}
	if got := c.Reconcilers[1].Measured; !cmp.Equal(got, history) {
		t.Errorf("a missing series takes the history away: %+v", got)
	}
	if got := c.Reconcilers[2].Measured; got.Count != 30 || got.Span.Duration != 30*time.Minute || got.Mean.Duration != time.Second {
		t.Errorf("30 minutes of a new controller: %+v", got)
	}
	if got := c.Reconcilers[3].Measured; !cmp.Equal(got, history) {
		t.Errorf("4 reconciles outdo 40 hours of history: %+v", got)
	}
	if got := c.Reconcilers[5].Measured; !cmp.Equal(got, history) {
		t.Errorf("the 12 reconciles after a start outdo 20 in 40 hours: %+v", got)
	}
	if got := c.Reconcilers[4].Measured; !cmp.Equal(got, history) {
		t.Errorf("an Application is measured by Flux: %+v", got)
	}
}

func TestGrowthCountsResetsAndSkipsHoles(t *testing.T) {
	at := func(i int) model.Time { return model.TimeFromUnix(int64(i) * 60) }
	for _, tt := range []struct {
		rule  string
		steps []int
		vals  []float64
		count float64
		span  time.Duration
	}{
		{"steady", []int{0, 1, 2}, []float64{10, 12, 15}, 5, 2 * time.Minute},
		{"a step with a reset is no time", []int{0, 1, 2}, []float64{10, 2, 3}, 1, time.Minute}, // 2 of how many?
		{"a hole is no time", []int{0, 1, 7, 8}, []float64{10, 11, 90, 92}, 3, 2 * time.Minute},
		{"one value is nothing", []int{0}, []float64{10}, 0, 0},
		{"idle is measured too", []int{0, 1}, []float64{10, 10}, 0, time.Minute},
		{"NaN is no growth and no time", []int{0, 1, 2}, []float64{10, math.NaN(), 12}, 0, 0},
		{"nor is infinity", []int{0, 1}, []float64{10, math.Inf(1)}, 0, 0},
	} {
		x := newRate(time.Minute)
		var values []model.SamplePair
		for i, s := range tt.steps {
			values = append(values, model.SamplePair{Timestamp: at(s), Value: model.SampleValue(tt.vals[i])})
		}
		grow(x, values, true)
		if x.count != tt.count || x.span() != tt.span || x.reset != strings.Contains(tt.rule, "reset") {
			t.Errorf("%s: %v in %s, reset %v, want %v in %s", tt.rule, x.count, x.span(), x.reset, tt.count, tt.span)
		}
	}
}

func TestGrowthInHalvesIsGrowthOfTheWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		steps := rapid.SliceOfN(rapid.Float64Range(0, 100), 2, 50).Draw(t, "steps")
		values, v := []model.SamplePair{}, 0.0
		for i, s := range steps {
			if v += math.Round(s); rapid.IntRange(0, 9).Draw(t, "reset") == 0 {
				v = math.Round(s)
			}
			values = append(values, model.SamplePair{Timestamp: model.TimeFromUnix(int64(i) * 60), Value: model.SampleValue(v)})
		}
		at := rapid.IntRange(0, len(values)-1).Draw(t, "at")
		whole := newRate(time.Minute)
		halves := newRate(time.Minute)
		grow(whole, values, true)
		grow(halves, values[:at+1], true)
		grow(halves, values[at:], true)
		if whole.count != halves.count || whole.span() != halves.span() {
			t.Fatalf("%v in %s, in halves %v in %s", whole.count, whole.span(), halves.count, halves.span())
		}
	})
}

func TestArgoCDControllersAreMeasured(t *testing.T) {
	argo := func(ns, dest string, period time.Duration) []fakeSeries {
		labels := func() map[string]string {
			return map[string]string{"namespace": ns, "exported_namespace": "apps", "dest_server": dest, "pod": "app-controller-0"}
		}
		return []fakeSeries{
			{argoMetric + "_count", labels(), counter(start.Add(-time.Hour), window.End.Add(time.Hour), period, 1, 7)},
			{argoMetric + "_sum", labels(), counter(start.Add(-time.Hour), window.End.Add(time.Hour), period, 0.5, 7)},
		}
	}
	series := usage("shop", livePod, "app", 1, 1)
	series = append(series, argo("argocd", "https://a", 3*time.Minute)...)
	series = append(series, argo("argocd", "https://b", 3*time.Minute)...)
	series = append(series, argo("argocd-2", "https://a", 6*time.Minute)...)
	for _, tt := range []struct {
		rule  string
		names []string
		want  []int
	}{
		{"one takes all", []string{"elsewhere"}, []int{2*1440 + 720}},
		{"each of several takes its namespace's", []string{"argocd", "argocd-2"}, []int{2 * 1440, 720}},
	} {
		c := one()
		for _, ns := range tt.names {
			c.Controllers = append(c.Controllers, collector.Controller{Kind: "argocd", Namespace: ns, Name: "argocd"})
		}
		if err := newFake(t, series...).source(t, nil).Collect(t.Context(), window, c); err != nil {
			t.Fatal(err)
		}
		for i, want := range tt.want {
			m := c.Controllers[i].Measured
			if m.Source != "prometheus" || m.Count != want || m.Span.Duration != 72*time.Hour || m.Mean.Duration != 500*time.Millisecond {
				t.Errorf("%s: %s: %+v, want %d", tt.rule, c.Controllers[i].Namespace, m, want)
			}
		}
	}
}

func TestFluxWithoutItsMetricIsSaid(t *testing.T) {
	c := one()
	c.Reconcilers = []collector.Reconciler{reconciler("Kustomization", "a", "b", collector.Measured{})}
	if err := newFake(t, usage("shop", livePod, "app", 1, 1)...).source(t, nil).Collect(t.Context(), window, c); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(gaps(c), fluxMetric+" is not there") {
		t.Errorf("gaps %s", gaps(c))
	}
}

func TestDoubtsAboutARateAreTold(t *testing.T) {
	const hour = time.Hour
	gitRepository := func(m collector.Measured) collector.Reconciler {
		r := reconciler("GitRepository", "team-a", "fleet", m)
		r.APIVersion, r.Interval = "source.toolkit.fluxcd.io/v1", span(10*time.Minute)
		return r
	}
	steady := func(pod string, from, to time.Time) []fakeSeries {
		return fluxSeries("GitRepository", "team-a", "fleet", pod, from, to, 10*time.Minute, time.Second)
	}
	restarted := func() []fakeSeries { // in its pod, a day before the end
		all := steady("sc-1", start, window.End.Add(hour))
		for i, of := 0, all; i < len(of); i++ {
			before := of[i].value
			all[i].value = func(at time.Time) (float64, bool) {
				if at.After(window.End.Add(-24 * hour)) {
					at = at.Add(-48 * hour)
				}
				return before(at)
			}
		}
		return all
	}
	end := window.End
	for rule, tt := range map[string]struct {
		series []fakeSeries
		told   []collector.Doubt
		want   []collector.Doubt
	}{
		"none":                             {steady("sc-1", start.Add(-hour), end.Add(hour)), nil, nil},
		"a counter that fell":              {restarted(), nil, []collector.Doubt{collector.CounterReset}},
		"another pod":                      {slices.Concat(steady("sc-1", start, end.Add(-30*hour)), steady("sc-2", end.Add(-29*hour), end.Add(hour))), nil, []collector.Doubt{collector.ControllerRestart}},
		"a controller of twenty minutes":   {steady("sc-1", end.Add(-25*time.Minute), end.Add(hour)), nil, []collector.Doubt{collector.FewRuns}},
		"clocks that differ still do":      {steady("sc-1", start.Add(-hour), end.Add(hour)), []collector.Doubt{collector.ClocksDiffer}, []collector.Doubt{collector.ClocksDiffer}},
		"a history's own doubts are its's": {steady("sc-1", start.Add(-hour), end.Add(hour)), []collector.Doubt{collector.FewRuns, collector.FullHistory}, nil},
	} {
		t.Run(rule, func(t *testing.T) {
			c := one()
			seen := collector.Seen{Count: 2, Span: span(hour)}
			c.Reconcilers = []collector.Reconciler{gitRepository(collector.Measured{Doubts: tt.told, Failures: seen, Waits: seen})}
			if err := newFake(t, slices.Concat(usage("shop", livePod, "app", 1, 1), tt.series)...).source(t, nil).Collect(t.Context(), window, c); err != nil {
				t.Fatal(err)
			}
			m := c.Reconcilers[0].Measured
			if m.Source != "prometheus" || !slices.Equal(m.Doubts, tt.want) || m.Failures != seen || m.Waits != seen {
				t.Errorf("%+v, want doubts %v", m, tt.want)
			}
		})
	}
}
