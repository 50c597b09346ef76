package report

import (
	"fmt"
	"io"
	"testing"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/recommend"
)

// fleetOf is clusters of 250 workloads on 25 nodes, with 100 findings each.
func fleetOf(clusters int) Input {
	in := Input{Version: "0.1.0", Fleet: &collector.Fleet{Window: window14}, Ledger: &pricing.Ledger{Policy: pricing.NineToOne, FX: []pricing.FXRate{dollars}}}
	for i := range clusters {
		c := collector.Cluster{Name: fmt.Sprintf("cluster-%04d", i)}
		l := pricing.ClusterLedger{Cluster: c.Name}
		for n := range 25 {
			node := fmt.Sprintf("node-%02d", n)
			c.Nodes = append(c.Nodes, collector.Node{Name: node})
			l.Charges = append(l.Charges, nodeAt(node, "145.6789"))
			for range 10 {
				at := len(c.Workloads)
				c.Workloads = append(c.Workloads, deployment(fmt.Sprintf("team-%02d", at/10), fmt.Sprintf("service-%03d", at), node))
				l.Lines = append(l.Lines, line(n, at, "10.123456789012"))
			}
			l.Lines = append(l.Lines, line(n, -1, "40.123456789012"), line(n, -2, "4.320765321"))
		}
		for k := range 100 {
			f := finding(c.Name, fmt.Sprintf("team-%02d", k/10), fmt.Sprintf("service-%03d", k), saving(fmt.Sprintf("%d.%06d", k%37, i), "0.5"))
			if k%3 == 0 {
				f = held(f, recommend.Withheld, fmt.Sprintf("%d days of usage, of 3", k%3))
			}
			in.Findings = append(in.Findings, f)
		}
		in.Fleet.Clusters, in.Ledger.Clusters = append(in.Fleet.Clusters, c), append(in.Ledger.Clusters, l)
	}
	return in
}

// BenchmarkReport builds and writes the report of 200 clusters with 50,000
// workloads and 20,000 findings, and of twice as many.
func BenchmarkReport(b *testing.B) {
	for _, clusters := range []int{200, 400} {
		in := fleetOf(clusters)
		b.Run(fmt.Sprintf("build/%d", clusters), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Build(in)
			}
		})
		r := Build(in)
		for _, f := range reports() {
			b.Run(fmt.Sprintf("%s/%d", f.Name, clusters), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if err := f.Write(io.Discard, r, View{}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
