package collector

import (
	"slices"
	"strings"
)

// ServerOwner is whose a cluster's API server is, and so who pays for its load.
type ServerOwner string

// The owners.
const (
	OwnServer       ServerOwner = "the cluster's own"
	ProvidersServer ServerOwner = "the provider's"
	UnknownServer   ServerOwner = "not known"
)

// APIServer is whose the API server is: a managed service's, that of the pods which
// run it on nodes of the cluster, or neither is known.
func (c *Cluster) APIServer() ServerOwner {
	switch {
	case c.ControlPlane.Service != "":
		return ProvidersServer
	case slices.ContainsFunc(c.Workloads, func(w Workload) bool {
		return w.Namespace == "kube-system" && strings.HasPrefix(w.Name, "kube-apiserver")
	}):
		return OwnServer
	}
	return UnknownServer
}
