package model

import (
	"fmt"
	"math"
	"slices"

	"github.com/tuppence-dev/tuppence/collector"
)

// Estimate is a figure with its standard error, in the same unit.
type Estimate struct {
	Value, SD float64
}

// Prior is what is taken for what a program costs before any of it is measured:
// cores while idle, and CPU seconds a run and an object of it.
type Prior struct {
	Idle, PerRun, PerObject Estimate
}

// NewPrior is the prior of reference constants that may be wrong by a factor of
// two either way: their standard error is ¾ of them, half of 2 less ½. Idle is in
// cores; that of a controller is near nothing, while an API server serves much
// else, so that it is as wide as the caller says.
func NewPrior(c Coefficient, idle Estimate) Prior {
	const factor = 0.75
	run, object := c.PerRun/1000, c.PerObject/1000
	return Prior{Idle: idle, PerRun: Estimate{run, factor * run}, PerObject: Estimate{object, factor * object}}
}

// Fitted is what a program costs: the prior, as far as measurements move it.
type Fitted struct {
	Idle, PerRun, PerObject Learnt
	// Noise is by how many cores a step of time is off the line: the standard
	// deviation of the residuals.
	Noise float64
	Steps int
	cov   [3][3]float64
}

// Learnt is one constant.
type Learnt struct {
	Estimate
	// Own is the share of the prior's variance that measurements took away: 0
	// where it is the prior's word alone, near 1 where it is the fleet's own.
	Own  float64
	From string // "measured", "reference and measured" or "reference"
}

// Fit returns what measurements say that a program costs: Bayesian linear
// regression of cores on runs and objects a second, with a Gaussian prior and
// Gaussian residuals (Bishop, Pattern Recognition and Machine Learning, 3.3) of the
// variance that least squares leave. What the measurements cannot tell apart,
// as idle and a rate that never changes, keeps the prior's split and its error.
// No constant is below 0: the best of those that are not is taken, and one that
// would be below is 0 with the error that it would have had.
//
// The errors take the steps as independent. It returns an error where the sums are
// not of any measurements, or the prior is not one.
func Fit(prior Prior, m collector.Moments) (Fitted, error) {
	if err := validMoments(m); err != nil {
		return Fitted{}, err
	}
	p := [3]Estimate{prior.Idle, prior.PerRun, prior.PerObject}
	for i, e := range p {
		if !within(e.Value, 0, 1e6) || !within(e.SD, 1e-12, 1e6) {
			return Fitted{}, fmt.Errorf("the prior of the %s is %g ± %g; give a value from 0 and an error above it", constants[i], e.Value, e.SD)
		}
	}
	r := regression{prior: p, moments: m}
	variance := r.variance()
	beta, cov, ok := r.solve(variance)
	if !ok {
		return Fitted{}, fmt.Errorf("the sums of %d steps do not determine the constants; measure anew", m.Steps)
	}
	return fitted(p, beta, cov, math.Sqrt(variance), m.Steps), nil
}

var constants = [3]string{"idle cores", "cost of a run", "cost of an object"}

func fitted(p [3]Estimate, beta [3]float64, cov [3][3]float64, noise float64, steps int) Fitted {
	var l [3]Learnt
	for i := range l {
		sd := math.Sqrt(cov[i][i])
		own := math.Min(1, math.Max(0, 1-cov[i][i]/(p[i].SD*p[i].SD)))
		l[i] = Learnt{Estimate: Estimate{beta[i], sd}, Own: own, From: from(own)}
	}
	return Fitted{Idle: l[0], PerRun: l[1], PerObject: l[2], Noise: noise, Steps: steps, cov: cov}
}

func from(own float64) string {
	switch {
	case own >= 0.9:
		return "measured"
	case own >= 0.1:
		return "reference and measured"
	}
	return "reference"
}

// Cores is the mean that the program takes at a rate of runs and objects a second,
// with the standard error that comes of the constants'. A single step is off by
// Noise as well.
func (f *Fitted) Cores(runs, objects float64) Estimate {
	x := [3]float64{1, runs, objects}
	beta := [3]float64{f.Idle.Value, f.PerRun.Value, f.PerObject.Value}
	var e Estimate
	var variance float64
	for i := range x {
		e.Value += x[i] * beta[i]
		for j := range x {
			variance += x[i] * x[j] * f.cov[i][j]
		}
	}
	e.SD = math.Sqrt(math.Max(0, variance))
	return e
}

// Coefficient is the constants of a run in milliseconds.
func (f *Fitted) Coefficient() Coefficient {
	return Coefficient{PerRun: f.PerRun.Value * 1000, PerObject: f.PerObject.Value * 1000}
}

// validMoments refuses what no sums over measurements can be.
func validMoments(m collector.Moments) error {
	all := slices.Concat(m.XX[:], m.XY[:], []float64{m.YY})
	for _, v := range all {
		if !within(v, 0, 1e18) {
			return fmt.Errorf("the sums of %d steps hold %g; rates and cores are from 0, and finite", m.Steps, v)
		}
	}
	n := float64(m.Steps)
	below := func(square, squares float64) bool { return square <= squares*(1+1e-6)+1e-300 } // but for rounding
	x, y := m.XX, m.XY
	switch {
	case m.Steps < 0 || math.Abs(x[0]-n) > 1e-6*(1+n):
		return fmt.Errorf("the sums are of %g steps and say %d; measure anew", x[0], m.Steps)
	case !below(x[1]*x[1], n*x[3]), !below(x[2]*x[2], n*x[5]), !below(x[4]*x[4], x[3]*x[5]),
		!below(y[0]*y[0], n*m.YY), !below(y[1]*y[1], x[3]*m.YY), !below(y[2]*y[2], x[5]*m.YY):
		return fmt.Errorf("the sums of %d steps contradict each other: a square of a sum is above the sum of the squares; measure anew", m.Steps)
	}
	return nil
}
