package pricing

import (
	"cmp"
	"strings"

	"github.com/tuppence-dev/tuppence/collector"
)

// naming tells which group each workload of one cluster is in.
type naming struct {
	cluster     *collector.Cluster
	by          Dimension
	reconcilers map[collector.Origin]*collector.Reconciler
}

func newNaming(c *collector.Cluster, by Dimension) *naming {
	n := &naming{cluster: c, by: by, reconcilers: make(map[collector.Origin]*collector.Reconciler, len(c.Reconcilers))}
	for i := range c.Reconcilers {
		r := &c.Reconcilers[i]
		n.reconcilers[collector.Origin{Kind: r.Kind, Namespace: r.Namespace, Name: r.Name}] = r
		// Argo CD does not say its own namespace on what it applies.
		if home := (collector.Origin{Kind: r.Kind, Name: r.Name}); r.Kind == "Application" && n.reconcilers[home] == nil {
			n.reconcilers[home] = r
		}
	}
	return n
}

// Naming returns the name of the group that each workload of c is in, or None.
func Naming(c *collector.Cluster, by Dimension) func(*collector.Workload) string {
	return newNaming(c, by).of
}

// of is the name of w's group.
func (n *naming) of(w *collector.Workload) string {
	if key, ok := strings.CutPrefix(string(n.by), labelPrefix); ok {
		for _, l := range w.Labels {
			if l.Key == key {
				return cmp.Or(l.Value, None)
			}
		}
		return None
	}
	switch n.by {
	case ByCluster:
		return n.cluster.Name
	case ByEnvironment:
		return cmp.Or(n.cluster.Environment, None)
	case ByNamespace:
		return w.Namespace
	case ByKustomization:
		return n.applier(w.Origin, "Kustomization")
	case ByHelmRelease:
		return n.applier(w.Origin, "HelmRelease")
	case ByApplication:
		return n.applier(w.Origin, "Application")
	case ByRepository:
		repository, _ := n.place(w.Origin)
		return cmp.Or(repository, None)
	case ByPath:
		repository, path := n.place(w.Origin)
		if repository == "" {
			return None
		}
		return repository + "//" + strings.TrimPrefix(strings.TrimPrefix(path, "./"), "/")
	}
	return None
}

// maxChain bounds a walk up appliers, which a cluster could have made a ring.
const maxChain = 8

// up yields the chain of appliers from o upwards: a HelmRelease, the Kustomization
// that applies it, the one that applies that.
func (n *naming) up(o collector.Origin, yield func(collector.Origin, *collector.Reconciler) bool) {
	for range maxChain {
		if o.Kind == "" {
			return
		}
		r := n.reconcilers[o]
		if !yield(o, r) || r == nil {
			return
		}
		o = r.Origin
	}
}

// applier is the nearest applier of that kind, as cluster/namespace/name: the
// same Kustomization of two clusters is two.
func (n *naming) applier(o collector.Origin, kind string) string {
	name := None
	n.up(o, func(o collector.Origin, r *collector.Reconciler) bool {
		if o.Kind != kind {
			return true
		}
		namespace := o.Namespace
		if r != nil {
			namespace = r.Namespace
		}
		name = strings.Join([]string{n.cluster.Name, namespace, o.Name}, "/")
		return false
	})
	return name
}

// place is the Git repository (or OCI repository, bucket or chart repository) and
// the path that a person would edit: of the nearest applier that has both from Git.
// A HelmRelease comes from where its Kustomization stands, since its values do.
func (n *naming) place(o collector.Origin) (repository, path string) {
	n.up(o, func(o collector.Origin, r *collector.Reconciler) bool {
		if r == nil {
			return false
		}
		if o.Kind == "Application" {
			repository, path = r.URL, r.Path
			return false
		}
		if o.Kind == "Kustomization" {
			if s := n.reconcilers[r.Source]; s != nil {
				repository, path = s.URL, r.Path
			}
			return false
		}
		return true
	})
	return repository, path
}
