package budget_test

import (
	"encoding/json"
	"math/rand/v2"
	"testing"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/pricing/budget"
)

// drawSeries is a series around the year from 1 April 2026, with gaps.
func drawSeries(t *rapid.T) []budget.Day {
	first := after("2026-04-01", rapid.IntRange(-60, 200).Draw(t, "first"))
	level := rapid.Int64Range(0, 1_000_000).Draw(t, "level")
	var out []budget.Day
	for i := range rapid.IntRange(0, 120).Draw(t, "days") {
		pence := level + rapid.Int64Range(-level/2, level/2+1).Draw(t, "noise")
		d := budget.Day{Day: after(first, i), Cost: pricing.Known(pricing.Pounds(decimal.New(pence, -3)))}
		switch rapid.IntRange(0, 9).Draw(t, "gap") {
		case 0:
			continue
		case 1:
			d.Cost.Known = false
		}
		out = append(out, d)
	}
	return out
}

func drawToday(t *rapid.T) collector.Day {
	return after("2026-04-01", rapid.IntRange(0, 364).Draw(t, "today"))
}

func drawn(t *rapid.T, pence int64, series []budget.Day, today collector.Day) budget.Assessment {
	a, err := budget.Assess(budget.Budget{Name: "b", Amount: pricing.Pounds(decimal.New(pence, -2))}, series, today, budget.FromApril)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func drawPence(t *rapid.T) int64 { return rapid.Int64Range(1, 50_000_000).Draw(t, "budget") }

func TestToDateIsTheExactSum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		series, today := drawSeries(t), drawToday(t)
		a := drawn(t, drawPence(t), series, today)
		sum, known := decimal.Zero, 0
		for _, d := range series {
			if d.Day >= "2026-04-01" && d.Day < today {
				sum = sum.Add(d.Cost.Money.Decimal)
				if d.Cost.Known {
					known++
				}
			}
		}
		if !a.Year.ToDate.Money.Equal(sum) {
			t.Fatalf("%s, want %s", a.Year.ToDate.Money.Decimal, sum)
		}
		if over := known + a.Year.Missing.Days; after("2026-04-01", over) != today {
			t.Fatalf("%d days known and %d missing before %s", known, a.Year.Missing.Days, today)
		}
		if a.Year.ToDate.Known != (a.Year.Missing.Days == 0) {
			t.Fatalf("%+v with %d missing", a.Year.ToDate, a.Year.Missing.Days)
		}
	})
}

func TestTheOrderOfDaysDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		series, today, pence := drawSeries(t), drawToday(t), drawPence(t)
		before := written(t, drawn(t, pence, series, today))
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "order"), 0))
		rng.Shuffle(len(series), func(i, j int) { series[i], series[j] = series[j], series[i] })
		if got := written(t, drawn(t, pence, series, today)); got != before {
			t.Fatalf("%s\nwant\n%s", got, before)
		}
	})
}

func written(t *rapid.T, a budget.Assessment) string {
	b, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestTheIntervalHoldsTheExpected(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := drawn(t, drawPence(t), drawSeries(t), drawToday(t))
		for _, p := range []budget.Period{a.Month, a.Year} {
			f, ok := p.Forecast, p.Forecast.Expected.Known
			if f.Low.Money.GreaterThan(f.Expected.Money.Decimal) || f.Expected.Money.GreaterThan(f.High.Money.Decimal) {
				t.Fatalf("%+v", f)
			}
			if ok && f.Low.Money.LessThan(p.ToDate.Money.Round(2)) {
				t.Fatalf("at least %s, and %s is spent", f.Low, p.ToDate)
			}
			if ok == (f.Reason != "") || ok != f.High.Known || ok != f.Low.Known || !ok && (f.Filled > 0 || !f.High.Money.IsZero()) {
				t.Fatalf("%+v", f)
			}
		}
		c := a.Exceeded
		if passed(c.Earliest) > passed(c.On) || passed(c.On) > passed(c.Latest) {
			t.Fatalf("%+v", c)
		}
	})
}

// passed orders days, never last.
func passed(d collector.Day) collector.Day {
	if d == "" {
		return "never"
	}
	return d
}

func TestALargerBudgetIsNeverPassedEarlier(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		series, today, pence := drawSeries(t), drawToday(t), drawPence(t)
		small := drawn(t, pence, series, today)
		large := drawn(t, pence+drawPence(t), series, today)
		for name, c := range map[string][2]collector.Day{
			"on":       {small.Exceeded.On, large.Exceeded.On},
			"earliest": {small.Exceeded.Earliest, large.Exceeded.Earliest},
			"latest":   {small.Exceeded.Latest, large.Exceeded.Latest},
		} {
			if passed(c[0]) > passed(c[1]) {
				t.Fatalf("%s: %q with more, %q with less", name, c[1], c[0])
			}
		}
	})
}

// Twice the costs are twice the forecast. Each figure is rounded to the penny,
// twice on its way: scaled by k, that is up to k + 1 pence.
func TestAForecastScalesWithItsCosts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		series, today, pence := drawSeries(t), drawToday(t), drawPence(t)
		k := decimal.NewFromInt(rapid.Int64Range(2, 9).Draw(t, "k"))
		before := drawn(t, pence, series, today)
		for i := range series {
			series[i].Cost.Money = series[i].Cost.Money.Times(k)
		}
		scaled := drawn(t, pence, series, today)
		for _, c := range [][2]budget.Forecast{{before.Month.Forecast, scaled.Month.Forecast}, {before.Year.Forecast, scaled.Year.Forecast}} {
			for _, m := range [][2]pricing.Amount{{c[0].Expected, c[1].Expected}, {c[0].Low, c[1].Low}, {c[0].High, c[1].High}} {
				if off := m[0].Money.Times(k).Minus(m[1].Money).Abs(); off.GreaterThan(k.Add(decimal.NewFromInt(1)).Shift(-2)) {
					t.Fatalf("%s × %s is %s", m[0], k, m[1])
				}
			}
		}
	})
}
