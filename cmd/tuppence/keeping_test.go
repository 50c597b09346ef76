package main

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
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
		"a gap in what applies workloads keeps what may only not be seen": {
			proposing{fleet: gap("flux", 1)}, []pull.Proposal{of("shop-production", "b")},
			map[string]pull.Verb{"shop-production": pull.Keep, "shop-staging": pull.Keep},
		},
		"a gap in usage keeps nothing that has gone": {
			proposing{fleet: gap("prometheus", 1)}, []pull.Proposal{of("shop-production", "b")},
			map[string]pull.Verb{"shop-production": pull.Update, "shop-staging": pull.Withdraw},
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

// A night without Prometheus takes nothing out of a request; a gap that is about
// something else keeps nothing in it.
func TestARequestStaysWhereAGapMayHideItsFindings(t *testing.T) {
	end := time.Date(2026, 11, 24, 6, 0, 0, 0, time.UTC)
	use := func(last collector.Day, memory string) []collector.Container {
		return []collector.Container{{Usage: collector.Usage{Source: "prometheus", Days: []collector.DayUsage{
			{Day: "2026-11-10", CPU: collector.Digest("x"), Memory: collector.Digest("x")}, {Day: last, CPU: collector.Digest("x"), Memory: collector.Digest(memory)},
		}}}}
	}
	sample := []collector.Container{{Usage: collector.Usage{Source: "metrics.k8s.io", Days: []collector.DayUsage{{Day: "2026-11-24", CPU: collector.Digest("x"), Memory: collector.Digest("x")}}}}}
	runs := []collector.Placement{{Node: "n1", Pods: 1}}
	id := recommend.FindingID("rightsize", recommend.Object{Cluster: "lon", APIVersion: "apps/v1", Kind: "Deployment", Namespace: "shop", Name: "web"})
	of := func(findings ...string) []pull.Proposal {
		return []pull.Proposal{{Key: "shop-production", Title: "t", Digest: "new", Findings: findings, Files: []patch.FileChange{{Path: "p"}}}}
	}
	for name, c := range map[string]struct {
		workload collector.Workload
		source   string // of the gap
		status   recommend.Status
		have     []pull.Proposal
		want     pull.Verb
	}{
		"no usage":                                {collector.Workload{Placements: runs}, "prometheus", "", of("other"), pull.Keep},
		"no usage, and nothing else to propose":   {collector.Workload{Placements: runs}, "prometheus", "", nil, pull.Keep},
		"one sample in its place":                 {collector.Workload{Placements: runs, Containers: sample}, "prometheus", recommend.Advised, of("other"), pull.Keep},
		"usage that ends early":                   {collector.Workload{Placements: runs, Containers: use("2026-11-22", "x")}, "prometheus", "", of("other"), pull.Keep},
		"no memory in the end":                    {collector.Workload{Placements: runs, Containers: use("2026-11-23", "")}, "prometheus", "", of("other"), pull.Keep},
		"usage to the end: its finding has gone":  {collector.Workload{Placements: runs, Containers: use("2026-11-23", "x")}, "prometheus", "", of("other"), pull.Update},
		"usage that ends early, and it is wanted": {collector.Workload{Placements: runs, Containers: use("2026-11-22", "x")}, "prometheus", recommend.Proposed, of("other", id), pull.Update},
		"it does not run":                         {collector.Workload{}, "prometheus", "", of("other"), pull.Update},
		"it is ignored":                           {collector.Workload{Placements: runs, Ignore: "true"}, "prometheus", recommend.Withheld, of("other"), pull.Update},
		"a gap in something else":                 {collector.Workload{Placements: runs}, "pricing", "", of("other"), pull.Update},
		"no gap":                                  {collector.Workload{Placements: runs}, "", "", nil, pull.Withdraw},
	} {
		c.workload.APIVersion, c.workload.Kind, c.workload.Namespace, c.workload.Name = "apps/v1", "Deployment", "shop", "web"
		cluster := collector.Cluster{Name: "lon", Workloads: []collector.Workload{c.workload}}
		if c.source != "" {
			cluster.Gaps = []collector.Gap{{Cluster: "lon", Source: c.source, Reason: "timed out"}}
		}
		b := &proposing{
			config: &proposeConfig{}, agent: &agent{syncer: pull.Syncer{Policy: pull.Policy{Base: "main"}}},
			fleet: &collector.Fleet{Window: collector.Window{End: end}, Clusters: []collector.Cluster{cluster}},
		}
		if c.status != "" {
			b.findings = []recommend.Finding{{ID: id, Status: c.status}}
		}
		seen := &pull.Seen{
			Requests: []pull.Existing{{
				Request: pull.Request{Number: 1, State: pull.Open, Base: "main", Branch: "tuppence/shop-production"},
				Marker:  &pull.Marker{Key: "shop-production", Findings: []string{id, "other"}, Clusters: []string{"lon"}},
			}},
			Tips: map[string]pull.Tip{"tuppence/shop-production": {Ours: true}},
		}
		b.findings = append(b.findings, recommend.Finding{ID: "other", Status: recommend.Proposed})
		actions := pull.Decide(seen, b.keeping(seen, c.have), b.agent.syncer.Policy)
		if len(actions) != 1 || actions[0].Verb != c.want {
			t.Errorf("%s: %+v, want %s", name, actions, c.want)
		} else if c.want == pull.Keep && !strings.Contains(actions[0].Reason, "lon: prometheus: timed out") {
			t.Errorf("%s: the reason is %q", name, actions[0].Reason)
		}
	}
}
