package interval

import (
	"strings"
	"testing"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
)

// released is a HelmRelease of each of these chart repositories, with the HelmCharts
// that helm-controller makes of them.
func released(repositories ...collector.Reconciler) collector.Cluster {
	c := collector.Cluster{Name: "c", Reconcilers: repositories}
	for _, from := range repositories {
		source := collector.Origin{Kind: from.Kind, Namespace: from.Namespace, Name: from.Name}
		chart := object("HelmChart", 5*time.Minute)
		chart.Name, chart.Path, chart.Source, chart.Generated = "apps-"+from.Name, "cart", source, true
		chart.Origin = collector.Origin{Kind: "HelmRelease", Namespace: "apps", Name: from.Name}
		release := object("HelmRelease", 5*time.Minute)
		release.Namespace, release.Name, release.Source, release.HasChart, release.ChartInterval = "apps", from.Name, source, true, d(5*time.Minute)
		c.Reconcilers = append(c.Reconcilers, chart, release)
	}
	return c
}

func repository(name, url string, interval time.Duration) collector.Reconciler {
	r := object("HelmRepository", interval)
	r.Name, r.URL = name, url
	return r
}

// A HelmRepository of a registry has no index and never a new revision: the chart looks
// in the registry itself, and a commit comes by its interval.
func TestAChartOfARegistryLooksThereItself(t *testing.T) {
	c := released(repository("oci", "oci://ghcr.io/acme/charts", 0), repository("index", "https://charts.example", 5*time.Minute))
	p, err := Default().Plan(Model(&collector.Fleet{Clusters: []collector.Cluster{c}}))
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ release, source, asks string }{
		{"oci", "", "ghcr.io/acme/charts/cart"},
		{"index", "HelmRepository flux-system/index", ""},
	} {
		chart := place{}
		for r, at := range p.at {
			if r.Kind == "HelmChart" && r.Name == "apps-"+tc.release {
				chart = at
			}
		}
		task := &p.Fleet.Systems[chart.system].Tasks[chart.task]
		source, asked := "", ""
		if task.Source >= 0 {
			source = p.Fleet.Systems[chart.system].Tasks[task.Source].Name
		}
		if asks(task.Poll) {
			asked = p.Fleet.Repositories[task.Poll.Repository].Name
		}
		if source != tc.source || asked != tc.asks {
			t.Errorf("%s: its source is %q and it asks %q, want %q and %q", tc.release, source, asked, tc.source, tc.asks)
		}
	}
	if len(p.unmet) > 0 {
		t.Errorf("objectives cannot be met: %+v", p.unmet)
	}
}

// The chart that is made of a HelmRelease is told of with that, and only what asks a
// host is said to ask it less.
func TestAChartIsToldOfWithItsRelease(t *testing.T) {
	c := released(repository("index", "https://charts.example", time.Minute))
	for i := range c.Reconcilers {
		c.Reconcilers[i].ChartInterval.Duration = min(c.Reconcilers[i].ChartInterval.Duration, time.Minute)
		if c.Reconcilers[i].Kind == "HelmChart" {
			c.Reconcilers[i].Interval = d(time.Minute)
		}
	}
	kinds := map[string]string{}
	for _, f := range run(Default(), c) {
		kinds[f.Subject.Kind] = told(f)["requests to the host"]
		if want := "deploy latency: how long a new chart waits to be fetched; at most 10m, by default"; f.Subject.Kind == "HelmRelease" && told(f)["objective of its chart"] != want {
			t.Errorf("the chart's objective is %q", told(f)["objective of its chart"])
		}
		if f.Subject.Kind == "HelmRelease" && !strings.Contains(summary([]recommend.Finding{f}), "spec.chart.spec.interval 1m>") {
			t.Errorf("the chart's interval is not set: %+v", f.Changes)
		}
	}
	if _, ok := kinds["HelmChart"]; ok || len(kinds) != 2 {
		t.Errorf("findings of %v", kinds)
	}
}
