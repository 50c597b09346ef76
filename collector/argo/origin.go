package argo

import (
	"strings"

	"github.com/tuppence-dev/tuppence/collector"
)

// owner is the name of the object of a kind that owns this one.
func (m *metadata) owner(kind string) string {
	for _, ref := range m.OwnerReferences {
		if ref.Kind == kind {
			return ref.Name
		}
	}
	return ""
}

// origin tells what applies the object that m is of: Flux by its labels, an
// ApplicationSet by ownership, or an Application (app of apps) by the tracking id
// or a label. groupKind is as in a tracking id, "argoproj.io/Application".
// instance is the namespace that an Application without one is in. known tells
// whether there is such an Application: the default tracking label is one that
// charts use for their own ends.
func (m *metadata) origin(groupKind, instance string, known func(namespace, name string) bool) collector.Origin {
	for _, flux := range []struct{ prefix, kind string }{
		{"helm.toolkit.fluxcd.io", "HelmRelease"},
		{"kustomize.toolkit.fluxcd.io", "Kustomization"},
	} {
		if name := m.Labels[flux.prefix+"/name"]; name != "" {
			return collector.Origin{Kind: flux.kind, Namespace: m.Labels[flux.prefix+"/namespace"], Name: name}
		}
	}
	if set := m.owner("ApplicationSet"); set != "" {
		return collector.Origin{Kind: "ApplicationSet", Namespace: m.Namespace, Name: set}
	}
	if by := m.trackedBy(groupKind); by != "" {
		return applicationNamed(by, instance)
	}
	if by := m.Labels["argocd.argoproj.io/instance"]; by != "" {
		return applicationNamed(by, instance)
	}
	if by := applicationNamed(m.Labels["app.kubernetes.io/instance"], instance); known(by.Namespace, by.Name) &&
		!(groupKind == "argoproj.io/Application" && by.Namespace == m.Namespace && by.Name == m.Name) {
		return by
	}
	return collector.Origin{}
}

// trackedBy is the application part of the tracking id
// "app:group/Kind:namespace/name". Like Argo CD it takes no notice of an id that
// names another object, from which it was copied.
func (m *metadata) trackedBy(groupKind string) string {
	parts := strings.Split(m.Annotations["argocd.argoproj.io/tracking-id"], ":")
	if len(parts) != 3 || parts[1] != groupKind || parts[2] != m.Namespace+"/"+m.Name {
		return ""
	}
	return parts[0]
}

// applicationNamed reads "name" or, of an Application outside of its instance's
// namespace, "namespace_name". Neither part can hold an underscore.
func applicationNamed(s, instance string) collector.Origin {
	if ns, name, ok := strings.Cut(s, "_"); ok {
		return collector.Origin{Kind: "Application", Namespace: ns, Name: name}
	}
	return collector.Origin{Kind: "Application", Namespace: instance, Name: s}
}
