package model

import "math"

// residual is the mean time from a random moment to the next start of task i
// that reads what there is to read, with how long the longest can be. Both are
// infinite where nothing makes it run.
//
// For periods P it is E[P²]/2E[P]: half a period where all are alike, and more
// where they differ, since a moment falls rather into a long one. Triggers at a
// rate λ beside the timer shorten what is left of P to the lesser of it and
// their next.
func (p *predictor) residual(i int, triggers float64) (mean, longest float64) {
	t, n := &p.s.Tasks[i], &p.nodes[i]
	rest := n.wait + n.run
	switch {
	case t.Timer == ArgoRefresh:
		again := t.Failing / (1 - t.Failing) // refreshes one timeout apart
		square := n.argo.square + again*t.Interval.Seconds()*t.Interval.Seconds()
		return square / (2 * n.cycle), argoLongest(t.Interval.Seconds(), t.Spread.Seconds()) + n.wait
	case t.Timer == Triggered && triggers <= 0:
		return math.Inf(1), math.Inf(1)
	case t.Timer == Triggered:
		return 1 / triggers, math.Inf(1)
	}
	interval, retry := t.Interval.Seconds(), t.retry().Seconds()
	jitter := t.Jitter * interval
	spread := n.sq - n.run*n.run + n.wait*n.wait*(1-p.queues[t.Queue].utilisation) // of the period but for its jitter: full queues wait alike
	mix := func(h, length func(float64, float64) float64) float64 {
		ok, failed := 1-t.Failing, t.Failing
		return share(ok*h(interval, jitter)+failed*h(retry, 0), ok*length(interval, jitter)+failed*length(retry, 0))
	}
	held := n.collides * n.requeues * t.Requeue.Seconds()
	if p.s.Queues[t.Queue].OneEntry || n.cut > triggers/2 {
		mean = mix(func(z, j float64) float64 { return renewal(triggers, z, j, rest+held, spread) },
			func(z, _ float64) float64 { return meanUntil(triggers, z) + rest + held })
	} else {
		mean = mix(func(z, j float64) float64 { return until(triggers, z+rest+held, spread+j*j/3) },
			func(z, _ float64) float64 { return z + rest + held })
	}
	return mean, interval + jitter + rest
}

// until is E[∫ of what is left] over one period of this mean and variance, where
// triggers at a rate cut what is left: ∫₀ᴾ E[min(r, Exp(λ))] dr.
func until(rate, mean, variance float64) float64 {
	if rate*mean < 1e-4 {
		return (mean*mean + variance) / 2
	}
	return (mean - meanUntil(rate, mean)) / rate
}

// renewal is half the mean square of a period that is the lesser of a timer
// (idle, ± jitter) and Exp(λ), and the rest with its variance.
func renewal(rate, idle, jitter, rest, variance float64) float64 {
	first := meanUntil(rate, idle)
	square := squareUntil(rate, idle) + jitter*jitter/3*math.Exp(-rate*idle)
	return (square + 2*first*rest + rest*rest + variance) / 2
}

// argoLongest is the longest that the timer alone leaves an Application: what
// follows a delay of nothing comes too soon after one of the whole jitter, and the
// next with one of the whole jitter again.
func argoLongest(timeout, jitter float64) float64 {
	if jitter < 1 {
		return timeout
	}
	return 2*timeout + jitter
}

// finish is the mean time from a start of task i that triggers, beside its timer,
// until a run has succeeded: those that fail come again after Retry, or with what
// is pending before that.
func (p *predictor) finish(i int, triggers float64) float64 {
	t, n := &p.s.Tasks[i], &p.nodes[i]
	if t.Failing == 0 {
		return n.run
	}
	again := meanUntil(triggers, t.retry().Seconds())
	if t.Timer == ArgoRefresh {
		again = t.Interval.Seconds() - n.run
	}
	return n.run + t.Failing/(1-t.Failing)*(again+n.wait+n.run)
}

// sooner is how much earlier a failed run that a new revision made comes again,
// because the timer still stands: what is left of it is uniform up to Interval.
func (p *predictor) sooner(i int, triggers float64) float64 {
	t := &p.s.Tasks[i]
	if t.Timer != AfterRun || p.s.Queues[t.Queue].OneEntry {
		return 0
	}
	again, interval := meanUntil(triggers, t.retry().Seconds()), t.Interval.Seconds()
	if again > interval {
		return t.Failing * (again - interval/2)
	}
	return t.Failing * again * again / (2 * interval)
}

// drift is how long a change by hand stands. It is put right by the first run
// that starts after it.
func (p *predictor) drift(i int) (mean, worst float64) {
	t, n := &p.s.Tasks[i], &p.nodes[i]
	mean, longest := p.residual(i, p.triggers(i)+t.Other/3600)
	mean = math.Max(mean, share(1, 2*p.work(i))) // half a period at least, whatever merges
	held := n.collides * n.requeues * (t.Requeue.Seconds() + n.wait)
	return mean + held + p.finish(i, p.triggers(i)+t.Other/3600), longest + n.run
}

// deploy is how long a commit takes until task i has it: until its source has
// it, and then until a run that starts after that has succeeded. A source waits
// for its next poll, or with a webhook only for a worker.
func (p *predictor) deploy(i int) (mean, worst float64) {
	t, n := &p.s.Tasks[i], &p.nodes[i]
	switch {
	case t.Source != None:
		return p.deployFrom(i)
	case t.Webhook:
		return p.busy(i) + n.wait + p.finish(i, 0), n.wait + 2*n.run
	case t.Timer == ArgoRefresh:
		return p.deployArgo(i)
	}
	mean, longest := p.residual(i, t.Other/3600)
	return mean + p.finish(i, t.Other/3600), longest + n.run
}

// busy is how long a trigger waits because the task itself is running.
func (p *predictor) busy(i int) float64 {
	n := &p.nodes[i]
	if n.run == 0 {
		return 0
	}
	return p.work(i) * n.run * n.sq / (2 * n.run)
}

func (p *predictor) deployFrom(i int) (mean, worst float64) {
	t, n := &p.s.Tasks[i], &p.nodes[i]
	mean, worst = p.deploy(t.Source)
	requeue := t.Requeue.Seconds() + n.wait
	triggers := p.triggers(i) + t.Other/3600
	waits := (n.wait + n.late) * (1 - math.Min(1, p.work(i)*(n.wait+n.late))/2) // it may wait already
	came := waits + n.chained*requeue + p.finish(i, triggers) - p.sooner(i, triggers)
	return mean + p.busy(i) + came, worst + n.wait + n.worst + 2*n.run + math.Ceil(n.chained)*requeue
}

// deployArgo waits for the references to be listed, and then for the next
// refresh of this Application, unless it was the one that listed them.
func (p *predictor) deployArgo(i int) (mean, worst float64) {
	t := &p.s.Tasks[i]
	mean, longest := p.residual(i, 0)
	worst = longest + p.nodes[i].run
	r := p.repos[t.Poll.Repository]
	if r == nil || t.Poll == (Poll{}) || p.s.RefCache == 0 {
		return mean + p.finish(i, 0), worst
	}
	if r.apps > 1 {
		mean = r.after(p.nodes[i].argo) + r.residual
		worst += p.s.RefCache.Seconds() + longest/r.apps
	}
	return mean + p.finish(i, 0), worst
}
