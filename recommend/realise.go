package recommend

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
)

// How the realisable saving is found. A request that shrinks saves nothing until
// a node leaves, so the nodes are emptied on paper, twice: with the demand as it
// is, and as the proposed findings leave it.
//
// Within a pool (nodes of one type, capacity type, architecture and taints) the
// dearest node is tried first, then the emptiest. It leaves if all its pods but
// those of DaemonSets fit, by request, into the room on the pool's other nodes.
// What leaves under the new demand beyond what could leave already, less what
// the workloads that move to spot pay there, is the cluster's realisable saving.
// It is held to the sum of the allocated savings and shared in proportion to
// them. A finding that raises a request realises its full cost.
//
// It is an estimate of a good packing: volumes, affinity, disruption budgets
// and zones are not looked at, and a real autoscaler may do less or, by
// replacing nodes with smaller ones, more.

// pool is what makes nodes interchangeable.
type pool struct {
	key   pricing.Key
	arch  string
	taint string
}

// machine is a node on paper.
type machine struct {
	cost   pricing.Amount
	free   collector.Resources
	groups []group
	gone   bool
}

// group is the pods of one workload on one node.
type group struct {
	perPod collector.Resources
	pods   int
}

// freed returns the monthly cost of the nodes that could leave under the running
// demand. Nodes without a price count for nothing.
func (r *running) freed() pricing.Money {
	pools, order := r.pools()
	var sum pricing.Money
	for _, p := range order {
		sum = sum.Plus(drain(pools[p]))
	}
	return sum
}

// pools puts the pods on the nodes on paper. Those of a workload that moves to
// spot have left the nodes that run on demand.
func (r *running) pools() (map[pool][]*machine, []pool) {
	pools, order := map[pool][]*machine{}, []pool(nil)
	byName := make(map[string]*machine, len(r.c.Nodes))
	onDemand := make(map[string]bool, len(r.c.Nodes))
	for i := range r.c.Nodes {
		n := &r.c.Nodes[i]
		m := &machine{cost: r.l.Nodes[i].Monthly, free: n.Allocatable}
		byName[n.Name], onDemand[n.Name] = m, n.CapacityType == collector.OnDemand
		p := pool{key: r.l.Nodes[i].Key, arch: n.Arch, taint: fmt.Sprint(n.Taints)}
		if pools[p] == nil {
			order = append(order, p)
		}
		pools[p] = append(pools[p], m)
	}
	for i := range r.c.Workloads {
		w := &r.c.Workloads[i]
		perPod := PodOf(w.Containers, r.pass.Demand[i])
		for _, at := range w.Placements {
			m := byName[at.Node]
			if m == nil || at.Pods <= 0 || r.spot[i].IsPositive() && onDemand[at.Node] {
				continue
			}
			m.free = m.free.Sub(perPod.Times(at.Pods))
			if w.Kind != "DaemonSet" {
				m.groups = append(m.groups, group{perPod, at.Pods})
			}
		}
	}
	return pools, order
}

// drain empties what can be emptied of one pool and returns its cost.
func drain(nodes []*machine) pricing.Money {
	candidates := slices.Clone(nodes)
	slices.SortStableFunc(candidates, func(a, b *machine) int {
		return cmp.Or(b.cost.Money.Cmp(a.cost.Money.Decimal), cmp.Compare(b.free.CPU, a.free.CPU), cmp.Compare(b.free.Memory, a.free.Memory))
	})
	for _, m := range candidates {
		slices.SortStableFunc(m.groups, func(a, b group) int {
			return cmp.Or(cmp.Compare(b.perPod.CPU, a.perPod.CPU), cmp.Compare(b.perPod.Memory, a.perPod.Memory))
		})
	}
	var sum pricing.Money
	for _, m := range candidates {
		if m.move(candidates) && m.cost.Known {
			sum = sum.Plus(m.cost.Money)
		}
	}
	return sum
}

// move puts m's pods on the other nodes that stay, fullest first, and reports
// whether all of them fit; if not, nothing has moved.
func (m *machine) move(nodes []*machine) bool {
	type step struct {
		to *machine
		group
	}
	var steps []step
	for _, g := range m.groups {
		left := g.pods
		for i := len(nodes) - 1; i >= 0 && left > 0; i-- {
			to := nodes[i]
			if to == m || to.gone {
				continue
			}
			if n := min(left, room(to.free, g.perPod)); n > 0 {
				to.free = to.free.Sub(g.perPod.Times(n))
				steps = append(steps, step{to, group{g.perPod, n}})
				left -= n
			}
		}
		if left > 0 {
			for _, s := range steps {
				s.to.free = s.to.free.Add(s.perPod.Times(s.pods))
			}
			return false
		}
	}
	for _, s := range steps {
		s.to.groups = append(s.to.groups, s.group)
	}
	m.gone, m.groups = true, nil
	return true
}

// room is how many pods fit; pods that ask for nothing fit anywhere, in a number
// that no node reaches.
func room(free, perPod collector.Resources) int {
	n := int64(1 << 20)
	if perPod.CPU > 0 {
		n = min(n, int64(free.CPU/perPod.CPU))
	}
	if perPod.Memory > 0 {
		n = min(n, int64(free.Memory/perPod.Memory))
	}
	return int(max(n, 0))
}

// realise fills in the realisable saving of the proposed findings, with before
// what could leave the bill anyway.
func (r *running) realise(found []Finding, before pricing.Money) {
	var gains []*Finding
	var allocated pricing.Money
	moved := false
	for i := range found {
		f := &found[i]
		a := f.Saving.Allocated
		if f.Status != Proposed || f.effect == nil || !a.Known {
			continue
		}
		moved = true
		if !a.Money.IsPositive() {
			f.Saving.Realisable = a
			continue
		}
		gains = append(gains, f)
		allocated = allocated.Plus(a.Money)
	}
	if !moved || len(gains) == 0 {
		return
	}
	freed := r.freed().Minus(before).Minus(r.onSpot())
	total := decimal.Max(decimal.Zero, decimal.Min(freed.Decimal, allocated.Decimal))
	spread(gains, pricing.Pounds(total), allocated)
}

// onSpot is what the workloads that move to spot pay there for what they had on
// demand.
func (r *running) onSpot() pricing.Money {
	var sum pricing.Money
	for w := range r.spot {
		if r.spot[w].IsPositive() {
			on := r.l.CostAt(w, PodOf(r.c.Workloads[w].Containers, r.pass.Demand[w])).Money.Times(r.pass.SpotRates[w].OnDemand)
			sum = sum.Plus(on.Times(decimal.NewFromInt(1).Sub(r.spot[w])))
		}
	}
	return sum
}

// spread shares total among the findings in proportion to their allocated
// savings, whose sum is allocated and at least total. The shares add up exactly
// and none is more than its allocated saving: each is rounded down to 12 places,
// and what is left goes to the first that have room for it.
func spread(gains []*Finding, total, allocated pricing.Money) {
	left := total.Decimal
	for _, f := range gains {
		part, _ := f.Saving.Allocated.Money.Mul(total.Decimal).QuoRem(allocated.Decimal, shareDigits)
		f.Saving.Realisable = pricing.Known(pricing.Pounds(part))
		left = left.Sub(part)
	}
	for _, f := range gains {
		more := decimal.Min(left, f.Saving.Allocated.Money.Sub(f.Saving.Realisable.Money.Decimal))
		f.Saving.Realisable.Money = f.Saving.Realisable.Money.Plus(pricing.Pounds(more))
		left = left.Sub(more)
	}
}
