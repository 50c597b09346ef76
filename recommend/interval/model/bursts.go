package model

import "math"

// burst is the tasks of one queue that one source makes run at once.
type burst struct {
	source, queue int
	tasks         []int   // those that can run at once
	after         []int   // those that wait for a dependency on the same source
	excess        float64 // how many of them find no worker free
	one           float64 // how long the workers take for one of those, in seconds
}

// findBursts groups tasks by source and queue. Flux adds them in the order of
// their dependencies.
func (p *predictor) findBursts() {
	at := map[[2]int]int{}
	for i := range p.s.Tasks {
		t := &p.s.Tasks[i]
		if t.Source == None {
			continue
		}
		key := [2]int{t.Source, t.Queue}
		if _, ok := at[key]; !ok {
			at[key] = len(p.bursts)
			p.bursts = append(p.bursts, burst{source: t.Source, queue: t.Queue})
		}
		b := &p.bursts[at[key]]
		if p.sharesSource(t) {
			b.after = append(b.after, i)
		} else {
			b.tasks = append(b.tasks, i)
		}
	}
}

func (p *predictor) sharesSource(t *Task) bool {
	for _, d := range t.DependsOn {
		if t.Source != None && p.s.Tasks[d].Source == t.Source {
			return true
		}
	}
	return false
}

// burstWaits sets how much longer a run waits that comes in a burst, and returns
// how long any run waits behind the bursts of others, by queue. A burst of B runs
// finds c(1−ρ) workers free, one at least; the E that are left over are taken one
// every run/c: each of the burst waits E(E+1)/2B of that more on average, the last
// E. Until then E(E+1)/2 run/c seconds' work have stood in the queue on average:
// see backlog for how much longer that takes since others come too.
// 100 runs of 1 s with 4 workers that are else idle: E = 96, 11.6 s and 24 s.
func (p *predictor) burstWaits() []float64 {
	backlogs := p.backlogs()
	for i := range p.bursts {
		p.fall(&p.bursts[i], &backlogs[p.bursts[i].queue])
	}
	induced := make([]float64, len(backlogs))
	for q := range backlogs {
		induced[q], backlogs[q].late = backlogs[q].induced(p.queues[q].wait)
	}
	for _, b := range p.bursts {
		late, size := backlogs[b.queue].late, float64(len(b.tasks))
		for _, i := range b.tasks {
			p.nodes[i].late, p.nodes[i].worst = late*b.excess*(b.excess+1)/(2*size)*b.one, b.excess*b.one
		}
		for _, i := range b.after {
			p.nodes[i].late, p.nodes[i].worst = late*b.excess*b.one, b.excess*b.one
			if size > 0 {
				p.nodes[i].meets = math.Min(1, float64(p.s.Queues[b.queue].Workers)/size)
			}
		}
	}
	return induced
}

// fall adds what the bursts b bring to their queue. Of each a share x is left on
// average that is not merged with the one before, which still waits: all of it or
// nothing, but for one that comes while the last is worked off, which it is for u
// of the time. Then a uniform part is left, so that the mean square is x − u/6.
// Polls that find something are a share of all of them, and the others come as
// regularly: of their noise that share is gone, as far as it adds up over more
// bursts than one (Kingman's formula).
func (p *predictor) fall(b *burst, to *backlog) {
	size, workers := float64(len(b.tasks)), float64(p.s.Queues[b.queue].Workers)
	if size == 0 {
		return
	}
	var run, runs float64
	for _, i := range b.tasks {
		run += p.nodes[i].run / size
		runs += p.nodes[i].rates.Revision / size
	}
	b.excess = math.Max(0, size-math.Max(1, workers*(1-p.queues[b.queue].utilisation)))
	b.one = run / workers
	news := p.nodes[b.source].news
	area := b.excess * (b.excess + 1) / 2 * b.one * b.one
	left := math.Min(1, share(runs, news))
	square := math.Max(left*left, left-runs*b.excess*b.one/6)
	_, found := p.polled(b.source)
	to.area += news * area * left
	to.noise += news * area * square * (1 - math.Min(1, to.offered)*found)
}
