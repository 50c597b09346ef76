package main

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tuppence-dev/tuppence/recommend"
	"github.com/tuppence-dev/tuppence/report"
	"github.com/tuppence-dev/tuppence/report/patch"
	"github.com/tuppence-dev/tuppence/report/pull"
)

func TestAFindingHasOneAuditLineWithAllItsChanges(t *testing.T) {
	web := recommend.Object{Cluster: "lon", Kind: "Deployment", Namespace: "shop", Name: "web"}
	set := func(finding, field, git, before, after string) patch.Placed {
		return patch.Placed{Finding: finding, Git: git, Change: recommend.Change{Object: web, Path: []string{field}, Before: before, After: after}}
	}
	b := &proposing{
		app: &app{now: func() time.Time { return time.Unix(0, 0) }}, recording: "1a2b",
		report: &report.Report{Findings: []recommend.Finding{{ID: "a", Recommender: "rightsize"}, {ID: "b", Recommender: "spot"}}},
	}
	gates := []recommend.Check{{Name: "builds", Verdict: recommend.Passed}}
	plan := &patch.Plan{
		Placed: []patch.Placed{set("a", "cpu", "1", "2", "250m"), set("b", "key", "", "", "spot"), set("a", "memory", "", "1Gi", "")},
		Checks: map[string][]recommend.Check{"a": gates},
		Stale:  []patch.Stale{{File: "apps/p.yaml", Object: "Deployment.apps shop/web", Clusters: []string{"lon"}, Reason: "no finding asks for it"}},
		Files:  []patch.FileChange{{Path: "apps/p.yaml", Before: []byte("cpu: 1")}},
	}
	got := b.records(pull.Outcome{Key: "shop-staging", Verb: pull.Update, URL: "pulls/1", Reason: "its evidence has changed"}, plan)
	line := func(rule, finding string, gates []recommend.Check, changes ...pull.Changed) pull.Record {
		return pull.Record{
			Time: time.Unix(0, 0), Version: version(), Recording: "1a2b", Key: "shop-staging", Action: pull.Update, Reason: "its evidence has changed", Request: "pulls/1",
			Rule: rule, Finding: finding, Changes: changes, Gates: gates,
		}
	}
	want := []pull.Record{
		line("rightsize", "a", gates, pull.Changed{Object: web, Field: "cpu", Before: "1", After: "250m"}, pull.Changed{Object: web, Field: "memory", Before: "1Gi"}),
		line("spot", "b", nil, pull.Changed{Object: web, Field: "key", After: "spot"}),
		line("unasked-patch", "apps/p.yaml", []recommend.Check{{Name: "unasked-patch", Verdict: recommend.Passed, Detail: "no finding asks for it"}},
			pull.Changed{Object: recommend.Object{Cluster: "lon", Kind: "Deployment", Namespace: "shop", Name: "web"}, Field: "apps/p.yaml", Before: "cpu: 1"}),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}
