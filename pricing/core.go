package pricing

import (
	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/collector"
)

// CoreMonth is what a core of the cluster's nodes costs for a month: of what its
// nodes cost, the part that the ledger's policy puts on their processors, by the
// cores that they have. A node of 4 vCPU and 16 GiB at £73 puts 36/52 of it on its
// cores: £12.63 each. cluster is its index in f, which l was priced from. Nodes
// without a price or a size say nothing; where none has both, it is unknown.
func (l *Ledger) CoreMonth(f *collector.Fleet, cluster int) Amount {
	c, k := &f.Clusters[cluster], &l.Clusters[cluster]
	cost, cores := decimal.Zero, decimal.Zero
	for i := range len(c.Nodes) + len(c.PastNodes) {
		n := nodeAt(c, i)
		weights := l.Policy.For(n.Provider)
		s := newShape(n, weights, 1, 1)
		charge := &k.Charges[i]
		if !charge.Cost.Known || s.room.cpu <= 0 {
			continue
		}
		cost = cost.Add(charge.Cost.Money.Mul(decimal.NewFromInt(s.room.cpu)).DivRound(decimal.NewFromInt(s.base), rateDigits))
		size := decimal.NewFromInt(max(int64(n.Capacity.CPU), int64(n.Allocatable.CPU))).Shift(-3)
		cores = cores.Add(size.Mul(charge.Quantity).DivRound(hoursPerMonth, rateDigits))
	}
	if !cores.IsPositive() {
		return Amount{}
	}
	return Known(Pounds(cost.DivRound(cores, rateDigits)))
}

// nodeAt is the node that the cluster's charge i is for.
func nodeAt(c *collector.Cluster, i int) *collector.Node {
	if i < len(c.Nodes) {
		return &c.Nodes[i]
	}
	return &c.PastNodes[i-len(c.Nodes)]
}
