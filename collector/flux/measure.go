package flux

import (
	"slices"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
)

const (
	// historySize is how many entries Flux keeps; when there are more it drops
	// the one whose last reconcile is oldest (fluxcd/pkg apis/meta, History).
	historySize = 5
	// enough reconciles for a rate that jitter and one odd restart don't sway:
	// at 5 % jitter the mean of ten periods is within 2 % nineteen times in twenty.
	enough = 10
)

// measure tells from a Kustomization's history, newest first, how often it was
// reconciled, how long that took, and how often it got new content. since is
// where the window starts. A reconcile here is an attempt that got as far as
// applying; failed builds and waits for dependencies leave no trace.
//
// # Rate
//
// An entry counts the reconciles of one digest with one outcome, between its
// first and its last. A reverted digest, or a check that fails and recovers,
// goes back to its old entry, so an entry's own (total-1)/(last-first) is wrong
// as soon as another entry lies within it:
//
//	digest A  09:00–12:00  total 25
//	digest B  10:00–10:50  total 6
//
// came of one reconcile every 6 minutes, 31 in all from 09:00 to 12:00; A alone
// would give 24 in 3 h (8 an hour), B 6 in an hour, and both are wrong. Entries
// that overlap are therefore taken together as one stretch: (25+6-1)/3h = 10 an
// hour. Stretches follow one another with nothing between them, so they add up
// too: from any reconcile at the end of a stretch, the totals of all later
// stretches are the reconciles up to the last one, no more and no fewer.
//
// Where Flux has dropped entries, each dropped one was last used before every
// kept one was, so only the earliest stretch can hide reconciles: of a full
// history it serves as the starting point alone. When a full history is one
// single stretch, the rate is withheld: Source is empty, Changes still stand.
//
// Timestamps are whole seconds, so Span is right to a second. Of the stretches
// the longest run that starts within the window is used; where that has fewer
// than ten reconciles, the shortest with ten that starts before it; else all.
//
// # Duration
//
// An entry tells how long its last reconcile took. Mean weights that by the
// entry's total: 300 reconciles of which the last took 2 s and one of 40 s give
// (300·2+40)/301 = 2.1 s.
//
// # Failures
//
// Failures counts the reconciles of entries with any other outcome than success,
// over ChangeSpan. Of an entry that began before it, the part within is taken as if
// its reconciles were even: 9 from 09:00 to 11:00, of which 10:00 to 11:00 counts,
// are 1 + 8/2 = 5.
//
// # Changes
//
// Changes counts the digests first seen within ChangeSpan, which ends with the
// last reconcile and starts with the first one known of; of a full history,
// with the oldest last reconcile that it holds, after which nothing was dropped.
// The digest that stood there at the start is no change. A revert to a digest
// that is still in the history counts as none, one to a dropped digest as a new
// one.
func measure(h []collector.Reconciled, since time.Time) collector.Measured {
	if len(h) == 0 {
		return collector.Measured{}
	}
	var m collector.Measured
	var from, to time.Time
	m.Changes, from, to = changes(h)
	m.ChangeSpan.Duration = to.Sub(from)
	m.Failures = failures(h, from, to)
	if len(h) >= historySize {
		m.Doubt(collector.FullHistory)
	}
	if run, ok := choose(runs(stretches(h), len(h) >= historySize), since); ok {
		m.Source = "status.history"
		m.Count, m.Span.Duration, m.Mean.Duration = run.count, run.span, run.mean
	}
	return m
}

// stretch is a time in which every reconcile belongs to the entries of it.
type stretch struct {
	first, last time.Time
	total       int
	took        float64 // seconds of all reconciles whose duration is known
	timed       int     // how many those are
}

// stretches joins entries that overlap, or touch within the second that
// timestamps resolve, in order of time.
func stretches(h []collector.Reconciled) []stretch {
	byFirst := slices.SortedStableFunc(slices.Values(h), func(a, b collector.Reconciled) int { return a.First.Compare(b.First) })
	var all []stretch
	for _, e := range byFirst {
		if len(all) == 0 || e.First.After(all[len(all)-1].last) {
			all = append(all, stretch{first: e.First, last: e.Last})
		}
		s := &all[len(all)-1]
		if e.Last.After(s.last) {
			s.last = e.Last
		}
		s.total += e.Total
		if e.Duration.Duration > 0 {
			s.took += e.Duration.Seconds() * float64(e.Total)
			s.timed += e.Total
		}
	}
	return all
}

// run is a time that ends with the last reconcile and of which every reconcile
// is counted; the one at its start is not.
type run struct {
	start time.Time
	span  time.Duration
	count int
	mean  time.Duration
}

// runs returns every run that can be counted, the shortest first. dropped says
// that the earliest stretch may hide reconciles.
func runs(all []stretch, dropped bool) []run {
	end := all[len(all)-1].last
	var found []run
	var total, timed int
	var took float64
	for i, a := range slices.Backward(all) {
		total, timed, took = total+a.total, timed+a.timed, took+a.took
		r := run{count: total}
		switch {
		case i > 0:
			r.start = all[i-1].last
		case !dropped:
			r.start = all[0].first
			r.count-- // the first reconcile is the start itself
		default:
			continue
		}
		r.span = end.Sub(r.start)
		if timed > 0 {
			r.mean = time.Duration(took / float64(timed) * float64(time.Second)).Round(time.Microsecond)
		}
		if r.span > 0 && r.count > 0 {
			found = append(found, r)
		}
	}
	return found
}

// choose picks the run to report, out of runs with the shortest first.
func choose(found []run, since time.Time) (run, bool) {
	if len(found) == 0 {
		return run{}, false
	}
	within := -1
	for i, r := range found {
		if !r.start.Before(since) {
			within = i
		}
	}
	if within >= 0 && found[within].count >= enough {
		return found[within], true
	}
	for _, r := range found[within+1:] {
		if r.count >= enough {
			return r, true
		}
	}
	return found[len(found)-1], true
}

// changes counts the digests first seen in the time that it returns.
func changes(h []collector.Reconciled) (n int, from, to time.Time) {
	first := map[string]time.Time{} // of each digest, with whatever outcome
	for i, e := range h {
		start := e.First
		if len(h) >= historySize {
			start = e.Last
		}
		if i == 0 || start.Before(from) {
			from = start
		}
		if e.Last.After(to) {
			to = e.Last
		}
		if t, ok := first[e.Digest]; !ok || e.First.Before(t) {
			first[e.Digest] = e.First
		}
	}
	for _, t := range first {
		if t.After(from) {
			n++
		}
	}
	return n, from, to
}

// succeeded is the outcome of a reconcile that ended well.
const succeeded = "ReconciliationSucceeded"

// failures counts the reconciles from from to to that did not end well.
func failures(h []collector.Reconciled, from, to time.Time) collector.Seen {
	seen := collector.Seen{Span: collector.Duration{Duration: to.Sub(from)}}
	if seen.Span.Duration <= 0 {
		return collector.Seen{}
	}
	for _, e := range h {
		if e.Status != succeeded {
			seen.Count += within(e.First, e.Last, e.Total, from)
		}
	}
	return seen
}

// within is how many of total, evenly from first to last, lie after from.
func within(first, last time.Time, total int, from time.Time) int {
	switch whole := last.Sub(first); {
	case last.Before(from):
		return 0
	case !first.Before(from) || whole <= 0:
		return total
	default:
		return 1 + int(float64(total-1)*float64(last.Sub(from))/float64(whole))
	}
}
