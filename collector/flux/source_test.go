package flux

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tuppence-dev/tuppence/collector"
)

var update = flag.Bool("update", false, "renew the golden files")

var window = collector.Window{
	Start: time.Date(2026, 11, 8, 12, 0, 0, 0, time.UTC),
	End:   time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC),
}

// collect reads a cluster named "prod" from the API server.
func collect(t *testing.T, ctx context.Context, a *api, workloads ...collector.Workload) (*collector.Cluster, error) {
	t.Helper()
	s, err := New(a.start(t))
	if err != nil {
		t.Fatal(err)
	}
	c := &collector.Cluster{Name: "prod", Workloads: workloads}
	err = s.Collect(ctx, window, c)
	return c, err
}

func TestEveryKindIsReadIntoItsReconciler(t *testing.T) {
	objects := loadObjects(t, "testdata/objects.yaml")
	for _, k := range read {
		if !slices.ContainsFunc(objects, func(o map[string]any) bool {
			return o["kind"] == k.Kind && strings.HasPrefix(o["apiVersion"].(string), k.Group+"/")
		}) {
			t.Errorf("testdata/objects.yaml has no %s", k.Kind)
		}
	}
	c, err := collect(t, t.Context(), &api{objects: objects})
	if err != nil || len(c.Gaps) > 0 {
		t.Fatal(err, c.Gaps)
	}
	got, err := json.MarshalIndent(c.Reconcilers, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(got, []byte("hunter2")) || bytes.Contains(got, []byte("0123456789abcdef")) {
		t.Error("a secret of the objects is among the reconcilers")
	}
	golden(t, "testdata/reconcilers.golden.json", append(got, '\n'))
}

func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (renew with -update):\n%s", file, diff)
	}
}

func TestAClusterWithoutFluxGivesNothingAndNoGap(t *testing.T) {
	a := &api{}
	c, err := collect(t, t.Context(), a, deployment("source-controller", "ghcr.io/fluxcd/source-controller:v1"))
	if err != nil || len(c.Gaps)+len(c.Reconcilers)+len(c.Controllers) > 0 {
		t.Errorf("%v %+v", err, c)
	}
	if want := []string{"/apis"}; !slices.Equal(a.requests, want) {
		t.Errorf("requests %v, want %v", a.requests, want)
	}
}

func TestAForbiddenKindIsOneGapAndTheRestIsRead(t *testing.T) {
	a := &api{objects: loadObjects(t, "testdata/objects.yaml"), answer: refuseAt("/kustomizations", http.StatusForbidden, "Forbidden")}
	c, err := collect(t, t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"prod: flux: listing kustomizations.kustomize.toolkit.fluxcd.io: forbidden; grant list on it"}
	if diff := cmp.Diff(want, gaps(c)); diff != "" {
		t.Error(diff)
	}
	if n := len(c.Reconcilers); n != len(a.objects)-2 {
		t.Errorf("%d reconcilers, want all but the two Kustomizations of %d", n, len(a.objects))
	}
}

func TestAnswersThatEndOrGapTheSource(t *testing.T) {
	for name, test := range map[string]struct {
		answer  func(http.ResponseWriter, *http.Request) bool
		err     string // of Collect
		gap     string // in the only gap
		without string // kind that is missing
	}{
		"discovery refused": {
			answer: refuseAt("/apis", http.StatusForbidden, "Forbidden"), err: "asking which API groups are served",
		},
		"token expired": {
			answer: refuseAt("/kustomizations", http.StatusUnauthorized, "Unauthorized"), err: "401: the credentials are refused or have expired",
		},
		"token expired at discovery": {
			answer: refuseAt("/apis", http.StatusUnauthorized, "Unauthorized"), err: "401: the credentials are refused or have expired",
		},
		"one group's discovery broken": {
			answer: refuseAt("/apis/helm.toolkit.fluxcd.io/v2", http.StatusServiceUnavailable, "ServiceUnavailable"),
			gap:    "asking which kinds helm.toolkit.fluxcd.io/v2 has", without: "HelmRelease",
		},
		"kind removed since discovery": {
			answer: refuseAt("/helmreleases", http.StatusNotFound, "NotFound"), without: "HelmRelease",
		},
		"not JSON": {
			answer: func(w http.ResponseWriter, r *http.Request) bool {
				if !strings.HasSuffix(r.URL.Path, "/helmreleases") {
					return false
				}
				fmt.Fprint(w, "<html>")
				return true
			},
			gap: "listing helmreleases.helm.toolkit.fluxcd.io: ", without: "HelmRelease",
		},
		"the same page for ever": {
			answer: func(w http.ResponseWriter, r *http.Request) bool {
				if !strings.HasSuffix(r.URL.Path, "/helmreleases") {
					return false
				}
				reply(w, map[string]any{"kind": "List", "apiVersion": "helm.toolkit.fluxcd.io/v2", "metadata": map[string]any{"continue": "x"}, "items": []any{}})
				return true
			},
			gap: "the same page again and again", without: "HelmRelease",
		},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := collect(t, t.Context(), &api{objects: loadObjects(t, "testdata/objects.yaml"), answer: test.answer})
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Errorf("error %v, want %q", err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if test.gap == "" && len(c.Gaps) > 0 || test.gap != "" && (len(c.Gaps) != 1 || !strings.Contains(c.Gaps[0].Reason, test.gap)) {
				t.Errorf("gaps %v, want one with %q", c.Gaps, test.gap)
			}
			for _, r := range c.Reconcilers {
				if r.Kind == test.without {
					t.Errorf("%s is there", r.Kind)
				}
			}
			if want := len(loadObjects(t, "testdata/objects.yaml")) - 2 + countOf("HelmRelease", test.without); len(c.Reconcilers) != want {
				t.Errorf("%d reconcilers, want %d", len(c.Reconcilers), want)
			}
		})
	}
}

// countOf is 2, the HelmReleases of the test objects, unless they are missing.
func countOf(kind, missing string) int {
	if kind == missing {
		return 0
	}
	return 2
}

func TestATokenRenewedAfterA401IsUsed(t *testing.T) {
	refused := false
	a := &api{objects: loadObjects(t, "testdata/objects.yaml"), answer: func(w http.ResponseWriter, r *http.Request) bool {
		if refused || !strings.HasSuffix(r.URL.Path, "/helmcharts") {
			return false
		}
		refused = true
		refuse(w, http.StatusUnauthorized, "Unauthorized")
		return true
	}}
	c, err := collect(t, t.Context(), a)
	if err != nil || len(c.Gaps) > 0 || len(c.Reconcilers) != len(a.objects) {
		t.Errorf("%v %v, %d reconcilers", err, c.Gaps, len(c.Reconcilers))
	}
}

func TestListsAreReadPageByPage(t *testing.T) {
	want := 1203
	a := &api{page: 500, objects: manyKustomizations(want)}
	c, err := collect(t, t.Context(), a)
	if err != nil || len(c.Gaps) > 0 || len(c.Reconcilers) != want {
		t.Errorf("%v %v, %d reconcilers, want %d", err, c.Gaps, len(c.Reconcilers), want)
	}
	if n := countRequests(a, "/kustomizations"); n != 3 {
		t.Errorf("%d requests, want 3", n)
	}
}

func TestAnExpiredPageStartsTheListAgainWithoutDoubles(t *testing.T) {
	a := &api{page: 2, objects: manyKustomizations(5), answer: func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Query().Get("continue") != "4" {
			return false
		}
		refuse(w, http.StatusGone, "Expired")
		return true
	}}
	c, err := collect(t, t.Context(), a)
	if err != nil || len(c.Gaps) > 0 || len(c.Reconcilers) != 5 {
		t.Errorf("%v %v, %d reconcilers, want 5", err, c.Gaps, len(c.Reconcilers))
	}
}

func TestAKindThePreferredVersionLacksIsReadInAnother(t *testing.T) {
	a := &api{objects: []map[string]any{
		{"apiVersion": "image.toolkit.fluxcd.io/v1", "kind": "ImageRepository", "metadata": map[string]any{"name": "a"}},
		{"apiVersion": "image.toolkit.fluxcd.io/v1beta2", "kind": "ImageRepository", "metadata": map[string]any{"name": "b"}},
		{"apiVersion": "image.toolkit.fluxcd.io/v1beta2", "kind": "ImagePolicy", "metadata": map[string]any{"name": "c"}},
	}}
	c, err := collect(t, t.Context(), a)
	if err != nil || len(c.Gaps) > 0 {
		t.Fatal(err, c.Gaps)
	}
	var got []string
	for _, r := range c.Reconcilers {
		got = append(got, r.APIVersion+" "+r.Name)
	}
	if want := []string{"image.toolkit.fluxcd.io/v1 a", "image.toolkit.fluxcd.io/v1beta2 c"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestMalformedFieldsAreGapsUpToABound(t *testing.T) {
	objects := manyKustomizations(8)
	for _, o := range objects {
		o["spec"] = map[string]any{"interval": "soon", "path": "./ok"}
	}
	c, err := collect(t, t.Context(), &api{objects: objects})
	if err != nil || len(c.Reconcilers) != 8 || c.Reconcilers[0].Path != "./ok" {
		t.Fatalf("%v, %d reconcilers", err, len(c.Reconcilers))
	}
	want := []string{
		`prod: flux: Kustomization apps/k0: spec.interval "soon" is not a duration; write it like 10m`,
		`prod: flux: Kustomization apps/k1: spec.interval "soon" is not a duration; write it like 10m`,
		`prod: flux: Kustomization apps/k2: spec.interval "soon" is not a duration; write it like 10m`,
		`prod: flux: Kustomization apps/k3: spec.interval "soon" is not a duration; write it like 10m`,
		`prod: flux: Kustomization apps/k4: spec.interval "soon" is not a duration; write it like 10m`,
		`prod: flux: kustomizations.kustomize.toolkit.fluxcd.io: 3 more fields can't be read`,
	}
	if diff := cmp.Diff(want, gaps(c)); diff != "" {
		t.Error(diff)
	}
}

func TestACancelledContextEndsASourceThatHangs(t *testing.T) {
	for _, path := range []string{"/apis", "/apis/kustomize.toolkit.fluxcd.io/v1", "/apis/kustomize.toolkit.fluxcd.io/v1/kustomizations"} {
		t.Run(path, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			a := &api{objects: manyKustomizations(1), answer: func(w http.ResponseWriter, r *http.Request) bool {
				if r.URL.Path != path {
					return false
				}
				cancel()
				<-r.Context().Done()
				return true
			}}
			if _, err := collect(t, ctx, a); !errors.Is(err, context.Canceled) {
				t.Errorf("error %v, want context.Canceled", err)
			}
		})
	}
}

func TestControllersAreFoundByTheirImagesOrNames(t *testing.T) {
	a := &api{objects: manyKustomizations(1)}
	c, err := collect(t, t.Context(), a,
		deployment("source-controller", "ghcr.io/fluxcd/source-controller:v1.7.3"),
		deployment("kustomize-controller-shard1", "registry.example:5000/mirror/kustomize-controller@sha256:aa"),
		deployment("helm-controller", "registry.example/flux/manager:1"),
		deployment("web", "ghcr.io/acme/web:1"),
		collector.Workload{Kind: "Job", Name: "source-controller", Containers: []collector.Container{{Image: "source-controller"}}},
	)
	if err != nil {
		t.Fatal(err)
	}
	want := []collector.Controller{
		{Kind: "source-controller", Namespace: "flux-system", Name: "source-controller"},
		{Kind: "kustomize-controller", Namespace: "flux-system", Name: "kustomize-controller-shard1"},
		{Kind: "helm-controller", Namespace: "flux-system", Name: "helm-controller"},
	}
	if diff := cmp.Diff(want, c.Controllers); diff != "" {
		t.Error(diff)
	}
}

func deployment(name, image string) collector.Workload {
	return collector.Workload{Kind: "Deployment", Namespace: "flux-system", Name: name, Containers: []collector.Container{{Name: "manager", Image: image}}}
}

func manyKustomizations(n int) []map[string]any {
	objects := make([]map[string]any, n)
	for i := range objects {
		objects[i] = map[string]any{
			"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
			"metadata": map[string]any{"name": fmt.Sprint("k", i), "namespace": "apps"},
		}
	}
	return objects
}

func refuseAt(suffix string, code int, reason string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, suffix) {
			return false
		}
		refuse(w, code, reason)
		return true
	}
}

func countRequests(a *api, suffix string) int {
	n := 0
	for _, path := range a.requests {
		if strings.HasSuffix(path, suffix) {
			n++
		}
	}
	return n
}

func gaps(c *collector.Cluster) []string {
	var lines []string
	for _, g := range c.Gaps {
		lines = append(lines, g.String())
	}
	return lines
}
