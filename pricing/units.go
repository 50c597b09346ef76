package pricing

import (
	"fmt"
	"math/bits"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/collector"
)

// A node is shared in whole units, so that only the last step of each line is
// decimal. A unit is 1/(1000 × 2²⁰) of a weighted core or GiB: with weights 9:1
// one millicore is 9 × 2²⁰ units and one KiB is 1,000. A node of 96 vCPU and
// 768 GiB has 1.7e12 units, far from maxUnits.
const (
	unitsPerMilliCPU = 1 << 20
	unitsPerKiB      = 1000
	// maxUnits bounds each side of a node, so that their sums stay within an
	// int64 whatever a recording claims.
	maxUnits = 1 << 60
	// maxWeight bounds a policy's weights for the same reason.
	maxWeight = 1000
)

// shareDigits is the precision of a share: 12 decimal places, rounded down. On
// a node of £1,000 a month a line is at most a thousand-millionth of a pound
// low, which idle then has.
const (
	shareDigits = 12
	shareWhole  = 1_000_000_000_000
)

// Valid returns an error where p cannot split a price: weights must be 0 to
// 1,000 and not both 0.
func (p Policy) Valid() error {
	if p.CPUWeight < 0 || p.MemoryWeight < 0 || p.CPUWeight > maxWeight || p.MemoryWeight > maxWeight ||
		p.CPUWeight+p.MemoryWeight == 0 {
		return fmt.Errorf("split policy %q: weights %d:%d: each must be 0 to %d, and one of them more than 0",
			p.Name, p.CPUWeight, p.MemoryWeight, maxWeight)
	}
	return nil
}

// pair is an amount of processor and memory, in units.
type pair struct{ cpu, memory int64 }

// units weighs r. Negative amounts count as none, memory in whole KiB.
func (p Policy) units(r collector.Resources) pair {
	return pair{
		cpu:    clampedProduct(int64(r.CPU), p.CPUWeight*unitsPerMilliCPU),
		memory: clampedProduct(int64(r.Memory)/1024, p.MemoryWeight*unitsPerKiB),
	}
}

func (p pair) times(n int) pair {
	return pair{clampedProduct(p.cpu, int64(n)), clampedProduct(p.memory, int64(n))}
}

func (p pair) plus(o pair) pair  { return pair{p.cpu + o.cpu, p.memory + o.memory} }
func (p pair) minus(o pair) pair { return pair{p.cpu - o.cpu, p.memory - o.memory} }
func (p pair) atMost(limit int64) pair {
	return pair{min(p.cpu, limit), min(p.memory, limit)}
}
func (p pair) sum() int64 { return p.cpu + p.memory }

// clampedProduct is a × b within 0 and maxUnits.
func clampedProduct(a, b int64) int64 {
	if a <= 0 || b <= 0 {
		return 0
	}
	high, low := bits.Mul64(uint64(a), uint64(b))
	if high > 0 || low > maxUnits {
		return maxUnits
	}
	return int64(low)
}

// proportion is a × num ÷ den, rounded down. a × num ÷ den must fit an int64,
// which it does where a or num is at most den.
func proportion(a, num, den int64) int64 {
	high, low := bits.Mul64(uint64(a), uint64(num))
	q, _ := bits.Div64(high, low, uint64(den))
	return int64(q)
}

// shape is how one node is divided.
type shape struct {
	base     int64 // all its units; 0: it reports no size
	overhead int64 // capacity that its pods cannot have
	room     pair  // allocatable
	asked    pair  // what its pods ask for, together
	limit    int64 // what one workload can ask for on it, so that asked stays an int64
}

// newShape sizes n. A resource without allocatable has the capacity, as the API
// server itself fills it in, and one without capacity has the allocatable.
func newShape(n *collector.Node, p Policy, workloads int) shape {
	room, all := p.units(n.Allocatable), p.units(n.Capacity)
	if n.Allocatable.CPU <= 0 {
		room.cpu = all.cpu
	}
	if n.Allocatable.Memory <= 0 {
		room.memory = all.memory
	}
	all = pair{max(all.cpu, room.cpu), max(all.memory, room.memory)}
	return shape{
		base: all.sum(), overhead: all.minus(room).sum(),
		room: room, limit: maxUnits / int64(max(1, workloads)),
	}
}

// demand is the units that pods of perPod ask for on the node.
func (s *shape) demand(p Policy, perPod collector.Resources, pods int) pair {
	return p.units(perPod).times(pods).atMost(s.limit)
}

// share is the part of the node, in 1e-12, that a demand d bears. Where the
// pods ask for more of a resource than there is, each bears its proportion of
// what there is.
func (s *shape) share(d pair) int64 {
	if s.base == 0 {
		return 0
	}
	if s.asked.cpu > s.room.cpu {
		d.cpu = proportion(d.cpu, s.room.cpu, s.asked.cpu)
	}
	if s.asked.memory > s.room.memory {
		d.memory = proportion(d.memory, s.room.memory, s.asked.memory)
	}
	return proportion(min(d.sum(), s.base), shareWhole, s.base)
}

// overheadShare is the part of the node, in 1e-12, that pods cannot have.
func (s *shape) overheadShare() int64 {
	if s.base == 0 {
		return 0
	}
	return proportion(s.overhead, shareWhole, s.base)
}

// decimalShare is a share of 1e-12 parts as a number from 0 to 1.
func decimalShare(parts int64) decimal.Decimal { return decimal.New(parts, -shareDigits) }

// part is a's share of 1e-12 parts, exact: unknown where a is.
func (a Amount) part(parts int64) Amount {
	if !a.Known {
		return Amount{}
	}
	return Known(a.Money.Times(decimalShare(parts)))
}
