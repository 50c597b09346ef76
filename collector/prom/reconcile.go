package prom

import (
	"cmp"
	"context"
	"math"
	"time"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"

	"github.com/tuppence-dev/tuppence/collector"
)

// rate is what a histogram's _count and _sum grew by, over the time that both
// ends of the growth were seen.
type rate struct {
	count, seconds float64
	steps          map[model.Time]bool // ends of steps that were seen whole
	step           time.Duration
	reset          bool            // a counter fell
	pods           map[string]bool // whose counters these are
}

func newRate(step time.Duration) *rate {
	return &rate{steps: map[model.Time]bool{}, step: step, pods: map[string]bool{}}
}

func (x *rate) span() time.Duration {
	if x == nil {
		return 0
	}
	return time.Duration(len(x.steps)) * x.step
}

// outdone reports whether what status.history told is the better rate: it spans a
// longer time, and x counts few reconciles or fewer. Those of the first minutes
// after a controller's start are more than its usual share.
func (x *rate) outdone(m collector.Measured) bool {
	return x.span() < m.Span.Duration && x.count < max(enough, float64(m.Count))
}

// measured is x in the collector's terms.
func (x *rate) measured() collector.Measured {
	m := collector.Measured{Source: name, Count: int(math.Round(x.count)), Span: collector.Duration{Duration: x.span()}}
	if mean := x.seconds / x.count; x.count > 0 && mean < 1e6 {
		m.Mean.Duration = time.Duration(mean * float64(time.Second)).Round(time.Millisecond)
	}
	if x.reset {
		m.Doubt(collector.CounterReset)
	}
	return m
}

// object is what a reconcile series is about.
type object struct{ kind, namespace, name string }

// reconciles fills the measured rates of c's reconcilers, where Prometheus tells
// of a longer time than their status does, and of its Argo CD controllers.
//
// It reads the counters as they are, at a coarse step, and adds up their growth
// here: increase() would stretch the growth of a series of ten minutes, and says
// nothing of how long the series was there.
func (r *run) reconciles(ctx context.Context) {
	flux, argo := 0, 0
	for i := range r.c.Reconcilers {
		if r.c.Reconcilers[i].Kind != "Application" {
			flux++
		}
	}
	for i := range r.c.Controllers {
		if r.c.Controllers[i].Kind == "argocd" {
			argo++
		}
	}
	if flux > 0 && r.has(fluxMetric+"_count") {
		r.flux(ctx)
	} else if flux > 0 && ctx.Err() == nil {
		r.c.AddGap(name, fluxMetric+" is not there: reconcile rates are those that the objects' status tells; scrape the Flux controllers for more")
	}
	if argo > 0 && r.has(argoMetric+"_count") {
		r.argo(ctx, argo)
	}
}

func (r *run) flux(ctx context.Context) {
	key := func(m model.Metric) object {
		return object{string(m["kind"]), label(m, "namespace"), string(m["name"])}
	}
	rates := rates(ctx, r, fluxMetric, "kind,name", key)
	for i := range r.c.Reconcilers {
		x := &r.c.Reconcilers[i]
		found := rates[object{x.Kind, x.Namespace, x.Name}]
		if found.span() == 0 || found.outdone(x.Measured) {
			continue
		}
		m := found.measured()
		if len(found.pods) > 1 {
			m.Doubt(collector.ControllerRestart)
		}
		keep(&m, x.Measured)
		m.Doubtful(x.Every())
		x.Measured = m
	}
}

// keep takes over what an object's status and events told, which a metric does not:
// its changes, what its runs came of, and whether clocks differ.
func keep(m *collector.Measured, told collector.Measured) {
	m.Changes, m.ChangeSpan = told.Changes, told.ChangeSpan
	m.Failures, m.Waits = told.Failures, told.Waits
	for _, d := range told.Doubts {
		if d != collector.FewRuns && d != collector.FullHistory {
			m.Doubt(d)
		}
	}
}

// argo fills the controllers. The metric has no name of an Application: with one
// Argo CD every series is its own, with several those scraped in its namespace.
func (r *run) argo(ctx context.Context, n int) {
	rates := rates(ctx, r, argoMetric, "dest_server", func(m model.Metric) string {
		if n == 1 {
			return ""
		}
		return string(m["namespace"])
	})
	for i := range r.c.Controllers {
		x := &r.c.Controllers[i]
		if x.Kind != "argocd" {
			continue
		}
		k := x.Namespace
		if n == 1 {
			k = ""
		}
		if found := rates[k]; found.span() > 0 {
			m := found.measured()
			keep(&m, x.Measured)
			m.Doubtful(x.Timeout.Duration)
			x.Measured = m
		}
	}
}

// enough reconciles for a rate that is worth more than a longer but coarser
// history: the error of a count of 10 is about a third.
const enough = 10

// rates reads a histogram over the window by key. Where the coarse step saw too
// little of some object, as of a controller that started an hour ago, the last
// six hours are read at a minute and the longer time wins.
func rates[K comparable](ctx context.Context, r *run, metric, by string, key func(model.Metric) K) map[K]*rate {
	step := coarse(r.w.Length())
	all := growth(ctx, r, metric, by, key, r.w.Start, step)
	few := len(all) == 0
	for _, x := range all {
		few = few || x.count < enough
	}
	if few && step > time.Minute {
		fine := growth(ctx, r, metric, by, key, r.w.End.Add(-min(6*time.Hour, r.w.Length())), time.Minute)
		for k, x := range fine {
			if all[k].span() < x.span() {
				all[k] = x
			}
		}
	}
	return all
}

// coarse is the shortest round step that reads a window in at most 400 points:
// an hour for 14 days, and for longer ones too.
func coarse(window time.Duration) time.Duration {
	for _, step := range [...]time.Duration{15 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute} {
		if window/step <= 400 {
			return step
		}
	}
	return time.Hour
}

func growth[K comparable](ctx context.Context, r *run, metric, by string, key func(model.Metric) K, from time.Time, step time.Duration) map[K]*rate {
	all := map[K]*rate{}
	if ctx.Err() != nil {
		return all
	}
	at := func(m model.Metric) *rate {
		k := key(m)
		if all[k] == nil {
			all[k] = newRate(step)
		}
		return all[k]
	}
	broken := false
	for _, part := range [...]string{"_count", "_sum"} {
		query := "max by (" + by + ",namespace,exported_namespace,instance,pod) (" + selector{cluster: r.cluster}.of(metric+part, "") + ")"
		err := r.counters(ctx, query, metric+part, from, step, func(s *model.SampleStream) {
			x := at(s.Metric)
			x.pods[cmp.Or(string(s.Metric["pod"]), string(s.Metric["instance"]))] = true
			grow(x, s.Values, part == "_count")
		})
		broken = broken || err != nil
	}
	if broken { // a sum and a count of different times would be a wrong mean
		for _, x := range all {
			x.seconds = 0
		}
	}
	return all
}

// counters asks for counters as they are, from from to the window's end, in as
// many pieces as the server wants it, and hands each series of each to take.
func (r *run) counters(ctx context.Context, query, what string, from time.Time, step time.Duration, take func(*model.SampleStream)) error {
	// Multiples of the step, so that the last is at the window's end or just before.
	to := r.w.End.Truncate(step)
	from = to.Add(-to.Sub(from).Truncate(step))
	size := &extent{namespaces: 1, span: to.Sub(from)}
	err := r.divide([]piece{{from: from, to: to}}, size, step, func(p piece) error {
		m, err := r.matrix(ctx, query, v1.Range{Start: p.from, End: p.to, Step: step})
		for _, s := range m {
			take(s)
		}
		return err
	})
	r.done(ctx, err, what, nil)
	return err
}

// grow adds what one counter grew by between values a step apart. What came
// before its first value is not counted, nor is the time; nor is a step in which
// it fell, since nobody saw how far it had grown when it was reset.
func grow(x *rate, values []model.SamplePair, count bool) {
	for i := 1; i < len(values); i++ {
		before, now := values[i-1], values[i]
		if now.Timestamp.Sub(before.Timestamp) != x.step {
			continue
		}
		by := float64(now.Value - before.Value)
		x.reset = x.reset || by < 0
		switch {
		case !(by >= 0 && by < 1e12): // a reset; NaN and infinities too
		case count:
			x.count += by
			x.steps[now.Timestamp] = true
		default:
			x.seconds += by
		}
	}
}
