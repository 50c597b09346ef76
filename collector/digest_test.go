package collector

import (
	"bytes"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func samples() *rapid.Generator[[]float64] {
	return rapid.SliceOfN(rapid.OneOf(
		rapid.Float64Range(0, 4000),
		rapid.Float64Range(0, 1e12),
		rapid.Just(0.0),
	), 1, 300)
}

func sketchOf(t interface{ Fatal(...any) }, values []float64) *Sketch {
	s := NewSketch()
	for _, v := range values {
		if err := s.Add(v); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func TestQuantilesAreWithinTheStatedAccuracy(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := samples().Draw(t, "samples")
		q := rapid.Float64Range(0, 1).Draw(t, "q")
		s := sketchOf(t, values)
		slices.Sort(values)
		// Both neighbours of the rank are right answers: definitions of a
		// quantile between two samples differ.
		rank := q * float64(len(values)-1)
		low, high := values[int(math.Floor(rank))], values[int(math.Ceil(rank))]
		got := s.Quantile(q)
		if got < low*(1-RelativeAccuracy)-smallestSample || got > high*(1+RelativeAccuracy)+smallestSample {
			t.Fatalf("quantile %v of %v = %v, want within 1 %% of %v to %v", q, values, got, low, high)
		}
		if s.Quantile(1) != values[len(values)-1] || s.Max() != values[len(values)-1] {
			t.Fatalf("the maximum is not exact: %v, %v", s.Quantile(1), s.Max())
		}
	})
}

func TestMergingDigestsIsLikeAddingTheirSamples(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := samples().Draw(t, "a"), samples().Draw(t, "b")
		merged := NewSketch()
		for _, part := range [][]float64{a, b} {
			if err := merged.Merge(sketchOf(t, part).Digest()); err != nil {
				t.Fatal(err)
			}
		}
		whole := sketchOf(t, append(slices.Clone(a), b...))
		for _, q := range []float64{0, 0.5, 0.9, 0.95, 0.99, 1} {
			if merged.Quantile(q) != whole.Quantile(q) {
				t.Fatalf("quantile %v: merged %v, whole %v", q, merged.Quantile(q), whole.Quantile(q))
			}
		}
		if merged.Count() != whole.Count() || merged.Max() != whole.Max() {
			t.Fatal("count or maximum differ")
		}
		if diff := merged.Mean() - whole.Mean(); math.Abs(diff) > 1e-9*(1+whole.Mean()) {
			t.Fatalf("means differ by %v", diff)
		}
	})
}

func TestMeansAreThoseOfTheMergedSketches(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var u Usage
		for range rapid.IntRange(0, 4).Draw(t, "days") {
			u.Days = append(u.Days, DayUsage{
				CPU:    sketchOf(t, samples().Draw(t, "cpu")).Digest(),
				Memory: sketchOf(t, samples().Draw(t, "memory")).Digest(),
			})
		}
		cpu, memory, measured, err := u.Means()
		if err != nil {
			t.Fatal(err)
		}
		cpus, memories, err := u.Merged()
		if err != nil {
			t.Fatal(err)
		}
		if cpu != cpus.Mean() || memory != memories.Mean() || measured != (cpus.Count() > 0) {
			t.Fatalf("means %v %v %v, merged %v %v", cpu, memory, measured, cpus.Mean(), memories.Mean())
		}
	})
}

func TestADigestReadsBackToTheSameBytes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := sketchOf(t, samples().Draw(t, "samples")).Digest()
		back := NewSketch()
		if err := back.Merge(d); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(back.Digest(), d) {
			t.Fatalf("%x became %x", d, back.Digest())
		}
	})
}

func TestASketchRefusesWhatIsNoUsage(t *testing.T) {
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), -1, 1e19} {
		s := NewSketch()
		if err := s.Add(v); err == nil {
			t.Errorf("Add(%v) was taken", v)
		}
		if s.Count() != 0 {
			t.Errorf("Add(%v) was counted", v)
		}
	}
}

func TestAboveCountsTheShareOfSamplesOverAValue(t *testing.T) {
	s := NewSketch()
	for v := range 100 {
		if err := s.Add(float64(v + 1)); err != nil {
			t.Fatal(err)
		}
	}
	if got := s.Above(80.5); got < 0.18 || got > 0.21 {
		t.Errorf("Above(80.5) of 1 to 100 = %v, want about 0.20", got)
	}
	if got := s.Above(1000); got != 0 {
		t.Errorf("Above(1000) = %v", got)
	}
}

// FuzzDigest holds hostile bytes to an error or to a digest that reads back to
// itself; a bad one must leave the sketch alone.
func FuzzDigest(f *testing.F) {
	f.Add([]byte(sketchOf(f, []float64{0, 1, 250, 4e9}).Digest()))
	f.Add([]byte(sketchOf(f, []float64{1}).Digest()))
	f.Add(bytes.Repeat([]byte{0xff}, 40))
	f.Fuzz(func(t *testing.T, b []byte) {
		s := NewSketch()
		if err := s.Merge(b); err != nil {
			if s.Count() != 0 || Digest(b).Valid() == nil {
				t.Fatal("a malformed digest was partly merged, or called valid")
			}
			return
		}
		for _, q := range []float64{0, 0.5, 1} {
			if v := s.Quantile(q); math.IsNaN(v) || v < 0 {
				t.Fatalf("quantile %v is %v", q, v)
			}
		}
	})
}

func BenchmarkMergeFourteenDays(b *testing.B) {
	var days []Digest
	for d := range 14 {
		s := NewSketch()
		for i := range 288 {
			_ = s.Add(100 + 50*math.Sin(float64(i)/46) + float64((i*7919+d*31)%40))
		}
		days = append(days, s.Digest())
	}
	b.SetBytes(int64(14 * len(days[0])))
	b.ReportAllocs()
	for b.Loop() {
		s := NewSketch()
		for _, d := range days {
			if err := s.Merge(d); err != nil {
				b.Fatal(err)
			}
		}
		_ = s.Quantile(0.95)
	}
	b.ReportMetric(float64(len(days[0])), "B/day")
}
