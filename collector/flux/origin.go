package flux

import (
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/tuppence-dev/tuppence/collector"
)

// origin is what applies the object itself.
func (o *object) origin() collector.Origin {
	ref := collector.WorkloadRef{APIVersion: o.apiVersion, Kind: o.kind, Namespace: o.namespace(), Name: o.name()}
	u := unstructured.Unstructured{Object: o.content}
	return collector.OriginOf(ref, u.GetLabels(), u.GetAnnotations())
}

// ignore is what the object's owner wants no advice about.
func (o *object) ignore() string {
	u := unstructured.Unstructured{Object: o.content}
	return collector.IgnoreOf(u.GetAnnotations())
}

// generated tells whether a controller made the object, so that it stands in no
// Git tree: one that an object of the table controls, the HelmChart of a
// HelmRelease, which helm-controller names "namespace-name" after it, and everything
// that the Flux Operator renders.
func (o *object) generated() bool {
	refs, _ := at(o.content, "metadata.ownerReferences").([]any)
	for _, ref := range refs {
		version, _ := at(ref, "apiVersion").(string)
		kind, _ := at(ref, "kind").(string)
		if at(ref, "controller") == true && (kind == "HelmRelease" || collector.KindOf(version, kind) != nil) {
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
