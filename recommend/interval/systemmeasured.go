package interval

import (
	"slices"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
	"github.com/tuppence-dev/tuppence/recommend/interval/model"
)

// defaultRun is how long a run is taken to last where nothing was measured: of the
// order of what Flux's own kinds take. A plan of Terraform takes longer.
func defaultRun(kind string) time.Duration {
	if kind == "Terraform" {
		return 30 * time.Second
	}
	return time.Second
}

// run is how long a run lasts: the object's own mean, the newest entry of its
// history, the mean of its queue, or the default.
func (s *clusterMap) run(r *collector.Reconciler, p program, k *collector.Kind) time.Duration {
	if d, ok := duration(r); ok {
		return bounded(d)
	}
	if q := p.worked(k.Queue); q != nil && q.Worked.Count > 0 && q.Worked.Total.Duration > 0 {
		s.notes.add(r.Kind, "no duration of its own is measured; the mean of its queue is taken")
		return bounded(q.Worked.Total.Duration / time.Duration(q.Worked.Count))
	}
	d := defaultRun(r.Kind)
	s.notes.add(r.Kind, "no measured duration; "+recommend.Interval(d)+" is taken")
	return d
}

// failing is the share of runs that fail.
func (s *clusterMap) failing(r *collector.Reconciler) float64 {
	failures, known := r.Measured.Failures.PerHour()
	runs, measured := r.Measured.PerHour()
	if !known || !measured || runs <= 0 {
		if r.Ready == "False" && !slices.Contains(passing, r.Reason) {
			s.notes.add(r.Kind, "failing now, and how many of its runs do is not known; none is taken to")
		}
		return 0
	}
	return min(mostFailing, failures/runs)
}

// Others beside what is explained must be more than these counts to be taken for
// other triggers: the edges of the span hold a run or two, and the timer's jitter
// and a run's length make some more of a long one.
const (
	otherCount = 2
	otherShare = 0.05
)

// others gives each task the runs that neither its timer nor a revision explain: a
// person, another program, a change to its spec. It is told only where a few of its
// intervals, and an hour at least, were measured.
func (m *mapper) others() {
	for range 2 { // other runs delay the timer's; the second time they are told beside that
		out := model.Predict(&m.out.Fleet)
		for i := range m.out.Systems {
			for j := range m.out.Systems[i].Tasks {
				other(&m.out.Fleet.Systems[i].Tasks[j], &m.out.Systems[i].Tasks[j].Measured, out.Systems[i].Tasks[j].Rates.Sum())
			}
		}
	}
	out := model.Predict(&m.out.Fleet)
	for i := range m.out.Systems {
		for j := range m.out.Systems[i].Tasks {
			r := &m.out.Systems[i].Tasks[j]
			if m.out.Fleet.Systems[i].Tasks[j].Other > 0 {
				m.notes.add(r.Kind, "more runs were measured than its timer and its commits explain; those are taken to go on")
			}
			if rate, ok := measuredLong(&r.Measured, m.out.Fleet.Systems[i].Tasks[j].Interval); ok && less(rate, out.Systems[i].Tasks[j].Rates.Sum(), r.Measured.Span.Hours()) {
				m.notes.add(r.Kind, "ran less than its interval says, so that the figures are above what was measured")
			}
		}
	}
}

func other(t *model.Task, m *collector.Measured, predicted float64) {
	rate, ok := measuredLong(m, t.Interval)
	if t.Timer == model.ArgoRefresh || !ok {
		return
	}
	more := rate - (predicted - t.Other)
	if more*m.Span.Hours() > otherCount+otherShare*float64(m.Count) {
		t.Other = min(mostRate, more)
	} else if t.Other > 0 {
		t.Other = max(0, more)
	}
}

func less(rate, predicted, hours float64) bool {
	return (predicted-rate)*hours > otherCount+otherShare*predicted*hours
}

// measuredLong is the measured rate where it lasts for a few intervals, an hour at
// least, without a restart, which runs every object once.
func measuredLong(m *collector.Measured, interval time.Duration) (float64, bool) {
	rate, ok := m.PerHour()
	long := m.Span.Duration >= time.Hour && m.Span.Duration/collector.Few >= interval
	return rate, ok && long && !slices.Contains(m.Doubts, collector.ControllerRestart) && !slices.Contains(m.Doubts, collector.ClocksDiffer)
}
