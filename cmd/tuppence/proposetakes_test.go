package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/report/patch"
	"github.com/tuppence-dev/tuppence/report/pull"
)

func TestADeclinedPatchThatGoesIsOfThePatchAlone(t *testing.T) {
	of := func(file, patched, kustomization string) string {
		return staleEvidence(&patch.Plan{Files: []patch.FileChange{
			{Path: "apps/kustomization.yaml", Before: []byte(kustomization), After: []byte("resources: []")},
			{Path: file, Before: []byte(patched)},
		}}, patch.Stale{File: file})
	}
	first := of("apps/a.yaml", "200m", "old")
	if of("apps/a.yaml", "200m", "new") != first {
		t.Error("another entry of the kustomization changes the evidence, so that a declined request would come back")
	}
	if of("apps/a.yaml", "300m", "old") == first || of("apps/b.yaml", "200m", "old") == first {
		t.Error("another patch has the same evidence, so that it would count as declined")
	}
}

// What a patch changes back goes through the waves as a change does; where its object
// has gone there is nothing to wait for.
func TestPatchesThatGoHaveTheirWavesAndSubjects(t *testing.T) {
	b := &proposing{
		config: &proposeConfig{}, owners: &pull.Owners{},
		fleet: &collector.Fleet{Clusters: []collector.Cluster{{Name: "uat", Environment: "staging"}, {Name: "lon", Environment: "production"}}},
	}
	items := b.items(&patch.Plan{Stale: []patch.Stale{
		{File: "uat/web.yaml", Object: "Deployment.apps shop/web", Clusters: []string{"uat"}},
		{File: "lon/web.yaml", Object: "Deployment.apps shop/web", Clusters: []string{"lon"}},
		{File: "lon/gone.yaml", Object: "Deployment.apps shop/gone", Clusters: []string{"lon", "uat"}, Gone: true},
		{File: "uat/gone.yaml", Object: "Deployment.apps shop/gone", Clusters: []string{"uat"}, Gone: true},
		{File: "lon/class.yaml", Object: "StorageClass.storage.k8s.io fast", Clusters: []string{"lon"}},
	}})
	type placed struct {
		Subject string
		Wave    pull.Wave
	}
	got, want := map[string]placed{}, map[string]placed{
		"uat/web.yaml": {"Deployment shop/web", pull.Staging}, "lon/web.yaml": {"Deployment shop/web", pull.Production},
		"lon/gone.yaml": {"", pull.Production}, "uat/gone.yaml": {"", pull.Staging}, "lon/class.yaml": {"StorageClass /fast", pull.Production},
	}
	for _, i := range items {
		if got[i.Finding] = (placed{i.Subject, i.Wave}); !i.Takes {
			t.Errorf("%s is not one that goes", i.Finding)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("items (-want +got):\n%s", diff)
	}
}
