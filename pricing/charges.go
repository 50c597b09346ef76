package pricing

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/collector"
)

// bill is one cluster's charges while they are priced and shared out.
type bill struct {
	cluster *collector.Cluster
	span    Span
	charges []Charge
	of      []int // what each charge is for: its index in nodes, Volumes, balanced or Workloads
	nodes   []*collector.Node
	// balanced are the users of each charge for load balancers.
	balanced [][]collector.WorkloadRef
}

// newBill lists what a cluster is billed for, without prices.
func newBill(c *collector.Cluster, w collector.Window) *bill {
	b := &bill{cluster: c, span: spanOf(c, w)}
	for i := range c.Nodes {
		b.nodes = append(b.nodes, &c.Nodes[i])
	}
	for i := range c.PastNodes {
		b.nodes = append(b.nodes, &c.PastNodes[i])
	}
	for i, n := range b.nodes {
		b.standing(i, Charge{Name: n.Name, ProviderID: n.ProviderID, Zone: n.Zone, Key: keyOf(n), from: b.span.since(n), until: n.Removed}, b.span.life(n))
	}
	for i, n := range b.nodes {
		b.accelerators(i, n, b.span.life(n))
	}
	provider, region := home(c)
	for i := range c.Volumes {
		b.volume(i, &c.Volumes[i], provider, region)
	}
	b.balancers(provider, region)
	b.controlPlane(provider, region)
	for i := range c.Workloads {
		b.traffic(i, &c.Workloads[i], provider, region)
	}
	return b
}

func (b *bill) add(of int, c Charge) {
	if c.size.IsZero() {
		c.size = one
	}
	b.charges, b.of = append(b.charges, c), append(b.of, of)
}

func (b *bill) standing(of int, c Charge, d time.Duration) {
	c.Quantity, c.Window = b.span.standing(d)
	b.add(of, c)
}

// accelerators adds the GPUs of a node whose machine type's price leaves them
// out: Google Cloud attaches them to N1 machines.
// https://cloud.google.com/compute/gpus-pricing
func (b *bill) accelerators(of int, n *collector.Node, d time.Duration) {
	if n.Capacity.GPU <= 0 || n.Provider != collector.GCP || !strings.HasPrefix(n.InstanceType, "n1-") {
		return
	}
	c := Charge{Name: n.Name, Zone: n.Zone, from: b.span.since(n), until: n.Removed,
		Key: Key{Accelerator, n.Provider, n.Region, n.GPUModel, n.CapacityType}}
	c.Quantity, c.Window = b.span.standing(d)
	gpus := decimal.NewFromInt(int64(n.Capacity.GPU))
	c.Quantity, c.Window = c.Quantity.Mul(gpus), c.Window.Mul(gpus)
	b.add(of, c)
}

func (b *bill) volume(of int, v *collector.Volume, provider collector.Provider, region string) {
	c := Charge{Name: v.Name, ProviderID: v.ProviderID, Zone: v.Zone, from: v.Created,
		Key: Key{Kind: Storage, Provider: cmp.Or(v.Provider, provider), Region: cmp.Or(v.Region, region), Type: v.Type}}
	if v.Claim != "" {
		c.Name = v.Namespace + "/" + v.Claim
	}
	c.size = gibOf(v.Capacity)
	c.Quantity, c.Window = b.span.stored(c.size, b.span.during(v.Created))
	b.add(of, c)
}

// sharedTypes are the load balancers that a cluster's Services share: Azure and
// Google Cloud bill one for the first five rules and then each rule, under the
// second type. (Google's five are of a project and region: with several clusters
// in one this is the upper end.)
// https://cloud.google.com/load-balancing/pricing
var sharedTypes = map[string]string{"standard": "standard-rule", "forwarding-rule": "forwarding-rule-more"}

// rulesIncluded is how many rules the first price of a shared load balancer holds.
const rulesIncluded = 5

// balancers adds the load balancers: one each on AWS, the shared ones once.
func (b *bill) balancers(provider collector.Provider, region string) {
	c := b.cluster
	shared := map[Key][]int{}
	for i := range c.LoadBalancers {
		lb := &c.LoadBalancers[i]
		key := Key{Kind: Balancer, Provider: cmp.Or(lb.Provider, provider), Region: cmp.Or(lb.Region, region), Type: lb.Type}
		if sharedTypes[lb.Type] != "" {
			shared[key] = append(shared[key], i)
			continue
		}
		b.balancer(Charge{Name: lb.Namespace + "/" + lb.Name, Key: key, from: lb.Created}, 1, []int{i})
	}
	for _, key := range slices.SortedFunc(maps.Keys(shared), Key.Compare) {
		all, rules := shared[key], 0
		charge := Charge{Name: "shared load balancer", Key: key, from: c.LoadBalancers[all[0]].Created}
		for _, i := range all {
			rules += max(1, c.LoadBalancers[i].Rules)
			if c.LoadBalancers[i].Created.Before(charge.from) {
				charge.from = c.LoadBalancers[i].Created
			}
		}
		b.balancer(charge, 1, all)
		if more := rules - rulesIncluded; more > 0 {
			charge.Name, charge.Key.Type = "shared load balancer's rules", sharedTypes[key.Type]
			b.balancer(charge, more, all)
		}
	}
}

// balancer adds n times what one of it costs, for the users of all of those.
func (b *bill) balancer(charge Charge, n int, all []int) {
	charge.Quantity, charge.Window = b.span.standing(b.span.during(charge.from))
	times := decimal.NewFromInt(int64(n))
	charge.Quantity, charge.Window = charge.Quantity.Mul(times), charge.Window.Mul(times)
	b.add(len(b.balanced), charge)
	var users []collector.WorkloadRef
	for _, i := range all {
		users = append(users, b.cluster.LoadBalancers[i].Users...)
	}
	b.balanced = append(b.balanced, users)
}

// controlPlane adds the fee of a managed service; a control plane that the
// cluster runs itself is paid for with its nodes.
func (b *bill) controlPlane(provider collector.Provider, region string) {
	p := &b.cluster.ControlPlane
	if p.Service == "" {
		return
	}
	key := Key{Kind: ControlPlane, Provider: cmp.Or(serviceProvider[p.Service], provider), Region: cmp.Or(p.Region, region), Type: p.Service + "/" + p.Tier}
	b.standing(0, Charge{Name: p.Service, Key: key}, b.span.Length())
}

var serviceProvider = map[string]collector.Provider{"eks": collector.AWS, "aks": collector.Azure, "gke": collector.GCP}

// destinations are where traffic goes, as keys call it.
var destinations = []struct {
	name string
	of   func(*collector.Traffic) collector.Bytes
}{
	{"internet", func(t *collector.Traffic) collector.Bytes { return t.Internet }},
	{"cross-region", func(t *collector.Traffic) collector.Bytes { return t.CrossRegion }},
	{"cross-zone", func(t *collector.Traffic) collector.Bytes { return t.CrossZone }},
}

func (b *bill) traffic(of int, w *collector.Workload, provider collector.Provider, region string) {
	for _, to := range destinations {
		sent := to.of(&w.Traffic)
		if sent <= 0 {
			continue
		}
		c := Charge{Name: w.Namespace + "/" + w.Name + " to " + to.name, Key: Key{Kind: Egress, Provider: provider, Region: region, Type: to.name}}
		c.Quantity, c.Window = b.span.sent(gibOf(sent))
		b.add(of, c)
	}
}

// home is the provider and the region that all of the cluster's nodes share,
// empty where they don't. What belongs to the cluster as a whole is there.
func home(c *collector.Cluster) (provider collector.Provider, region string) {
	all := slices.Concat(c.Nodes, c.PastNodes)
	for i := range all {
		n := &all[i]
		if i == 0 {
			provider, region = n.Provider, n.Region
			continue
		}
		if n.Provider != provider {
			provider = ""
		}
		if n.Region != region {
			region = ""
		}
	}
	return provider, region
}

func keyOf(n *collector.Node) Key {
	return Key{Machine, n.Provider, n.Region, n.InstanceType, n.CapacityType}
}
