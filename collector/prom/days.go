package prom

import (
	"slices"
	"strings"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
)

// piece is one question's extent: usage of some namespaces over (from, to],
// both at multiples of the step since midnight UTC.
type piece struct {
	namespaces []string
	from, to   time.Time
}

// day is a piece of the window within one UTC day.
type day struct {
	collector.Day
	from, to time.Time
}

// days cuts w into UTC days at multiples of step, newest first. The value at t
// tells of (t-step, t], so the one at midnight belongs to the day that ends
// there: a full day at 5 minutes has its values from 00:05 to 24:00, 288 of
// them, and no value is of two days. Steps that reach outside w are left out.
func days(w collector.Window, step time.Duration) []day {
	var all []day
	from := w.Start.UTC().Truncate(24 * time.Hour)
	for ; from.Before(w.End); from = from.Add(24 * time.Hour) {
		d := day{Day: collector.DayOf(from), from: from, to: from.Add(24 * time.Hour)}
		if w.Start.After(d.from) {
			d.from = from.Add((w.Start.Sub(from) + step - 1).Truncate(step))
		}
		if w.End.Before(d.to) {
			d.to = from.Add(w.End.Sub(from).Truncate(step))
		}
		if d.from.Before(d.to) {
			all = append(all, d)
		}
	}
	slices.Reverse(all)
	return all
}

// shortest is the least time that a refused question is cut down to.
const shortest = time.Hour

// halve cuts p in two, by namespaces first (a limit on series gives way to
// that alone) and then by time; false at the floor of one namespace and an hour.
func (p piece) halve(step time.Duration) (a, b piece, ok bool) {
	if n := len(p.namespaces); n > 1 {
		a, b = p, p
		a.namespaces, b.namespaces = p.namespaces[:n/2], p.namespaces[n/2:]
		return a, b, true
	}
	half := (p.to.Sub(p.from) / 2).Truncate(step)
	if half < shortest {
		return p, p, false
	}
	a, b = p, p
	a.to = p.from.Add(half)
	b.from = a.to
	return a, b, true
}

// cut covers d with pieces of at most n namespaces and span of time.
func cut(namespaces []string, n int, d day, span time.Duration) []piece {
	var all []piece
	for part := range slices.Chunk(namespaces, max(n, 1)) {
		for from := d.from; from.Before(d.to); from = from.Add(span) {
			to := from.Add(span)
			if to.After(d.to) {
				to = d.to
			}
			all = append(all, piece{part, from, to})
		}
	}
	return all
}

// batch is the namespaces asked about together.
type batch struct {
	namespaces []string
	series     int // expected, containers of live pods
}

// label names the batch in a gap.
func (b batch) label() string {
	if len(b.namespaces) > 2 {
		return strings.Join(b.namespaces[:2], ", ") + ", …"
	}
	return strings.Join(b.namespaces, ", ")
}

// most namespaces of a batch, so that its regular expression stays short.
const mostNamespaces = 50

// batches packs the namespaces of the workloads, in order of their names, into
// batches of at most limit expected series. A larger namespace is its own.
func batches(workloads []collector.Workload, limit int) []batch {
	series := map[string]int{}
	for i := range workloads {
		w := &workloads[i]
		series[w.Namespace] += max(1, w.Replicas, w.Pods()) * max(1, len(w.Containers))
	}
	var all []batch
	for _, ns := range sortedKeys(series) {
		last := len(all) - 1
		if last < 0 || all[last].series+series[ns] > limit || len(all[last].namespaces) == mostNamespaces {
			all, last = append(all, batch{}), last+1
		}
		all[last].namespaces = append(all[last].namespaces, ns)
		all[last].series += series[ns]
	}
	return all
}
