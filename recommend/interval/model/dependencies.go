package model

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// dependencies sets how often a start of task i finds a dependency not ready,
// and how often it then comes back.
func (p *predictor) dependencies(i int) {
	t, n := &p.s.Tasks[i], &p.nodes[i]
	n.collides, n.requeues, n.chained = 0, 0, 0
	if len(t.DependsOn) == 0 {
		return
	}
	requeue := t.Requeue.Seconds() + n.wait
	ready, residual, weight := 1.0, 0.0, 0.0
	for _, d := range t.DependsOn {
		b := &p.nodes[d]
		ready *= 1 - b.notReady
		residual += b.notReady * requeuesIn(p.s.Tasks[d].RunCV, b.run, requeue)
		weight += b.notReady
	}
	n.collides = 1 - ready
	n.requeues = share(residual, weight)
	n.chained = n.collides * n.requeues
	if p.sharesSource(t) {
		n.chained = p.chain(i, requeue)
	}
}

// chain is how often a run for a new revision comes back until the dependencies
// on the same source have it too. Where they all start at once that is as long as
// they run, and once more for each time that a dependency came back itself.
func (p *predictor) chain(i int, requeue float64) float64 {
	t, n := &p.s.Tasks[i], &p.nodes[i]
	var most float64
	for _, d := range t.DependsOn {
		if p.s.Tasks[d].Source != t.Source {
			continue
		}
		b := &p.nodes[d]
		meets := n.meets
		if b.chained > 0.5 {
			meets = 1
		}
		most = math.Max(most, b.chained+meets*requeuesAfter(p.s.Tasks[d].RunCV, b.run, requeue))
	}
	return most
}

// requeuesAfter is how many requeues it takes from the start of a run until it
// is over: Σ P(run > k·requeue), of a gamma distribution.
func requeuesAfter(cv, run, requeue float64) float64 {
	if run <= 0 {
		return 0
	}
	if cv < 0.01 {
		return math.Ceil(run / requeue)
	}
	shape := 1 / (cv * cv)
	var sum float64
	for k := 0.0; k < 1000; k++ {
		left := mathext.GammaIncRegComp(shape, k*requeue*shape/run)
		sum += left
		if left < 1e-4 {
			break
		}
	}
	return sum
}

// requeuesIn is how many requeues it takes, from a random moment of a run of
// this mean, until it is over: Σ P(left > k·requeue). What is left is uniform for
// runs that are all alike, and exponential for those with cv 1.
func requeuesIn(cv, run, requeue float64) float64 {
	if run <= 0 {
		return 1
	}
	var alike float64
	for k := 0.0; k*requeue < run && k < 1000; k++ {
		alike += 1 - k*requeue/run
	}
	random := -1 / math.Expm1(-requeue/run)
	mix := math.Min(1, cv*cv)
	return math.Max(1, (1-mix)*alike+mix*random)
}
