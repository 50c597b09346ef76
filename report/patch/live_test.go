package patch

import (
	"strings"
	"testing"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
)

// What a Kustomization has in force of the fields that a longer interval sets is known,
// so that a patch of one is seen to be in force or not; a recording from before the
// timeout was read does not tell that.
func TestTheFieldsOfAnIntervalAreKnown(t *testing.T) {
	d := func(minutes int) collector.Duration {
		return collector.Duration{Duration: time.Duration(minutes) * time.Minute}
	}
	k := collector.Reconciler{APIVersion: "kustomize.toolkit.fluxcd.io/v1", Kind: "Kustomization", Namespace: "flux-system", Name: "apps", Interval: d(60), Timeout: d(5), TimeoutSet: true}
	unset, unread := k, k
	unset.Timeout, unset.TimeoutSet = d(59), false
	unread.Timeout, unread.TimeoutSet = d(0), false
	for name, c := range map[string]struct {
		r     collector.Reconciler
		field string
		value string
		known bool
	}{
		"its interval":            {k, "spec.interval", "1h0m0s", true},
		"no retryInterval":        {k, "spec.retryInterval", "", true},
		"its timeout":             {k, "spec.timeout", "5m0s", true},
		"none that is set":        {unset, "spec.timeout", "", true},
		"one that was not read":   {unread, "spec.timeout", "", false},
		"what nobody reads of it": {k, "spec.prune", "", false},
		"one of another group":    {collector.Reconciler{APIVersion: "helm.toolkit.fluxcd.io/v2", Kind: "Kustomization", Namespace: "flux-system", Name: "apps"}, "spec.timeout", "", false},
	} {
		x := indexOwners(&collector.Fleet{Clusters: []collector.Cluster{{Name: "c", Reconcilers: []collector.Reconciler{c.r}}}}, Options{})
		value, known := x.live("c", key{"kustomize.toolkit.fluxcd.io", "Kustomization", "flux-system", "apps"}, strings.Split(c.field, "."))
		if value != c.value || known != c.known {
			t.Errorf("%s: %q, known %t; want %q, %t", name, value, known, c.value, c.known)
		}
	}
}
