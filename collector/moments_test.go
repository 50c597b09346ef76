package collector

import "testing"

// Two steps of 1 and 2 runs a second, of 10 and 30 objects, at 0.5 and 0.25 cores.
func TestMomentsAddUp(t *testing.T) {
	var a, b Moments
	a.Add(1, 10, 0.5)
	b.Add(2, 30, 0.25)
	a.Merge(b)
	want := Moments{Steps: 2, XX: [6]float64{2, 3, 40, 5, 70, 1000}, XY: [3]float64{0.75, 1, 12.5}, YY: 0.3125}
	if a != want {
		t.Errorf("got  %+v\nwant %+v", a, want)
	}
}
