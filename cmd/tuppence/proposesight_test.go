package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/report/pull"
)

func TestAClusterOfWhichNothingWasReadIsUnreadInItsWave(t *testing.T) {
	gap := func(source string) []collector.Gap { return []collector.Gap{{Source: source, Reason: "timeout"}} }
	b := &proposing{config: &proposeConfig{}, fleet: &collector.Fleet{Clusters: []collector.Cluster{
		{Name: "lab", Environment: "dev", Gaps: gap("kubernetes")},
		{Name: "empty", Environment: "dev"},
		{Name: "part", Environment: "staging", Gaps: gap("kubernetes"), Workloads: make([]collector.Workload, 1)},
		{Name: "lon", Gaps: gap("kubernetes")},
	}}}
	want := []pull.Unread{{Wave: pull.Development, Reason: "lab could not be read"}, {Wave: pull.Production, Reason: "lon could not be read"}}
	if diff := cmp.Diff(want, b.unread()); diff != "" {
		t.Errorf("unread (-want +got):\n%s", diff)
	}
}
