package interval

import (
	"slices"
	"strings"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend/interval/model"
)

// hooked is the plan's fleet where a webhook wakes whatever of Git it could, and what
// that comes to: an interval is then for calls that were missed.
type hooked struct {
	fleet  model.Fleet
	out    model.Outcome
	wakes  map[place]bool          // what one would wake that none does
	unmet  map[place][]model.Unmet // of those, objectives that only a webhook keeps to
	longer map[place]bool          // and those whose interval grows
}

// hooked is predicted of the plan, not planned anew: no interval grows but those of
// what is woken.
func (p *Plan) hooked() *hooked {
	h := &hooked{fleet: copied(p.Proposed), wakes: map[place]bool{}, unmet: map[place][]model.Unmet{}, longer: map[place]bool{}}
	for i := range p.Systems {
		if p.Systems[i].Instance != "" {
			p.hookInstance(h, i)
			continue
		}
		for j := range p.Systems[i].Tasks {
			if p.callable(i, j) {
				h.wake(place{i, j}, p.missedRung(i, j))
			}
		}
	}
	if len(h.wakes) == 0 {
		return h
	}
	h.out = model.Predict(&h.fleet)
	for i := range p.Systems {
		for j := range p.Systems[i].Tasks {
			p.meets(h, place{i, j})
		}
	}
	return h
}

// meets takes note of what a task must keep to, no interval does, and a webhook of its
// source does: where it is the poll that takes the time.
func (p *Plan) meets(h *hooked, at place) {
	root := place{at.system, p.root(at.system, at.task)}
	got := h.out.Systems[at.system].Tasks[at.task].Deploy
	for _, u := range p.unmet[at] {
		polls := u.Reason == model.LadderTooLong || u.Reason == model.HostLimit
		if h.wakes[root] && u.Objective == model.Deploy && polls && got.Known && got.Worst <= u.Want {
			h.unmet[root] = append(h.unmet[root], u)
		}
	}
}

// wake has a webhook wake a task, with an interval for calls that were missed where
// that is longer.
func (h *hooked) wake(at place, interval time.Duration) {
	t := &h.fleet.Systems[at.system].Tasks[at.task]
	h.wakes[at], t.Webhook = true, true
	if interval > t.Interval {
		h.longer[at], t.Interval = true, interval
	}
}

// callable reports whether a webhook could wake a Flux source that none does: one
// that looks for commits at an address. What is pinned to one has none to look for.
func (p *Plan) callable(system, task int) bool {
	r, t := p.Systems[system].Tasks[task].Reconciler, &p.Proposed.Systems[system].Tasks[task]
	k, tuned := kindOf(r)
	row := collector.KindOf(r.APIVersion, r.Kind)
	return tuned && k.serves == collector.Deploy && row.Host == collector.GitHost && slices.Contains(row.Wakes, collector.Webhook) &&
		t.Timer == model.AfterRun && asks(t.Poll) && !r.Hooked && r.Ref.Commit == "" && calls(p.Fleet.Repositories[t.Poll.Repository].Name)
}

// calls reports whether a host can call a webhook: CodeCommit tells only AWS's own
// services of a push.
func calls(repository string) bool { return !strings.HasPrefix(repository, "git-codecommit.") }

// missedRung is the longest interval of a source that makes up for missed calls in
// time; 0 where its owner says how soon a commit must come, or releases have a time of
// their own.
func (p *Plan) missedRung(system, task int) time.Duration {
	r, t := p.Systems[system].Tasks[task].Reconciler, &p.Proposed.Systems[system].Tasks[task]
	if r.Wishes.Deploy.Duration > 0 || r.Ref.SemVer != "" {
		return 0
	}
	rung, _ := Rung(p.settings.Missed.Duration, t.Jitter, t.Run+p.Done.Systems[system].Tasks[task].Wait)
	return rung
}

// hookInstance has webhooks wake the Applications of an Argo CD, whose one timeout is
// then for missed calls, unless an Application says itself how soon a commit must come.
func (p *Plan) hookInstance(h *hooked, system int) {
	tasks := p.Systems[system].Tasks
	free, wakes := true, false
	for j := range tasks {
		t := &p.Proposed.Systems[system].Tasks[j]
		free = free && tasks[j].Wishes.Deploy.Duration == 0
		if t.Timer == model.ArgoRefresh && asks(t.Poll) && !t.Webhook && calls(p.Fleet.Repositories[t.Poll.Repository].Name) {
			h.wake(place{system, j}, 0)
			wakes = true
		}
	}
	if !free || !wakes {
		return
	}
	now := p.Proposed.Systems[system].Tasks[0].Interval
	for _, rung := range slices.Backward(Ladder[:]) {
		if rung <= now {
			return
		}
		one := p.Proposed.Systems[system]
		one.Tasks, one.RefCache = slices.Clone(one.Tasks), rung
		for j := range tasks {
			setTimeout(&one.Tasks[j], rung)
		}
		if p.alone(one).Systems[0].Tasks[0].Longest > p.settings.Missed.Duration {
			continue
		}
		for j := range tasks {
			p.set(&h.fleet, system, j, rung, nil)
			if at := (place{system, j}); h.wakes[at] {
				h.longer[at] = true
			}
		}
		return
	}
}
