package collectortest

import (
	"fmt"
	"time"

	"pgregory.net/rapid"

	"github.com/tuppence-dev/tuppence/collector"
)

// drawTime draws when something was created: not known, long ago, or to the
// minute within the window, at its end included.
func drawTime(t *rapid.T, what string) time.Time {
	switch rapid.IntRange(0, 3).Draw(t, what+" is known") {
	case 0:
		return time.Time{}
	case 1:
		return End.AddDate(0, -2, 0)
	}
	return End.Add(-time.Duration(rapid.IntRange(0, 14*24*60).Draw(t, what)) * time.Minute)
}

// drawPast draws nodes that are gone, of names that nodes and one another can
// have had too, each with a minute of creation of its own.
func drawPast(t *rapid.T) []collector.Node {
	var past []collector.Node
	for i := range rapid.IntRange(0, 3).Draw(t, "past nodes") {
		n := drawNode(t, fmt.Sprintf("node-%d", rapid.IntRange(0, 5).Draw(t, "past node's name")))
		lived := rapid.IntRange(0, 15*24*60).Draw(t, "minutes that it lived")
		n.Created = End.Add(-time.Duration(lived)*time.Minute - time.Duration(i)*time.Second)
		n.Removed = n.Created.Add(time.Duration(rapid.IntRange(0, lived).Draw(t, "minutes until it was removed")) * time.Minute)
		past = append(past, n)
	}
	return past
}

// drawAssets draws what c is billed for beside its nodes, and what GitOps leaves.
func drawAssets(t *rapid.T, c *collector.Cluster) {
	for i := range rapid.IntRange(0, 3).Draw(t, "volumes") {
		v := collector.Volume{Name: fmt.Sprintf("pv-%d", i), Created: drawTime(t, "volume's creation"), Users: drawUsers(t, c.Workloads),
			Type:     rapid.SampledFrom([]string{"gp3", "pd-balanced", "Premium_LRS", "local", ""}).Draw(t, "volume's type"),
			Provider: rapid.SampledFrom([]collector.Provider{"", collector.AWS, collector.GCP}).Draw(t, "volume's provider"),
			Capacity: collector.Bytes(rapid.OneOf(rapid.Int64Range(0, 500<<30), rapid.SampledFrom([]int64{1, 1 << 30, 1 << 60})).Draw(t, "volume's size"))}
		if rapid.Bool().Draw(t, "claimed") {
			v.Namespace, v.Claim, v.ProviderID = "shop", v.Name, "vol-"+v.Name
		}
		c.Volumes = append(c.Volumes, v)
	}
	for i := range rapid.IntRange(0, 4).Draw(t, "load balancers") {
		c.LoadBalancers = append(c.LoadBalancers, collector.LoadBalancer{
			Kind: "Service", Namespace: "shop", Name: fmt.Sprintf("lb-%d", i), Created: drawTime(t, "load balancer's creation"),
			Type:  rapid.SampledFrom([]string{"nlb", "standard", "forwarding-rule", ""}).Draw(t, "load balancer's type"),
			Rules: rapid.OneOf(rapid.IntRange(0, 9), rapid.SampledFrom([]int{1<<63 - 1})).Draw(t, "rules"), Users: drawUsers(t, c.Workloads)})
	}
	if service := rapid.SampledFrom([]string{"", "", "eks", "aks", "gke", "own"}).Draw(t, "service"); service != "" {
		c.ControlPlane = collector.ControlPlane{Service: service, Tier: rapid.SampledFrom([]string{"", "free", "standard"}).Draw(t, "tier"),
			Requests: rapid.Int64Range(0, 1000).Draw(t, "requests of the API server")}
	}
}

// drawUsers draws some of the workloads, one that is not there, and one twice.
func drawUsers(t *rapid.T, workloads []collector.Workload) []collector.WorkloadRef {
	refs := []collector.WorkloadRef{{APIVersion: "apps/v1", Kind: "Deployment", Namespace: "shop", Name: "gone"}}
	for i := range workloads {
		refs = append(refs, workloads[i].Ref())
	}
	return rapid.SliceOfN(rapid.SampledFrom(refs), 0, 4).Draw(t, "users")
}

// origins are what workloads are applied by: every chain of appliers that
// drawGitOps makes, a ring of two included, and what the cluster does not have.
var origins = []collector.Origin{
	{},
	{Kind: "Kustomization", Namespace: "flux-system", Name: "apps"},
	{Kind: "HelmRelease", Namespace: "shop", Name: "cart"},
	{Kind: "Kustomization", Namespace: "flux-system", Name: "ring-0"},
	{Kind: "Application", Name: "web"},
	{Kind: "Application", Namespace: "teams", Name: "web"},
	{Kind: "Kustomization", Namespace: "flux-system", Name: "gone"},
}

// drawGitOps draws c's appliers, all or none of them, and who runs them.
func drawGitOps(t *rapid.T, c *collector.Cluster) {
	if rapid.Bool().Draw(t, "GitOps") {
		return
	}
	git := collector.Origin{Kind: "GitRepository", Namespace: "flux-system", Name: "fleet"}
	apps, ring := origins[1], origins[3]
	other := collector.Origin{Kind: ring.Kind, Namespace: ring.Namespace, Name: "ring-1"}
	add := func(o, by, source collector.Origin, url, path string) {
		c.Reconcilers = append(c.Reconcilers, collector.Reconciler{Kind: o.Kind, Namespace: o.Namespace, Name: o.Name, Origin: by, Source: source, URL: url, Path: path})
	}
	add(git, collector.Origin{}, collector.Origin{}, "https://git.example/fleet.git", "")
	add(apps, apps, git, "", "./apps/")
	c.Reconcilers = append(c.Reconcilers, collector.Reconciler{APIVersion: "source.toolkit.fluxcd.io/v1", Kind: "OCIRepository", Namespace: "flux-system", Name: "edge",
		URL: "oci://registry.example/edge", Artifact: collector.Artifact{Source: "https://git.example/edge.git", Revision: "main@sha1:9f2c"}})
	add(origins[2], apps, collector.Origin{}, "", "")
	add(ring, other, git, "", "ring")
	add(other, ring, git, "", "ring")
	add(collector.Origin{Kind: "Application", Namespace: "argocd", Name: "web"}, collector.Origin{}, collector.Origin{}, "https://git.example/web.git", "deploy")
	add(origins[5], collector.Origin{}, collector.Origin{}, "https://git.example/teams.git", "deploy")
	for i := range c.Reconcilers {
		drawSources(t, &c.Reconcilers[i])
	}
	c.Controllers = append(c.Controllers, collector.Controller{Kind: "argocd", Namespace: "argocd", Name: "argocd-cm", Ignore: drawIgnore(t),
		APIRequests: rapid.Int64Range(0, 2000).Draw(t, "requests of Argo CD")}, collector.Controller{Kind: "kustomize-controller", Namespace: "shop", Name: "app-0"})
}

// drawPodTime draws where w's pods ran, in place of where they are: also for
// longer than a node stood, for no time, and on nodes that are not listed.
func drawPodTime(t *rapid.T, w *collector.Workload, nodes []string) {
	if rapid.Bool().Draw(t, "pod time is not measured") {
		return
	}
	for _, node := range rapid.SliceOfNDistinct(rapid.SampledFrom(nodes), 0, 3, rapid.ID[string]).Draw(t, "ran on") {
		minutes := rapid.OneOf(rapid.Int64Range(0, 14*24*60), rapid.SampledFrom([]int64{0, 100_000 * 24 * 60})).Draw(t, "minutes that its pods ran")
		w.PodTime = append(w.PodTime, collector.PodTime{Node: node, Time: collector.Duration{Duration: time.Duration(minutes) * time.Minute}})
	}
}

// drawTraits draws what a workload is grouped by and what it sends.
func drawTraits(t *rapid.T, w *collector.Workload) {
	w.Created = drawTime(t, "workload's creation")
	w.Origin = rapid.SampledFrom(origins).Draw(t, "origin")
	if team := rapid.SampledFrom([]string{"", "red", "blue"}).Draw(t, "team"); team != "" {
		w.Labels = []collector.Label{{Key: "team", Value: team}}
	}
	if rapid.Bool().Draw(t, "traffic is measured") {
		sent := rapid.OneOf(rapid.Int64Range(0, 100<<30), rapid.SampledFrom([]int64{0, 1, 1 << 60}))
		w.Traffic = collector.Traffic{Measured: true, Internet: collector.Bytes(sent.Draw(t, "to the internet")), CrossZone: collector.Bytes(sent.Draw(t, "across zones"))}
	}
}
