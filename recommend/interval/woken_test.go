package interval

import (
	"strings"
	"testing"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
)

// Whose webhook never came is told once for the fleet, and not of what came, of what has
// not changed since, nor of what has no Receiver.
func TestWebhooksThatNeverCalled(t *testing.T) {
	source := func(name string, with func(*collector.Reconciler)) collector.Reconciler {
		r := object("GitRepository", 5*time.Minute)
		r.Name, r.Hooked, r.Measured.Changes = name, true, 3
		with(&r)
		return r
	}
	c := collector.Cluster{Name: "london", Reconcilers: []collector.Reconciler{
		source("silent", func(*collector.Reconciler) {}),
		source("called", func(r *collector.Reconciler) { r.Requested = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }),
		source("still", func(r *collector.Reconciler) { r.Measured.Changes = 0 }),
		source("polled", func(r *collector.Reconciler) { r.Hooked = false }),
		source("left alone", func(r *collector.Reconciler) { r.Ignore = "true" }),
		source("stopped", func(r *collector.Reconciler) { r.Suspended = true }),
	}}
	p, err := Default().Plan(Model(&collector.Fleet{Clusters: []collector.Cluster{c}}))
	if err != nil {
		t.Fatal(err)
	}
	fs := p.deaf()
	if len(fs) != 1 || evidence(&fs[0])["sources"] != "london GitRepository flux-system/silent" || !strings.Contains(fs[0].Title, "1 source,") {
		t.Errorf("%+v", fs)
	}
}
