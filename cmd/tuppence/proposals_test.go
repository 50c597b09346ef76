package main

import (
	"testing"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
	"github.com/tuppence-dev/tuppence/report"
	"github.com/tuppence-dev/tuppence/report/patch"
	"github.com/tuppence-dev/tuppence/report/pull"
)

func TestAFolderIsOfTheLastWaveThatItIsBuiltFor(t *testing.T) {
	for name, c := range map[string]struct {
		clusters []string
		want     pull.Wave
	}{
		"its own cluster alone":      {[]string{"lab"}, pull.Development},
		"another that is staging":    {[]string{"lab", "uat"}, pull.Staging},
		"another that is not known":  {[]string{"", "lab"}, pull.Production},
		"a base on which they agree": {nil, pull.Development},
	} {
		b := &proposing{
			config: &proposeConfig{}, owners: &pull.Owners{},
			fleet:  &collector.Fleet{Clusters: []collector.Cluster{{Name: "lab", Environment: "dev"}, {Name: "uat", Environment: "staging"}}},
			report: &report.Report{Findings: []recommend.Finding{{ID: "a", Subject: recommend.Object{Cluster: "lab"}}}},
		}
		items := b.items(&patch.Plan{Placed: []patch.Placed{{Finding: "a", File: "apps/p.yaml", Clusters: c.clusters}}})
		if len(items) != 1 || items[0].Wave != c.want {
			t.Errorf("%s: %+v, want %s", name, items, c.want)
		}
	}
}

func TestADeclinedRequestToTakePatchesOutIsOfThePatchesAlone(t *testing.T) {
	files := func(patched, kustomization string) []patch.FileChange {
		return []patch.FileChange{
			{Path: "apps/kustomization.yaml", Before: []byte(kustomization), After: []byte("resources: []")},
			{Path: "apps/tuppence-deployment-shop-web.yaml", Before: []byte(patched)},
		}
	}
	digest := staleDigest(files("200m", "old"))
	if staleDigest(files("200m", "new")) != digest {
		t.Error("another entry of the kustomization changes the digest, so that a declined request would come back")
	}
	if staleDigest(files("300m", "old")) == digest {
		t.Error("another patch of the same name keeps the digest, so that it would count as declined")
	}
}
