package argo

import (
	"cmp"

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

// origin tells what applies the object ref that m is of: Flux by its labels, an
// ApplicationSet by ownership, or an Application (app of apps) by the tracking id
// or a label. instance is the namespace that an Application without one is in.
// known tells whether there is such an Application: the default tracking label is
// one that charts use for their own ends.
func (m *metadata) origin(apiVersion, kind, instance string, known func(namespace, name string) bool) collector.Origin {
	ref := collector.WorkloadRef{APIVersion: apiVersion, Kind: kind, Namespace: m.Namespace, Name: m.Name}
	by := collector.OriginOf(ref, m.Labels, m.Annotations)
	inInstance := func(o collector.Origin) collector.Origin {
		o.Namespace = cmp.Or(o.Namespace, instance)
		return o
	}
	if by.Kind != "" && by.Kind != "Application" {
		return by
	}
	if set := m.owner("ApplicationSet"); set != "" {
		return collector.Origin{Kind: "ApplicationSet", Namespace: m.Namespace, Name: set}
	}
	if by.Kind == "Application" {
		return inInstance(by)
	}
	by = inInstance(collector.ApplicationNamed(m.Labels["app.kubernetes.io/instance"]))
	itself := kind == "Application" && by.Namespace == m.Namespace && by.Name == m.Name
	if by.Name == "" || itself || !known(by.Namespace, by.Name) {
		return collector.Origin{}
	}
	return by
}
