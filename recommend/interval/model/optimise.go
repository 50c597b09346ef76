package model

import (
	"cmp"
	"slices"
	"time"
)

// Optimise returns the cheapest intervals from the ladder that keep to the
// objectives and to the limits of hosts and repositories, longer or shorter than
// those in force. An interval in force that is not in the ladder is one of its
// task's choices too. What no choice can keep to is listed with the reason, and
// has the closest there is.
//
// It is the least by this argument. Runs become due more rarely the longer any
// interval is, and none costs less for it: a plan whose every interval is at least
// as long as another's asks for at most as much. (What is spent in the end is less
// where queues make runs wait, which is no merit of a plan.) A queue's wait does
// not grow when an interval does, and a bound on drift or latency is an interval
// and waits; so, of two plans that keep to the objectives, the one with the longer
// interval of each for every task does too. There is thus one longest plan, and it
// is the cheapest. It is found from above: with every interval at its longest the
// waits are the least there are, an interval that is too long with them is in no
// plan, and is taken one down until none is. Limits of hosts ask for longer
// intervals only. The longest plan asks the least of them; where that is too much,
// no plan keeps to both, and intervals go beyond their objectives until the hosts'
// limits are kept.
func Optimise(f *Fleet, want [][]Objective, ladder []time.Duration) (Plan, error) {
	if err := validObjectives(f, want, ladder); err != nil {
		return Plan{}, err
	}
	next := *f
	next.Systems = slices.Clone(f.Systems)
	pl := planner{fleet: &next, systems: make([]planned, len(f.Systems))}
	for i := range next.Systems {
		next.Systems[i].Tasks = slices.Clone(f.Systems[i].Tasks)
		pl.systems[i] = newPlanned(&next.Systems[i], want[i], ladder)
		pl.systems[i].descend()
		pl.systems[i].climb()
	}
	pl.keepLimits()
	return pl.plan(), nil
}

// planner is a plan in the making.
type planner struct {
	fleet   *Fleet
	systems []planned
}

// planned is one system's.
type planned struct {
	s      *System
	want   []Objective
	rungs  [][]time.Duration // a task's choices, the shortest first; none where there is no timer
	at     []int             // the one taken
	raised []bool            // for a host's sake
	users  [][]int           // tasks that a commit to this one leads to, and that ask how fast
	argo   []int             // Applications: they share one timeout
	solved *predictor

	timeout, refs time.Duration // in force: theirs, and for how long the repo-server keeps references
}

func newPlanned(s *System, want []Objective, ladder []time.Duration) planned {
	n := len(s.Tasks)
	p := planned{s: s, want: want, rungs: make([][]time.Duration, n), at: make([]int, n), raised: make([]bool, n), users: make([][]int, n)}
	for i := range s.Tasks {
		t := &s.Tasks[i]
		switch {
		case t.Timer == Triggered:
		case want[i].Fixed:
			p.rungs[i] = []time.Duration{t.Interval}
		default:
			p.rungs[i] = withRung(ladder, t.Interval)
			if want[i].Longer {
				p.rungs[i] = p.rungs[i][slices.Index(p.rungs[i], t.Interval):]
			}
		}
		p.at[i] = max(0, len(p.rungs[i])-1)
		if want[i].Deploy > 0 {
			root := s.root(i)
			p.users[root] = append(p.users[root], i)
		}
		if t.Timer == ArgoRefresh {
			p.timeout, p.refs = t.Interval, s.RefCache
			p.argo = append(p.argo, i)
		}
	}
	p.shareTimeout()
	for i := range s.Tasks {
		p.setRetry(i, ladder)
	}
	return p
}

// withRung is the ladder and the interval in force. The ladder is shared where it
// has that.
func withRung(ladder []time.Duration, interval time.Duration) []time.Duration {
	at, found := slices.BinarySearch(ladder, interval)
	if found {
		return ladder
	}
	return slices.Insert(slices.Clone(ladder), at, interval)
}

// shareTimeout gives all Applications the choices of the one that has the fewest, none
// where one of them is fixed: timeout.reconciliation is one setting.
func (p *planned) shareTimeout() {
	if len(p.argo) == 0 {
		return
	}
	fewest := p.rungs[slices.MinFunc(p.argo, func(a, b int) int { return cmp.Compare(len(p.rungs[a]), len(p.rungs[b])) })]
	for _, i := range p.argo {
		p.rungs[i], p.at[i] = fewest, len(fewest)-1
	}
}

// setRetry leaves a failed run to come again as soon as before, or as late as the
// objective allows: it is an interval of its own, which inherits the other.
func (p *planned) setRetry(i int, ladder []time.Duration) {
	t, o := &p.s.Tasks[i], p.want[i]
	if t.Timer != AfterRun {
		return
	}
	t.Retry = t.retry()
	if o.Retry == 0 || o.Fixed {
		return
	}
	rungs := withRung(ladder, t.Interval)
	t.Retry = rungs[0]
	for _, r := range rungs {
		if r <= o.Retry {
			t.Retry = r
		}
	}
}

// root is where the commits come from that lead to task i.
func (s *System) root(i int) int {
	for s.Tasks[i].Source != None {
		i = s.Tasks[i].Source
	}
	return i
}

// solve predicts the system with the intervals that are taken.
func (p *planned) solve() {
	for i := range p.s.Tasks {
		if len(p.rungs[i]) > 0 {
			p.s.Tasks[i].Interval = p.rungs[i][p.at[i]]
		}
	}
	if len(p.argo) > 0 {
		p.s.RefCache = p.refCache(p.s.Tasks[p.argo[0]].Interval)
	}
	p.solved = solve(p.s)
}

// refCache is how long references are kept at a timeout: as now at the one in force,
// and otherwise as long as that, since what sets the one sets the other.
func (p *planned) refCache(timeout time.Duration) time.Duration {
	if timeout == p.timeout || p.refs == 0 {
		return p.refs
	}
	return timeout
}

// descend takes down what is too long until nothing is, or nothing can be.
func (p *planned) descend() {
	for {
		p.solve()
		moved := false
		for i := range p.at {
			for p.at[i] > 0 && p.breaks(i, p.rungs[i][p.at[i]]) != Nothing {
				p.move(i, -1)
				moved = true
			}
		}
		if !moved {
			return
		}
	}
}

// climb takes up again what came down too far. The formulae of the waits follow
// the argument but for the variability of what is in a queue, which may fall by a
// little when an interval comes down: then what was in no plan may be in one.
func (p *planned) climb() {
	before := slices.Clone(p.at)
	moved := false
	for i := range p.at {
		if next := p.at[i] + 1; next < len(p.rungs[i]) && p.binds(i, p.rungs[i][next]) == Nothing {
			p.move(i, 1)
			moved = true
		}
	}
	if !moved {
		return
	}
	p.solve()
	for i := range p.at {
		if len(p.rungs[i]) > 0 && p.at[i] > 0 && p.breaks(i, p.rungs[i][p.at[i]]) != Nothing {
			p.at = before
			p.solve()
			return
		}
	}
}

func (p *planned) move(i, rungs int) {
	p.at[i] += rungs
	if p.s.Tasks[i].Timer == ArgoRefresh {
		for _, j := range p.argo {
			p.at[j] = p.at[i]
		}
	}
}

// breaks is the objective that task i would break, or make another break, with
// this interval and the waits as they are solved.
func (p *planned) breaks(i int, interval time.Duration) Serves {
	if d := p.want[i].Drift; d > 0 && p.longest(i, interval) > d.Seconds() {
		return Drift
	}
	if p.s.Tasks[i].Webhook {
		return Nothing // its commits come by that
	}
	for _, u := range p.users[i] {
		if p.deployed(u, i, interval) > p.want[u].Deploy.Seconds() {
			return Deploy
		}
	}
	return Nothing
}

// longest is the longest that two starts of task i would be apart.
func (p *planned) longest(i int, interval time.Duration) float64 {
	_, longest := p.solved.residual(i, 0)
	return longest + p.solved.stretch(i, interval)
}

// stretch is how much longer the longest period of task i would be.
func (p *predictor) stretch(i int, interval time.Duration) float64 {
	t := &p.s.Tasks[i]
	more := interval.Seconds() - t.Interval.Seconds()
	switch t.Timer {
	case ArgoRefresh:
		return argoLongest(interval.Seconds(), t.Spread.Seconds()) - argoLongest(t.Interval.Seconds(), t.Spread.Seconds())
	case AfterRun:
		return more * (1 + t.Jitter)
	default:
		return 0
	}
}

// deployed is the longest that a commit would take to task u, with this interval
// of its root.
func (p *planned) deployed(u, root int, interval time.Duration) float64 {
	_, worst := p.solved.deploy(u)
	t := &p.s.Tasks[root]
	more := p.solved.stretch(root, interval)
	if r := p.solved.repos[t.Poll.Repository]; t.Timer == ArgoRefresh && r != nil && r.apps > 1 && p.s.RefCache > 0 {
		more *= 1 + 1/r.apps
		more += p.refCache(interval).Seconds() - p.s.RefCache.Seconds()
	}
	return worst + more
}
