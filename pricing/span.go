package pricing

import (
	"time"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/collector"
)

// quantityDigits is the precision of a quantity: a billionth of an hour. It is
// rounded once, here; amounts are multiplied from it exactly.
const quantityDigits = 9

// Span is the time that a cluster was there to be observed: from the start of
// the window, or from the creation of its first node where that is later, to the
// window's end. A month's quantities are those of the span × 730 h ÷ its length:
// a node that stood for 84 of 336 hours counts 182.5 h a month, and a cluster
// that is a day old is taken to go on as on that day.
type Span struct{ collector.Window }

// spanOf is the span of c in w.
func spanOf(c *collector.Cluster, w collector.Window) Span {
	var longest time.Duration
	for _, nodes := range [][]collector.Node{c.Nodes, c.PastNodes} {
		for i := range nodes {
			start := w.Start
			if nodes[i].Created.After(start) {
				start = nodes[i].Created
			}
			longest = max(longest, w.End.Sub(start))
		}
	}
	if longest > 0 {
		w.Start = w.End.Add(-longest)
	}
	return Span{w}
}

// during is how much of the span lies after created.
func (s Span) during(created time.Time) time.Duration {
	if created.After(s.Start) {
		return max(0, s.End.Sub(created))
	}
	return s.Length()
}

// hours is d in hours.
func hours(d time.Duration) decimal.Decimal {
	return decimal.NewFromInt(int64(d)).DivRound(decimal.NewFromInt(int64(time.Hour)), quantityDigits)
}

// months is what part of the span d is: the months of 730 h that a month has of
// something that was there for d.
func (s Span) months(d time.Duration) decimal.Decimal {
	return decimal.NewFromInt(int64(d)).DivRound(decimal.NewFromInt(int64(s.Length())), quantityDigits+3)
}

var hoursPerMonth = decimal.NewFromInt(HoursPerMonth)

// standing are the quantities of something that was there for d: a month's and
// the window's, in hours, or in GiB-months where it is so many GiB large.
func (s Span) standing(d time.Duration) (quantity, window decimal.Decimal) {
	return s.months(d).Mul(hoursPerMonth).Round(quantityDigits), hours(d)
}

func (s Span) stored(gib decimal.Decimal, d time.Duration) (quantity, window decimal.Decimal) {
	return s.months(d).Mul(gib).Round(quantityDigits), hours(d).Mul(gib).DivRound(hoursPerMonth, quantityDigits)
}

// sent are the quantities of gib that were sent within the span.
func (s Span) sent(gib decimal.Decimal) (quantity, window decimal.Decimal) {
	month := decimal.NewFromInt(int64(HoursPerMonth * time.Hour))
	return gib.Mul(month).DivRound(decimal.NewFromInt(int64(s.Length())), quantityDigits), gib
}

// gibOf is b in GiB.
func gibOf(b collector.Bytes) decimal.Decimal {
	return decimal.NewFromInt(int64(b)).DivRound(decimal.NewFromInt(int64(collector.GiB)), quantityDigits)
}
