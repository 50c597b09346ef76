package prom

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"
	"pgregory.net/rapid"
)

func pairs(minutes []int, values []float64) []model.SamplePair {
	var all []model.SamplePair
	for i, m := range minutes {
		all = append(all, model.SamplePair{Timestamp: model.TimeFromUnix(int64(m) * 60), Value: model.SampleValue(values[i])})
	}
	return all
}

// Two counters over the minutes 0 to 5, of which the first grows by one a minute.
func TestAFlowIsWholeWhereAllOfItsCountersAre(t *testing.T) {
	for rule, tt := range map[string]struct {
		minutes []int
		values  []float64
		want    map[int]float64 // by the minute that the step ends in
	}{
		"both":                   {[]int{0, 1, 2, 3, 4, 5}, []float64{0, 2, 4, 6, 8, 10}, map[int]float64{1: 3, 2: 3, 3: 3, 4: 3, 5: 3}},
		"one has a hole":         {[]int{0, 1, 4, 5}, []float64{0, 2, 8, 10}, map[int]float64{1: 3, 3: 1, 5: 3}},
		"one starts":             {[]int{3, 4, 5}, []float64{6, 8, 10}, map[int]float64{1: 1, 2: 1, 4: 3, 5: 3}},
		"one ends":               {[]int{0, 1}, []float64{0, 2}, map[int]float64{1: 3, 3: 1, 4: 1, 5: 1}},
		"one falls":              {[]int{0, 1, 2, 3, 4, 5}, []float64{0, 2, 1, 3, 5, 7}, map[int]float64{1: 3, 3: 3, 4: 3, 5: 3}},
		"one is no number twice": {[]int{0, 1, 2, 3, 4, 5}, []float64{0, 2, math.NaN(), 6, 8, 10}, map[int]float64{1: 3, 4: 3, 5: 3}},
	} {
		f := newFlow(time.Minute)
		end := model.TimeFromUnix(300)
		f.add(&model.SampleStream{Values: pairs([]int{0, 1, 2, 3, 4, 5}, []float64{0, 1, 2, 3, 4, 5})}, 1, 0, end)
		f.add(&model.SampleStream{Values: pairs(tt.minutes, tt.values)}, 1, 0, end)
		got := map[int]float64{}
		for m := range 7 {
			if by, ok := f.at(model.TimeFromUnix(int64(m) * 60)); ok {
				got[m] = by
			}
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: %s", rule, diff)
		}
	}
}

func TestAFlowInPiecesIsThatOfTheWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 40).Draw(t, "values")
		var minutes []int
		var values []float64
		for i := range n {
			if rapid.IntRange(0, 9).Draw(t, "hole") > 0 {
				minutes = append(minutes, i)
				values = append(values, float64(rapid.IntRange(0, 50).Draw(t, "value")))
			}
		}
		whole := pairs(minutes, values)
		at := model.TimeFromUnix(int64(rapid.IntRange(0, n-1).Draw(t, "cut")) * 60)
		var first, second []model.SamplePair
		for _, v := range whole { // as a server answers for pieces that share their edge
			if v.Timestamp <= at {
				first = append(first, v)
			}
			if v.Timestamp >= at {
				second = append(second, v)
			}
		}
		of := func(values []model.SamplePair) *flow {
			f := newFlow(time.Minute)
			f.add(&model.SampleStream{Values: values}, 1, 0, model.TimeFromUnix(int64(n-1)*60))
			return f
		}
		a, b := of(whole), of(join(first, second))
		if diff := cmp.Diff(a.by, b.by) + cmp.Diff(a.broken, b.broken); diff != "" {
			t.Fatal(diff)
		}
	})
}
