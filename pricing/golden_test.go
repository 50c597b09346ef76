package pricing_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/collector/collectortest"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/pricing/book"
	"github.com/tuppence-dev/tuppence/pricing/hmrc"
)

var update = flag.Bool("update", false, "write the golden files again")

// node is a machine of that place and type that keeps 80m and 2 GiB for itself.
func node(name string, p collector.Provider, region, instanceType string, c collector.CapacityType) collector.Node {
	n := box(name)
	n.Provider, n.Region, n.InstanceType, n.CapacityType = p, region, instanceType, c
	n.Allocatable = collector.Resources{CPU: 3920, Memory: 14 * gib}
	return n
}

// hybrid is a fleet of three clouds with what a reader must be warned of.
func hybrid() *collector.Fleet {
	bad := app("bad-digest", 500, gib, on("aws-1", 1))
	bad.Containers[0].Usage = collector.Usage{Source: "prometheus", Days: []collector.DayUsage{{Day: "2026-11-21", CPU: collector.Digest("nonsense")}}}
	return &collector.Fleet{Window: collectortest.Window(), Clusters: []collector.Cluster{
		managed(),
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
		training(),
	}}
}

// managed is a cluster of EKS with nodes that came and went, pod time, volumes,
// load balancers, traffic, a control plane and a GitOps controller.
func managed() collector.Cluster {
	old, young := node("aws-1", collector.AWS, "eu-west-2", "m6i.xlarge", collector.OnDemand), node("aws-2", collector.AWS, "eu-west-2", "m6i.xlarge", collector.OnDemand)
	young.Created = hoursAgo(84)
	past := node("aws-2", collector.AWS, "eu-west-2", "m6i.xlarge", collector.Spot)
	past.Created, past.Removed = hoursAgo(336), hoursAgo(168)
	web := use(app("web", 500, 2*gib), 300, float64(gib))
	web.PodTime = []collector.PodTime{{Node: "aws-1", Time: collector.Duration{Duration: 600 * time.Hour}}, {Node: "aws-2", Time: collector.Duration{Duration: 84 * time.Hour}}}
	web.Traffic = collector.Traffic{Measured: true, Internet: 100 * gib, CrossZone: 20 * gib}
	db, flux := use(app("db", 1000, 4*gib, on("aws-1", 1)), 900, float64(3*gib)), use(app("flux", 100, gib, on("aws-1", 1)), 50, float64(gib))
	users := []collector.WorkloadRef{db.Ref(), web.Ref()}
	return collector.Cluster{Name: "managed", Nodes: []collector.Node{old, young}, PastNodes: []collector.Node{past}, Workloads: []collector.Workload{db, flux, web},
		ControlPlane: collector.ControlPlane{Service: "eks", Tier: "standard", Requests: 1000},
		Controllers:  []collector.Controller{{Kind: "kustomize-controller", Namespace: "shop", Name: "flux", APIRequests: 300}},
		Volumes: []collector.Volume{{Name: "pv-1", Namespace: "shop", Claim: "data", Type: "gp3", Capacity: 100 * gib, Users: users[:1]},
			{Name: "pv-2", Type: "gp3", Capacity: 50 * gib, Created: hoursAgo(168)}, {Name: "pv-3", Capacity: gib}},
		LoadBalancers: []collector.LoadBalancer{{Kind: "Service", Namespace: "shop", Name: "web", Type: "nlb", Users: users}},
	}
}

// training is a cluster with GPUs beside its machine's price, and load balancers
// that share one.
func training() collector.Cluster {
	n := node("gcp-1", collector.GCP, "europe-west2", "n1-standard-4", collector.OnDemand)
	n.GPUModel, n.Capacity.GPU, n.Allocatable.GPU = "nvidia-tesla-t4", 2, 2
	w := use(app("fit", 1000, 4*gib, on("gcp-1", 1)), 900, float64(3*gib))
	w.Containers[0].Requests.GPU = 1
	return collector.Cluster{Name: "training", Nodes: []collector.Node{n}, Workloads: []collector.Workload{w}, LoadBalancers: []collector.LoadBalancer{
		{Kind: "Service", Namespace: "shop", Name: "a", Type: "forwarding-rule", Rules: 4, Users: []collector.WorkloadRef{w.Ref()}},
		{Kind: "Service", Namespace: "shop", Name: "b", Type: "forwarding-rule", Rules: 3}}}
}

func TestGoldenLedger(t *testing.T) {
	f := hybrid()
	terms, saving := bundledTerms(t), plan("plan-2026", "0.20", "28")
	saving.Provider, saving.Price.Currency = collector.AWS, "USD"
	terms.Commitments = []pricing.Commitment{saving}
	terms.Discounts = []pricing.Discount{{Name: "EDP", Scope: pricing.Scope{Provider: collector.AWS}, PercentOff: decimal.NewFromInt(5)}}
	l := mustPrice(t, f, terms)
	var b strings.Builder
	for _, r := range l.FX {
		fmt.Fprintf(&b, "%s %s a pound, %s, %s\n", r.Currency, r.PerGBP, r.Period, r.Source)
	}
	for _, c := range l.Commitments {
		fmt.Fprintf(&b, "%s: %s committed, %s used, %s unused\n", c.Name, c.Committed, c.Used, c.Unused)
	}
	fmt.Fprintf(&b, "total %s\n", l.Total())
	for i := range l.Clusters {
		writeCluster(&b, &f.Clusters[i], &l.Clusters[i])
	}
	for _, g := range l.GitOps(f) {
		fmt.Fprintf(&b, "\nGitOps in %s costs %s, %s: %s\n", g.Cluster, g.Controllers, g.API, g.Reason)
	}
	b.WriteString("\n")
	for _, g := range l.Warnings {
		fmt.Fprintln(&b, g)
	}
	golden(t, "testdata/hybrid.txt", b.String())
}

func writeCluster(b *strings.Builder, f *collector.Cluster, c *pricing.ClusterLedger) {
	fmt.Fprintf(b, "\n%s: bill %s, workloads %s, idle %s, overhead %s\n", c.Cluster, c.Bill(), c.Total(pricing.Workload), c.Total(pricing.Idle), c.Total(pricing.Overhead))
	for i := range c.Charges {
		n := &c.Charges[i]
		fmt.Fprintf(b, "  %-20s %-48s %s", n.Name, n.Key, n.Cost)
		if n.Rate != nil {
			fmt.Fprintf(b, " = %s × £%s: %s; list £%s of %s %s (%s)", n.Quantity, n.Units.Effective.Money.Decimal, n.Terms, n.Rate.PerUnit.Decimal,
				n.Rate.Price.PerUnit, n.Rate.Price.Currency, n.Rate.Price.AsOf)
		}
		if n.Committed.IsPositive() {
			fmt.Fprintf(b, ", %s of it committed", n.Committed)
		}
		b.WriteString("\n")
	}
	for _, line := range c.Lines {
		name := ""
		if line.Workload >= 0 {
			name = f.Workloads[line.Workload].Name
		}
		fmt.Fprintf(b, "  %-20s %-9s %-10s %-15s %s\n", c.Charges[line.Charge].Name, line.Class, name, line.Share, line.Cost)
	}
	for w := range f.Workloads {
		fmt.Fprintf(b, "  %s costs %s\n", f.Workloads[w].Name, c.Cost(w))
	}
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
	return mustPrice(t, f, bundledTerms(t))
}

func bundledTerms(t testing.TB) pricing.Terms {
	t.Helper()
	prices, err := book.Default()
	if err != nil {
		t.Fatal(err)
	}
	rates, err := hmrc.Default()
	if err != nil {
		t.Fatal(err)
	}
	return pricing.Terms{Prices: prices, FX: rates, Policy: pricing.NineToOne}
}
