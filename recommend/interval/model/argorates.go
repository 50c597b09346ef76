package model

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// argoRates sets how often Application i is refreshed. A refresh that fails does
// not set the clock, so that the next resync tries again.
func (p *predictor) argoRates(i int) {
	t, n := &p.s.Tasks[i], &p.nodes[i]
	timeout := t.Interval.Seconds()
	other, events := merged(t.Other/3600, n.wait, n.run), t.Events/3600
	jitter := math.Max(t.Spread.Seconds(), p.queues[t.Queue].utilisation*timeout)
	alone, byTimer := p.argoTimer(timeout, jitter), 1.0
	if other+events > 0 {
		alone, byTimer = argoMixed(alone, timeout, jitter, other, events)
	}
	n.argo = alone.withRuns(n.run, t.RunCV, timeout)
	if least := p.queues[t.Queue].round; n.argo.mean < least {
		n.argo = period{least, least * least, least / 2, least / 2}
	}
	again := t.Failing / (1 - t.Failing)
	n.cycle = n.argo.mean + again*timeout
	byEvent := math.Max(0, math.Exp(-other*timeout)-byTimer) * share(events, other+events) / n.cycle
	n.rates = Rates{
		Interval: math.Max(0, 1/n.cycle-other),
		Retry:    again / n.cycle,
		Other:    other + math.Max(0, events-byEvent),
	}
}

// argoTimer is argoPeriod, which all Applications of one timeout share. What
// waits in the queue spreads them as the jitter does.
func (p *predictor) argoTimer(timeout, jitter float64) period {
	key := [2]float64{timeout, jitter}
	a, ok := p.timers[key]
	if !ok {
		a = argoPeriod(timeout, jitter)
		p.timers[key] = a
	}
	return a
}

// withRuns is the period where some runs are longer than the timeout: what became
// due meanwhile follows at once.
func (a period) withRuns(run, cv, timeout float64) period {
	if run < timeout/4 {
		return a
	}
	long, of := 0.0, run // the share of runs that are longer, and their part of the mean
	switch {
	case cv > 0.01:
		shape := 1 / (cv * cv)
		long = mathext.GammaIncRegComp(shape, shape*timeout/run)
		of *= mathext.GammaIncRegComp(shape+1, shape*timeout/run)
	case run > timeout:
		long = 1
	default:
		of = 0
	}
	mean := (1-long)*a.mean + of
	square := (1-long)*a.square + of*of/math.Max(long, 1e-9)
	left := square / (2 * mean)
	return period{mean, square, left, left}
}

// argoStreams adds Application i to its queue: it comes at random within the
// jitter that follows a resync.
func (p *predictor) argoStreams(i int, l *load) {
	t, n := &p.s.Tasks[i], &p.nodes[i]
	rate := n.rates.Sum()
	if rate <= 0 {
		return
	}
	l.streams = append(l.streams, stream{think: math.Max(1e-6, 1/rate-n.run), busy: n.run, run: n.run, sq: n.sq, class: random})
	if jitter := t.Spread.Seconds(); t.Events == 0 {
		l.window, l.every = min(jitter, t.Interval.Seconds()), t.Interval.Seconds()
	}
}

// refs is one repository whose references a system's repo-server keeps.
type refs struct {
	apps               float64
	period             float64 // mean period of its Applications
	timeout, jitter    float64 // of the first of them
	commits, forced    float64 // a second: of all of them; refreshes that list anyway
	unchanged, changed float64 // requests, summed over the Applications
	cycle, residual    float64 // from one listing to the next; from a moment to the next
	rest, missed       float64 // from the end of the cache to a listing; how often it comes to that
	resync             bool    // it is then the first refresh after a resync
}

// findRefs sets how often each repository of Applications is listed. The
// repo-server keeps the references for RefCache in Redis, and the first refresh
// after that lists them again for all (util/git/client.go, getRefs;
// reposerver/cache). So requests follow the repositories, not the Applications.
// With n Applications that refresh every P, the first to come after a cache of C
// is (1−(C′/P)ⁿ)·P/n later, with C′ what C is beyond a whole number of P: a single one comes at its
// next period, and of 100 that refresh every 189 s one comes within 2 s.
// A refresh that resolves anew (level 3: Task.Other) lists always.
func (p *predictor) findRefs() {
	p.repos = map[int]*refs{}
	for i := range p.s.Tasks {
		t, n := &p.s.Tasks[i], &p.nodes[i]
		if t.Timer != ArgoRefresh || t.Poll == (Poll{}) || t.Poll.Repository == None {
			continue
		}
		r := p.repos[t.Poll.Repository]
		if r == nil {
			r = &refs{timeout: t.Interval.Seconds(), jitter: t.Spread.Seconds()}
			p.repos[t.Poll.Repository] = r
		}
		r.apps++
		r.period += 1 / math.Max(1e-12, n.rates.Interval+n.rates.Retry)
		r.commits += t.Revisions / 3600
		r.forced += t.Other / 3600
		r.unchanged += t.Poll.Unchanged
		r.changed += t.Poll.Changed
	}
	for _, r := range p.repos {
		r.period /= r.apps
		r.unchanged /= r.apps
		r.changed /= r.apps
		r.findCycle(p.s.RefCache.Seconds())
	}
}

func (r *refs) findCycle(cache float64) {
	if cache == 0 {
		r.cycle = 1 / (r.apps/r.period + r.forced)
		r.residual = r.cycle
		return
	}
	over := cache - r.period*(math.Ceil(cache/r.period-1e-9)-1)
	rest := r.period / r.apps * (1 - math.Pow(math.Min(1, over/r.period), r.apps))
	spread := r.spread(rest)
	if w, ok := r.window(cache); ok {
		rest, spread, r.resync = w, 0, true
	}
	missed := math.Exp(-r.forced * cache)
	r.rest, r.missed = rest, missed
	r.cycle = meanUntil(r.forced, cache) + missed*meanUntil(r.forced, rest)
	r.residual = (squareUntil(r.forced, cache+rest) + missed*spread) / (2 * r.cycle)
}

// spread is the variance of what the next refresh comes after the end of the
// cache, where that falls where it does by chance: a gap between two refreshes
// within the jitter, and now and then the rest of the timeout.
func (r *refs) spread(rest float64) float64 {
	if r.apps < 2 {
		return 0
	}
	if r.jitter >= r.timeout {
		return rest * rest * (1 - 1/r.apps)
	}
	gap := r.period * r.jitter / (r.apps * r.timeout)
	p := math.Min(1, share(gap, r.jitter))
	return (r.timeout-r.jitter)*(r.timeout-r.jitter)*p*(1-p) + gap*gap
}

// window is how long after the end of the cache the next refresh comes, where it
// is not a whole number of timeouts T, and false where it is. Applications are
// refreshed within the jitter after a resync alone. A cache of k·T and some more
// ends so much later in it each time, until after m times it ends behind it, and
// the next resync lists anew: m listings in m·k + 1 resyncs. The 3m that is the
// repo-server's default with the controller's 120s and 60s makes it 240s.
func (r *refs) window(cache float64) (float64, bool) {
	whole := math.Floor(cache / r.timeout)
	more := cache - whole*r.timeout
	if r.apps < 2 || r.jitter >= r.timeout || more < 0.01*r.timeout {
		return 0, false
	}
	gap := r.period * r.jitter / (r.apps * r.timeout)
	m := math.Floor(r.jitter/(more+gap)) + 1
	return whole*r.timeout + r.timeout/m - cache, true
}

// after is how long one of the Applications takes from a listing to its next
// refresh, or 0 where it was the one that listed. From the end of the cache it is
// what is left of its period, of which the rest is over by the listing.
func (r *refs) after(a period) float64 {
	left := math.Max(0, a.inside-r.rest)
	if r.resync {
		left = a.first * (1 - 1/r.apps)
	}
	return r.missed*left + (1-r.missed)*(1-1/r.apps)*a.inside
}

// requests is what the repository is asked, a second.
func (r *refs) requests() float64 {
	changed := 1 - math.Exp(-r.commits*r.cycle)
	return (r.unchanged*(1-changed) + r.changed*changed) / r.cycle
}
