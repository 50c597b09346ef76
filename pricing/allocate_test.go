package pricing_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/collector/collectortest"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/pricing/pricingtest"
)

var (
	dimensions = []pricing.Dimension{pricing.ByCluster, pricing.ByEnvironment, pricing.ByNamespace, pricing.ByKustomization, pricing.ByHelmRelease,
		pricing.ByApplication, pricing.ByRepository, pricing.ByPath, "label:team"}
	spreads = []pricing.Spread{pricing.Apart, pricing.Even, pricing.Proportional}
)

// sharings are all the ways to spread what is no workload's own.
func sharings() []pricing.Sharing {
	var all []pricing.Sharing
	for _, idle := range spreads {
		for _, overhead := range spreads {
			for _, shared := range spreads {
				all = append(all, pricing.Sharing{Idle: idle, Overhead: overhead, Shared: shared, SharedNamespaces: []string{"payments"}})
			}
		}
	}
	return append(all, pricing.Sharing{})
}

// However costs are grouped and spread, they are the bill to the last digit.
func TestEveryAllocationAddsUpToTheBill(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f, _, l := priced(t)
		workloads := 0
		for i := range f.Clusters {
			workloads += len(f.Clusters[i].Workloads)
		}
		for _, by := range dimensions {
			for _, s := range sharings() {
				a := l.Allocate(f, by, s)
				if got, want := a.Total(), l.Total(); !got.Money.Equal(want.Money.Decimal) || got.Known && !want.Known {
					t.Fatalf("by %s, %+v: %s, the bill is %s", by, s, got.Money.Decimal, want.Money.Decimal)
				}
				grouped := 0
				for _, g := range a.Groups {
					grouped += g.Workloads
					if g.Name == "" || g.Direct.Money.IsNegative() || g.Spread.Money.IsNegative() {
						t.Fatalf("by %s, %+v: %+v", by, s, g)
					}
				}
				if grouped > workloads || len(s.SharedNamespaces) == 0 && grouped != workloads {
					t.Fatalf("by %s: %d of %d workloads are in groups", by, grouped, workloads)
				}
			}
		}
	})
}

// Two namespaces of £14.04 (10/52) and £28.08 (20/52) on a node of £73: idle is
// £21.75, overhead (6.5/52) £9.13.
func TestSpreading(t *testing.T) {
	n := box("n")
	n.Allocatable = collector.Resources{CPU: 3500, Memory: 14 * gib}
	shop, pay, system := app("a", 1000, gib, on("n", 1)), app("b", 2000, 2*gib, on("n", 1)), app("dns", 0, gib, on("n", 1))
	pay.Namespace, system.Namespace = "payments", "kube-system"
	system.Containers[0].Requests.Memory = 0
	system = use(system, 0, float64(gib)) // 1/52, £1.40
	f := fleet([]collector.Node{n}, shop, pay, system)
	l := price(t, f, pricing.NineToOne)
	for _, c := range []struct {
		name string
		s    pricing.Sharing
		want []string
	}{
		{"nothing is spread", pricing.Sharing{}, []string{"payments £28.08 + £0.00", "shop £14.04 + £0.00", "kube-system £1.40 + £0.00", "apart £0.00 £20.36 £9.13"}},
		{"shared namespaces are a line of their own", pricing.Sharing{SharedNamespaces: []string{"kube-system"}},
			[]string{"payments £28.08 + £0.00", "shop £14.04 + £0.00", "apart £1.40 £20.36 £9.13"}},
		{"evenly, half each", pricing.Sharing{Shared: pricing.Even, SharedNamespaces: []string{"kube-system"}, Overhead: pricing.Even},
			[]string{"payments £28.08 + £5.26", "shop £14.04 + £5.26", "apart £0.00 £20.36 £0.00"}},
		{"in proportion, two thirds and one", pricing.Sharing{Idle: pricing.Proportional, SharedNamespaces: []string{"kube-system"}},
			[]string{"payments £28.08 + £13.57", "shop £14.04 + £6.79", "apart £1.40 £0.00 £9.13"}},
		{"with no group to bear it, it stays apart", pricing.Sharing{Idle: pricing.Even, Shared: pricing.Even, SharedNamespaces: []string{"kube-system", "shop", "payments"}},
			[]string{"apart £43.52 £20.36 £9.13"}},
	} {
		a := l.Allocate(f, pricing.ByNamespace, c.s)
		var got []string
		for _, g := range a.Groups {
			got = append(got, fmt.Sprintf("%s %s + %s", g.Name, g.Direct, g.Spread))
		}
		got = append(got, fmt.Sprintf("apart %s %s %s", a.Shared, a.Idle, a.Overhead))
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

func TestNothingIsInProportionToNothing(t *testing.T) {
	f := fleet([]collector.Node{box("n")}, app("scaled to none", 1000, gib))
	a := price(t, f, pricing.NineToOne).Allocate(f, pricing.ByNamespace, pricing.Sharing{Idle: pricing.Proportional})
	if a.Idle.String() != "£73.00" || a.Total().String() != "£73.00" {
		t.Errorf("idle %s, total %s", a.Idle, a.Total())
	}
}

// Where one group's own cost is unknown, so is every part in proportion to it,
// but not an even one.
func TestPartsOfTheUnknownAreUnknown(t *testing.T) {
	other := app("b", 1000, gib, on("gone", 1))
	other.Namespace = "payments"
	f := fleet([]collector.Node{box("n")}, app("a", 1000, gib, on("n", 1)), other)
	for how, want := range map[pricing.Spread]string{pricing.Even: "£29.48", pricing.Proportional: "£58.96 + unknown"} {
		a := price(t, f, pricing.NineToOne).Allocate(f, pricing.ByNamespace, pricing.Sharing{Idle: how})
		if got := a.Groups[0].Spread.String(); got != want {
			t.Errorf("%s: %s bears %s of idle, want %s", how, a.Groups[0].Name, got, want)
		}
	}
}

func TestUnusedCommitmentsAreOfNoGroup(t *testing.T) {
	f := fleet(boxes(1, collector.OnDemand))
	l := mustPrice(t, f, pricing.Terms{Prices: pound(), FX: pricingtest.Rates{}, Policy: pricing.NineToOne, Commitments: []pricing.Commitment{reservation("ri", "3", "0.06")}})
	a := l.Allocate(f, pricing.ByCluster, pricing.Sharing{Idle: pricing.Even})
	if a.Unused.String() != "£87.60" || a.Total().String() != "£131.40" {
		t.Errorf("unused %s, total %s", a.Unused, a.Total())
	}
}

func TestDimensionsAreReadAsTheyAreWritten(t *testing.T) {
	for _, d := range append(dimensions, "label:app.kubernetes.io/part-of") {
		if got, err := pricing.ParseDimension(string(d)); err != nil || got != d {
			t.Errorf("%s: %s, %v", d, got, err)
		}
	}
	for _, s := range []string{"", "label:", "team", "Cluster"} {
		if got, err := pricing.ParseDimension(s); err == nil {
			t.Errorf("%q is read as %q", s, got)
		}
	}
	for _, s := range []pricing.Sharing{{Idle: "fair"}, {Overhead: "fair"}, {Shared: "fair"}} {
		if s.Valid() == nil {
			t.Errorf("%+v is taken", s)
		}
	}
}

// gitOps is a cluster with Flux's and Argo CD's objects.
func gitOps() *collector.Cluster {
	origin := func(kind, namespace, name string) collector.Origin {
		return collector.Origin{Kind: kind, Namespace: namespace, Name: name}
	}
	git, apps, chart := origin("GitRepository", "flux-system", "fleet"), origin("Kustomization", "flux-system", "apps"), origin("HelmRelease", "shop", "cart")
	one, other := origin("Kustomization", "flux-system", "ring-0"), origin("Kustomization", "flux-system", "ring-1")
	c := &collector.Cluster{Name: "prod", Environment: "production"}
	for _, r := range []struct {
		is, by, source collector.Origin
		url, path      string
	}{
		{is: git, url: "https://git.example/fleet.git"},
		{is: apps, by: origin("Kustomization", "flux-system", "root"), source: git, path: "./apps/"},
		{is: origin("Kustomization", "flux-system", "root"), source: git, path: "."},
		{is: chart, by: apps, source: origin("HelmRepository", "shop", "charts")},
		{is: one, by: other, source: origin("GitRepository", "flux-system", "gone")}, {is: other, by: one},
		{is: origin("Application", "argocd", "web"), url: "https://git.example/web.git", path: "deploy"},
		{is: origin("Application", "apps", "web"), url: "https://git.example/teams.git", path: "web"},
		{is: origin("Application", "apps", "api"), url: "https://git.example/teams.git", path: "api"},
		{is: origin("Application", "a", "twice"), url: "https://git.example/a.git"}, {is: origin("Application", "b", "twice"), url: "https://git.example/b.git"},
	} {
		c.Reconcilers = append(c.Reconcilers, collector.Reconciler{Kind: r.is.Kind, Namespace: r.is.Namespace, Name: r.is.Name, Origin: r.by, Source: r.source, URL: r.url, Path: r.path})
	}
	c.Controllers = []collector.Controller{{Kind: "argocd", Namespace: "argocd", Name: "argocd"}}
	return c
}

func TestGroupsAreNamedByWhatAppliesAWorkload(t *testing.T) {
	const none = pricing.None
	for _, c := range []struct {
		name                                                          string
		origin                                                        collector.Origin
		kustomization, helmRelease, application, repository, pathInIt string
	}{
		{"nothing applies it", collector.Origin{}, none, none, none, none, none},
		{"a Kustomization", collector.Origin{Kind: "Kustomization", Namespace: "flux-system", Name: "apps"},
			"prod/flux-system/apps", none, none, "https://git.example/fleet.git", "https://git.example/fleet.git//apps"},
		{"a Kustomization of the whole repository", collector.Origin{Kind: "Kustomization", Namespace: "flux-system", Name: "root"},
			"prod/flux-system/root", none, none, "https://git.example/fleet.git", "https://git.example/fleet.git//"},
		{"a HelmRelease stands where its Kustomization does", collector.Origin{Kind: "HelmRelease", Namespace: "shop", Name: "cart"},
			"prod/flux-system/apps", "prod/shop/cart", none, "https://git.example/fleet.git", "https://git.example/fleet.git//apps"},
		{"a HelmRelease that was not read", collector.Origin{Kind: "HelmRelease", Namespace: "shop", Name: "gone"}, none, "prod/shop/gone", none, none, none},
		{"an Application in Argo CD's own namespace, though another has its name", collector.Origin{Kind: "Application", Name: "web"},
			none, none, "prod/argocd/web", "https://git.example/web.git", "https://git.example/web.git//deploy"},
		{"an Application in another namespace", collector.Origin{Kind: "Application", Namespace: "apps", Name: "web"},
			none, none, "prod/apps/web", "https://git.example/teams.git", "https://git.example/teams.git//web"},
		{"the only Application of the name", collector.Origin{Kind: "Application", Name: "api"},
			none, none, "prod/apps/api", "https://git.example/teams.git", "https://git.example/teams.git//api"},
		{"an Application that could be either of two", collector.Origin{Kind: "Application", Name: "twice"}, none, none, "prod//twice", none, none},
		{"a ring of appliers ends", collector.Origin{Kind: "Kustomization", Namespace: "flux-system", Name: "ring-0"}, "prod/flux-system/ring-0", none, none, none, none},
	} {
		cluster := *gitOps()
		w := app("a", 0, 0)
		w.Origin = c.origin
		cluster.Workloads = []collector.Workload{w}
		f := &collector.Fleet{Window: collectortest.Window(), Clusters: []collector.Cluster{cluster}}
		l := price(t, f, pricing.NineToOne)
		for by, want := range map[pricing.Dimension]string{pricing.ByCluster: "prod", pricing.ByEnvironment: "production", pricing.ByNamespace: "shop",
			pricing.ByKustomization: c.kustomization, pricing.ByHelmRelease: c.helmRelease, pricing.ByApplication: c.application,
			pricing.ByRepository: c.repository, pricing.ByPath: c.pathInIt, "label:team": none} {
			if got := l.Allocate(f, by, pricing.Sharing{}).Groups[0].Name; got != want {
				t.Errorf("%s, by %s: %q, want %q", c.name, by, got, want)
			}
		}
	}
}
