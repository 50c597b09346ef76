package model

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/tuppence-dev/tuppence/collector"
)

// measured makes steps of a program with these constants, whose rates vary by so
// much around their means and whose cores are off by noise.
func measured(r *rand.Rand, steps int, idle, perRun, perObject, vary, noise float64) collector.Moments {
	var m collector.Moments
	for range steps {
		runs := math.Max(0, 2*(1+vary*r.NormFloat64()))
		objects := math.Max(0, runs*20*(1+vary*r.NormFloat64()))
		m.Add(runs, objects, math.Max(0, idle+perRun*runs+perObject*objects+noise*r.NormFloat64()))
	}
	return m
}

func controllerPrior() Prior {
	return NewPrior(Reference.Controller, Estimate{0.001, 0.05})
}

// TestFitRecovers holds that the constants of programs that are up to twice as
// dear as the reference, or half, are found within the stated errors: as often
// as a normal distribution would have it.
func TestFitRecovers(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 8))
	const trials = 400
	within2, own := [3]int{}, 0
	for range trials {
		idle := 0.05 * r.Float64()
		perRun := 0.02 * math.Exp2(2*r.Float64()-1)
		perObject := 0.0017 * math.Exp2(2*r.Float64()-1)
		f, err := Fit(controllerPrior(), measured(r, 500, idle, perRun, perObject, 0.4, 0.02))
		if err != nil {
			t.Fatal(err)
		}
		for i, c := range []struct {
			got  Learnt
			want float64
		}{{f.Idle, idle}, {f.PerRun, perRun}, {f.PerObject, perObject}} {
			if math.Abs(c.got.Value-c.want) <= 2*c.got.SD {
				within2[i]++
			}
		}
		if f.PerObject.From == "measured" {
			own++
		}
		if math.Abs(f.Noise/0.02-1) > 0.2 {
			t.Fatalf("noise %g, want 0.02", f.Noise)
		}
	}
	for i, n := range within2 {
		if got := float64(n) / trials; got < 0.92 {
			t.Errorf("%s: %.3f within two standard errors, want 0.95", constants[i], got)
		}
	}
	if own < trials*9/10 {
		t.Errorf("the cost of an object was the fleet's own in %d of %d", own, trials)
	}
}

// TestFitOfConstantRate holds that a fleet whose rates never changed keeps the
// prior's split between idle and runs, with its error, while what it takes at that
// rate is known well, and what it would take at another is not.
func TestFitOfConstantRate(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 8))
	f, err := Fit(controllerPrior(), measured(r, 500, 0.03, 0.02, 0.0017, 0, 0.002))
	if err != nil {
		t.Fatal(err)
	}
	if at := f.Cores(2, 40); math.Abs(at.Value-0.138) > 3*at.SD || at.SD > 0.001 {
		t.Errorf("at its own rate %+v, want 0.138 and a small error", at)
	}
	if f.Idle.SD < 0.01 || f.PerRun.SD < 0.005 || f.PerRun.From == "measured" {
		t.Errorf("idle %+v, a run %+v: want wide errors, since the rate says nothing of the split", f.Idle, f.PerRun)
	}
	other := f.Cores(0.2, 4)
	if want := 0.03 + 0.1*0.108; math.Abs(other.Value-want) > 2*other.SD {
		t.Errorf("at a tenth of the rate %+v, want %.3f within two errors", other, want)
	}
	if other.SD < 5*f.Cores(2, 40).SD {
		t.Errorf("at a tenth of the rate the error is %g: want it far above that of the rate that was seen", other.SD)
	}
}

// TestFitOfNothing holds that without measurements the prior is the answer.
func TestFitOfNothing(t *testing.T) {
	p := controllerPrior()
	f, err := Fit(p, collector.Moments{})
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(f.PerRun.Value-p.PerRun.Value) > 1e-9 || math.Abs(f.PerRun.SD-p.PerRun.SD) > 1e-9 || f.PerRun.From != "reference" || f.PerRun.Own > 1e-9 {
		t.Errorf("got %+v, want the prior %+v", f.PerRun, p.PerRun)
	}
}

// TestFitSaysWhatIsOwn holds the share that is learnt of a single constant: with n
// steps of noise σ it is n·SD²/(σ²+n·SD²).
func TestFitSaysWhatIsOwn(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 3))
	var m collector.Moments
	for range 8 {
		m.Add(0, 0, 0.5+0.2*r.NormFloat64())
	}
	f, err := Fit(controllerPrior(), m)
	if err != nil {
		t.Fatal(err)
	}
	learnt := 8 * 0.05 * 0.05
	if want := learnt / (f.Noise*f.Noise + learnt); math.Abs(f.Idle.Own-want) > 1e-6 || f.Idle.From != "reference and measured" || f.PerRun.Own > 1e-9 {
		t.Errorf("idle is the fleet's own by %g (%s), a run by %g; want %g and 0", f.Idle.Own, f.Idle.From, f.PerRun.Own, want)
	}
}

// TestFitIsNeverNegative holds that of any steps at all the constants are from 0,
// and their errors numbers.
func TestFitIsNeverNegative(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var m collector.Moments
		scale := rapid.SampledFrom([]float64{1e-6, 1, 1e6}).Draw(t, "scale")
		for range rapid.IntRange(0, 20).Draw(t, "steps") {
			m.Add(rapid.Float64Range(0, 100).Draw(t, "runs"), rapid.Float64Range(0, 1e4).Draw(t, "objects"), scale*rapid.Float64Range(0, 10).Draw(t, "cores"))
		}
		f, err := Fit(controllerPrior(), m)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range []Learnt{f.Idle, f.PerRun, f.PerObject} {
			if !(l.Value >= 0) || math.IsInf(l.Value, 0) || !(l.SD >= 0) || math.IsInf(l.SD, 0) || !within(l.Own, 0, 1) {
				t.Errorf("%+v", l)
			}
		}
	})
}

// TestFitHoldsAtZero holds that a program which is cheaper the more it runs, as a
// fluke may have it, costs 0 a run, and the others then fit.
func TestFitHoldsAtZero(t *testing.T) {
	var m collector.Moments
	for i := range 200 {
		runs := 1 + float64(i%10)
		m.Add(runs, 0, 0.2-0.01*runs)
	}
	f, err := Fit(controllerPrior(), m)
	if err != nil {
		t.Fatal(err)
	}
	if f.PerRun.Value != 0 || f.PerRun.SD == 0 || math.Abs(f.Idle.Value-0.145) > 0.01 {
		t.Errorf("idle %+v, a run %+v; want 0.145 and 0 with an error", f.Idle, f.PerRun)
	}
}

// TestFitRefuses holds that what cannot be sums of measurements is refused.
func TestFitRefuses(t *testing.T) {
	for name, edit := range map[string]func(m *collector.Moments){
		"NaN":                  func(m *collector.Moments) { m.XY[1] = math.NaN() },
		"infinite":             func(m *collector.Moments) { m.YY = math.Inf(1) },
		"huge":                 func(m *collector.Moments) { m.XX[5] = 1e300 },
		"negative":             func(m *collector.Moments) { m.XX[3] = -1 },
		"another count":        func(m *collector.Moments) { m.Steps = 7 },
		"a contradiction":      func(m *collector.Moments) { m.XX[3] = 0 },
		"a negative count":     func(m *collector.Moments) { m.Steps, m.XX[0] = -3, -3 },
		"cores without square": func(m *collector.Moments) { m.YY = 0 },
	} {
		m := measured(rand.New(rand.NewPCG(1, 1)), 50, 0.01, 0.02, 0.001, 0.3, 0.001)
		edit(&m)
		if _, err := Fit(controllerPrior(), m); err == nil {
			t.Errorf("%s: fitted", name)
		}
	}
	if _, err := Fit(Prior{}, collector.Moments{}); err == nil {
		t.Error("fitted without a prior")
	}
}
