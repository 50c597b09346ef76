package collector

import (
	"slices"
	"time"
)

// Measured is how often a reconciler ran, how long a run took, and what can be told
// of what its runs came of.
type Measured struct {
	Source  string   `json:"source,omitempty"`  // prometheus, status.history or events; empty: not measured
	Count   int      `json:"count,omitempty"`   // reconciles counted in Span
	Span    Duration `json:"span,omitzero"`     // time they were counted over
	Mean    Duration `json:"mean,omitzero"`     // mean duration of one
	Changes int      `json:"changes,omitempty"` // new digests, or revisions, seen within ChangeSpan
	// ChangeSpan is the time over which Changes were seen.
	ChangeSpan Duration `json:"changeSpan,omitzero"`
	// Failures are runs that failed, of those that leave a trace: builds that fail
	// leave none in a status.history. Waits are runs that ended at once, since what
	// the object depends on was not ready.
	Failures Seen `json:"failures,omitzero"`
	Waits    Seen `json:"waits,omitzero"`
	// Doubts are what makes all this less sure, in order.
	Doubts []Doubt `json:"doubts,omitempty"`
}

// Seen is a count over a time. Without a Span it is not known.
type Seen struct {
	Count int      `json:"count"`
	Span  Duration `json:"span"`
}

// PerHour is the rate in an hour, and whether it is known.
func (s Seen) PerHour() (float64, bool) {
	if s.Span.Duration <= 0 {
		return 0, false
	}
	return float64(s.Count) / s.Span.Hours(), true
}

// PerHour is the measured rate in reconciles an hour, and whether there is one.
func (m Measured) PerHour() (float64, bool) {
	if m.Source == "" || m.Span.Duration <= 0 {
		return 0, false
	}
	return float64(m.Count) / m.Span.Hours(), true
}

// Doubt is a reason why a measure is less sure than it looks.
type Doubt string

// The doubts.
const (
	// CounterReset: a counter fell within the time. What came of the step in which it
	// did is not counted.
	CounterReset Doubt = "counter-reset"
	// ControllerRestart: the controller was started anew within the time, and runs
	// every object once as it starts.
	ControllerRestart Doubt = "controller-restart"
	// ClocksDiffer: what was measured lies after the window's end, by more than the
	// reading took: the cluster's clock and this program's differ.
	ClocksDiffer Doubt = "clocks-differ"
	// FullHistory: the status keeps as many entries as it can. What was before is
	// dropped, and reverts are joined to what they go back to.
	FullHistory Doubt = "full-history"
	// FewRuns: the time is less than three intervals.
	FewRuns Doubt = "few-runs"
	// EventsRationed: Kubernetes events are rationed to one in five minutes an object,
	// and it has more, so that there were at least as many as are counted.
	EventsRationed Doubt = "events-rationed"
	// ChangesSeenByAppliers: revisions of a source are those that changed what some
	// applier applies, so that there were at least as many.
	ChangesSeenByAppliers Doubt = "changes-seen-by-appliers"
)

// Few is how many intervals a measure should last.
const Few = 3

// Doubt adds a doubt, once.
func (m *Measured) Doubt(d Doubt) {
	if i, found := slices.BinarySearch(m.Doubts, d); !found {
		m.Doubts = slices.Insert(m.Doubts, i, d)
	}
}

// Doubtful adds FewRuns where what was measured lasts less than a few intervals.
func (m *Measured) Doubtful(every time.Duration) {
	if m.Source != "" && m.Span.Duration/Few < every {
		m.Doubt(FewRuns)
	}
}
