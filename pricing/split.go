package pricing

import (
	"cmp"
	"slices"

	"github.com/tuppence-dev/tuppence/collector"
)

// ask is how long the pods of one workload ran on one node, in milliseconds
// added up over the pods.
type ask struct {
	workload int
	time     int64
}

// splitter shares one cluster's charges among its workloads.
type splitter struct {
	*bill
	policy Policy
	asks   [][]ask                       // by machine, in the order of the workloads
	places map[string][]int              // machines by name, those that stand first
	refs   map[collector.WorkloadRef]int // workloads
	index  *index
	notes  notes
	ledger ClusterLedger
}

func newSplitter(b *bill, p Policy) *splitter {
	c := b.cluster
	s := &splitter{
		bill: b, policy: p,
		asks: make([][]ask, len(b.nodes)), places: make(map[string][]int, len(b.nodes)),
		refs: make(map[collector.WorkloadRef]int, len(c.Workloads)),
		index: &index{
			shapes:    make([]shape, len(b.nodes)),
			workloads: make([]workloadCost, len(c.Workloads)),
		},
		notes: notes{cluster: c.Name, away: map[string]bool{}},
	}
	for w := range c.Workloads {
		e := &s.index.workloads[w]
		e.cost, e.fixed = Known(Money{}), Known(Money{})
		s.refs[c.Workloads[w].Ref()] = w
	}
	for i, n := range b.nodes {
		s.places[n.Name] = append(s.places[n.Name], i)
	}
	return s
}

// split is the cluster's ledger; s.notes then holds what to say about it.
func (s *splitter) split() ClusterLedger {
	s.ledger = ClusterLedger{Cluster: s.cluster.Name, Charges: s.charges, Span: s.span, index: s.index}
	for w := range s.cluster.Workloads {
		s.measure(w)
		s.place(w)
	}
	n := len(s.charges) + len(s.nodes)
	for _, a := range s.asks {
		n += len(a)
	}
	s.ledger.Lines = make([]Line, 0, n)
	for i := range s.charges {
		c := &s.charges[i]
		c.List, c.Contracted, c.Cost = c.Units.List.times(c.Quantity), c.Units.Contracted.times(c.Quantity), c.Units.Effective.times(c.Quantity)
		c.Committed = Pounds(c.paid.Mul(c.Quantity))
		switch of := s.of[i]; c.Key.Kind {
		case Machine:
			s.machine(i)
		case Accelerator:
			s.accelerator(i, of)
		case Storage:
			s.users(i, s.cluster.Volumes[of].Users)
		case Balancer:
			s.users(i, s.balanced[of])
		case ControlPlane:
			s.line(i, Overhead, -1, shareWhole)
		case Egress:
			s.line(i, Workload, of, shareWhole)
		}
	}
	return s.ledger
}

// measure works out what a pod of workload w uses.
func (s *splitter) measure(w int) {
	load, cost := &s.cluster.Workloads[w], &s.index.workloads[w]
	use := meanUsage(load)
	cost.containers, cost.means, cost.blind = load.Containers, use.means, !use.measured
	cost.present = cost.demand(func(i int) collector.Resources { return load.Containers[i].Requests })
	if load.Pods() == 0 && len(load.PodTime) == 0 {
		return
	}
	name := load.Namespace + "/" + load.Name
	switch {
	case use.err != nil:
		s.notes.broken.add(name)
	case !use.measured:
		s.notes.silent.add(name)
	}
}

// place puts the pods of workload w on the nodes that they ran on, for as long
// as they did. Where that was not measured, or the nodes that have gone are not
// known, they are taken to have run where they are now, since the node and the
// workload have both been there. Pending pods cost nothing yet.
func (s *splitter) place(w int) {
	load := &s.cluster.Workloads[w]
	if len(load.PodTime) > 0 && !s.span.Assumed {
		for _, p := range load.PodTime {
			s.ran(w, p)
		}
		return
	}
	for _, p := range load.Placements {
		if p.Node == "" || p.Pods <= 0 {
			continue
		}
		at := s.places[p.Node]
		if len(at) == 0 || at[0] >= len(s.cluster.Nodes) { // none of that name stands
			s.unlisted(w, p.Node)
			continue
		}
		together := s.life(at[0])
		if load.Created.After(s.span.Start) && !s.span.Assumed {
			together = min(together, max(1, s.span.End.Sub(load.Created).Milliseconds()))
		}
		s.put(w, at[0], clampedProduct(together, int64(p.Pods)))
	}
}

// ran puts the pods of w on the nodes that had p's name one after the other, for
// parts of p's time in proportion to how long each stood.
func (s *splitter) ran(w int, p collector.PodTime) {
	if p.Time.Duration <= 0 {
		return
	}
	at := s.places[p.Node]
	if len(at) == 0 {
		s.unlisted(w, p.Node)
	}
	var lives int64
	for _, i := range at {
		lives += s.life(i)
	}
	for _, i := range at {
		s.put(w, i, proportion(p.Time.Milliseconds(), s.life(i), lives))
	}
}

// life is how long machine i stood within the window, in milliseconds, never 0.
func (s *splitter) life(i int) int64 { return max(1, s.span.life(s.nodes[i]).Milliseconds()) }

// unlisted notes that w ran on a node that the cluster does not have: its cost
// there is unknown.
func (s *splitter) unlisted(w int, node string) {
	s.notes.unlist(node)
	s.index.workloads[w].lost = true
}

func (s *splitter) put(w, machine int, time int64) {
	asks := &s.asks[machine]
	if last := len(*asks) - 1; last >= 0 && (*asks)[last].workload == w {
		(*asks)[last].time += time
		return
	}
	*asks = append(*asks, ask{w, time})
}

// machine shares node i out. GPUs that are charged apart weigh nothing in it,
// unless it has a bill's cost, which holds them.
func (s *splitter) machine(i int) {
	n, asks := s.nodes[i], s.asks[i]
	weights := s.policy.For(n.Provider)
	if gpusApart(n) && s.charges[i].Terms != billTerms {
		weights.GPU = 0
	}
	shape := newShape(n, weights, s.life(i), len(asks))
	for _, a := range asks {
		shape.asked = shape.asked.plus(shape.demand(s.index.workloads[a.workload].present, a.time))
	}
	s.index.shapes[i] = shape
	if shape.base == 0 {
		s.notes.sizeless.add(n.Name)
		for _, a := range asks {
			s.index.workloads[a.workload].lost = true
		}
		asks = nil
	}
	left := int64(shareWhole)
	for _, a := range asks {
		w := &s.index.workloads[a.workload]
		w.machines = append(w.machines, machineLine{line: len(s.ledger.Lines), machine: i, time: a.time})
		parts := shape.share(shape.demand(w.present, a.time))
		left -= parts
		s.line(i, Workload, a.workload, parts)
	}
	overhead := shape.overheadShare()
	s.line(i, Idle, -1, left-overhead)
	if overhead > 0 {
		s.line(i, Overhead, -1, overhead)
	}
}

// accelerator shares the GPUs of a node among the pods that ask for some.
func (s *splitter) accelerator(charge, machine int) {
	gpus := s.index.shapes[machine]
	gpus.weights, gpus.held = Weights{GPU: 1}, triple{}
	gpus.base = gpus.weights.units(s.nodes[machine].Capacity).gpu
	gpus.room, gpus.asked = triple{gpu: gpus.base}, triple{}
	demand := func(a ask) triple { return gpus.demand(s.index.workloads[a.workload].present, a.time) }
	for _, a := range s.asks[machine] {
		gpus.asked = gpus.asked.plus(demand(a))
	}
	left := int64(shareWhole)
	for _, a := range s.asks[machine] {
		if parts := gpus.share(demand(a)); parts > 0 {
			left -= parts
			s.line(charge, Workload, a.workload, parts)
		}
	}
	s.line(charge, Idle, -1, left)
}

// users shares a charge equally among the workloads that use it; what nobody
// uses is idle. The remainder of the division is the first one's.
func (s *splitter) users(charge int, refs []collector.WorkloadRef) {
	var users []int
	for _, r := range refs {
		if w, ok := s.refs[r]; ok {
			users = append(users, w)
		}
	}
	slices.SortFunc(users, s.byName)
	users = slices.Compact(users)
	if len(users) == 0 {
		s.line(charge, Idle, -1, shareWhole)
		return
	}
	each := int64(shareWhole / len(users))
	for i, w := range users {
		parts := each
		if i == 0 {
			parts = shareWhole - each*int64(len(users)-1)
		}
		s.line(charge, Workload, w, parts)
	}
}

// byName orders workloads by their names, so that the order of the fleet does
// not show in who has a remainder.
func (s *splitter) byName(a, b int) int {
	x, y := &s.cluster.Workloads[a], &s.cluster.Workloads[b]
	return cmp.Or(cmp.Compare(x.Namespace, y.Namespace), cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.Name, y.Name),
		cmp.Compare(x.APIVersion, y.APIVersion))
}

// line adds one line to the ledger.
func (s *splitter) line(charge int, class Class, workload int, parts int64) {
	cost := s.charges[charge].Cost.part(parts)
	if workload >= 0 {
		w := &s.index.workloads[workload]
		w.lines = append(w.lines, len(s.ledger.Lines))
		w.cost = w.cost.Plus(cost)
		if s.charges[charge].Key.Kind != Machine {
			w.fixed = w.fixed.Plus(cost)
		}
	}
	s.ledger.Lines = append(s.ledger.Lines, Line{Charge: charge, Class: class, Workload: workload, Share: decimalShare(parts), Cost: cost})
}
