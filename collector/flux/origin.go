package flux

import (
	"net/url"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/tuppence-dev/tuppence/collector"
)

// origin is what applies the object itself.
func (o *object) origin() collector.Origin {
	ref := collector.WorkloadRef{APIVersion: o.apiVersion, Kind: o.kind, Namespace: o.namespace(), Name: o.name()}
	u := unstructured.Unstructured{Object: o.content}
	return collector.OriginOf(ref, u.GetLabels(), u.GetAnnotations())
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
