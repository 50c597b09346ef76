package interval

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
)

func d(v time.Duration) collector.Duration { return collector.Duration{Duration: v} }

var apiOf = map[string]string{
	"Kustomization": "kustomize.toolkit.fluxcd.io/v1", "HelmRelease": "helm.toolkit.fluxcd.io/v2", "Terraform": "infra.contrib.fluxcd.io/v1alpha2",
	"ExternalSecret": "external-secrets.io/v1", "PushSecret": "external-secrets.io/v1alpha1", "ClusterExternalSecret": "external-secrets.io/v1",
	"ImageRepository": "image.toolkit.fluxcd.io/v1", "ImageUpdateAutomation": "image.toolkit.fluxcd.io/v1", "Receiver": "notification.toolkit.fluxcd.io/v1",
}

func object(kind string, interval time.Duration) collector.Reconciler {
	api, ok := apiOf[kind]
	if !ok {
		api = "source.toolkit.fluxcd.io/v1"
	}
	return collector.Reconciler{APIVersion: api, Kind: kind, Namespace: "flux-system", Name: "x", Interval: d(interval), Ready: "True"}
}

// asking are the defaults, each a second longer: what somebody asks for, so that what
// takes longer now is shortened.
func asking() Settings {
	s := Default()
	for _, o := range []*collector.Duration{&s.Drift, &s.HelmDrift, &s.Deploy, &s.SemVerDeploy, &s.Missed, &s.Rotation, &s.Retry} {
		o.Duration += time.Second
	}
	return s
}

func run(s Settings, c collector.Cluster) []recommend.Finding {
	r, err := New(s)
	if err != nil {
		panic(err)
	}
	f := collector.Fleet{Clusters: []collector.Cluster{c}}
	of, _ := r.Over(&f)
	return of(&recommend.Pass{Cluster: &f.Clusters[0]})
}

func summary(fs []recommend.Finding) string {
	if len(fs) == 0 {
		return "nothing"
	}
	parts := []string{string(fs[0].Status)}
	for _, c := range fs[0].Changes {
		parts = append(parts, fmt.Sprintf("%s %s>%s", c.Field(), c.Before, c.After))
	}
	return strings.Join(parts, ", ")
}

func TestRules(t *testing.T) {
	with := func(r collector.Reconciler, f func(*collector.Reconciler)) collector.Reconciler { f(&r); return r }
	waits := func(every, timeout time.Duration) collector.Reconciler { // for health
		return with(object("Kustomization", every), func(r *collector.Reconciler) {
			r.Wait, r.RetryInterval, r.Timeout = true, d(min(every, 2*time.Minute)), d(timeout)
		})
	}
	for name, c := range map[string]struct {
		r            collector.Reconciler
		want, reason string
	}{
		"a Kustomization grows to 1h, its retry stays as fast": {object("Kustomization", 5*time.Minute),
			"proposed, spec.interval 5m>1h, spec.retryInterval >5m", ""},
		"a retry that is set is left alone": {with(object("Kustomization", 5*time.Minute), func(r *collector.Reconciler) { r.RetryInterval = d(2 * time.Minute) }),
			"proposed, spec.interval 5m>1h", ""},
		"health checks wait as long as they did": {waits(5*time.Minute, 4*time.Minute+30*time.Second), "proposed, spec.interval 5m>1h, spec.timeout >4m30s", ""},
		"not a day where it is shortened":        {waits(24*time.Hour, 24*time.Hour-30*time.Second), "proposed, spec.interval 24h>1h", ""},
		"those of a minute wait for 30s":         {waits(20*time.Second, 30*time.Second), "proposed, spec.interval 20s>1h, spec.timeout >30s", ""},
		"a timeout that is set is left alone":    {with(waits(5*time.Minute, time.Minute), func(r *collector.Reconciler) { r.TimeoutSet = true }), "proposed, spec.interval 5m>1h", ""},
		"one that was not read is not told":      {waits(5*time.Minute, 0), "proposed, spec.interval 5m>1h", ""},
		"a slow rollout has its time": {with(waits(time.Hour, 59*time.Minute+30*time.Second), func(r *collector.Reconciler) { r.Wishes.Drift = d(3 * time.Minute) }),
			"proposed, spec.interval 1h>2m, spec.timeout >5m", ""},
		"Flux's own 60m is right, with a retry of its own": {with(object("Kustomization", time.Hour), func(r *collector.Reconciler) { r.RetryInterval = d(2 * time.Minute) }), "nothing", ""},
		"a failure does not wait for 60m":                  {object("Kustomization", time.Hour), "proposed, spec.retryInterval >10m", ""},
		"nor for a retry of 20m that is set":               {with(object("Kustomization", time.Hour), func(r *collector.Reconciler) { r.RetryInterval = d(20 * time.Minute) }), "proposed, spec.retryInterval 20m>10m", ""},
		"290 years are too long":                           {object("Kustomization", 290*365*24*time.Hour), "proposed, spec.interval 2540400h>1h, spec.retryInterval >10m", ""},
		"nearly as long is left alone":                     {with(object("Kustomization", 45*time.Minute), func(r *collector.Reconciler) { r.RetryInterval = d(5 * time.Minute) }), "nothing", ""},
		"a missed objective shortens":                      {object("Kustomization", 24*time.Hour), "proposed, spec.interval 24h>1h, spec.retryInterval >10m", ""},
		"the run counts: 30m of it leave 30m": {with(object("Kustomization", 5*time.Minute), func(r *collector.Reconciler) { r.Measured.Mean = d(30 * time.Minute) }),
			"proposed, spec.interval 5m>30m, spec.retryInterval >5m", ""},
		"a run longer than the objective": {with(object("Kustomization", time.Hour), func(r *collector.Reconciler) { r.RetryInterval, r.Measured.Mean = d(5*time.Minute), d(2*time.Hour) }),
			"withheld", "longer than 1h30m1s"},
		"a GitRepository": {object("GitRepository", time.Minute), "proposed, spec.interval 1m>5m", ""},
		"a commit-pinned one clones in vain": {with(object("GitRepository", 5*time.Minute), func(r *collector.Reconciler) { r.Ref.Commit = "abc" }),
			"proposed, spec.interval 5m>24h", ""},
		"a secret is read every 1h":           {object("ExternalSecret", time.Minute), "proposed, spec.refreshInterval 1m>1h", ""},
		"what a generator makes may lapse":    {with(object("ExternalSecret", 15*time.Minute), func(r *collector.Reconciler) { r.Lapses = true }), "nothing", ""},
		"and each is another":                 {with(object("ExternalSecret", 6*time.Hour), func(r *collector.Reconciler) { r.Lapses = true }), "nothing", ""},
		"as External Secrets does by itself":  {object("ExternalSecret", 0), "nothing", ""},
		"one that is read once":               {with(object("ExternalSecret", time.Minute), func(r *collector.Reconciler) { r.Idle = true }), "nothing", ""},
		"a secret that is pushed":             {object("PushSecret", 6*time.Hour), "proposed, spec.refreshInterval 6h>1h", ""},
		"one that looks for namespaces alone": {object("ClusterExternalSecret", time.Minute), "nothing", ""},
		"a webhook wakes it": {with(object("GitRepository", time.Minute), func(r *collector.Reconciler) { r.Hooked = true }),
			"proposed, spec.interval 1m>1h", ""},
		"a Receiver is to, and it has been asked to run": {with(object("GitRepository", time.Minute), func(r *collector.Reconciler) {
			r.Hooked, r.Requested, r.Measured.Changes = true, time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), 40
		}), "proposed, spec.interval 1m>1h", ""},
		"one that never called wakes nothing": {with(object("GitRepository", time.Minute), func(r *collector.Reconciler) { r.Hooked, r.Measured.Changes = true, 40 }),
			"proposed, spec.interval 1m>5m", ""},
		"a webhook wakes it, and its owner wants more": {with(object("GitRepository", time.Minute), func(r *collector.Reconciler) { r.Hooked, r.Wishes.Deploy = true, d(20*time.Minute) }),
			"proposed, spec.interval 1m>15m", ""},
		"a semver range clones every time": {with(object("GitRepository", 5*time.Minute), func(r *collector.Reconciler) { r.Ref.SemVer = ">=1" }),
			"proposed, spec.interval 5m>1h", ""},
		"Flux's own OCIRepository of 5m":  {object("OCIRepository", 5*time.Minute), "nothing", ""},
		"a HelmRepository without one":    {object("HelmRepository", 0), "proposed, spec.interval >5m", ""},
		"one of type oci has none":        {with(object("HelmRepository", time.Minute), func(r *collector.Reconciler) { r.URL = "oci://r/x" }), "nothing", ""},
		"an unknown interval":             {object("Kustomization", 0), "nothing", ""},
		"a Receiver only checks a secret": {object("Receiver", time.Minute), "nothing", ""},
		"another group's Kustomization": {with(object("Kustomization", time.Minute), func(r *collector.Reconciler) { r.APIVersion = "example.org/v1" }),
			"nothing", ""},
		"an ImageRepository has no jitter, but a run: 10m just misses": {object("ImageRepository", time.Minute), "proposed, spec.interval 1m>5m", ""},
		"an automation of images is woken by its policies":             {object("ImageUpdateAutomation", 30*time.Minute), "proposed, spec.interval 30m>1h", ""},
		"a HelmRelease's chart keeps its own":                          {with(object("HelmRelease", 5*time.Minute), func(r *collector.Reconciler) { r.HasChart = true }), "proposed, spec.interval 5m>30m, spec.chart.spec.interval >5m", ""},
		"a chart that is set is left alone": {with(object("HelmRelease", 5*time.Minute), func(r *collector.Reconciler) { r.HasChart, r.ChartInterval = true, d(5*time.Minute) }),
			"proposed, spec.interval 5m>30m", ""},
		"a chart that inherits too long an interval": {with(object("HelmRelease", 30*time.Minute), func(r *collector.Reconciler) { r.HasChart = true }),
			"proposed, spec.chart.spec.interval >5m", ""},
		"a HelmRelease without a chart": {object("HelmRelease", 5*time.Minute), "proposed, spec.interval 5m>30m", ""},
		"suspended":                     {with(object("Kustomization", time.Minute), func(r *collector.Reconciler) { r.Suspended = true }), "withheld, spec.interval 1m>1h, spec.retryInterval >1m", "suspended"},
		"waiting for a dependency":      {with(object("Kustomization", time.Minute), func(r *collector.Reconciler) { r.Ready, r.Reason = "False", "DependencyNotReady" }), "proposed, spec.interval 1m>1h, spec.retryInterval >1m", ""},
		"failing":                       {with(object("Kustomization", time.Minute), func(r *collector.Reconciler) { r.Ready, r.Reason = "False", "BuildFailed" }), "withheld, spec.interval 1m>1h, spec.retryInterval >1m", "BuildFailed"},
		"generated": {with(object("HelmChart", time.Minute), func(r *collector.Reconciler) {
			r.Generated, r.Origin = true, collector.Origin{Kind: "HelmRelease", Namespace: "a", Name: "b"}
		}), "withheld, spec.interval 1m>5m", "HelmRelease a/b"},
	} {
		t.Run(name, func(t *testing.T) {
			fs := run(asking(), collector.Cluster{Name: "c", Reconcilers: []collector.Reconciler{c.r}})
			if got := summary(fs); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			if len(fs) > 0 && (c.reason == "" && fs[0].Reason != "" || !strings.Contains(fs[0].Reason, c.reason)) {
				t.Errorf("reason %q, want %q in it", fs[0].Reason, c.reason)
			}
		})
	}
}

// applications are a few of an Argo CD in the namespace argocd, from two repositories.
func applications(n int) []collector.Reconciler {
	var all []collector.Reconciler
	for i := range n {
		all = append(all, collector.Reconciler{APIVersion: "argoproj.io/v1alpha1", Kind: "Application", Namespace: "argocd", Name: fmt.Sprint("a", i),
			Sources: []collector.ArgoSource{{URL: fmt.Sprintf("https://git.example/r%d", i%2), Path: "x"}}})
	}
	return all
}

// At a timeout of 120 s and the default jitter of 60 s two refreshes are at most 300 s
// apart, and a commit may wait 180 s more for references that are kept where no
// timeout is set, and for another Application to list them: it has 10 minutes. At 300 s
// they are 660 s apart.
func TestArgoCD(t *testing.T) {
	set := func(d time.Duration) collector.Controller {
		return collector.Controller{Kind: "argocd", Namespace: "argocd", Timeout: collector.Duration{Duration: d}, TimeoutSet: true}
	}
	by := func(in, value string, timeout time.Duration) collector.Controller {
		return collector.Controller{Kind: "argocd", Namespace: "argocd", Timeout: d(timeout), Settings: []collector.Setting{{Name: timeoutKey, Value: value, Set: true, In: in}}}
	}
	for name, c := range map[string]struct {
		c      collector.Controller
		hooked bool
		want   string
	}{
		"the default keeps to 10 minutes":             {collector.Controller{Kind: "argocd", Namespace: "argocd"}, false, "nothing"},
		"a minute is oftener than that takes":         {set(time.Minute), false, "proposed, data.timeout.reconciliation 60s>120s"},
		"1h misses the objective":                     {set(time.Hour), false, "proposed, data.timeout.reconciliation 3600s>120s"},
		"a webhook leaves it calls that were missed":  {set(180 * time.Second), true, "proposed, data.timeout.reconciliation 180s>1800s"},
		"the default is long for such, and not there": {collector.Controller{Kind: "argocd", Namespace: "argocd"}, true, "proposed, data.timeout.reconciliation >1800s"},
		"0 is off": {set(0), false, "advised"},
		"a variable of 60s goes before argocd-cm": {by(collector.InEnv, "60s", time.Minute), false, "advised"},
		"so does a flag":              {by(collector.InFlag, "3600", time.Hour), false, "advised"},
		"and one of 0 is off too":     {by(collector.InFlag, "0", 0), false, "advised"},
		"one that is as it should be": {by(collector.InFlag, "120", 2*time.Minute), false, "nothing"},
		"others have none":            {collector.Controller{Kind: "kustomize-controller"}, false, "nothing"},
	} {
		t.Run(name, func(t *testing.T) {
			apps := applications(20)
			for i := range apps {
				apps[i].Hooked = c.hooked
			}
			if got := summary(run(asking(), collector.Cluster{Reconcilers: apps, Controllers: []collector.Controller{c.c}})); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
	fs := run(Default(), collector.Cluster{Reconcilers: applications(100), Controllers: []collector.Controller{set(time.Minute)}})
	all := fmt.Sprint(fs)
	for _, want := range []string{"on average; at most", "ConfigMap argocd/argocd-cm", "restart the application controller", "refreshes an hour by the timer for 100 Applications"} {
		if !strings.Contains(all, want) {
			t.Errorf("lacks %q:\n%s", want, all)
		}
	}
	if p := fs[0].Changes[0].Path; len(p) != 2 || p[1] != "timeout.reconciliation" {
		t.Errorf("path %q", p)
	}
	if fs := run(Default(), collector.Cluster{Controllers: []collector.Controller{set(time.Minute)}}); len(fs) > 0 {
		t.Errorf("nobody has the timeout, and there is %v", fs)
	}
}

// 120 reconciles in 12 h are 10 an hour. At 1h and 20 s a run it is 3600 ÷ 3620
// = 0.994: 9.01 fewer an hour, of 2 × 50 + 4 = 104 calls and 105 ms and 255 ms.
func TestEvidenceByHand(t *testing.T) {
	r := object("Kustomization", 5*time.Minute)
	r.Objects = 50
	r.Measured = collector.Measured{Source: "status.history", Count: 120, Span: d(12 * time.Hour), Mean: d(20 * time.Second), Changes: 3, ChangeSpan: d(72 * time.Hour)}
	other := object("Kustomization", time.Hour)
	other.Name, other.DependsOn, other.RetryInterval = "y", []string{"x"}, d(5*time.Minute)
	fs := run(Default(), collector.Cluster{Reconcilers: []collector.Reconciler{r, other}})
	if len(fs) != 1 || fs[0].Confidence != recommend.High {
		t.Fatalf("%+v", fs)
	}
	got := map[string]string{}
	for _, e := range fs[0].Evidence {
		got[e.Name] = e.Value
	}
	for name, want := range map[string]string{
		"measured rate":        "10 an hour (120 over 12h, from status.history)",
		"predicted rate":       "0.994 an hour",
		"effective period":     "at most 5m35s now, 1h3m20s after (interval, 5 % jitter, a wait for a worker, and a run)",
		"API calls saved":      "about 937 an hour (104 a run for 50 objects)",
		"processor time saved": "0.000263 core of the controller (reference) and 0.000638 core of the API server (reference)",
		"changes seen":         "3 over 72h",
		"dependants":           "1 waits on this one; the chance to meet it in mid-run, which costs them 30s, goes from 6.2 % to 0.55 %",
	} {
		if got[name] != want {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got[name], want)
		}
	}
	if !strings.HasPrefix(got["money"], "£0 by itself") {
		t.Error(got["money"])
	}
}

// 10 an hour, of which the timer makes 5.99 with a run of a second: at 1h it makes 1,
// and the 4.01 that pushes bring stay, so 4.99 an hour are saved and not 9.
func TestWhatTheIntervalDidNotCauseIsNotSaved(t *testing.T) {
	r := object("Kustomization", 10*time.Minute)
	r.Objects = 48 // 100 calls
	r.Measured = collector.Measured{Source: "prometheus", Count: 120, Span: d(12 * time.Hour)}
	got := evidenceOf(t, r)
	for name, want := range map[string]string{
		"predicted rate":  "5.01 an hour, 4.01 of them not by its interval (a new revision, a retry, a request)",
		"API calls saved": "about 499 an hour (100 a run for 48 objects)",
	} {
		if got[name] != want {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got[name], want)
		}
	}
}

// None in 4 minutes says nothing of an interval of 10.
func TestAMeasurementShorterThanAFewRunsIsNone(t *testing.T) {
	r := object("Kustomization", 10*time.Minute)
	r.Measured = collector.Measured{Source: "prometheus", Span: d(4 * time.Minute)}
	got := evidenceOf(t, r)
	for name, want := range map[string]string{
		"measured rate":  "0 over 4m is too short for its interval; 5.99 an hour by that",
		"predicted rate": "1 an hour",
	} {
		if got[name] != want {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got[name], want)
		}
	}
	if f := run(Default(), collector.Cluster{Reconcilers: []collector.Reconciler{r}})[0]; f.Confidence != recommend.Low {
		t.Errorf("confidence %s, and nothing was measured", f.Confidence)
	}
}

func TestAShorterIntervalSavesNothingAndSaysSo(t *testing.T) {
	got := evidenceOf(t, object("Kustomization", 24*time.Hour))
	if want := "about 3.83 an hour (4 a run for 0 objects)"; got["API calls added"] != want || got["API calls saved"] != "" {
		t.Errorf("%q", got)
	}
	got = evidenceOf(t, object("GitRepository", time.Hour))
	if want := "11 more polls an hour"; got["requests to the host"] != want {
		t.Errorf("%q", got["requests to the host"])
	}
}

// What is said of health checks tells which way the interval goes.
func TestHealthChecksAreTold(t *testing.T) {
	for want, of := range map[string]struct{ every, drift time.Duration }{
		"may take 4m30s now, and 4m30s after; without a timeout it would be 59m30s, for which a rollout that fails would hold a worker": {5 * time.Minute, 0},
		"may take 59m30s now, and 5m after; without a timeout it would be 1m30s, in which a slow rollout may not be done":               {time.Hour, 3 * time.Minute},
	} {
		r := object("Kustomization", of.every)
		r.Wait, r.Timeout, r.RetryInterval, r.Wishes.Drift = true, d(collector.HealthTimeout(of.every)), d(time.Minute), d(of.drift)
		if got := evidenceOf(t, r)["health checks"]; got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func evidenceOf(t *testing.T, r collector.Reconciler) map[string]string {
	t.Helper()
	fs := run(asking(), collector.Cluster{Reconcilers: []collector.Reconciler{r}})
	if len(fs) != 1 {
		t.Fatalf("%+v", fs)
	}
	got := map[string]string{}
	for _, e := range fs[0].Evidence {
		got[e.Name] = e.Value
	}
	return got
}

func TestFiguresHaveNoExponents(t *testing.T) {
	for _, c := range []struct {
		v    float64
		want string
	}{{0, "0"}, {0.00000123, "under 0.0001"}, {0.000263, "0.000263"}, {0.994, "0.994"}, {10, "10"}, {937.4, "937"}, {12700.4, "12700"}, {1.5e9, "1500000000"}} {
		if got := number(c.v); got != c.want {
			t.Errorf("%v: %s, want %s", c.v, got, c.want)
		}
	}
	if got := percent(0.998); got != "100 %" {
		t.Error(got)
	}
}

func TestSettingsAreChecked(t *testing.T) {
	for name, f := range map[string]func(*Settings){
		"drift": func(s *Settings) { s.Drift = d(0) }, "deploy": func(s *Settings) { s.Deploy = d(time.Minute) },
		"helmDrift": func(s *Settings) { s.HelmDrift = d(1e4 * time.Hour) }, "minGain": func(s *Settings) { s.MinGain = math.NaN() },
	} {
		s := Default()
		f(&s)
		if _, err := New(s); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func drawObject(t *rapid.T) collector.Reconciler {
	kind := rapid.SampledFrom([]string{"Kustomization", "HelmRelease", "Terraform", "GitRepository", "OCIRepository", "HelmRepository", "HelmChart", "ImageRepository", "ExternalSecret"}).Draw(t, "kind")
	span := func(name string, top int64) collector.Duration {
		return d(time.Duration(rapid.Int64Range(0, top).Draw(t, name)) * time.Second)
	}
	r := object(kind, span("interval", 200000).Duration+time.Second)
	r.RetryInterval, r.Measured.Mean = span("retry", 600), span("run", 8000)
	if kind == "HelmRelease" && rapid.Bool().Draw(t, "chart") {
		r.HasChart, r.ChartInterval = true, span("chartInterval", 7200)
	}
	r.Hooked = rapid.Bool().Draw(t, "hooked")
	r.Suspended = rapid.Float64().Draw(t, "suspended") < 0.1
	return r
}

// apply makes the finding's changes.
func apply(t *rapid.T, r collector.Reconciler, f recommend.Finding) collector.Reconciler {
	for _, c := range f.Changes {
		v, err := time.ParseDuration(c.After)
		if err != nil {
			t.Fatal(err)
		}
		switch c.Field() {
		case "spec.interval", "spec.refreshInterval":
			r.Interval = d(v)
		case "spec.retryInterval":
			r.RetryInterval = d(v)
		case "spec.chart.spec.interval":
			r.ChartInterval = d(v)
		default:
			t.Fatalf("unknown field %s", c.Field())
		}
	}
	return r
}

func TestEveryIntervalMeetsItsObjectiveOrSaysWhyNot(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, s := drawObject(t), drawSettings(t)
		r.Wishes = drawWishes(t)
		fs := run(s, collector.Cluster{Environment: "production", Reconcilers: []collector.Reconciler{r}})
		after, cannot := r, false
		for _, f := range fs {
			cannot = cannot || slices.ContainsFunc(f.Evidence, func(e recommend.Evidence) bool { return e.Name == "objective that cannot be met" })
			if f.Status == recommend.Withheld {
				if f.Reason == "" || len(f.NotPassed()) == 0 {
					t.Fatalf("withheld without a reason: %+v", f)
				}
				return
			}
			after = apply(t, r, f)
		}
		if r.Suspended {
			return // it never runs, so that its interval keeps to nothing
		}
		k, _ := kindOf(&after)
		w := s.wanted(&collector.Cluster{Environment: "production", Reconcilers: []collector.Reconciler{after}})
		objective, _ := w.objective(&after, k)
		shortest := min(Ladder[0], intervalOf(&r))
		if p := Period(intervalOf(&after), k.jitter, r.Measured.Mean.Duration); p > objective.within && (!cannot || Period(shortest, k.jitter, r.Measured.Mean.Duration) <= objective.within) {
			t.Fatalf("period %s of %+v misses %s", p, after, objective)
		}
		again := run(s, collector.Cluster{Environment: "production", Reconcilers: []collector.Reconciler{after}})
		if again = slices.DeleteFunc(again, func(f recommend.Finding) bool {
			return (cannot || f.Status == recommend.Withheld) && len(f.Changes) == 0
		}); len(again) != 0 {
			t.Fatalf("after %s still %s", summary(fs), summary(again))
		}
		// A failing Kustomization is retried no slower than before.
		retry := func(r collector.Reconciler) time.Duration {
			if r.RetryInterval.Duration > 0 {
				return r.RetryInterval.Duration
			}
			return r.Interval.Duration
		}
		if r.Kind == "Kustomization" && retry(after) > retry(r) {
			t.Fatalf("retry went from %s to %s", retry(r), retry(after))
		}
		if within := w.retry(&after).within; k.retry && retry(after) > within {
			t.Fatalf("a failure waits %s, over %s", retry(after), within)
		}
	})
}

// drawSettings are what somebody asks for, or with objectives of environments and classes.
func drawSettings(t *rapid.T) Settings {
	s := asking()
	for range rapid.IntRange(0, 2).Draw(t, "objectives") {
		s.Objectives = append(s.Objectives, Objective{
			Environment: rapid.SampledFrom([]string{"", "production", "staging"}).Draw(t, "environment"),
			Class:       rapid.SampledFrom([]collector.Class{"", collector.Platform, collector.Application}).Draw(t, "class"),
			Drift:       drawTime(t, "drift"), Deploy: drawTime(t, "deploy"), Retry: drawTime(t, "retry"),
		})
	}
	return s
}

func drawWishes(t *rapid.T) collector.Wishes {
	return collector.Wishes{Class: rapid.SampledFrom([]collector.Class{"", collector.Platform}).Draw(t, "own class"),
		Drift: drawTime(t, "own drift"), Deploy: drawTime(t, "own deploy"), Retry: drawTime(t, "own retry")}
}

// drawTime is none, or a time that a rung keeps to.
func drawTime(t *rapid.T, name string) collector.Duration {
	return rapid.SampledFrom([]collector.Duration{{}, {}, d(2 * time.Minute), d(7 * time.Minute), d(90 * time.Minute), d(30 * time.Hour)}).Draw(t, name)
}

func TestDoubtsLowerConfidenceAndAreSaid(t *testing.T) {
	for _, doubt := range []collector.Doubt{collector.CounterReset, collector.ControllerRestart, collector.ClocksDiffer, collector.FullHistory,
		collector.FewRuns, collector.EventsRationed, collector.ChangesSeenByAppliers, "later"} {
		r := object("Kustomization", 5*time.Minute)
		r.Measured = collector.Measured{Source: "prometheus", Count: 120, Span: d(12 * time.Hour)}
		if got := evidenceOf(t, r); got["in doubt"] != "" {
			t.Errorf("nothing is in doubt, and %q is said", got["in doubt"])
		}
		r.Measured.Doubt(doubt)
		f := run(Default(), collector.Cluster{Reconcilers: []collector.Reconciler{r}})[0]
		if said := evidenceOf(t, r)["in doubt"]; f.Confidence != recommend.Medium || said == "" || doubt != "later" && said == string(doubt) {
			t.Errorf("%s: confidence %s, said %q", doubt, f.Confidence, said)
		}
		r.Measured = collector.Measured{Doubts: []collector.Doubt{doubt}}
		r.History = []collector.Reconciled{{Duration: d(time.Second)}}
		if f := run(Default(), collector.Cluster{Reconcilers: []collector.Reconciler{r}})[0]; f.Confidence != recommend.Low {
			t.Errorf("%s, of a duration alone: confidence %s", doubt, f.Confidence)
		}
	}
}
