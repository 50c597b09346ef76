package pricing_test

import (
	"fmt"
	"testing"

	"github.com/tuppence-dev/tuppence/collector/collectortest"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/pricing/book"
)

func BenchmarkPrice(b *testing.B) {
	for _, clusters := range []int{20, 200} {
		f := collectortest.Generate(clusters, 250, 1)
		nodes := 0
		for i := range f.Clusters {
			nodes += len(f.Clusters[i].Nodes)
		}
		b.Run(fmt.Sprintf("%dx250", clusters), func(b *testing.B) {
			b.ReportAllocs()
			var l *pricing.Ledger
			for b.Loop() {
				l = bundled(b, f)
			}
			lines := 0
			for i := range l.Clusters {
				lines += len(l.Clusters[i].Lines)
			}
			b.ReportMetric(float64(nodes), "nodes")
			b.ReportMetric(float64(lines), "lines")
		})
	}
}

// BenchmarkCostsAt prices one changed workload after another.
func BenchmarkCostsAt(b *testing.B) {
	f := collectortest.Generate(1, 250, 1)
	l := bundled(b, f)
	i := 0
	for b.Loop() {
		w := i % 250
		i++
		costAt(&l.Clusters[0], w, requestsOf(&f.Clusters[0].Workloads[w])...)
	}
}

func BenchmarkDefaultBook(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := book.Default(); err != nil {
			b.Fatal(err)
		}
	}
}
