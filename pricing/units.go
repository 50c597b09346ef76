package pricing

import (
	"math/bits"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/collector"
)

// A node is shared in whole units, so that only the last step of each line is
// decimal. A unit is 1/(1000 × 2²⁰) of a weighted core, GiB or GPU: with weights
// 9:1 one millicore is 9 × 2²⁰ units and one KiB is 1,000. A node of 96 vCPU and
// 768 GiB has 1.7e12 units, at OpenCost's weights 6.6e15, far from maxUnits.
const (
	unitsPerMilliCPU = 1 << 20
	unitsPerKiB      = 1000
	unitsPerGPU      = 1000 << 20
	// maxUnits bounds each side of a node, so that their sums stay within an
	// int64 whatever a recording claims.
	maxUnits = 1 << 60
)

// shareDigits is the precision of a share: 12 decimal places, rounded down. On
// a node of £1,000 a month a line is at most a thousand-millionth of a pound
// low, which idle then has.
const (
	shareDigits = 12
	shareWhole  = 1_000_000_000_000
)

// triple is an amount of processor, memory and GPUs, in units.
type triple struct{ cpu, memory, gpu int64 }

// units weighs r. Negative amounts count as none, memory in whole KiB.
func (w Weights) units(r collector.Resources) triple {
	return triple{
		cpu:    clampedProduct(int64(r.CPU), w.CPU*unitsPerMilliCPU),
		memory: clampedProduct(int64(r.Memory)/1024, w.Memory*unitsPerKiB),
		gpu:    clampedProduct(int64(r.GPU), w.GPU*unitsPerGPU),
	}
}

// part is p × time ÷ life: what pods that ran for time altogether asked for on
// average on a node that stood for life. Two pods all along are twice p exactly.
func (p triple) part(time, life int64) triple {
	return triple{clampedPart(p.cpu, time, life), clampedPart(p.memory, time, life), clampedPart(p.gpu, time, life)}
}

func (p triple) plus(o triple) triple {
	return triple{p.cpu + o.cpu, p.memory + o.memory, p.gpu + o.gpu}
}
func (p triple) minus(o triple) triple {
	return triple{p.cpu - o.cpu, p.memory - o.memory, p.gpu - o.gpu}
}
func (p triple) max(o triple) triple {
	return triple{max(p.cpu, o.cpu), max(p.memory, o.memory), max(p.gpu, o.gpu)}
}
func (p triple) atMost(limit int64) triple {
	return triple{min(p.cpu, limit), min(p.memory, limit), min(p.gpu, limit)}
}
func (p triple) sum() int64 { return p.cpu + p.memory + p.gpu }

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

// clampedPart is a × num ÷ den, rounded down, within 0 and maxUnits.
func clampedPart(a, num, den int64) int64 {
	if a <= 0 || num <= 0 || den <= 0 {
		return 0
	}
	high, low := bits.Mul64(uint64(a), uint64(num))
	if high >= uint64(den) {
		return maxUnits
	}
	q, _ := bits.Div64(high, low, uint64(den))
	return int64(min(q, maxUnits))
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
	weights Weights
	life    int64  // milliseconds that it stood
	base    int64  // all its units; 0: it reports no size
	room    triple // capacity
	held    triple // of it, what is not allocatable
	asked   triple // what its pods ask for or use, together
	limit   int64  // what one workload can ask for on it, so that asked stays an int64
}

// newShape sizes n. A resource without allocatable has the capacity, as the API
// server itself fills it in, and one without capacity has the allocatable.
func newShape(n *collector.Node, w Weights, life int64, workloads int) shape {
	free, room := w.units(n.Allocatable), w.units(n.Capacity)
	if n.Allocatable.CPU <= 0 {
		free.cpu = room.cpu
	}
	if n.Allocatable.Memory <= 0 {
		free.memory = room.memory
	}
	if n.Allocatable.GPU <= 0 {
		free.gpu = room.gpu
	}
	room = room.max(free)
	return shape{
		weights: w, life: life, base: room.sum(), room: room, held: room.minus(free),
		limit: maxUnits / int64(max(1, workloads)),
	}
}

// demand is the units that pods of perPod ask for on the node when they ran there
// for time altogether.
func (s *shape) demand(perPod collector.Resources, time int64) triple {
	return s.weights.units(perPod).part(time, s.life).atMost(s.limit)
}

// share is the part of the node, in 1e-12, that a demand d bears. Where the pods
// take more of a resource than the node has, each bears its proportion of what
// there is. No pod can ask for what the node holds back for itself, but it may use
// it, and then pays for it.
func (s *shape) share(d triple) int64 {
	if s.base == 0 {
		return 0
	}
	fit := func(d *int64, asked, room int64) {
		if asked > room {
			*d = proportion(*d, room, asked)
		}
	}
	fit(&d.cpu, s.asked.cpu, s.room.cpu)
	fit(&d.memory, s.asked.memory, s.room.memory)
	fit(&d.gpu, s.asked.gpu, s.room.gpu)
	return proportion(min(d.sum(), s.base), shareWhole, s.base)
}

// overheadShare is the part of the node, in 1e-12, that it holds back for itself
// and that pods have left to it. Of 4 vCPU with 3.9 allocatable it is 0.1 until
// pods take 3.9, and 0.04 where they take 3.96.
func (s *shape) overheadShare() int64 {
	if s.base == 0 {
		return 0
	}
	left := func(held, asked, room int64) int64 { return max(0, min(held, room-asked)) }
	return proportion(left(s.held.cpu, s.asked.cpu, s.room.cpu)+left(s.held.memory, s.asked.memory, s.room.memory)+
		left(s.held.gpu, s.asked.gpu, s.room.gpu), shareWhole, s.base)
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
