package pricing_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/collector/collectortest"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/pricing/book"
	"github.com/tuppence-dev/tuppence/pricing/hmrc"
)

var update = flag.Bool("update", false, "write the golden files again")

// hybrid is a fleet of three clouds with what a reader must be warned of.
func hybrid() *collector.Fleet {
	node := func(name string, p collector.Provider, region, instanceType string, c collector.CapacityType) collector.Node {
		n := box(name)
		n.Provider, n.Region, n.InstanceType, n.CapacityType = p, region, instanceType, c
		n.Allocatable = collector.Resources{CPU: 3920, Memory: 14 * gib}
		return n
	}
	bad := app("bad-digest", 500, gib, on("aws-1", 1))
	bad.Containers[0].Usage = collector.Usage{Source: "prometheus", Days: []collector.DayUsage{{Day: "2026-11-21", CPU: collector.Digest("nonsense")}}}
	return &collector.Fleet{Window: collectortest.Window(), Clusters: []collector.Cluster{
		{Name: "prod", Nodes: []collector.Node{
			node("aws-1", collector.AWS, "eu-west-2", "m6i.xlarge", collector.OnDemand),
			node("aws-2", collector.AWS, "eu-west-2", "m6i.xlarge", collector.Spot),
			node("aws-3", collector.AWS, "eu-west-2", "m6i.xlarge", collector.Reserved),
			node("azure-1", collector.Azure, "uksouth", "Standard_D4s_v5", collector.Spot),
			node("azure-2", collector.Azure, "uksouth", "Standard_D4s_v5", collector.OnDemand),
			{Name: "bare"},
		}, Workloads: []collector.Workload{
			use(app("api", 500, 2*gib, on("aws-1", 2), on("aws-2", 1), on("azure-1", 1)), 300, float64(3*gib)),
			bad,
			app("db", 1000, 4*gib, on("azure-2", 1), on("gone-1", 1), on("gone-2", 1)),
		}},
		{Name: "staging", NodesSince: collectortest.Window().Start, Nodes: []collector.Node{
			node("azure-1", collector.Azure, "uksouth", "Standard_D4s_v5", collector.Spot),
			node("gcp-1", collector.GCP, "europe-west2", "e2-standard-4", collector.OnDemand),
		}, Workloads: []collector.Workload{app("db", 1000, 4*gib, on("gcp-1", 1), on("", 1))}},
	}}
}

func TestGoldenLedger(t *testing.T) {
	f := hybrid()
	l := bundled(t, f)
	var b strings.Builder
	for _, r := range l.FX {
		fmt.Fprintf(&b, "%s %s a pound, %s, %s\n", r.Currency, r.PerGBP, r.Period, r.Source)
	}
	for i := range l.Clusters {
		c := &l.Clusters[i]
		fmt.Fprintf(&b, "\n%s: bill %s, workloads %s, idle %s, overhead %s\n", c.Cluster, c.Bill(), c.Total(pricing.Workload), c.Total(pricing.Idle), c.Total(pricing.Overhead))
		for _, n := range c.Charges {
			fmt.Fprintf(&b, "  %-8s %-42s %s", n.Name, n.Key, n.Cost)
			if n.Rate != nil {
				fmt.Fprintf(&b, "  £%s an hour of %s %s (%s)", n.Rate.PerUnit.Decimal, n.Rate.Price.PerUnit, n.Rate.Price.Currency, n.Rate.Price.AsOf)
			}
			b.WriteString("\n")
		}
		for _, line := range c.Lines {
			name := ""
			if line.Workload >= 0 {
				name = f.Clusters[i].Workloads[line.Workload].Name
			}
			fmt.Fprintf(&b, "  %-8s %-9s %-10s %-15s %s\n", c.Charges[line.Charge].Name, line.Class, name, line.Share, line.Cost)
		}
		for w := range f.Clusters[i].Workloads {
			fmt.Fprintf(&b, "  %s costs %s\n", f.Clusters[i].Workloads[w].Name, c.Cost(w))
		}
	}
	b.WriteString("\n")
	for _, g := range l.Warnings {
		fmt.Fprintln(&b, g)
	}
	golden(t, "testdata/hybrid.txt", b.String())
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-update to accept):\n%s", file, diff)
	}
}

// bundled prices f with the book and the rates that come with tuppence.
func bundled(t testing.TB, f *collector.Fleet) *pricing.Ledger {
	t.Helper()
	prices, err := book.Default()
	if err != nil {
		t.Fatal(err)
	}
	rates, err := hmrc.Default()
	if err != nil {
		t.Fatal(err)
	}
	l, err := pricing.Price(f, pricing.Terms{Prices: prices, FX: rates, Policy: pricing.NineToOne})
	if err != nil {
		t.Fatal(err)
	}
	return l
}
