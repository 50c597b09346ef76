package model

import "math"

// rate sets how often task i runs, and why, from the waits as they stand.
func (p *predictor) rate(i int) {
	t, n := &p.s.Tasks[i], &p.nodes[i]
	p.dependencies(i)
	revision := p.triggers(i)
	other := t.Other / 3600
	switch {
	case t.Timer == ArgoRefresh:
		p.argoRates(i)
	case t.Timer == Triggered:
		n.cycle = math.Inf(1)
		p.triggered(i, revision, other)
	case p.s.Queues[t.Queue].OneEntry:
		p.replacing(i, revision, other)
	default:
		p.standing(i, revision, other)
	}
	n.rates.Dependency = (n.rates.Interval+n.rates.Retry+n.rates.Other)*n.collides*n.requeues + n.rates.Revision*n.chained
	p.setNews(i)
	busy := (n.rates.Sum() - n.rates.Dependency) * n.run
	failed := p.work(i) * t.Failing * (t.retry().Seconds() + n.wait)
	held := n.rates.Dependency * (t.Requeue.Seconds() + n.wait)
	n.notReady = math.Min(1, busy+failed+held)
}

// work is the runs a second that take a worker's time: all but those that found
// a dependency not ready, of which there is one for each that comes back.
func (p *predictor) work(i int) float64 {
	r := p.nodes[i].rates
	return r.Sum() - r.Dependency
}

// triggers is how often a new revision makes task i run.
func (p *predictor) triggers(i int) float64 {
	t := &p.s.Tasks[i]
	var rate float64
	if t.Source != None {
		rate = p.nodes[t.Source].news
	}
	if t.Webhook {
		rate += t.Revisions / 3600
	}
	return rate
}

// standing is a timer that stands beside the triggers: they come in addition, but
// for what is merged. Only a triggered run that fails, or finds a dependency not
// ready, brings the next run forward, to Retry or Requeue: "cut" a second.
func (p *predictor) standing(i int, revision, other float64) {
	t, n := &p.s.Tasks[i], &p.nodes[i]
	interval, retry := t.Interval.Seconds(), t.retry().Seconds()
	late := n.late * share(revision, revision+other)
	p.triggered(i, revision, other)
	revision, other = n.rates.Revision, n.rates.Other
	failed := t.Failing * (revision + other) * math.Max(0, 1-retry/interval)
	collided := other*n.collides + revision*n.meetsFirst()
	cut := failed + collided
	n.cut = cut
	reached := math.Exp(-cut * interval)
	after := meanUntil(cut, interval)
	if cut > 0 {
		requeue := t.Requeue.Seconds() * math.Max(n.requeues, n.chained)
		after += (1 - reached) * math.Min(interval/2, (failed*retry+collided*requeue)/cut)
	}
	held := n.collides * n.requeues * (t.Requeue.Seconds() + n.wait)
	n.cycle = (1-t.Failing)*after + t.Failing*retry + n.wait + n.run + held
	timer := 1 / (n.cycle - n.wait)
	due := merged(revision+other, 0, n.run)
	n.merges = share(due*n.merges+timer, due+timer)
	ofTimer, ofTriggers := apart(n.wait/n.cycle, (revision+other)*(n.wait+late))
	n.cycle /= ofTimer
	revision, other = revision*ofTriggers, other*ofTriggers
	n.rates = Rates{
		Interval: (1 - t.Failing) * reached / n.cycle,
		Retry:    (t.Failing + (1-t.Failing)*(1-reached)*share(failed, cut)) / n.cycle,
		Revision: revision, Other: other,
	}
}

// meetsFirst is the chance that a run for a new revision finds a dependency not
// ready the first time.
func (n *node) meetsFirst() float64 { return math.Min(1, math.Max(n.collides, n.chained)) }

// replacing is a timer whose place a trigger takes, so that it begins again with
// every run. A trigger during a run makes another at once.
func (p *predictor) replacing(i int, revision, other float64) {
	t, n := &p.s.Tasks[i], &p.nodes[i]
	interval, retry := t.Interval.Seconds(), t.retry().Seconds()
	all := revision + other
	idle := (1-t.Failing)*meanUntil(all, interval) + t.Failing*meanUntil(all, retry)
	held := n.collides * n.requeues * (t.Requeue.Seconds() + n.wait)
	late := n.late * share(revision, all) * (1 - math.Exp(-all*(n.run+interval)))
	n.cycle = math.Exp(-all*n.run)*idle + n.wait + late + n.run + held
	n.merges = 1
	byInterval := (1 - t.Failing) * math.Exp(-all*(n.run+interval))
	byRetry := t.Failing * math.Exp(-all*(n.run+retry))
	rest := math.Max(0, 1-byInterval-byRetry)
	n.rates = Rates{
		Interval: byInterval / n.cycle, Retry: byRetry / n.cycle,
		Revision: rest / n.cycle * share(revision, all), Other: rest / n.cycle * share(other, all),
	}
}

// setNews is how often task i has a new revision for those that it is a source
// of: at most as often as it succeeds, and once for all commits in between.
func (p *predictor) setNews(i int) {
	t, n := &p.s.Tasks[i], &p.nodes[i]
	commits := t.Revisions / 3600
	switch {
	case t.Source != None:
		n.news = p.nodes[t.Source].news
		return
	case commits == 0:
		n.news = 0
		return
	case t.Webhook:
		n.news = merged(commits, n.wait, n.run)
		return
	case t.Timer == Triggered:
		n.news = n.rates.Sum() * (1 - share(n.rates.Sum(), n.rates.Sum()+commits))
		return
	}
	// E[e^(−λT)] of the time T between two runs that succeed.
	interval, retry := t.Interval.Seconds()+n.wait+n.run, t.retry().Seconds()+n.wait+n.run
	none := func(period float64) float64 {
		other := t.Other / 3600
		return (other + commits*math.Exp(-(commits+other)*period)) / (commits + other)
	}
	quiet := (1 - t.Failing) * none(interval) / (1 - t.Failing*none(retry))
	n.news = (1 - t.Failing) * p.work(i) * (1 - quiet)
}

// streams adds what task i brings to its queue.
func (p *predictor) streams(i int, l *load) {
	t, n := &p.s.Tasks[i], &p.nodes[i]
	const least = 1e-6
	const never = 1e-12 // a second: once in 30,000 years
	// A run that finds a dependency not ready takes no time. The one that comes
	// back is of the timer, whose place it took.
	trigger := func(rate, works float64) {
		if rate > never {
			l.streams = append(l.streams, stream{think: math.Max(least, 1/rate-n.wait), run: n.run * works, sq: n.sq * works, class: random})
		}
	}
	switch {
	case t.Timer == ArgoRefresh:
		p.argoStreams(i, l)
		return
	case t.Timer == AfterRun && p.s.Queues[t.Queue].OneEntry:
		rate := math.Max(never, p.work(i))
		class := n.class
		if n.rates.Interval+n.rates.Retry < rate/2 {
			class = random
		}
		l.streams = append(l.streams, stream{think: math.Max(least, 1/rate-n.wait-n.run), busy: n.run, run: n.run, sq: n.sq,
			class: class, interval: t.Jitter * t.Interval.Seconds()})
		return
	case t.Timer == AfterRun: // what comes back because of a dependency is of the timer
		timer := p.work(i) - n.rates.Revision*(1-n.meetsFirst()) - n.rates.Other*(1-n.collides)
		l.streams = append(l.streams, stream{think: math.Max(least, 1/math.Max(never, timer)-n.wait-n.run), busy: n.run, run: n.run, sq: n.sq,
			class: n.class, interval: t.Jitter * t.Interval.Seconds()})
	}
	trigger(n.rates.Revision, 1-n.meetsFirst())
	trigger(n.rates.Other, 1-n.collides)
}
