package interval

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
)

const fortnight = 14 * 24 * time.Hour

// seenRunning is r as a fortnight of metrics tells of it.
func seenRunning(r collector.Reconciler, run time.Duration, changes int) collector.Reconciler {
	r.Measured = collector.Measured{Source: "prometheus", Count: int(fortnight/(r.Every()+run)) + changes, Span: d(fortnight), Mean: d(run),
		Changes: changes, ChangeSpan: d(fortnight), Failures: collector.Seen{Span: d(fortnight)}}
	return r
}

// bootstrapped is a cluster as flux bootstrap and Flux's own example of Kustomize and
// Helm leave it: four changes a day, health checks, a chain of dependencies, charts of
// others, and something that somebody has suspended.
func bootstrapped(name string) collector.Cluster {
	c := collector.Cluster{Name: name, Environment: "production"}
	add := func(kind, name string, interval, run time.Duration, changes int, f func(*collector.Reconciler)) {
		r := object(kind, interval)
		r.Name = name
		if f(&r); r.Every() > 0 && !r.Suspended {
			r = seenRunning(r, run, changes)
		}
		c.Reconcilers = append(c.Reconcilers, r)
	}
	from := func(kind, name string) collector.Origin {
		return collector.Origin{Kind: kind, Namespace: "flux-system", Name: name}
	}
	applies := func(path string, objects int, retry time.Duration, dependsOn ...string) func(*collector.Reconciler) {
		return func(r *collector.Reconciler) {
			r.Source, r.Path, r.Objects, r.RetryInterval, r.DependsOn = from("GitRepository", "flux-system"), path, objects, d(retry), dependsOn
			r.Wait, r.Timeout = retry > 0, d(collector.HealthTimeout(r.Interval.Duration))
		}
	}
	add("GitRepository", "flux-system", time.Minute, 600*time.Millisecond, 56, func(r *collector.Reconciler) { r.URL = "ssh://git@github.com/acme/fleet" })
	add("Kustomization", "flux-system", 10*time.Minute, 800*time.Millisecond, 56, applies("./clusters/production", 12, 0))
	add("Kustomization", "infra-controllers", time.Hour, 6*time.Second, 56, applies("./infrastructure/controllers", 20, time.Minute))
	add("Kustomization", "infra-configs", time.Hour, 5500*time.Millisecond, 56, applies("./infrastructure/configs", 10, time.Minute, "infra-controllers"))
	add("Kustomization", "apps", 10*time.Minute, 25*time.Second, 56, applies("./apps/production", 60, time.Minute, "infra-configs"))
	add("Kustomization", "legacy", 10*time.Minute, 0, 0, func(r *collector.Reconciler) { r.Suspended = true })

	add("HelmRepository", "ingress-nginx", 24*time.Hour, 900*time.Millisecond, 3, func(r *collector.Reconciler) { r.URL = "https://kubernetes.github.io/ingress-nginx" })
	add("HelmRepository", "podinfo", 5*time.Minute, 500*time.Millisecond, 1, func(r *collector.Reconciler) { r.URL = "https://stefanprodan.github.io/podinfo" })
	add("HelmRepository", "cert-manager", 24*time.Hour, 0, 0, func(r *collector.Reconciler) { r.URL, r.Idle = "oci://quay.io/jetstack/charts", true })
	for _, h := range []struct {
		repository      string
		interval, chart time.Duration
	}{{"ingress-nginx", 30 * time.Minute, 12 * time.Hour}, {"podinfo", time.Hour, 5 * time.Minute}, {"cert-manager", 30 * time.Minute, 12 * time.Hour}} {
		add("HelmRelease", h.repository, h.interval, 1500*time.Millisecond, 2, func(r *collector.Reconciler) {
			r.HasChart, r.ChartInterval, r.Source = true, d(h.chart), from("HelmRepository", h.repository)
		})
		add("HelmChart", "flux-system-"+h.repository, h.chart, 300*time.Millisecond, 0, func(r *collector.Reconciler) {
			r.Source, r.Path, r.Generated, r.Origin = from("HelmRepository", h.repository), h.repository, true, from("HelmRelease", h.repository)
		})
	}
	add("OCIRepository", "metrics", 10*time.Minute, 700*time.Millisecond, 4, func(r *collector.Reconciler) { r.URL, r.Ref.SemVer = "oci://ghcr.io/acme/metrics", ">=1.0" })
	add("HelmRelease", "metrics", 30*time.Minute, 1500*time.Millisecond, 4, func(r *collector.Reconciler) { r.Source = from("OCIRepository", "metrics") })

	add("ImageRepository", "web", 5*time.Minute, 900*time.Millisecond, 20, func(r *collector.Reconciler) { r.URL = "ghcr.io/acme/web" })
	add("ImageUpdateAutomation", "all", 30*time.Minute, 4*time.Second, 0, func(r *collector.Reconciler) { r.Source = from("GitRepository", "flux-system") })
	return c
}

// hub is an Argo CD as it comes, that deploys to other clusters, of whose refreshes a
// quarter are asked for by what changes there.
func hub(name string, applications, repositories int) collector.Cluster {
	refreshes := int(float64(applications) * fortnight.Seconds() / 189 * 1.33)
	c := collector.Cluster{Name: name, Environment: "production", Controllers: []collector.Controller{{Kind: "argocd", Namespace: "argocd", Name: "argocd-cm", Applications: applications,
		Measured: collector.Measured{Source: "prometheus", Span: d(fortnight), Count: refreshes, Mean: d(700 * time.Millisecond)}}}}
	for i := range applications {
		c.Reconcilers = append(c.Reconcilers, collector.Reconciler{APIVersion: "argoproj.io/v1alpha1", Kind: "Application", Namespace: "argocd", Name: fmt.Sprint("a", i), Ready: "True",
			Remote: true, Suspended: i == 3, Sources: []collector.ArgoSource{{URL: fmt.Sprintf("https://github.com/acme/svc-%d", i%repositories), Path: "deploy"}},
			Measured: collector.Measured{Changes: 20, ChangeSpan: d(fortnight)}})
	}
	return c
}

// Of an ordinary fleet what is said is what somebody who knows it would: sources at 1m
// and Kustomizations at 10m run oftener than they need, a repository of 50 clusters
// could call them, and all else is left alone.
func TestAnOrdinaryFleet(t *testing.T) {
	f := &collector.Fleet{Window: collector.Window{Start: read.Add(-fortnight), End: read}}
	for i := range 50 {
		f.Clusters = append(f.Clusters, bootstrapped(fmt.Sprint("c", i)))
	}
	f.Clusters = append(f.Clusters, hub("small", 50, 50), hub("middle", 300, 120), hub("large", 500, 10),
		collector.Cluster{Name: "away", Gaps: []collector.Gap{{Cluster: "away", Source: "kubernetes", Reason: "connection refused"}}})
	of, fs := Default().look(f)
	for i := range f.Clusters {
		fs = append(fs, of(&recommend.Pass{Cluster: &f.Clusters[i], Window: f.Window})...)
	}
	said := map[string]int{}
	for _, x := range fs {
		line := x.Subject.Kind + " " + x.Subject.Name + ": " + x.Title
		if x.Subject.Cluster != "" {
			line = x.Subject.Kind + " " + x.Subject.Name + ": " + summary([]recommend.Finding{x})
		}
		said[line]++
	}
	want := map[string]int{
		"GitRepository flux-system: proposed, spec.interval 1m>5m":                                                                              50,
		"Kustomization flux-system: proposed, spec.interval 10m>1h, spec.retryInterval >10m":                                                    50,
		"Kustomization apps: proposed, spec.interval 10m>1h, spec.timeout >9m30s":                                                               50,
		"Kustomization legacy: withheld, spec.interval 10m>1h, spec.retryInterval >10m":                                                         50,
		"ImageUpdateAutomation all: proposed, spec.interval 30m>1h":                                                                             50,
		"Fleet objects that do no work: Look after objects that do no work: 50 are suspended":                                                   1,
		"Repository github.com/acme/fleet: Have one webhook of github.com/acme/fleet fan out to 50 clusters: 50 would be more than it may have": 1,
	}
	for _, line := range slices.Sorted(maps.Keys(said)) {
		if strings.HasPrefix(line, "Fleet intervals: All proposed intervals together: ") {
			delete(said, line)
		}
	}
	if d := cmp.Diff(want, said); d != "" {
		t.Error(d)
	}
	if got := told(fs[0])["not counted"]; got != "what could not be read in 1 cluster: away" {
		t.Errorf("of the cluster that could not be read: %q", got)
	}
	for _, x := range fs {
		if strings.Contains(told(x)["deployed within"], "2562047h") || told(x)["objective that cannot be met"] != "" {
			t.Errorf("%s: %v", x.Title, told(x))
		}
	}
}

// What nobody proposes to change is said to stay, and what runs of Applications cost is
// not known, rather than nothing.
func TestAFleetThatIsRight(t *testing.T) {
	f := &collector.Fleet{Clusters: []collector.Cluster{hub("hub", 50, 50)}}
	_, fs := Default().look(f)
	if want := "No interval is proposed that changes how often anything runs: "; !strings.HasPrefix(fs[0].Title, want) {
		t.Errorf("%q, want %q", fs[0].Title, want)
	}
	if got := told(fs[0])["as it is now"]; !strings.Contains(got, ", cores not known, ") {
		t.Error(got)
	}
}
