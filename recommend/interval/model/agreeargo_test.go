package model

import (
	"fmt"
	"testing"
	"time"
)

// argo is one Argo CD with this many Applications and repositories.
func argo(apps, repositories int, edit func(t *Task)) *Fleet {
	f := &Fleet{Systems: []System{{Queues: []Queue{{Name: "applications", Workers: 20}}, RefCache: 120 * second}}}
	for i := range repositories {
		f.Repositories = append(f.Repositories, Repository{Name: fmt.Sprint(i), Host: None})
	}
	s := &f.Systems[0]
	for i := range apps {
		t := Task{Name: "app", Timer: ArgoRefresh, Interval: 120 * second, Spread: 60 * second, Run: second, RunCV: 1, Source: None,
			Revisions: 1, Poll: Poll{Repository: i % repositories, Unchanged: 1, Changed: 4}, Cost: Reference.Cost(20, 0, false)}
		if edit != nil {
			edit(&t)
		}
		s.RefCache = t.Interval
		s.Tasks = append(s.Tasks, t)
	}
	return f
}

// TestAgreeOnArgo compares Argo CD's process, as its source has it, with the
// formulae of its period, its requests and its latencies.
func TestAgreeOnArgo(t *testing.T) {
	kept := argo(100, 10, nil)
	kept.Systems[0].RefCache = 3 * minute
	alone := argo(20, 20, nil)
	for _, c := range []struct {
		name  string
		fleet *Fleet
	}{
		{"defaults", argo(100, 10, nil)},
		{"references kept for 3m", kept},
		{"many Applications of a repository", argo(200, 1, nil)},
		{"one Application a repository", alone},
		{"a timeout below the jitter", argo(100, 10, func(t *Task) { t.Interval = 15 * second })},
		{"a timeout like the jitter", argo(100, 10, func(t *Task) { t.Interval = 60 * second })},
		{"a long timeout", argo(100, 10, func(t *Task) { t.Interval = 10 * minute })},
		{"no jitter, all at once", argo(20, 20, func(t *Task) { t.Spread, t.Run, t.RunCV = 0, 500*time.Millisecond, 0 })},
		{"busy", argo(900, 10, func(t *Task) { t.Run, t.RunCV = 1200*time.Millisecond, 0.5 })},
		{"other refreshes", argo(100, 10, func(t *Task) { t.Other = 20 })},
		{"few other refreshes", argo(100, 10, func(t *Task) { t.Other = 3 })},
		{"changes of live objects", argo(100, 10, func(t *Task) { t.Events = 30 })},
		{"changes and other refreshes", argo(100, 10, func(t *Task) { t.Events, t.Other = 20, 5 })},
		{"failures", argo(100, 10, func(t *Task) { t.Failing = 0.2 })},
		{"long runs", argo(20, 20, func(t *Task) { t.Run, t.RunCV = 60*second, 0.2 })},
		{"runs longer than the timeout", argo(10, 10, func(t *Task) { t.Run, t.RunCV = 150*second, 0.2 })},
		{"beyond its workers", argo(1600, 10, func(t *Task) { t.Run, t.RunCV = 4*second, 0.5 })},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			// 6,000 hours of one Application are 110,000 refreshes by default.
			tasks := c.fleet.Systems[0].Tasks
			horizon := 6000 * hour / time.Duration(len(tasks))
			if period, _ := ArgoPeriod(tasks[0].Interval, tasks[0].Spread); period < 3*minute {
				horizon = horizon * (period / second) / 180
			}
			agree(t, c.fleet, Options{Seed: 2, Warmup: 5 * hour, Horizon: horizon})
		})
	}
}

// TestArgoPeriod holds the worked numbers of ArgoPeriod's comment.
func TestArgoPeriod(t *testing.T) {
	for _, c := range []struct{ timeout, jitter, want time.Duration }{
		{120 * second, 60 * second, 189 * second},            // the defaults
		{180 * second, 0, 180 * second},                      // no jitter: every resync
		{24 * hour, 60 * second, 37*hour + 47*minute},        // 1.574 × 24h: whatever the jitter is
		{15 * second, 60 * second, 37200 * time.Millisecond}, // a jitter of four timeouts
	} {
		got, _ := ArgoPeriod(c.timeout, c.jitter)
		if d := got - c.want; d.Abs() > c.want/200 {
			t.Errorf("timeout %s, jitter %s: %s, want %s", c.timeout, c.jitter, got, c.want)
		}
	}
}
