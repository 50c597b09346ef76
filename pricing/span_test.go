package pricing_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/collector/collectortest"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/pricing/pricingtest"
)

// withAssets is pound with a volume at £0.10 a GiB-month, a load balancer at
// £0.02 an hour, shared ones at £0.025 and £0.01 a rule, a control plane at £0.08,
// a free one, and traffic at £0.09 a GiB.
func withAssets() pricingtest.Prices {
	p := pound()
	for _, a := range []struct {
		kind pricing.Kind
		what string
		per  string
	}{
		{pricing.Storage, "gp3", "0.10"}, {pricing.Balancer, "nlb", "0.02"}, {pricing.Balancer, "standard", "0.025"}, {pricing.Balancer, "standard-rule", "0.01"},
		{pricing.ControlPlane, "eks/standard", "0.08"}, {pricing.ControlPlane, "own/free", "0"}, {pricing.Egress, "internet", "0.09"},
	} {
		p[pricing.Key{Kind: a.kind, Provider: collector.AWS, Region: "eu-west-2", Type: a.what}] = pricing.ListPrice{
			Unit: a.kind.Unit(), PerUnit: decimal.RequireFromString(a.per), Currency: "GBP", Source: "a contract", AsOf: "2026-11-01"}
	}
	return p
}

func TestQuantities(t *testing.T) {
	since := func(hours int) collector.Node {
		n := box("n")
		n.Created = hoursAgo(hours)
		return n
	}
	gone := since(300)
	gone.Removed = hoursAgo(132)
	before := since(500)
	before.Removed = hoursAgo(400)
	standing := []collector.Node{box("n")}
	for name, c := range map[string]struct {
		cluster collector.Cluster
		want    []string
	}{
		"a node of the whole window counts 730 h of £0.10":                {collector.Cluster{Nodes: standing}, []string{"n 730 £73.00"}},
		"a cluster of one day goes on as on that day":                     {collector.Cluster{Nodes: []collector.Node{since(24)}}, []string{"n 730 £73.00"}},
		"beside an older one, a node of one day counts 24 ÷ 336 of 730 h": {collector.Cluster{Nodes: []collector.Node{box("n"), since(24)}}, []string{"n 730 £73.00", "n 52.142857143 £5.21"}},
		"a node of half the window counts 365 h":                          {collector.Cluster{Nodes: []collector.Node{box("n"), since(168)}}, []string{"n 730 £73.00", "n 365 £36.50"}},
		"a node that was there for 168 of 336 h and is gone counts 365 h": {collector.Cluster{Nodes: standing, PastNodes: []collector.Node{gone}}, []string{"n 730 £73.00", "n 365 £36.50"}},
		"in a cluster of 300 h, 168 of them count 408.8 h":                {collector.Cluster{Nodes: []collector.Node{since(132)}, PastNodes: []collector.Node{gone}}, []string{"n 321.2 £32.12", "n 408.8 £40.88"}},
		"a node that was gone before the window counts nothing":           {collector.Cluster{Nodes: standing, PastNodes: []collector.Node{before}}, []string{"n 730 £73.00", "n 0 £0.00"}},
		"a volume of 50 GiB counts 50":                                    {collector.Cluster{Nodes: standing, Volumes: []collector.Volume{{Name: "v", Type: "gp3", Capacity: 50 * gib}}}, []string{"n 730 £73.00", "v 50 £5.00"}},
		"one made mid-window 25": {collector.Cluster{Nodes: standing, Volumes: []collector.Volume{{Name: "v", Type: "gp3", Capacity: 50 * gib, Created: hoursAgo(168)}}},
			[]string{"n 730 £73.00", "v 25 £2.50"}},
		"in a cluster of 24 h, one made 6 h ago a quarter": {collector.Cluster{Nodes: []collector.Node{since(24)}, Volumes: []collector.Volume{{Name: "v", Type: "gp3", Capacity: 50 * gib, Created: hoursAgo(6)}}},
			[]string{"n 730 £73.00", "v 12.5 £1.25"}},
		"one older than its cluster is whole": {collector.Cluster{Nodes: []collector.Node{since(24)}, Volumes: []collector.Volume{{Name: "v", Type: "gp3", Capacity: 50 * gib, Created: hoursAgo(999)}}},
			[]string{"n 730 £73.00", "v 50 £5.00"}},
		"each load balancer of AWS is one": {collector.Cluster{Nodes: standing, LoadBalancers: []collector.LoadBalancer{{Namespace: "a", Name: "b", Type: "nlb", Rules: 9}, {Namespace: "a", Name: "c", Type: "nlb", Created: hoursAgo(84)}}},
			[]string{"n 730 £73.00", "a/b 730 £14.60", "a/c 182.5 £3.65"}},
		"shared ones are one, from the first's creation, with 7 − 5 rules": {collector.Cluster{Nodes: standing, LoadBalancers: []collector.LoadBalancer{
			{Namespace: "a", Name: "b", Type: "standard", Rules: 6, Created: hoursAgo(84)}, {Namespace: "a", Name: "c", Type: "standard", Created: hoursAgo(168)}}},
			[]string{"n 730 £73.00", "shared load balancer 365 £9.13", "shared load balancer's rules 730 £7.30"}},
		"five rules are included": {collector.Cluster{Nodes: standing, LoadBalancers: []collector.LoadBalancer{{Namespace: "a", Name: "b", Type: "standard", Rules: 5}}},
			[]string{"n 730 £73.00", "shared load balancer 730 £18.25"}},
		"where it is not known which nodes went, those that stand count as if all along": {
			collector.Cluster{NodesSince: collectortest.Window().End, Nodes: []collector.Node{since(24), box("n")}}, []string{"n 730 £73.00", "n 730 £73.00"}},
		"what is known for the last 84 h goes on as in these": {
			collector.Cluster{NodesSince: hoursAgo(84), Nodes: []collector.Node{since(300), since(21)}, PastNodes: []collector.Node{gone}},
			[]string{"n 730 £73.00", "n 182.5 £18.25", "n 0 £0.00"}},
		"a control plane counts 730 h": {collector.Cluster{Nodes: []collector.Node{since(24)}, ControlPlane: collector.ControlPlane{Service: "eks", Tier: "standard"}},
			[]string{"n 730 £73.00", "eks 730 £58.40"}},
		"a free one is £0 and known": {collector.Cluster{Nodes: standing, ControlPlane: collector.ControlPlane{Service: "own", Tier: "free"}}, []string{"n 730 £73.00", "own 730 £0.00"}},
		"336 GiB sent in 336 h are 730 a month": {collector.Cluster{Nodes: standing, Workloads: []collector.Workload{{Namespace: "a", Name: "b", Traffic: collector.Traffic{Measured: true, Internet: 336 * gib}}}},
			[]string{"n 730 £73.00", "a/b to internet 730 £65.70"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := &collector.Fleet{Window: collectortest.Window(), Clusters: []collector.Cluster{c.cluster}}
			if k := &f.Clusters[0]; k.NodesSince.IsZero() { // since the first node
				k.NodesSince = f.Window.End
				for _, n := range slices.Concat(k.Nodes, k.PastNodes) {
					if n.Created.Before(k.NodesSince) {
						k.NodesSince = n.Created
					}
				}
				if k.NodesSince.Before(f.Window.Start) {
					k.NodesSince = f.Window.Start
				}
			}
			l := mustPrice(t, f, pricing.Terms{Prices: withAssets(), FX: pricingtest.Rates{}, Policy: pricing.NineToOne})
			var got []string
			for _, n := range l.Clusters[0].Charges {
				got = append(got, fmt.Sprintf("%s %s %s", n.Name, n.Quantity, n.Cost))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// ran is app with the hours that its pods ran on nodes.
func ran(w collector.Workload, hours map[string]int) collector.Workload {
	for _, node := range []string{"gone", "m", "n"} {
		if h, ok := hours[node]; ok {
			w.PodTime = append(w.PodTime, collector.PodTime{Node: node, Time: collector.Duration{Duration: time.Duration(h) * time.Hour}})
		}
	}
	return w
}

func TestPodsBearTheTimeThatTheyRan(t *testing.T) {
	young := box("m")
	young.Created = hoursAgo(84)
	past := box("n")
	past.Removed = hoursAgo(84)
	second := young
	second.Name = "n"
	newer := app("a", 1000, 2*gib, on("n", 1))
	newer.Created = hoursAgo(84)
	for name, c := range map[string]struct {
		nodes, past []collector.Node
		workload    collector.Workload
		want        string
	}{
		"all along, 11/52 of £73":                                          {[]collector.Node{box("n")}, nil, ran(app("a", 1000, 2*gib), map[string]int{"n": 336}), "£15.44"},
		"half of it, half of that":                                         {[]collector.Node{box("n")}, nil, ran(app("a", 1000, 2*gib), map[string]int{"n": 168}), "£7.72"},
		"for twice its life, two pods":                                     {[]collector.Node{box("n")}, nil, ran(app("a", 1000, 2*gib), map[string]int{"n": 672}), "£30.88"},
		"pod time goes before where pods are now":                          {[]collector.Node{box("n")}, nil, ran(app("a", 1000, 2*gib, on("n", 9)), map[string]int{"n": 168}), "£7.72"},
		"on a node of 84 h, 84 h are its whole life: 11/52 of £18.25":      {[]collector.Node{box("n"), young}, nil, ran(app("a", 1000, 2*gib), map[string]int{"m": 84}), "£3.86"},
		"more than a node's life is no more than the node":                 {[]collector.Node{box("n")}, nil, ran(app("a", 4000, 16*gib), map[string]int{"n": 9999}), "£73.00"},
		"on two nodes of one name, each by its life":                       {[]collector.Node{second}, []collector.Node{past}, ran(app("a", 1000, 2*gib), map[string]int{"n": 336}), "£15.44"},
		"on a node that the cluster does not list, unknown":                {[]collector.Node{box("n")}, nil, ran(app("a", 1000, 2*gib), map[string]int{"n": 336, "gone": 1}), "£15.44 + unknown"},
		"no time there is nothing unknown":                                 {[]collector.Node{box("n")}, nil, ran(app("a", 1000, 2*gib), map[string]int{"n": 336, "gone": 0}), "£15.44"},
		"unmeasured, a workload of 84 h is taken to have run for all 84":   {[]collector.Node{box("n")}, nil, newer, "£3.86"},
		"unmeasured, on a node that no longer stands its cost is unknown":  {nil, []collector.Node{past}, app("a", 1000, 2*gib, on("n", 1)), "unknown"},
		"unmeasured, two pods on a node of 84 h: 22/52 of 182.5 h × £0.10": {[]collector.Node{box("n"), young}, nil, app("a", 1000, 2*gib, on("m", 2)), "£7.72"},
	} {
		f := fleet(c.nodes, c.workload)
		f.Clusters[0].PastNodes = c.past
		if got := price(t, f, pricing.NineToOne).Clusters[0].Cost(0).String(); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
