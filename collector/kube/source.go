package kube

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/version"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"github.com/tuppence-dev/tuppence/collector"
)

// Name is how gaps call this source.
const Name = "kubernetes"

// parallel bounds the lists that run at once against one API server.
const parallel = 4

// Source reads the objects of one cluster.
type Source struct {
	host    string // without user information, for messages
	typed   kubernetes.Interface
	dynamic dynamic.Interface
	labels  []string // keys of the labels that may leave, in order
}

var _ collector.Source = (*Source)(nil)

// New returns a source that reads the cluster of cfg, which Config makes, and
// lets no more leave it than o allows. A request that cfg sets no timeout for ends
// after RequestTimeout. The error is for a configuration that can't work, such as
// a certificate that is not one, or for a label that can't exist.
func New(cfg *rest.Config, o Options) (*Source, error) {
	keys, err := o.labelKeys()
	if err != nil {
		return nil, err
	}
	cfg = withDefaults(cfg)
	client, err := rest.HTTPClientFor(cfg)
	if err != nil {
		return nil, fmt.Errorf("the cluster's client configuration: %w", err)
	}
	quick := rest.CopyConfig(cfg)
	quick.ContentType = runtime.ContentTypeProtobuf // a third of the bytes and of the time to decode
	quick.AcceptContentTypes = runtime.ContentTypeProtobuf + "," + runtime.ContentTypeJSON
	typed, err := kubernetes.NewForConfigAndClient(quick, client)
	if err != nil {
		return nil, fmt.Errorf("the cluster's client configuration: %w", err)
	}
	untyped, err := dynamic.NewForConfigAndClient(cfg, client)
	if err != nil {
		return nil, fmt.Errorf("the cluster's client configuration: %w", err)
	}
	return &Source{host: hostOf(cfg.Host), typed: typed, dynamic: untyped, labels: keys}, nil
}

func hostOf(server string) string {
	if u, err := url.Parse(server); err == nil && u.Host != "" {
		return u.Host
	}
	return "the API server"
}

// Collect fills c's version, control plane, nodes, namespaces, workloads,
// volumes, load balancers, the owners and nodes of its pods, and the settings of
// programs that come round. What
// may not be listed is a gap of c. The error is for a cluster that does not
// answer, refuses the credentials, or lets neither nodes nor pods nor any
// workload be listed.
func (s *Source) Collect(ctx context.Context, w collector.Window, c *collector.Cluster) error {
	v, versionErr := s.version(ctx)
	if unreachable(versionErr) {
		return &failure{fmt.Sprintf("%s: %s", s.host, why("list on nodes", versionErr)), versionErr}
	}
	var inv inventory
	lists := s.lists(&inv, w)
	var g errgroup.Group
	g.SetLimit(parallel)
	for i := range lists {
		l := &lists[i]
		g.Go(func() error {
			l.err = l.read(ctx)
			return nil
		})
	}
	_ = g.Wait() // the functions above return no error
	if err := s.nothing(ctx, lists); err != nil {
		return err
	}
	if versionErr != nil {
		c.AddGap(Name, "cannot read the API server's version: "+why("get on /version", versionErr))
	}
	c.Version = v
	c.Nodes = inv.listedNodes()
	c.ControlPlane = inv.controlPlane(v)
	c.Namespaces = namespaces(inv.limitRanges, inv.quotas, ignored(inv.namespaces))
	c.Workloads, c.PodOwners = inv.assemble(s.labels...)
	c.PodNodes = inv.podNodes()
	c.Commands = inv.commands()
	c.Volumes = inv.volumes(c.PodOwners)
	var pending []string
	c.LoadBalancers, pending = inv.balancers(c.ControlPlane.Service == "gke", c.PodOwners)
	addGaps(c, lists, &inv, pending)
	return nil
}

func addGaps(c *collector.Cluster, lists []listing, inv *inventory, pending []string) {
	denied := map[string]bool{}
	for _, l := range lists {
		switch {
		case l.err != nil:
			denied[l.resource] = true
			c.AddGap(Name, fmt.Sprintf("cannot list %s: %s", l.resource, why("list on "+l.resource, l.err)))
		case l.resource == "nodes" && len(inv.nodes) == 0:
			c.AddGap(Name, "the cluster has no nodes, so there is nothing to price")
		}
	}
	for _, w := range inv.rollouts {
		if w.problem != "" {
			c.AddGap(Name, w.problem)
		}
	}
	gaps := []string{inv.slicedGap(), pendingGap(pending)}
	if !denied["storageclasses.storage.k8s.io"] { // else that is said already
		gaps = append(gaps, typelessGap(c.Volumes))
	}
	for _, gap := range gaps {
		if gap != "" {
			c.AddGap(Name, gap)
		}
	}
	if n := len(inv.podLevel); n > 0 {
		c.AddGap(Name, fmt.Sprintf("%d workloads have resources set on the whole pod (spec.resources, or a RuntimeClass's overhead), "+
			"e.g. %s: only what their containers ask for is counted", n, slices.Min(inv.podLevel)))
	}
}

// nothing returns the error for a cluster of which nothing that matters could
// be listed.
func (s *Source) nothing(ctx context.Context, lists []listing) error {
	var first error
	for _, l := range lists {
		if l.vital && l.err == nil {
			return nil
		}
		if l.vital && (first == nil || !unreachable(first) && unreachable(l.err)) {
			first = l.err
		}
	}
	if ctx.Err() != nil {
		first = ctx.Err()
	}
	if apierrors.IsForbidden(first) {
		return &failure{s.host + ": 403 Forbidden: neither nodes nor pods nor workloads may be listed; bind the read-only role of deploy/ to this account", first}
	}
	return &failure{fmt.Sprintf("%s: nothing could be listed: %s", s.host, why("list on nodes", first)), first}
}

// version asks the API server for its gitVersion. It is the first request of a
// collection, and tells whether any other is worth making.
func (s *Source) version(ctx context.Context) (string, error) {
	get := func() (string, error) {
		body, err := s.typed.Discovery().RESTClient().Get().AbsPath("/version").Do(ctx).Raw()
		if err != nil {
			return "", err
		}
		var info version.Info
		if err := json.Unmarshal(body, &info); err != nil {
			return "", errors.New("the answer is not that of a Kubernetes API server")
		}
		return info.GitVersion, nil
	}
	v, err := get()
	if apierrors.IsUnauthorized(err) {
		return get() // with the token file or exec plug-in read again
	}
	return v, err
}
