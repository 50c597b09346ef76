package kube

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/tuppence-dev/tuppence/collector"
)

// machine is a node with what it tells beside its own price.
type machine struct {
	collector.Node
	aks    bool // a node of Azure's managed service
	sliced bool // it gives out parts of GPUs
}

func machineOf(n *corev1.Node) machine {
	return machine{Node: node(n), aks: n.Labels["kubernetes.azure.com/cluster"] != "", sliced: sliced(n.Status.Capacity)}
}

// managed are the services whose API servers name themselves in their version,
// v1.34.1-eks-3cfe0ce and v1.33.4-gke.1036000, and the cloud of each.
var managed = [...]struct {
	infix, service string
	provider       collector.Provider
}{
	{"-eks-", "eks", collector.AWS},
	{"-gke.", "gke", collector.GCP},
}

// controlPlane tells who runs the API server of this version: its own word, or
// that of a node which AKS labelled. Its region is that of its cloud's nodes.
func (inv *inventory) controlPlane(version string) collector.ControlPlane {
	for _, m := range managed {
		if strings.Contains(version, m.infix) {
			return collector.ControlPlane{Service: m.service, Region: inv.region(m.provider)}
		}
	}
	for i := range inv.nodes {
		if n := &inv.nodes[i]; n.aks && n.Provider == collector.Azure {
			return collector.ControlPlane{Service: "aks", Region: inv.region(collector.Azure)}
		}
	}
	return collector.ControlPlane{}
}

// region is the one region that all nodes of p are in, empty where there is no
// such region.
func (inv *inventory) region(p collector.Provider) string {
	return only(inv.nodes, func(m *machine) string {
		if m.Provider != p {
			return ""
		}
		return m.Region
	})
}

// provider is the one cloud that nodes are on. Empty: none, or several.
func (inv *inventory) provider() collector.Provider {
	return only(inv.nodes, func(m *machine) collector.Provider { return m.Provider })
}

// only is what of says of each item that it says anything of, empty where it says
// more than one thing.
func only[T any, S ~string](items []T, of func(*T) S) S {
	var one S
	for i := range items {
		switch v := of(&items[i]); {
		case v == "" || v == one:
		case one == "":
			one = v
		default:
			return ""
		}
	}
	return one
}

// listedNodes are the nodes alone.
func (inv *inventory) listedNodes() []collector.Node {
	return each(inv.nodes, func(m *machine) collector.Node { return m.Node })
}

// slicedGap is what to say of nodes that give out parts of GPUs, empty where
// none does.
func (inv *inventory) slicedGap() string {
	var names []string
	for i := range inv.nodes {
		if inv.nodes[i].sliced {
			names = append(names, inv.nodes[i].Name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return fmt.Sprintf("%d nodes give out slices of GPUs (nvidia.com/mig-… or gpu.shared), e.g. %s: "+
		"only whole GPUs are counted, so who uses the slices is not known", len(names), slices.Min(names))
}
