package kube

import (
	"testing"

	"github.com/tuppence-dev/tuppence/collector"
)

func TestOrigin(t *testing.T) {
	type m = map[string]string
	const tracking = "argocd.argoproj.io/tracking-id"
	kustomization := m{"kustomize.toolkit.fluxcd.io/name": "apps", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"}
	both := m{"helm.toolkit.fluxcd.io/name": "web", "helm.toolkit.fluxcd.io/namespace": "shop",
		"kustomize.toolkit.fluxcd.io/name": "apps", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"}
	for _, tc := range []struct {
		rule                string
		labels, annotations m
		want                collector.Origin
	}{
		{"none", nil, nil, collector.Origin{}},
		{"a Kustomization", kustomization, nil, collector.Origin{Kind: "Kustomization", Namespace: "flux-system", Name: "apps"}},
		{"the release before the Kustomization", both, nil, collector.Origin{Kind: "HelmRelease", Namespace: "shop", Name: "web"}},
		{"Argo CD's annotation", nil, m{tracking: "team:apps/Deployment:shop/web"}, collector.Origin{Kind: "Application", Name: "team"}},
		{"an Application elsewhere", nil, m{tracking: "tenants_team:apps/Deployment:shop/web"}, collector.Origin{Kind: "Application", Namespace: "tenants", Name: "team"}},
		{"the annotation before the label", m{"argocd.argoproj.io/instance": "other"}, m{tracking: "team:apps/Deployment:shop/web"}, collector.Origin{Kind: "Application", Name: "team"}},
		{"the label alone", m{"argocd.argoproj.io/instance": "team"}, nil, collector.Origin{Kind: "Application", Name: "team"}},
		{"an annotation copied from another object", nil, m{tracking: "team:example.com/Shop:shop/web"}, collector.Origin{}},
		{"an annotation of another name", nil, m{tracking: "team:apps/Deployment:shop/api"}, collector.Origin{}},
		{"an annotation that is not one", nil, m{tracking: "team"}, collector.Origin{}},
	} {
		ref := collector.WorkloadRef{APIVersion: "apps/v1", Kind: "Deployment", Namespace: "shop", Name: "web"}
		if got := collector.OriginOf(ref, tc.labels, tc.annotations); got != tc.want {
			t.Errorf("%s: %+v, want %+v", tc.rule, got, tc.want)
		}
	}
	pod := collector.WorkloadRef{APIVersion: "v1", Kind: "Pod", Namespace: "shop", Name: "web"}
	if got := collector.OriginOf(pod, nil, m{tracking: "team:/Pod:shop/web"}); got.Name != "team" {
		t.Errorf("the core group is written empty: %+v", got)
	}
}
