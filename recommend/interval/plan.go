package interval

import (
	"fmt"
	"slices"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
	"github.com/tuppence-dev/tuppence/recommend/interval/model"
)

// Plan is the cheapest intervals of a fleet that keep to the objectives and to the
// limits of Git hosts, by model.Optimise, and what they come to.
//
// What no interval keeps to is held as it is: a drift objective of 90 minutes for a
// run of two hours lets its interval be no longer than it was, and no shorter
// either, since that would only run it without a pause.
type Plan struct {
	*Mapped
	// Now and Then are predicted of the intervals in force, and of the plan's.
	Now, Then model.Outcome
	// Best is Mapped.Fleet at the plan's intervals, and Proposed at those of them that
	// are proposed: what fails, and what its owner wants left alone, stays as it is.
	Best, Proposed *model.Fleet
	Done           model.Outcome // predicted of Proposed

	settings Settings
	wanted   []*wanted // of each cluster
	asked    [][]model.Objective
	held     [][]model.Objective // that are asked in the end: see hold
	choices  [][]model.Choice
	unmet    map[place][]model.Unmet
	at       map[*collector.Reconciler]place
	spares   map[int]*model.SystemOutcome // by system: see spare
	urgent   map[place]bool               // somebody asks how soon it deploys
}

// place is a task: an index into Systems and one into its Tasks.
type place struct{ system, task int }

// Plan chooses the intervals of a fleet.
func (s Settings) Plan(m *Mapped) (*Plan, error) {
	p := &Plan{Mapped: m, Now: model.Predict(&m.Fleet), settings: s, unmet: map[place][]model.Unmet{}, at: map[*collector.Reconciler]place{},
		spares: map[int]*model.SystemOutcome{}, urgent: map[place]bool{}}
	for i := range m.fleet.Clusters {
		p.wanted = append(p.wanted, s.wanted(&m.fleet.Clusters[i]))
	}
	for i := range m.Systems {
		for j := range m.Systems[i].Tasks {
			p.at[m.Systems[i].Tasks[j].Reconciler] = place{i, j}
		}
		p.asked = append(p.asked, p.objectives(i))
	}
	plan, err := p.optimise()
	if err != nil {
		return nil, fmt.Errorf("choosing intervals: %w", err)
	}
	p.Then, p.Best, p.choices = plan.Outcome, plan.Fleet, plan.Choices
	p.Proposed = p.proposed()
	p.Done = model.Predict(p.Proposed)
	return p, nil
}

// proposed is the plan's fleet, with the intervals in force of what is withheld.
func (p *Plan) proposed() *model.Fleet {
	f := copied(p.Best)
	passes := make([]recommend.Pass, len(p.fleet.Clusters)) // each keeps what owners say, once asked
	for i := range passes {
		passes[i].Cluster = &p.fleet.Clusters[i]
	}
	for i := range f.Systems {
		for j := range f.Systems[i].Tasks {
			if p.withheld(&passes[p.Systems[i].Cluster], i, j) {
				t, now := &f.Systems[i].Tasks[j], &p.Fleet.Systems[i].Tasks[j]
				t.Interval, t.Retry = now.Interval, now.Retry
				if t.Timer == model.ArgoRefresh {
					f.Systems[i].RefCache = p.Fleet.Systems[i].RefCache
				}
			}
		}
	}
	return &f
}

// withheld tells whether the interval of a task is not to be changed, whatever the plan
// says. That of a chart made of a HelmRelease is changed on that.
func (p *Plan) withheld(pass *recommend.Pass, system, task int) bool {
	r, c := p.Systems[system].Tasks[task].Reconciler, pass.Cluster
	if r.Kind == "HelmChart" && r.Generated {
		tasks := p.Fleet.Systems[system].Tasks
		release := slices.IndexFunc(tasks, func(t model.Task) bool { return t.Source == task })
		return release < 0 || p.withheld(pass, system, release)
	}
	if r.Kind == "Application" { // one ConfigMap has the timeout of all
		k := instance(c, p.Systems[system].Instance)
		_, elsewhere := overridden(k, timeoutKey)
		return elsewhere || pass.Ignored(Name, argoObject(c, k)) != ""
	}
	j := judged{Plan: p, Settings: p.settings, of: c, wanted: p.wanted[p.Systems[system].Cluster], r: r}
	return pass.Ignored(Name, objectOf(c, r)) != "" ||
		slices.ContainsFunc(j.checks(nil, true), func(c recommend.Check) bool { return c.Verdict != recommend.Passed })
}

// mostRounds is how often intervals are chosen again because something else cannot be
// met when what could not be is held as it is.
const mostRounds = 4

// optimise holds what no interval keeps to as it is, and an interval too which would grow
// by less than is worth a change, and chooses again.
func (p *Plan) optimise() (model.Plan, error) {
	held := make([][]model.Objective, len(p.asked))
	for i := range held {
		held[i] = slices.Clone(p.asked[i])
	}
	p.held = held
	plan, err := model.Optimise(&p.Fleet, held, Ladder[:])
	for round := 1; err == nil && round < mostRounds; round++ {
		again := round == 1 && p.holdSmall(held, &plan)
		for _, u := range plan.Unmet {
			again = p.hold(held, u) || again
		}
		if !again {
			break
		}
		plan, err = model.Optimise(&p.Fleet, held, Ladder[:])
	}
	for _, u := range plan.Unmet {
		p.hold(held, u)
	}
	return plan, err
}

// holdSmall fixes intervals that would grow by less than is worth a change.
func (p *Plan) holdSmall(held [][]model.Objective, plan *model.Plan) (fixed bool) {
	for i := range held {
		for j := range held[i] {
			now, next := p.Fleet.Systems[i].Tasks[j].Interval, plan.Choices[i][j].Interval
			if next > now && float64(next) < p.settings.MinGain*float64(now) {
				held[i][j].Fixed, fixed = true, true
			}
		}
	}
	return fixed
}

// hold notes an objective that cannot be met, once, and asks in its place that it be no
// worse than now. Where a host allows no more that decides, and the objective stays.
func (p *Plan) hold(held [][]model.Objective, u model.Unmet) bool {
	at := place{u.System, u.Task}
	if slices.ContainsFunc(p.unmet[at], func(known model.Unmet) bool { return known.Objective == u.Objective }) {
		return false
	}
	p.unmet[at] = append(p.unmet[at], u)
	o, now := &held[u.System][u.Task], &p.Now.Systems[u.System].Tasks[u.Task]
	switch {
	case u.Reason == model.HostLimit:
		return false
	case u.Objective == model.Drift:
		o.Drift = max(o.Drift, upward(now.Longest))
	case u.Objective == model.Deploy:
		o.Deploy = max(o.Deploy, upward(now.Deploy.Worst))
	default:
		o.Retry = 0
	}
	return true
}

// upward is a time that d keeps to, however its waits are rounded.
func upward(d time.Duration) time.Duration { return bounded(d.Truncate(time.Second) + time.Second) }

// root is the task that the commits come from which lead to a task.
func (p *Plan) root(system, task int) int {
	tasks := p.Fleet.Systems[system].Tasks
	for tasks[task].Source != model.None {
		task = tasks[task].Source
	}
	return task
}

// next is the interval that the plan has for an object, and whether it has one:
// those that never run have none.
func (p *Plan) next(r *collector.Reconciler) (time.Duration, bool) {
	at, ok := p.at[r]
	if !ok {
		return 0, false
	}
	c := p.choices[at.system][at.task]
	return c.Interval, c.Interval > 0
}

// missed are the objectives that no interval of r keeps to: its own, and those of
// what is applied from it.
func (p *Plan) missed(r *collector.Reconciler) []model.Unmet {
	at, ok := p.at[r]
	if !ok {
		return nil
	}
	all := slices.Clone(p.unmet[at])
	tasks := p.Fleet.Systems[at.system].Tasks
	for i := range tasks {
		if i != at.task && p.root(at.system, i) == at.task {
			all = append(all, slices.DeleteFunc(slices.Clone(p.unmet[place{at.system, i}]), func(u model.Unmet) bool { return u.Objective != model.Deploy })...)
		}
	}
	return all
}

// look plans the intervals of a fleet, and is the recommender's function over it.
func (s Settings) look(f *collector.Fleet) (func(*recommend.Pass) []recommend.Finding, []recommend.Finding) {
	p, err := s.Plan(Model(f))
	if err != nil {
		o := recommend.Object{Kind: "Fleet", Name: "intervals"}
		return func(*recommend.Pass) []recommend.Finding { return nil }, []recommend.Finding{{ID: recommend.FindingID(Name, o), Subject: o,
			Confidence: recommend.Low, Title: "No intervals could be chosen", Reason: err.Error()}}
	}
	return p.findings, slices.Concat(p.whole(), p.loads(), p.webhooks(), p.deaf(), p.still())
}
