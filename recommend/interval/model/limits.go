package model

import (
	"cmp"
	"slices"
	"time"
)

// keepLimits lengthens the intervals of what polls a repository or host that is
// asked too much: those that poll most often first, in the order of systems and
// tasks, and no more of them than it takes.
func (pl *planner) keepLimits() {
	f := pl.fleet
	for range len(f.Repositories)*16 + len(f.Hosts)*64 {
		asked := pl.asked()
		over, polled := pl.over(asked)
		if over <= 0 || !pl.raise(over, polled) {
			return
		}
	}
}

// asked is the requests a second to each repository.
func (pl *planner) asked() []float64 {
	asked := make([]float64, len(pl.fleet.Repositories))
	for i := range pl.systems {
		pl.systems[i].solved.requests(asked)
	}
	return asked
}

// over is by how much the first repository, or else host, is asked too much, with
// the repositories that this is about, or 0.
func (pl *planner) over(asked []float64) (over float64, polled []bool) {
	polled = make([]bool, len(asked))
	for i, r := range pl.fleet.Repositories {
		if r.Limit > 0 && asked[i] > r.Limit && pl.pollers(i) {
			polled[i] = true
			return asked[i] - r.Limit, polled
		}
	}
	for h, host := range pl.fleet.Hosts {
		sum, can := 0.0, false
		clear(polled)
		for i, r := range pl.fleet.Repositories {
			if r.Host == h {
				sum += asked[i]
				polled[i] = true
				can = can || pl.pollers(i)
			}
		}
		if host.Limit > 0 && sum > host.Limit && can {
			return sum - host.Limit, polled
		}
	}
	return 0, polled
}

// pollers is whether any task that polls the repository can still poll less often.
func (pl *planner) pollers(repository int) bool {
	for i := range pl.systems {
		p := &pl.systems[i]
		for j := range p.s.Tasks {
			if p.polls(j) && p.s.Tasks[j].Poll.Repository == repository && p.at[j] < len(p.rungs[j])-1 {
				return true
			}
		}
	}
	return false
}

func (p *planned) polls(i int) bool {
	poll := p.s.Tasks[i].Poll
	return poll.Repository != None && poll.Unchanged+poll.Changed > 0
}

// poller is a task that could poll less often.
type poller struct {
	system, task int
	interval     time.Duration
}

// raise lengthens the intervals of pollers by one rung until they ask so much
// less, as far as one can tell before it is solved again.
func (pl *planner) raise(over float64, polled []bool) bool {
	var can []poller
	for i := range pl.systems {
		p := &pl.systems[i]
		for j := range p.s.Tasks {
			first := p.s.Tasks[j].Timer != ArgoRefresh || j == p.argo[0]
			if first && p.polls(j) && polled[p.s.Tasks[j].Poll.Repository] && p.at[j] < len(p.rungs[j])-1 {
				can = append(can, poller{i, j, p.s.Tasks[j].Interval})
			}
		}
	}
	slices.SortStableFunc(can, func(a, b poller) int { return cmp.Compare(a.interval, b.interval) })
	touched := map[int]bool{}
	for _, c := range can {
		if over <= 0 || c.interval > can[0].interval && len(touched) > 0 {
			break
		}
		over -= pl.systems[c.system].raise(c.task)
		touched[c.system] = true
	}
	for i := range pl.systems {
		if touched[i] {
			pl.systems[i].solve()
		}
	}
	return len(touched) > 0
}

// raise takes task i one rung up, and returns about how many requests a second
// that saves.
func (p *planned) raise(i int) float64 {
	t, n := &p.s.Tasks[i], &p.solved.nodes[i]
	before := t.Interval.Seconds()
	p.at[i]++
	p.raised[i] = true
	after := p.rungs[i][p.at[i]].Seconds()
	polls := 1.0
	if t.Timer == ArgoRefresh {
		for _, j := range p.argo {
			p.at[j], p.raised[j] = p.at[i], true
		}
		polls = float64(len(p.solved.repos))
	}
	rest := n.run + n.wait
	return polls * t.Poll.Unchanged * (1/(before+rest) - 1/(after+rest))
}
