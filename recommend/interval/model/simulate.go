package model

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// Options of a simulation.
type Options struct {
	Seed    uint64        // the same seed gives the same observation
	Warmup  time.Duration // simulated first, and not counted
	Horizon time.Duration // counted
	Events  int           // the most events of one system; 0: 20 million
}

// Observation is what a simulation counted, in the shape of a prediction, with
// what a mean does not tell. Of what did not happen in it there is no figure.
type Observation struct {
	Outcome
	Spread []SystemSpread
	// Cut are the systems that came to Options.Events before the horizon. Their
	// figures are of the time until then.
	Cut []int
}

// SystemSpread is how the times of one system are distributed: of its queues and
// its tasks, in their order.
type SystemSpread struct {
	Waits         []Spread // of runs, a queue
	Drift, Deploy []Spread // a task
}

// Spread is a distribution: quantiles within 1 %, and the largest exactly.
type Spread struct {
	Known         bool
	P50, P95, Max time.Duration
}

// Simulate lets the fleet run for the horizon by discrete events and counts what
// it does. It returns an error where the fleet or the options are not valid.
func Simulate(f *Fleet, o Options) (Observation, error) {
	if err := f.Valid(); err != nil {
		return Observation{}, err
	}
	switch {
	case o.Warmup < 0 || o.Warmup > maxDuration || o.Horizon <= 0 || o.Horizon > maxDuration:
		return Observation{}, fmt.Errorf("simulating %s after %s: give a horizon above 0 and a warm-up from 0, of at most %s", o.Horizon, o.Warmup, maxDuration)
	case o.Events < 0:
		return Observation{}, fmt.Errorf("simulating %d events: give how many there may be at most, or 0 for the default", o.Events)
	case o.Events == 0:
		o.Events = 20_000_000
	}
	var seen Observation
	asked := make([]float64, len(f.Repositories))
	for i := range f.Systems {
		e := newEngine(&f.Systems[i], o, rand.NewPCG(o.Seed, uint64(i)))
		if e.run(o.Events) {
			seen.Cut = append(seen.Cut, i)
		}
		out, spread := e.observed(asked)
		seen.Systems = append(seen.Systems, out)
		seen.Spread = append(seen.Spread, spread)
	}
	seen.finish(f, asked)
	return seen, nil
}

// observed is what has been counted, an hour. It adds the requests a second to
// asked.
func (e *engine) observed(asked []float64) (SystemOutcome, SystemSpread) {
	span := e.now - e.from
	o := SystemOutcome{Tasks: make([]TaskOutcome, len(e.tasks)), Queues: make([]QueueOutcome, len(e.queues))}
	d := SystemSpread{Waits: make([]Spread, len(e.queues)), Drift: make([]Spread, len(e.tasks)), Deploy: make([]Spread, len(e.tasks))}
	if span <= 0 {
		return o, d
	}
	busy, cpu := make([]float64, len(e.queues)), make([]float64, len(e.queues))
	var used Cost
	var changed float64
	for i := range e.tasks {
		t := &e.tasks[i]
		o.Tasks[i] = t.observed(span)
		d.Drift[i], d.Deploy[i] = t.drift.spread(), t.deploy.spread()
		o.Total.Runs += o.Tasks[i].Rates.Sum()
		changed += t.changed
		used = used.plus(t.Cost.times(t.works / span))
		busy[t.Queue] += t.busy / span
		cpu[t.Queue] += t.works / span * t.Cost.Controller
		if t.Poll.Repository != None && t.Poll.Repository < len(asked) {
			asked[t.Poll.Repository] += t.requests / span
		}
	}
	for q := range e.queues {
		out := &o.Queues[q]
		out.Runs = e.queues[q].waits.weight / span * 3600
		out.Utilisation = busy[q] / float64(e.s.Queues[q].Workers)
		out.Saturated = out.Utilisation >= Saturation
		out.Wait = seconds(e.queues[q].waits.mean())
		d.Waits[q] = e.queues[q].waits.spread()
	}
	o.Total.Unchanged = max(0, 1-share(changed, o.Total.Runs*span/3600))
	if o.Total.Runs == 0 {
		o.Total.Unchanged = 0
	}
	o.Total.Cores = Cores{Controller: used.Controller / 1000, APIServer: used.APIServer / 1000, Etcd: used.Etcd / 1000}
	o.Total.Calls = used.Calls * 3600
	o.Total.Peak = peak(e.s, busy, cpu)
	return o, d
}

func (t *actor) observed(span float64) TaskOutcome {
	rate := func(c cause) float64 { return t.counts[c] / span * 3600 }
	o := TaskOutcome{Rates: Rates{
		Interval: rate(byInterval), Revision: rate(byRevision), Retry: rate(byRetry), Dependency: rate(byDependency), Other: rate(byOther),
	}}
	if runs := o.Rates.Sum(); runs > 0 {
		o.Period = seconds(3600 / runs)
	}
	o.Longest = seconds(t.longest)
	o.Wait = seconds(share(t.waited, t.starts))
	if t.drift.weight > 0 {
		o.Drift = Latency{Known: true, Mean: seconds(t.drift.mean()), Worst: seconds(t.drift.max)}
	}
	if t.deploy.weight > 0 {
		o.Deploy = Latency{Known: true, Mean: seconds(t.deploy.mean()), Worst: seconds(t.deploy.max)}
	}
	return o
}
