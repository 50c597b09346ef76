package model

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/tuppence-dev/tuppence/collector"
)

// regression is in units of the prior's errors, so that the three constants are of
// one size: z = β/SD.
type regression struct {
	prior   [3]Estimate
	moments collector.Moments
}

func (r *regression) xx(i, j int) float64 {
	at := [3][3]int{{0, 1, 2}, {1, 3, 4}, {2, 4, 5}}
	return r.moments.XX[at[i][j]] * r.prior[i].SD * r.prior[j].SD
}

// variance is that of the residuals around the best line that there is, without
// the prior: a prior that is far off must not pass for noise. Directions in which
// the steps do not differ are no part of the line. Where there are no more steps
// than directions, all of what is measured is taken for noise.
func (r *regression) variance() float64 {
	m := &r.moments
	if m.Steps == 0 {
		return 1
	}
	all := mat.NewSymDense(3, nil)
	for i := range 3 {
		for j := i; j < 3; j++ {
			all.SetSym(i, j, r.xx(i, j))
		}
	}
	var eigen mat.EigenSym
	least := r.least()
	if !eigen.Factorize(all, true) {
		return math.Max(least, m.YY/float64(m.Steps))
	}
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	values := eigen.Values(nil)
	rest, free := m.YY, float64(m.Steps)
	for k, v := range values {
		if v <= 1e-9*values[2] {
			continue
		}
		var along float64
		for i := range 3 {
			along += vectors.At(i, k) * m.XY[i] * r.prior[i].SD
		}
		rest -= along * along / v
		free--
	}
	if free < 1 {
		return math.Max(least, m.YY/float64(m.Steps))
	}
	return math.Max(least, rest/free)
}

// least is the least variance that is believed: a 1,000th of the cores, squared,
// and a 10,000th of what the prior leaves open. Below that the sums' own rounding
// counts.
func (r *regression) least() float64 {
	open := r.xx(0, 0) + r.xx(1, 1) + r.xx(2, 2)
	return math.Max(1e-18, (1e-6*r.moments.YY+1e-8*open)/float64(r.moments.Steps))
}

// solve returns the constants from 0 that are most likely, and the covariance
// they would have without that bound. Of three constants any may be held at 0:
// of the eight cases the likeliest without one below 0 is taken.
func (r *regression) solve(variance float64) (beta [3]float64, cov [3][3]float64, ok bool) {
	full := mat.NewSymDense(3, nil)
	right := mat.NewVecDense(3, nil)
	for i := range 3 {
		for j := i; j < 3; j++ {
			v := r.xx(i, j) / variance
			if i == j {
				v++
			}
			full.SetSym(i, j, v)
		}
		right.SetVec(i, r.prior[i].Value/r.prior[i].SD+r.moments.XY[i]*r.prior[i].SD/variance)
	}
	var chol mat.Cholesky
	var inverse mat.SymDense
	if !chol.Factorize(full) || chol.InverseTo(&inverse) != nil {
		return beta, cov, false
	}
	best := math.Inf(-1)
	for held := range 8 {
		z, gain, fine := r.held(full, right, held)
		if fine && gain > best {
			best, ok = gain, true
			for i := range beta {
				beta[i] = z[i] * r.prior[i].SD
			}
		}
	}
	for i := range cov {
		for j := range cov {
			cov[i][j] = inverse.At(i, j) * r.prior[i].SD * r.prior[j].SD
		}
	}
	return beta, cov, ok
}

// held solves for the constants whose bit is not set, the others being 0. The gain
// is how much likelier they are than all being 0: zᵀb/2.
func (r *regression) held(full *mat.SymDense, right *mat.VecDense, held int) (z [3]float64, gain float64, ok bool) {
	var free []int
	for i := range 3 {
		if held&(1<<i) == 0 {
			free = append(free, i)
		}
	}
	if len(free) == 0 {
		return z, 0, true
	}
	a, b := mat.NewSymDense(len(free), nil), mat.NewVecDense(len(free), nil)
	for i, fi := range free {
		b.SetVec(i, right.AtVec(fi))
		for j := i; j < len(free); j++ {
			a.SetSym(i, j, full.At(fi, free[j]))
		}
	}
	var chol mat.Cholesky
	var x mat.VecDense
	if !chol.Factorize(a) || chol.SolveVecTo(&x, b) != nil {
		return z, 0, false
	}
	for i, fi := range free {
		if z[fi] = x.AtVec(i); !(z[fi] >= 0) {
			return z, 0, false
		}
		gain += z[fi] * b.AtVec(i) / 2
	}
	return z, gain, true
}
