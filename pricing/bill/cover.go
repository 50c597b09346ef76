package bill

import (
	"cmp"
	"slices"
	"time"
)

// cover is a union of stretches of time. Those added in order are joined at once;
// the others wait until there are twice as many as were left the last time.
type cover struct {
	list []stretch
	wait int // how many there may be before they are joined
}

// stretch is a span in nanoseconds since 1970: a third of the memory of a span.
type stretch struct{ start, end int64 }

// add adds s, and returns by how many the stretches grew.
func (c *cover) add(s span) int {
	before, a := len(c.list), stretch{s.start.UnixNano(), s.end.UnixNano()}
	if before > 0 {
		if last := &c.list[before-1]; a.start >= last.start && a.start <= last.end {
			last.end = max(last.end, a.end)
			return 0
		}
	}
	c.list = append(c.list, a)
	if len(c.list) > c.wait {
		c.join()
		c.wait = 2*len(c.list) + 64
	}
	return len(c.list) - before
}

func (c *cover) join() {
	slices.SortFunc(c.list, func(a, b stretch) int { return cmp.Compare(a.start, b.start) })
	joined := c.list[:0]
	for _, a := range c.list {
		if n := len(joined); n > 0 && a.start <= joined[n-1].end {
			joined[n-1].end = max(joined[n-1].end, a.end)
			continue
		}
		joined = append(joined, a)
	}
	c.list = joined
}

// total is how long the union is.
func (c *cover) total() time.Duration {
	c.join()
	var sum time.Duration
	for _, a := range c.list {
		sum += time.Duration(a.end - a.start)
	}
	return sum
}
