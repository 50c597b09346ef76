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
// dearest node is tried first, then the emptiest. It leaves if all its pods fit,
// by request, into the room on the pool's other nodes; those of DaemonSets and
// static ones leave with it. A node with a pod that must not be evicted stays,
// and a pod that is bound to its zone moves only there.
//
// What leaves a pool under the new demand beyond what could leave already, less
// what the workloads that move to spot pay there, is the pool's realisable
// saving. It is held to what the findings save on the pool's nodes and shared in
// proportion to that, so that a node that leaves one pool is never put down to a
// workload of another. A finding that raises a request realises its full cost,
// also where there is room for it: room that is taken cannot leave.
//
// It is an estimate of a good packing: affinity and topology spread are not
// looked at, and a real autoscaler may do less or, by replacing nodes with
// smaller ones, more.

// pool is what makes nodes interchangeable.
type pool struct {
	key   pricing.Key
	arch  string
	taint string
}

// machine is a node on paper.
type machine struct {
	cost   pricing.Amount
	zone   string
	free   collector.Resources
	groups []group
	stays  bool // a pod on it must not be evicted
	gone   bool
}

// group is the pods of one workload on one node.
type group struct {
	perPod collector.Resources
	pods   int
	zoned  bool // they move within their zone only
}

// poolNodes puts the nodes into pools, in the order of the nodes, and those that
// have gone into the first pool of their type, since what is known of their
// taints may be less.
func (r *running) poolNodes() {
	index, first := map[pool]int{}, map[pricing.Key]int{}
	for i := range r.c.Nodes {
		n := &r.c.Nodes[i]
		p := pool{key: r.l.Charges[i].Key, arch: n.Arch, taint: fmt.Sprint(n.Taints)}
		if _, ok := index[p]; !ok {
			index[p] = len(r.pools)
			r.pools = append(r.pools, p)
		}
		if _, ok := first[p.key]; !ok {
			first[p.key] = index[p]
		}
		r.poolOf = append(r.poolOf, index[p])
	}
	for i := range r.c.PastNodes {
		key := r.l.Charges[len(r.c.Nodes)+i].Key
		if _, ok := first[key]; !ok { // nothing of it stands, so nothing of it can leave
			first[key] = len(r.pools)
			r.pools = append(r.pools, pool{key: key})
		}
		r.poolOf = append(r.poolOf, first[key])
	}
}

// nodeCosts is what each node that stands costs a month while its pool goes on
// as it did in the window: the pool's whole cost, nodes that have gone included,
// by the nodes' hourly rates. In a pool that replaced its 4 nodes every day, each
// of the 4 that stand now has a quarter of the cost, not the day that it is old.
func (r *running) nodeCosts() []pricing.Amount {
	whole, rates := make([]pricing.Amount, len(r.pools)), make([]decimal.Decimal, len(r.pools))
	for i := range whole {
		whole[i] = pricing.Known(pricing.Money{})
	}
	for i, p := range r.poolOf {
		whole[p] = whole[p].Plus(r.l.Charges[i].Cost)
		if i < len(r.c.Nodes) {
			rates[p] = rates[p].Add(r.l.Charges[i].Units.Effective.Money.Decimal)
		}
	}
	costs := make([]pricing.Amount, len(r.c.Nodes))
	for i := range costs {
		p, unit := r.poolOf[i], r.l.Charges[i].Units.Effective
		if unit.Known && rates[p].IsPositive() {
			cost, _ := whole[p].Money.Mul(unit.Money.Decimal).QuoRem(rates[p], shareDigits)
			costs[i] = pricing.Known(pricing.Pounds(cost))
		}
	}
	return costs
}

// freed returns the monthly cost of the nodes of each pool that could leave under
// the running demand. Nodes without a price count for nothing, and neither does
// what commitments pay for: it stays on the bill.
func (r *running) freed() []pricing.Money {
	freed, most := make([]pricing.Money, len(r.pools)), make([]pricing.Money, len(r.pools))
	for i, p := range r.poolOf {
		most[p] = most[p].Plus(r.l.Charges[i].Cost.Money).Minus(r.l.Charges[i].Committed)
	}
	for p, nodes := range r.machines() {
		freed[p] = pricing.Pounds(decimal.Max(decimal.Zero, decimal.Min(drain(nodes).Decimal, most[p].Decimal)))
	}
	return freed
}

// machines puts the pods on the nodes on paper, by pool. Those of a workload that
// moves to spot have left the nodes that run on demand.
func (r *running) machines() [][]*machine {
	pools := make([][]*machine, len(r.pools))
	byName := make(map[string]int, len(r.c.Nodes))
	all, costs := make([]machine, len(r.c.Nodes)), r.nodeCosts()
	for i := range r.c.Nodes {
		n := &r.c.Nodes[i]
		all[i] = machine{cost: costs[i], zone: n.Zone, free: n.Allocatable}
		byName[n.Name] = i
		pools[r.poolOf[i]] = append(pools[r.poolOf[i]], &all[i])
	}
	for i := range r.c.Workloads {
		w := &r.c.Workloads[i]
		perPod := PodOf(w.Containers, r.pass.Demand[i])
		held, zoned := bound(w)
		for _, at := range w.Placements {
			node, listed := byName[at.Node]
			if !listed || at.Pods <= 0 || r.leaves(r.spot[i], node) {
				continue
			}
			m := &all[node]
			m.free = m.free.Sub(perPod.Times(at.Pods))
			if w.Kind != "DaemonSet" && !Static(w) {
				m.groups = append(m.groups, group{perPod, at.Pods, zoned})
				m.stays = m.stays || held
			}
		}
	}
	return pools
}

// bound reports whether w's pods keep their node from leaving, and whether they
// can move within their zone only. Nothing replaces a bare Pod; an autoscaler
// heeds the annotations and budgets that forbid an eviction; and a volume that one
// node mounts at a time is as a rule a disk of one zone, which is also assumed of
// a claim that could not be read.
func bound(w *collector.Workload) (held, zoned bool) {
	held = w.Kind == "Pod" || w.Pod.DoNotDisrupt != "" || w.PDB != nil && w.PDB.DisruptionsAllowed <= 0
	for _, l := range w.Pod.NodeSelector {
		held = held || l.Key == "kubernetes.io/hostname"
		zoned = zoned || l.Key == "topology.kubernetes.io/zone"
	}
	for _, c := range w.Pod.Claims {
		zoned = zoned || !slices.Contains(c.AccessModes, "ReadWriteMany") && !slices.Contains(c.AccessModes, "ReadOnlyMany")
	}
	return held, zoned
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
		if !m.stays && m.move(candidates) && m.cost.Known {
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
			if to == m || to.gone || g.zoned && to.zone != m.zone {
				continue
			}
			if n := min(left, Room(to.free, g.perPod)); n > 0 {
				to.free = to.free.Sub(g.perPod.Times(n))
				steps = append(steps, step{to, group{g.perPod, n, g.zoned}})
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

// realise fills in the realisable saving of the proposed findings, with before
// what could leave each pool anyway.
func (r *running) realise(found []Finding, before []pricing.Money) {
	var gains []*Finding
	for i := range found {
		f := &found[i]
		a := f.Saving.Allocated
		switch {
		case f.Status != Proposed || f.effect == nil || !a.Known:
		case !a.Money.IsPositive():
			f.Saving.Realisable = a
		default:
			f.Saving.Realisable = pricing.Known(pricing.Money{})
			gains = append(gains, f)
		}
	}
	if len(gains) == 0 {
		return
	}
	freed, onSpot := r.freed(), r.onSpot()
	for p := range freed {
		spread(gains, p, freed[p].Minus(before[p]).Minus(onSpot[p]))
	}
}

// onSpot is what the workloads that move to spot pay there for what they had on
// demand, by the pool that they leave.
func (r *running) onSpot() []pricing.Money {
	paid := make([]pricing.Money, len(r.pools))
	for w, spot := range r.spot {
		if !spot.IsPositive() {
			continue
		}
		r.l.CostsAt(w, r.pass.Demand[w], func(node int, cost pricing.Amount) {
			if r.leaves(spot, node) {
				p := r.poolOf[node]
				paid[p] = paid[p].Plus(cost.Money.Times(one.Sub(r.off(w, node, spot))))
			}
		})
	}
	return paid
}

// spread shares what leaves pool p among the findings in proportion to what each
// saves on its nodes, and no more than that: each share is rounded down to 12
// places, and what is left goes to the first that have room for it.
func spread(gains []*Finding, p int, leaving pricing.Money) {
	// A finding can save in one pool and cost in another, so its room is also held
	// to what it saves in all.
	rooms, sum := make([]decimal.Decimal, len(gains)), decimal.Zero
	for i, f := range gains {
		rest := f.Saving.Allocated.Money.Minus(f.Saving.Realisable.Money)
		rooms[i] = decimal.Max(decimal.Zero, decimal.Min(f.saved[p].Decimal, rest.Decimal))
		sum = sum.Add(rooms[i])
	}
	total := decimal.Min(leaving.Decimal, sum)
	if !total.IsPositive() {
		return
	}
	left := total
	shares := make([]decimal.Decimal, len(gains))
	for i := range gains {
		shares[i], _ = rooms[i].Mul(total).QuoRem(sum, shareDigits)
		left = left.Sub(shares[i])
	}
	for i, f := range gains {
		more := decimal.Min(left, rooms[i].Sub(shares[i]))
		left = left.Sub(more)
		f.Saving.Realisable.Money = f.Saving.Realisable.Money.Plus(pricing.Pounds(shares[i].Add(more)))
	}
}
