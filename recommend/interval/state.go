package interval

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
)

// state is whether an object runs, and if not, who could have it run.
type state int

// The states.
const (
	running   state = iota
	suspended       // somebody stopped it
	failing         // its runs fail
	waiting         // for what passes by itself
	stuck           // it should run, and does not
)

// silence is how long an object must not have run to be stuck: a few of its
// intervals, and no less than the first, since a controller that starts anew or
// elects a leader is away for minutes.
const silence = 30 * time.Minute

// state of an object that was read at a time, with a sentence that says it without
// a name; empty where it runs.
func (w *wanted) state(r *collector.Reconciler, read time.Time) (state, string) {
	return w.stateOf(r, read, map[*collector.Reconciler]bool{})
}

// stateOf is state. met are the objects on the way here (true) or done with (false),
// so that each is looked at once and a ring is seen.
func (w *wanted) stateOf(r *collector.Reconciler, read time.Time, met map[*collector.Reconciler]bool) (state, string) {
	met[r] = true
	defer func() { met[r] = false }()
	down := r.Ready == "False"
	switch {
	case r.Suspended:
		return suspended, "it is suspended, so its interval has no effect"
	case down && !slices.Contains(passing, r.Reason):
		why := "it is failing (" + cmp.Or(r.Reason, "no reason given") + "): mend it first"
		if r.Kind == "Kustomization" && r.RetryInterval.Duration == 0 {
			why += ", as its interval is also what retries it"
		}
		return failing, why
	}
	if why := quiet(r, read); why != "" {
		return stuck, "it is stuck: " + why + ": see to its controller first, as its interval is not what decides"
	}
	if !down {
		return running, ""
	}
	if r.Reason == notReady {
		if what := w.holder(r, read, met); what != "" {
			return stuck, "it is stuck: it waits for " + what + ": its interval is not what decides"
		}
	}
	return waiting, "it waits (" + r.Reason + "), which passes by itself"
}

// notReady is Flux's reason for waiting for an entry of dependsOn.
const notReady = "DependencyNotReady"

// quiet says for how long r, which has a timer, has not run; empty where it has, or
// nobody counted. A status.history has an entry of every run that came as far as
// applying, so that it tells of an object that is ready.
func quiet(r *collector.Reconciler, read time.Time) string {
	every := intervalOf(r)
	doubted := func(d ...collector.Doubt) bool {
		return slices.ContainsFunc(d, func(d collector.Doubt) bool { return slices.Contains(r.Measured.Doubts, d) })
	}
	if every <= 0 || doubted(collector.ClocksDiffer) {
		return ""
	}
	run, _ := duration(r)
	long := func(d time.Duration) bool { return d >= silence && d/collector.Few >= bounded(every)+bounded(run) }
	m := &r.Measured
	if _, known := m.PerHour(); known && m.Count == 0 && long(m.Span.Duration) && !doubted(collector.CounterReset) {
		return fmt.Sprintf("it should run every %s, and did not in %s (from %s)", recommend.Interval(every), recommend.Interval(m.Span.Round(time.Minute)), m.Source)
	}
	if len(r.History) == 0 || r.Ready != "True" || read.IsZero() || r.History[0].Last.IsZero() {
		return ""
	}
	if since := read.Sub(r.History[0].Last); long(since) && m.Source != "prometheus" {
		return fmt.Sprintf("it should run every %s, and last did %s before it was read (from status.history)", recommend.Interval(every), recommend.Interval(since.Round(time.Minute)))
	}
	return ""
}

// holder names an object that r waits for and that will not be ready by itself, with
// why; empty where there is none.
func (w *wanted) holder(r *collector.Reconciler, read time.Time, met map[*collector.Reconciler]bool) string {
	for _, name := range r.DependsOn {
		if !strings.Contains(name, "/") {
			name = r.Namespace + "/" + name
		}
		name = r.Kind + " " + name
		on := w.objects[name]
		if on == nil {
			return name + ", which is not there"
		}
		open, seen := met[on]
		if open {
			return name + ", which waits for this in turn"
		}
		if seen {
			continue
		}
		switch s, _ := w.stateOf(on, read, met); s {
		case suspended:
			return name + ", which is suspended"
		case failing:
			return name + ", which is failing (" + cmp.Or(on.Reason, "no reason given") + ")"
		case stuck:
			return name + ", which is stuck too"
		case running, waiting:
		}
	}
	return ""
}

// state of the object that is judged.
func (j *judged) state() (state, string) { return j.wanted.state(j.r, j.fleet.Window.End) }

// stands is the check that r is not in one of the states.
func (j *judged) stands(name string, not state) recommend.Check {
	s, why := j.state()
	if s == not {
		return recommend.Check{Name: name, Verdict: recommend.Failed, Detail: why}
	}
	return recommend.Check{Name: name, Verdict: recommend.Passed}
}
