package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/report/patch"
	"github.com/tuppence-dev/tuppence/report/pull"
)

func TestARequestStaysWhereARunDoesNotKnowAllThatItHolds(t *testing.T) {
	gap := func(source string, workloads int) *collector.Fleet {
		return &collector.Fleet{Clusters: []collector.Cluster{{
			Name: "lon", Workloads: make([]collector.Workload, workloads), Gaps: []collector.Gap{{Cluster: "lon", Source: source, Reason: "timeout"}},
		}}}
	}
	open := []pull.Existing{
		{Request: pull.Request{Number: 1, State: pull.Open, Base: "main", Branch: "tuppence/shop-staging"}, Marker: &pull.Marker{Key: "shop-staging", Findings: []string{"a"}}},
		{Request: pull.Request{Number: 2, State: pull.Open, Base: "main", Branch: "tuppence/shop-production"}, Marker: &pull.Marker{Key: "shop-production", Findings: []string{"b", "c"}}},
	}
	elsewhere := []pull.Existing{
		{Request: pull.Request{Number: 1, State: pull.Open, Base: "main", Branch: "tuppence/shop-staging"}, Marker: &pull.Marker{Key: "shop-staging", Findings: []string{"a"}, Clusters: []string{"man"}}},
		{Request: pull.Request{Number: 2, State: pull.Open, Base: "main", Branch: "tuppence/shop-production"}, Marker: &pull.Marker{Key: "shop-production", Findings: []string{"b", "c"}, Clusters: []string{"lon", "man"}}},
	}
	of := func(key string, findings ...string) pull.Proposal {
		return pull.Proposal{Key: key, Title: key, Digest: "new", Findings: findings, Files: []patch.FileChange{{Path: key}}}
	}
	for name, c := range map[string]struct {
		run  proposing
		have []pull.Proposal
		want map[string]pull.Verb
	}{
		"a whole run withdraws what is not wanted": {
			proposing{fleet: &collector.Fleet{}}, []pull.Proposal{of("shop-production", "b")},
			map[string]pull.Verb{"shop-production": pull.Update, "shop-staging": pull.Withdraw},
		},
		"--cluster leaves requests of other clusters, and those that hold findings of others": {
			proposing{fleet: &collector.Fleet{}, clusters: []string{"lon"}}, []pull.Proposal{of("shop-production", "b")},
			map[string]pull.Verb{"shop-production": pull.Keep, "shop-staging": pull.Keep},
		},
		"--only leaves requests of other recommenders, and updates one that it knows all of": {
			proposing{fleet: &collector.Fleet{}, partial: true}, []pull.Proposal{of("shop-production", "b", "c")},
			map[string]pull.Verb{"shop-production": pull.Update, "shop-staging": pull.Keep},
		},
		"a gap in usage withdraws nothing": {
			proposing{fleet: gap("prometheus", 1)}, []pull.Proposal{of("shop-production", "b")},
			map[string]pull.Verb{"shop-production": pull.Update, "shop-staging": pull.Keep},
		},
		"a cluster that could not be read changes no open request, and proposes nothing of it elsewhere": {
			proposing{fleet: gap("kubernetes", 0)}, []pull.Proposal{of("shop-production", "b"), of("web-production", "c"), of("web-staging", "d")},
			map[string]pull.Verb{"shop-production": pull.Keep, "shop-staging": pull.Keep, "web-production": pull.Keep, "web-staging": pull.Propose},
		},
		"a run of one cluster leaves the requests that are for others too": {
			proposing{fleet: &collector.Fleet{Clusters: []collector.Cluster{{Name: "lon"}}}, recording: "elsewhere"}, []pull.Proposal{of("shop-production", "b"), of("till-production", "c")},
			map[string]pull.Verb{"shop-production": pull.Keep, "shop-staging": pull.Keep, "till-production": pull.Keep},
		},
		"a run that has all of their clusters withdraws what is not wanted": {
			proposing{fleet: &collector.Fleet{Clusters: []collector.Cluster{{Name: "lon"}, {Name: "man"}}}, recording: "elsewhere"}, []pull.Proposal{of("shop-production", "b")},
			map[string]pull.Verb{"shop-production": pull.Update, "shop-staging": pull.Withdraw},
		},
	} {
		t.Run(name, func(t *testing.T) {
			open := open
			if c.run.recording == "elsewhere" {
				open = elsewhere
			}
			seen := &pull.Seen{Requests: open, Tips: map[string]pull.Tip{"tuppence/shop-staging": {Ours: true}, "tuppence/shop-production": {Ours: true}}}
			c.run.agent = &agent{syncer: pull.Syncer{Policy: pull.Policy{Base: "main"}}}
			got := map[string]pull.Verb{}
			for _, a := range pull.Decide(seen, c.run.keeping(seen, c.have), c.run.agent.syncer.Policy) {
				got[a.Key] = a.Verb
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("verbs (-want +got):\n%s", diff)
			}
		})
	}
}
