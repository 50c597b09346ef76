package spot

import (
	"fmt"
	"math"
	"time"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/recommend"
)

// hours of a month, as everywhere in the project.
const hoursPerMonth = 730

// chance is the range of the chance that a node is interrupted within a month:
// the bounds of AWS Spot Advisor's bucket (<5, 5–10, 10–15, 15–20, >20 %), and
// the widest range where the bucket is not known.
func (s Settings) chance(bucket *int) (low, high float64) {
	if bucket == nil || *bucket < 0 || *bucket > 4 {
		return 0, s.UnknownHigh
	}
	low = 0.05 * float64(*bucket)
	if *bucket == 4 {
		return low, s.UnknownHigh
	}
	return low, low + 0.05
}

// lambda is the rate of interruptions an hour, from the chance of one in a
// month: −ln(1 − p) / 730. 10 % a month is 0.000144 an hour.
func lambda(p float64) float64 { return -math.Log(1-p) / hoursPerMonth }

// net is the range of the share of the on-demand cost that leaves, 0 to 1.
func (s Settings) net(r recommend.SpotRate) (low, high decimal.Decimal) {
	pLow, pHigh := s.chance(r.Interruption)
	hours := (s.Replace.Duration + s.Lost.Duration).Hours()
	worst := decimal.NewFromFloat(lambda(pHigh) * hours)
	best := decimal.NewFromFloat(lambda(pLow) * hours / 10)
	kept := decimal.NewFromInt(1).Sub(decimal.NewFromFloat(s.FallbackHigh))
	return share(r.Discount.Mul(kept).Sub(worst)), share(r.Discount.Sub(best))
}

// assumed is what the range rests on.
func (s Settings) assumed(r recommend.SpotRate, low, high decimal.Decimal) []recommend.Evidence {
	pLow, pHigh := s.chance(r.Interruption)
	bucket := fmt.Sprintf("not published for these nodes, so taken as 0 %% to %g %% a month", pHigh*100)
	switch {
	case r.Interruption == nil:
	case *r.Interruption == 4:
		bucket = fmt.Sprintf("over %g %% a month (AWS Spot Advisor), taken as up to %g %%", pLow*100, pHigh*100)
	default:
		bucket = fmt.Sprintf("%g %% to %g %% a month (AWS Spot Advisor)", pLow*100, pHigh*100)
	}
	return []recommend.Evidence{
		{Name: "spot discount", Value: pct(r.Discount) + " now, on the part that runs on demand (" + pct(r.OnDemand) + " of its cost)"},
		{Name: "interruption", Value: bucket},
		{Name: "net saving", Value: fmt.Sprintf("%s to %s of the on-demand cost; the saving shown is the low end", pct(low), pct(high))},
		{Name: "assumed", Value: fmt.Sprintf("on demand 0 %% to %g %% of the time for want of spot capacity; %s to replace a node and %s of work lost at worst, a tenth of that at best; today's spot price",
			s.FallbackHigh*100, recommend.Interval(s.Replace.Duration), recommend.Interval(s.Lost.Duration))},
	}
}

// share rounds d down to 6 places and holds it to 0 and 1.
func share(d decimal.Decimal) decimal.Decimal {
	return decimal.Max(decimal.Zero, decimal.Min(decimal.NewFromInt(1), d.RoundDown(6)))
}

func pct(d decimal.Decimal) string {
	return d.Mul(decimal.NewFromInt(100)).RoundDown(1).String() + " %"
}

func short(d time.Duration) string { return recommend.Interval(d) }
