package argo

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	k8sjson "k8s.io/apimachinery/pkg/util/json"

	"github.com/tuppence-dev/tuppence/collector"
)

func TestTimeouts(t *testing.T) {
	const timeout, jitter = "timeout.reconciliation", "timeout.reconciliation.jitter"
	for name, test := range map[string]struct {
		data            map[string]string
		timeout, jitter time.Duration
		set, jitterSet  bool
		problem         string
	}{
		"none: Argo CD's defaults":     {nil, 120 * time.Second, 60 * time.Second, false, false, ""},
		"seconds":                      {map[string]string{timeout: "180s"}, 180 * time.Second, 60 * time.Second, true, false, ""},
		"minutes":                      {map[string]string{timeout: "3m"}, 3 * time.Minute, 60 * time.Second, true, false, ""},
		"hours and minutes":            {map[string]string{timeout: "1h30m"}, 90 * time.Minute, 60 * time.Second, true, false, ""},
		"days":                         {map[string]string{timeout: "2d"}, 48 * time.Hour, 60 * time.Second, true, false, ""},
		"off":                          {map[string]string{timeout: "0s", jitter: "0s"}, 0, 0, true, true, ""},
		"off without a unit":           {map[string]string{timeout: "0"}, 0, 60 * time.Second, true, false, ""},
		"parts of a second are cut":    {map[string]string{timeout: "1500ms"}, time.Second, 60 * time.Second, true, false, ""},
		"the jitter alone":             {map[string]string{jitter: "10s"}, 120 * time.Second, 10 * time.Second, false, true, ""},
		"empty holds the default":      {map[string]string{timeout: ""}, 120 * time.Second, 60 * time.Second, true, false, ""},
		"no duration: default, said":   {map[string]string{timeout: "soon"}, 120 * time.Second, 60 * time.Second, true, false, `timeout.reconciliation "soon" is not a duration, so Argo CD uses 2m0s; write it like 300s`},
		"no unit: default, said":       {map[string]string{jitter: "180"}, 120 * time.Second, 60 * time.Second, false, true, `timeout.reconciliation.jitter "180" is not a duration, so Argo CD uses 1m0s; write it like 300s`},
		"negative: default, said":      {map[string]string{timeout: "-1m"}, 120 * time.Second, 60 * time.Second, true, false, `timeout.reconciliation "-1m" is not a duration, so Argo CD uses 2m0s; write it like 300s`},
		"days and hours: default":      {map[string]string{timeout: "1d12h"}, 120 * time.Second, 60 * time.Second, true, false, `timeout.reconciliation "1d12h" is not a duration, so Argo CD uses 2m0s; write it like 300s`},
		"too many days: default":       {map[string]string{timeout: "999999d"}, 120 * time.Second, 60 * time.Second, true, false, `timeout.reconciliation "999999d" is not a duration, so Argo CD uses 2m0s; write it like 300s`},
		"far too many days: default":   {map[string]string{timeout: "99999999999999999999d"}, 120 * time.Second, 60 * time.Second, true, false, `timeout.reconciliation "99999999999999999999d" is not a duration, so Argo CD uses 2m0s; write it like 300s`},
		"a secret beside it stays out": {map[string]string{"dex.config": "hunter2"}, 120 * time.Second, 60 * time.Second, false, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := settings{Metadata: metadata{Namespace: "argocd", Name: "argocd-cm"}, Data: test.data}
			got, problems := s.controller()
			want := collector.Controller{
				Kind: "argocd", Namespace: "argocd", Name: "argocd-cm",
				Timeout: collector.Duration{Duration: test.timeout}, TimeoutSet: test.set,
				Jitter: collector.Duration{Duration: test.jitter}, JitterSet: test.jitterSet,
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			if p := strings.Join(problems, "; "); strings.TrimPrefix(p, "ConfigMap argocd/argocd-cm: ") != test.problem {
				t.Errorf("problem %q, want %q", p, test.problem)
			}
		})
	}
}

// decode reads an Application given as JSON.
func decode(t *testing.T, text string) application {
	t.Helper()
	var content map[string]any
	if err := k8sjson.Unmarshal([]byte(text), &content); err != nil {
		t.Fatal(err)
	}
	a, err := readApplication(content)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestOnlyATrueSkipAnnotationSuspends(t *testing.T) {
	for value, want := range map[string]bool{"true": true, "1": true, "false": false, "": false, "yes": false} {
		a := decode(t, `{"metadata":{"name":"x","annotations":{"argocd.argoproj.io/skip-reconcile":"`+value+`"}}}`)
		if got := a.reconciler(time.Time{}).Suspended; got != want {
			t.Errorf("%q: suspended %v, want %v", value, got, want)
		}
	}
}

func TestOrigins(t *testing.T) {
	known := func(ns, name string) bool { return ns == "argocd" && name == "root" }
	for name, test := range map[string]struct {
		metadata string
		want     collector.Origin
	}{
		"none":              {`{}`, collector.Origin{}},
		"a Kustomization":   {`{"labels":{"kustomize.toolkit.fluxcd.io/name":"apps","kustomize.toolkit.fluxcd.io/namespace":"flux-system"}}`, collector.Origin{Kind: "Kustomization", Namespace: "flux-system", Name: "apps"}},
		"a HelmRelease":     {`{"labels":{"helm.toolkit.fluxcd.io/name":"argo","helm.toolkit.fluxcd.io/namespace":"argocd"}}`, collector.Origin{Kind: "HelmRelease", Namespace: "argocd", Name: "argo"}},
		"an ApplicationSet": {`{"ownerReferences":[{"kind":"ApplicationSet","name":"all"}]}`, collector.Origin{Kind: "ApplicationSet", Namespace: "argocd", Name: "all"}},
		"a tracking id":     {`{"annotations":{"argocd.argoproj.io/tracking-id":"root:argoproj.io/Application:argocd/web"}}`, collector.Origin{Kind: "Application", Namespace: "argocd", Name: "root"}},
		"a tracking id of an Application elsewhere":  {`{"annotations":{"argocd.argoproj.io/tracking-id":"team-a_root:argoproj.io/Application:argocd/web"}}`, collector.Origin{Kind: "Application", Namespace: "team-a", Name: "root"}},
		"a copied tracking id":                       {`{"annotations":{"argocd.argoproj.io/tracking-id":"root:apps/Deployment:argocd/web"}}`, collector.Origin{}},
		"a malformed tracking id":                    {`{"annotations":{"argocd.argoproj.io/tracking-id":"root"}}`, collector.Origin{}},
		"Argo CD's own label":                        {`{"labels":{"argocd.argoproj.io/instance":"top"}}`, collector.Origin{Kind: "Application", Namespace: "argocd", Name: "top"}},
		"the common label, naming an Application":    {`{"labels":{"app.kubernetes.io/instance":"root"}}`, collector.Origin{Kind: "Application", Namespace: "argocd", Name: "root"}},
		"the common label, naming a release":         {`{"labels":{"app.kubernetes.io/instance":"some-chart"}}`, collector.Origin{}},
		"the common label, naming the object itself": {`{"name":"root","labels":{"app.kubernetes.io/instance":"root"}}`, collector.Origin{}},
	} {
		t.Run(name, func(t *testing.T) {
			var m metadata
			if err := json.Unmarshal([]byte(test.metadata), &m); err != nil {
				t.Fatal(err)
			}
			m.Namespace = "argocd"
			if m.Name == "" {
				m.Name = "web"
			}
			if got := m.origin("argoproj.io/v1alpha1", "Application", "argocd", known); got != test.want {
				t.Errorf("%v, want %v", got, test.want)
			}
		})
	}
}

func FuzzApplication(f *testing.F) {
	for _, o := range loadObjects(f) {
		b, err := json.Marshal(o)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte(`{"metadata":{"name":"x","labels":[]},"spec":{"sources":[null,7],"source":"x"},"status":{"resources":{}}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var content map[string]any
		if k8sjson.Unmarshal(b, &content) != nil {
			t.Skip()
		}
		a, err := readApplication(content)
		if err == nil && a.Metadata.Name == "" {
			t.Errorf("no name and no error: %s", b)
		}
		f := newFleet([]application{a}, nil)
		for _, r := range f.reconcilers(&collector.Cluster{}, time.Time{}) {
			if r.Kind != "Application" || r.Interval.Duration != 0 || !collector.Bounded(r.Sources) {
				t.Errorf("%+v", r)
			}
		}
		var s settings
		if read(content, &s) == nil {
			if c, _ := s.controller(); c.Timeout.Duration < 0 || c.Jitter.Duration < 0 {
				t.Errorf("%+v", c)
			}
		}
	})
}

func TestRevisionsThatWereDeployedAreChanges(t *testing.T) {
	end := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for history, want := range map[string]string{
		`[{"revision":"a","deployedAt":"2026-11-20T12:00:00Z"},{"revision":"b","deployedAt":"2026-11-21T12:00:00Z"},{"revision":"b","deployedAt":"2026-11-21T13:00:00Z"}]`: "1 in 48h0m0s",
		`[{"revisions":["a","x"],"deployedAt":"2026-11-22T11:00:00Z"},{"revisions":["a","y"],"deployedAt":"2026-11-22T11:30:00Z"}]`:                                        "1 in 1h0m0s",
		`[{"revision":"a","deployedAt":"2026-11-23T12:00:00Z"},{"revision":"b","deployedAt":"soon"}]`:                                                                      "0 in 0s",
		`[]`: "0 in 0s",
	} {
		a := decode(t, `{"metadata":{"name":"web"},"status":{"history":`+history+`}}`)
		m := a.reconciler(end).Measured
		if got := fmt.Sprint(m.Changes, " in ", m.ChangeSpan); got != want {
			t.Errorf("%s: %s, want %s", history, got, want)
		}
	}
}
