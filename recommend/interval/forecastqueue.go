package interval

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend/interval/model"
)

// QueueForecast is one work queue.
type QueueForecast struct {
	Program     string   `json:"program"`
	Namespace   string   `json:"namespace,omitempty"`
	Name        string   `json:"name"`
	Workers     int      `json:"workers"`
	WorkersFrom string   `json:"workersFrom"`
	RunsPerHour Figure   `json:"runsPerHour"`
	Utilisation Figure   `json:"utilisation"`    // 0 to 1
	Wait        Seconds  `json:"waitSeconds"`    // mean
	Wait95      *float64 `json:"waitP95Seconds"` // by the simulation
	Saturated   bool     `json:"saturatedByFormula"`
	SaturatedIn bool     `json:"saturatedInSimulation"`
}

// leastWait is below which waits are alike: nobody waits for a tenth of a second, and a few bursts make it.
const leastWait = 0.1

func (s *simulated) queues() []QueueForecast {
	all := []QueueForecast{}
	for i, at := range s.systems {
		for q := range s.fleet.Systems[i].Queues {
			of, a, b := &s.m.Systems[at].Queues[q], s.formula.Systems[i].Queues[q], s.seen.Systems[i].Queues[q]
			f := QueueForecast{
				Program: of.Program, Namespace: of.Namespace, Name: of.Name, Workers: s.fleet.Systems[i].Queues[q].Workers, WorkersFrom: of.WorkersFrom,
				RunsPerHour: rate(a.Runs, b.Runs, s.hours),
				Utilisation: Figure{a.Utilisation, b.Utilisation, apart(a.Utilisation, b.Utilisation, 0.02)},
				Saturated:   a.Saturated, SaturatedIn: b.Saturated,
			}
			wait, seen := a.Wait.Seconds(), b.Wait.Seconds()
			f.Wait.Formula = &wait
			if spread := s.seen.Spread[i].Waits[q]; spread.Known {
				f.Wait.Simulation, f.Wait95 = &seen, new(spread.P95.Seconds())
				f.Wait.Differs = apart(wait, seen, leastWait)
			}
			all = append(all, f)
		}
	}
	return all
}

// ClassForecast is what holds for the objects of one kind.
type ClassForecast struct {
	Kind    string `json:"kind"`
	Objects int    `json:"objects"`
	// Longest is the longest time between two runs that a timer leaves to one of
	// them. Drift is how long a change by hand stands, and Deploy how long a commit
	// takes until one of them has it: the mean over all, and the worst of all.
	Longest     float64  `json:"longestPeriodSeconds"`
	DriftMean   *Seconds `json:"driftMeanSeconds,omitempty"`
	DriftWorst  *Seconds `json:"driftWorstSeconds,omitempty"`
	DeployMean  *Seconds `json:"deployMeanSeconds,omitempty"`
	DeployWorst *Seconds `json:"deployWorstSeconds,omitempty"`
}

// times gathers a latency of several tasks: by the formula, and in the simulation.
type times struct {
	sum, worst, n [2]float64
	seen          float64 // how often the simulation came to it
}

func (t *times) add(which int, l model.Latency) {
	if l.Known {
		t.sum[which] += l.Mean.Seconds()
		t.worst[which] = max(t.worst[which], l.Worst.Seconds())
		t.n[which]++
	}
}

// seconds are the mean and the worst; nil where the formula knows neither. A mean
// of n times that are spread evenly is off by 0.58/√n of itself: three of those are
// chance. The worst of the simulation is of what fell into it, and the formula's is
// at mean waits: neither is held to the other.
func (t *times) seconds() (mean, worst *Seconds) {
	if t.n[0] == 0 {
		return nil, nil
	}
	mean, worst = &Seconds{Formula: new(t.sum[0] / t.n[0])}, &Seconds{Formula: &t.worst[0]}
	if t.n[1] > 0 {
		mean.Simulation, worst.Simulation = new(t.sum[1]/t.n[1]), &t.worst[1]
		mean.Differs = t.n[0] == t.n[1] && apart(*mean.Formula, *mean.Simulation, *mean.Formula*1.75/math.Sqrt(max(1, t.seen)))
	}
	return mean, worst
}

func (s *simulated) classes() []ClassForecast {
	type gathered struct {
		ClassForecast
		drift, deploy times
	}
	byKind := map[string]*gathered{}
	s.each(func(task *Task, t *model.Task, formula, seen *model.TaskOutcome) {
		k := collector.KindOf(task.APIVersion, task.Kind)
		if k.Serves != collector.Drift && k.Serves != collector.Deploy {
			return
		}
		g := byKind[task.Kind]
		if g == nil {
			g = &gathered{ClassForecast: ClassForecast{Kind: task.Kind}}
			byKind[task.Kind] = g
		}
		g.Objects++
		g.Longest = max(g.Longest, formula.Longest.Seconds())
		g.drift.seen += seen.Rates.Sum() * s.hours
		g.deploy.seen += (seen.Rates.Revision + t.Revisions) * s.hours
		for which, o := range []*model.TaskOutcome{formula, seen} {
			if k.Serves == collector.Drift {
				g.drift.add(which, o.Drift)
			}
			if k.Serves == collector.Deploy || t.Source != model.None || asks(t.Poll) { // another's commits come from nowhere
				g.deploy.add(which, o.Deploy)
			}
		}
	})
	all := []ClassForecast{}
	for _, g := range byKind {
		// Each task's mean counts alike, also that of one which ran the least.
		g.drift.seen, g.deploy.seen = g.drift.seen/float64(g.Objects), g.deploy.seen/float64(g.Objects)
		g.DriftMean, g.DriftWorst = g.drift.seconds()
		g.DeployMean, g.DeployWorst = g.deploy.seconds()
		all = append(all, g.ClassForecast)
	}
	slices.SortFunc(all, func(a, b ClassForecast) int { return cmp.Compare(a.Kind, b.Kind) })
	return all
}

// ArgoForecast is one Argo CD instance.
type ArgoForecast struct {
	Namespace    string  `json:"namespace"`
	Applications int     `json:"applications"`
	Timeout      float64 `json:"timeoutSeconds"` // 0: its timer is off
	Jitter       float64 `json:"jitterSeconds"`
	// Period is the mean time between two refreshes of an Application by the timer.
	Period Seconds `json:"effectivePeriodSeconds"`
}

func (s *simulated) argo() []ArgoForecast {
	all := []ArgoForecast{}
	for i, at := range s.systems {
		if s.m.Systems[at].Instance == "" {
			continue
		}
		f := ArgoForecast{Namespace: s.m.Systems[at].Instance, Applications: len(s.m.Systems[at].Tasks)}
		t := &s.fleet.Systems[i].Tasks[0] // a system has one, and all have the same timer
		f.Jitter = t.Spread.Seconds()
		if t.Timer == model.ArgoRefresh {
			f.Timeout = t.Interval.Seconds()
			f.Period = Seconds{Formula: meanPeriod(s.formula.Systems[i].Tasks), Simulation: meanPeriod(s.seen.Systems[i].Tasks)}
			if a, b := f.Period.Formula, f.Period.Simulation; a != nil && b != nil {
				f.Period.Differs = apart(*a, *b, *a*3/(1+s.hours*3600/(*a)*float64(f.Applications)))
			}
		}
		all = append(all, f)
	}
	return all
}

// meanPeriod is the time between refreshes by the timer, over all Applications.
func meanPeriod(tasks []model.TaskOutcome) *float64 {
	sum := 0.0
	for i := range tasks {
		sum += tasks[i].Rates.Interval
	}
	if sum <= 0 {
		return nil
	}
	return new(float64(len(tasks)) * time.Hour.Seconds() / sum)
}
