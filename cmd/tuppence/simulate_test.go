package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/collector/collectortest"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/recommend/interval"
)

// simulated runs the command's own steps on a fleet.
func simulated(t *testing.T, f *collector.Fleet, choices ...interval.Choice) *simulation {
	t.Helper()
	c := &config{objectives: defaultObjectives()}
	terms, err := c.Pricing.terms()
	if err != nil {
		t.Fatal(err)
	}
	n := &simulating{preset: "current", horizon: days(6 * time.Hour), seed: 1, choices: choices}
	r, err := n.simulate(t.Context(), &study{config: c, terms: terms}, f)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// hot is a generated fleet whose cost was measured, whose API server runs on its own
// nodes, and whose repository is on GitHub.
func hot() *collector.Fleet {
	f := collectortest.Generate(1, 6, 1)
	c := &f.Clusters[0]
	var cost collector.Moments
	for i := range 400 {
		runs := float64(i%10) / 10
		objects := runs * float64(50+i%70)
		cost.Add(runs, objects, 0.02+0.010*runs+0.001*objects)
	}
	c.Controllers[0].Cost, c.ControlPlane.APIServerCost, c.ControlPlane.EtcdCost = cost, cost, cost
	c.Workloads = append(c.Workloads, collector.Workload{APIVersion: "v1", Kind: "Pod", Namespace: "kube-system", Name: "kube-apiserver-a"})
	for i := range c.Reconcilers {
		if r := &c.Reconcilers[i]; r.Kind == "GitRepository" {
			r.URL = "https://github.com/acme/fleet.git"
			r.Measured.Changes = 14 * 24
		}
	}
	f.Normalise()
	return f
}

func TestGoldenSimulation(t *testing.T) {
	r := simulated(t, hot(), interval.Choice{Kind: "Kustomization", Interval: 20 * time.Second})
	var b bytes.Buffer
	if err := writeSimulation(&b, r); err != nil {
		t.Fatal(err)
	}
	const path = "testdata/simulation.txt"
	if *update {
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("the simulation reads\n%s\nwant what %s has; renew it by make golden", &b, path)
	}
	for line := range strings.Lines(b.String()) {
		if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > 100 {
			t.Errorf("a line of %d columns: %s", n, line)
		}
	}
}

func TestSimulationSaysWhereAQueueIsSaturated(t *testing.T) {
	f := hot()
	for i := range f.Clusters[0].Reconcilers {
		if r := &f.Clusters[0].Reconcilers[i]; r.Kind == "Kustomization" {
			r.Measured.Mean.Duration, r.Measured.Changes = 30*time.Second, 0
		} else {
			r.Measured.Changes = 1
		}
	}
	var b bytes.Buffer
	if err := writeSimulation(&b, simulated(t, f, interval.Choice{Kind: "Kustomization", Interval: time.Second})); err != nil {
		t.Fatal(err)
	}
	text := strings.Join(strings.Fields(b.String()), " ")
	if !strings.Contains(text, "queue kustomization is saturated then, so that its 4 workers set the pace") || strings.Contains(text, "saturated now") {
		t.Errorf("it does not say so:\n%s", &b)
	}
}

func TestLoadsAreHeldToTheirLimits(t *testing.T) {
	f := collectortest.Generate(30, 1, 1) // 30 polls of one repository
	for i := range f.Clusters {
		for j := range f.Clusters[i].Reconcilers {
			if r := &f.Clusters[i].Reconcilers[j]; r.Kind == "GitRepository" {
				r.URL, r.Measured.Mean.Duration = "https://github.com/acme/fleet.git", time.Millisecond
			}
		}
	}
	over := simulated(t, f, interval.Choice{Kind: "GitRepository", Interval: time.Second}) // 30 a second
	if l := over.Repositories[0]; !l.Over || *l.Limit != 54_000 || l.Then.Formula < 100_000 || l.Now.Formula > 2000 {
		t.Errorf("%+v, a limit of %g", l, *l.Limit)
	}
	if l := simulated(t, f).Repositories[0]; l.Over {
		t.Errorf("%+v is not over its limit", l)
	}
}

func TestPoundsAreCoresAtWhatACoreCosts(t *testing.T) {
	core := pricing.Known(pricing.Pounds(decimal.NewFromInt(10)))
	of := func(idle, work float64) interval.Cores { return interval.Cores{Idle: &idle, Work: &work} }
	known := map[string]interval.Cores{"kustomize-controller": of(0.1, 0.2)}
	partly := map[string]interval.Cores{"kustomize-controller": of(0.1, 0.2), "source-controller": {Basis: interval.NotKnown}}
	for _, tc := range []struct {
		name        string
		controllers map[string]interval.Cores
		core        pricing.Amount
		whose       collector.ServerOwner
		want, api   string
	}{
		{"idle and work", known, core, collector.ProvidersServer, "£3.00", "none"},
		{"what is not known is never £0", partly, core, collector.ProvidersServer, "£3.00 + unknown", "none"},
		{"a core without a price", known, pricing.Amount{}, collector.ProvidersServer, "unknown", "none"},
		{"the cluster's own API server and etcd", known, core, collector.OwnServer, "£3.00", "£9.00"},
		{"nobody's", known, core, collector.UnknownServer, "£3.00", "none"},
	} {
		f := interval.Forecast{Cores: interval.CoresForecast{Controllers: tc.controllers, APIServer: of(0.2, 0.3), Etcd: of(0.3, 0.1)}}
		p := poundsOf(&f, tc.core, tc.whose)
		api := "none"
		if p.APIServer != nil {
			api = p.APIServer.String()
		}
		if p.Controllers.String() != tc.want || api != tc.api {
			t.Errorf("%s: %s and %s, want %s and %s", tc.name, p.Controllers, api, tc.want, tc.api)
		}
	}
}

func TestFiguresAreWrittenAsPeopleDo(t *testing.T) {
	for got, want := range map[string]string{
		number(0): "0", number(0.01234): "0.0123", number(5.5): "5.5", number(99.94): "99.9", number(99.96): "100", number(1234567.8): "1,234,568",
		percent(0.98765): "98.8 %", cores(0.0000004): "< 0.000001", cores(0.00001234): "0.0000123",
		length(0): "0", length(0.0123): "12 ms", length(1.5): "1.5 s", length(90): "1m30s", length(3600): "1h", length(36000): "10h", length(40030): "11h7m",
		growth(cells{value: 10, counts: true}, cells{value: 1, counts: true}): "−90 %", growth(cells{value: 1, counts: true}, cells{value: 20, counts: true}): "× 20",
		growth(cells{value: 1, counts: true}, cells{value: 1.001, counts: true}): "=", growth(cells{}, cells{value: 1, counts: true}): "",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
