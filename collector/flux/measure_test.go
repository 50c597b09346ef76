package flux

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tuppence-dev/tuppence/collector"
)

func at0(clock string) time.Time {
	t, err := time.Parse("2006-01-02 15:04", "2026-11-"+clock)
	if err != nil {
		panic(err)
	}
	return t
}

func entryOf(digest, first, last string, total int, took time.Duration) collector.Reconciled {
	return collector.Reconciled{Digest: digest, Status: "ReconciliationSucceeded", First: at0(first), Last: at0(last), Total: total,
		Duration: collector.Duration{Duration: took}}
}

func TestMeasure(t *testing.T) {
	type history = []collector.Reconciled
	for name, test := range map[string]struct {
		history    history
		since      string
		count      int
		span, mean time.Duration
		changes    int
		changeSpan time.Duration
		failures   int
	}{
		"no history measures nothing": {since: "01 00:00"},
		"one reconcile is no rate": {
			history: history{entryOf("a", "20 09:00", "20 09:00", 1, time.Second)}, since: "01 00:00",
		},
		"one entry: (total-1)/(last-first)": {
			history: history{entryOf("a", "20 09:00", "20 12:00", 19, 2*time.Second)}, since: "01 00:00",
			count: 18, span: 3 * time.Hour, mean: 2 * time.Second, changeSpan: 3 * time.Hour,
		},
		"entries one after the other add up, the time between them included": {
			history: history{
				entryOf("b", "20 12:10", "20 14:00", 12, 0),
				entryOf("a", "20 09:00", "20 12:00", 19, 0),
			}, since: "01 00:00",
			count: 30, span: 5 * time.Hour, changes: 1, changeSpan: 5 * time.Hour,
		},
		"a revert within an entry is counted with it": { // the example of measure
			history: history{
				entryOf("a", "20 09:00", "20 12:00", 25, 0),
				entryOf("b", "20 10:00", "20 10:50", 6, 0),
			}, since: "01 00:00",
			count: 30, span: 3 * time.Hour, changes: 1, changeSpan: 3 * time.Hour,
		},
		"the mean duration weighs each entry by its total": { // the example of measure
			history: history{
				entryOf("b", "20 09:01", "20 14:00", 300, 2*time.Second),
				entryOf("a", "20 09:00", "20 09:00", 1, 40*time.Second),
			}, since: "01 00:00",
			count: 300, span: 5 * time.Hour, mean: 2126246 * time.Microsecond, changes: 1, changeSpan: 5 * time.Hour,
		},
		"the oldest entry of a full history only gives the start": {
			history: history{
				entryOf("e", "20 13:10", "20 14:00", 6, 0),
				entryOf("d", "20 12:10", "20 13:00", 6, 0),
				entryOf("c", "20 11:10", "20 12:00", 6, 0),
				entryOf("b", "20 10:10", "20 11:00", 6, 0),
				entryOf("a", "01 09:00", "20 10:00", 9, 0), // a revert: dropped entries lie within
			}, since: "01 00:00",
			count: 24, span: 4 * time.Hour, changes: 4, changeSpan: 4 * time.Hour,
		},
		"a full history of one single stretch gives changes but no rate": {
			history: history{
				entryOf("a", "20 09:00", "20 14:00", 9, 0),
				entryOf("e", "20 13:00", "20 13:50", 6, 0),
				entryOf("d", "20 12:00", "20 12:50", 6, 0),
				entryOf("c", "20 11:00", "20 11:50", 6, 0),
				entryOf("b", "20 10:00", "20 10:50", 6, 0),
			}, since: "01 00:00",
			changes: 3, changeSpan: 3*time.Hour + 10*time.Minute,
		},
		"only the newest entries that lie within the window are used": {
			history: history{
				entryOf("b", "20 12:10", "20 14:00", 12, 0),
				entryOf("a", "10 09:00", "20 12:00", 1000, 0),
			}, since: "19 00:00",
			count: 12, span: 2 * time.Hour, changes: 1, changeSpan: 10*24*time.Hour + 5*time.Hour,
		},
		"older ones are added where those are fewer than ten reconciles": {
			history: history{
				entryOf("b", "20 12:10", "20 14:00", 9, 0),
				entryOf("a", "10 12:00", "20 12:00", 241, 0),
			}, since: "19 00:00",
			count: 249, span: 10*24*time.Hour + 2*time.Hour, changes: 1, changeSpan: 10*24*time.Hour + 2*time.Hour,
		},
		"few reconciles are still what there is": {
			history: history{
				entryOf("b", "20 13:00", "20 14:00", 2, 0),
				entryOf("a", "20 12:00", "20 12:00", 1, 0),
			}, since: "19 00:00",
			count: 2, span: 2 * time.Hour, changes: 1, changeSpan: 2 * time.Hour,
		},
		"the same digest with another outcome is no change": {
			history: history{
				{Digest: "a", Status: "HealthCheckFailed", First: at0("20 10:00"), Last: at0("20 10:00"), Total: 1},
				entryOf("a", "20 09:00", "20 09:30", 4, 0),
			}, since: "01 00:00",
			count: 4, span: time.Hour, changeSpan: time.Hour, failures: 1,
		},
		"failures of a full history are those after what was dropped": { // the example of measure
			history: history{
				entryOf("e", "20 13:10", "20 14:00", 6, 0),
				entryOf("d", "20 12:10", "20 13:00", 6, 0),
				{Digest: "c", Status: "HealthCheckFailed", First: at0("20 09:00"), Last: at0("20 11:00"), Total: 9},
				entryOf("b", "20 10:10", "20 10:50", 6, 0),
				entryOf("a", "01 09:00", "20 10:00", 9, 0),
			}, since: "01 00:00",
			count: 12, span: 3 * time.Hour, changes: 3, changeSpan: 4 * time.Hour, failures: 5,
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := measure(test.history, at0(test.since))
			want := collector.Measured{
				Count: test.count, Span: collector.Duration{Duration: test.span}, Mean: collector.Duration{Duration: test.mean},
				Changes: test.changes, ChangeSpan: collector.Duration{Duration: test.changeSpan},
			}
			if test.count > 0 {
				want.Source = "status.history"
			}
			want.Failures = collector.Seen{Count: test.failures, Span: want.ChangeSpan}
			if len(test.history) >= historySize {
				want.Doubts = []collector.Doubt{collector.FullHistory}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			if _, ok := got.PerHour(); ok != (test.count > 0) {
				t.Errorf("PerHour says %v", ok)
			}
		})
	}
}

// reconcile is one attempt as the controller makes it.
type reconcile struct {
	at             time.Time
	digest, status string
	took           time.Duration
}

// fold keeps reconciles as Flux does: one entry for a digest and an outcome, the
// last used first, at most five, in whole seconds.
func fold(all []reconcile) []collector.Reconciled {
	var h []collector.Reconciled
	for _, r := range all {
		e := collector.Reconciled{Digest: r.digest, Status: r.status, First: r.at.Truncate(time.Second)}
		i := slices.IndexFunc(h, func(e collector.Reconciled) bool { return e.Digest == r.digest && e.Status == r.status })
		if i >= 0 {
			e = h[i]
			h = slices.Delete(h, i, i+1)
		}
		e.Last, e.Duration.Duration = r.at.Truncate(time.Second), r.took
		e.Total++
		h = slices.Insert(h, 0, e)
		h = h[:min(len(h), 5)]
	}
	return h
}

// reconciles generates a sequence with changes, reverts, failures and
// recoveries, with periods from part of a second to some minutes.
func reconciles() *rapid.Generator[[]reconcile] {
	return rapid.Custom(func(t *rapid.T) []reconcile {
		period := rapid.IntRange(200, 600_000).Draw(t, "period ms")
		digests := rapid.IntRange(1, 12).Draw(t, "digests")
		restless := rapid.IntRange(1, 20).Draw(t, "reconciles a change, about")
		now := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
		all := make([]reconcile, rapid.IntRange(1, 120).Draw(t, "reconciles"))
		digest := 0
		for i := range all {
			switch rapid.IntRange(0, 2*restless).Draw(t, "what") {
			case 0:
				digest++ // something new
			case 1:
				digest = rapid.IntRange(max(0, digest-digests), digest).Draw(t, "revert to")
			}
			failed := rapid.IntRange(0, 9).Draw(t, "fails") == 0
			status := map[bool]string{true: "HealthCheckFailed", false: "ReconciliationSucceeded"}[failed]
			now = now.Add(time.Duration(rapid.IntRange(period/10, 2*period).Draw(t, "wait ms")) * time.Millisecond)
			took := time.Duration(rapid.IntRange(1, 5000).Draw(t, "took ms")) * time.Millisecond
			all[i] = reconcile{now, fmt.Sprint("sha256:", digest), status, took}
		}
		return all
	})
}

// The rate's promise: the reconciles counted are exactly the last Count ones,
// and Span is the time they took to within the second that timestamps resolve,
// so the rate is between Count/(Span+1s) and Count/(Span-1s) of the truth; where
// that can't be had there is no rate.
func TestTheMeasuredRateIsTheTrueOneOrWithheld(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := reconciles().Draw(t, "reconciles")
		since := all[rapid.IntRange(0, len(all)-1).Draw(t, "since")].at
		h := fold(all)
		m := measure(h, since)
		if _, ok := m.PerHour(); !ok {
			if simple := oneAfterTheOther(h); simple && len(h) > 1 || len(h) == 1 && h[0].Last.After(h[0].First) {
				t.Fatalf("withheld, though nothing overlaps: %+v", h)
			}
			return
		}
		if m.Count >= len(all) {
			t.Fatalf("%d reconciles counted, there were %d", m.Count, len(all))
		}
		truth := all[len(all)-1].at.Sub(all[len(all)-1-m.Count].at)
		if off := m.Span.Duration - truth; off.Abs() >= time.Second {
			t.Fatalf("the last %d reconciles took %s, measured %s\nof %+v", m.Count, truth, m.Span, h)
		}
		longest := slices.MaxFunc(h, func(a, b collector.Reconciled) int { return int(a.Duration.Duration - b.Duration.Duration) })
		if m.Mean.Duration <= 0 || m.Mean.Duration > longest.Duration.Duration {
			t.Fatalf("mean %s of %+v", m.Mean, h)
		}
	})
}

// oneAfterTheOther tells whether no two entries overlap or share a second.
func oneAfterTheOther(h []collector.Reconciled) bool {
	for i := range h {
		for j := range i {
			if !h[i].First.After(h[j].Last) && !h[j].First.After(h[i].Last) {
				return false
			}
		}
	}
	return true
}

// The promise about changes: every digest whose first reconcile since it was
// last dropped lies in ChangeSpan is counted, once.
func TestChangesAreTheDigestsFirstSeenInTheirSpan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := reconciles().Draw(t, "reconciles")
		m := measure(fold(all), time.Time{})
		end := all[len(all)-1].at.Truncate(time.Second)
		from := end.Add(-m.ChangeSpan.Duration)
		known, distinct := map[string]bool{}, map[string]bool{}
		for _, r := range all {
			if !r.at.Truncate(time.Second).After(from) {
				known[r.digest] = true
			} else {
				distinct[r.digest] = true
			}
		}
		fresh := 0
		for d := range distinct {
			if !known[d] {
				fresh++
			}
		}
		// A digest known before, dropped since and come back counts as new.
		if m.Changes < fresh || m.Changes > len(distinct) {
			t.Fatalf("%d changes, %d new digests and %d in all since %s", m.Changes, fresh, len(distinct), from)
		}
		if len(fold(all)) < 5 && m.Changes != fresh {
			t.Fatalf("%d changes, want the %d new digests", m.Changes, fresh)
		}
	})
}

// Each of the formulas that were not chosen fails on the example of measure's
// comment, so the table above can tell them from the right one.
func TestTheEntryFormulaIsWrongWhereEntriesOverlap(t *testing.T) {
	h := []collector.Reconciled{entryOf("a", "20 09:00", "20 12:00", 25, 0), entryOf("b", "20 10:00", "20 10:50", 6, 0)}
	naive := float64(h[0].Total-1) / h[0].Last.Sub(h[0].First).Hours()
	got, ok := measure(h, time.Time{}).PerHour()
	if !ok || math.Abs(got-10) > 1e-9 || math.Abs(naive-8) > 1e-9 {
		t.Errorf("measured %v an hour (%v), want 10; the newest entry alone gives %v", got, ok, naive)
	}
}
