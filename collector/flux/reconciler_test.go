package flux

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	k8sjson "k8s.io/apimachinery/pkg/util/json"

	"github.com/tuppence-dev/tuppence/collector"
)

// parsed converts one object of the kind given as JSON.
func parsed(t *testing.T, kind, text string) (collector.Reconciler, []string) {
	t.Helper()
	var content map[string]any
	if err := k8sjson.Unmarshal([]byte(text), &content); err != nil {
		t.Fatal(err)
	}
	k := kindNamed(t, kind)
	return reconciler(k, k.Group+"/v1", content, window)
}

func kindNamed(t testing.TB, name string) *collector.Kind {
	t.Helper()
	i := slices.IndexFunc(read, func(k *collector.Kind) bool { return k.Kind == name })
	if i < 0 {
		t.Fatalf("the table has no %s", name)
	}
	return read[i]
}

func TestIntervals(t *testing.T) {
	for name, test := range map[string]struct{ kind, object, want, retry string }{
		"seconds, minutes and hours":               {"GitRepository", `{"spec":{"interval":"1h30m5s"}}`, "1h30m5s", "0s"},
		"fractions":                                {"GitRepository", `{"spec":{"interval":"1.5m"}}`, "1m30s", "0s"},
		"none is not turned into the default":      {"HelmRepository", `{"spec":{}}`, "0s", "0s"},
		"of a registry has no effect":              {"HelmRepository", `{"spec":{"type":"oci","interval":"1m"}}`, "0s", "0s"},
		"of a policy that never looks again":       {"ImagePolicy", `{"spec":{"interval":"1m","digestReflectionPolicy":"IfNotPresent"}}`, "0s", "0s"},
		"of a policy that does":                    {"ImagePolicy", `{"spec":{"interval":"1m","digestReflectionPolicy":"Always"}}`, "1m0s", "0s"},
		"of a secret that is read once":            {"ExternalSecret", `{"spec":{"refreshInterval":"1h","refreshPolicy":"CreatedOnce"}}`, "0s", "0s"},
		"of a secret, by its policy":               {"ExternalSecret", `{"spec":{"refreshInterval":"2h","refreshPolicy":"Periodic"}}`, "2h0m0s", "0s"},
		"by annotation":                            {"ResourceSet", `{"metadata":{"annotations":{"fluxcd.controlplane.io/reconcileEvery":"3m"}}}`, "3m0s", "0s"},
		"after a failed install":                   {"HelmRelease", `{"spec":{"interval":"1m","install":{"strategy":{"retryInterval":"7m"}}}}`, "1m0s", "7m0s"},
		"after a failed upgrade, which goes first": {"HelmRelease", `{"spec":{"install":{"strategy":{"retryInterval":"7m"}},"upgrade":{"strategy":{"retryInterval":"8m"}}}}`, "0s", "8m0s"},
	} {
		t.Run(name, func(t *testing.T) {
			r, problems := parsed(t, test.kind, test.object)
			if r.Interval.String() != test.want || r.RetryInterval.String() != test.retry || len(problems) > 0 {
				t.Errorf("%s, retry %s, %v; want %s, retry %s", r.Interval, r.RetryInterval, problems, test.want, test.retry)
			}
		})
	}
}

func TestFieldsOfTheWrongShapeAreProblemsAndReadAsMissing(t *testing.T) {
	for name, test := range map[string]struct{ object, want string }{
		"days are no unit":        {`{"spec":{"interval":"1d"}}`, `spec.interval "1d" is not a duration; write it like 10m`},
		"a negative interval":     {`{"spec":{"interval":"-5m"}}`, `spec.interval "-5m" is not a duration; write it like 10m`},
		"a number":                {`{"spec":{"interval":60}}`, `spec.interval is not a string`},
		"a list for a flag":       {`{"spec":{"suspend":[true]}}`, `spec.suspend is not true or false`},
		"a string for a list":     {`{"status":{"inventory":{"entries":"x"}}}`, `status.inventory.entries is not a list`},
		"a nameless dependency":   {`{"spec":{"dependsOn":["infra"]}}`, `spec.dependsOn has an entry without a name`},
		"a path without end":      {`{"spec":{"path":"` + strings.Repeat("x", collector.MaxText+1) + `"}}`, `spec.path is longer than 4096 bytes`},
		"a history without times": {`{"status":{"history":[{"digest":"sha256:a","totalReconciliations":3}]}}`, `status.history[0] can't be read; its reconciles are not counted`},
	} {
		t.Run(name, func(t *testing.T) {
			r, problems := parsed(t, "Kustomization", strings.Replace(test.object, "{", `{"metadata":{"namespace":"apps","name":"web"},`, 1))
			if want := []string{"Kustomization apps/web: " + test.want}; !cmp.Equal(problems, want) {
				t.Errorf("problems %q, want %q", problems, want)
			}
			want := collector.Reconciler{APIVersion: "kustomize.toolkit.fluxcd.io/v1", Kind: "Kustomization", Namespace: "apps", Name: "web"}
			if diff := cmp.Diff(want, r); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// One entry that can't be read leaves a hole that the formula can't see.
func TestAHistoryWithABrokenEntryIsKeptButNotMeasured(t *testing.T) {
	good := `{"digest":"sha256:a","firstReconciled":"2026-11-20T09:00:00Z","lastReconciled":"2026-11-20T12:00:00Z","lastReconciledDuration":"2s","lastReconciledStatus":"ReconciliationSucceeded","totalReconciliations":19}`
	for name, bad := range map[string]string{
		"last before first": strings.Replace(good, "2026-11-20T12", "2026-11-20T08", 1),
		"no reconciles":     strings.Replace(good, ":19", ":0", 1),
		"too many":          strings.Replace(good, ":19", ":99999999999999999999", 1),
		"no whole number":   strings.Replace(good, ":19", ":1.5", 1),
		"a year too far":    strings.Replace(good, "2026-11-20T12", "9999-11-20T12", 1),
		"no digest":         strings.Replace(good, "sha256:a", "", 1),
		"no object":         `"x"`,
	} {
		t.Run(name, func(t *testing.T) {
			r, problems := parsed(t, "Kustomization", `{"status":{"history":[`+good+`,`+bad+`]}}`)
			if len(problems) != 1 || len(r.History) != 1 || !cmp.Equal(r.Measured, collector.Measured{}) {
				t.Errorf("problems %q, history %+v, measured %+v", problems, r.History, r.Measured)
			}
			if r, problems := parsed(t, "Kustomization", `{"status":{"history":[`+good+`]}}`); len(problems) > 0 || r.Measured.Count != 18 {
				t.Errorf("the good entry alone: %q, %+v", problems, r.Measured)
			}
		})
	}
}

func TestOrigins(t *testing.T) {
	for name, test := range map[string]struct {
		metadata  string
		want      collector.Origin
		generated bool
	}{
		"none": {metadata: `{}`},
		"a Kustomization": {metadata: `{"labels":{"kustomize.toolkit.fluxcd.io/name":"apps","kustomize.toolkit.fluxcd.io/namespace":"flux-system"}}`,
			want: collector.Origin{Kind: "Kustomization", Namespace: "flux-system", Name: "apps"}},
		"a chart that brought it": {metadata: `{"name":"own","labels":{"helm.toolkit.fluxcd.io/name":"stack","helm.toolkit.fluxcd.io/namespace":"web","kustomize.toolkit.fluxcd.io/name":"apps"}}`,
			want: collector.Origin{Kind: "HelmRelease", Namespace: "web", Name: "stack"}},
		"the release it was made for": {metadata: `{"name":"web-stack","labels":{"helm.toolkit.fluxcd.io/name":"stack","helm.toolkit.fluxcd.io/namespace":"web"}}`,
			want: collector.Origin{Kind: "HelmRelease", Namespace: "web", Name: "stack"}, generated: true},
		"a ClusterExternalSecret's":   {metadata: `{"ownerReferences":[{"apiVersion":"external-secrets.io/v1","kind":"ClusterExternalSecret","name":"all","controller":true}]}`, generated: true},
		"owned by something else":     {metadata: `{"ownerReferences":[{"apiVersion":"v1","kind":"ConfigMap","name":"all","controller":true}]}`},
		"its controller by reference": {metadata: `{"ownerReferences":[{"kind":"HelmRelease","name":"stack","controller":true}]}`, generated: true},
		"a ResourceSet": {metadata: `{"labels":{"resourceset.fluxcd.controlplane.io/name":"tenants","resourceset.fluxcd.controlplane.io/namespace":"flux-system"}}`,
			want: collector.Origin{Kind: "ResourceSet", Namespace: "flux-system", Name: "tenants"}, generated: true},
		"an Application": {metadata: `{"namespace":"web","name":"c","annotations":{"argocd.argoproj.io/tracking-id":"team_app:source.toolkit.fluxcd.io/HelmChart:web/c"}}`,
			want: collector.Origin{Kind: "Application", Namespace: "team", Name: "app"}},
		"an Application in Argo CD's namespace": {metadata: `{"namespace":"web","name":"c","annotations":{"argocd.argoproj.io/tracking-id":"app:source.toolkit.fluxcd.io/HelmChart:web/c"}}`,
			want: collector.Origin{Kind: "Application", Name: "app"}},
		"a tracking id copied from another object": {metadata: `{"namespace":"web","name":"c","annotations":{"argocd.argoproj.io/tracking-id":"app:apps/Deployment:web/c"}}`},
	} {
		t.Run(name, func(t *testing.T) {
			r, problems := parsed(t, "HelmChart", `{"metadata":`+test.metadata+`}`)
			if r.Origin != test.want || r.Generated != test.generated || len(problems) > 0 {
				t.Errorf("%v, generated %v, %v; want %v, %v", r.Origin, r.Generated, problems, test.want, test.generated)
			}
		})
	}
}

func FuzzReconciler(f *testing.F) {
	for _, o := range loadObjects(f, "testdata/objects.yaml") {
		b, err := json.Marshal(o)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(o["kind"].(string), b)
	}
	f.Add("Kustomization", []byte(`{"metadata":[],"spec":{"interval":{},"dependsOn":[null,{"name":7}]},"status":{"history":[{}],"conditions":[1]}}`))
	f.Add("HelmRelease", []byte(`{"spec":{"chart":"x","chartRef":[]},"status":{"history":{}}}`))
	f.Fuzz(func(t *testing.T, kind string, b []byte) {
		var content map[string]any
		if k8sjson.Unmarshal(b, &content) != nil {
			t.Skip()
		}
		k := read[max(0, slices.IndexFunc(read, func(k *collector.Kind) bool { return k.Kind == kind }))]
		r, problems := reconciler(k, k.Group+"/v1", content, window)
		if r.Interval.Duration < 0 || r.RetryInterval.Duration < 0 || r.ChartInterval.Duration < 0 {
			t.Errorf("a negative interval: %+v", r)
		}
		if m := r.Measured; m.Count < 0 || m.Changes < 0 || m.Span.Duration < 0 || m.ChangeSpan.Duration < 0 || m.Mean.Duration < 0 {
			t.Errorf("negative measures %+v of %+v", m, r.History)
		}
		for _, x := range r.Timers {
			if x.Interval.Duration < 0 {
				t.Errorf("a negative timer: %+v", x)
			}
		}
		for _, h := range r.History {
			if h.Total < 1 || h.Last.Before(h.First) {
				t.Errorf("entry %+v", h)
			}
		}
		for _, p := range problems {
			if !strings.Contains(p, ": ") {
				t.Errorf("problem %q names no object", p)
			}
		}
		if _, err := json.Marshal(r); err != nil {
			t.Error(err)
		}
	})
}

// What an artifact says of its origin is whoever pushed it: an address may hold a
// password, and a text be as long as it likes.
func TestAnArtifactsOriginIsCleanedAndBounded(t *testing.T) {
	for rule, tc := range map[string]struct {
		metadata string
		want     collector.Artifact
		problems int
	}{
		"as flux push writes it": {`{"org.opencontainers.image.source":"git@git.example.com:acme/edge.git","org.opencontainers.image.revision":"main@sha1:0a1b"}`,
			collector.Artifact{Source: "git.example.com:acme/edge.git", Revision: "main@sha1:0a1b"}, 0},
		"a password":    {`{"org.opencontainers.image.source":"https://me:hunter2@git.example.com/a.git?k=hunter2"}`, collector.Artifact{Source: "https://git.example.com/a.git"}, 0},
		"no address":    {`{"org.opencontainers.image.source":"http://[::"}`, collector.Artifact{}, 0},
		"too long":      {`{"org.opencontainers.image.revision":"` + strings.Repeat("x", collector.MaxText+1) + `"}`, collector.Artifact{}, 1},
		"another shape": {`["x"]`, collector.Artifact{}, 0},
		"none":          {`null`, collector.Artifact{}, 0},
	} {
		r, problems := parsed(t, "OCIRepository", `{"status":{"artifact":{"metadata":`+tc.metadata+`}}}`)
		if r.Artifact != tc.want || len(problems) != tc.problems {
			t.Errorf("%s: %+v, %q", rule, r.Artifact, problems)
		}
	}
}

func TestAReleaseIsNamedAsWrittenElseAsItsNewestIs(t *testing.T) {
	for object, want := range map[string]string{
		`{"spec":{"releaseName":"a"},"status":{"history":[{"name":"b"}]}}`: "a",
		`{"status":{"history":[{"name":"b"},{"name":"c"}]}}`:               "b",
		`{"status":{"history":[7]}}`:                                       "",
		`{}`:                                                               "",
	} {
		if r, problems := parsed(t, "HelmRelease", object); r.ReleaseName != want || len(problems) > 0 {
			t.Errorf("%s: %q, want %q; %q", object, r.ReleaseName, want, problems)
		}
	}
}

func TestAHistoryOfTheFutureTellsThatClocksDiffer(t *testing.T) {
	for last, want := range map[string]bool{"2026-11-22T12:00:00Z": false, "2026-11-22T12:14:59Z": false, "2026-11-22T12:16:00Z": true} {
		r, problems := parsed(t, "Kustomization", `{"status":{"history":[{"digest":"a","firstReconciled":"2026-11-20T12:00:00Z","lastReconciled":"`+last+`","totalReconciliations":9}]}}`)
		if got := slices.Contains(r.Measured.Doubts, collector.ClocksDiffer); got != want || len(problems) > 0 {
			t.Errorf("the last at %s: %v, want %v; %v", last, r.Measured.Doubts, want, problems)
		}
	}
}

func TestReleasesThatAHistoryHoldsAreChanges(t *testing.T) {
	for history, want := range map[string]string{
		`[{"lastDeployed":"2026-11-22T11:00:00Z"},{"lastDeployed":"2026-11-21T12:00:00Z"},{"lastDeployed":"2026-11-20T12:00:00Z"}]`: "2 in 48h0m0s",
		`[{"lastDeployed":"2026-11-20T12:00:00Z"}]`:                                         "0 in 48h0m0s",
		`[{"lastDeployed":"2026-11-22T13:00:00Z"},{"lastDeployed":"2026-11-22T11:00:00Z"}]`: "0 in 1h0m0s", // after the window's end
		`[{"lastDeployed":"soon"},{}]`:                                                      "0 in 0s",
		`[]`:                                                                                "0 in 0s",
	} {
		r, _ := parsed(t, "HelmRelease", `{"status":{"history":`+history+`}}`)
		if got := fmt.Sprint(r.Measured.Changes, " in ", r.Measured.ChangeSpan); got != want {
			t.Errorf("%s: %s, want %s", history, got, want)
		}
	}
}
