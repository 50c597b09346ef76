package kube

import (
	"context"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/tuppence-dev/tuppence/collector"
)

// custom lists a custom resource, converted; none where it is not installed. An
// account without the right to list it is told 403 whether or not it is there, so
// discovery, which any account may read, is asked before it counts as a refusal.
func custom[T any](ctx context.Context, s *Source, r schema.GroupVersionResource, convert func(*unstructured.Unstructured) T) ([]T, error) {
	found, err := list(ctx, s.dynamic.Resource(r).List, func(l *unstructured.UnstructuredList) []T {
		return each(l.Items, convert)
	})
	if apierrors.IsNotFound(err) || apierrors.IsForbidden(err) && !s.serves(ctx, r) {
		return nil, nil
	}
	return found, err
}

// serves reports whether the API server has the resource; also where it won't say.
func (s *Source) serves(ctx context.Context, r schema.GroupVersionResource) bool {
	var served metav1.APIResourceList
	err := s.typed.Discovery().RESTClient().Get().AbsPath("/apis/" + r.GroupVersion().String()).Do(ctx).Into(&served)
	if err != nil {
		return !apierrors.IsNotFound(err)
	}
	return slices.ContainsFunc(served.APIResources, func(a metav1.APIResource) bool { return a.Name == r.Resource })
}

// textAt is the text at the path, empty where there is none or a recording would
// not take it.
func textAt(o map[string]any, path ...string) string {
	s, _, _ := unstructured.NestedString(o, path...)
	if len(s) > collector.MaxText {
		return ""
	}
	return s
}

// refAt is the reference at the path to an object of a namespace.
func refAt(o map[string]any, namespace string, path ...string) collector.WorkloadRef {
	at := func(field string) string { return textAt(o, append(slices.Clone(path), field)...) }
	return collector.WorkloadRef{APIVersion: at("apiVersion"), Kind: at("kind"), Namespace: namespace, Name: at("name")}
}
