package model

import (
	"fmt"
	"math"
	"testing"
	"time"
)

// like makes n tasks like t.
func like(n int, t Task) []Task {
	ts := make([]Task, n)
	for i := range ts {
		ts[i] = t
	}
	return ts
}

// one is a fleet of one system, with one repository.
func one(s System) *Fleet {
	return &Fleet{Hosts: []Host{{Name: "host"}}, Repositories: []Repository{{Name: "repository"}}, Systems: []System{s}}
}

// tolerance is how far formula and simulation may be apart.
const tolerance = 0.05

// figure is a mean over the tasks of one name.
type figure struct {
	sum float64
	n   int
}

// figures are what is compared, by name: of tasks of one name the mean, since the
// tasks are alike and one alone would need a far longer simulation.
func figures(f *Fleet, o *Outcome) map[string]*figure {
	m := map[string]*figure{}
	add := func(v float64, format string, args ...any) {
		name := fmt.Sprintf(format, args...)
		if m[name] == nil {
			m[name] = &figure{}
		}
		m[name].sum += v
		m[name].n++
	}
	for si, s := range o.Systems {
		for i, t := range s.Tasks {
			task := &f.Systems[si].Tasks[i]
			name := task.Name
			add(t.Rates.Sum(), "%s runs", name)
			add(t.Rates.Interval, "%s by interval", name)
			add(t.Rates.Revision, "%s by revision", name)
			add(t.Rates.Retry, "%s by retry", name)
			add(t.Rates.Dependency, "%s by dependency", name)
			add(t.Rates.Other, "%s by others", name)
			add(t.Period.Seconds(), "%s period", name)
			add((t.Wait + task.Run).Seconds(), "%s response", name)
			if t.Drift.Known {
				add(t.Drift.Mean.Seconds(), "%s drift", name)
			}
			if t.Deploy.Known {
				add(t.Deploy.Mean.Seconds(), "%s deploy", name)
			}
		}
		for i, q := range s.Queues {
			add(q.Utilisation, "queue %d utilisation", i)
			add(q.Runs, "queue %d runs", i)
		}
		add(s.Total.Cores.Sum(), "cores")
		add(s.Total.Unchanged, "unchanged")
	}
	for _, r := range o.Repositories {
		add(r.PerHour, "requests")
	}
	return m
}

// enough is how long it takes until chance is no more than about 1.5 % of what is
// compared: N things that happen by themselves are within 1/√N, so 4,500 new
// revisions. Where these make fewer than one in 20 runs they are not compared by
// themselves, and 200 h have 50,000 runs and more.
func enough(f *Fleet) time.Duration {
	var news, runs, all float64
	told := Predict(f)
	for i := range f.Systems[0].Tasks {
		if t := &f.Systems[0].Tasks[i]; t.Source == None {
			news += newRevisions(t) * 3600
		}
		runs += told.Systems[0].Tasks[i].Rates.Revision
		all += told.Systems[0].Tasks[i].Rates.Sum()
	}
	if runs < all/20 {
		return 200 * hour
	}
	return time.Duration(4500 / news * float64(hour))
}

// agree compares what is predicted with what a simulation shows. A cause that
// makes fewer than one in 20 runs is not compared by itself.
func agree(t *testing.T, f *Fleet, o Options) {
	t.Helper()
	seen, err := Simulate(f, o)
	if err != nil {
		t.Fatal(err)
	}
	if len(seen.Cut) > 0 {
		t.Fatal("the simulation was cut")
	}
	told := Predict(f)
	want, got := figures(f, &seen.Outcome), figures(f, &told)
	for name, w := range want {
		g := got[name]
		if g == nil {
			t.Errorf("%s: simulated, not predicted", name)
			continue
		}
		a, b := g.sum/float64(g.n), w.sum/float64(w.n)
		small := 0.0
		for i := range f.Systems[0].Tasks {
			task := f.Systems[0].Tasks[i].Name
			if len(name) > len(task)+3 && name[:len(task)+3] == task+" by" {
				small = want[task+" runs"].sum / float64(w.n) / 20
			}
		}
		if name == "unchanged" {
			small = 0.02
		}
		if math.Abs(a-b) > tolerance*math.Max(math.Abs(b), small) {
			t.Errorf("%s: predicted %.4g, simulated %.4g", name, a, b)
		}
	}
	for q := range told.Systems[0].Queues {
		if told.Systems[0].Queues[q].Saturated != seen.Systems[0].Queues[q].Saturated {
			t.Errorf("queue %d: saturated %t predicted, %t simulated", q, told.Systems[0].Queues[q].Saturated, seen.Systems[0].Queues[q].Saturated)
		}
	}
}

const (
	second = time.Second
	minute = time.Minute
	hour   = time.Hour
)

// TestAgreeOnLoads compares one queue at every load, from idle to beyond what its
// workers can do, with runs that are alike and that are not.
func TestAgreeOnLoads(t *testing.T) {
	for _, workers := range []int{1, 4, 20} {
		for _, load := range []float64{0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 1.6} {
			for _, cv := range []float64{0.5, 1, 1.5} {
				t.Run(fmt.Sprintf("%d workers, %g, cv %g", workers, load, cv), func(t *testing.T) {
					t.Parallel()
					n := 40 * workers
					run := 2 * second
					period := time.Duration(float64(run) * float64(n) / (load * float64(workers)))
					task := Task{Name: "task", Timer: AfterRun, Interval: period - run, Jitter: 0.05, Run: run, RunCV: cv, Source: None}
					f := one(System{Queues: []Queue{{Workers: workers}}, Tasks: like(n, task)})
					// The mean of so many runs is within cv/√runs: 1/130 at a cv of 1.5.
					// Of what waits it is less near, and a busy queue forgets slowly.
					runs := 40_000.0
					switch {
					case load < 0.5:
						runs = 20_000
					case load > 0.7 && load < 1:
						runs = 100_000
					}
					runs *= math.Max(1, cv)
					agree(t, f, Options{Seed: 1, Warmup: 100 * period, Horizon: time.Duration(int(runs)/n) * period})
					if got := Predict(f).Systems[0].Queues[0]; got.Saturated != (load > 1) {
						t.Errorf("saturated: %t at %.3f of its workers", got.Saturated, got.Utilisation)
					}
				})
			}
		}
	}
}
