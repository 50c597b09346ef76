package argo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tuppence-dev/tuppence/collector"
)

var update = flag.Bool("update", false, "renew the golden files")

// collect reads a cluster named "prod" from the API server.
func collect(t *testing.T, ctx context.Context, a *api, workloads ...collector.Workload) (*collector.Cluster, error) {
	t.Helper()
	s, err := New(a.start(t))
	if err != nil {
		t.Fatal(err)
	}
	c := &collector.Cluster{Name: "prod", Workloads: workloads}
	err = s.Collect(ctx, collector.Window{}, c)
	if anySecretRead(a.requests) {
		t.Errorf("a Secret was read, or more than read: %v", a.requests)
	}
	return c, err
}

func gaps(c *collector.Cluster) []string {
	var lines []string
	for _, g := range c.Gaps {
		lines = append(lines, g.String())
	}
	return lines
}

func controllerIn(ns string) collector.Workload {
	return collector.Workload{Kind: "StatefulSet", Namespace: ns, Name: "argocd-application-controller"}
}

func TestApplicationsAndTheirInstanceAreRead(t *testing.T) {
	a := &api{objects: loadObjects(t)}
	c, err := collect(t, t.Context(), a, controllerIn("argocd"))
	if err != nil || len(c.Gaps) > 0 {
		t.Fatal(err, c.Gaps)
	}
	got, err := json.MarshalIndent(map[string]any{"controllers": c.Controllers, "reconcilers": c.Reconcilers}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(got, []byte("hunter2")) {
		t.Error("a secret of the objects is in what was read")
	}
	const file = "testdata/read.golden.json"
	if *update {
		if err := os.WriteFile(file, append(got, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)+"\n"); diff != "" {
		t.Errorf("%s (renew with -update):\n%s", file, diff)
	}
}

func TestAClusterWithoutArgoCDGivesNothingAndNoGap(t *testing.T) {
	for name, a := range map[string]*api{"no such kind": {noKind: true}, "no Applications": {}} {
		t.Run(name, func(t *testing.T) {
			c, err := collect(t, t.Context(), a)
			if err != nil || len(c.Gaps)+len(c.Reconcilers)+len(c.Controllers) > 0 {
				t.Errorf("%v %+v", err, c)
			}
			want := []string{"GET " + applicationsPath}
			if !a.noKind {
				want = append(want, "GET "+setsPath)
			}
			if !cmp.Equal(a.requests, want) {
				t.Errorf("requests %v, want %v", a.requests, want)
			}
		})
	}
}

func TestInstances(t *testing.T) {
	for name, test := range map[string]struct {
		api       *api
		workloads []collector.Workload
		want      []string // namespace/Applications of each controller
		gaps      []string
	}{
		"an instance without Applications is found by its workloads": {
			api:       &api{objects: []map[string]any{configMap("argocd", nil)}},
			workloads: []collector.Workload{controllerIn("argocd")}, want: []string{"argocd/0"},
		},
		"an instance of another name is found by its image": {
			api: &api{objects: []map[string]any{configMap("gitops", nil)}},
			workloads: []collector.Workload{{Kind: "Deployment", Namespace: "gitops", Name: "server",
				Containers: []collector.Container{{Image: "registry.example/argoproj/argocd:v3.1.8"}}}},
			want: []string{"gitops/0"},
		},
		"an instance is found where an Application says it is": {
			api:  &api{objects: []map[string]any{app("team-a", "web", "gitops"), configMap("gitops", nil)}},
			want: []string{"gitops/1"},
		},
		"an Application that says nothing belongs to the instance beside it": {
			api:  &api{objects: []map[string]any{app("one", "web", ""), app("two", "web", ""), configMap("one", nil), configMap("two", nil)}},
			want: []string{"one/1", "two/1"},
		},
		"an Application elsewhere that says nothing belongs to the only instance": {
			api:       &api{objects: []map[string]any{app("team-a", "web", ""), configMap("argocd", nil)}},
			workloads: []collector.Workload{controllerIn("argocd")}, want: []string{"argocd/1"},
		},
		"with two instances it belongs to neither": {
			api:       &api{objects: []map[string]any{app("team-a", "web", ""), configMap("one", nil), configMap("two", nil)}},
			workloads: []collector.Workload{controllerIn("one"), controllerIn("two")}, want: []string{"one/0", "two/0"},
			gaps: []string{"prod: argocd: 1 Applications: no ConfigMap argocd-cm found for them, so how often they are compared is not known"},
		},
		"Applications without an instance are a gap": {
			api:  &api{objects: []map[string]any{app("a", "x", ""), app("b", "y", "gone")}},
			gaps: []string{"prod: argocd: 2 Applications: no ConfigMap argocd-cm found for them, so how often they are compared is not known"},
		},
		"a forbidden argocd-cm is one gap": {
			api: &api{objects: []map[string]any{app("a", "x", "argocd"), app("b", "y", "gitops")},
				status: map[string]int{settingsPath("argocd"): 403, settingsPath("gitops"): 403}},
			gaps: []string{"prod: argocd: reading ConfigMap argocd-cm in argocd, gitops: forbidden; grant get on it there"},
		},
		"a namespace that need not hold one may be forbidden": {
			api: &api{objects: []map[string]any{app("team-a", "x", ""), app("argocd", "y", "argocd"), configMap("argocd", nil)},
				status: map[string]int{settingsPath("team-a"): 403}},
			want: []string{"argocd/2"},
		},
		"unless none other has one": {
			api:  &api{objects: []map[string]any{app("team-a", "x", "")}, status: map[string]int{settingsPath("team-a"): 403}},
			gaps: []string{"prod: argocd: reading ConfigMap argocd-cm in team-a: forbidden; grant get on it there"},
		},
		"a malformed argocd-cm is a gap": {
			api:  &api{objects: []map[string]any{app("argocd", "x", ""), {"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"namespace": "argocd", "name": "argocd-cm"}, "data": "x"}}},
			gaps: []string{"prod: argocd: reading ConfigMap argocd/argocd-cm: it is malformed"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := collect(t, t.Context(), test.api, test.workloads...)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, k := range c.Controllers {
				got = append(got, fmt.Sprintf("%s/%d", k.Namespace, k.Applications))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(test.gaps, gaps(c)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestForbiddenApplicationsAreAGapAndTheInstanceIsStillRead(t *testing.T) {
	a := &api{objects: loadObjects(t), status: map[string]int{applicationsPath: http.StatusForbidden}}
	c, err := collect(t, t.Context(), a, controllerIn("argocd"))
	if err != nil || len(c.Reconcilers) != 1 || c.Reconcilers[0].Kind != "ApplicationSet" || len(c.Controllers) != 1 {
		t.Fatalf("%v %+v", err, c)
	}
	if diff := cmp.Diff([]string{"prod: argocd: listing applications.argoproj.io: forbidden; grant list on it"}, gaps(c)); diff != "" {
		t.Error(diff)
	}
}

func TestRefusedCredentialsEndTheSource(t *testing.T) {
	for _, path := range []string{applicationsPath, settingsPath("argocd"), mapPath("argocd", paramsName), setsPath} {
		a := &api{objects: loadObjects(t), status: map[string]int{path: http.StatusUnauthorized}}
		if _, err := collect(t, t.Context(), a); err == nil || !strings.Contains(err.Error(), "401: the credentials are refused or have expired") {
			t.Errorf("%s: error %v", path, err)
		}
		a = &api{objects: loadObjects(t), status: map[string]int{path: http.StatusUnauthorized}, once: true}
		if c, err := collect(t, t.Context(), a); err != nil || len(c.Gaps) > 0 || len(c.Reconcilers) != 6 || len(c.Controllers) != 1 {
			t.Errorf("%s, renewed: %v %v", path, err, c.Gaps)
		}
	}
}

func TestACancelledContextEndsASourceThatHangs(t *testing.T) {
	for _, path := range []string{applicationsPath, settingsPath("argocd"), mapPath("argocd", paramsName), setsPath} {
		ctx, cancel := context.WithCancel(t.Context())
		a := &api{objects: loadObjects(t), hang: func(r *http.Request) bool {
			if r.URL.Path == path {
				cancel()
			}
			return r.URL.Path == path
		}}
		if _, err := collect(t, ctx, a); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: error %v, want context.Canceled", path, err)
		}
	}
}

func TestApplicationsAreReadPageByPage(t *testing.T) {
	objects := []map[string]any{configMap("argocd", nil)}
	for i := range 1203 {
		objects = append(objects, app("argocd", fmt.Sprint("a", i), "argocd"))
	}
	a := &api{objects: objects, page: 500}
	c, err := collect(t, t.Context(), a)
	if err != nil || len(c.Gaps) > 0 || len(c.Reconcilers) != 1203 || c.Controllers[0].Applications != 1203 {
		t.Errorf("%v %v, %d reconcilers", err, c.Gaps, len(c.Reconcilers))
	}
	if len(a.requests) != 6 {
		t.Errorf("%d requests, want three pages, two ConfigMaps and the ApplicationSets", len(a.requests))
	}
}

func TestMalformedApplicationsKeepTheirNamesUpToABoundOfGaps(t *testing.T) {
	objects := []map[string]any{configMap("argocd", nil), app("argocd", "good", "argocd"), app("argocd", "", "")}
	for i := range 7 {
		o := app("argocd", fmt.Sprint("bad", i), "argocd")
		o["spec"] = map[string]any{"sources": "x"}
		objects = append(objects, o)
	}
	c, err := collect(t, t.Context(), &api{objects: objects})
	if err != nil || len(c.Reconcilers) != 8 || c.Reconcilers[7].Name != "bad6" {
		t.Fatalf("%v %+v", err, c.Reconcilers)
	}
	want := []string{
		"prod: argocd: applications.argoproj.io: an object without a name is left out",
		"prod: argocd: applications.argoproj.io argocd/bad0: it is malformed, only its name is read",
		"prod: argocd: applications.argoproj.io argocd/bad1: it is malformed, only its name is read",
		"prod: argocd: applications.argoproj.io argocd/bad2: it is malformed, only its name is read",
		"prod: argocd: applications.argoproj.io argocd/bad3: it is malformed, only its name is read",
		"prod: argocd: 3 more Applications are malformed",
	}
	if diff := cmp.Diff(want, gaps(c)); diff != "" {
		t.Error(diff)
	}
}
