package interval_test

import (
	"encoding/json"
	"fmt"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/collector/collectortest"
	"github.com/tuppence-dev/tuppence/recommend/interval"
	"github.com/tuppence-dev/tuppence/recommend/interval/model"
)

var day = model.Options{Seed: 1, Warmup: 6 * time.Hour, Horizon: 24 * time.Hour}

func forecast(t *testing.T, m *interval.Mapped) *interval.Forecast {
	t.Helper()
	all, err := m.Forecast(&m.Fleet, day)
	if err != nil {
		t.Fatal(err)
	}
	return &all[0]
}

// busy is a fleet of 60 Kustomizations that a queue's four workers take so long for,
// with so many commits a day.
func busy(run time.Duration, commits int) *interval.Mapped {
	c := collector.Cluster{Reconcilers: []collector.Reconciler{git("fleet", "https://github.com/acme/fleet")}}
	c.Reconcilers[0].Measured = collector.Measured{Mean: every(time.Second), Changes: commits, ChangeSpan: every(24 * time.Hour)}
	for i := range 60 {
		r := ks(fmt.Sprintf("app-%02d", i), time.Minute)
		r.Measured.Mean = every(run)
		c.Reconcilers = append(c.Reconcilers, r)
	}
	return interval.Model(fleet(c))
}

func TestTheFormulaAndTheSimulationAgree(t *testing.T) {
	f := forecast(t, busy(2*time.Second, 48))
	for name, figure := range map[string]interval.Figure{"runs": f.RunsPerHour, "Kustomizations": f.ByKind["Kustomization"], "unchanged": *f.Unchanged, "calls": f.APICalls} {
		if figure.Differs || figure.Formula <= 0 || math.Abs(figure.Simulation/figure.Formula-1) > interval.Tolerance {
			t.Errorf("%s: %+v", name, figure)
		}
	}
	if q := f.Queues[1]; q.Name != "kustomization" || q.Saturated || q.SaturatedIn || math.Abs(q.Utilisation.Formula-0.49) > 0.03 { // 60 × 2 s every 62 s on 4
		t.Errorf("the queue: %+v", q)
	}
}

func TestBothSayThatAQueueIsSaturated(t *testing.T) {
	q := forecast(t, busy(10*time.Second, 2)).Queues[1] // 600 s of work a minute for 240
	if !q.Saturated || !q.SaturatedIn {
		t.Errorf("the formula says %v, the simulation %v", q.Saturated, q.SaturatedIn)
	}
	if math.Abs(q.RunsPerHour.Formula-1440) > 30 { // 4 workers, 10 s a run
		t.Errorf("%g runs an hour, want the workers' 1,440", q.RunsPerHour.Formula)
	}
}

func TestWhatIsNotKnownIsNull(t *testing.T) {
	f := forecast(t, interval.Model(fleet(collector.Cluster{Reconcilers: []collector.Reconciler{git("fleet", "https://github.com/acme/fleet"), ks("a", time.Minute)}})))
	if f.Unchanged != nil {
		t.Errorf("%g of runs change nothing, though no change is known", f.Unchanged.Formula)
	}
	if c := f.Cores.Controllers["source-controller"]; c.Work != nil || c.Basis != interval.NotKnown {
		t.Errorf("source-controller, of which nothing was measured: %+v", c)
	}
	if c := f.Cores.Controllers["kustomize-controller"]; c.Idle != nil || c.Basis != "reference" || c.Work == nil {
		t.Errorf("kustomize-controller by the reference: %+v", c)
	}
}

func TestCoresAreIdleAndWork(t *testing.T) {
	var cost collector.Moments
	for i := range 400 {
		runs := float64(i%10) / 10
		cost.Add(runs, runs*float64(5+i%7), 0.02+0.010*runs+0.001*runs*float64(5+i%7))
	}
	m := interval.Model(fleet(collector.Cluster{Reconcilers: []collector.Reconciler{ks("a", time.Minute)},
		Controllers: []collector.Controller{{Kind: "kustomize-controller", Namespace: "flux-system", Name: "kustomize-controller", Cost: cost}}}))
	c := forecast(t, m).Cores.Controllers["kustomize-controller"]
	want := 0.020 / 62 // 10 ms and 10 objects of 1 ms, every 62 s
	if c.Idle == nil || math.Abs(*c.Idle-0.02) > 0.001 || math.Abs(*c.Work/want-1) > 0.02 || math.Abs(*c.WorkSimulated/want-1) > 0.02 {
		t.Errorf("%s", text(c))
	}
	if c.StandardError == nil || *c.StandardError <= 0 || *c.StandardError > 0.005 || c.Basis != "measured" {
		t.Errorf("%s", text(c))
	}
}

func TestAProgramWithoutACostModelTakesItsMeasuredShare(t *testing.T) {
	r := git("fleet", "https://github.com/acme/fleet")
	r.Measured.Mean = every(time.Nanosecond)
	ctl := collector.Controller{Kind: "source-controller", Namespace: "flux-system", Name: "source-controller",
		Process: collector.Process{Span: every(10 * time.Hour), CPU: 30}, // 30 millicores for 120 runs an hour
		Queues:  []collector.Queue{{Name: "gitrepository", Workers: 2, Span: every(10 * time.Hour), Runs: []collector.Tally{{Name: "success", Count: 1200}}}}}
	m := interval.Model(fleet(collector.Cluster{Reconcilers: []collector.Reconciler{r}, Controllers: []collector.Controller{ctl}}))
	if c := forecast(t, m).Cores.Controllers["source-controller"]; c.Work == nil || math.Abs(*c.Work-0.015) > 0.0005 || c.Basis != interval.ByShare || c.Idle != nil {
		t.Errorf("60 runs an hour take %s, want half of the 30 millicores", text(c))
	}
}

func TestAnArgoCDsPeriod(t *testing.T) {
	c := collector.Cluster{Controllers: []collector.Controller{{Kind: "argocd", Namespace: "argocd", Name: "argocd-cm"}}}
	for i := range 40 {
		c.Reconcilers = append(c.Reconcilers, app("argocd", fmt.Sprintf("web-%02d", i)))
	}
	f := forecast(t, interval.Model(fleet(c)))
	a := f.ArgoCD[0]
	if a.Timeout != 120 || a.Jitter != 60 || a.Applications != 40 || a.Period.Formula == nil || math.Abs(*a.Period.Formula-189) > 3 || math.Abs(*a.Period.Simulation-189) > 6 {
		t.Errorf("%s", text(a))
	}
	if got := f.RequestsPerHour["git.example/web"]; got.Formula < 15 || got.Formula > 25 { // one listing in 3m
		t.Errorf("%+v requests an hour of Git, want one in 3m", got)
	}
}

func TestClustersAreTheSameBesideOthers(t *testing.T) {
	f := collectortest.Generate(2, 5, 1)
	both := interval.Model(f)
	two, err := both.Forecast(&both.Fleet, day)
	if err != nil {
		t.Fatal(err)
	}
	f.Clusters = f.Clusters[1:]
	one := interval.Model(f)
	if a, b := text(forecast(t, one)), text(&two[1]); a != b {
		t.Errorf("alone:\n%s\nbeside another:\n%s", a, b)
	}
}

func TestRefreshesForLiveChangesDoNotShortenThePeriod(t *testing.T) {
	argocd := collector.Controller{Kind: "argocd", Namespace: "argocd", Name: "argocd-cm",
		Measured: collector.Measured{Source: "prometheus", Count: 24_000, Span: every(24 * time.Hour), Mean: every(time.Second)}}
	c := collector.Cluster{Controllers: []collector.Controller{argocd}, Reconcilers: []collector.Reconciler{app("argocd", "a"), app("argocd", "b")}}
	f := forecast(t, interval.Model(fleet(c)))
	if a := f.ArgoCD[0]; *a.Period.Formula < 110 || a.Period.Differs {
		t.Errorf("%s, though comparisons of live changes leave the clock alone", text(a))
	}
}

func TestWhatIsAppliedElsewhereIsNoWorkOfThisAPIServer(t *testing.T) {
	here, there := ks("a", time.Minute), ks("a", time.Minute)
	there.Remote = true
	cores := func(r collector.Reconciler) interval.CoresForecast {
		return forecast(t, interval.Model(fleet(collector.Cluster{Reconcilers: []collector.Reconciler{r}}))).Cores
	}
	a, b := cores(here), cores(there)
	if got := *b.APIServer.Work / *a.APIServer.Work; math.Abs(got-55.0/95) > 0.01 { // 55 ms a run and 4 ms for each of ten objects
		t.Errorf("the API server's work is %g of that for objects here, want 55/95", got)
	}
	if x, y := *a.Controllers["kustomize-controller"].Work, *b.Controllers["kustomize-controller"].Work; x != y {
		t.Errorf("the controller's work is %g and %g", x, y)
	}
}

func TestShardsOfAProgramAreTogether(t *testing.T) {
	shard := func(name, selector string) collector.Controller {
		return collector.Controller{Kind: "kustomize-controller", Namespace: "flux-system", Name: name, Settings: []collector.Setting{{Name: "--watch-label-selector", Value: selector, Set: true}}}
	}
	a, b := ks("a", time.Minute), ks("b", time.Minute)
	b.Shard = "one"
	cores := func(controllers ...collector.Controller) float64 {
		return *forecast(t, interval.Model(fleet(collector.Cluster{Reconcilers: []collector.Reconciler{a, b}, Controllers: controllers}))).Cores.Controllers["kustomize-controller"].Work
	}
	all, shards := cores(shard("kustomize-controller", "")), cores(shard("kustomize-controller", "!sharding.fluxcd.io/key"), shard("kustomize-controller-one", "sharding.fluxcd.io/key=one"))
	if math.Abs(shards/all-1) > 1e-9 {
		t.Errorf("two shards take %g cores, and one controller %g", shards, all)
	}
}

// Whatever a fleet holds, it can be simulated at all presets, and written as JSON,
// which has no NaN.
func TestEveryFleetCanBeForecast(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := interval.Model(collectortest.Fleet().Draw(t, "fleet"))
		f, err := m.At(rapid.SampledFrom(interval.Presets).Draw(t, "preset"), nil, interval.Default())
		if err != nil {
			t.Fatal(err)
		}
		all, err := m.Forecast(&f, model.Options{Seed: 1, Horizon: 2 * time.Hour, Events: 10_000})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := json.Marshal(all); err != nil {
			t.Fatal(err)
		}
	})
}

func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}
