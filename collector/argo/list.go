package argo

import (
	"context"
	"errors"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/tuppence-dev/tuppence/collector"
)

// pageSize is how many Applications one request asks for, as kubectl does.
const pageSize = 500

// maxProblems is how many malformed Applications get a gap of their own.
const maxProblems = 5

// list gives every object of a resource to each, page by page; where the pages
// expire (410) it starts again without, after reset.
func (s *Source) list(ctx context.Context, r schema.GroupVersionResource, reset func(), each func(content map[string]any)) error {
	opts := metav1.ListOptions{Limit: pageSize}
	for {
		var page *unstructured.UnstructuredList
		err := twice(func() (err error) {
			page, err = s.objects.Resource(r).List(ctx, opts)
			return err
		})
		if apierrors.IsResourceExpired(err) && opts.Continue != "" {
			opts = metav1.ListOptions{}
			reset()
			continue
		}
		if err != nil {
			return err
		}
		for i := range page.Items {
			each(page.Items[i].Object)
		}
		next := page.GetContinue()
		if next == "" {
			return nil
		}
		if next == opts.Continue {
			return errors.New("the API server gives the same page again and again")
		}
		opts.Continue = next
	}
}

// applications lists every Application. One that can't be read in full keeps its
// name alone, with a problem.
func (s *Source) applications(ctx context.Context) (apps []application, problems []string, err error) {
	err = s.list(ctx, applications, func() { apps, problems = nil, nil }, func(content map[string]any) {
		a, err := readApplication(content)
		if err != nil {
			problems = append(problems, err.Error())
		}
		if a.Metadata.Name != "" {
			apps = append(apps, a)
		}
	})
	return apps, problems, err
}

// sets lists every ApplicationSet, with the Origin of each. What could not be read
// is in problems.
func (s *Source) sets(ctx context.Context, f *fleet, wait func(namespace string) time.Duration) (found []collector.Reconciler, problems []string, err error) {
	err = s.list(ctx, applicationSets, func() { found, problems = nil, nil }, func(content map[string]any) {
		namespace, _, _ := unstructured.NestedString(content, "metadata", "namespace")
		r, m, err := applicationSet(content, wait(namespace))
		if err != nil {
			problems = append(problems, err.Error())
		}
		if r.Name != "" {
			r.Origin = m.origin(r.APIVersion, r.Kind, r.Namespace, f.known)
			found = append(found, r)
		}
	})
	return found, problems, err
}

// readApplication reads as much of an Application as is well formed: all of it,
// or else its names.
func readApplication(content map[string]any) (a application, err error) {
	err = read(content, &a)
	if err == nil && a.Metadata.Name != "" && a.bounded() {
		return a, nil
	}
	fault := "malformed"
	if err == nil {
		fault = "too large to be recorded"
	}
	ns, _, _ := unstructured.NestedString(content, "metadata", "namespace")
	name, _, _ := unstructured.NestedString(content, "metadata", "name")
	a = application{}
	a.Metadata.Namespace, a.Metadata.Name = ns, name
	if name == "" {
		return a, errors.New("applications.argoproj.io: an object without a name is left out")
	}
	return a, fmt.Errorf("applications.argoproj.io %.100s/%.100s: it is %s, only its name is read", ns, name, fault)
}

// bounded reports whether all that is read of the Application can be recorded.
func (a *application) bounded() bool {
	return collector.Bounded(a.sources()) &&
		max(len(a.Spec.Destination.Namespace), len(a.Metadata.owner("ApplicationSet"))) <= collector.MaxText
}

// twice asks again after a 401: client-go has then read the token file or run
// the exec plug-in anew.
func twice(call func() error) error {
	err := call()
	if apierrors.IsUnauthorized(err) {
		err = call()
	}
	return err
}
