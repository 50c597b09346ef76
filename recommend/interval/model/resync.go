package model

import (
	"math"
	"slices"
)

// resyncWait is the wait, and the utilisation, of Applications.
func (l *load) resyncWait() (wait, utilisation float64) {
	switch utilisation = l.utilisation(0); {
	case utilisation > 0.999:
		return l.roundWait(), 1
	case l.window < l.every:
		return l.windowWait(utilisation), utilisation
	}
	random := load{workers: l.workers, streams: l.streams}
	wait, _ = random.wait()
	return wait, utilisation
}

// roundWait is the wait where the workers are always busy: one round of all the
// Applications, but for the run and for what is left until the next resync and its
// delay.
func (l *load) roundWait() float64 {
	var round, run float64
	for i := range l.streams {
		round += l.streams[i].run / l.workers
		run += l.streams[i].run / float64(len(l.streams))
	}
	next := (l.every*l.every + l.window*l.window/6) / (2 * l.every)
	return math.Max(0, round-run-next)
}

// windowWait is the wait where all comes within a window: what waits there for
// its workers at the higher rate, and at least half of what they still have to
// work off when it ends, but for the runs that find one free. 64 refreshes of 1 s
// at once, with 20 workers, take them 3.2 s: 1.1 s.
func (l *load) windowWait(utilisation float64) float64 {
	work := utilisation * l.every
	var runs, run float64
	inside := load{workers: l.workers, streams: slices.Clone(l.streams)}
	for i := range inside.streams {
		s := &inside.streams[i]
		runs += s.rate(0)
		run += s.rate(0) * s.run
		s.think = math.Max(1e-6, (s.think+s.busy)*l.window/l.every-s.busy)
	}
	behind := math.Max(0, work-l.window-run/runs) / 2
	if l.window <= work {
		return behind
	}
	wait, _ := inside.wait()
	return math.Max(behind, math.Min(wait, work/2))
}
