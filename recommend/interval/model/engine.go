package model

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/stat/distuv"
)

// engine simulates one system. Times are in seconds from the start.
type engine struct {
	s        *System
	rand     *rand.Rand
	source   rand.Source
	events   agenda
	sequence int
	now      float64
	from, to float64 // what is counted
	tasks    []actor
	queues   []line
	ticks    []tick // Argo CD's resyncs
	listed   map[int]*listing
}

// line is a queue with its workers.
type line struct {
	free    int
	waiting []int // tasks; the first is next
	waits   histogram
}

// tick is the resync of all Applications of one timeout.
type tick struct {
	timeout float64
	tasks   []int
}

// listing is what a repo-server has of a repository.
type listing struct {
	at, until float64
	since     int // commits of all its Applications
}

func newEngine(s *System, o Options, source rand.Source) *engine {
	e := &engine{
		s: s, source: source, rand: rand.New(source), tasks: make([]actor, len(s.Tasks)), queues: make([]line, len(s.Queues)),
		from: o.Warmup.Seconds(), to: (o.Warmup + o.Horizon).Seconds(), listed: map[int]*listing{},
	}
	for q := range e.queues {
		e.queues[q].free = s.Queues[q].Workers
	}
	order, _ := s.order()
	for _, i := range order {
		t := &e.tasks[i]
		t.Task, t.ready, t.timer, t.lastStart, t.lastGood = s.Tasks[i], true, math.Inf(1), math.NaN(), math.NaN()
		if t.Source != None {
			e.tasks[t.Source].users = append(e.tasks[t.Source].users, i)
		}
	}
	ticks := map[float64]int{}
	for i := range e.tasks {
		e.begin(i, ticks)
	}
	return e
}

// begin plans the first events of task i, at a random phase.
func (e *engine) begin(i int, ticks map[float64]int) {
	t := &e.tasks[i]
	switch t.Timer {
	case AfterRun:
		e.after(i, e.rand.Float64()*t.Interval.Seconds(), byInterval)
	case ArgoRefresh:
		timeout := t.Interval.Seconds()
		if _, ok := ticks[timeout]; !ok {
			ticks[timeout] = len(e.ticks)
			e.plan(e.rand.Float64()*timeout, resync, len(e.ticks), 0)
			e.ticks = append(e.ticks, tick{timeout: timeout})
		}
		k := &e.ticks[ticks[timeout]]
		k.tasks = append(k.tasks, i)
		t.reconciled = -e.rand.Float64() * timeout
		if t.Poll != (Poll{}) && t.Poll.Repository != None && e.listed[t.Poll.Repository] == nil {
			e.listed[t.Poll.Repository] = &listing{until: -1}
		}
	case Triggered:
	}
	e.planNext(i, commitComes, t.Revisions)
	e.planNext(i, otherComes, t.Other)
	if t.Timer == ArgoRefresh {
		e.planNext(i, liveEvent, t.Events)
	}
}

// planNext plans the next of what comes at random, so often an hour.
func (e *engine) planNext(i int, kind eventKind, perHour float64) {
	if perHour > 0 {
		e.plan(e.rand.ExpFloat64()*3600/perHour, kind, i, 0)
	}
}

func (e *engine) plan(after float64, kind eventKind, task, gen int) {
	e.sequence++
	e.events.push(event{at: e.now + after, seq: e.sequence, kind: kind, task: task, gen: gen})
}

// run works until the horizon, and returns whether so many events came first.
func (e *engine) run(most int) (cut bool) {
	for n := 0; len(e.events) > 0; n++ {
		next := e.events.pop()
		if next.at > e.to {
			break
		}
		e.now = next.at
		if n >= most {
			return true
		}
		e.happen(next)
	}
	e.now = e.to
	return false
}

func (e *engine) happen(v event) {
	switch v.kind {
	case resync:
		k := &e.ticks[v.task]
		e.plan(k.timeout, resync, v.task, 0)
		// The informer lists its store, a map, in any order.
		for _, at := range e.rand.Perm(len(k.tasks)) {
			i := k.tasks[at]
			e.after(i, e.rand.Float64()*e.tasks[i].Spread.Seconds(), byInterval)
		}
		return
	case timerDue:
		t := &e.tasks[v.task]
		if t.gen == v.gen {
			t.timer = math.Inf(1)
			t.gen++
			e.add(v.task, t.timerCause)
		}
	case runEnds:
		e.end(v.task)
	case commitComes:
		e.commit(v.task)
	case otherComes:
		e.planNext(v.task, otherComes, e.tasks[v.task].Other)
		e.tasks[v.task].forced = true
		e.add(v.task, byOther)
	case liveEvent:
		e.planNext(v.task, liveEvent, e.tasks[v.task].Events)
		e.tasks[v.task].live = true
		e.add(v.task, byOther)
	}
}

// after is AddAfter: the earlier of two times stays.
func (e *engine) after(i int, wait float64, c cause) {
	t := &e.tasks[i]
	if at := e.now + wait; at < t.timer {
		t.timer, t.timerCause = at, c
		t.gen++
		e.plan(wait, timerDue, i, t.gen)
	}
}

// add is Add: a key that waits is there once, and one that runs comes again.
func (e *engine) add(i int, c cause) {
	t := &e.tasks[i]
	t.cause = max(t.cause, c)
	if e.s.Queues[t.Queue].OneEntry && t.Timer == AfterRun {
		t.timer = math.Inf(1)
		t.gen++
	}
	switch {
	case t.waiting:
		return
	case t.running:
		t.dirty = true
		return
	}
	t.waiting, t.due = true, e.now
	q := &e.queues[t.Queue]
	q.waiting = append(q.waiting, i)
	e.work(t.Queue)
}

// work gives the queue's free workers what waits.
func (e *engine) work(queue int) {
	q := &e.queues[queue]
	for q.free > 0 && len(q.waiting) > 0 {
		i := q.waiting[0]
		q.waiting = q.waiting[1:]
		e.start(i)
	}
}

// duration draws a run: a gamma distribution of the mean and the cv.
func (e *engine) duration(t *actor) float64 {
	mean := t.Run.Seconds()
	if t.RunCV < 0.001 || mean == 0 {
		return mean
	}
	shape := 1 / (t.RunCV * t.RunCV)
	return distuv.Gamma{Alpha: shape, Beta: shape / mean, Src: e.source}.Rand()
}
