package rightsize

import (
	"fmt"
	"math"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
)

// data is what one container's samples say of one resource.
type data struct {
	sketch *collector.Sketch
	days   int
	single bool // one look through metrics.k8s.io, not a history
}

// enough reports whether there is the minimum of data. A single sample is
// enough for advice, which is all that it leads to.
func (d data) enough(s Settings) bool {
	return d.sketch.Count() > 0 && (d.single || d.days >= s.MinDays && d.sketch.Count() >= s.MinSamples)
}

func (d data) String() string {
	if d.single {
		return "in one look at metrics.k8s.io"
	}
	return fmt.Sprintf("in %d samples over %s", d.sketch.Count(), days(d.days))
}

// days writes "1 day", "14 days".
func days(n int) string {
	if n == 1 {
		return "1 day"
	}
	return fmt.Sprintf("%d days", n)
}

// bounds are what a namespace's LimitRanges allow of a container; zero is no
// bound.
type bounds struct{ low, high Resources }

// sized is what a container should have, and what that rests on.
type sized struct {
	requests, limits Resources
	evidence         []recommend.Evidence
}

func (z *sized) say(name, format string, args ...any) {
	z.evidence = append(z.evidence, recommend.Evidence{Name: name, Value: fmt.Sprintf(format, args...)})
}

// size returns the new requests and limits of c. A resource without enough data
// keeps what it has.
func (s Settings) size(c *collector.Container, cpu, memory data, b bounds) sized {
	z := sized{requests: c.Requests, limits: c.Limits}
	if cpu.enough(s) {
		s.sizeCPU(&z, c, cpu, b)
	}
	if memory.enough(s) {
		s.sizeMemory(&z, c, memory, b)
	}
	return z
}

// sizeCPU works on whole millicores: p95 212m × 1.15 is 243.8m, so 245m.
func (s Settings) sizeCPU(z *sized, c *collector.Container, d data, b bounds) {
	label := c.Name + " CPU"
	q := d.sketch.Quantile(s.CPUQuantile)
	raw := up(q*s.CPUHeadroom, cpuStep)
	z.requests.CPU = hold(z, label, recommend.CPU, limitsOf[collector.MilliCPU]{
		present: c.Requests.CPU, floor: s.Floor.CPU, low: b.low.CPU, high: b.high.CPU, tiny: s.Tiny.CPU, small: s.Small.CPU,
	}, raw)
	z.say(fmt.Sprintf("%s p%g", label, s.CPUQuantile*100), "%s %s; × %g, rounded up to 5m, is %s", recommend.CPU(ceil[collector.MilliCPU](q)), d, s.CPUHeadroom, recommend.CPU(raw))
	z.say(label+" over the new request", "%s of the samples in the window were above %s; static sizes are exceeded more often later",
		percent(d.sketch.Above(float64(z.requests.CPU))), recommend.CPU(z.requests.CPU))
	if c.Limits.CPU > 0 && z.requests.CPU > c.Limits.CPU {
		z.limits.CPU = z.requests.CPU
		z.say(label+" limit", "%s is under the new request, so it rises with it", recommend.CPU(c.Limits.CPU))
	}
}

// sizeMemory works on whole MiB: a peak of 400Mi asks for a request of 460Mi
// (× 1.15) and a limit of 500Mi (× 1.25).
func (s Settings) sizeMemory(z *sized, c *collector.Container, d data, b bounds) {
	label := c.Name + " memory"
	peak := d.sketch.Max()
	request, limit := up(peak*s.MemoryHeadroom, memoryStep), up(peak*s.LimitHeadroom, memoryStep)
	z.say(label+" peak", "%s %s; × %g is %s", mebi(peak), d, s.MemoryHeadroom, recommend.Memory(request))
	limited := c.Limits.Memory > 0
	if c.Usage.OOMKills > 0 {
		request = max(request, c.Requests.Memory)
		limit = max(limit, c.Limits.Memory)
		limit = s.afterOOM(z, label, c, peak, limit)
	}
	bound := limitsOf[collector.Bytes]{
		present: c.Requests.Memory, floor: s.Floor.Memory, low: b.low.Memory, high: b.high.Memory, tiny: s.Tiny.Memory, small: s.Small.Memory,
	}
	switch {
	case limited && c.Requests.Memory == c.Limits.Memory:
		bound.least = ceil[collector.Bytes](peak)
		z.say(label+" limit", "equal to the request, and stays so: both are the peak × %g", s.LimitHeadroom)
		z.requests.Memory = hold(z, label, recommend.Memory, bound, max(request, limit))
		z.limits.Memory = z.requests.Memory
	default:
		z.requests.Memory = hold(z, label, recommend.Memory, bound, request)
		if limited {
			bound.present, bound.least = c.Limits.Memory, ceil[collector.Bytes](peak)
			z.limits.Memory = max(hold(z, label+" limit", recommend.Memory, bound, max(limit, z.requests.Memory)), z.requests.Memory)
		}
	}
	if z.limits.Memory < min(ceil[collector.Bytes](peak), c.Limits.Memory) {
		z.requests.Memory, z.limits.Memory = c.Requests.Memory, c.Limits.Memory
		z.say(label+" limit", "the namespace's maximum is under the peak, which would kill it: its memory stays as it is")
	}
}

// afterOOM raises limit after OOM kills. The kernel kills at the limit, between
// two samples, so the peak that was seen can be well under the true one. A
// peak of at most 80 % of the limit means either such a spike or that the limit
// was raised since (within the window the kills still count): the samples cannot
// tell, so the limit is then kept and not raised again and again each night.
func (s Settings) afterOOM(z *sized, label string, c *collector.Container, peak float64, limit collector.Bytes) collector.Bytes {
	if c.Limits.Memory == 0 {
		z.say(label+" OOM kills", "%d with no limit set: the node ran out; the request is not lowered", c.Usage.OOMKills)
		return limit
	}
	if peak*oomFactor <= float64(c.Limits.Memory) {
		z.say(label+" OOM kills", "%d, but the peak seen is at most 80 %% of the limit %s: it is kept, and the request not lowered; if kills go on, spikes fall between samples and the limit must rise",
			c.Usage.OOMKills, recommend.Memory(c.Limits.Memory))
		return limit
	}
	raised := max(limit, up(float64(c.Limits.Memory)*oomFactor, memoryStep), up(peak+float64(oomRoom), memoryStep), up(peak*oomFactor, memoryStep))
	z.say(label+" OOM kills", "%d at a limit of %s: the limit rises by a quarter or to the peak + 100Mi, whichever is more",
		c.Usage.OOMKills, recommend.Memory(c.Limits.Memory))
	return raised
}

// limitsOf is what holds a figure of one resource.
type limitsOf[T ~int64] struct {
	present, floor, low, high, tiny, small T
	least                                  T // what is set is not kept under it, however small the change
}

// hold returns want, held to the floor and the LimitRange, or the present
// figure where the change is too small to be worth a review. What bound is said.
func hold[T ~int64](z *sized, label string, write func(T) string, l limitsOf[T], want T) T {
	v := want
	if v < l.floor {
		// A floor never raises what is set: 20Mi used of 24Mi stays at 24Mi.
		v = l.floor
		if l.present > 0 && l.present < l.floor {
			v = max(want, l.present)
		}
		z.say(label+" floor", "%s would do, but no request is proposed under %s", write(max(want, 1)), write(l.floor))
	}
	if l.low > 0 && v < l.low {
		z.say(label+" LimitRange", "the namespace's minimum is %s", write(l.low))
		v = l.low
	}
	if l.high > 0 && v > l.high {
		z.say(label+" LimitRange", "%s is wanted, but the namespace's maximum is %s", write(v), write(l.high))
		v = l.high
	}
	if d := max(v-l.present, l.present-v); l.present > 0 && l.present >= l.least && (d < l.tiny || d < l.small && float64(d) < smallShare*float64(l.present)) {
		return l.present
	}
	return v
}

// up rounds v up to a multiple of step, at least one step. What a sketch holds
// is at most 1e18; headroom of 10 would leave an int64, so it stops there.
func up[T ~int64](v float64, step T) T {
	n := math.Ceil(min(v, 1e18) / float64(step))
	return max(T(n), 1) * step
}

func ceil[T ~int64](v float64) T { return T(math.Ceil(min(v, 1e18))) }

// mebi writes bytes rounded up to a MiB.
func mebi(v float64) string { return recommend.Memory(up(v, collector.MiB)) }

// percent writes a share, 0.0123 as 1.2 %, and one that is not zero never as 0.
func percent(share float64) string {
	if share > 0 && share < 0.0005 {
		return "under 0.1 %"
	}
	return fmt.Sprintf("%.1f %%", share*100)
}
