package pricing

import (
	"iter"

	"github.com/tuppence-dev/tuppence/collector"
)

// index is what a ClusterLedger keeps beside its lines, so that looking a
// workload up, or pricing it at another request, does not redo the sharing.
type index struct {
	policy    Policy
	shapes    []shape        // by node
	workloads []workloadCost // in the cluster's order
}

type workloadCost struct {
	mean    collector.Resources // what one pod uses on average
	request collector.Resources // what one pod requests
	blind   bool                // its usage was not measured
	lost    bool                // some of its pods run where no cost can be shared out
	cost    Amount              // of its lines
	lines   []lineRef
}

type lineRef struct{ line, node, pods int }

// demand is what one pod is priced at now.
func (w *workloadCost) demand() collector.Resources { return w.request.Max(w.mean) }

// partial reports that a pod of demand r has a cost that the lines do not hold:
// it runs on a node that could not be shared out, or nothing at all is known of
// what it takes.
func (w *workloadCost) partial(r collector.Resources) bool {
	return w.lost || w.blind && r == collector.Resources{} && len(w.lines) > 0
}

func (c *ClusterLedger) workload(w int) *workloadCost {
	if c.index == nil || w < 0 || w >= len(c.index.workloads) {
		return nil
	}
	return &c.index.workloads[w]
}

// Cost is what workload w (its index in the cluster) costs a month: the sum of
// its lines. It is not fully known where a line is not, where a pod runs on a
// node that the cluster does not list or that reports no size, and where
// nothing was requested and nothing measured. A workload without pods on nodes
// costs £0.
func (c *ClusterLedger) Cost(w int) Amount {
	e := c.workload(w)
	if e == nil {
		sum := Known(Money{})
		for _, l := range c.Lines {
			if l.Class == Workload && l.Workload == w {
				sum = sum.Plus(l.Cost)
			}
		}
		return sum
	}
	return Amount{e.cost.Money, e.cost.Known && !e.partial(e.demand())}
}

// CostAt is what workload w would cost a month if each of its pods requested
// perPod (see collector.PodRequests) on the nodes that they run on now: for each
// node pods × max(perPod, mean usage) at that node's price. All else stays as it
// is, nodes that are asked for more than they have included, so that CostAt of
// the present requests is Cost to the last digit, and Cost − CostAt is what a
// change of requests moves off the workload. It is unknown in a ledger that
// Price did not make.
func (c *ClusterLedger) CostAt(w int, perPod collector.Resources) Amount {
	return c.CostsAt(w, perPod, func(int, Amount) {})
}

// CostsAt is CostAt, and tells each the cost on each node that the workload runs
// on, by its index in Nodes. They add up to the whole.
func (c *ClusterLedger) CostsAt(w int, perPod collector.Resources, each func(node int, cost Amount)) Amount {
	e := c.workload(w)
	if e == nil {
		return Amount{}
	}
	perPod = perPod.Max(e.mean)
	sum := Known(Money{})
	for _, r := range e.lines {
		s := &c.index.shapes[r.node]
		cost := c.Nodes[r.node].Monthly.part(s.share(s.demand(c.index.policy, perPod, r.pods)))
		each(r.node, cost)
		sum = sum.Plus(cost)
	}
	return Amount{sum.Money, sum.Known && !e.partial(perPod)}
}

// LinesOf yields the lines of workload w with the node that each is a share of,
// in the order of the nodes.
func (c *ClusterLedger) LinesOf(w int) iter.Seq2[*Line, *NodeCost] {
	return func(yield func(*Line, *NodeCost) bool) {
		e := c.workload(w)
		if e == nil {
			return
		}
		for _, r := range e.lines {
			if !yield(&c.Lines[r.line], &c.Nodes[r.node]) {
				return
			}
		}
	}
}
