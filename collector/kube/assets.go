package kube

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/tuppence-dev/tuppence/collector"
)

// object names one within its cluster and kind.
type object struct{ namespace, name string }

// users are the workloads of pods, each once.
type users map[collector.WorkloadRef]bool

func (u users) list() []collector.WorkloadRef { return slices.Collect(maps.Keys(u)) }

// volumes completes what was listed: types from the storage classes, regions from
// the nodes where the volume doesn't say, and who mounts each.
func (inv *inventory) volumes(owners map[collector.PodRef]collector.WorkloadRef) []collector.Volume {
	classes := map[string]*storageClass{}
	for i := range inv.classes {
		classes[inv.classes[i].name] = &inv.classes[i]
	}
	zones := inv.zones()
	mounted := map[object]users{} // by the claim
	for i := range inv.pods {
		for _, claim := range inv.pods[i].claims {
			at := object{inv.pods[i].ref.Namespace, claim}
			if mounted[at] == nil {
				mounted[at] = users{}
			}
			mounted[at][owners[inv.pods[i].ref]] = true
		}
	}
	out := make([]collector.Volume, 0, len(inv.disks))
	for i := range inv.disks {
		v := &inv.disks[i]
		if d, ok := drivers[v.driver]; ok {
			if c := classes[v.Class]; c != nil && !v.modified {
				v.Type = d.typeIn(c)
			} else if d.parameters == nil {
				v.Type = d.standard
			}
			v.Region = cmp.Or(v.Region, zones[v.Zone], inv.region(d.provider))
		}
		if v.Claim != "" {
			v.Users = mounted[object{v.Namespace, v.Claim}].list()
		}
		out = append(out, v.Volume)
	}
	return out
}

// zones is the region of each zone that has nodes, empty where they differ.
func (inv *inventory) zones() map[string]string {
	regions := map[string]map[string]bool{}
	for i := range inv.nodes {
		n := &inv.nodes[i]
		if n.Zone == "" || n.Region == "" {
			continue
		}
		if regions[n.Zone] == nil {
			regions[n.Zone] = map[string]bool{}
		}
		regions[n.Zone][n.Region] = true
	}
	out := map[string]string{}
	for zone, of := range regions {
		out[zone] = sole(of, "")
	}
	return out
}

// typelessGap is what to say of a cloud's volumes whose type nothing tells, empty
// where there is none.
func typelessGap(volumes []collector.Volume) string {
	var names []string
	for i := range volumes {
		if volumes[i].Provider != "" && volumes[i].Type == "" {
			names = append(names, volumes[i].Name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return fmt.Sprintf("%d volumes are of no known type, e.g. %s: their storage class is gone or doesn't say, "+
		"or a VolumeAttributesClass has changed it", len(names), slices.Min(names))
}

// behind are the workloads of the live pods in namespace that one of these
// Services selects. A Service without a selector selects none.
func (inv *inventory) behind(owners map[collector.PodRef]collector.WorkloadRef, namespace string, services []*service) users {
	found := users{}
	for _, s := range services {
		if len(s.selector) == 0 {
			continue
		}
		selector := labels.SelectorFromSet(s.selector)
		for _, p := range inv.podsIn(namespace) {
			if p.live && selector.Matches(labels.Set(p.template.labels)) {
				found[owners[p.ref]] = true
			}
		}
	}
	return found
}

// podsIn are the pods of a namespace.
func (inv *inventory) podsIn(namespace string) []*pod {
	if inv.byNamespace == nil {
		inv.byNamespace = map[string][]*pod{}
		for i := range inv.pods {
			p := &inv.pods[i]
			inv.byNamespace[p.ref.Namespace] = append(inv.byNamespace[p.ref.Namespace], p)
		}
	}
	return inv.byNamespace[namespace]
}

// podNodes is the node of each pod that has one.
func (inv *inventory) podNodes() map[collector.PodRef]string {
	nodes := make(map[collector.PodRef]string, len(inv.pods))
	for i := range inv.pods {
		if p := &inv.pods[i]; p.node != "" {
			nodes[p.ref] = p.node
		}
	}
	return nodes
}
