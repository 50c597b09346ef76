package model

import (
	"math"
	"time"
)

// ArgoPeriod is the mean time between two refreshes of an Argo CD Application by
// its timer, and its mean square in seconds², for a timeout.reconciliation and
// its jitter. With the defaults of 120s and 60s it is 189 s, 1.57 times the
// timeout; it is at most twice the timeout and the jitter while the jitter is no
// longer than the timeout.
//
// The process is that of the application controller (argo-cd 3.1,
// controller/appcontroller.go). The timeout T is the resync period of the
// informer of Applications: every T, at the same moment for all of them, each is
// added to the refresh queue after a delay of its own, uniform from 0 to the
// jitter J (newApplicationInformerAndLister; a key that waits already keeps the
// earlier time). When it is taken from the queue it is refreshed only where
// status.reconciledAt + T has passed (needRefreshAppStatus); otherwise nothing
// happens until the next resync. A refresh at level 2 or above sets reconciledAt
// to its start, and writes it in whole seconds.
//
// So let the delays be u. Where J ≤ T, an Application refreshed after a delay of
// u is refreshed at the next resync if its new delay is longer than u, and
// otherwise at the one after. The share of those that are not, m, follows from
// the density f of u at a refresh, in units of J: f(y) = ∫₀ʸ f + m. That is
// f = m·eʸ with m = 1/(e−1), and the period is (1+m)·T = e/(e−1)·T = 1.582·T,
// whatever J is and however the delays are spread. Whole seconds make a tie a
// refresh: (1+m) = 1/(1−(1−s/J)^(J/s)) with s = 1 s, 1.574 at J = 60 s and 1 at
// J = 0, where every resync refreshes.
//
// In general X, the delay of the next entry to be taken, counted from the last
// resync, is n + v with n whole; P(X > x) = Π over k = 1…⌊x⌋ of 1 − (x−k)·T/J.
// With g the density of v, g₁ that of v where n = 1, and G₁ its integral, the
// same argument gives 1 + m = 1/∫₀¹ g·e^(−G₁), and the period is T·E[n]·(1+m).
// 15s with the default jitter of 60s gives 2.48·T = 37 s, not 24 s.
//
// What it leaves out: a refresh writes its status back to the informer's store,
// and where the watch event of that comes second it counts as a resync and
// delays the Application once more. This cannot matter while J ≤ T/2; at J = T
// the period would be up to 1.71·T.
func ArgoPeriod(timeout, jitter time.Duration) (mean time.Duration, square float64) {
	a := argoPeriod(timeout.Seconds(), jitter.Seconds())
	return seconds(a.mean), a.square
}

// period is a refresh period, in seconds and seconds².
type period struct {
	mean, square float64
	// inside is the mean time to the next refresh from a moment at which others
	// are refreshed: within the jitter that follows a resync.
	inside float64
	// first is the same from the resync itself.
	first float64
}

// argoCells is how finely the phase of a resync is cut: the period is within
// 0.1 % of the limit.
const argoCells = 256

func argoPeriod(t, j float64) period {
	switch {
	case j < 1:
		return period{t, t * t, 0, 0} // ties within a second: every resync refreshes
	case j <= t:
		return argoShort(t, j)
	}
	return argoLong(t, j)
}

// argoShort is for a jitter within the timeout, where f = m·eʸ. What is left at
// a phase v falls with v, and is a new period P(u) again after a refresh at u:
// r(v) = r(0) − J·v + ∫₀ᵛ f·P/1.58. Since f is greatest at the end of the jitter,
// less is left while others refresh than at any moment.
func argoShort(t, j float64) period {
	var square, late float64
	ratio := j / t
	for i := range argoCells {
		v := (float64(i) + 0.5) / argoCells
		f := math.Exp(v) / (math.E - 1) / argoCells
		// The period is 1 + (y−v)·J/T for y above v, else 2 + (y−v)·J/T.
		a, b, c := 1+(1-v)*ratio, 2+(1-v)*ratio, 2-v*ratio
		square += f * ((1-v)*(a*a+a+1) + v*(b*b+b*c+c*c)) / 3
		late += f * (1 - v) * (1 + v + ratio*(1-v-v*v)/2)
	}
	drops := math.E / (math.E - 1)
	all := square / (2 * drops)
	// The mean of r over the resync is all: of the jitter r(0) − J/2 + late, and
	// of the rest of it r(0) + (T−J)/2.
	late /= drops
	first := all - ratio*(late-ratio/2) - (1-ratio)*(1-ratio)/2
	scale := (1 - math.Exp(-1)) / (1 - math.Pow(1-1/j, j))
	return period{t * scale * drops, t * t * square * scale * scale, t * (first - ratio/2 + late), t * first}
}

func argoLong(t, j float64) period {
	d := argoDelays(j / t)
	const h = 1.0 / argoCells
	var integral float64
	for i, g := range d.all {
		integral += g * math.Exp(-d.upTo(i))
	}
	drops := 1/integral - 1
	// f, from H = 1−F: H·e^(−G₁) falls by (1+m)·g·e^(−G₁).
	var square, fallen, before float64 = 0, 0, 0
	var first, firstX, firstXX float64 // of g₁ up to here: mass, Σv, Σv²
	for i, g := range d.all {
		v := (float64(i) + 0.5) * h
		fallen += (1 + drops) * g * math.Exp(-d.upTo(i))
		after := 1 - math.Exp(d.before[i]+d.first[i])*(1-fallen)
		f := after - before
		before = after
		// An entry of the next resync with a shorter delay is dropped; half of
		// this cell's own are.
		mass, x, xx := first+d.first[i]/2, firstX+v*d.first[i]/2, firstXX+v*v*d.first[i]/2
		a, b := 1-v, 2-v
		kept := d.x2 - 2*v*d.x1 + v*v - (mass*a*a + 2*a*x + xx)
		second := mass * (d.x2 + 2*(b-1)*d.x1 + (b-1)*(b-1))
		square += f * (kept + second)
		first, firstX, firstXX = first+d.first[i], firstX+v*d.first[i], firstXX+v*v*d.first[i]
	}
	mean := d.n * (1 + drops)
	left := t * square / (2 * mean)
	return period{t * mean, t * t * square, left, left}
}

// delays is X of ArgoPeriod cut into cells of the phase v.
type delays struct {
	all, first []float64 // the mass of a cell, and of it where n = 1
	before     []float64 // Σ of first in the cells before
	n, x1, x2  float64   // E[n], E[X], E[X²]
}

func (d *delays) upTo(i int) float64 { return d.before[i] + d.first[i]/2 }

// argoDelays is for a jitter of ratio timeouts. The delays are below 7·√ratio
// resyncs but for 1e-10 of them.
func argoDelays(ratio float64) delays {
	d := delays{all: make([]float64, argoCells), first: make([]float64, argoCells), before: make([]float64, argoCells)}
	// survive[i] is P(X > n + v) at the end of cell i. One resync later it is
	// less by the share of its delays that are over by then.
	survive := make([]float64, argoCells)
	for i := range survive {
		survive[i] = 1
	}
	left := 1.0
	for n := 1; n < 1<<17 && left > 1e-10; n++ {
		for i := range survive {
			v := float64(i+1) / argoCells
			survive[i] *= math.Max(0, 1-(float64(n-1)+v)/ratio)
			mass, x := left-survive[i], float64(n)+v-0.5/argoCells
			d.all[i] += mass
			d.n += mass * float64(n)
			d.x1 += mass * x
			d.x2 += mass * x * x
			if n == 1 {
				d.first[i] = mass
			}
			left = survive[i]
		}
	}
	var sum float64
	for i, m := range d.first {
		d.before[i] = sum
		sum += m
	}
	return d
}

// seconds is s of them, or the longest time there is.
func seconds(s float64) time.Duration {
	if s >= 9e9 {
		return math.MaxInt64
	}
	return time.Duration(math.Round(s * float64(time.Second)))
}
