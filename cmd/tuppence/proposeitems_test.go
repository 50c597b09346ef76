package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
	"github.com/tuppence-dev/tuppence/report"
	"github.com/tuppence-dev/tuppence/report/patch"
	"github.com/tuppence-dev/tuppence/report/pull"
)

// What counts as an amount, and so bears small differences, is told by the field.
func TestADeclineIsOfWhatAFindingProposes(t *testing.T) {
	cpu, every := []string{"spec", "resources", "requests", "cpu"}, []string{"spec", "interval"}
	of := func(path []string, after string) pull.Item {
		plan := &patch.Plan{Placed: []patch.Placed{{Finding: "a", Change: recommend.Change{Path: path, After: after}}, {Finding: "b", Change: recommend.Change{After: "other"}}}}
		return pull.Item{Finding: "a", Subject: "Deployment shop/web", Wave: pull.Staging, Owner: "shop", Evidence: evidenceOf(plan, "a")}
	}
	for _, c := range []struct {
		path     []string
		was, now string
		same     bool
	}{
		{cpu, "212m", "230m", true}, {cpu, "212m", "0.212", true}, {cpu, "212m", "300m", false}, {cpu, "212m", "100m", false}, {cpu, "212m", "", false},
		{cpu, "1Gi", "1100Mi", true}, {cpu, "1Gi", "1G", true}, {cpu, "", "", true},
		{every, "1h", "60m0s", true}, {every, "30m", "1h", false}, {every, "60m", "60", false},
		{[]string{"spec", "replicas"}, "10", "11", false}, {[]string{"spec", "replicas"}, "10", "10", true},
	} {
		closed := pull.Existing{Request: pull.Request{State: pull.Closed, Base: "main", URL: "pulls/1"}, Marker: &pull.Marker{Key: "shop-staging", Evidence: []string{of(c.path, c.was).Evidence}}}
		_, held := pull.Waves([]pull.Item{of(c.path, c.now)}, &pull.Seen{Requests: []pull.Existing{closed}}, pull.Policy{Base: "main"}, 0, time.Time{})
		if same := len(held) > 0; same != c.same {
			t.Errorf("%v: %q was declined; %q counts as the same: %t, want %t", c.path, c.was, c.now, same, c.same)
		}
	}
}

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

// owned is a patch file of tuppence's for the findings.
func owned(findings string) []byte {
	return []byte("# Written by tuppence, which owns this file and rewrites it; to undo it, revert the commit.\n# Object: Deployment.apps shop/web\n# Findings: " + findings + "\nkind: Deployment\n")
}

func TestAFindingIsOfTheOwnersOfAllThatChangesForIt(t *testing.T) {
	root := t.TempDir()
	rules := "/base/ @platform\n/apps/ @shop\nkustomization.yaml @gitops\n/apps/plain/kustomization.yaml\n/till/ @till\n"
	if err := os.WriteFile(filepath.Join(root, "CODEOWNERS"), []byte(rules), 0o600); err != nil {
		t.Fatal(err)
	}
	owners, err := pull.ReadOwners(root)
	if err != nil {
		t.Fatal(err)
	}
	file := func(path string, after []byte) patch.FileChange { return patch.FileChange{Path: path, After: after} }
	for name, c := range map[string]struct {
		plan *patch.Plan
		want map[string]string
	}{
		"the patch alone": {
			&patch.Plan{Placed: []patch.Placed{{Finding: "a", File: "apps/p.yaml"}}, Files: []patch.FileChange{file("apps/p.yaml", owned("a"))}},
			map[string]string{"a": "@shop"},
		},
		"the kustomization that lists it too, and not another's": {
			&patch.Plan{
				Placed: []patch.Placed{{Finding: "a", File: "apps/p.yaml"}, {Finding: "b", File: "till/p.yaml"}, {Finding: "c", File: "apps/plain/p.yaml"}},
				Files: []patch.FileChange{
					file("apps/kustomization.yaml", nil), file("apps/p.yaml", owned("a")), file("till/p.yaml", owned("b")),
					file("apps/plain/p.yaml", owned("c")), file("apps/plain/kustomization.yaml", nil),
				},
			},
			map[string]string{"a": "@gitops @shop", "b": "@till", "c": "@shop"},
		},
		"what a change of the base pins elsewhere": {
			&patch.Plan{
				Placed: []patch.Placed{{Finding: "a", File: "base/p.yaml"}, {Finding: "b", File: "base/p.yaml"}},
				Files:  []patch.FileChange{file("base/p.yaml", owned("a, b")), file("till/p.yaml", owned("a, b"))},
			},
			map[string]string{"a": "@platform @till", "b": "@platform @till"},
		},
		"each file of several": {
			&patch.Plan{
				Placed: []patch.Placed{{Finding: "a", File: "apps/values.yaml"}, {Finding: "a", File: "till/values.yaml"}},
				Files:  []patch.FileChange{file("apps/values.yaml", nil), file("till/values.yaml", nil)},
			},
			map[string]string{"a": "@shop @till"},
		},
		"a file that can't be told to be anybody's": {
			&patch.Plan{Placed: []patch.Placed{{Finding: "a", File: "apps/p.yaml"}}, Files: []patch.FileChange{file("apps/p.yaml", owned("a")), file("till/x.yaml", nil)}},
			map[string]string{"a": "@shop @till"},
		},
		"a patch that goes": {
			&patch.Plan{Stale: []patch.Stale{{File: "apps/p.yaml"}}, Files: []patch.FileChange{file("apps/kustomization.yaml", nil), file("apps/p.yaml", nil)}},
			map[string]string{"apps/p.yaml": "@gitops @shop"},
		},
	} {
		b := &proposing{
			config: &proposeConfig{}, owners: owners, fleet: &collector.Fleet{},
			report: &report.Report{Findings: []recommend.Finding{{ID: "a"}, {ID: "b"}, {ID: "c"}}},
		}
		got := map[string]string{}
		for _, i := range b.items(c.plan) {
			got[i.Finding] = i.Owner
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
