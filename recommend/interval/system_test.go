package interval_test

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/collector/collectortest"
	"github.com/tuppence-dev/tuppence/recommend/interval"
	"github.com/tuppence-dev/tuppence/recommend/interval/model"
)

const (
	kustomize = "kustomize.toolkit.fluxcd.io/v1"
	sourceAPI = "source.toolkit.fluxcd.io/v1"
	helmAPI   = "helm.toolkit.fluxcd.io/v2"
	argoAPI   = "argoproj.io/v1alpha1"
)

func every(d time.Duration) collector.Duration { return collector.Duration{Duration: d} }

func git(name, url string) collector.Reconciler {
	return collector.Reconciler{APIVersion: sourceAPI, Kind: "GitRepository", Namespace: "flux-system", Name: name, Interval: every(time.Minute), URL: url}
}

// ks is a Kustomization that applies ten objects from the GitRepository fleet, measured
// as its interval says.
func ks(name string, interval time.Duration, dependsOn ...string) collector.Reconciler {
	return collector.Reconciler{APIVersion: kustomize, Kind: "Kustomization", Namespace: "flux-system", Name: name, Interval: every(interval),
		Source: collector.Origin{Kind: "GitRepository", Namespace: "flux-system", Name: "fleet"}, Objects: 10, DependsOn: dependsOn,
		Measured: collector.Measured{Mean: every(2 * time.Second)}}
}

func app(namespace, name string) collector.Reconciler {
	return collector.Reconciler{APIVersion: argoAPI, Kind: "Application", Namespace: namespace, Name: name,
		URL: "https://git.example/web.git", Sources: []collector.ArgoSource{{URL: "https://git.example/web.git"}}}
}

func fleet(c collector.Cluster) *collector.Fleet {
	c.Name = "prod"
	f := &collector.Fleet{Window: collectortest.Window(), Clusters: []collector.Cluster{c}}
	f.Normalise()
	return f
}

// task is the task of an object in a mapped fleet of one cluster.
func task(t *testing.T, m *interval.Mapped, kind, name string) (*model.Task, *interval.Task) {
	t.Helper()
	for i := range m.Systems {
		for j := range m.Systems[i].Tasks {
			if r := &m.Systems[i].Tasks[j]; r.Kind == kind && r.Name == name {
				return &m.Fleet.Systems[i].Tasks[j], r
			}
		}
	}
	t.Fatalf("no task for %s %s", kind, name)
	return nil, nil
}

func TestModelMapsAnObject(t *testing.T) {
	long := collector.Duration{Duration: 10 * time.Hour}
	controller := collector.Controller{Kind: "kustomize-controller", Namespace: "flux-system", Name: "kustomize-controller"}
	for _, tc := range []struct {
		name  string
		r     collector.Reconciler
		ctl   func(*collector.Controller)
		check func(*model.Task) (got, want any)
	}{
		{"the interval", ks("a", 10*time.Minute), nil, func(t *model.Task) (any, any) { return t.Interval, 10 * time.Minute }},
		{"the timer", ks("a", 10*time.Minute), nil, func(t *model.Task) (any, any) { return t.Timer, model.AfterRun }},
		{"Flux's jitter", ks("a", time.Minute), nil, func(t *model.Task) (any, any) { return t.Jitter, 0.05 }},
		{"a jitter that was set", ks("a", time.Minute), func(c *collector.Controller) {
			c.Settings = []collector.Setting{{Name: "--interval-jitter-percentage", Value: "20", Set: true}}
		}, func(t *model.Task) (any, any) { return t.Jitter, 0.2 }},
		{"30s of requeue", ks("a", time.Minute), nil, func(t *model.Task) (any, any) { return t.Requeue, 30 * time.Second }},
		{"a requeue that was set", ks("a", time.Minute), func(c *collector.Controller) {
			c.Settings = []collector.Setting{{Name: "--requeue-dependency", Value: "5s", Set: true}}
		}, func(t *model.Task) (any, any) { return t.Requeue, 5 * time.Second }},
		{"a measured run", ks("a", time.Minute), nil, func(t *model.Task) (any, any) { return t.Run, 2 * time.Second }},
		{"its retries", func() collector.Reconciler { r := ks("a", time.Hour); r.RetryInterval = every(time.Minute); return r }(), nil,
			func(t *model.Task) (any, any) { return t.Retry, time.Minute }},
		{"retries at its interval", ks("a", time.Hour), nil, func(t *model.Task) (any, any) { return t.Retry, time.Duration(0) }},
		{"no interval, no timer", ks("a", 0), nil, func(t *model.Task) (any, any) { return t.Timer, model.Triggered }},
		{"a share that fails", func() collector.Reconciler {
			r := ks("a", time.Hour)
			r.Measured = collector.Measured{Source: "prometheus", Count: 10, Span: long, Failures: collector.Seen{Count: 2, Span: long}}
			return r
		}(), nil, func(t *model.Task) (any, any) { return t.Failing, 0.2 }},
		{"what the reference costs", ks("a", time.Hour), nil, func(t *model.Task) (any, any) { return t.Cost.APIServer, 95.0 }},
		{"an object of another cluster is no cost here", func() collector.Reconciler { r := ks("a", time.Hour); r.Remote = true; return r }(), nil,
			func(t *model.Task) (any, any) { return t.Cost.APIServer, 55.0 }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			ctl := controller
			if tc.ctl != nil {
				tc.ctl(&ctl)
			}
			m := interval.Model(fleet(collector.Cluster{Reconcilers: []collector.Reconciler{tc.r}, Controllers: []collector.Controller{ctl}}))
			mapped, _ := task(t, m, "Kustomization", "a")
			if got, want := tc.check(mapped); got != want {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

func TestWorkersAreMeasuredElseSetElseTheDefault(t *testing.T) {
	for _, tc := range []struct {
		name string
		ctl  collector.Controller
		want int
		from string
	}{
		{"measured", collector.Controller{Queues: []collector.Queue{{Name: "kustomization", Workers: 12, WorkersFrom: "metric"}},
			Settings: []collector.Setting{{Name: "--concurrent", Value: "7", Set: true}}}, 12, "metric"},
		{"set", collector.Controller{Settings: []collector.Setting{{Name: "--concurrent", Value: "7", Set: true}}}, 7, "setting"},
		{"default", collector.Controller{}, 4, "default"},
	} {
		tc.ctl.Kind, tc.ctl.Namespace, tc.ctl.Name = "kustomize-controller", "flux-system", "kustomize-controller"
		m := interval.Model(fleet(collector.Cluster{Reconcilers: []collector.Reconciler{ks("a", time.Minute)}, Controllers: []collector.Controller{tc.ctl}}))
		if got := m.Fleet.Systems[0].Queues[0].Workers; got != tc.want || m.Systems[0].Queues[0].WorkersFrom != tc.from {
			t.Errorf("%s: %d workers from %s, want %d from %s", tc.name, got, m.Systems[0].Queues[0].WorkersFrom, tc.want, tc.from)
		}
	}
}

func TestEachShardHasItsOwnWorkers(t *testing.T) {
	shard := func(name, selector, workers string) collector.Controller {
		return collector.Controller{Kind: "kustomize-controller", Namespace: "flux-system", Name: name, Settings: []collector.Setting{
			{Name: "--watch-label-selector", Value: selector, Set: true}, {Name: "--concurrent", Value: workers, Set: true}}}
	}
	other := ks("b", time.Minute)
	other.Shard = "two"
	m := interval.Model(fleet(collector.Cluster{Reconcilers: []collector.Reconciler{ks("a", time.Minute), other}, Controllers: []collector.Controller{
		shard("kustomize-controller-all", "!sharding.fluxcd.io/key", "3"), shard("kustomize-controller-1", "sharding.fluxcd.io/key=one", "5"),
		shard("kustomize-controller-2", "sharding.fluxcd.io/key in (two, three)", "9")}}))
	for name, want := range map[string]int{"a": 3, "b": 9} {
		mapped, _ := task(t, m, "Kustomization", name)
		if got := m.Fleet.Systems[0].Queues[mapped.Queue].Workers; got != want {
			t.Errorf("%s: %d workers, want %d", name, got, want)
		}
	}
}

func TestSuspendedObjectsNeverRunNorKeepOthersWaiting(t *testing.T) {
	first := ks("first", time.Minute)
	first.Suspended = true
	m := interval.Model(fleet(collector.Cluster{Reconcilers: []collector.Reconciler{first, ks("second", time.Minute, "first")}}))
	if n := len(m.Fleet.Systems[0].Tasks); n != 1 {
		t.Fatalf("%d tasks, want 1", n)
	}
	if second, _ := task(t, m, "Kustomization", "second"); len(second.DependsOn) != 0 {
		t.Errorf("it waits for %v, which never runs", second.DependsOn)
	}
	if !slices.Contains(m.Assumed, "1 of 2 Kustomizations: suspended, so that it never runs.") {
		t.Errorf("nothing is said of it: %q", m.Assumed)
	}
}

func TestTriggersAndDependenciesAreLinked(t *testing.T) {
	release := collector.Reconciler{APIVersion: helmAPI, Kind: "HelmRelease", Namespace: "shop", Name: "cart", Interval: every(time.Hour), HasChart: true,
		Source: collector.Origin{Kind: "HelmRepository", Namespace: "flux-system", Name: "charts"}}
	chart := collector.Reconciler{APIVersion: sourceAPI, Kind: "HelmChart", Namespace: "flux-system", Name: "shop-cart", Interval: every(time.Hour),
		Generated: true, Source: release.Source}
	index := collector.Reconciler{APIVersion: sourceAPI, Kind: "HelmRepository", Namespace: "flux-system", Name: "charts", Interval: every(time.Hour), URL: "https://charts.example"}
	m := interval.Model(fleet(collector.Cluster{Reconcilers: []collector.Reconciler{release, chart, index, git("fleet", "https://github.com/acme/fleet.git"),
		ks("infra", time.Minute), ks("apps", time.Minute, "flux-system/infra")}}))
	names := func(i int) string {
		if i == model.None {
			return "none"
		}
		return m.Systems[0].Tasks[i].Kind + " " + m.Systems[0].Tasks[i].Name
	}
	for _, tc := range []struct{ kind, name, source string }{
		{"Kustomization", "apps", "GitRepository fleet"}, {"HelmRelease", "cart", "HelmChart shop-cart"},
		{"HelmChart", "shop-cart", "HelmRepository charts"}, {"GitRepository", "fleet", "none"},
	} {
		if mapped, _ := task(t, m, tc.kind, tc.name); names(mapped.Source) != tc.source {
			t.Errorf("%s %s is triggered by %s, want %s", tc.kind, tc.name, names(mapped.Source), tc.source)
		}
	}
	if apps, _ := task(t, m, "Kustomization", "apps"); len(apps.DependsOn) != 1 || names(apps.DependsOn[0]) != "Kustomization infra" {
		t.Errorf("apps depends on %v", apps.DependsOn)
	}
}

func TestRingsAreOpened(t *testing.T) {
	m := interval.Model(fleet(collector.Cluster{Reconcilers: []collector.Reconciler{
		ks("a", time.Minute, "c"), ks("b", time.Minute, "a"), ks("c", time.Minute, "b"), ks("self", time.Minute, "self")}}))
	if err := m.Fleet.Valid(); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(strings.Join(m.Assumed, "\n"), "in a ring of sources or dependencies") {
		t.Errorf("nothing is said of it: %q", m.Assumed)
	}
}

func TestCommitsAreTheSourcesOrThoseOfItsAppliers(t *testing.T) {
	seen := func(r collector.Reconciler, changes int, span time.Duration) collector.Reconciler {
		r.Measured.Changes, r.Measured.ChangeSpan = changes, every(span)
		return r
	}
	for _, tc := range []struct {
		name   string
		source collector.Reconciler
		want   float64
	}{
		{"its own", seen(git("fleet", "https://github.com/acme/fleet"), 20, 10*time.Hour), 2},
		{"the most of its appliers'", git("fleet", "https://github.com/acme/fleet"), 0.5},
		{"a time that is too short", seen(git("fleet", "https://github.com/acme/fleet"), 20, time.Minute), 0.5},
	} {
		m := interval.Model(fleet(collector.Cluster{Reconcilers: []collector.Reconciler{tc.source,
			seen(ks("a", time.Minute), 5, 10*time.Hour), seen(ks("b", time.Minute), 1, 10*time.Hour)}}))
		if source, _ := task(t, m, "GitRepository", "fleet"); source.Revisions != tc.want {
			t.Errorf("%s: %g revisions an hour, want %g", tc.name, source.Revisions, tc.want)
		}
	}
}

func TestOtherRunsAreWhatNeitherTimerNorRevisionsExplain(t *testing.T) {
	day := every(24 * time.Hour)
	for _, tc := range []struct {
		name     string
		interval time.Duration
		count    int
		span     collector.Duration
		doubt    []collector.Doubt
		want     float64 // an hour
	}{
		{"as its interval says", 10 * time.Minute, 144, day, nil, 0},
		{"a few more of many", 10 * time.Minute, 148, day, nil, 0},
		{"one more of a few", 10 * time.Minute, 7, every(time.Hour), nil, 0},
		{"twice as often", 10 * time.Minute, 288, day, nil, 6},
		{"less often is not below nothing", 10 * time.Minute, 40, day, nil, 0},
		{"not for an hour", 10 * time.Minute, 30, every(50 * time.Minute), nil, 0},
		{"not for three intervals", time.Hour, 30, every(2 * time.Hour), nil, 0},
		{"with a restart", 10 * time.Minute, 288, day, []collector.Doubt{collector.ControllerRestart}, 0},
	} {
		r := ks("a", tc.interval)
		r.Measured = collector.Measured{Source: "prometheus", Count: tc.count, Span: tc.span, Mean: every(time.Second), Doubts: tc.doubt}
		m := interval.Model(fleet(collector.Cluster{Reconcilers: []collector.Reconciler{r}}))
		if a, _ := task(t, m, "Kustomization", "a"); math.Abs(a.Other-tc.want) > 0.05 {
			t.Errorf("%s: %g other runs an hour, want %g", tc.name, a.Other, tc.want)
		}
	}
}

func TestOneRepositoryHoweverItIsWritten(t *testing.T) {
	m := interval.Model(fleet(collector.Cluster{Reconcilers: []collector.Reconciler{
		git("a", "https://GitHub.com/acme/fleet.git"), git("b", "github.com:acme/fleet"), git("c", "ssh://github.com/acme/fleet"),
		git("d", "https://gitlab.com/acme/fleet"), git("e", "https://git.example:8443/acme/fleet")}}))
	type want struct {
		host             string
		repository, user float64
	}
	wants := map[string]want{"github.com/acme/fleet": {"github.com", 15, 0}, "gitlab.com/acme/fleet": {"gitlab.com", 0, 1000.0 / 60}, "git.example:8443/acme/fleet": {"git.example:8443", 0, 0}}
	if len(m.Fleet.Repositories) != len(wants) {
		t.Errorf("%d repositories, want %d: %+v", len(m.Fleet.Repositories), len(wants), m.Fleet.Repositories)
	}
	for _, r := range m.Fleet.Repositories {
		h := m.Fleet.Hosts[r.Host]
		if got := (want{h.Name, r.Limit, h.Limit}); got != wants[r.Name] {
			t.Errorf("%s: %+v, want %+v", r.Name, got, wants[r.Name])
		}
	}
}

func TestPollsByWhatIsFollowed(t *testing.T) {
	at := func(ref collector.GitRef) collector.Reconciler {
		r := git("a", "https://github.com/acme/fleet")
		r.Ref = ref
		return r
	}
	oci := collector.Reconciler{APIVersion: sourceAPI, Kind: "OCIRepository", Namespace: "flux-system", Name: "a", Interval: every(time.Minute), URL: "oci://ghcr.io/acme/fleet"}
	for _, tc := range []struct {
		name               string
		r                  collector.Reconciler
		unchanged, changed float64
	}{
		{"a branch", at(collector.GitRef{Branch: "main"}), 1, 4},
		{"a tag", at(collector.GitRef{Tag: "v1"}), 1, 4},
		{"a range", at(collector.GitRef{SemVer: ">=1"}), 4, 4},
		{"a commit", at(collector.GitRef{Commit: "9f2c"}), 4, 4},
		{"an OCI artifact", oci, 1, 3},
	} {
		m := interval.Model(fleet(collector.Cluster{Reconcilers: []collector.Reconciler{tc.r}}))
		if p := m.Fleet.Systems[0].Tasks[0].Poll; p.Unchanged != tc.unchanged || p.Changed != tc.changed {
			t.Errorf("%s: %g and %g requests, want %g and %g", tc.name, p.Unchanged, p.Changed, tc.unchanged, tc.changed)
		}
	}
}

func TestArgoCDInstancesAreSystemsOfTheirOwn(t *testing.T) {
	team := app("teams", "cart") // an Application in any namespace
	team.Instance = "tenants"
	c := collector.Cluster{
		Controllers: []collector.Controller{
			{Kind: "argocd", Namespace: "argocd", Name: "argocd-cm"},
			{Kind: "argocd", Namespace: "tenants", Name: "argocd-cm", Timeout: every(5 * time.Minute), TimeoutSet: true, JitterSet: true,
				Settings: []collector.Setting{{Name: "controller.status.processors", Value: "50", Set: true}}},
		},
		Reconcilers: []collector.Reconciler{app("argocd", "web"), app("tenants", "shop"), app("elsewhere", "lost"), team,
			{APIVersion: argoAPI, Kind: "ApplicationSet", Namespace: "argocd", Name: "all", Interval: every(3 * time.Minute)}},
	}
	m := interval.Model(fleet(c))
	for _, tc := range []struct {
		name              string
		timeout, spread   time.Duration
		cache             time.Duration
		workers, instance int
	}{
		{"web", 2 * time.Minute, time.Minute, 3 * time.Minute, 20, 1},
		{"shop", 5 * time.Minute, 0, 5 * time.Minute, 50, 2},
		{"cart", 5 * time.Minute, 0, 5 * time.Minute, 50, 2},
	} {
		mapped, _ := task(t, m, "Application", tc.name)
		s := &m.Fleet.Systems[tc.instance]
		if mapped.Timer != model.ArgoRefresh || mapped.Interval != tc.timeout || mapped.Spread != tc.spread || s.RefCache != tc.cache || s.Queues[mapped.Queue].Workers != tc.workers {
			t.Errorf("%s: timer %d, %s ± %s, references kept %s, %d workers", tc.name, mapped.Timer, mapped.Interval, mapped.Spread, s.RefCache, s.Queues[mapped.Queue].Workers)
		}
	}
	if set, _ := task(t, m, "ApplicationSet", "all"); set.Interval != 3*time.Minute || m.Fleet.Systems[0].Queues[set.Queue].Workers != 10 {
		t.Errorf("the ApplicationSet: every %s with %d workers", set.Interval, m.Fleet.Systems[0].Queues[set.Queue].Workers)
	}
	if !slices.Contains(m.Assumed, "1 of 4 Applications: which Argo CD instance refreshes it is not known; it is left out.") {
		t.Errorf("nothing is said of the lost one: %q", m.Assumed)
	}
}

func TestLiveChangesAreWhatAnInstanceRefreshesMore(t *testing.T) {
	argocd := collector.Controller{Kind: "argocd", Namespace: "argocd", Name: "argocd-cm", Measured: collector.Measured{Source: "prometheus", Count: 24_000, Span: every(24 * time.Hour), Mean: every(time.Second)}}
	m := interval.Model(fleet(collector.Cluster{Controllers: []collector.Controller{argocd}, Reconcilers: []collector.Reconciler{app("argocd", "a"), app("argocd", "b")}}))
	if got := model.Predict(&m.Fleet).Systems[0].Total.Runs; math.Abs(got-1000) > 30 {
		t.Errorf("%g refreshes an hour, want the 1,000 that were measured", got)
	}
}

func TestTheCostOfARunIsLearntFromTheFleet(t *testing.T) {
	var cost collector.Moments
	for i := range 200 { // 10 ms a run and 1 ms an object, beside 0.02 idle
		runs := float64(i%10) / 10
		objects := runs * float64(5+i%7)
		cost.Add(runs, objects, 0.02+0.010*runs+0.001*objects)
	}
	ctl := collector.Controller{Kind: "kustomize-controller", Namespace: "flux-system", Name: "kustomize-controller", Cost: cost}
	m := interval.Model(fleet(collector.Cluster{Reconcilers: []collector.Reconciler{ks("a", time.Minute)}, Controllers: []collector.Controller{ctl}}))
	a, _ := task(t, m, "Kustomization", "a")
	if math.Abs(a.Cost.Controller-20) > 0.5 { // 10 + 10 × 1
		t.Errorf("a run costs %g ms, want 20", a.Cost.Controller)
	}
	if fit := m.Costs[0].Programs[0].Fit; !fit.Measured || fit.PerRun.From != "measured" || m.Costs[0].APIServer.Measured {
		t.Errorf("the controller's rests on %s, measured %v; the API server's is measured: %v", fit.PerRun.From, fit.Measured, m.Costs[0].APIServer.Measured)
	}
}

// Whatever a fleet holds, it can be modelled, and what comes of it is finite.
func TestEveryFleetCanBeModelled(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := collectortest.Fleet().Draw(t, "fleet")
		for i := range f.Clusters {
			for j := range f.Clusters[i].Reconcilers {
				oddities(t, &f.Clusters[i].Reconcilers[j])
			}
			for j := range f.Clusters[i].Controllers {
				oddSettings(t, &f.Clusters[i].Controllers[j])
			}
		}
		m := interval.Model(f)
		check := func(f *model.Fleet) {
			if err := f.Valid(); err != nil {
				t.Fatal(err)
			}
			if bad := infinite(model.Predict(f)); bad != "" {
				t.Fatalf("%s is not finite", bad)
			}
		}
		check(&m.Fleet)
		for _, preset := range interval.Presets {
			then, err := m.At(preset, nil, interval.Default())
			if err != nil {
				t.Fatal(err)
			}
			check(&then)
		}
	})
}

// oddities are what a recording may hold of an object, though no sound fleet does.
func oddities(t *rapid.T, r *collector.Reconciler) {
	d := rapid.OneOf(rapid.Just(time.Duration(0)), rapid.Map(rapid.IntRange(1, 7200), func(s int) time.Duration { return time.Duration(s) * time.Second }),
		rapid.SampledFrom([]time.Duration{1, time.Millisecond, math.MaxInt64, -time.Hour}))
	r.Interval.Duration, r.RetryInterval.Duration = d.Draw(t, "interval"), d.Draw(t, "retry")
	r.Suspended, r.Idle, r.Wait, r.Remote = rapid.Bool().Draw(t, "suspended"), rapid.Bool().Draw(t, "idle"), rapid.Bool().Draw(t, "waits"), rapid.Bool().Draw(t, "remote")
	r.Objects = rapid.SampledFrom([]int{0, 5, 200, math.MaxInt}).Draw(t, "objects")
	r.DependsOn = rapid.SliceOfN(rapid.SampledFrom([]string{"apps", "ring-0", "ring-1", "flux-system/apps", "gone"}), 0, 3).Draw(t, "depends on")
	m := &r.Measured
	m.Source = rapid.SampledFrom([]string{"", "prometheus"}).Draw(t, "measured by")
	m.Count, m.Changes = rapid.SampledFrom([]int{0, 7, 900, math.MaxInt}).Draw(t, "runs"), rapid.SampledFrom([]int{0, 3, math.MaxInt}).Draw(t, "changes")
	m.Span.Duration, m.ChangeSpan.Duration, m.Mean.Duration = d.Draw(t, "span"), d.Draw(t, "span of changes"), d.Draw(t, "duration")
}

func oddSettings(t *rapid.T, k *collector.Controller) {
	value := rapid.SampledFrom([]string{"", "0", "5", "5s", "-3", "many", "99999999999999999999", "2540400h"})
	for _, name := range []string{"--concurrent", "--requeue-dependency", "--interval-jitter-percentage", "controller.status.processors"} {
		k.Settings = append(k.Settings, collector.Setting{Name: name, Value: value.Draw(t, name), Set: true})
	}
	k.TimeoutSet = rapid.Bool().Draw(t, "a timeout is set")
	k.Timeout.Duration = rapid.SampledFrom([]time.Duration{0, time.Second, time.Minute, math.MaxInt64}).Draw(t, "timeout")
	k.Cost = collector.Moments{Steps: rapid.IntRange(0, 3).Draw(t, "steps"), YY: rapid.Float64Range(0, 1e30).Draw(t, "YY")}
	k.Cost.XX[0] = float64(k.Cost.Steps)
	for i := range k.Cost.XY {
		k.Cost.XY[i] = rapid.Float64Range(0, 1e30).Draw(t, "XY")
	}
}

func infinite(o model.Outcome) string {
	bad := func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) }
	for _, s := range append(o.Systems, model.SystemOutcome{Total: o.Total}) {
		t := s.Total
		if bad(t.Runs) || bad(t.Unchanged) || bad(t.Calls) || bad(t.Peak) || bad(t.Cores.Sum()) {
			return "a total"
		}
		for _, q := range s.Queues {
			if bad(q.Runs) || bad(q.Utilisation) || q.Wait < 0 {
				return "a queue"
			}
		}
		for _, t := range s.Tasks {
			if bad(t.Rates.Sum()) || t.Period < 0 || t.Longest < 0 {
				return "a task"
			}
		}
	}
	for _, l := range append(o.Repositories, o.Hosts...) {
		if bad(l.PerHour) {
			return l.Name
		}
	}
	return ""
}
