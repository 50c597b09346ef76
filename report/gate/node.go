package gate

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/klog/v2"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
)

// nodeLargeEnough holds that a node of the cluster can take the new pod beside the
// pods of its DaemonSets: one that admits it by taints and node selector, at its
// full size. Whether there is room now is the scheduler's and the autoscaler's
// affair. Affinities that the node selector can't say are not looked at.
func nodeLargeEnough(c *Case) recommend.Check {
	list, not := c.containers()
	if not != nil {
		return *not
	}
	need, had := pod(list, requestsAfter), pod(list, requestsBefore)
	if !c.moves() && need.Fits(had) && c.pending() < c.Workload.Pods() {
		return pass("a pod asks for no more than before")
	}
	if len(c.Cluster.Nodes) == 0 {
		return undecided("the cluster's nodes are not known")
	}
	r, _ := c.pods()
	spec, err := podSpec(r.After)
	if err != nil {
		return undecided("%s", brief(err.Error()))
	}
	taken := c.daemons()
	everywhere := c.Workload.Kind == "DaemonSet"
	var large, perhaps, small []string
	for i := range c.Cluster.Nodes {
		n := &c.Cluster.Nodes[i]
		admitted, certain := admits(n, &spec)
		if everywhere {
			admitted, certain = c.on(n.Name), true
		}
		switch {
		case !admitted:
		case !need.Fits(n.Allocatable.Sub(taken[n.Name])):
			small = append(small, n.Name)
		case certain:
			large = append(large, n.Name)
		default:
			perhaps = append(perhaps, n.Name)
		}
	}
	switch {
	case len(small) > 0 && (everywhere || len(large)+len(perhaps) == 0):
		return fail("%s", said(list, "a pod asks for "+amount(need)+", more than node "+slices.Min(small)+" has beside its DaemonSets"))
	case len(large) > 0:
		return pass("%s", said(list, fmt.Sprintf("a pod asks for %s; large enough for it: %d of %d nodes", amount(need), len(large), len(c.Cluster.Nodes))))
	case len(perhaps) > 0:
		return undecided("node %s is large enough, but the pod's node selector goes by labels that are not recorded", slices.Min(perhaps))
	}
	return fail("no node admits it by its taints and the pod's node selector")
}

// on reports whether a pod of the workload runs on the node.
func (c *Case) on(node string) bool {
	return slices.ContainsFunc(c.Workload.Placements, func(p collector.Placement) bool { return p.Node == node })
}

// daemons is what the pods of other DaemonSets, and static ones, ask for on each node.
func (c *Case) daemons() map[string]collector.Resources {
	taken := map[string]collector.Resources{}
	for i := range c.Cluster.Workloads {
		w := &c.Cluster.Workloads[i]
		if !daemon(w) || w.Ref() == c.Workload.Ref() {
			continue
		}
		for _, p := range w.Placements {
			taken[p.Node] = taken[p.Node].Add(w.Requests()) // one a node; more in a roll-out
		}
	}
	return taken
}

// admits reports whether n lets the pod in, and whether that is certain: only the
// well-known labels of nodes are recorded.
func admits(n *collector.Node, spec *corev1.PodSpec) (admitted, certain bool) {
	for _, t := range n.Taints {
		taint := corev1.Taint{Key: t.Key, Value: t.Value, Effect: corev1.TaintEffect(t.Effect)}
		tolerated := slices.ContainsFunc(spec.Tolerations, func(o corev1.Toleration) bool {
			return o.ToleratesTaint(klog.Logger{}, &taint, false)
		})
		if taint.Effect != corev1.TaintEffectPreferNoSchedule && !tolerated {
			return false, true
		}
	}
	has := map[string]string{
		corev1.LabelHostname: n.Name, corev1.LabelOSStable: "linux", corev1.LabelArchStable: n.Arch, corev1.LabelInstanceTypeStable: n.InstanceType,
		corev1.LabelTopologyRegion: n.Region, corev1.LabelTopologyZone: n.Zone, n.CapacityLabel.Key: n.CapacityLabel.Value,
	}
	certain = true
	for k, v := range spec.NodeSelector {
		value, known := has[k]
		switch {
		case known && value != "" && value != v:
			return false, true
		case !known && n.CapacityLabel.Key == "" && slices.Contains(collector.CapacityKeys(), k):
			return false, true // the node has no label of that sort, or it were recorded
		case !known || value == "":
			certain = false
		}
	}
	return true, certain
}
