package pricing

import (
	"time"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/collector"
)

// quantityDigits is the precision of a quantity: a billionth of an hour. It is
// rounded once, here; amounts are multiplied from it exactly.
const quantityDigits = 9

// Span is the part of the window in which it is known which nodes a cluster had. A
// month's quantities are those of the span × 730 h ÷ its length: a node that stood
// for 84 of 336 hours counts 182.5 h a month, and a cluster that is known for a day
// is taken to go on as on that day.
//
// Where it is not known which nodes have gone, the span is the whole window and
// those that stand are taken to have stood all along: a cluster that replaces its
// nodes every day would otherwise cost what they cost since this morning.
type Span struct {
	collector.Window
	// Assumed says that no history of nodes was read.
	Assumed bool
}

// spanOf is the span of c in w.
func spanOf(c *collector.Cluster, w collector.Window) Span {
	if c.NodesSince.IsZero() || !c.NodesSince.Before(w.End) {
		return Span{w, true}
	}
	if c.NodesSince.After(w.Start) {
		w.Start = c.NodesSince
	}
	return Span{Window: w}
}

// life is how long n stood within the span.
func (s Span) life(n *collector.Node) time.Duration {
	if s.Assumed && n.Removed.IsZero() {
		return s.Length()
	}
	return n.Within(s.Window)
}

// since is from when on n stood; zero: all along.
func (s Span) since(n *collector.Node) time.Time {
	if s.Assumed {
		return time.Time{}
	}
	return n.Created
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
	if s.Length() <= 0 {
		return decimal.Zero
	}
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
	if s.Length() <= 0 {
		return decimal.Zero, gib
	}
	month := decimal.NewFromInt(int64(HoursPerMonth * time.Hour))
	return gib.Mul(month).DivRound(decimal.NewFromInt(int64(s.Length())), quantityDigits), gib
}

// gibOf is b in GiB.
func gibOf(b collector.Bytes) decimal.Decimal {
	return decimal.NewFromInt(int64(b)).DivRound(decimal.NewFromInt(int64(collector.GiB)), quantityDigits)
}
