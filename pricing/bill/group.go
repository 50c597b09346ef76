package bill

import (
	"maps"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
)

// group adds up the EffectiveCost of what was asked for under one name.
type group struct {
	name string
	sum  pricing.Amount
	days map[int64]pricing.Amount // by days since 1970, UTC
	lost bool                     // the days of a row are not known
}

const secondsADay = 24 * 60 * 60

// add shares a over the days of part in proportion to their time. A day gets what
// was left at its start less what is left at its end, rounded, so that the days
// add up to a exactly.
func (g *group) add(part span, a pricing.Amount) {
	g.sum = g.sum.Plus(a)
	whole, left := decimal.NewFromInt(int64(part.length())), a.Money
	for d := part.start.Unix() / secondsADay; ; d++ {
		end := time.Unix((d+1)*secondsADay, 0)
		if !end.Before(part.end) {
			g.addDay(d, pricing.Amount{Money: left, Known: a.Known})
			return
		}
		after := pricing.Pounds(a.Money.Mul(decimal.NewFromInt(int64(part.end.Sub(end)))).DivRound(whole, roundDigits))
		g.addDay(d, pricing.Amount{Money: left.Minus(after), Known: a.Known})
		left = after
	}
}

func (g *group) addDay(d int64, a pricing.Amount) {
	if before, ok := g.days[d]; ok {
		a = before.Plus(a)
	}
	g.days[d] = a
}

// lose notes a row of unknown cost on unknown days.
func (g *group) lose() {
	g.sum.Known, g.lost = false, true
}

func (g *group) settle() Group {
	out := Group{Name: g.name, Effective: g.sum}
	for _, d := range slices.Sorted(maps.Keys(g.days)) {
		a := g.days[d]
		out.Days = append(out.Days, DayCost{
			Day:       collector.DayOf(time.Unix(d*secondsADay, 0)),
			Effective: pricing.Amount{Money: a.Money, Known: a.Known && !g.lost},
		})
	}
	return out
}
