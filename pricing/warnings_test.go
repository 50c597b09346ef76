package pricing_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/collector/collectortest"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/pricing/pricingtest"
)

func TestWarningsOfPrices(t *testing.T) {
	for _, c := range []struct {
		name, asOf string
		estimate   bool
		want       string
	}{
		{"a fresh price needs none", "2026-11-01", false, ""},
		{"180 days are not old", "2026-05-26", false, ""},
		{"181 days are", "2026-05-25", false, "prod: pricing: the price of 2 nodes, from a list as of 2026-05-25, was 181 days old at the window's end: check it"},
		{"a fresh estimate", "2026-11-01", true, "prod: pricing: the price of 2 nodes, from a list as of 2026-11-01, is an estimate"},
		{"an old estimate", "2026-05-25", true, "prod: pricing: the price of 2 nodes, from a list as of 2026-05-25, is an estimate and was 181 days old at the window's end"},
		{"a price without a date", "", false, "prod: pricing: the price of 2 nodes, from a list as of an unknown date, may be out of date: check it"},
	} {
		cat := pound()
		for k, p := range cat {
			p.Source, p.AsOf, p.Estimate = "a list", c.asOf, c.estimate
			cat[k] = p
		}
		l, err := pricing.Price(fleet([]collector.Node{box("m"), box("n")}), pricing.Terms{Prices: cat, FX: pricingtest.Rates{}, Policy: pricing.NineToOne})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, w := range l.Warnings {
			got = append(got, w.String())
		}
		if strings.Join(got, "\n") != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// What a catalogue or a source of rates gets wrong, and what a node does not say,
// is a warning that names it and a cost that is unknown in every total, never a
// price.
func TestAPriceThatCannotBeUsedIsUnknown(t *testing.T) {
	usd := func(p *pricing.ListPrice, _ *collector.Node) { p.Currency = "USD" }
	of := func(figure string) func(*pricing.ListPrice, *collector.Node) {
		return func(p *pricing.ListPrice, _ *collector.Node) { p.PerUnit = decimal.RequireFromString(figure) }
	}
	const box = "1 node of aws eu-west-2 box on-demand"
	for name, c := range map[string]struct {
		spoil      func(*pricing.ListPrice, *collector.Node)
		rates      pricing.FX
		what, want string
	}{
		"a price of zero":                  {of("0"), pricingtest.Rates{}, box, "the catalogue's price, 0, is not more than zero"},
		"a negative price":                 {of("-0.1"), pricingtest.Rates{}, box, "the catalogue's price, -0.1, is not more than zero"},
		"an absurd price":                  {of("10000.01"), pricingtest.Rates{}, box, "the catalogue's price, 10000.01 GBP, is absurd: more than 10000"},
		"a price that is nothing":          {of("0.0000000000001"), pricingtest.Rates{}, box, "the catalogue's price, 0.0000000000001 GBP, is nothing in pounds"},
		"a price of another unit":          {func(p *pricing.ListPrice, _ *collector.Node) { p.Unit = pricing.GiBMonth }, pricingtest.Rates{}, box, "the catalogue's price is per GiB-month, not per hour"},
		"a price without a unit":           {func(p *pricing.ListPrice, _ *collector.Node) { p.Unit = "" }, pricingtest.Rates{}, box, "the catalogue's price is per ?, not per hour"},
		"a currency without a rate":        {usd, pricingtest.Rates{}, box, "no exchange rate of USD for 2026-11: the test's table does not have it"},
		"a price without a currency":       {func(p *pricing.ListPrice, _ *collector.Node) { p.Currency = "" }, pricingtest.Rates{}, box, "the catalogue's price has no currency"},
		"a rate that divides by zero":      {usd, always("0"), box, "no exchange rate of USD for 2026-11: the rate given, 0, is not more than zero"},
		"a negative rate":                  {usd, always("-1.3"), box, "no exchange rate of USD for 2026-11: the rate given, -1.3, is not more than zero"},
		"a type that the list lacks":       {func(_ *pricing.ListPrice, n *collector.Node) { n.InstanceType = "blob" }, pricingtest.Rates{}, "1 node of aws eu-west-2 blob on-demand", "the test's table does not have it"},
		"a node without a provider":        {func(_ *pricing.ListPrice, n *collector.Node) { n.Provider = "" }, pricingtest.Rates{}, "1 node of ? eu-west-2 box on-demand", "the node's provider is not known from its provider id"},
		"a node without a region":          {func(_ *pricing.ListPrice, n *collector.Node) { n.Region = "" }, pricingtest.Rates{}, "1 node of aws ? box on-demand", "the node has no label topology.kubernetes.io/region"},
		"a node without an instance type":  {func(_ *pricing.ListPrice, n *collector.Node) { n.InstanceType = "" }, pricingtest.Rates{}, "1 node of aws eu-west-2 ? on-demand", "the node has no label node.kubernetes.io/instance-type"},
		"a node without a capacity type":   {func(_ *pricing.ListPrice, n *collector.Node) { n.CapacityType = "" }, pricingtest.Rates{}, "1 node of aws eu-west-2 box ?", "the test's table does not have it"},
		"a node of capacity type reserved": {func(_ *pricing.ListPrice, n *collector.Node) { n.CapacityType = collector.Reserved }, pricingtest.Rates{}, "1 node of aws eu-west-2 box reserved", "what a reservation costs stands in its contract: set pricing.commitments, or give a bill"},
	} {
		f, cat := fleet(boxes(1, collector.OnDemand), app("a", 1000, gib, on("n0", 1))), pound()
		for k, p := range cat {
			c.spoil(&p, &f.Clusters[0].Nodes[0])
			cat[k] = p
		}
		l := mustPrice(t, f, pricing.Terms{Prices: cat, FX: c.rates, Policy: pricing.NineToOne})
		want := []string{"prod: pricing: 1 workload without measured usage (shop/a): their requests alone were priced",
			"prod: pricing: " + c.what + ": no price, so the cost is unknown: " + c.want}
		slices.Sort(want)
		if diff := cmp.Diff(want, warnings(l)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		checkUnknown(t, name, f, l)
	}
}

// checkUnknown checks that nothing is known of the cost of f, which has one node.
func checkUnknown(t *testing.T, name string, f *collector.Fleet, l *pricing.Ledger) {
	t.Helper()
	c, allocated := &l.Clusters[0], l.Allocate(f, pricing.ByNamespace, pricing.Sharing{Idle: pricing.Even, Overhead: pricing.Even})
	for what, a := range map[string]pricing.Amount{"the total": l.Total(), "the bill": c.Bill(), "the charge": c.Charges[0].Cost, "the workloads": c.Total(pricing.Workload),
		"the workload": c.Cost(0), "idle": c.Total(pricing.Idle), "the group": allocated.Groups[0].Total(), "a day": l.Days(f, pricing.Selection{})[0].Cost} {
		if a.Known || !a.Money.IsZero() {
			t.Errorf("%s: %s costs %s", name, what, a)
		}
	}
}

// What is billed beside nodes is where the cluster's nodes are, if they are all in
// one place.
func TestWhatIsMissingFromAnAssetIsNamed(t *testing.T) {
	elsewhere := box("m")
	elsewhere.Region = "eu-west-1"
	cloud := box("m")
	cloud.Provider = collector.Azure
	gpu := box("m")
	gpu.Provider, gpu.InstanceType, gpu.Capacity.GPU = collector.GCP, "n1-standard-4", 1
	volume := []collector.Volume{{Name: "v", Type: "gp3", Capacity: gib}}
	for name, c := range map[string]struct {
		cluster collector.Cluster
		want    string
	}{
		"a volume of no type":        {collector.Cluster{Volumes: []collector.Volume{{Name: "v", Capacity: gib}}}, "1 volume of aws eu-west-2 ? (storage): no price, so the cost is unknown: the volume's storage class does not tell its type"},
		"nodes of two regions":       {collector.Cluster{Nodes: []collector.Node{elsewhere}, Volumes: volume}, "1 volume of aws ? gp3 (storage): no price, so the cost is unknown: its region is not known, and the cluster's nodes do not share one"},
		"nodes of two clouds":        {collector.Cluster{Nodes: []collector.Node{cloud}, Volumes: volume}, "1 volume of ? eu-west-2 gp3 (storage): no price, so the cost is unknown: its provider is not known, and the cluster's nodes do not share one"},
		"a load balancer of none":    {collector.Cluster{LoadBalancers: []collector.LoadBalancer{{Name: "l"}}}, "1 load balancer of aws eu-west-2 ? (load-balancer): no price, so the cost is unknown: its type is not known"},
		"a control plane's tier":     {collector.Cluster{ControlPlane: collector.ControlPlane{Service: "eks"}}, "1 control plane of aws eu-west-2 eks/ (control-plane): no price, so the cost is unknown: the tier of eks can't be read from the cluster: set clusters[].controlPlane.tier"},
		"GPUs that no label names":   {collector.Cluster{Nodes: []collector.Node{gpu}}, "1 node with GPUs of gcp eu-west-2 ? on-demand (accelerator): no price, so the cost is unknown: the node has no label that names its GPUs, such as cloud.google.com/gke-accelerator"},
		"traffic without a price":    {collector.Cluster{Workloads: []collector.Workload{{Name: "w", Traffic: collector.Traffic{CrossZone: gib}}}}, "1 flow of traffic of aws eu-west-2 cross-zone (traffic): no price, so the cost is unknown: the test's table does not have it"},
		"rules of a shared balancer": {collector.Cluster{LoadBalancers: []collector.LoadBalancer{{Name: "l", Type: "forwarding-rule", Rules: 6}}}, "1 load balancer of aws eu-west-2 forwarding-rule-more (load-balancer): no price, so the cost is unknown: the test's table does not have it"},
	} {
		c.cluster.Name, c.cluster.Nodes = "prod", append([]collector.Node{box("n")}, c.cluster.Nodes...)
		f := &collector.Fleet{Window: collectortest.Window(), Clusters: []collector.Cluster{c.cluster}}
		l := mustPrice(t, f, pricing.Terms{Prices: withAssets(), FX: pricingtest.Rates{}, Policy: pricing.NineToOne})
		if got := warnings(l); !slices.Contains(got, "prod: pricing: "+c.want) {
			t.Errorf("%s: %q is not among %q", name, c.want, got)
		}
		if got := l.Total(); got.Known {
			t.Errorf("%s: the total is %s", name, got)
		}
	}
}

// always is a source whose rates are all this figure.
type always string

func (a always) Rate(currency string, _ time.Time) (pricing.FXRate, error) {
	return pricing.FXRate{Currency: currency, PerGBP: decimal.RequireFromString(string(a))}, nil
}

// stale is a source whose rates are of another month.
type stale struct{}

func (stale) Rate(currency string, _ time.Time) (pricing.FXRate, error) {
	return pricing.FXRate{Currency: currency, PerGBP: decimal.NewFromInt(2), Period: "2026-09", Warning: "the rate of " + currency + " is of 2026-09"}, nil
}

func TestAStaleRateIsSaidOnceAndUsed(t *testing.T) {
	cat := pound()
	for k, p := range cat {
		p.Currency = "USD"
		cat[k] = p
	}
	l := mustPrice(t, fleet(boxes(3, collector.OnDemand)), pricing.Terms{Prices: cat, FX: stale{}, Policy: pricing.NineToOne})
	if diff := cmp.Diff([]string{"all clusters: pricing: the rate of USD is of 2026-09"}, warnings(l)); diff != "" || l.Total().String() != "£109.50" {
		t.Error(l.Total(), diff)
	}
}

// An agreement that is without effect is said to be: a misspelt one would
// otherwise never be noticed.
func TestAgreementsWithoutEffectAreNamed(t *testing.T) {
	end := collectortest.Window().End
	commitment := func(name string, s pricing.Scope) pricing.Commitment {
		return pricing.Commitment{Name: name, Kind: pricing.Reservation, Scope: s, Machines: decimal.NewFromInt(1),
			Price: pricing.ListPrice{PerUnit: decimal.RequireFromString("0.06"), Unit: pricing.Hour, Currency: "GBP"}}
	}
	l := mustPrice(t, fleet([]collector.Node{box("n")}), pricing.Terms{Prices: pound(), FX: pricingtest.Rates{}, Policy: pricing.NineToOne,
		Discounts: []pricing.Discount{
			{Name: "fits", Scope: pricing.Scope{Type: "box"}, PercentOff: decimal.NewFromInt(5)},
			{Name: "misspelt", Scope: pricing.Scope{Region: "eu-vest-2"}, PercentOff: decimal.NewFromInt(5)},
			{Name: "too late", Scope: pricing.Scope{Type: "box"}, PercentOff: decimal.NewFromInt(5)},
		},
		Commitments: []pricing.Commitment{commitment("used", pricing.Scope{Type: "box"}),
			commitment("misspelt", pricing.Scope{Type: "bocks"}), commitment("ended", pricing.Scope{Until: end.AddDate(0, -2, 0)})}})
	var got []string
	for _, g := range l.Warnings {
		if g.Cluster == pricing.AllClusters {
			got = append(got, g.Reason)
		}
	}
	want := []string{
		`discount 2, "misspelt": nothing takes it: check its provider, region, type and days, and whether an earlier one goes before it`,
		`discount 3, "too late": nothing takes it: check its provider, region, type and days, and whether an earlier one goes before it`,
		`commitment "ended": it holds on no day of the window, and costs nothing`,
		`commitment "misspelt": it pays for no node: check its provider, region and type`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
