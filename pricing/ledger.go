package pricing

import (
	"time"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/collector"
)

// Class is what a line of the ledger pays for.
type Class string

// The classes of lines. Idle is what is paid for and nobody asks for: allocatable
// capacity without pods, a volume that nothing mounts. Overhead is what a node
// holds back (capacity − allocatable) and its pods do not use, and control planes.
const (
	Workload Class = "workload"
	Idle     Class = "idle"
	Overhead Class = "overhead"
)

// Charge is one thing that is billed: a node, a volume, a load balancer, a control
// plane, a workload's traffic to one place.
type Charge struct {
	Name       string // of the object in the cluster; a namespaced one as namespace/name
	ProviderID string // what the provider calls it; may be empty
	Zone       string // availability zone of a node or a volume; empty: unknown
	Key        Key
	// Quantity is how much of it a month has at the window's pace, in the unit of
	// Key.Kind: see Price. Window is how much the window itself had.
	Quantity, Window decimal.Decimal
	Rate             *Rate  // list price; nil: unknown
	Reason           string // why Units.Effective is unknown; empty: it is not
	// Units are pounds for one unit; Terms says how the effective one came about:
	// "list", "5 % off list (EDP)", "80 % by ri-2026, else list", "bill".
	Units UnitCosts
	Terms string
	// List, Contracted and Cost are a month's pounds: Units × Quantity, to the last
	// digit. Cost is what is paid and what the lines share out.
	List, Contracted, Cost Amount
	// Committed is the part of Cost that commitments pay for: it stays on the bill
	// when the charge goes, unless something else uses them. It is £0 where Cost is
	// unknown.
	Committed Money
	// Covers are the parts that commitments pay for, in the order that they do.
	Covers []Cover

	from, until time.Time       // its life; zero: as long as the span
	paid        decimal.Decimal // Committed for one unit
	size        decimal.Decimal // how many units an hour has: 1, or the GiB of a volume
}

// UnitCosts are the pounds of one unit by what is taken into account: at list
// price, with negotiated discounts, and as it is paid, with commitments or by the
// bill. Each is unknown where it can't be told.
type UnitCosts struct{ List, Contracted, Effective Amount }

// Line is one share of one charge's monthly cost.
type Line struct {
	Charge   int // index into the cluster's Charges
	Class    Class
	Workload int // index into the cluster's Workloads, -1 where Class is not Workload
	// Share is the part of the charge, 0 to 1. The shares of a charge add up to 1.
	Share decimal.Decimal
	// Cost is a month's pounds. Lines of one charge add up to its cost exactly.
	Cost Amount
}

// ClusterLedger is the cost of one cluster.
type ClusterLedger struct {
	Cluster string
	// Charges are in the order of what they are for: the cluster's Nodes, its
	// PastNodes, accelerators, Volumes, LoadBalancers (those that share one last), the
	// control plane, traffic.
	Charges []Charge
	Lines   []Line // by charge; a charge's workloads in the cluster's order, then idle, then overhead
	Span    Span

	index *index // what Cost, CostsAt and the like look up; nil in a ledger made by hand
}

// Ledger is the fleet's bill for a month at the pace of its window, and how it
// falls on workloads, idle and overhead.
type Ledger struct {
	Clusters    []ClusterLedger // in the fleet's order
	Commitments []CommitmentUse // in the order of their names
	FX          []FXRate        // every rate that was used, by currency
	Policy      Policy
	Bill        *BillMatch // nil: no bill was given
	// Warnings are what a reader of the figures must know: rates of another
	// month, prices that are estimates, types without a price. What concerns more
	// than one cluster stands under the name AllClusters.
	Warnings []collector.Gap
}

// Total is what the whole fleet costs a month: the bills of its clusters, and
// what commitments cost that nothing used.
func (l *Ledger) Total() Amount {
	sum := l.Unused()
	for i := range l.Clusters {
		sum = sum.Plus(l.Clusters[i].Bill())
	}
	return sum
}

// Unused is what a month of commitments costs that nothing used.
func (l *Ledger) Unused() Amount {
	sum := Known(Money{})
	for i := range l.Commitments {
		sum = sum.Plus(l.Commitments[i].Unused)
	}
	return sum
}

// Bill is the sum of the cluster's charges.
func (c *ClusterLedger) Bill() Amount {
	sum := Known(Money{})
	for i := range c.Charges {
		sum = sum.Plus(c.Charges[i].Cost)
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
