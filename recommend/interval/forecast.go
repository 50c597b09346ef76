package interval

import (
	"fmt"
	"hash/fnv"
	"math"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/tuppence-dev/tuppence/recommend/interval/model"
)

// Figure is one figure by the formula and by the simulation.
type Figure struct {
	Formula    float64 `json:"formula"`
	Simulation float64 `json:"simulation"`
	// Differs tells that the two differ by more than Tolerance, and by more than
	// chance lets a count of the simulation.
	Differs bool `json:"differs,omitempty"`
}

// Tolerance is by how much of a figure the formula and the simulation may differ
// before that is told.
const Tolerance = 0.05

// rate is an hourly rate that the simulation counted over so many hours.
func rate(formula, simulation, hours float64) Figure {
	counted := math.Max(formula, simulation) * hours
	chance := (1 + 3*math.Sqrt(counted)) / hours
	return Figure{formula, simulation, apart(formula, simulation, math.Min(chance, math.Max(formula, simulation)))}
}

// apart reports whether two figures differ by more than Tolerance, and by more
// than least in their own unit.
func apart(a, b, least float64) bool {
	d := math.Abs(a - b)
	return d > Tolerance*math.Max(a, b) && d > least
}

// Seconds is a time that may not be known: null. Nothing that the simulation saw
// tells it, or nothing ever leads to it.
type Seconds struct {
	Formula    *float64 `json:"formula"`
	Simulation *float64 `json:"simulation"`
	Differs    bool     `json:"differs,omitempty"`
}

// Forecast is what one cluster does at some intervals.
type Forecast struct {
	RunsPerHour Figure            `json:"totalRunsPerHour"`
	ByKind      map[string]Figure `json:"runsPerHour"`
	Causes      Causes            `json:"runsPerHourByCause"`
	// Unchanged is the share of runs that have nothing new to fetch or apply, 0 to 1;
	// nil where of no source it is known how often it changes.
	Unchanged       *Figure           `json:"unchangedShare"`
	APICalls        Figure            `json:"apiCallsPerHour"` // of Kustomizations' runs
	Queues          []QueueForecast   `json:"queues"`
	Classes         []ClassForecast   `json:"classes"`
	Cores           CoresForecast     `json:"cores"`
	ArgoCD          []ArgoForecast    `json:"argocd"`
	RequestsPerHour map[string]Figure `json:"gitRequestsPerHour"` // by repository
	Cut             bool              `json:"cut,omitempty"`      // the simulation had too many events, and ended before its horizon
	tasks           []TaskForecast
}

// TaskForecast is what one object does.
type TaskForecast struct {
	Task     *Task
	Interval float64  // seconds; 0: it has no timer
	Rate     Figure   // runs an hour
	Period   float64  // seconds between two runs, by the formula
	Cores    *float64 // of its controller, by the formula; nil: not known
}

// Tasks are those of the cluster, in the order of the model.
func (f *Forecast) Tasks() []TaskForecast { return f.tasks }

// simulated is one cluster's prediction and simulation.
type simulated struct {
	m       *Mapped
	systems []int // of m.Systems
	fleet   model.Fleet
	formula model.Outcome
	seen    model.Observation
	hours   float64
}

// Forecast predicts and simulates every cluster of the fleet at the intervals that
// f has; f is Fleet, or what At returns. Clusters are simulated apart, each with a
// seed of its own that follows from the options' and its name, so that one is the
// same beside whichever others.
func (m *Mapped) Forecast(f *model.Fleet, o model.Options) ([]Forecast, error) {
	all := make([]Forecast, len(m.fleet.Clusters))
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for c := range all {
		g.Go(func() error {
			s := simulated{m: m, fleet: model.Fleet{Hosts: f.Hosts, Repositories: f.Repositories}, hours: o.Horizon.Hours()}
			for i := range m.Systems {
				if m.Systems[i].Cluster == c {
					s.systems = append(s.systems, i)
					s.fleet.Systems = append(s.fleet.Systems, f.Systems[i])
				}
			}
			own := o
			name := fnv.New64a()
			name.Write([]byte(m.fleet.Clusters[c].Name))
			own.Seed ^= name.Sum64()
			var err error
			if s.seen, err = model.Simulate(&s.fleet, own); err != nil {
				return fmt.Errorf("simulating cluster %s: %w", m.fleet.Clusters[c].Name, err)
			}
			s.formula = model.Predict(&s.fleet)
			all[c] = s.forecast(&m.Costs[c])
			return nil
		})
	}
	return all, g.Wait()
}

func (s *simulated) forecast(costs *ClusterCosts) Forecast {
	a, b := s.formula.Total, s.seen.Total
	f := Forecast{
		RunsPerHour: rate(a.Runs, b.Runs, s.hours), ByKind: map[string]Figure{}, RequestsPerHour: map[string]Figure{},
		APICalls: Figure{a.Calls, b.Calls, apart(a.Calls, b.Calls, a.Calls/math.Sqrt(1+a.Runs*s.hours))},
		Causes:   s.causes(), Queues: s.queues(), Classes: s.classes(), ArgoCD: s.argo(), Cut: len(s.seen.Cut) > 0,
	}
	commits := false
	s.each(func(task *Task, t *model.Task, formula, seen *model.TaskOutcome) {
		commits = commits || task.Commits
		r := rate(formula.Rates.Sum(), seen.Rates.Sum(), s.hours)
		k := f.ByKind[task.Kind]
		f.ByKind[task.Kind] = rate(k.Formula+r.Formula, k.Simulation+r.Simulation, s.hours)
		line := TaskForecast{Task: task, Interval: t.Interval.Seconds(), Rate: r, Period: formula.Period.Seconds()}
		if t.Timer == model.Triggered {
			line.Interval = 0
		}
		if task.Costed {
			line.Cores = new(worked(formula) / 3600 * t.Cost.Controller / 1000)
		}
		f.tasks = append(f.tasks, line)
	})
	if commits {
		f.Unchanged = &Figure{a.Unchanged, b.Unchanged, apart(a.Unchanged, b.Unchanged, 0.02)}
	}
	f.Cores = s.cores(costs)
	for i, l := range s.formula.Repositories {
		if seen := s.seen.Repositories[i]; l.PerHour > 0 || seen.PerHour > 0 {
			f.RequestsPerHour[l.Name] = rate(l.PerHour, seen.PerHour, s.hours)
		}
	}
	return f
}

// worked are a task's runs an hour that did their work: each that found a
// dependency not ready is followed by one that counts as Dependency.
func worked(o *model.TaskOutcome) float64 { return o.Rates.Sum() - o.Rates.Dependency }

func (s *simulated) each(visit func(*Task, *model.Task, *model.TaskOutcome, *model.TaskOutcome)) {
	for i, at := range s.systems {
		for j := range s.fleet.Systems[i].Tasks {
			visit(&s.m.Systems[at].Tasks[j], &s.fleet.Systems[i].Tasks[j], &s.formula.Systems[i].Tasks[j], &s.seen.Systems[i].Tasks[j])
		}
	}
}
