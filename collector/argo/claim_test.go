package argo

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tuppence-dev/tuppence/collector"
)

// listing is an Application in ns whose inventory has the Deployment shop/web.
func listing(ns, name, server string) map[string]any {
	o := app(ns, name, ns)
	o["spec"] = map[string]any{"destination": map[string]any{"server": server}}
	o["status"].(map[string]any)["resources"] = []any{map[string]any{"group": "apps", "version": "v1", "kind": "Deployment", "namespace": "shop", "name": "web"}}
	return o
}

func TestAnInventoryTellsWhatObjectsThemselvesDoNot(t *testing.T) {
	const here = "https://kubernetes.default.svc"
	web := collector.Workload{APIVersion: "apps/v1", Kind: "Deployment", Namespace: "shop", Name: "web"}
	from := func(o collector.Origin) collector.Workload {
		w := web
		w.Origin = o
		return w
	}
	other := web
	other.Name = "other"
	for rule, tc := range map[string]struct {
		apps []map[string]any
		in   collector.Workload
		want collector.Origin
	}{
		"without a label":                  {[]map[string]any{listing("argocd", "shop", here)}, web, collector.Origin{Kind: "Application", Namespace: "argocd", Name: "shop"}},
		"without a namespace":              {[]map[string]any{listing("argocd", "shop", here)}, from(collector.Origin{Kind: "Application", Name: "shop"}), collector.Origin{Kind: "Application", Namespace: "argocd", Name: "shop"}},
		"its own word about another":       {[]map[string]any{listing("argocd", "shop", here)}, from(collector.Origin{Kind: "Application", Name: "x"}), collector.Origin{Kind: "Application", Name: "x"}},
		"Flux's word":                      {[]map[string]any{listing("argocd", "shop", here)}, from(collector.Origin{Kind: "Kustomization", Name: "shop"}), collector.Origin{Kind: "Kustomization", Name: "shop"}},
		"an object that is not in it":      {[]map[string]any{listing("argocd", "shop", here)}, other, collector.Origin{}},
		"one of another cluster":           {[]map[string]any{listing("argocd", "shop", "https://10.0.0.7")}, web, collector.Origin{}},
		"of two that list it neither":      {[]map[string]any{listing("argocd", "shop", here), listing("argocd", "again", here), listing("argocd", "third", here)}, web, collector.Origin{}},
		"of two namespaces neither":        {[]map[string]any{listing("a", "shop", here), listing("b", "shop", here)}, from(collector.Origin{Kind: "Application", Name: "shop"}), collector.Origin{Kind: "Application", Name: "shop"}},
		"that of this one, not of another": {[]map[string]any{listing("a", "shop", here), listing("b", "shop", "https://10.0.0.7")}, web, collector.Origin{Kind: "Application", Namespace: "a", Name: "shop"}},
	} {
		t.Run(rule, func(t *testing.T) {
			for range 2 {
				c, err := collect(t, t.Context(), &api{objects: tc.apps}, tc.in)
				if err != nil {
					t.Fatal(err)
				}
				if d := cmp.Diff(tc.want, c.Workloads[0].Origin); d != "" {
					t.Error(d)
				}
				slices.Reverse(tc.apps)
			}
		})
	}
}

// What is too large for a recording would make that of the whole fleet one that
// can't be read.
func TestAnApplicationThatCannotBeRecordedKeepsItsNameAlone(t *testing.T) {
	long := strings.Repeat("x", collector.MaxText+1)
	for rule, spec := range map[string]map[string]any{
		"a long path":       {"source": map[string]any{"path": long}},
		"a long value file": {"source": map[string]any{"helm": map[string]any{"valueFiles": []any{long}}}},
		"many sources":      {"sources": slices.Repeat([]any{map[string]any{"path": "x"}}, collector.MaxSources+1)},
		"many value files":  {"source": map[string]any{"helm": map[string]any{"valueFiles": slices.Repeat([]any{"x"}, collector.MaxSources+1)}}},
		"a long namespace":  {"destination": map[string]any{"namespace": long}},
	} {
		o := app("argocd", "big", "argocd")
		o["spec"] = spec
		a, err := readApplication(o)
		if err == nil || !strings.Contains(err.Error(), "too large") || a.Metadata.Name != "big" || len(a.sources()) > 0 || strings.Contains(err.Error(), long) {
			t.Errorf("%s: %v, %d sources", rule, err, len(a.sources()))
		}
	}
}
