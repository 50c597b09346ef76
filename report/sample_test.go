package report

import (
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/recommend"
)

func pounds(s string) pricing.Money { return pricing.Pounds(decimal.RequireFromString(s)) }

func known(s string) pricing.Amount { return pricing.Known(pounds(s)) }

// saving is allocated and realisable, both known.
func saving(allocated, realisable string) recommend.Saving {
	return recommend.Saving{Allocated: known(allocated), Realisable: known(realisable)}
}

var window14 = collector.Window{
	Start: time.Date(2026, 10, 18, 14, 5, 0, 0, time.UTC), // summer time in London
	End:   time.Date(2026, 11, 1, 14, 5, 0, 0, time.UTC),
}

var dollars = pricing.FXRate{
	Currency: "USD", PerGBP: decimal.RequireFromString("1.3554"), Source: "HMRC monthly rates", Period: "2026-11",
}

// nodeAt is a node that costs so many pounds a month, priced by the book.
func nodeAt(name, monthly string) pricing.Charge {
	month := decimal.RequireFromString(monthly)
	hour := month.Div(decimal.NewFromInt(pricing.HoursPerMonth))
	cost, unit := pricing.Known(pricing.Pounds(month)), pricing.Known(pricing.Pounds(hour))
	return pricing.Charge{
		Name: name, Terms: "list", Quantity: decimal.NewFromInt(pricing.HoursPerMonth), Window: decimal.NewFromInt(14 * 24),
		Units: pricing.UnitCosts{List: unit, Contracted: unit, Effective: unit}, List: cost, Contracted: cost, Cost: cost,
		Key: pricing.Key{Kind: pricing.Machine, Provider: collector.AWS, Region: "eu-west-2", Type: "m6i.xlarge", CapacityType: collector.OnDemand},
		Rate: &pricing.Rate{
			PerUnit: pricing.Pounds(hour), FX: dollars,
			Price: pricing.ListPrice{Unit: pricing.Hour, PerUnit: hour.Mul(dollars.PerGBP).Round(4), Currency: "USD", Source: "AWS price list", AsOf: "2026-06-18", VCPU: 4},
		},
	}
}

func unpricedNode(name string) pricing.Charge {
	return pricing.Charge{
		Name: name, Reason: "instance type is not in the book", Quantity: decimal.NewFromInt(pricing.HoursPerMonth), Window: decimal.NewFromInt(14 * 24),
		Key: pricing.Key{Kind: pricing.Machine, Provider: collector.AWS, Region: "eu-west-2", Type: "x9.mega", CapacityType: collector.Spot},
	}
}

// line gives a workload, idle (-1) or overhead (-2) so many pounds of a charge;
// "" is unknown.
func line(charge, workload int, cost string) pricing.Line {
	l := pricing.Line{Charge: charge, Class: pricing.Workload, Workload: workload}
	switch workload {
	case -1:
		l.Class = pricing.Idle
	case -2:
		l.Class, l.Workload = pricing.Overhead, -1
	}
	if cost != "" {
		l.Cost = known(cost)
	}
	return l
}

func deployment(namespace, name, node string) collector.Workload {
	return collector.Workload{
		APIVersion: "apps/v1", Kind: "Deployment", Namespace: namespace, Name: name, Replicas: 2,
		Placements: []collector.Placement{{Node: node, Pods: 2}},
		Containers: []collector.Container{{Name: "app", Usage: collector.Usage{Source: "prometheus"}}},
	}
}

func object1(cluster, kind, namespace, name string) recommend.Object {
	version := map[string]string{"Deployment": "apps/v1", "Kustomization": "kustomize.toolkit.fluxcd.io/v1"}[kind]
	return recommend.Object{Cluster: cluster, APIVersion: version, Kind: kind, Namespace: namespace, Name: name}
}

func resize(o recommend.Object, container, list, resource, before, after string) recommend.Change {
	return recommend.Change{
		Object: o, Before: before, After: after,
		Path: []string{"spec", "template", "spec", "containers", "[name=" + container + "]", "resources", list, resource},
	}
}

// finding is a rightsizing of a deployment with one change of CPU.
func finding(cluster, namespace, name string, s recommend.Saving) recommend.Finding {
	o := object1(cluster, "Deployment", namespace, name)
	return recommend.Finding{
		ID: recommend.FindingID("rightsize", o), Recommender: "rightsize", Subject: o, Status: recommend.Proposed,
		Title:      "Lower the requests of " + namespace + "/" + name + " to what it uses",
		Changes:    []recommend.Change{resize(o, "app", "requests", "cpu", "500m", "212m")},
		Evidence:   []recommend.Evidence{{Name: "CPU p95", Value: "184m over 14 days"}},
		Checks:     []recommend.Check{{Name: "enough data", Verdict: recommend.Passed, Detail: "14 of 14 days"}},
		Confidence: recommend.High, Saving: s,
	}
}

func intervalFinding(cluster, name string) recommend.Finding {
	o := object1(cluster, "Kustomization", "flux-system", name)
	return recommend.Finding{
		ID: recommend.FindingID("interval", o), Recommender: "interval", Subject: o, Status: recommend.Proposed,
		Title:      "Reconcile " + name + " every 30 minutes",
		Changes:    []recommend.Change{{Object: o, Path: []string{"spec", "interval"}, Before: "1m", After: "30m"}},
		Evidence:   []recommend.Evidence{{Name: "reconciles an hour", Value: "60"}},
		Confidence: recommend.Medium,
	}
}

func held(f recommend.Finding, s recommend.Status, reason string) recommend.Finding {
	f.Status, f.Reason, f.Changes = s, reason, nil
	f.Saving = recommend.Saving{}
	return f
}

// ordinary is a fleet of two clusters with findings of every kind.
func ordinary() Input {
	lon := collector.Cluster{
		Name: "prod-lon", Environment: "production",
		Nodes:     []collector.Node{{Name: "a"}, {Name: "b"}},
		Workloads: []collector.Workload{deployment("payments", "api", "a"), deployment("shop", "web", "b")},
	}
	uks := collector.Cluster{
		Name: "staging-uks", Nodes: []collector.Node{{Name: "a"}},
		Workloads: []collector.Workload{deployment("shop", "web", "a")},
	}
	lon.Workloads[1].Origin = collector.Origin{Kind: "Kustomization", Namespace: "flux-system", Name: "apps"}
	web := finding("prod-lon", "shop", "web", saving("121.155", "95.10"))
	web.Changes = append(web.Changes,
		resize(web.Subject, "app", "requests", "memory", "1Gi", "640Mi"),
		resize(web.Subject, "app", "limits", "memory", "1Gi", "640Mi"))
	web.Checks = append(web.Checks, recommend.Check{Name: "no HPA on memory", Verdict: recommend.Undecided, Detail: "the HPA could not be read"})
	raise := finding("prod-lon", "payments", "api", saving("-6.40", "-6.40"))
	raise.Title = "Raise the memory of payments/api, which was OOM-killed 3 times"
	raise.Confidence = recommend.Medium
	raise.Changes = []recommend.Change{resize(raise.Subject, "app", "requests", "memory", "256Mi", "400Mi")}
	spot := held(finding("staging-uks", "shop", "web", recommend.Saving{}), recommend.Advised, "there are no spot nodes yet")
	spot.ID, spot.Recommender, spot.Saving = recommend.FindingID("spot", spot.Subject), "spot", saving("37.90", "37.90")
	spot.Title = "Run shop/web on spot nodes, once the cluster has some: every check passes"
	return Input{
		Version: "0.1.0",
		Fleet:   &collector.Fleet{Window: window14, Clusters: []collector.Cluster{lon, uks}},
		Ledger: &pricing.Ledger{
			Clusters: []pricing.ClusterLedger{
				{
					Cluster: "prod-lon", Charges: []pricing.Charge{nodeAt("a", "700.50"), nodeAt("b", "434.06")},
					Lines: []pricing.Line{
						line(0, 0, "400.25"), line(0, -1, "270.25"), line(0, -2, "30"),
						line(1, 1, "300"), line(1, -1, "114.06"), line(1, -2, "20"),
					},
				},
				{
					Cluster: "staging-uks", Charges: []pricing.Charge{nodeAt("a", "100")},
					Lines: []pricing.Line{line(0, 0, "60.005"), line(0, -1, "35.995"), line(0, -2, "4")},
				},
			},
			FX: []pricing.FXRate{dollars}, Policy: pricing.NineToOne,
		},
		Findings: []recommend.Finding{
			intervalFinding("prod-lon", "apps"),
			finding("staging-uks", "shop", "web", saving("1.20", "0")),
			web, raise,
			held(finding("prod-lon", "shop", "cart", recommend.Saving{}), recommend.Withheld, "fewer than 3 days of usage"),
			held(finding("staging-uks", "shop", "cart", recommend.Saving{}), recommend.Withheld, "fewer than 3 days of usage"),
			held(finding("staging-uks", "shop", "till", recommend.Saving{}), recommend.Withheld, "an HPA scales on CPU"),
			held(intervalFinding("staging-uks", "argocd"), recommend.Advised, "argocd-cm is not in Git"),
			spot,
			held(finding("prod-lon", "shop", "jobs", recommend.Saving{}), recommend.Superseded, ""),
		},
		MinSaving: pounds("5"),
	}
}

// empty is a fleet of which nothing could be read.
func empty() Input {
	return Input{Version: "0.1.0", Fleet: &collector.Fleet{Window: window14}, Ledger: &pricing.Ledger{Policy: pricing.NineToOne}}
}

// holes is a fleet with unknown prices, an estimate and gaps.
func holes() Input {
	in := ordinary()
	in.MinSaving = pricing.Money{}
	c := &in.Fleet.Clusters[1]
	c.Nodes = append(c.Nodes, collector.Node{Name: "mega"})
	c.Workloads = append(c.Workloads, deployment("shop", "worker", "mega"))
	c.Gaps = []collector.Gap{{Cluster: "staging-uks", Source: "prometheus", Reason: "422: query used 5.1 GiB, limit 4 GiB; try --step 10m"}}
	l := &in.Ledger.Clusters[1]
	l.Charges = append(l.Charges, unpricedNode("mega"))
	l.Charges[0].Rate.Price.Estimate = true
	l.Lines = append(l.Lines, line(1, 1, ""), line(1, -1, ""))
	in.Fleet.Clusters = append(in.Fleet.Clusters, collector.Cluster{
		Name: "test-ldn",
		Gaps: []collector.Gap{{Cluster: "test-ldn", Source: "kubernetes", Reason: "connection refused by https://10.0.0.1:6443; is the cluster up?"}},
	})
	in.Ledger.Clusters = append(in.Ledger.Clusters, pricing.ClusterLedger{Cluster: "test-ldn"})
	in.Ledger.FX[0].Warning = "the last rate that is published; November is not there yet"
	in.Ledger.Warnings = []collector.Gap{{Cluster: "staging-uks", Source: "pricing", Reason: "no price for x9.mega in eu-west-2: 1 node has an unknown cost"}}
	unknown := finding("staging-uks", "shop", "worker", recommend.Saving{})
	part := finding("staging-uks", "shop", "both", recommend.Saving{Allocated: pricing.Amount{Money: pounds("12.5")}})
	in.Findings = append(in.Findings, unknown, part)
	return in
}

// hostileNames are what a cluster's user could write into a name or a reason.
var hostileNames = []string{
	"a|b", "`tick`", "<img src=x onerror=alert(1)>", "</details>", "line\nbreak", "\x1b[2Jcleared", "\u009b31mred", "\u202eevil",
	"[link](https://example.com)", "@everyone", "www.example.com", "back\\|slash", "*bold*_it_", "\xff\xfe", "数据库服务器集群控制平面数据库服务器集群控制平面", "",
	"\x1b]8;;https://example.com\x07click\x1b]8;;\x07", "# heading", "&lt;b&gt;", "   ",
}

// hostile is a fleet whose every name is one of names.
func hostile(names []string) Input {
	in := Input{Version: "0.1.0", Fleet: &collector.Fleet{Window: window14}, Ledger: &pricing.Ledger{FX: []pricing.FXRate{dollars}, Policy: pricing.NineToOne}}
	for i, bad := range names {
		cluster := bad + fmt.Sprint(i)
		c := collector.Cluster{
			Name: cluster, Nodes: []collector.Node{{Name: bad}}, Workloads: []collector.Workload{deployment(bad, bad, bad)},
			Gaps: []collector.Gap{{Cluster: cluster, Source: bad, Reason: "cannot read " + bad}},
		}
		in.Fleet.Clusters = append(in.Fleet.Clusters, c)
		in.Ledger.Clusters = append(in.Ledger.Clusters, pricing.ClusterLedger{
			Cluster: cluster, Charges: []pricing.Charge{nodeAt(bad, "10")},
			Lines: []pricing.Line{line(0, 0, "6"), line(0, -1, "4")},
		})
		f := finding(cluster, bad, bad, saving(fmt.Sprint(i+1), "1"))
		f.Changes[0] = resize(f.Subject, bad, "requests", "cpu", bad, bad)
		f.Evidence = []recommend.Evidence{{Name: bad, Value: bad}}
		f.Checks = []recommend.Check{{Name: bad, Verdict: recommend.Failed, Detail: bad}}
		in.Findings = append(in.Findings, f, held(intervalFinding(cluster, bad), recommend.Withheld, "because of "+bad))
	}
	return in
}
