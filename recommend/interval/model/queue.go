package model

import "math"

// load is what comes to one queue, in seconds: streams of runs, none of which
// has more than one run in the queue.
type load struct {
	workers float64
	streams []stream
	behind  float64 // what a run waits more, behind bursts
	// Of Argo CD all that comes falls into this much of every so much: the jitter
	// after a resync, and the timeout; and the wait does not delay the next.
	window, every float64
}

// stream is a run that comes again after the think time, the wait and the run.
type stream struct {
	think    float64 // from the end of a run (of a trigger: from its start) to being due again
	busy     float64 // mean run as far as it delays the next: 0 for a trigger
	run, sq  float64 // mean and mean square of a run
	class    int     // streams that come back after the same time, or random
	interval float64 // what its jitter is a share of, times the jitter: half the width
}

// random is the class of streams that come at random.
const random = -1

// rate is the stream's runs a second at this wait.
func (s *stream) rate(wait float64) float64 { return 1 / (s.think + s.busy + wait) }

// wait is the mean wait in the queue, and the utilisation at it.
//
// The queue is a machine-repair model, M/M/c//N: N tasks that think and are then
// due. Its mean wait is exact for runs with an exponential duration, whatever the
// think times are (BCMP: an infinite server in a closed network is insensitive).
// 50 tasks that run 1 s every 50 s with one worker wait 5.0 s and keep it 90 %
// busy; an open queue would wait 9 s.
//
//   - Tasks that differ are taken as N = (Σa)²/Σa² alike, with a the rate at which
//     each becomes due: the arrivals lost for each run that waits are the same.
//   - For other durations the number that waits is scaled by K, half of the sum of
//     the squared coefficients of variation of arrivals and runs (Allen–Cunneen),
//     and so are the arrivals that are lost to it. Arrivals at random have 1; but a
//     task that comes back after a fixed time repeats the spacing that the queue
//     itself gave it, and then theirs is that of the runs, cs²: all alike never
//     wait. Jitter of some width forgets the spacing once that is long against the
//     time in which the queue forgets: K = cs² + (1−cs²)/2 · r/(r+1.3), where r is
//     width over K·run/c / (1−ρ+√(K/N)/2)². The form follows from the argument,
//     the 1.3 and the ½ are fitted to simulations (N 20–200, c 1–20, cs 0.1–1.5).
//
// Past saturation the workers set the rate: the wait is what makes them busy all
// the time, and no more.
func (l *load) wait() (wait, utilisation float64) {
	if len(l.streams) == 0 {
		return 0, 0
	}
	if l.every > 0 {
		return l.resyncWait()
	}
	a := l.arrivals()
	k := 1.0
	for range 40 {
		wait = l.littleWait(a.waiting(l.workers, k))
		utilisation = l.utilisation(wait)
		next := l.variability(a, k, utilisation)
		if math.Abs(next-k) < 1e-4*k {
			break
		}
		k = (k + next) / 2
	}
	if full := l.saturatedWait(); wait < full {
		wait = full
	}
	return wait, l.utilisation(wait)
}

// arrivals are what the streams come to together.
type arrivals struct {
	rate, sources float64 // due a second while none is in the queue; N
	run, cs2      float64
	own           float64 // of cs2, what is not that tasks differ
	repeats       float64 // chance that two in turn are of one class
	width         float64
}

func (l *load) arrivals() arrivals {
	var a arrivals
	var squares, runs, sq, own float64
	var classes []float64
	for i := range l.streams {
		s := &l.streams[i]
		due := 1 / s.think
		a.rate += due
		squares += due * due
		w := s.rate(0)
		runs += w
		a.run += w * s.run
		sq += w * s.sq
		own += w * (s.sq - s.run*s.run)
		if s.class != random {
			for len(classes) <= s.class {
				classes = append(classes, 0)
			}
			classes[s.class] += w
		}
		a.width += w * 2 * s.interval
	}
	a.sources = a.rate * a.rate / squares
	a.run /= runs
	for _, w := range classes {
		a.repeats += w / runs * w / runs
	}
	a.width /= runs
	if a.run > 0 {
		a.cs2 = math.Max(0, sq/runs/(a.run*a.run)-1)
		a.own = math.Max(0, own/runs/(a.run*a.run))
	}
	return a
}

// variability is K.
func (l *load) variability(a arrivals, k, utilisation float64) float64 {
	slope := 1 - utilisation + math.Sqrt(k/a.sources)/2
	forgets := k * a.run / l.workers / (slope * slope)
	forgotten := 1.0
	if forgets > 0 {
		forgotten = a.width / (a.width + 1.3*forgets)
	}
	fresh := 1 - a.repeats*(1-forgotten)
	return math.Max(0.02, fresh*(1+a.cs2)/2+(1-fresh)*a.own)
}

// waiting is the mean number of runs that wait: the birth and death of runs in
// the queue, where a run beyond the workers stands for k of them.
func (a *arrivals) waiting(workers, k float64) float64 {
	if a.run == 0 {
		return 0
	}
	p, sum, waiting := 1.0, 1.0, 0.0
	for n := 0.0; ; n++ {
		in := n
		if n > workers {
			in = workers + k*(n-workers)
		}
		due := a.rate * (1 - in/a.sources)
		if !(due > 0) {
			break
		}
		p *= due * a.run / math.Min(n+1, workers)
		sum += p
		if n >= workers {
			waiting += p * k * (n + 1 - workers)
		}
		if n > workers && p < sum*1e-12 {
			break
		}
		if sum > 1e200 {
			p, sum, waiting = p/sum, 1, waiting/sum
		}
	}
	return waiting / sum
}

// littleWait is the wait at which so many wait on average. The function whose
// root it is rises and is concave, so that Newton's steps from 0 stay below it.
// Nobody waits for more than one run of everybody.
func (l *load) littleWait(waiting float64) float64 {
	var wait, round float64
	for i := range l.streams {
		round += l.streams[i].run / l.workers
	}
	for wait < round {
		value, slope := -waiting, 0.0
		for i := range l.streams {
			r := l.streams[i].rate(wait + l.behind)
			value += wait * r
			slope += r - wait*r*r
		}
		if slope <= 0 {
			break
		}
		step := -value / slope
		wait += math.Max(0, step)
		if step < 1e-9*(1+wait) {
			break
		}
	}
	return math.Min(wait, round)
}

// saturatedWait is the wait at which the workers are busy all the time, or 0
// where they never are. Here the function falls and is convex.
func (l *load) saturatedWait() float64 {
	var wait float64
	for range 200 {
		value, slope := -l.workers, 0.0
		for i := range l.streams {
			s := &l.streams[i]
			r := s.rate(wait)
			value += s.run * r
			slope += s.run * r * r
		}
		if value <= 1e-9*l.workers || slope == 0 {
			break
		}
		wait += value / slope
	}
	return wait
}

func (l *load) utilisation(wait float64) float64 {
	var busy float64
	for i := range l.streams {
		busy += l.streams[i].run * l.streams[i].rate(wait+l.behind)
	}
	return math.Min(1, busy/l.workers)
}
