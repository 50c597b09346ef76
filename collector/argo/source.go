package argo

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"

	"github.com/tuppence-dev/tuppence/collector"
)

// gapSource is the name that gaps carry.
const gapSource = "argocd"

var (
	applications    = schema.GroupVersionResource{Group: "argoproj.io", Version: "v1alpha1", Resource: "applications"}
	applicationSets = schema.GroupVersionResource{Group: "argoproj.io", Version: "v1alpha1", Resource: "applicationsets"}
	configMaps      = schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}
)

// Source reads the Argo CD of one cluster.
type Source struct {
	objects dynamic.Interface
}

// New returns a source for the cluster of cfg, which it doesn't keep. It makes
// no request; an error means that cfg itself is unusable.
func New(cfg *rest.Config) (*Source, error) {
	cfg = rest.CopyConfig(cfg)
	cfg.WarningHandler = rest.NoWarnings{} // a deprecated version is no news of ours
	objects, err := dynamic.NewForConfig(cfg)
	if err != nil {
		return nil, fmt.Errorf("preparing to read Argo CD: %w", err)
	}
	return &Source{objects: objects}, nil
}

// Collect adds every Application and every ApplicationSet to c.Reconcilers and every
// Argo CD instance to c.Controllers. Instances are looked for where Applications say
// they are and where c.Workloads, which must have been read before, has Argo CD's
// own. It returns an error when the credentials were refused or ctx ended.
func (s *Source) Collect(ctx context.Context, w collector.Window, c *collector.Cluster) error {
	apps, problems, err := s.applications(ctx)
	problems = bounded(problems, "Applications")
	served := !apierrors.IsNotFound(err) // 404: the cluster has no such kind
	switch {
	case err == nil, !served:
	case fatal(ctx, err):
		return reading(ctx, "listing applications.argoproj.io")
	case apierrors.IsForbidden(err):
		problems = append(problems, "listing applications.argoproj.io: forbidden; grant list on it")
	default:
		problems = append(problems, fmt.Sprintf("listing applications.argoproj.io: %v", err))
	}
	found, missed, err := s.settings(ctx, places(apps, c.Workloads))
	if err != nil {
		return err
	}
	for _, p := range slices.Concat(problems, missed) {
		c.AddGap(gapSource, p)
	}
	f := newFleet(apps, found)
	f.claim(c)
	c.Reconcilers = append(c.Reconcilers, f.reconcilers(c, w.End)...)
	controllers, problems := f.controllers()
	if n := f.homeless(); n > 0 && len(missed) == 0 {
		problems = append(problems, fmt.Sprintf("%d Applications: no ConfigMap argocd-cm found for them, so how often they are compared is not known", n))
	}
	for _, p := range problems {
		c.AddGap(gapSource, p)
	}
	if err := s.tune(ctx, c, f, controllers); err != nil {
		return err
	}
	c.Controllers = append(c.Controllers, controllers...)
	if !served {
		return nil
	}
	return s.collectSets(ctx, c, f, controllers)
}

// bounded is problems of one kind, of which the first few are named.
func bounded(problems []string, what string) []string {
	if n := len(problems) - maxProblems; n > 0 {
		return append(problems[:maxProblems], fmt.Sprintf("%d more %s are malformed", n, what))
	}
	return problems
}

// collectSets adds the ApplicationSets to c.Reconcilers. Without them it is their
// intervals alone that are not known.
func (s *Source) collectSets(ctx context.Context, c *collector.Cluster, f *fleet, controllers []collector.Controller) error {
	found, problems, err := s.sets(ctx, f, func(namespace string) time.Duration { return requeueAfter(controllers, namespace) })
	for _, p := range bounded(problems, "ApplicationSets") {
		c.AddGap(collector.Intervals, p)
	}
	c.Reconcilers = append(c.Reconcilers, found...)
	switch {
	case err == nil, apierrors.IsNotFound(err): // 404: an Argo CD without them
	case fatal(ctx, err):
		return reading(ctx, "listing applicationsets.argoproj.io")
	case apierrors.IsForbidden(err):
		c.AddGap(collector.Intervals, "listing applicationsets.argoproj.io: forbidden; grant list on it")
	default:
		c.AddGap(collector.Intervals, fmt.Sprintf("listing applicationsets.argoproj.io: %v", err))
	}
	return nil
}

// settings reads argocd-cm in each of the places, which are true where an
// instance surely is. missed says what could not be read.
func (s *Source) settings(ctx context.Context, places map[string]bool) (found []settings, missed []string, err error) {
	var forbidden, unsure []string
	for _, ns := range slices.Sorted(maps.Keys(places)) {
		object, err := s.configMap(ctx, ns, settingsName)
		what := fmt.Sprintf("reading ConfigMap %s/%s", ns, settingsName)
		switch {
		case err == nil:
			var cm settings
			if err := read(object.Object, &cm); err != nil {
				missed = append(missed, what+": it is malformed")
				continue
			}
			cm.Metadata.Namespace, cm.Metadata.Name = ns, settingsName
			found = append(found, cm)
		case apierrors.IsNotFound(err):
		case fatal(ctx, err):
			return nil, nil, reading(ctx, what)
		case apierrors.IsForbidden(err) && places[ns]:
			forbidden = append(forbidden, ns)
		case apierrors.IsForbidden(err):
			unsure = append(unsure, ns)
		default:
			missed = append(missed, fmt.Sprintf("%s: %v", what, err))
		}
	}
	if len(found)+len(forbidden) == 0 {
		forbidden = unsure // one of them must be it
	}
	if len(forbidden) > 0 {
		missed = append(missed, fmt.Sprintf("reading ConfigMap %s in %s: forbidden; grant get on it there", settingsName, strings.Join(forbidden, ", ")))
	}
	return found, missed, nil
}

func (s *Source) configMap(ctx context.Context, ns, name string) (object *unstructured.Unstructured, err error) {
	err = twice(func() (err error) {
		object, err = s.objects.Resource(configMaps).Namespace(ns).Get(ctx, name, metav1.GetOptions{})
		return err
	})
	return object, err
}

// fatal errors end the source: every further request would end the same way.
func fatal(ctx context.Context, err error) bool {
	return ctx.Err() != nil || apierrors.IsUnauthorized(err)
}

func reading(ctx context.Context, what string) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w", what, ctx.Err())
	}
	return fmt.Errorf("%s: 401: the credentials are refused or have expired; log in again", what)
}
