package budget

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// setting is one use of the traces: each origin is fitted to the days before it
// and judged on the sum of those after.
type setting struct {
	// perDay is how many points a day gives. With 7 of them a day stands for a
	// week, its hours for weekdays: the traces have no more than ten days.
	perDay   int
	together int // machines summed to one series, as workloads to a cluster
	fitted   int // days before an origin
	horizons []int
}

// TestBacktest holds the table of the package comment: error in per cent, and
// how many per cent of the sums lie in the interval.
func TestBacktest(t *testing.T) {
	for name, c := range map[string]struct {
		machines func(testing.TB) [][]float64
		setting
		level, mean, line, short string // of each candidate
	}{
		"1 and 2 days of a machine": {planetlab, setting{1, 1, 7, []int{1, 2}},
			"20.6 % off, 85 % held, of 260", "23.6 % off, 79 % held, of 260", "25.6 % off, 73 % held, of 260", "25.6 % off, 73 % held, of 260"},
		"3 days of an AWS instance": {cloudwatch, setting{1, 1, 7, []int{3}},
			"22.0 % off, 47 % held, of 30", "18.9 % off, 37 % held, of 30", "39.3 % off, 40 % held, of 30", "39.3 % off, 40 % held, of 30"},
		"10 and 21 days of a machine": {planetlab, setting{7, 1, 21, []int{10, 21}},
			"17.8 % off, 81 % held, of 2498", "18.3 % off, 52 % held, of 2498", "28.8 % off, 50 % held, of 2498", "28.8 % off, 50 % held, of 2498"},
		"35 days of a machine": {planetlab, setting{7, 1, 14, []int{35}},
			"25.8 % off, 75 % held, of 435", "26.2 % off, 32 % held, of 435", "58.2 % off, 45 % held, of 435", "45.4 % off, 43 % held, of 435"},
		"10 and 21 days of ten machines": {planetlab, setting{7, 10, 21, []int{10, 21}},
			"9.4 % off, 73 % held, of 239", "9.4 % off, 47 % held, of 239", "14.2 % off, 46 % held, of 239", "14.2 % off, 46 % held, of 239"},
		"35 days of ten machines": {planetlab, setting{7, 10, 14, []int{35}},
			"17.6 % off, 79 % held, of 39", "18.7 % off, 5 % held, of 39", "29.3 % off, 49 % held, of 39", "23.3 % off, 49 % held, of 39"},
	} {
		t.Run(name, func(t *testing.T) {
			series := c.series(c.machines(t))
			for label, f := range map[string]struct {
				forecast candidate
				want     string
			}{"level": {level, c.level}, "mean of 7 days": {meanOf7, c.mean}, "line": {line, c.line}, "line, then level": {shortLine, c.short}} {
				if got := c.judge(series, f.forecast); got != f.want {
					t.Errorf("%s: %s, documented as %s", label, got, f.want)
				}
			}
		})
	}
}

// judge moves the origin through each series and writes what f gives there.
func (s setting) judge(series [][]float64, f candidate) string {
	var off []float64
	held := 0.0
	for _, y := range series {
		for origin := s.fitted; origin < len(y); origin += max(1, s.perDay-2) {
			for _, h := range s.horizons {
				if origin+h > len(y) {
					continue
				}
				actual := floats.Sum(y[origin : origin+h])
				if actual == 0 {
					continue // no error in per cent
				}
				expected, half := f(y[origin-s.fitted:origin], h)
				off = append(off, math.Abs(expected-actual)/actual)
				if math.Abs(expected-actual) <= half {
					held++
				}
			}
		}
	}
	n := float64(len(off))
	return fmt.Sprintf("%.1f %% off, %.0f %% held, of %d", 100*stat.Mean(off, nil), 100*held/n, len(off))
}

// candidate forecasts the sum of the h days after y, and half the width of the
// interval of 80 %.
type candidate func(y []float64, h int) (expected, half float64)

// level is the forecast of this package.
func level(y []float64, h int) (expected, half float64) {
	const first = date(20_000)
	known := make([]cost, len(y))
	for i, v := range y {
		known[i] = cost{first + date(i), v}
	}
	today := first + date(len(y))
	f, _ := fitTo(known, today)
	s := f.sum()
	for i := range h {
		s.add(today+date(i), 0)
	}
	return s.expected, s.high - s.expected
}

// meanOf7 takes the last 7 days as independent.
func meanOf7(y []float64, h int) (expected, half float64) {
	mean, sd := stat.MeanStdDev(y[len(y)-7:], nil)
	n := float64(h)
	return n * mean, student(6) * sd * math.Sqrt(n+n*n/7)
}

// line is ordinary least squares on time, extrapolated.
func line(y []float64, h int) (expected, half float64) { return trend(y, h, math.MaxInt) }

// shortLine extrapolates for as many days as were fitted, and goes on level.
func shortLine(y []float64, h int) (expected, half float64) { return trend(y, h, len(y)) }

func trend(y []float64, h, horizon int) (expected, half float64) {
	x := make([]float64, len(y))
	for i := range x {
		x[i] = float64(i)
	}
	a, b := stat.LinearRegression(x, y, nil, false)
	squares := 0.0
	for i := range y {
		e := y[i] - a - b*x[i]
		squares += e * e
	}
	n, dof := float64(len(y)), float64(len(y)-2)
	mean, variance := stat.MeanVariance(x, nil)
	leverage := 0.0
	for i := range h {
		at := n - 1 + float64(min(i+1, horizon))
		expected += a + b*at
		leverage += at - mean
	}
	days := float64(h)
	return expected, student(dof) * math.Sqrt(squares/dof*(days+days*days/n+leverage*leverage/(variance*(n-1))))
}

func student(dof float64) float64 {
	return distuv.StudentsT{Sigma: 1, Nu: dof}.Quantile(quantile)
}
