package flux

import (
	"net/url"
	"strings"

	"github.com/tuppence-dev/tuppence/collector"
)

// owners are the labels that the appliers of Flux put on what they apply, in
// order of precedence: an object that a chart brought is the release's even
// where a Kustomization has labelled it too.
var owners = []struct{ prefix, kind string }{
	{helmGroup, "HelmRelease"},
	{kustomizeGroup, "Kustomization"},
	{"resourceset." + operatorGroup, "ResourceSet"},
	{operatorGroup, "FluxInstance"},
}

// origin is what applies the object itself.
func (o *object) origin() collector.Origin {
	for _, by := range owners {
		if name := o.label(by.prefix + "/name"); name != "" {
			return collector.Origin{Kind: by.kind, Namespace: o.label(by.prefix + "/namespace"), Name: name}
		}
	}
	return o.trackedBy()
}

// trackedBy is the Argo CD Application that applies the object, from its tracking
// id "app:group/Kind:namespace/name". An id that names another object was copied
// from there, and says nothing. An Application outside of Argo CD's namespace is
// written "namespace_name"; the namespace of others is not said.
func (o *object) trackedBy() collector.Origin {
	parts := strings.Split(o.annotation("argocd.argoproj.io/tracking-id"), ":")
	if len(parts) != 3 || parts[0] == "" || parts[2] != o.namespace()+"/"+o.name() || !strings.HasSuffix(parts[1], "/"+o.kind) {
		return collector.Origin{}
	}
	if ns, name, ok := strings.Cut(parts[0], "_"); ok {
		return collector.Origin{Kind: "Application", Namespace: ns, Name: name}
	}
	return collector.Origin{Kind: "Application", Name: parts[0]}
}

// generated tells whether a controller made the object, so that it stands in no
// Git tree: the HelmChart of a HelmRelease, which helm-controller names
// "namespace-name" after it, and everything that the Flux Operator renders.
func (o *object) generated() bool {
	refs, _ := at(o.content, "metadata.ownerReferences").([]any)
	for _, ref := range refs {
		if at(ref, "kind") == "HelmRelease" && at(ref, "controller") == true {
			return true
		}
	}
	switch by := o.origin(); by.Kind {
	case "HelmRelease":
		return o.kind == "HelmChart" && o.name() == by.Namespace+"-"+by.Name
	case "ResourceSet", "FluxInstance":
		return true
	}
	return false
}

// cleanURL is a source's address without user information, query and fragment,
// which may hold credentials. It reads URLs, Git's short form user@host:path and
// bare image names; of what it can't read it gives nothing.
func cleanURL(s string) string {
	if !strings.Contains(s, "://") {
		head, rest, hasPath := strings.Cut(s, "/")
		head = head[strings.LastIndex(head, "@")+1:]
		if strings.Contains(rest, "@") && !strings.Contains(rest, "@sha") { // only a digest may stand there
			return ""
		}
		if hasPath {
			head += "/" + rest
		}
		head, _, _ = strings.Cut(head, "?")
		head, _, _ = strings.Cut(head, "#")
		return head
	}
	u, err := url.Parse(s)
	if err != nil || u.Opaque != "" {
		return ""
	}
	u.User, u.RawQuery, u.ForceQuery, u.Fragment, u.RawFragment = nil, "", false, "", ""
	return u.String()
}
