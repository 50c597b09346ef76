package interval

import (
	"slices"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend/interval/model"
)

// objectives are what each task of a system must keep to.
func (p *Plan) objectives(system int) []model.Objective {
	s := &p.Fleet.Systems[system]
	w := p.wanted[p.Systems[system].Cluster]
	all := make([]model.Objective, len(s.Tasks))
	for i := range all {
		all[i] = p.objective(w, system, i)
	}
	p.urge(system, all)
	for i := range all { // a chart keeps to what the release wants that is made of it
		t := &p.Systems[system].Tasks[i]
		if chart := s.Tasks[i].Source; chart != model.None && p.Systems[system].Tasks[chart].Kind == "HelmChart" {
			of := p.ask(system, chart, goals{drift: w.deploy(t.Reconciler)})
			if o := &all[chart]; !o.Fixed && (of.Fixed || of.Drift < o.Drift || p.Systems[system].Tasks[chart].Generated) {
				o.Drift, o.Fixed, o.Longer = of.Drift, of.Fixed, of.Longer
			}
		}
	}
	return all
}

// objective is what one task must keep to. A source must have a commit as soon as the
// most urgent of what is applied from it, which beside that must have applied it; one
// with a webhook must make up for a call that was missed.
func (p *Plan) objective(w *wanted, system, task int) model.Objective {
	r := p.Systems[system].Tasks[task].Reconciler
	if r.Kind == "Application" {
		return p.ask(system, task, w.application(r))
	}
	if r.Kind == "ApplicationSet" {
		of, _, looks := w.generated(r)
		o := p.ask(system, task, of)
		o.Fixed = o.Fixed || !looks
		return o
	}
	k, ok := kindOf(r)
	if !ok || r.Lapses {
		return model.Objective{Fixed: true}
	}
	var of goals
	goal, _ := w.objective(r, k)
	tasks := p.Fleet.Systems[system].Tasks
	switch {
	case goal.within == pinned:
	case k.serves == collector.Deploy && !woken(r) && tasks[task].Source == model.None && r.Kind != "HelmChart":
		of.deploy = goal
	default:
		of.drift = goal
	}
	if source := tasks[task].Source; source != model.None && k.serves != collector.Deploy {
		of.deploy = p.deployed(w, system, task)
	}
	o := p.ask(system, task, of)
	if within := w.retry(r).within; k.retry && max(r.RetryInterval.Duration, retryIn(&tasks[task])) > within {
		o.Retry = within
	}
	return o
}

// retryIn is how long after a failed run the next comes.
func retryIn(t *model.Task) time.Duration {
	if t.Retry > 0 {
		return t.Retry
	}
	return t.Interval
}

// deployed is how soon an applier must have a commit: not at all where its source
// is pinned to one, and where that follows releases, within what those may take.
func (p *Plan) deployed(w *wanted, system, task int) goal {
	r, source := p.Systems[system].Tasks[task].Reconciler, p.Systems[system].Tasks[p.root(system, task)].Reconciler
	switch {
	case source.Kind == "GitRepository" && source.Ref.Commit != "":
		return goal{}
	case source.Kind == "GitRepository" && source.Ref.SemVer != "" && source.Wishes.Deploy.Duration == 0 && r.Wishes.Deploy.Duration == 0:
		return w.general(releases)
	}
	return w.deploy(r)
}

// goals are those that an interval is held to.
type goals struct{ drift, deploy goal }

// ask is what goals ask of a task: see from. Where a queue is full it is the queue
// that takes the time, and they hold; but a default shortens nothing then either, and
// does not hold where it would be missed with workers to spare. It notes who asks how
// soon it deploys, for urge.
func (p *Plan) ask(system, task int, g goals) model.Objective {
	tasks, now, root := p.Fleet.Systems[system].Tasks, &p.Now.Systems[system], p.root(system, task)
	p.urgent[place{system, task}] = !g.deploy.assumed
	if !now.Queues[tasks[task].Queue].Saturated && !now.Queues[tasks[root].Queue].Saturated {
		return model.Objective{Drift: g.drift.from(now.Tasks[task].Longest), Deploy: g.deploy.from(now.Tasks[task].Deploy.Worst)}
	}
	spare := p.spare(system)
	o := model.Objective{Drift: g.drift.within, Deploy: g.deploy.within, Longer: g.drift.assumed || task == root && g.deploy.assumed}
	if g.drift.assumed && spare.Tasks[task].Longest > g.drift.within {
		o.Drift, o.Fixed = 0, true
	}
	if g.deploy.assumed && spare.Tasks[task].Deploy.Worst > g.deploy.within {
		o.Deploy, o.Fixed = 0, o.Fixed || task == root
	}
	return o
}

// spare is what a system would do now with workers for all of its objects at once.
func (p *Plan) spare(system int) *model.SystemOutcome {
	if o := p.spares[system]; o != nil {
		return o
	}
	s := p.Fleet.Systems[system]
	s.Queues = slices.Clone(s.Queues)
	for i := range s.Queues {
		s.Queues[i].Workers = min(mostWorkers, max(s.Queues[i].Workers, len(s.Tasks)))
	}
	o := p.alone(s)
	p.spares[system] = &o.Systems[0]
	return &o.Systems[0]
}

// urge frees an interval that may only grow, or not at all, where somebody asks for
// more of what it serves: an applier of a source, or an Application of an Argo CD.
func (p *Plan) urge(system int, all []model.Objective) {
	tasks := p.Fleet.Systems[system].Tasks
	urged, argo := map[int]bool{}, false
	for i := range tasks {
		if all[i].Deploy > 0 && p.urgent[place{system, i}] {
			urged[p.root(system, i)] = true
			argo = argo || tasks[i].Timer == model.ArgoRefresh
		}
	}
	for i := range all {
		if all[i].Longer && (urged[i] || argo && tasks[i].Timer == model.ArgoRefresh) {
			all[i].Longer, all[i].Fixed = false, false
		}
	}
}

// application is what an Application must keep to: its timer is for commits, as
// changes of live objects are seen at once. With a webhook it makes up for a call
// that was missed.
func (w *wanted) application(r *collector.Reconciler) goals {
	if woken(r) && r.Wishes.Deploy.Duration == 0 {
		return goals{drift: w.general(missed)}
	}
	return goals{deploy: w.deploy(r)}
}
