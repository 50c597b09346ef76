package pricing_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/pricing/pricingtest"
)

func TestGitOpsCost(t *testing.T) {
	flux := app("kustomize-controller", 1000, 2*gib, on("n", 1)) // £15.44
	flux.Namespace = "flux-system"
	api := app("kube-apiserver-n", 2000, 4*gib, on("n", 1)) // £30.88
	api.Kind, api.Namespace = "Pod", "kube-system"
	server := app("argocd-server", 1000, 2*gib, on("n", 1))
	controllers := []collector.Controller{{Kind: "kustomize-controller", Namespace: "flux-system", Name: "kustomize-controller", APIRequests: 250},
		{Kind: "argocd", Namespace: "shop", Name: "argocd", Workloads: []collector.WorkloadRef{server.Ref()}}}
	eks := collector.ControlPlane{Service: "eks", Tier: "standard", Requests: 1000} // £58.40
	own := collector.ControlPlane{Requests: 1000}
	for _, c := range []struct {
		name      string
		workloads []collector.Workload
		plane     collector.ControlPlane
		want      string
	}{
		{"a quarter of a managed service's fee", []collector.Workload{flux}, eks,
			"£15.44 [flux-system/kustomize-controller], £14.60: 25 % of the API server's requests, of the fee of EKS, which does not depend on load"},
		{"a quarter of what its pods cost", []collector.Workload{flux, api}, own,
			"£15.44 [flux-system/kustomize-controller], £7.72: 25 % of the API server's requests, of what its pods cost"},
		{"Argo CD's workloads as well", []collector.Workload{flux, server}, eks,
			"£30.88 [flux-system/kustomize-controller shop/argocd-server], £14.60: 25 % of the API server's requests, of the fee of EKS, which does not depend on load"},
		{"a free fee is £0", []collector.Workload{flux}, collector.ControlPlane{Service: "own", Tier: "free", Requests: 1000},
			"£15.44 [flux-system/kustomize-controller], £0.00: 25 % of the API server's requests, of the fee of OWN, which does not depend on load"},
		{"a fee without a price", []collector.Workload{flux}, collector.ControlPlane{Service: "eks", Requests: 1000},
			"£15.44 [flux-system/kustomize-controller], unknown: 25 % of the API server's requests, but the fee of EKS is unknown: the tier of eks can't be read from the cluster: set clusters[].controlPlane.tier"},
		{"an API server on no node", []collector.Workload{flux}, own,
			"£15.44 [flux-system/kustomize-controller], unknown: 25 % of the API server's requests, but what the API server runs on is not among the nodes"},
		{"requests that were not measured", []collector.Workload{flux}, collector.ControlPlane{Service: "eks", Tier: "standard"},
			"£15.44 [flux-system/kustomize-controller], unknown: the API server's requests and the controllers' were not both measured"},
		{"no more than all requests", []collector.Workload{flux}, collector.ControlPlane{Service: "eks", Tier: "standard", Requests: 100},
			"£15.44 [flux-system/kustomize-controller], £58.40: 100 % of the API server's requests, of the fee of EKS, which does not depend on load"},
		{"controllers that run elsewhere", nil, eks,
			"unknown [], £14.60: what runs the controllers is not among the cluster's workloads; 25 % of the API server's requests, of the fee of EKS, which does not depend on load"},
	} {
		f := fleet([]collector.Node{box("n")}, c.workloads...)
		f.Clusters[0].Controllers, f.Clusters[0].ControlPlane = slices.Clone(controllers), c.plane
		l := mustPrice(t, f, pricing.Terms{Prices: withAssets(), FX: pricingtest.Rates{}, Policy: pricing.NineToOne})
		all := l.GitOps(f)
		if len(all) != 1 {
			t.Fatalf("%s: %v", c.name, all)
		}
		g := all[0]
		if got := fmt.Sprintf("%s %v, %s: %s", g.Controllers, g.Names, g.API, g.Reason); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, got, c.want)
		}
		if total := g.Total(); total.Known != (g.Controllers.Known && g.API.Known) {
			t.Errorf("%s: %s in all", c.name, total)
		}
	}
	if f := fleet([]collector.Node{box("n")}); len(price(t, f, pricing.NineToOne).GitOps(f)) > 0 {
		t.Error("a cluster without controllers has a cost of GitOps")
	}
}
