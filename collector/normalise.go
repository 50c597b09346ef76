package collector

import (
	"cmp"
	"slices"
	"strings"
)

// Normalise puts every slice of the fleet in its order, so that the same
// cluster gives the same bytes whatever order its API listed things in.
func (f *Fleet) Normalise() {
	slices.SortFunc(f.Clusters, func(a, b Cluster) int { return cmp.Compare(a.Name, b.Name) })
	for i := range f.Clusters {
		f.Clusters[i].normalise()
	}
}

func (c *Cluster) normalise() {
	for _, nodes := range [][]Node{c.Nodes, c.PastNodes} {
		slices.SortFunc(nodes, func(a, b Node) int { return cmp.Or(cmp.Compare(a.Name, b.Name), a.Created.Compare(b.Created)) })
		for i := range nodes {
			slices.SortFunc(nodes[i].Taints, func(a, b Taint) int {
				return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.Effect, b.Effect), cmp.Compare(a.Value, b.Value))
			})
		}
	}
	slices.SortFunc(c.Volumes, func(a, b Volume) int { return cmp.Compare(a.Name, b.Name) })
	for i := range c.Volumes {
		slices.SortFunc(c.Volumes[i].Users, compareRefs)
	}
	slices.SortFunc(c.LoadBalancers, func(a, b LoadBalancer) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
	})
	for i := range c.LoadBalancers {
		slices.SortFunc(c.LoadBalancers[i].Users, compareRefs)
	}
	slices.SortFunc(c.Namespaces, func(a, b Namespace) int { return cmp.Compare(a.Name, b.Name) })
	for i := range c.Namespaces {
		n := &c.Namespaces[i]
		slices.SortStableFunc(n.Limits, func(a, b LimitRange) int {
			return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Type, b.Type))
		})
		slices.SortFunc(n.Quotas, func(a, b Quota) int { return cmp.Compare(a.Name, b.Name) })
	}
	slices.SortFunc(c.Workloads, func(a, b Workload) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name),
			cmp.Compare(a.APIVersion, b.APIVersion))
	})
	for i := range c.Workloads {
		w := &c.Workloads[i]
		slices.SortFunc(w.Placements, func(a, b Placement) int { return cmp.Compare(a.Node, b.Node) })
		slices.SortFunc(w.PodTime, func(a, b PodTime) int { return cmp.Compare(a.Node, b.Node) })
		slices.SortFunc(w.Labels, func(a, b Label) int { return cmp.Compare(a.Key, b.Key) })
		slices.SortFunc(w.Pod.NodeSelector, func(a, b Label) int { return cmp.Compare(a.Key, b.Key) })
		for j := range w.Containers {
			slices.SortFunc(w.Containers[j].Usage.Days, func(a, b DayUsage) int { return cmp.Compare(a.Day, b.Day) })
		}
	}
	for _, programs := range [][]Controller{c.Controllers, c.Operators} {
		slices.SortFunc(programs, func(a, b Controller) int {
			return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
		})
		for i := range programs {
			programs[i].normalise()
		}
	}
	slices.SortFunc(c.Reconcilers, func(a, b Reconciler) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name),
			cmp.Compare(a.APIVersion, b.APIVersion))
	})
	for i := range c.Reconcilers {
		slices.Sort(c.Reconcilers[i].Measured.Doubts)
	}
	slices.SortFunc(c.Gaps, func(a, b Gap) int { return strings.Compare(a.String(), b.String()) })
}

func (k *Controller) normalise() {
	slices.Sort(k.Measured.Doubts)
	slices.SortFunc(k.Queues, func(a, b Queue) int { return cmp.Compare(a.Name, b.Name) })
	for i := range k.Queues {
		slices.SortFunc(k.Queues[i].Runs, func(a, b Tally) int { return cmp.Compare(a.Name, b.Name) })
		slices.Sort(k.Queues[i].Doubts)
	}
	slices.SortFunc(k.GitRequests, func(a, b GitRequests) int {
		return cmp.Or(cmp.Compare(a.URL, b.URL), cmp.Compare(a.Kind, b.Kind))
	})
}

func compareRefs(a, b WorkloadRef) int {
	return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name),
		cmp.Compare(a.APIVersion, b.APIVersion))
}
