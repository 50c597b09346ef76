package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
	"github.com/tuppence-dev/tuppence/report/pull"
)

func TestWhatWasNotReadIsUnreadInItsWave(t *testing.T) {
	gap := func(source string) []collector.Gap { return []collector.Gap{{Source: source, Reason: "timeout"}} }
	b := &proposing{config: &proposeConfig{}, fleet: &collector.Fleet{Clusters: []collector.Cluster{
		{Name: "lab", Environment: "dev", Gaps: gap("kubernetes")},
		{Name: "empty", Environment: "dev"},
		{Name: "part", Environment: "staging", Gaps: gap("kubernetes"), Workloads: make([]collector.Workload, 1)},
		{Name: "lon", Gaps: gap("kubernetes")},
	}}}
	web := collector.Workload{APIVersion: "apps/v1", Kind: "Deployment", Namespace: "shop", Name: "web", Placements: []collector.Placement{{Node: "n1"}}}
	till := web
	till.Name = "till"
	b.fleet.Clusters = append(b.fleet.Clusters, collector.Cluster{Name: "uat", Environment: "uat", Gaps: gap("prometheus"), Workloads: []collector.Workload{web, till}})
	b.findings = []recommend.Finding{{ID: recommend.FindingID("rightsize", recommend.Subject("uat", &till)), Status: recommend.Proposed}}
	want := []pull.Unread{{Wave: pull.Development, Reason: "lab could not be read"}, {Wave: pull.Production, Reason: "lon could not be read"},
		{Wave: pull.Staging, Subject: "Deployment shop/web", Reason: "its use in uat could not be read"}}
	if diff := cmp.Diff(want, b.unread()); diff != "" {
		t.Errorf("unread (-want +got):\n%s", diff)
	}
}
