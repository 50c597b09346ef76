package model

import (
	"testing"
	"time"
)

// fleetOf is clusters of 200 reconcilers, of which 40 are sources that poll ten
// repositories, with 50 applications each of Helm, and objectives.
func fleetOf(clusters int) (*Fleet, [][]Objective) {
	f := &Fleet{Hosts: []Host{{Name: "host", Limit: 100}}}
	for range 10 {
		f.Repositories = append(f.Repositories, Repository{Limit: 15})
	}
	var want [][]Objective
	for c := range clusters {
		s := System{Queues: []Queue{{Workers: 2}, {Workers: 4}, {Workers: 4}}}
		var os []Objective
		for i := range 200 {
			t := Task{Timer: AfterRun, Interval: 10 * minute, Jitter: 0.05, Run: time.Duration(1+i%7) * second, RunCV: 0.5, Source: None, Cost: Reference.Cost(i%50, 0, false)}
			o := Objective{Drift: time.Duration(1+(i+c)%5) * 30 * minute}
			switch {
			case i < 40:
				t.Revisions, t.Poll = 0.2, Poll{Repository: i % 10, Unchanged: 1, Changed: 4}
				t.Run, o.Drift = second, 0
			case i < 150:
				t.Queue, t.Source, o.Deploy = 1, i%40, time.Duration(3+i%12)*minute
			default:
				t.Queue, t.Source, t.Jitter = 2, i%40, 0
			}
			if i >= 60 && i < 100 {
				t.DependsOn, t.Requeue = []int{i - 20}, 30*second
			}
			s.Tasks, os = append(s.Tasks, t), append(os, o)
		}
		f.Systems, want = append(f.Systems, s), append(want, os)
	}
	return f, want
}

// BenchmarkOptimise is of 1,000 clusters with 200 reconcilers each.
func BenchmarkOptimise(b *testing.B) {
	f, want := fleetOf(1000)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Optimise(f, want, Ladder); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPredict is of one cluster with 200 reconcilers.
func BenchmarkPredict(b *testing.B) {
	f, _ := fleetOf(1)
	b.ReportAllocs()
	for b.Loop() {
		Predict(f)
	}
}

// BenchmarkSimulate is of a day of one cluster with 200 reconcilers.
func BenchmarkSimulate(b *testing.B) {
	f, _ := fleetOf(1)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Simulate(f, Options{Seed: 1, Horizon: 24 * hour}); err != nil {
			b.Fatal(err)
		}
	}
}
