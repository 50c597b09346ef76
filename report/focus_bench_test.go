package report

import (
	"io"
	"runtime"
	"strings"
	"testing"
)

// BenchmarkFocus writes 200 clusters of 250 workloads. held-B is what is alive
// half way through, beyond the report that it is made from.
func BenchmarkFocus(b *testing.B) {
	r := Build(focusGenerated(b, 200, 250))
	for _, f := range Formats {
		if !strings.HasPrefix(f.Name, "focus") {
			continue
		}
		b.Run(f.Name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := f.Write(io.Discard, r, View{}); err != nil {
					b.Fatal(err)
				}
			}
			rows := 0
			for range r.priced.rows() {
				rows++
			}
			before, half := alive(), 0
			var held uint64
			for range r.priced.rows() {
				if half++; half == rows/2 {
					held = alive() - min(before, alive())
				}
			}
			b.ReportMetric(float64(rows), "rows")
			b.ReportMetric(float64(held), "held-B")
		})
	}
}

// alive is how many bytes of the heap are in use.
func alive() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
