package model

import (
	"math"
	"sort"
)

// cause is what made a run start. Of several the greatest counts.
type cause int

const (
	byInterval cause = iota
	byRetry
	byDependency
	byOther
	byRevision
	causes
)

// actor is a task of the engine.
type actor struct {
	Task
	users []int // tasks that it is the source of, dependencies first

	timer                   float64 // when it is due, or +Inf
	timerCause              cause
	gen                     int // counts changes of the timer
	waiting, running, dirty bool
	due                     float64
	cause                   cause
	ready                   bool // its last run did not fail, and found what it needs

	started  float64
	reads    int       // the revision that its run has
	revision int       // that its last good run had
	commits  []float64 // when each came, of a root

	// Of Applications.
	forced, live bool // a refresh at level 2 or above was asked for, or one below
	latest       bool // its run is at level 2 or above
	reconciled   float64

	// Counted.
	counts              [causes]float64
	starts, waited      float64
	works, busy         float64
	changed, requests   float64
	longest             float64
	lastStart, lastGood float64
	drift, deploy       histogram
}

// start lets a worker have task i: a run, unless a dependency is not ready or
// there is nothing to refresh.
func (e *engine) start(i int) {
	t := &e.tasks[i]
	t.waiting = false
	c := t.cause
	t.cause = byInterval
	if t.Timer == ArgoRefresh && !e.refreshes(t, &c) {
		return
	}
	e.count(t, c)
	if !e.dependenciesReady(t) {
		t.ready = false
		e.after(i, t.Requeue.Seconds(), byDependency)
		return
	}
	t.started, t.running = e.now, true
	e.read(i)
	e.queues[t.Queue].free--
	took := e.duration(t)
	if end := math.Min(e.now+took, e.to); end > e.from {
		t.busy += end - math.Max(e.now, e.from)
	}
	if e.now >= e.from {
		t.works++
	}
	e.plan(took, runEnds, i, 0)
}

func (e *engine) count(t *actor, c cause) {
	if e.now >= e.from {
		t.counts[c]++
		t.starts++
		t.waited += e.now - t.due
		e.queues[t.Queue].waits.add(e.now-t.due, 1)
		if !math.IsNaN(t.lastStart) {
			t.longest = math.Max(t.longest, e.now-t.lastStart)
		}
	}
	t.lastStart = e.now
}

// dependenciesReady is Flux's check at the start of a run.
func (e *engine) dependenciesReady(t *actor) bool {
	for _, d := range t.DependsOn {
		b := &e.tasks[d]
		behind := t.Source != None && b.Source == t.Source && b.revision < e.tasks[t.Source].revision
		if b.running || !b.ready || behind {
			return false
		}
	}
	return true
}

// refreshes is Argo CD's needRefreshAppStatus. status.reconciledAt is kept in
// whole seconds, and the timeout counts from there. A timeout that has passed
// comes before what else was asked for, and a refresh that failed did not set it.
func (e *engine) refreshes(t *actor, c *cause) bool {
	expired := math.Floor(t.reconciled)+t.Interval.Seconds() < e.now
	t.latest = expired || t.forced
	switch {
	case t.forced:
		*c = byOther
	case expired && !t.ready:
		*c = byRetry
	case expired:
		*c = byInterval
	case t.live:
		*c = byOther
	default:
		return false
	}
	return true
}

// read takes what there is to read when a run starts.
func (e *engine) read(i int) {
	t := &e.tasks[i]
	switch {
	case t.Timer == ArgoRefresh:
		e.readArgo(t)
	case t.Source != None:
		t.reads = e.tasks[t.Source].revision
	default:
		t.reads = len(t.commits)
	}
	if t.Timer != ArgoRefresh && t.Poll != (Poll{}) && e.now >= e.from {
		t.requests += t.Poll.Unchanged
	}
}

// readArgo resolves the revision: from the references that the repo-server keeps,
// or by listing them where they are too old or a refresh asks for it.
func (e *engine) readArgo(t *actor) {
	forced := t.forced
	t.forced, t.live = false, false
	if !t.latest {
		return // levels 0 and 1 compare with the revision that is known
	}
	l := e.listed[t.Poll.Repository]
	if l == nil || t.Poll == (Poll{}) {
		t.reads = len(t.commits)
		return
	}
	if forced || e.now >= l.until {
		requests := t.Poll.Unchanged
		if l.since > 0 {
			requests = t.Poll.Changed
		}
		if e.now >= e.from {
			t.requests += requests
		}
		l.at, l.until, l.since = e.now, e.now+e.s.RefCache.Seconds(), 0
	}
	t.reads = sort.SearchFloat64s(t.commits, math.Nextafter(l.at, math.Inf(1)))
}

// end is the end of a run: what it had counts if it succeeded, and the timer
// starts.
func (e *engine) end(i int) {
	t := &e.tasks[i]
	t.running = false
	e.queues[t.Queue].free++
	t.ready = e.rand.Float64() >= t.Failing
	if t.ready {
		e.succeed(i)
	}
	if t.Timer == AfterRun && (!t.dirty || !e.s.Queues[t.Queue].OneEntry) {
		if t.ready {
			e.after(i, t.Interval.Seconds()*(1+t.Jitter*(2*e.rand.Float64()-1)), byInterval)
		} else {
			e.after(i, t.retry().Seconds(), byRetry)
		}
	}
	if t.dirty {
		t.dirty = false
		e.add(i, t.cause)
	}
	e.work(t.Queue)
}

func (e *engine) succeed(i int) {
	t := &e.tasks[i]
	if t.Timer == ArgoRefresh {
		if !t.latest {
			return // it has looked at live objects alone, and its clock stands
		}
		t.reconciled = t.started
	}
	if !math.IsNaN(t.lastGood) && t.lastGood >= e.from {
		t.drift.addBetween(e.now-t.started, e.now-t.lastGood)
	}
	t.lastGood = t.started
	if t.reads <= t.revision {
		return
	}
	root := i
	for e.tasks[root].Source != None {
		root = e.tasks[root].Source
	}
	for _, came := range e.tasks[root].commits[t.revision:t.reads] {
		if came >= e.from {
			t.deploy.add(e.now-came, 1)
		}
	}
	t.revision = t.reads
	if e.now >= e.from {
		t.changed++
		if t.Timer != ArgoRefresh && t.started >= e.from { // else its poll was not counted
			t.requests += t.Poll.Changed - t.Poll.Unchanged
		}
	}
	for _, u := range t.users {
		e.add(u, byRevision)
	}
}

func (e *engine) commit(i int) {
	t := &e.tasks[i]
	e.planNext(i, commitComes, t.Revisions)
	t.commits = append(t.commits, e.now)
	if l := e.listed[t.Poll.Repository]; l != nil && t.Timer == ArgoRefresh {
		l.since++
	}
	if t.Webhook {
		e.add(i, byRevision)
	}
}
