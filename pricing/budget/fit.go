package budget

import (
	"fmt"
	"math"
	"time"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// The forecast's constants. On the PlanetLab traces, smoothing by 0.2 to 0.5
// differs by about one per cent in error, and a drift of 0.4 holds closest to
// 80 % of the sums; see the package comment.
const (
	smoothing = 0.3
	drift     = 0.4
	quantile  = 0.9 // of one side: an interval of 80 %
	// Eight weeks are fitted: enough for weekdays, and a change of two months
	// ago no longer widens the interval.
	fitDays = 56
	// A forecast needs as many known days, of as many days before today: what is
	// older says little of the days to come.
	minKnown, recentDays = 7, 14
	minPerWeekday        = 3
)

// cost is a known day as the statistics take it, in pounds.
type cost struct {
	on     date
	pounds float64
}

// fit is the fitted level of a daily series, in pounds.
type fit struct {
	level   float64
	offset  [7]float64 // by time.Weekday, zero without weekdays
	sigma   float64    // standard error of one day ahead
	dof     float64    // degrees of freedom of sigma
	days    int
	weekday bool
}

// fitTo fits the known days before today, in date order. It gives a reason
// instead where they are too few.
func fitTo(known []cost, today date) (*fit, string) {
	var used []cost
	recent := 0
	for _, c := range known {
		if c.on >= today-fitDays && c.on < today {
			used = append(used, c)
		}
		if c.on >= today-recentDays && c.on < today {
			recent++
		}
	}
	if recent < minKnown {
		return nil, fmt.Sprintf("a forecast needs %d known days among the last %d; there are %d", minKnown, recentDays, recent)
	}
	plain := fit{days: len(used), dof: float64(len(used) - 1)}
	plain.smooth(used)
	offset, ok := offsets(used)
	if !ok {
		return &plain, ""
	}
	weekly := fit{days: len(used), dof: float64(len(used) - 7), offset: offset, weekday: true}
	if weekly.smooth(used); weekly.sigma < plain.sigma {
		return &weekly, ""
	}
	return &plain, ""
}

// smooth sets the level after the last day and sigma from the errors of each
// day as the days before it foretell it.
func (f *fit) smooth(days []cost) {
	squares := 0.0
	for i, c := range days {
		off := c.pounds - f.offset[weekday(c.on)] - f.level
		f.level += off * max(smoothing, 1/float64(i+1))
		if i > 0 {
			squares += off * off
		}
	}
	f.sigma = math.Sqrt(squares / f.dof)
}

// offsets are the means of the weekdays over the mean of all, false where a
// weekday was seen too rarely.
func offsets(days []cost) (offset [7]float64, ok bool) {
	all := make([]float64, 0, len(days))
	var by [7][]float64
	for _, c := range days {
		all = append(all, c.pounds)
		by[weekday(c.on)] = append(by[weekday(c.on)], c.pounds)
	}
	mean := stat.Mean(all, nil)
	for i := range by {
		if len(by[i]) < minPerWeekday {
			return [7]float64{}, false
		}
		offset[i] = stat.Mean(by[i], nil) - mean
	}
	return offset, true
}

// sum gathers expected days into a forecast of their sum.
type sum struct {
	fit       *fit
	margin    float64 // of one day
	days      int
	expected  float64
	variance  float64 // in squares of sigma: Σ (1 + drift × j)²
	low, high float64
}

func (f *fit) sum() sum {
	return sum{fit: f, margin: f.sigma * distuv.StudentsT{Sigma: 1, Nu: f.dof}.Quantile(quantile)}
}

// add adds what a day will cost beside the part that is known, in pounds, at
// least 0. The low end never falls from one day to the next, because no day costs
// less than nothing.
func (s *sum) add(d date, part float64) {
	step := 1 + drift*float64(s.days)
	s.days++
	s.variance += step * step
	s.expected += max(0, s.fit.level+s.fit.offset[weekday(d)]-part)
	half := s.margin * math.Sqrt(s.variance)
	s.low = max(s.low, s.expected-half)
	s.high = s.expected + half
}

func weekday(d date) time.Weekday { return d.time().Weekday() }
