package prom

import (
	"math/bits"
	"time"

	"github.com/prometheus/common/model"
)

// steps is a set of steps of a day, by their indices.
type steps []uint64

func newSteps(n int) steps { return make(steps, (n+63)/64) }

func (s steps) add(i int)      { s[i/64] |= 1 << (i % 64) }
func (s steps) has(i int) bool { return s[i/64]>>(i%64)&1 == 1 }

func (s steps) count() int {
	n := 0
	for _, word := range s {
		n += bits.OnesCount64(word)
	}
	return n
}

// join adds the steps of o, a set of the same day.
func (s steps) join(o steps) {
	for i := range s {
		s[i] |= o[i]
	}
}

// steps is how many steps d has.
func (d day) steps(step time.Duration) int { return int(d.to.Sub(d.from) / step) }

// index is which step of d ends at t; false where none does, as in an answer
// about something that was not asked.
func (d day) index(t model.Time, step time.Duration) (int, bool) {
	first, last, each := model.TimeFromUnixNano(d.from.UnixNano()), model.TimeFromUnixNano(d.to.UnixNano()), model.Time(step.Milliseconds())
	if t <= first || t > last || (t-first)%each != 0 {
		return 0, false
	}
	return int((t-first)/each) - 1, true
}

// end is when step i of d ends.
func (d day) end(i int, step time.Duration) time.Time { return d.from.Add(time.Duration(i+1) * step) }
