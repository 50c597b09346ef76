package model

import (
	"math"
	"testing"
)

// TestHistogramQuantiles holds that quantiles are within 1 % and the rest exact,
// of times that are counted by one and by the stretch.
func TestHistogramQuantiles(t *testing.T) {
	var single, stretched histogram
	for i := range 100_000 {
		x := (float64(i) + 0.5) / 1000
		single.add(x, 1)
		stretched.addBetween(x-0.0005, x+0.0005)
	}
	for name, h := range map[string]*histogram{"single": &single, "stretched": &stretched} {
		s := h.spread()
		if math.Abs(h.mean()-50) > 1e-6 || math.Abs(s.P50.Seconds()/50-1) > 0.011 || math.Abs(s.P95.Seconds()/95-1) > 0.011 || math.Abs(s.Max.Seconds()-100) > 0.001 {
			t.Errorf("%s: mean %g, %+v", name, h.mean(), s)
		}
	}
	if s := new(histogram).spread(); s.Known {
		t.Errorf("of nothing: %+v", s)
	}
}
