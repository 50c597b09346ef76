package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
	"github.com/tuppence-dev/tuppence/report"
	"github.com/tuppence-dev/tuppence/report/patch"
	"github.com/tuppence-dev/tuppence/report/pull"
)

const overlaidTree = `
-- CODEOWNERS
/base/ @platform
/uat/ @uat
/lon/ @lon
/man/ @man
-- base/kustomization.yaml
resources: [web.yaml]
-- base/web.yaml
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    spec:
      containers:
        - name: app
          resources: {requests: {cpu: 500m}}
-- uat/kustomization.yaml
resources: [../base]
-- lon/kustomization.yaml
resources: [../base]
-- man/kustomization.yaml
resources: [../base]
`

// overlaid is a run on a tree in which clusters, by their environments, build on one
// base and ask for the same change.
func overlaid(t *testing.T, environments map[string]string, clusters ...string) *proposing {
	t.Helper()
	dir := t.TempDir()
	for file := range strings.SplitSeq(overlaidTree, "\n-- ") {
		name, text, _ := strings.Cut(file, "\n")
		if name == "" {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	owners, err := pull.ReadOwners(dir)
	if err != nil {
		t.Fatal(err)
	}
	b := &proposing{
		app: &app{now: time.Now}, config: &proposeConfig{}, agent: &agent{folder: dir, syncer: pull.Syncer{Policy: pull.Policy{Base: "main"}}},
		fleet: &collector.Fleet{}, owners: owners, checkout: &pull.Checkout{Dir: dir, Branch: "main"},
	}
	apps := collector.Origin{Kind: "Kustomization", Namespace: "flux-system", Name: "apps"}
	for _, name := range clusters {
		b.fleet.Clusters = append(b.fleet.Clusters, collector.Cluster{
			Name: name, Environment: environments[name],
			Reconcilers: []collector.Reconciler{
				{Kind: "GitRepository", Namespace: "flux-system", Name: "fleet", URL: "https://git.example/acme/fleet.git", Ref: collector.GitRef{Branch: "main"}},
				{APIVersion: "kustomize.toolkit.fluxcd.io/v1", Kind: apps.Kind, Namespace: apps.Namespace, Name: apps.Name, Path: "./" + name,
					Source: collector.Origin{Kind: "GitRepository", Namespace: "flux-system", Name: "fleet"}},
			},
			Workloads: []collector.Workload{{APIVersion: "apps/v1", Kind: "Deployment", Namespace: "shop", Name: "web", Origin: apps}},
		})
		o := recommend.Object{Cluster: name, APIVersion: "apps/v1", Kind: "Deployment", Namespace: "shop", Name: "web"}
		b.findings = append(b.findings, recommend.Finding{ID: name, Subject: o, Status: recommend.Proposed, Changes: []recommend.Change{
			{Object: o, Path: strings.Split("spec.template.spec.containers.[name=app].resources.requests.cpu", "."), Before: "500m", After: "200m"},
		}})
	}
	b.report = &report.Report{Findings: b.findings}
	return b
}

// Beside the findings of all waves the base changes, which is another's; without them
// the overlays do, and their owners are asked.
func TestARequestIsOfTheOwnersOfTheFilesThatItChanges(t *testing.T) {
	for name, c := range map[string]struct {
		environments map[string]string
		clusters     []string
		want         map[string]string // files, by key without digests
	}{
		"alone in its wave": {
			map[string]string{"uat": "staging"}, []string{"lon", "man", "uat"},
			map[string]string{"@uat staging": "uat/kustomization.yaml uat/tuppence-deployment-shop-web.yaml"},
		},
		"most of a base's overlays in one wave": {
			nil, []string{"lon", "man", "uat"},
			map[string]string{"@platform production": "base/kustomization.yaml base/tuppence-deployment-shop-web.yaml"},
		},
		"with one that does not ask for it": {
			nil, []string{"lon", "man", "-uat"},
			map[string]string{"@platform @uat production": "base/kustomization.yaml base/tuppence-deployment-shop-web.yaml uat/kustomization.yaml uat/tuppence-deployment-shop-web.yaml"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var clusters, quiet []string
			for _, n := range c.clusters {
				name, asksNothing := strings.CutPrefix(n, "-")
				clusters = append(clusters, name)
				if asksNothing {
					quiet = append(quiet, name)
				}
			}
			b := overlaid(t, c.environments, clusters...)
			for i := range b.findings {
				if len(quiet) > 0 && b.findings[i].ID == quiet[0] {
					b.findings[i].Status = recommend.Advised
				}
			}
			all, err := b.plan(t.Context(), patch.Options{Only: reported(b.report)})
			if err != nil {
				t.Fatal(err)
			}
			groups, _, plans, err := b.groups(t.Context(), all, &pull.Seen{})
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]string{}
			for _, g := range groups {
				var files []string
				for _, f := range plans[g.Key].Files {
					files = append(files, f.Path)
				}
				got[g.Owner+" "+g.Wave.String()] = strings.Join(files, " ")
				if owner := b.owners.Of(files...); owner != g.Owner {
					t.Errorf("the request of %s changes files of %s", g.Owner, owner)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("requests (-want +got):\n%s\n%+v", diff, all.Unplaced)
			}
		})
	}
}
