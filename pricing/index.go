package pricing

import (
	"iter"

	"github.com/tuppence-dev/tuppence/collector"
)

// index is what a ClusterLedger keeps beside its lines, so that looking a
// workload up, or pricing it at another request, does not redo the sharing.
type index struct {
	shapes    []shape        // by machine
	workloads []workloadCost // in the cluster's order
}

type workloadCost struct {
	containers []collector.Container
	means      []collector.Resources // what each container uses on average, in a pod
	present    collector.Resources   // demand at the requests that are in force
	blind      bool                  // its usage was not measured
	lost       bool                  // some of its pods run where no cost can be shared out
	cost       Amount                // of its lines
	fixed      Amount                // of those that requests do not change: volumes, traffic …
	machines   []machineLine
	lines      []int
}

// machineLine is a line on a machine, and how long its pods ran there.
type machineLine struct {
	line, machine int
	time          int64
}

// demand is what one pod is priced at when its containers request as of says: for
// each container and resource the larger of request and mean usage, put together
// as the scheduler does.
func (w *workloadCost) demand(of func(i int) collector.Resources) collector.Resources {
	i := -1
	return collector.PodRequests(w.containers, func(*collector.Container) collector.Resources {
		i++
		return of(i).Max(w.means[i])
	})
}

// partial reports that a pod of demand r has a cost that the lines do not hold:
// it runs on a node that could not be shared out, or nothing at all is known of
// what it takes.
func (w *workloadCost) partial(r collector.Resources) bool {
	return w.lost || w.blind && r == collector.Resources{} && len(w.machines) > 0
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
	return Amount{e.cost.Money, e.cost.Known && !e.partial(e.present)}
}

// CostsAt is what workload w would cost a month if its containers requested
// these (by index; what is missing is none) on the nodes that its pods ran on:
// for each node the pods' time × max(request, mean usage) at that node's price.
// All else stays as it is, nodes that are asked for more than they have
// included, so that CostsAt of the present requests is Cost to the last digit,
// and Cost − CostsAt is what a change of requests moves off the workload. Each is
// told the cost on each machine, by its index in Charges; with what requests do
// not change (volumes, traffic) they add up to the whole. It is unknown in a
// ledger that Price did not make.
func (c *ClusterLedger) CostsAt(w int, requests []collector.Resources, each func(machine int, cost Amount)) Amount {
	e := c.workload(w)
	if e == nil {
		return Amount{}
	}
	perPod := e.demand(func(i int) collector.Resources {
		if i < len(requests) {
			return requests[i]
		}
		return collector.Resources{}
	})
	sum := e.fixed
	for _, m := range e.machines {
		s := &c.index.shapes[m.machine]
		cost := c.Charges[m.machine].Cost.part(s.share(s.demand(perPod, m.time)))
		each(m.machine, cost)
		sum = sum.Plus(cost)
	}
	return Amount{sum.Money, sum.Known && !e.partial(perPod)}
}

// LinesOf yields the lines of workload w with the charge that each is a share of,
// in the order of the charges.
func (c *ClusterLedger) LinesOf(w int) iter.Seq2[*Line, *Charge] {
	return func(yield func(*Line, *Charge) bool) {
		e := c.workload(w)
		if e == nil {
			return
		}
		for _, i := range e.lines {
			if !yield(&c.Lines[i], &c.Charges[c.Lines[i].Charge]) {
				return
			}
		}
	}
}
