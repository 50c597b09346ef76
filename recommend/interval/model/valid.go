package model

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// The bounds of what is modelled. They are far from what anybody sets, and near
// enough that no sum of durations or of rates overflows.
const (
	maxDuration = 10 * 365 * 24 * time.Hour
	maxRate     = 1e6 // an hour
	maxCost     = 1e9 // milliseconds or calls a run
	maxWorkers  = 10_000
)

// Valid returns an error that names the first thing in the fleet that cannot be
// modelled, and what is to be done about it. All other functions of the package
// need a fleet that is valid.
func (f *Fleet) Valid() error {
	for i, h := range f.Hosts {
		if !within(h.Limit, 0, math.MaxFloat32) {
			return fmt.Errorf("host %d %q: a limit of %g requests a second; give one above 0, or 0 for none", i, h.Name, h.Limit)
		}
	}
	for i, r := range f.Repositories {
		if !within(r.Limit, 0, math.MaxFloat32) {
			return fmt.Errorf("repository %d %q: a limit of %g requests a second; give one above 0, or 0 for none", i, r.Name, r.Limit)
		}
		if !index(r.Host, len(f.Hosts)) {
			return fmt.Errorf("repository %d %q: host %d of %d; give the index of a host, or None", i, r.Name, r.Host, len(f.Hosts))
		}
	}
	for i := range f.Systems {
		if err := f.Systems[i].valid(len(f.Repositories)); err != nil {
			return fmt.Errorf("system %d %q: %w", i, f.Systems[i].Name, err)
		}
	}
	return nil
}

func (s *System) valid(repositories int) error {
	for i, q := range s.Queues {
		if q.Workers < 1 || q.Workers > maxWorkers {
			return fmt.Errorf("queue %d %q: %d workers; give 1 to %d", i, q.Name, q.Workers, maxWorkers)
		}
	}
	if s.RefCache < 0 || s.RefCache > maxDuration {
		return fmt.Errorf("references are kept for %s; give 0 to %s", s.RefCache, maxDuration)
	}
	for i := range s.Tasks {
		t := &s.Tasks[i]
		err := t.valid(i, s)
		if err == nil && t.Poll != (Poll{}) && !index(t.Poll.Repository, repositories) {
			err = fmt.Errorf("repository %d of %d; give the index of a repository, or None", t.Poll.Repository, repositories)
		}
		if err != nil {
			return fmt.Errorf("task %d %q: %w", i, t.Name, err)
		}
	}
	if _, cycle := s.order(); cycle != None {
		return fmt.Errorf("task %d %q: its sources and dependencies lead back to itself; take one of them away", cycle, s.Tasks[cycle].Name)
	}
	return nil
}

func (t *Task) valid(self int, s *System) error {
	switch {
	case t.Queue < 0 || t.Queue >= len(s.Queues):
		return fmt.Errorf("queue %d of %d; give the index of a queue", t.Queue, len(s.Queues))
	case t.Timer < Triggered || t.Timer > ArgoRefresh:
		return fmt.Errorf("timer %d is not one", t.Timer)
	case t.Timer != Triggered && (t.Interval < time.Millisecond || t.Interval > maxDuration):
		return fmt.Errorf("an interval of %s; give 1ms to %s, or the timer Triggered", t.Interval, maxDuration)
	case t.Timer == ArgoRefresh && t.Interval < time.Second:
		return fmt.Errorf("a timeout of %s; Argo CD counts in whole seconds, from 1s", t.Interval)
	case !within(t.Jitter, 0, 1):
		return fmt.Errorf("a jitter of %g of the interval; give 0 to 1", t.Jitter)
	case t.Source == self:
		return fmt.Errorf("it is its own source; give another task's index, or None (%d)", None)
	case !index(t.Source, len(s.Tasks)):
		return fmt.Errorf("source %d of %d tasks; give the index of a task, or None", t.Source, len(s.Tasks))
	case t.Source != None && (t.Revisions > 0 || t.Webhook):
		return fmt.Errorf("it has a source and commits of its own; give the commits and the webhook to the source")
	case t.Timer == ArgoRefresh && (t.Source != None || len(t.DependsOn) > 0):
		return fmt.Errorf("an Argo CD refresh has no source or dependency of its own; give None")
	case t.Timer == Triggered && t.Failing > 0:
		return fmt.Errorf("it fails and has no timer to try again; give it one, or no failures")
	case !within(t.Failing, 0, 0.999):
		return fmt.Errorf("a share of %g of its runs fails; give 0 to 0.999", t.Failing)
	case !within(t.RunCV, 0, 20):
		return fmt.Errorf("a coefficient of variation of %g; give 0 to 20", t.RunCV)
	}
	for _, d := range []struct {
		name string
		d    time.Duration
	}{{"spread", t.Spread}, {"retry", t.Retry}, {"run", t.Run}, {"requeue", t.Requeue}} {
		if d.d < 0 || d.d > maxDuration {
			return fmt.Errorf("a %s of %s; give 0 to %s", d.name, d.d, maxDuration)
		}
	}
	return t.validNumbers(self, len(s.Tasks))
}

func (t *Task) validNumbers(self, tasks int) error {
	for _, r := range []struct {
		name   string
		v, max float64
	}{
		{"revisions an hour", t.Revisions, maxRate}, {"other runs an hour", t.Other, maxRate}, {"events an hour", t.Events, maxRate},
		{"requests of a poll", t.Poll.Unchanged, maxRate}, {"requests of a changed poll", t.Poll.Changed, maxRate},
		{"ms of the controller", t.Cost.Controller, maxCost}, {"ms of the API server", t.Cost.APIServer, maxCost},
		{"ms of etcd", t.Cost.Etcd, maxCost}, {"calls of the API", t.Cost.Calls, maxCost},
	} {
		if !within(r.v, 0, r.max) {
			return fmt.Errorf("%g %s; give 0 to %g", r.v, r.name, r.max)
		}
	}
	for _, d := range t.DependsOn {
		if d < 0 || d >= tasks || d == self {
			return fmt.Errorf("depends on task %d of %d; give the index of another task", d, tasks)
		}
	}
	if len(t.DependsOn) > 0 && t.Requeue < time.Millisecond {
		return fmt.Errorf("a requeue of %s with dependencies; give 1ms or more (Flux: 30s)", t.Requeue)
	}
	return nil
}

// within is false for NaN too.
func within(v, low, high float64) bool { return v >= low && v <= high }

func index(i, n int) bool { return i == None || i >= 0 && i < n }

// order lists the tasks with sources and dependencies before what needs them, or
// returns a task that is part of a cycle, else None.
func (s *System) order() (order []int, cycle int) {
	needed := make([]int, len(s.Tasks)) // how many of its needs are still to come
	users := make([][]int, len(s.Tasks))
	for i := range s.Tasks {
		t := &s.Tasks[i]
		for _, d := range t.DependsOn {
			needed[i]++
			users[d] = append(users[d], i)
		}
		if t.Source != None {
			needed[i]++
			users[t.Source] = append(users[t.Source], i)
		}
	}
	order = make([]int, 0, len(s.Tasks))
	for i, n := range needed {
		if n == 0 {
			order = append(order, i)
		}
	}
	for at := 0; at < len(order); at++ {
		for _, u := range users[order[at]] {
			if needed[u]--; needed[u] == 0 {
				order = append(order, u)
			}
		}
	}
	if len(order) < len(s.Tasks) {
		return nil, slices.IndexFunc(needed, func(n int) bool { return n > 0 })
	}
	return order, None
}
