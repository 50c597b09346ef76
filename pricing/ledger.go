package pricing

import (
	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/collector"
)

// Class is what a line of the ledger pays for.
type Class string

// The classes of lines. Idle is allocatable capacity that no pod asks for;
// Overhead is what a node keeps from its pods (capacity − allocatable).
const (
	Workload Class = "workload"
	Idle     Class = "idle"
	Overhead Class = "overhead"
)

// Line is one share of one node's monthly cost.
type Line struct {
	Node     string // name in the cluster
	Class    Class
	Workload int // index into the cluster's Workloads, -1 where Class is not Workload
	// Share is the part of the node's cost, 0 to 1. The shares of a node add up
	// to 1.
	Share decimal.Decimal
	// Cost is a month's pounds. Lines of one node add up to its cost exactly.
	Cost Amount
}

// NodeCost is one node's rate, or the reason why there is none.
type NodeCost struct {
	Node    string
	Key     Key
	Rate    *Rate  // nil: unknown
	Reason  string // why Rate is nil
	Monthly Amount // Rate × HoursPerMonth
}

// ClusterLedger is the cost of one cluster, in the order of its nodes.
type ClusterLedger struct {
	Cluster string
	Nodes   []NodeCost
	Lines   []Line // by node; a node's workloads in the cluster's order, then idle, then overhead

	index *index // what Cost, CostAt and the like look up; nil in a ledger made by hand
}

// Ledger is the fleet's bill for a month at the rates of its window's end, and
// how it falls on workloads, idle and overhead.
type Ledger struct {
	Clusters []ClusterLedger // in the fleet's order
	FX       []FXRate        // every rate that was used, by currency
	Policy   Policy
	// Warnings are what a reader of the figures must know: rates of another
	// month, prices that are estimates, types without a price. What concerns more
	// than one cluster stands under the name AllClusters.
	Warnings []collector.Gap
}

// Bill is the sum of the cluster's node costs.
func (c *ClusterLedger) Bill() Amount {
	sum := Known(Money{})
	for i := range c.Nodes {
		sum = sum.Plus(c.Nodes[i].Monthly)
	}
	return sum
}

// Total is the sum of the cluster's lines of one class.
func (c *ClusterLedger) Total(class Class) Amount {
	sum := Known(Money{})
	for i := range c.Lines {
		if c.Lines[i].Class == class {
			sum = sum.Plus(c.Lines[i].Cost)
		}
	}
	return sum
}

// AllClusters is the Cluster of a warning that concerns more than one.
const AllClusters = "all clusters"

// Policy says how a node's price is shared between its processor and its
// memory: a core weighs CPUWeight, a GiB MemoryWeight.
type Policy struct {
	Name         string `json:"name"`
	CPUWeight    int64  `json:"cpuWeight"`
	MemoryWeight int64  `json:"memoryWeight"`
}

// NineToOne is the split of AWS split cost allocation data: price ÷ (9 × vCPU +
// 1 × GB). A node of 4 vCPU and 16 GiB puts 36/52, 69 %, on its cores.
// https://docs.aws.amazon.com/cur/latest/userguide/split-cost-allocation-data.html
var NineToOne = Policy{"weights 9:1", 9, 1}
