package model

import "math"

// A key waits in its queue once: what asks for it meanwhile is merged. So a task
// that waits W asks for R = A/(1 + A·W) runs a second and not for the A of a task
// that never waits: its due rate. What is merged costs nothing, and is how a queue
// whose workers are asked for too much comes to rest: at the wait that leaves them
// just enough.

// merged is how many of rate triggers a second make a run, where each of those
// waits and then runs for so long: triggers that come while one waits make none,
// and all that come during a run one more, right after it.
func merged(rate, wait, run float64) float64 {
	return rate / (rate*(wait+run) + math.Exp(-rate*run))
}

// due is how many runs a second task i would ask for if none waited.
func (p *predictor) due(i int) float64 {
	n := &p.nodes[i]
	runs := p.work(i)
	if runs == 0 {
		return 0
	}
	merging := n.merges * (n.wait + n.late*n.rates.Revision/n.rates.Sum())
	return runs / math.Max(1e-3, 1-runs*merging)
}

// apart is the share of the runs of two causes that is left where either's are
// merged with those of the other that wait. a and b are how much of the time each
// alone would have one waiting: AW/(1+AW) and BW/(1+BW) leave (A+B)/(1+(A+B)W).
func apart(a, b float64) (ofA, ofB float64) {
	return (1 - b) / (1 - a*b), (1 - a) / (1 - a*b)
}

// swallows is the share of a wait in which a new revision would be merged. Those
// that come at random are merged in all of it. A poll that comes every gap is not
// in a wait that begins with one until that is longer, and half a gap is left over
// on average: W − gap/2 of a long wait, and next to nothing of a short one.
func swallows(wait, gap float64) float64 {
	if gap == 0 {
		return 1
	}
	return wait / (wait + gap/2)
}

// polled is how long it takes from one poll to the next where task i's new
// revisions come from, and which share of the polls finds one. Both are 0 where
// no timer brings them: they come at random then.
func (p *predictor) polled(i int) (gap, found float64) {
	root := p.s.root(i)
	if t := &p.s.Tasks[root]; t.Webhook || t.Timer == Triggered {
		return 0, 0
	}
	polls := p.work(root)
	return share(1, polls), math.Min(1, share(p.nodes[root].news, polls))
}

// triggered sets the runs of task i that triggers alone make.
func (p *predictor) triggered(i int, revision, other float64) {
	n := &p.nodes[i]
	all := revision + other
	ofAll := share(revision, all)
	gap, _ := p.polled(i)
	n.merges = 1 - ofAll + ofAll*swallows(n.wait+n.late, gap)
	runs := merged(all, (n.wait+ofAll*n.late)*n.merges, n.run)
	n.rates = Rates{Revision: runs * ofAll, Other: runs * (1 - ofAll)}
}
