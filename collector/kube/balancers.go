package kube

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/tuppence-dev/tuppence/collector"
)

// balancer is a load balancer while those behind it are gathered.
type balancer struct {
	collector.LoadBalancer
	users   users
	pending bool
}

// balancers finds what a cloud makes for Services and Ingresses. Those without an
// address are left out, and named in pending.
func (inv *inventory) balancers(gke bool, owners map[collector.PodRef]collector.WorkloadRef) (found []collector.LoadBalancer, pending []string) {
	for _, b := range slices.Concat(inv.ofServices(owners), inv.ofIngresses(gke, owners)) {
		if b.pending {
			pending = append(pending, b.Kind+" "+b.Namespace+"/"+b.Name)
			continue
		}
		b.Region, b.Users = inv.region(b.Provider), b.users.list()
		found = append(found, b.LoadBalancer)
	}
	return found, pending
}

func (inv *inventory) ofServices(owners map[collector.PodRef]collector.WorkloadRef) []*balancer {
	var all []*balancer
	nodes := inv.provider()
	for i := range inv.services {
		s := &inv.services[i]
		if !s.balancer {
			continue
		}
		provider, kind := s.cloud(nodes)
		all = append(all, &balancer{users: inv.behind(owners, s.namespace, []*service{s}), pending: s.pending,
			LoadBalancer: collector.LoadBalancer{Kind: "Service", Namespace: s.namespace, Name: s.name,
				Provider: provider, Type: kind, Rules: s.ports, Created: s.created}})
	}
	return all
}

// ofIngresses has one load balancer for all Ingresses of one group on AWS, which
// the first of them by name stands for.
func (inv *inventory) ofIngresses(gke bool, owners map[collector.PodRef]collector.WorkloadRef) []*balancer {
	byName := map[object]*service{}
	for i := range inv.services {
		s := &inv.services[i]
		byName[object{s.namespace, s.name}] = s
	}
	slices.SortFunc(inv.ingresses, func(a, b ingress) int {
		return cmp.Or(cmp.Compare(a.namespace, b.namespace), cmp.Compare(a.name, b.name))
	})
	var all []*balancer
	groups := map[string]*balancer{}
	for i := range inv.ingresses {
		in := &inv.ingresses[i]
		provider, kind := in.cloud(gke)
		if kind == "" {
			continue
		}
		b := groups[in.group]
		if b == nil || kind != "alb" || in.group == "" {
			b = &balancer{users: users{}, pending: true, LoadBalancer: collector.LoadBalancer{
				Kind: "Ingress", Namespace: in.namespace, Name: in.name, Provider: provider, Type: kind, Created: in.created}}
			all = append(all, b)
		}
		if kind == "alb" {
			groups[in.group] = b
		}
		b.join(in, inv.behind(owners, in.namespace, in.services(byName)))
	}
	return all
}

// join adds one Ingress to its load balancer.
func (b *balancer) join(in *ingress, behind users) {
	maps.Copy(b.users, behind)
	b.Rules += max(1, len(in.hosts)) // a default backend alone is one rule
	b.pending = b.pending && in.pending
	if in.created.Before(b.Created) {
		b.Created = in.created
	}
}

// pendingGap is what to say of load balancers that the cloud has not made.
func pendingGap(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return fmt.Sprintf("%d load balancers have no address yet, e.g. %s: the cloud has not made them, so they cost nothing and are left out",
		len(names), slices.Min(names))
}
