package prom

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tuppence-dev/tuppence/collector"
)

func TestDaysAreUTCAndNewestFirst(t *testing.T) {
	at := func(s string) time.Time {
		v, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	tests := []struct {
		rule, start, end string
		want             []string
	}{
		{"whole days", "2026-11-20T00:00:00Z", "2026-11-22T00:00:00Z", []string{"2026-11-21 00:00-00:00", "2026-11-20 00:00-00:00"}},
		{"edges go inwards to the step", "2026-11-20T22:01:00Z", "2026-11-21T01:08:14Z", []string{"2026-11-21 00:00-01:05", "2026-11-20 22:05-00:00"}},
		{"a zone does not shift days", "2026-11-20T01:00:00+01:00", "2026-11-21T01:00:00+01:00", []string{"2026-11-20 00:00-00:00"}},
		{"less than a step after midnight is no day", "2026-11-20T23:00:00Z", "2026-11-21T00:04:59Z", []string{"2026-11-20 23:00-00:00"}},
		{"less than a step at all", "2026-11-20T10:01:00Z", "2026-11-20T10:09:00Z", nil},
		{"backwards", "2026-11-21T00:00:00Z", "2026-11-20T00:00:00Z", nil},
	}
	for _, tt := range tests {
		var got []string
		for _, d := range days(collector.Window{Start: at(tt.start), End: at(tt.end)}, 5*time.Minute) {
			got = append(got, fmt.Sprintf("%s %s-%s", d.Day, d.from.Format("15:04"), d.to.Format("15:04")))
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: %s", tt.rule, diff)
		}
	}
}

func TestEveryStepIsAskedOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		step := rapid.SampledFrom([]time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour}).Draw(t, "step")
		w := collector.Window{Start: start.Add(time.Duration(rapid.Int64Range(0, 86400).Draw(t, "start")) * time.Second)}
		w.End = w.Start.Add(time.Duration(rapid.Int64Range(0, 4*86400).Draw(t, "length")) * time.Second)
		span := rapid.SampledFrom([]time.Duration{24 * time.Hour, 12 * time.Hour, 6 * time.Hour, 3 * time.Hour}).Draw(t, "span")
		seen := map[time.Time]int{}
		for _, d := range days(w, step) {
			for _, p := range cut([]string{"a"}, 1, d, span) {
				if rapid.Bool().Draw(t, "halve") {
					if a, b, ok := p.halve(step); ok {
						if a.to != b.from || a.from != p.from || b.to != p.to {
							t.Fatalf("%v halves to %v and %v", p, a, b)
						}
					}
				}
				for at := p.from.Add(step); !at.After(p.to); at = at.Add(step) {
					seen[at]++
					if got := collector.DayOf(at.Add(-step)); got != d.Day {
						t.Fatalf("%s is asked on %s", at, d.Day)
					}
				}
			}
		}
		want := 0
		for at := w.Start.Truncate(step); !at.After(w.End); at = at.Add(step) {
			if at.Add(-step).Before(w.Start) {
				continue
			}
			want++
			if seen[at] != 1 {
				t.Fatalf("%s is asked %d times", at, seen[at])
			}
		}
		if len(seen) != want {
			t.Fatalf("%d steps asked, %d in the window", len(seen), want)
		}
	})
}

func TestHalvingGoesByNamespaceThenByTimeToAFloor(t *testing.T) {
	p := piece{[]string{"a", "b", "c"}, start, start.Add(24 * time.Hour)}
	var got []string
	for {
		_, b, ok := p.halve(5 * time.Minute)
		if !ok {
			break
		}
		p = b
		got = append(got, fmt.Sprint(len(p.namespaces), " ", p.to.Sub(p.from)))
	}
	want := []string{"2 24h0m0s", "1 24h0m0s", "1 12h0m0s", "1 6h0m0s", "1 3h0m0s", "1 1h30m0s"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestBatchesHoldSmallNamespacesTogetherAndLargeOnesAlone(t *testing.T) {
	replicas := func(w collector.Workload, n int) collector.Workload { w.Replicas = n; return w }
	got := batches([]collector.Workload{
		workload("Deployment", "a", "x", "1", "2"), workload("Deployment", "b", "x", "1"),
		replicas(workload("Deployment", "c", "x", "1", "2"), 400), workload("Job", "d", "x"), workload("Job", "a", "y", "1"),
	}, 500)
	want := []batch{{[]string{"a", "b"}, 4}, {[]string{"c"}, 800}, {[]string{"d"}, 1}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(batch{})); diff != "" {
		t.Error(diff)
	}
	var many []collector.Workload
	for i := range 120 {
		many = append(many, workload("Deployment", fmt.Sprintf("ns-%03d", i), "x", "1"))
	}
	if got := batches(many, 500); len(got) != 3 {
		t.Errorf("120 namespaces of a container are %d batches, want 3 of at most 50", len(got))
	}
}
