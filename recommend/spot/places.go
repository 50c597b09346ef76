package spot

import (
	"fmt"
	"slices"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
)

// places are a cluster's spot nodes and the room that is left on them.
type places struct {
	settings Settings
	nodes    map[string]*collector.Node
	spot     []*spotNode // in the order of their names
	seen     map[collector.Provider]collector.Label
	taken    []taken // by the last find
}

type spotNode struct {
	*collector.Node
	free collector.Resources
}

// taken is a number of pods on a node.
type taken struct {
	node *spotNode
	pods int
}

// place is what was found for one workload.
type place struct {
	check  recommend.Check
	label  collector.Label // empty where none is known
	detail string
}

func (s Settings) placesOf(c *collector.Cluster, demand [][]collector.Resources) *places {
	p := &places{settings: s, nodes: map[string]*collector.Node{}, seen: map[collector.Provider]collector.Label{}}
	byName := map[string]*spotNode{}
	for i := range c.Nodes {
		n := &c.Nodes[i]
		p.nodes[n.Name] = n
		if n.CapacityType == collector.Spot {
			s := &spotNode{n, n.Allocatable}
			p.spot, byName[n.Name] = append(p.spot, s), s
			if p.seen[n.Provider].Key == "" {
				p.seen[n.Provider] = n.CapacityLabel
			}
		}
	}
	for i := range c.Workloads {
		w := &c.Workloads[i]
		perPod := recommend.PodOf(w.Containers, demand[i])
		for _, at := range w.Placements {
			n := byName[at.Node]
			if n == nil {
				continue
			}
			n.free = n.free.Sub(perPod.Times(at.Pods))
		}
	}
	return p
}

// onDemand reports whether a pod of w runs on a node that is on demand.
func (p *places) onDemand(w *collector.Workload) bool {
	return slices.ContainsFunc(w.Placements, func(at collector.Placement) bool {
		n := p.nodes[at.Node]
		return n != nil && at.Pods > 0 && n.CapacityType == collector.OnDemand
	})
}

// provider of the nodes that w runs on; empty where they differ.
func (p *places) provider(w *collector.Workload) collector.Provider {
	var found collector.Provider
	for _, at := range w.Placements {
		n := p.nodes[at.Node]
		switch {
		case n == nil:
		case found == "":
			found = n.Provider
		case found != n.Provider:
			return ""
		}
	}
	return found
}

// find looks for spot nodes that w's pods may and can run on.
func (p *places) find(w *collector.Workload, provider collector.Provider, perPod collector.Resources) place {
	const name = "spot nodes take it"
	p.taken = nil
	if len(p.spot) == 0 {
		return place{check: unknown(name, "the cluster has no spot nodes: make a pool of them first")}
	}
	label, ok := p.label(provider)
	if !ok {
		return place{check: unknown(name, "the label of the cluster's spot nodes is not known: set it in the configuration")}
	}
	found := place{label: label, detail: label.Key + "=" + label.Value}
	if pinned := pin(w); pinned != "" && pinned != label.Key {
		found.check = yes(name, false, "", "its node selector already asks for "+pinned+"="+selected(w, pinned))
		return found
	}
	if v := selected(w, label.Key); v != "" && v != label.Value {
		found.check = yes(name, false, "", "its node selector asks for "+label.Key+"="+v)
		return found
	}
	arch := p.arch(w)
	var repelled string
	need := w.Pods()
	for _, n := range p.spot {
		if n.Provider != provider || arch != "" && n.Arch != arch || !selects(w, n.Node) {
			continue
		}
		if t, ok := untolerated(w, n.Taints); !ok {
			repelled = t.Key + "=" + t.Value + ":" + t.Effect
			continue
		}
		if fits := min(need, recommend.Room(n.free, perPod)); fits > 0 {
			p.taken = append(p.taken, taken{n, fits})
			need -= fits
		}
	}
	switch {
	case need <= 0:
		found.check = yes(name, true, "there is room for all its pods", "")
	case repelled != "" && len(p.taken) == 0:
		found.check = unknown(name, "spot nodes have the taint "+repelled+": add a toleration of it to the pods as well")
	default:
		found.check = unknown(name, fmt.Sprintf("they have room for %d of its %d pods: the pool must grow first", w.Pods()-need, w.Pods()))
	}
	return found
}

// take uses up the room that the last find found.
func (p *places) take(perPod collector.Resources) {
	for _, t := range p.taken {
		t.node.free = t.node.free.Sub(perPod.Times(t.pods))
	}
}

// label is the one that chooses spot nodes: as configured, as the provider always
// sets it, or as the first of the cluster's spot nodes carries it.
func (p *places) label(provider collector.Provider) (collector.Label, bool) {
	if l, ok := p.settings.Labels[provider]; ok {
		return l, true
	}
	l := p.seen[provider]
	return l, l.Key != ""
}

// arch of the nodes that w runs on; empty where unknown or mixed.
func (p *places) arch(w *collector.Workload) string {
	found := ""
	for _, at := range w.Placements {
		if n := p.nodes[at.Node]; n != nil {
			if found != "" && n.Arch != found {
				return ""
			}
			found = n.Arch
		}
	}
	return found
}

// pin is the node label by which w's selector chooses a capacity type.
func pin(w *collector.Workload) string {
	for _, l := range w.Pod.NodeSelector {
		if _, ok := spotLabels[l.Key]; ok {
			return l.Key
		}
	}
	return ""
}

func selected(w *collector.Workload, key string) string {
	for _, l := range w.Pod.NodeSelector {
		if l.Key == key {
			return l.Value
		}
	}
	return ""
}

// selects reports whether w's node selector admits n, by the labels that are
// kept of nodes.
func selects(w *collector.Workload, n *collector.Node) bool {
	has := map[string]string{
		"node.kubernetes.io/instance-type": n.InstanceType, "topology.kubernetes.io/region": n.Region,
		"topology.kubernetes.io/zone": n.Zone, "kubernetes.io/arch": n.Arch, "kubernetes.io/os": "linux",
	}
	for _, l := range w.Pod.NodeSelector {
		if _, capacity := spotLabels[l.Key]; capacity {
			continue
		}
		if has[l.Key] != l.Value {
			return false
		}
	}
	return true
}

// untolerated returns the first taint that keeps w's pods away.
func untolerated(w *collector.Workload, taints []collector.Taint) (collector.Taint, bool) {
	for _, t := range taints {
		if t.Effect == "PreferNoSchedule" {
			continue
		}
		tolerated := slices.ContainsFunc(w.Pod.Tolerations, func(o collector.Toleration) bool {
			return (o.Effect == "" || o.Effect == t.Effect) &&
				(o.Key == "" && o.Operator == "Exists" || o.Key == t.Key && (o.Operator == "Exists" || o.Value == t.Value))
		})
		if !tolerated {
			return t, false
		}
	}
	return collector.Taint{}, true
}
