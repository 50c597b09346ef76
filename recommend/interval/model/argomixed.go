package model

import "math"

// argoMixed is the period, and the share of refreshes that the timer makes, where refreshes that set the clock come λ times a
// second, and events that only count once the timeout has passed μ times. What
// the timer leaves until the refresh, once T is over, is taken as uniform around
// its mean: that of the timer alone, or of a random moment between two resyncs
// where something else refreshed last.
func argoMixed(alone period, t, j, lambda, mu float64) (period, float64) {
	random := (t*t + j*j/6) / (2 * t)
	if j > t {
		random = alone.mean / 2
	}
	reached := math.Exp(-lambda * t)
	timer := reached // the share of refreshes that the timer makes
	var p period
	for range 20 {
		rest := timer*(alone.mean-t) + (1-timer)*random
		soon := meanBefore(lambda+mu, 2*rest)
		byTimer := timerFirst(lambda+mu, 2*rest)
		timer = reached * byTimer
		p.mean = meanUntil(lambda, t) + reached*soon
	}
	p.square = mixedSquare(t, lambda, mu, 2*(timer*(alone.mean-t)+(1-timer)*random))
	p.inside = p.square / (2 * p.mean)
	p.first = p.inside
	return p, timer
}

// mixedSquare is the mean square of the lesser of Exp(λ) and T + min(U, Exp(μ)),
// with U uniform from 0 to rest: ∫ 2x·P(period > x).
func mixedSquare(t, lambda, mu, rest float64) float64 {
	const parts = 64
	var sum float64
	for i := range parts {
		at := (float64(i) + 0.5) / parts
		x := at * t
		sum += 2 * x * math.Exp(-lambda*x) * t / parts
		y := at * rest
		sum += 2 * (t + y) * math.Exp(-lambda*(t+y)-mu*y) * (1 - at) * rest / parts
	}
	return sum
}

// meanUntil is E[min(x, Exp(λ))].
func meanUntil(lambda, x float64) float64 {
	if lambda*x < 1e-6 {
		return x * (1 - lambda*x/2)
	}
	return (1 - math.Exp(-lambda*x)) / lambda
}

// squareUntil is E[min(x, Exp(λ))²].
func squareUntil(lambda, x float64) float64 {
	if lambda*x < 1e-3 {
		return x * x * (1 - 2*lambda*x/3)
	}
	return 2 * (1 - math.Exp(-lambda*x)*(1+lambda*x)) / (lambda * lambda)
}

// meanBefore is E[min(U, Exp(λ))] with U uniform from 0 to x.
func meanBefore(lambda, x float64) float64 {
	if lambda*x < 1e-4 {
		return x / 2 * (1 - lambda*x/3)
	}
	return (1 - (1-math.Exp(-lambda*x))/(lambda*x)) / lambda
}

// timerFirst is P(U < Exp(λ)) with U uniform from 0 to x.
func timerFirst(lambda, x float64) float64 {
	if lambda*x < 1e-6 {
		return 1
	}
	return (1 - math.Exp(-lambda*x)) / (lambda * x)
}
