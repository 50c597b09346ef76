package flux

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/tuppence-dev/tuppence/collector"
)

var eventResource = schema.GroupVersionResource{Version: "v1", Resource: "events"}

const (
	fromEvents = "events" // as Measured.Source
	// rationed is how often an object may have an event for long: client-go lets 25
	// through and then one every 5 minutes (tools/record, EventSourceObjectSpamFilter).
	rationed = 5 * time.Minute
	// retention is how long an API server keeps an event after its last occurrence,
	// unless it is told to keep it longer (kube-apiserver --event-ttl).
	retention = time.Hour
	// waiting is the reason of a run that ends at once, as a dependency is not ready.
	waiting = "DependencyNotReady"
)

// occurrence is one Kubernetes event: something that came so often, from first to
// last. The API server keeps it for an hour after the last.
type occurrence struct {
	first, last time.Time
	count       int
}

// outcomes are an object's events by what came of its runs.
type outcomes struct{ good, bad, waits []occurrence }

// collectEvents reads the events of the kinds that tell of their runs by them, and
// measures those objects by them that nothing better has measured. A right that is
// missing is a gap, and the end of it.
func (s *Source) collectEvents(ctx context.Context, served []servedKind, w collector.Window, c *collector.Cluster, found []collector.Reconciler) error {
	told := map[collector.Origin]*outcomes{}
	kept := time.Duration(0) // for so long events are kept, at least
	for _, k := range served {
		some := slices.ContainsFunc(found, func(r collector.Reconciler) bool { return r.Kind == k.kind.Kind })
		if !some || len(k.kind.Runs) == 0 && k.kind.Of != "flux" {
			continue
		}
		opts := metav1.ListOptions{FieldSelector: "involvedObject.kind=" + k.kind.Kind}
		err := list(ctx, s.objects.Resource(eventResource), opts, func(content map[string]any) {
			of, o, ok := occurred(content)
			if !ok || of.Kind != k.kind.Kind || o.last.After(w.End) {
				return
			}
			kept = min(max(kept, w.End.Sub(o.last)), retention)
			if told[of] == nil {
				told[of] = &outcomes{}
			}
			told[of].add(k.kind, content, o)
		})
		switch {
		case err == nil:
		case ctx.Err() != nil:
			return fmt.Errorf("listing events: %w", ctx.Err())
		case apierrors.IsUnauthorized(err):
			return fmt.Errorf("listing events: 401: the credentials are refused or have expired; log in again")
		case apierrors.IsNotFound(err):
			return nil
		case apierrors.IsForbidden(err):
			c.AddGap(collector.Intervals, "listing events: forbidden; grant list on it")
			return nil
		default:
			c.AddGap(collector.Intervals, fmt.Sprintf("listing events of %s: %v", k.kind.Kind, err))
		}
	}
	for i := range found {
		told[identity(&found[i])].measure(&found[i], w.End, kept)
	}
	return nil
}

// add files an event. Warnings are failures; what is neither a run that ended well
// nor a wait tells of a run that another event counts.
func (t *outcomes) add(k *collector.Kind, content map[string]any, o occurrence) {
	reason, _ := at(content, "reason").(string)
	switch {
	case reason == waiting:
		t.waits = append(t.waits, o)
	case at(content, "type") == "Warning":
		t.bad = append(t.bad, o)
	case slices.Contains(k.Runs, reason):
		t.good = append(t.good, o)
	}
}

// occurred reads an event, of the old form and of the new: a series counts for
// itself, and one that stands alone has its time alone.
func occurred(content map[string]any) (of collector.Origin, o occurrence, ok bool) {
	text := func(field string) string {
		s, _ := at(content, "involvedObject."+field).(string)
		return s
	}
	of = collector.Origin{Kind: text("kind"), Namespace: text("namespace"), Name: text("name")}
	when := func(paths ...string) (t time.Time) {
		for _, p := range paths {
			if t.IsZero() {
				t, _ = instant(at(content, p))
			}
		}
		return t
	}
	o.first = when("firstTimestamp", "eventTime", "metadata.creationTimestamp")
	o.last = when("series.lastObservedTime", "lastTimestamp", "eventTime", "metadata.creationTimestamp")
	for _, p := range []string{"series.count", "count"} {
		if n, whole := wholeNumber(at(content, p)); whole && o.count == 0 {
			o.count = n
		}
	}
	o.count = max(1, o.count)
	return of, o, of.Name != "" && !o.first.IsZero() && !o.last.Before(o.first)
}

// measure tells how often r ran and what came of it, where its status does not.
// kept is how long events are kept at least: one whose last was before may be gone,
// so that nothing is told of the time before, but for a single event that counts
// from earlier. An object whose interval is shorter than events are rationed by
// had more runs than events, so that its rate is not told.
//
// Six events of one run each at 10:00, 10:10, … 10:50 are 5 runs in 50 minutes: the
// one at the start is not counted.
func (t *outcomes) measure(r *collector.Reconciler, end time.Time, kept time.Duration) {
	if t == nil {
		return
	}
	horizon := end.Add(-kept)
	m := &r.Measured
	whole := collector.Duration{Duration: kept}
	if m.Failures.Span.Duration == 0 && kept > 0 {
		m.Failures = collector.Seen{Count: counted(t.bad, horizon), Span: whole}
	}
	if len(r.DependsOn) > 0 && kept > 0 {
		m.Waits = collector.Seen{Count: counted(t.waits, horizon), Span: whole}
	}
	runs := slices.Concat(t.good, t.bad)
	if every := r.Every(); every > 0 && every < rationed {
		m.Doubt(collector.EventsRationed)
		return
	}
	if m.Source != "" || len(t.good) == 0 {
		return
	}
	first := slices.MinFunc(runs, func(a, b occurrence) int { return a.first.Compare(b.first) }).first
	last := slices.MaxFunc(runs, func(a, b occurrence) int { return cmp.Compare(a.last.UnixNano(), b.last.UnixNano()) }).last
	if len(runs) > 1 && first.Before(horizon) {
		first = horizon
	}
	if count := counted(runs, first) - 1; count > 0 && last.After(first) {
		m.Source, m.Count, m.Span.Duration = fromEvents, count, last.Sub(first)
	}
}

// counted is how many of the occurrences lie after from.
func counted(all []occurrence, from time.Time) int {
	n := 0
	for _, o := range all {
		n += within(o.first, o.last, o.count, from)
	}
	return n
}
