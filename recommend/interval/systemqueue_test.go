package interval_test

import (
	"strings"
	"testing"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend/interval"
)

// runs is a Deployment of one container.
func runs(namespace, name, container, image string) collector.Workload {
	return collector.Workload{APIVersion: "apps/v1", Kind: "Deployment", Namespace: namespace, Name: name,
		Containers: []collector.Container{{Name: "istio-proxy", Image: "istio/proxyv2:9.9.9"}, {Name: container, Role: collector.App, Image: image}}}
}

// TestPriorityQueueByVersion holds that the version of a controller tells whether its
// queue has one entry a key, and that it is said where none does.
func TestPriorityQueueByVersion(t *testing.T) {
	controller := collector.Controller{Kind: "kustomize-controller", Namespace: "flux-system", Name: "kustomize-controller"}
	shard := collector.Controller{Kind: "kustomize-controller", Namespace: "flux-system", Name: "kustomize-controller-shard1",
		Settings: []collector.Setting{{Name: "--watch-label-selector", Value: "sharding.fluxcd.io/key=shard1"}}}
	sharded := ks("apps", time.Hour)
	sharded.Shard = "shard1"
	for _, c := range []struct {
		name, image string
		one, known  bool
	}{
		{"the last before", "ghcr.io/fluxcd/kustomize-controller:v1.7.3", false, true},
		{"the first with it", "ghcr.io/fluxcd/kustomize-controller:v1.8.0", true, true},
		{"a later one from a mirror, by digest", "mirror.example:5000/flux/kustomize-controller:v1.10.1@sha256:0123", true, true},
		{"no version in the tag", "ghcr.io/fluxcd/kustomize-controller:rc-9974a49b", false, false},
		{"a digest alone", "ghcr.io/fluxcd/kustomize-controller@sha256:0123", false, false},
		{"another image by the usual name", "acme.example/gitops:v9.0.0", false, false},
		{"not read", "", false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			cluster := collector.Cluster{Controllers: []collector.Controller{controller}, Reconcilers: []collector.Reconciler{ks("apps", time.Hour)}}
			if c.image != "" {
				cluster.Workloads = []collector.Workload{runs("flux-system", "kustomize-controller", "manager", c.image)}
			}
			m := interval.Model(fleet(cluster))
			if got := m.Fleet.Systems[0].Queues[0].OneEntry; got != c.one {
				t.Errorf("one entry a key: %t", got)
			}
			if said := strings.Contains(strings.Join(m.Assumed, "\n"), "1 of 1 queue: whether a trigger takes the place of its timer"); said == c.known {
				t.Errorf("said that it is assumed: %t, in %q", said, m.Assumed)
			}
		})
	}
	t.Run("a shard of its own version", func(t *testing.T) {
		m := interval.Model(fleet(collector.Cluster{
			Controllers: []collector.Controller{controller, shard}, Reconcilers: []collector.Reconciler{ks("web", time.Hour), sharded},
			Workloads: []collector.Workload{
				runs("flux-system", "kustomize-controller", "manager", "ghcr.io/fluxcd/kustomize-controller:v1.8.1"),
				runs("flux-system", "kustomize-controller-shard1", "manager", "ghcr.io/fluxcd/kustomize-controller:v1.7.0"),
			},
		}))
		for name, want := range map[string]bool{"web": true, "apps": false} {
			task, _ := task(t, m, "Kustomization", name)
			if got := m.Fleet.Systems[0].Queues[task.Queue].OneEntry; got != want {
				t.Errorf("%s: one entry a key: %t", name, got)
			}
		}
	})
	t.Run("Applications", func(t *testing.T) {
		m := interval.Model(fleet(collector.Cluster{Reconcilers: []collector.Reconciler{app("argocd", "web")}}))
		if strings.Contains(strings.Join(m.Assumed, "\n"), "the place of its timer") {
			t.Errorf("said of a queue that is client-go's: %q", m.Assumed)
		}
	})
}
