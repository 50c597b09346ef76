package budget

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
)

// maxPounds bounds a day's cost: a trillion pounds is a mistake, and larger
// figures would overflow the statistics.
var maxPounds = decimal.New(1, 12)

// Assess says how b stands at the beginning of today, in the financial year of
// y that today falls in. The series may hold other years' days, in any order:
// those before are fitted too. It returns an error for a budget that is not
// greater than zero, an invalid y, a day that is none or stands twice, and a
// cost that is negative or over a trillion pounds.
func Assess(b Budget, series []Day, today collector.Day, y Year) (Assessment, error) {
	a, err := assess(b, series, today, y)
	if err != nil {
		return Assessment{}, fmt.Errorf("budget %.80q: %w", b.Name, err)
	}
	return a, nil
}

func assess(b Budget, series []Day, today collector.Day, y Year) (Assessment, error) {
	if !b.Amount.IsPositive() || b.Amount.GreaterThan(maxPounds) {
		return Assessment{}, errors.New("its amount must be greater than zero, and no more than a trillion pounds")
	}
	if err := y.Valid(); err != nil {
		return Assessment{}, err
	}
	now, err := parse(today)
	if err != nil {
		return Assessment{}, fmt.Errorf("today: %w", err)
	}
	p, err := readSeries(series, now)
	if err != nil {
		return Assessment{}, err
	}
	a := Assessment{Budget: b, Today: today, Later: len(series) - len(p.costs)}
	p.fit, p.reason = fitTo(p.known(), now)
	a.Month, _ = p.period(monthOf(now), b.Amount)
	a.Year, a.Exceeded = p.period(y.of(now), b.Amount)
	a.Left = pricing.Known(b.Amount).Minus(a.Year.ToDate)
	a.Status = status(&a)
	if f := p.fit; f != nil {
		a.Basis = &Basis{Days: f.days, PerDay: pricing.Pounds(pence(f.level)), Weekday: f.weekday}
	}
	return a, nil
}

// past is what the days before today cost, and the fit to them.
type past struct {
	today  date
	costs  map[date]pricing.Amount
	fit    *fit   // nil: no forecast
	reason string // why fit is nil
}

// readSeries checks the series and keeps its days before today.
func readSeries(series []Day, today date) (*past, error) {
	p := &past{today: today, costs: make(map[date]pricing.Amount, len(series))}
	seen := make(map[date]bool, len(series))
	for _, d := range series {
		on, err := parse(d.Day)
		switch {
		case err != nil:
			return nil, err
		case seen[on]:
			return nil, fmt.Errorf("%s stands twice in its series", d.Day)
		case d.Cost.Money.IsNegative() || d.Cost.Money.GreaterThan(maxPounds):
			return nil, fmt.Errorf("the cost of %s is negative or more than a trillion pounds", d.Day)
		}
		seen[on] = true
		if on < today {
			p.costs[on] = d.Cost
		}
	}
	return p, nil
}

// known are the days with a known cost in date order.
func (p *past) known() []cost {
	var out []cost
	for on, c := range p.costs {
		if c.Known {
			out = append(out, cost{on, c.Money.InexactFloat64()})
		}
	}
	slices.SortFunc(out, func(a, b cost) int { return cmp.Compare(a.on, b.on) })
	return out
}

// period walks through s day by day: a known day adds its cost, any other the
// part that is known and the fitted rest. It returns the days on which amount
// is passed, too.
func (p *past) period(s span, amount pricing.Money) (Period, Crossing) {
	out := Period{Start: s.first.day(), End: s.last.day(), ToDate: pricing.Known(pricing.Money{})}
	last := s.last
	var rest sum
	if p.fit != nil {
		rest = p.fit.sum()
	} else {
		last = min(last, p.today-1)
	}
	var f Forecast
	var c Crossing
	for d := s.first; d <= last; d++ {
		cost := p.costs[d] // the zero Amount, an unknown one, where there is none
		if d < p.today {
			out.ToDate = out.ToDate.Plus(cost)
			if !cost.Known {
				out.Missing.add(d)
			}
		}
		if !cost.Known && p.fit != nil {
			rest.add(d, cost.Money.InexactFloat64())
		}
		f = forecast(out.ToDate.Money, &rest)
		c.pass(d, &f, amount)
	}
	c.Happened = out.ToDate.Money.GreaterThan(amount.Decimal)
	if p.fit == nil {
		out.Forecast = Forecast{Reason: p.reason}
		return out, c
	}
	out.Forecast = f.rounded()
	out.Forecast.Filled = out.Missing.Days
	return out, c
}

func (m *Missing) add(d date) {
	m.Days++
	m.Last = d.day()
	m.First = cmp.Or(m.First, m.Last)
}

// forecast is what is known with an estimate of the rest.
func forecast(known pricing.Money, rest *sum) Forecast {
	with := func(pounds float64) pricing.Amount {
		return pricing.Known(known.Plus(pricing.Pounds(pence(pounds))))
	}
	return Forecast{Expected: with(rest.expected), Low: with(rest.low), High: with(rest.high)}
}

func (f Forecast) rounded() Forecast {
	for _, a := range []*pricing.Amount{&f.Expected, &f.Low, &f.High} {
		a.Money = pricing.Pounds(a.Money.Round(2))
	}
	return f
}

// pass notes d where it is the first day on which f passes the amount.
func (c *Crossing) pass(d date, f *Forecast, amount pricing.Money) {
	for _, side := range []struct {
		cost pricing.Money
		day  *collector.Day
	}{{f.High.Money, &c.Earliest}, {f.Expected.Money, &c.On}, {f.Low.Money, &c.Latest}} {
		if *side.day == "" && side.cost.GreaterThan(amount.Decimal) {
			*side.day = d.day()
		}
	}
}

func status(a *Assessment) Status {
	switch {
	case a.Exceeded.Happened:
		return Over
	case !a.Year.Forecast.Expected.Known:
		return Unknown
	case a.Exceeded.On != "":
		return Likely
	case a.Exceeded.Earliest != "":
		return Possible
	}
	return Within
}

// pence rounds an estimate to the penny.
func pence(pounds float64) decimal.Decimal { return decimal.NewFromFloat(pounds).Round(2) }
