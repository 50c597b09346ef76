package collector

import "strings"

// appliers are the labels that the appliers of Flux put on what they apply, in
// order of precedence: an object that a chart brought is the release's even
// where a Kustomization has labelled it too, because the release holds the
// values that a person would edit.
var appliers = [...]struct{ prefix, kind string }{
	{"helm.toolkit.fluxcd.io/", "HelmRelease"},
	{"kustomize.toolkit.fluxcd.io/", "Kustomization"},
	{"resourceset.fluxcd.controlplane.io/", "ResourceSet"},
	{"fluxcd.controlplane.io/", "FluxInstance"},
}

// OriginOf tells which GitOps object applies the object ref, from what Flux and
// Argo CD leave on it. The namespace of an Application is empty where it is Argo
// CD's own, which is not said.
func OriginOf(ref WorkloadRef, labels, annotations map[string]string) Origin {
	for _, by := range appliers {
		if name := labels[by.prefix+"name"]; name != "" {
			return Origin{Kind: by.kind, Namespace: labels[by.prefix+"namespace"], Name: name}
		}
	}
	app := trackedBy(ref, annotations["argocd.argoproj.io/tracking-id"])
	if app == "" {
		app = labels["argocd.argoproj.io/instance"]
	}
	return ApplicationNamed(app)
}

// ApplicationNamed reads the name that Argo CD gives an Application on what it
// applies: "name", or "namespace_name" outside of Argo CD's own namespace.
// Neither part can hold an underscore. An empty name is no origin.
func ApplicationNamed(s string) Origin {
	if s == "" {
		return Origin{}
	}
	if ns, name, ok := strings.Cut(s, "_"); ok && ns != "" && name != "" {
		return Origin{Kind: "Application", Namespace: ns, Name: name}
	}
	return Origin{Kind: "Application", Name: s}
}

// trackedBy is the application part of "app:group/Kind:namespace/name". Like
// Argo CD it takes no notice of an id that names another object: operators copy
// annotations from what they own to what they make.
func trackedBy(ref WorkloadRef, id string) string {
	group, _, grouped := strings.Cut(ref.APIVersion, "/")
	if !grouped {
		group = ""
	}
	parts := strings.Split(id, ":")
	if len(parts) != 3 || parts[1] != group+"/"+ref.Kind || parts[2] != ref.Namespace+"/"+ref.Name {
		return ""
	}
	return parts[0]
}
