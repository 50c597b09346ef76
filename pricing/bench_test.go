package pricing_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/collector/collectortest"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/pricing/book"
)

// BenchmarkPrice prices 5,000 containers on 1,017 nodes and 50,000 on 10,048; and
// those where each workload's pods ran on three nodes more than they are on now.
func BenchmarkPrice(b *testing.B) {
	for _, clusters := range []int{20, 200} {
		f := collectortest.Generate(clusters, 250, 1)
		b.Run(fmt.Sprintf("%dx250", clusters), func(b *testing.B) { benchmarkPrice(b, f) })
		moved(f)
		b.Run(fmt.Sprintf("%dx250-moved", clusters), func(b *testing.B) { benchmarkPrice(b, f) })
	}
}

func benchmarkPrice(b *testing.B, f *collector.Fleet) {
	b.ReportAllocs()
	var l *pricing.Ledger
	for b.Loop() {
		l = bundled(b, f)
	}
	nodes, lines := 0, 0
	for i := range l.Clusters {
		nodes, lines = nodes+len(f.Clusters[i].Nodes), lines+len(l.Clusters[i].Lines)
	}
	b.ReportMetric(float64(nodes), "nodes")
	b.ReportMetric(float64(lines), "lines")
}

// moved gives each workload the time that its pods ran: a day on each of three
// nodes, the rest where they are.
func moved(f *collector.Fleet) {
	day := collector.Duration{Duration: 24 * time.Hour}
	for i := range f.Clusters {
		c := &f.Clusters[i]
		for j := range c.Workloads {
			w := &c.Workloads[j]
			for _, p := range w.Placements {
				w.PodTime = append(w.PodTime, collector.PodTime{Node: p.Node, Time: collector.Duration{Duration: time.Duration(p.Pods) * 11 * day.Duration}})
			}
			for k := range 3 {
				name := c.Nodes[(j+k)%len(c.Nodes)].Name
				if !slices.ContainsFunc(w.PodTime, func(p collector.PodTime) bool { return p.Node == name }) {
					w.PodTime = append(w.PodTime, collector.PodTime{Node: name, Time: day})
				}
			}
		}
	}
	f.Normalise()
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
