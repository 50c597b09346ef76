package flux

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"

	"github.com/tuppence-dev/tuppence/collector"
)

// source is the name that gaps carry.
const source = "flux"

// Source reads the objects of one cluster that reconcile on an interval. It needs
// discovery, and list on the kinds of the table and on their events.
type Source struct {
	objects   dynamic.Interface
	discovery *discovery.DiscoveryClient
}

// New returns a source for the cluster of cfg, which it doesn't keep. It makes
// no request; an error means that cfg itself is unusable.
func New(cfg *rest.Config) (*Source, error) {
	cfg = rest.CopyConfig(cfg)
	cfg.WarningHandler = rest.NoWarnings{} // a deprecated version is no news of ours
	client, err := rest.HTTPClientFor(cfg)
	if err != nil {
		return nil, fmt.Errorf("preparing to read Flux objects: %w", err)
	}
	return newSource(cfg, client)
}

func newSource(cfg *rest.Config, client *http.Client) (*Source, error) {
	objects, err := dynamic.NewForConfigAndClient(cfg, client)
	if err != nil {
		return nil, fmt.Errorf("preparing to read Flux objects: %w", err)
	}
	disco, err := discovery.NewDiscoveryClientForConfigAndClient(cfg, client)
	if err != nil {
		return nil, fmt.Errorf("preparing to ask which Flux kinds are served: %w", err)
	}
	return &Source{objects: objects, discovery: disco}, nil
}

// Collect adds every object of the table's kinds, but for Argo CD's own, to
// c.Reconcilers, and the controllers among c.Workloads, which must have been read
// before, to c.Controllers and c.Operators. It returns an error when nothing could
// be read: discovery failed, the credentials were refused, or ctx ended.
func (s *Source) Collect(ctx context.Context, w collector.Window, c *collector.Cluster) error {
	served, gaps, err := s.served(ctx)
	if err != nil {
		return err
	}
	for _, g := range gaps {
		c.AddGap(g.source, g.reason)
	}
	from := len(c.Reconcilers)
	wakes := newHooks()
	for _, k := range served {
		if err := s.collectKind(ctx, k, w, c, wakes); err != nil {
			return err
		}
	}
	found := c.Reconcilers[from:]
	wakes.mark(found)
	if err := s.collectEvents(ctx, served, w, c, found); err != nil {
		return err
	}
	changesOfSources(found)
	for i := range found {
		found[i].Measured.Doubtful(found[i].Every())
	}
	programs(c, slices.ContainsFunc(served, func(k servedKind) bool { return k.kind.Of == "flux" }))
	return nil
}

// maxProblems is how many malformed objects of one kind get a gap of their own.
const maxProblems = 5

func (s *Source) collectKind(ctx context.Context, k servedKind, w collector.Window, c *collector.Cluster, wakes *hooks) error {
	what := k.resource.Resource + "." + k.resource.Group
	from := gapSource(k.kind)
	var problems []string
	err := list(ctx, s.objects.Resource(k.resource), metav1.ListOptions{}, func(content map[string]any) {
		r, bad := reconciler(k.kind, k.resource.GroupVersion().String(), content, w)
		problems = append(problems, bad...)
		if r.Name == "" {
			problems = append(problems, what+": an object without a name is left out")
			return
		}
		c.Wish(&r, (&unstructured.Unstructured{Object: content}).GetAnnotations())
		wakes.see(&r, content)
		c.Reconcilers = append(c.Reconcilers, r)
	})
	for i, p := range problems {
		if i == maxProblems {
			c.AddGap(from, fmt.Sprintf("%s: %d more fields can't be read", what, len(problems)-i))
			break
		}
		c.AddGap(from, p)
	}
	switch {
	case err == nil, apierrors.IsNotFound(err): // 404: removed since discovery
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("listing %s: %w", what, ctx.Err())
	case apierrors.IsUnauthorized(err):
		return fmt.Errorf("listing %s: 401: the credentials are refused or have expired; log in again", what)
	case apierrors.IsForbidden(err):
		c.AddGap(from, fmt.Sprintf("listing %s: forbidden; grant list on it", what))
	default:
		c.AddGap(from, fmt.Sprintf("listing %s: %v", what, err))
	}
	return nil
}
