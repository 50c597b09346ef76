package model

import (
	"testing"
	"time"
)

func poll(n float64) Poll { return Poll{Unchanged: n, Changed: n + 3} }

func flux(sources, appliers int, interval time.Duration, edit func(s *System)) System {
	s := System{Queues: []Queue{{Name: "GitRepository", Workers: 2}, {Name: "Kustomization", Workers: 4}}}
	s.Tasks = append(s.Tasks, like(sources, Task{Name: "source", Queue: 0, Timer: AfterRun, Interval: minute, Jitter: 0.05,
		Run: second, RunCV: 0.5, Source: None, Revisions: 2, Poll: poll(1)})...)
	for i := range appliers {
		s.Tasks = append(s.Tasks, Task{Name: "applier", Queue: 1, Timer: AfterRun, Interval: interval, Jitter: 0.05,
			Run: 3 * second, RunCV: 0.8, Source: i % sources, Cost: Reference.Cost(20, 0, false)})
	}
	if edit != nil {
		edit(&s)
	}
	return s
}

func appliers(s *System, edit func(i int, t *Task)) {
	n := 0
	for i := range s.Tasks {
		if s.Tasks[i].Name == "applier" {
			edit(n, &s.Tasks[i])
			n++
		}
	}
}

// seldom leaves each source one commit in three hours: what comes in bursts to
// queues that are busy with runs of very different lengths is predicted within
// 10 % only.
func seldom(s *System) {
	for i := range s.Tasks {
		s.Tasks[i].Revisions /= 6
	}
}

// TestAgreeOnFlux compares all figures of clusters with sources and appliers.
func TestAgreeOnFlux(t *testing.T) {
	for _, c := range []struct {
		name   string
		system System
	}{
		{"one applier a source", flux(30, 30, 10*minute, nil)},
		{"busy", flux(30, 60, 55*second, nil)},
		{"mixed intervals", flux(10, 60, 10*minute, func(s *System) {
			appliers(s, func(i int, t *Task) {
				t.Interval = []time.Duration{minute, 5 * minute, 30 * minute}[i%3]
				t.Run = []time.Duration{second, 6 * second, 10 * second}[i%3]
			})
		})},
		{"mixed and busy", flux(10, 90, minute, func(s *System) {
			appliers(s, func(i int, t *Task) {
				t.Interval = []time.Duration{minute, 3 * minute, 10 * minute}[i%3]
				t.Run = []time.Duration{second, 6 * second, 20 * second}[i%3]
			})
			seldom(s)
		})},
		{"one interval, mixed runs", flux(10, 60, 3*minute, func(s *System) {
			appliers(s, func(i int, t *Task) {
				t.Run, t.RunCV = []time.Duration{second, 6 * second, 20 * second}[i%3], 0.3
			})
			seldom(s)
		})},
		{"one worker, mixed", flux(10, 40, 2*minute, func(s *System) {
			s.Queues[1].Workers = 1
			appliers(s, func(i int, t *Task) {
				t.Interval = []time.Duration{3 * minute, 3 * minute, 10 * minute}[i%3]
				t.Run, t.RunCV = []time.Duration{second, 3 * second, 8 * second}[i%3], 0.4
			})
		})},
		{"twenty workers, mixed", flux(10, 200, 2*minute, func(s *System) {
			s.Queues[1].Workers = 20
			appliers(s, func(i int, t *Task) {
				t.Interval = []time.Duration{2 * minute, 3 * minute, 10 * minute}[i%3]
				t.Run, t.RunCV = []time.Duration{3 * second, 20 * second, 60 * second}[i%3], 0.4
			})
			seldom(s)
		})},
		{"many appliers of one source", flux(1, 60, 10*minute, nil)},
		{"priority queue", flux(30, 60, 10*minute, func(s *System) { s.Queues[0].OneEntry, s.Queues[1].OneEntry = true, true })},
		{"priority queue, busy with triggers", flux(20, 40, 30*minute, func(s *System) {
			s.Queues[0].OneEntry, s.Queues[1].OneEntry = true, true
			for i := range s.Tasks {
				s.Tasks[i].Other = 6
			}
		})},
		{"webhooks", flux(10, 40, 10*minute, func(s *System) {
			for i := range 10 {
				s.Tasks[i].Webhook, s.Tasks[i].Interval = true, 30*minute
			}
		})},
		{"failures", flux(20, 40, 10*minute, func(s *System) {
			appliers(s, func(_ int, t *Task) { t.Failing, t.Retry = 0.2, 2*minute })
			for i := range 20 {
				s.Tasks[i].Failing, s.Tasks[i].Retry = 0.1, 30*second
			}
		})},
		{"failures with a priority queue", flux(20, 40, 10*minute, func(s *System) {
			s.Queues[1].OneEntry = true
			appliers(s, func(_ int, t *Task) { t.Failing, t.Retry, t.Other = 0.2, 2*minute, 3 })
		})},
		{"dependencies", flux(20, 40, 5*minute, func(s *System) {
			appliers(s, func(i int, t *Task) {
				if i%2 == 1 {
					t.DependsOn, t.Requeue, t.Name = []int{20 + i - 1}, 30*second, "dependent"
				}
			})
		})},
		{"dependencies on the same source", flux(20, 40, 10*minute, func(s *System) {
			appliers(s, func(i int, t *Task) {
				if i >= 20 {
					t.DependsOn, t.Requeue, t.Name = []int{20 + i - 20}, 30*second, "dependent"
				}
			})
		})},
		{"a chain of sources", flux(10, 20, 10*minute, func(s *System) {
			for i := range 10 { // a HelmChart of each source
				s.Tasks = append(s.Tasks, Task{Name: "chart", Queue: 0, Timer: AfterRun, Interval: 10 * minute, Jitter: 0.05, Run: 2 * second, RunCV: 0.5, Source: i})
			}
			appliers(s, func(i int, t *Task) { t.Source = 30 + i%10 })
		})},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := one(c.system)
			agree(t, f, Options{Seed: 1, Warmup: 10 * hour, Horizon: enough(f)})
		})
	}
}
