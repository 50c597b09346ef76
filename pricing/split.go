package pricing

import (
	"github.com/tuppence-dev/tuppence/collector"
)

// ask is the pods of one workload on one node.
type ask struct{ workload, pods int }

// splitter shares one cluster's nodes among its workloads.
type splitter struct {
	cluster *collector.Cluster
	quotes  *quotes
	policy  Policy
	asks    [][]ask        // by node, in the order of the workloads
	nodes   map[string]int // their indices by name
	index   *index
	notes   notes
}

func newSplitter(c *collector.Cluster, q *quotes, p Policy) *splitter {
	s := &splitter{
		cluster: c, quotes: q, policy: p,
		asks: make([][]ask, len(c.Nodes)), nodes: make(map[string]int, len(c.Nodes)),
		index: &index{
			policy:    p,
			shapes:    make([]shape, len(c.Nodes)),
			workloads: make([]workloadCost, len(c.Workloads)),
		},
		notes: notes{cluster: c.Name, away: map[string]bool{}},
	}
	for w := range s.index.workloads {
		s.index.workloads[w].cost = Known(Money{})
	}
	for i := range c.Nodes {
		if _, twice := s.nodes[c.Nodes[i].Name]; !twice {
			s.nodes[c.Nodes[i].Name] = i
		}
	}
	return s
}

// split is the cluster's ledger; s.notes then holds what to say about it.
func (s *splitter) split() ClusterLedger {
	for w := range s.cluster.Workloads {
		s.measure(w)
		s.place(w)
	}
	l := ClusterLedger{Cluster: s.cluster.Name, Nodes: make([]NodeCost, len(s.cluster.Nodes)), index: s.index}
	n := 2 * len(s.cluster.Nodes)
	for _, a := range s.asks {
		n += len(a)
	}
	l.Lines = make([]Line, 0, n)
	for i := range s.cluster.Nodes {
		s.node(&l, i)
	}
	return l
}

// measure works out what a pod of workload w asks for.
func (s *splitter) measure(w int) {
	load, cost := &s.cluster.Workloads[w], &s.index.workloads[w]
	use := meanUsage(load)
	cost.mean, cost.request = use.mean, load.Requests()
	cost.blind = !use.measured
	if load.Pods() == 0 {
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

// place puts the pods of workload w on their nodes. Pending pods cost nothing
// yet.
func (s *splitter) place(w int) {
	for _, p := range s.cluster.Workloads[w].Placements {
		if p.Node == "" || p.Pods <= 0 {
			continue
		}
		i, listed := s.nodes[p.Node]
		if !listed {
			s.notes.unlist(p.Node)
			s.index.workloads[w].lost = true
			continue
		}
		if last := len(s.asks[i]) - 1; last >= 0 && s.asks[i][last].workload == w {
			s.asks[i][last].pods += p.Pods
			continue
		}
		s.asks[i] = append(s.asks[i], ask{w, p.Pods})
	}
}

// node adds node i and its lines to l.
func (s *splitter) node(l *ClusterLedger, i int) {
	n, asks := &s.cluster.Nodes[i], s.asks[i]
	key := keyOf(n)
	q := s.quotes.byKey[key]
	l.Nodes[i] = NodeCost{Node: n.Name, Key: key, Rate: q.rate, Reason: q.reason, Monthly: q.monthly}

	shape := newShape(n, s.policy, len(asks))
	for _, a := range asks {
		shape.asked = shape.asked.plus(shape.demand(s.policy, s.index.workloads[a.workload].demand(), a.pods))
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
	line := func(class Class, workload int, parts int64) {
		left -= parts
		l.Lines = append(l.Lines, Line{Node: n.Name, Class: class, Workload: workload,
			Share: decimalShare(parts), Cost: q.monthly.part(parts)})
	}
	for _, a := range asks {
		w := &s.index.workloads[a.workload]
		w.lines = append(w.lines, lineRef{line: len(l.Lines), node: i, pods: a.pods})
		line(Workload, a.workload, shape.share(shape.demand(s.policy, w.demand(), a.pods)))
		w.cost = w.cost.Plus(l.Lines[len(l.Lines)-1].Cost)
	}
	overhead := shape.overheadShare()
	line(Idle, -1, left-overhead)
	if overhead > 0 {
		line(Overhead, -1, overhead)
	}
}
