package report

import (
	"encoding/csv"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/pricing/pricingtest"
)

func digits(s string) decimal.Decimal { return decimal.RequireFromString(s) }

// focusPrices has something of every kind, in dollars but for what Azure asks.
func focusPrices() pricingtest.Prices {
	prices := pricingtest.Prices{}
	add := func(kind pricing.Kind, p collector.Provider, region, of string, capacity collector.CapacityType, price, currency string) {
		k := pricing.Key{Kind: kind, Provider: p, Region: region, Type: of, CapacityType: capacity}
		prices[k] = pricing.ListPrice{PerUnit: digits(price), Unit: kind.Unit(), Currency: currency,
			Estimate: capacity == collector.Spot, Source: "a price list", AsOf: "2026-06-18"}
	}
	add(pricing.Machine, collector.AWS, "eu-west-2", "m6i.large", collector.OnDemand, "0.111", "USD")
	add(pricing.Machine, collector.AWS, "eu-west-2", "m6i.large", collector.Spot, "0.0471", "USD")
	add(pricing.Machine, collector.AWS, "eu-west-2", "r6i.large", collector.OnDemand, "0.148", "USD")
	add(pricing.Machine, collector.Azure, "uksouth", "Standard_D4s_v5", collector.OnDemand, "0.171", "GBP")
	add(pricing.Machine, collector.GCP, "europe-west2", "n1-standard-4", collector.OnDemand, "0.2448", "USD")
	add(pricing.Accelerator, collector.GCP, "europe-west2", "nvidia-tesla-t4", collector.OnDemand, "0.41", "USD")
	add(pricing.Storage, collector.AWS, "eu-west-2", "gp3", "", "0.0928", "USD")
	add(pricing.Balancer, collector.AWS, "eu-west-2", "nlb", "", "0.02646", "USD")
	add(pricing.Balancer, collector.Azure, "uksouth", "standard", "", "0.02", "GBP")
	add(pricing.Balancer, collector.Azure, "uksouth", "standard-rule", "", "0.008", "GBP")
	add(pricing.ControlPlane, collector.AWS, "eu-west-2", "eks/standard", "", "0.1", "USD")
	add(pricing.ControlPlane, collector.Azure, "uksouth", "aks/free", "", "0", "GBP")
	add(pricing.Egress, collector.AWS, "eu-west-2", "internet", "", "0.09", "USD")
	return prices
}

func focusNode(name string, p collector.Provider, region, of string, capacity collector.CapacityType) collector.Node {
	return collector.Node{Name: name, Provider: p, Region: region, Zone: region + "a", InstanceType: of, CapacityType: capacity,
		Capacity:    collector.Resources{CPU: 2000, Memory: 8 * collector.GiB},
		Allocatable: collector.Resources{CPU: 1930, Memory: 7 * collector.GiB}}
}

func focusApp(name string, nodes ...string) collector.Workload {
	w := collector.Workload{APIVersion: "apps/v1", Kind: "Deployment", Namespace: "shop", Name: name,
		Containers: []collector.Container{{Name: "app", Requests: collector.Resources{CPU: 500, Memory: 2 * collector.GiB}}}}
	for _, n := range nodes {
		w.Placements = append(w.Placements, collector.Placement{Node: n, Pods: 1})
	}
	return w
}

// focusFleet is a window over two months of clusters on three clouds with every
// kind of charge, a node that came, one that went, one that nothing prices, and
// names that a spreadsheet would run.
func focusFleet() *collector.Fleet {
	prod := collector.Cluster{Name: "prod", Environment: "production",
		ControlPlane: collector.ControlPlane{Service: "eks", Tier: "standard", Region: "eu-west-2"}}
	for _, name := range []string{"a", "b"} {
		prod.Nodes = append(prod.Nodes, focusNode(name, collector.AWS, "eu-west-2", "m6i.large", collector.OnDemand))
	}
	prod.Nodes[0].ProviderID = "aws:///eu-west-2a/i-0a"
	young := focusNode("=cmd|' /C calc'!A0", collector.AWS, "eu-west-2", "m6i.large", collector.Spot)
	young.Created = time.Date(2026, 10, 30, 6, 0, 0, 0, time.UTC)
	reserved := focusNode("reserved", collector.AWS, "eu-west-2", "r6i.large", collector.Reserved)
	prod.Nodes = append(prod.Nodes, young, reserved, focusNode("x", collector.AWS, "eu-west-2", "x9.mega", collector.OnDemand))
	gone := focusNode("gone", collector.AWS, "eu-west-2", "m6i.large", collector.OnDemand)
	gone.Removed = time.Date(2026, 10, 25, 0, 0, 0, 0, time.UTC)
	prod.PastNodes = []collector.Node{gone}
	web := focusApp("web", "a", "b", "x", young.Name)
	web.Origin = collector.Origin{Kind: "Kustomization", Namespace: "flux-system", Name: "apps"}
	web.Labels = []collector.Label{{Key: "team", Value: "tills \u202e"}}
	web.Traffic = collector.Traffic{Measured: true, Internet: 40 * collector.GiB}
	prod.Workloads = []collector.Workload{web, focusApp("@cart", "a", "reserved")}
	prod.Volumes = []collector.Volume{
		{Name: "pv-1", Namespace: "shop", Claim: "data", ProviderID: "vol-01", Type: "gp3", Zone: "eu-west-2a", Capacity: 100 * collector.GiB,
			Users: []collector.WorkloadRef{web.Ref(), prod.Workloads[1].Ref()}},
		{Name: "pv-2", Type: "gp3", Capacity: 20 * collector.GiB},
	}
	prod.LoadBalancers = []collector.LoadBalancer{{Kind: "Service", Namespace: "shop", Name: "web", Type: "nlb", Users: []collector.WorkloadRef{web.Ref()}}}
	prod.Reconcilers = []collector.Reconciler{
		{Kind: "GitRepository", Namespace: "flux-system", Name: "fleet", URL: "https://git.example/fleet"},
		{Kind: "Kustomization", Namespace: "flux-system", Name: "apps", Path: "./apps/prod", Source: collector.Origin{Kind: "GitRepository", Namespace: "flux-system", Name: "fleet"}},
	}
	gpu := focusNode("gpu", collector.GCP, "europe-west2", "n1-standard-4", collector.OnDemand)
	gpu.Capacity.GPU, gpu.Allocatable.GPU, gpu.GPUModel = 2, 2, "nvidia-tesla-t4"
	train := focusApp("train", "gpu")
	train.Containers[0].Requests.GPU = 1
	uk := collector.Cluster{Name: "uk", ControlPlane: collector.ControlPlane{Service: "aks", Tier: "free", Region: "uksouth"},
		Nodes: []collector.Node{focusNode("vm", collector.Azure, "uksouth", "Standard_D4s_v5", collector.OnDemand)}}
	for _, name := range []string{"web", "api"} { // one load balancer, and three rules more than its five
		uk.LoadBalancers = append(uk.LoadBalancers, collector.LoadBalancer{Kind: "Service", Namespace: "shop", Name: name, Type: "standard", Rules: 4})
	}
	f := &collector.Fleet{Window: window14, Clusters: []collector.Cluster{
		prod, {Name: "ml", Nodes: []collector.Node{gpu}, Workloads: []collector.Workload{train}}, uk}}
	for i := range f.Clusters {
		f.Clusters[i].NodesSince = f.Window.Start
	}
	f.Normalise()
	return f
}

// focusTerms have a discount, a reservation that is used, one that pays for a
// part of a reserved node, a savings plan for some of the rest, and a reservation
// of what does not run.
func focusTerms() pricing.Terms {
	hourly := func(price string) pricing.ListPrice {
		return pricing.ListPrice{PerUnit: digits(price), Unit: pricing.Hour, Currency: "USD", Source: "contract", AsOf: "2026-01-01"}
	}
	scope := func(of string) pricing.Scope {
		return pricing.Scope{Provider: collector.AWS, Region: "eu-west-2", Type: of}
	}
	return pricing.Terms{
		Prices: focusPrices(), FX: pricingtest.Rates{"USD": "1.3554"}, Policy: pricing.NineToOne,
		Discounts: []pricing.Discount{{Name: "EDP", Scope: pricing.Scope{Provider: collector.AWS}, PercentOff: digits("7")}},
		Commitments: []pricing.Commitment{
			{Name: "ri-m6i", Kind: pricing.Reservation, Scope: scope("m6i.large"), Machines: digits("1"), Price: hourly("0.07")},
			{Name: "ri-r6i", Kind: pricing.Reservation, Scope: scope("r6i.large"), Machines: digits("0.75"), Price: hourly("0.09")},
			{Name: "ri-c6i", Kind: pricing.Reservation, Scope: scope("c6i.large"), Machines: digits("2"), Price: hourly("0.06")},
			{Name: "sp", Kind: pricing.SavingsPlan, Scope: pricing.Scope{Provider: collector.AWS, Type: "m6i.*"}, PercentOff: digits("28"), Price: hourly("0.01")},
		},
	}
}

func focusInput(t testing.TB) Input {
	t.Helper()
	f := focusFleet()
	l, err := pricing.Price(f, focusTerms())
	if err != nil {
		t.Fatal(err)
	}
	return Input{Version: "0.1.0", Fleet: f, Ledger: l, VAT: &VAT{digits("20"), digits("56.5")},
		Accounts: map[collector.Provider]string{collector.AWS: "123456789012"}}
}

// focusTable is a table that was written, by column.
type focusTable struct {
	header []string
	rows   []map[string]string
}

func readFocus(t fataler, written string) focusTable {
	lines, err := csv.NewReader(strings.NewReader(written)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	table := focusTable{header: lines[0]}
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, name := range table.header {
			row[name] = line[i]
		}
		table.rows = append(table.rows, row)
	}
	return table
}

// String writes the table again, without the columns named.
func (t focusTable) without(drop map[string]bool) string {
	var b strings.Builder
	w := csv.NewWriter(&b)
	line := func(of func(string) string) {
		var cells []string
		for _, name := range t.header {
			if !drop[name] {
				cells = append(cells, of(name))
			}
		}
		_ = w.Write(cells) // into memory
	}
	line(func(name string) string { return name })
	for _, row := range t.rows {
		line(func(name string) string { return row[name] })
	}
	w.Flush()
	return b.String()
}
