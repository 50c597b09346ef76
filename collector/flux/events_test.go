package flux

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	k8sjson "k8s.io/apimachinery/pkg/util/json"

	"github.com/tuppence-dev/tuppence/collector"
)

// back is so many minutes before the window's end.
func back(minutes float64) time.Time {
	return window.End.Add(-time.Duration(minutes * float64(time.Minute)))
}

// event is one as the API gives it, of an object in flux-system.
func event(kind, name, sort, reason string, first, last time.Time, count int) map[string]any {
	return map[string]any{
		"apiVersion": "v1", "kind": "Event", "type": sort, "reason": reason,
		"metadata":       map[string]any{"namespace": "flux-system", "name": fmt.Sprint(name, reason, first.Unix(), last.Unix(), count)},
		"involvedObject": map[string]any{"kind": kind, "namespace": "flux-system", "name": name},
		"firstTimestamp": first.Format(time.RFC3339), "lastTimestamp": last.Format(time.RFC3339), "count": count,
	}
}

func polled(kind, name, interval string, more ...map[string]any) []map[string]any {
	group := map[string]string{"Kustomization": "kustomize", "GitRepository": "source"}[kind]
	o := map[string]any{"apiVersion": group + ".toolkit.fluxcd.io/v1", "kind": kind,
		"metadata": map[string]any{"namespace": "flux-system", "name": name}, "spec": map[string]any{"interval": interval}}
	return append([]map[string]any{o}, more...)
}

func TestRunsAreCountedByTheEventsThatTheyLeave(t *testing.T) {
	const ok, bad = "Normal", "Warning"
	source := func(interval string, events ...map[string]any) []map[string]any {
		return polled("GitRepository", "fleet", interval, events...)
	}
	fetched := func(first, last float64, count int) map[string]any {
		return event("GitRepository", "fleet", ok, "GitOperationSucceeded", back(first), back(last), count)
	}
	hour := collector.Duration{Duration: time.Hour}
	span := func(minutes int) collector.Duration {
		return collector.Duration{Duration: time.Duration(minutes) * time.Minute}
	}
	for rule, test := range map[string]struct {
		objects []map[string]any
		want    collector.Measured
	}{
		"none tell nothing": {source("10m"), collector.Measured{}},
		"one that counts, however long it has": {source("10m", fetched(600, 0, 61)),
			collector.Measured{Source: "events", Count: 60, Span: span(600)}},
		"an event a run": {source("10m", fetched(50, 50, 1), fetched(40, 40, 1), fetched(30, 30, 1), fetched(20, 20, 1)),
			collector.Measured{Source: "events", Count: 3, Span: span(30), Failures: collector.Seen{Span: span(50)}}},
		// Of 13 in two hours those of the last one: 1 + 12/2, beside the one at its start.
		"one that counts from before the others are kept": {source("10m", fetched(120, 0, 13), event("GitRepository", "fleet", ok, "NewArtifact", back(60), back(60), 1)),
			collector.Measured{Source: "events", Count: 7, Span: span(60), Failures: collector.Seen{Span: hour}}},
		"failures are runs too": {source("10m", fetched(60, 0, 7), event("GitRepository", "fleet", bad, "GitOperationFailed", back(35), back(25), 2), event("GitRepository", "other", ok, "NewArtifact", back(60), back(60), 1)),
			collector.Measured{Source: "events", Count: 8, Span: span(60), Failures: collector.Seen{Count: 2, Span: hour}}},
		"more runs than events are let through": {source("1m", fetched(60, 0, 37), event("GitRepository", "fleet", bad, "GitOperationFailed", back(55), back(55), 1)),
			collector.Measured{Failures: collector.Seen{Count: 1, Span: span(55)}, Doubts: []collector.Doubt{collector.EventsRationed}}},
		"less than a few intervals": {source("30m", fetched(40, 10, 2)),
			collector.Measured{Source: "events", Count: 1, Span: span(30), Failures: collector.Seen{Span: span(10)}, Doubts: []collector.Doubt{collector.FewRuns}}},
		"of another object": {source("10m", event("GitRepository", "other", ok, "NewArtifact", back(60), back(0), 7)), collector.Measured{}},
		"of another reason": {source("10m", event("GitRepository", "fleet", ok, "GarbageCollectionSucceeded", back(60), back(10), 7)),
			collector.Measured{Failures: collector.Seen{Span: span(10)}}},
		"after the window's end": {source("10m", event("GitRepository", "fleet", ok, "NewArtifact", back(60), back(-5), 7)), collector.Measured{}},
		"before it has begun":    {source("10m", event("GitRepository", "fleet", ok, "NewArtifact", back(5), back(60), 7)), collector.Measured{}},
	} {
		t.Run(rule, func(t *testing.T) {
			c, err := collect(t, t.Context(), &api{objects: test.objects})
			if err != nil || len(c.Gaps) > 0 || len(c.Reconcilers) != 1 {
				t.Fatal(err, c.Gaps, c.Reconcilers)
			}
			if diff := cmp.Diff(test.want, c.Reconcilers[0].Measured); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWaitsForDependenciesAreToldByEventsAlone(t *testing.T) {
	objects := polled("Kustomization", "apps", "10m",
		event("Kustomization", "apps", "Normal", "DependencyNotReady", back(58), back(20), 4),
		event("Kustomization", "infra", "Normal", "ReconciliationSucceeded", back(60), back(60), 1))
	objects[0]["spec"].(map[string]any)["dependsOn"] = []any{map[string]any{"name": "infra"}}
	c, err := collect(t, t.Context(), &api{objects: objects})
	if err != nil {
		t.Fatal(err)
	}
	want := collector.Seen{Count: 4, Span: collector.Duration{Duration: time.Hour}}
	if m := c.Reconcilers[0].Measured; m.Waits != want || m.Source != "" {
		t.Errorf("%+v, want waits %+v and no rate", m, want)
	}
}

func TestAnEventOfTheNewFormIsASeries(t *testing.T) {
	e := map[string]any{"involvedObject": map[string]any{"kind": "Bucket", "name": "b"}, "eventTime": "2026-11-22T11:00:00.123456Z",
		"series": map[string]any{"count": int64(9), "lastObservedTime": "2026-11-22T11:59:00.5Z"}, "firstTimestamp": nil, "lastTimestamp": nil, "count": int64(0)}
	of, o, ok := occurred(e)
	if !ok || of.Name != "b" || o.count != 9 || o.last.Sub(o.first).Round(time.Second) != 59*time.Minute {
		t.Errorf("%v %+v %v", of, o, ok)
	}
	for _, odd := range []map[string]any{{}, {"involvedObject": "x"}, {"involvedObject": map[string]any{"name": "a"}}, {"involvedObject": map[string]any{"name": "a"}, "eventTime": 7}} {
		if _, _, ok := occurred(odd); ok {
			t.Errorf("%v is an event", odd)
		}
	}
}

func TestEventsThatMayNotBeListedAreOneGapOfIntervals(t *testing.T) {
	a := &api{objects: loadObjects(t, "testdata/objects.yaml"), answer: refuseAt("/events", http.StatusForbidden, "Forbidden")}
	c, err := collect(t, t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"prod: intervals: listing events: forbidden; grant list on it"}, gaps(c)); diff != "" {
		t.Error(diff)
	}
	if n := countRequests(a, "/events"); n != 1 {
		t.Errorf("events were asked for %d times", n)
	}
}

func TestChangesOfASourceAreTheRevisionsThatItsAppliersHold(t *testing.T) {
	fleet := collector.Origin{Kind: "GitRepository", Namespace: "flux-system", Name: "fleet"}
	entry := func(digest, revision string, first, last time.Time) collector.Reconciled {
		return collector.Reconciled{Digest: digest, Revision: revision, Status: succeeded, First: first, Last: last, Total: 2}
	}
	applier := func(name string, h ...collector.Reconciled) collector.Reconciler {
		return collector.Reconciler{Kind: "Kustomization", Name: name, Source: fleet, History: h, Measured: measure(h, window.Start)}
	}
	all := []collector.Reconciler{
		{Kind: fleet.Kind, Namespace: fleet.Namespace, Name: fleet.Name},
		{Kind: fleet.Kind, Namespace: fleet.Namespace, Name: "alone"},
		applier("apps", entry("c", "3", back(60), back(0)), entry("a", "1", back(600), back(70))),
		applier("infra", entry("y", "2", back(120), back(10)), entry("x", "1", back(300), back(130))),
		applier("none"),
	}
	changesOfSources(all)
	m := all[0].Measured
	if m.Changes != 2 || m.ChangeSpan.Duration != 10*time.Hour || !cmp.Equal(m.Doubts, []collector.Doubt{collector.ChangesSeenByAppliers}) {
		t.Errorf("%+v, want revisions 2 and 3 in ten hours", m)
	}
	if m := all[1].Measured; m.ChangeSpan.Duration != 0 || m.Doubts != nil {
		t.Errorf("a source that nothing applies has %+v", m)
	}
}

func FuzzEvents(f *testing.F) {
	for _, e := range []map[string]any{
		event("GitRepository", "fleet", "Normal", "NewArtifact", back(60), back(10), 7), event("GitRepository", "fleet", "Warning", "x", back(1e6), back(10), 1e9), {},
	} {
		b, err := json.Marshal(e)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, int64(time.Hour))
	}
	f.Fuzz(func(t *testing.T, b []byte, kept int64) {
		var content map[string]any
		if k8sjson.Unmarshal(b, &content) != nil {
			t.Skip()
		}
		_, o, ok := occurred(content)
		if !ok {
			return
		}
		var told outcomes
		told.add(kindNamed(t, "GitRepository"), content, o)
		told.add(kindNamed(t, "GitRepository"), content, o)
		r := collector.Reconciler{DependsOn: []string{"a/b"}}
		told.measure(&r, window.End, time.Duration(kept))
		if m := r.Measured; m.Count < 0 || m.Span.Duration < 0 || m.Failures.Count < 0 || m.Failures.Span.Duration < 0 || m.Waits.Count < 0 {
			t.Errorf("negative measures %+v of %+v", m, o)
		}
	})
}
