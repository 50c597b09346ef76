package model

import (
	"fmt"
	"strings"
	"time"
)

// plan is what has been found.
func (pl *planner) plan() Plan {
	out := Plan{Fleet: pl.fleet, Choices: make([][]Choice, len(pl.systems))}
	o := Outcome{Systems: make([]SystemOutcome, len(pl.systems))}
	for i := range pl.systems {
		p := &pl.systems[i]
		out.Choices[i] = p.choices()
		out.Unmet = append(out.Unmet, p.unmet(i)...)
		o.Systems[i] = p.solved.outcome()
	}
	o.finish(pl.fleet, pl.asked())
	out.Outcome = o
	return out
}

func (p *planned) choices() []Choice {
	cs := make([]Choice, len(p.s.Tasks))
	for i := range cs {
		t := &p.s.Tasks[i]
		if len(p.rungs[i]) == 0 {
			continue
		}
		cs[i] = Choice{Interval: t.Interval, Retry: t.Retry, Host: p.raised[i]}
		if next := p.at[i] + 1; next < len(p.rungs[i]) {
			cs[i].Binds = p.binds(i, p.rungs[i][next])
		}
	}
	return cs
}

// binds is the objective that a longer interval would break. All Applications
// share theirs.
func (p *planned) binds(i int, interval time.Duration) Serves {
	if p.s.Tasks[i].Timer != ArgoRefresh {
		return p.breaks(i, interval)
	}
	for _, j := range p.argo {
		if b := p.breaks(j, interval); b != Nothing {
			return b
		}
	}
	return Nothing
}

// unmet lists the objectives that are not kept.
func (p *planned) unmet(system int) []Unmet {
	var us []Unmet
	miss := func(i int, s Serves, want time.Duration, got, runs float64, root int) {
		if want <= 0 || got <= want.Seconds() {
			return
		}
		u := Unmet{System: system, Task: i, Objective: s, Want: want, Got: seconds(got)}
		u.Reason = p.reason(want.Seconds(), got, runs, root, i)
		u.Detail = p.detail(u, runs, root)
		us = append(us, u)
	}
	for i := range p.s.Tasks {
		t, o := &p.s.Tasks[i], p.want[i]
		if t.Timer != Triggered {
			_, longest := p.solved.residual(i, 0)
			miss(i, Drift, o.Drift, longest, p.solved.nodes[i].run, i)
		}
		if p.solved.deploys(i) {
			_, worst := p.solved.deploy(i)
			miss(i, Deploy, o.Deploy, worst, p.runs(i), p.s.root(i))
		}
		if t.Timer == AfterRun {
			miss(i, Retry, o.Retry, t.Retry.Seconds(), 0, i)
		}
	}
	return us
}

// runs is how long the runs take that a commit needs to get to task i: they may
// just have begun one without it.
func (p *planned) runs(i int) float64 {
	if p.s.Tasks[i].Source == None {
		return p.solved.nodes[i].run
	}
	return 2*p.solved.nodes[i].run + p.runs(p.s.Tasks[i].Source)
}

// waits is how much of the time to task i is spent in queues.
func (p *planned) waits(i, root int) float64 {
	n := &p.solved.nodes[i]
	waits := n.wait
	if i != root {
		waits += n.worst + p.waits(p.s.Tasks[i].Source, root)
	}
	return waits
}

func (p *planned) reason(want, got, runs float64, root, i int) Reason {
	switch {
	case runs > want:
		return RunTooLong
	case p.raised[root]:
		return HostLimit
	case got-p.waits(i, root) <= want:
		return QueueTooBusy
	case p.want[root].Fixed:
		return FixedInterval
	}
	return LadderTooLong
}

func (p *planned) detail(u Unmet, runs float64, root int) string {
	t, of := &p.s.Tasks[u.Task], ""
	if root != u.Task {
		of = fmt.Sprintf(" of its source %q", p.s.Tasks[root].Name)
	}
	closest := fmt.Sprintf("the closest is %s", plain(u.Got))
	switch u.Reason {
	case RunTooLong:
		return fmt.Sprintf("the runs of %q take %s, longer than %s; %s", t.Name, plain(seconds(runs)), plain(u.Want), closest)
	case HostLimit:
		return fmt.Sprintf("the interval%s is %s, as the host may not be asked more often; %s", of, plain(p.s.Tasks[root].Interval), closest)
	case QueueTooBusy:
		return fmt.Sprintf("%s of it is waiting for a worker of the queue %q; give it more workers; %s",
			plain(seconds(p.waits(u.Task, root))), p.s.Queues[t.Queue].Name, closest)
	case FixedInterval:
		return fmt.Sprintf("the interval%s of %s is fixed; %s", of, plain(p.s.Tasks[root].Interval), closest)
	default:
		if u.Objective == Retry {
			return fmt.Sprintf("the shortest interval to try again after is %s", plain(u.Got))
		}
		return fmt.Sprintf("with %s, the shortest interval%s, it is %s", plain(p.s.Tasks[root].Interval), of, plain(u.Got))
	}
}

// plain writes a duration as people do, in whole seconds: 1h30m, and not 1h30m0s.
func plain(d time.Duration) string {
	s := d.Round(time.Second).String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
