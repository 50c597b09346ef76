package collectortest

import (
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/tuppence-dev/tuppence/collector"
)

// drawSteering draws who else decides about c's workloads: owners who want no
// advice about them or their namespaces, VPAs, HPAs and Flagger's copies of them,
// and other objects that are edited in their stead, of which some are not there.
func drawSteering(t *rapid.T, c *collector.Cluster) {
	for _, name := range []string{"shop", "payments"} {
		if ignore := drawIgnore(t); ignore != "" {
			c.Namespaces = append(c.Namespaces, collector.Namespace{Name: name, Ignore: ignore})
		}
	}
	for i := range c.Workloads {
		w := &c.Workloads[i]
		w.Ignore = drawIgnore(t)
		if mode := rapid.SampledFrom([]string{"", "", "", "Off", "Initial", "Auto", "InPlaceOrRecreate"}).Draw(t, "VPA's mode"); mode != "" {
			w.VPA = &collector.VPA{Name: w.Name, Mode: mode}
		}
		if rapid.IntRange(0, 4).Draw(t, "HPA") == 0 {
			w.HPA = &collector.HPA{Name: w.Name, Min: 1, Max: 9, CPUTarget: 70, Target: rapid.SampledFrom([]string{"", "web"}).Draw(t, "copied from")}
		}
		if users := drawUsers(t, c.Workloads); len(users) > 0 {
			w.Target = rapid.SampledFrom([]collector.WorkloadRef{{}, {}, users[0],
				{APIVersion: "v1", Kind: "PodTemplate", Namespace: w.Namespace, Name: "pods"}}).Draw(t, "target")
		}
	}
}

func drawIgnore(t *rapid.T) string {
	return rapid.SampledFrom([]string{"", "", "", "", "", "true", "rightsize", "interval,spot", "first"}).Draw(t, "ignored")
}

func drawWishes(t *rapid.T) (w collector.Wishes) {
	w.Class = rapid.SampledFrom([]collector.Class{"", "", collector.Platform, collector.Application}).Draw(t, "class")
	for _, d := range []*collector.Duration{&w.Drift, &w.Deploy, &w.Retry} {
		d.Duration = time.Duration(max(0, rapid.IntRange(-90, 90).Draw(t, "minutes wished for"))) * time.Minute
	}
	return w
}

// drawSources draws an interval for r, and what its kind says of where its objects
// come from.
func drawSources(t *rapid.T, r *collector.Reconciler) {
	r.Ignore = drawIgnore(t)
	r.Wishes = drawWishes(t)
	r.Hooked = rapid.Bool().Draw(t, "hooked")
	r.Measured.Failures.Count = rapid.IntRange(0, 9).Draw(t, "failures")
	r.Measured.Failures.Span.Duration = time.Duration(rapid.IntRange(0, 90).Draw(t, "minutes of failures")) * time.Minute
	for _, d := range rapid.SliceOfNDistinct(rapid.SampledFrom([]collector.Doubt{collector.FewRuns, collector.CounterReset, collector.ClocksDiffer}), 0, 3, rapid.ID).Draw(t, "doubts") {
		r.Measured.Doubt(d)
	}
	switch r.Kind {
	case "Kustomization":
		r.APIVersion, r.TargetNamespace = "kustomize.toolkit.fluxcd.io/v1", rapid.SampledFrom([]string{"", "shop"}).Draw(t, "target namespace")
		r.Interval.Duration = time.Duration(rapid.IntRange(0, 90).Draw(t, "minutes between runs")) * time.Minute
	case "HelmRelease":
		r.APIVersion, r.ReleaseName = "helm.toolkit.fluxcd.io/v2", rapid.SampledFrom([]string{"", "cart"}).Draw(t, "release")
	case "GitRepository":
		r.APIVersion = "source.toolkit.fluxcd.io/v1"
	case "Application":
		r.APIVersion, r.OwnerSet = "argoproj.io/v1alpha1", rapid.SampledFrom([]string{"", "tenants"}).Draw(t, "set")
		r.Sources = rapid.SliceOfN(rapid.SampledFrom([]collector.ArgoSource{
			{URL: r.URL, Path: r.Path, Ref: "main", Type: "Kustomize", Inline: true},
			{URL: "https://charts.example", Chart: "redis", Ref: "20.x", Type: "Helm", ReleaseName: "cache", ValueFiles: []string{"$values/prod.yaml"}},
			{URL: "https://git.example/values.git", Name: "values"},
		}), 0, 3).Draw(t, "sources")
		for i := range r.Sources { // what is drawn twice is changed once
			r.Sources[i].ValueFiles = slices.Clone(r.Sources[i].ValueFiles)
		}
	}
}
