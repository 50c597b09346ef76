package interval

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
)

// What an object must keep to, told by its change.
func TestObjectivesOfEnvironmentsClassesAndAnnotations(t *testing.T) {
	with := func(r collector.Reconciler, f func(*collector.Reconciler)) collector.Reconciler { f(&r); return r }
	kustomization := func(path string) collector.Reconciler {
		return with(object("Kustomization", 5*time.Minute), func(r *collector.Reconciler) { r.Path, r.RetryInterval = path, d(2*time.Minute) })
	}
	source := object("GitRepository", 10*time.Minute)
	source.Name = "fleet"
	from := func(r collector.Reconciler) collector.Reconciler {
		return with(r, func(r *collector.Reconciler) { r.Source = collector.Origin{Kind: "GitRepository", Name: "fleet"} })
	}
	s := Default()
	s.Objectives = []Objective{
		{Environment: "production", Class: collector.Platform, Drift: d(40 * time.Minute), Retry: d(2 * time.Minute)},
		{Environment: "production", Drift: d(20 * time.Minute), Deploy: d(3 * time.Minute)},
		{Environment: "development", Drift: d(8 * time.Hour)},
	}
	for rule, c := range map[string]struct {
		environment string
		objects     []collector.Reconciler
		want, why   string // of the first object
	}{
		"production's platform":              {"production", []collector.Reconciler{kustomization("./infrastructure/cni")}, "proposed, spec.interval 5m>30m", "at most 40m, as configured for production platform"},
		"production's applications":          {"production", []collector.Reconciler{kustomization("./apps/shop")}, "proposed, spec.interval 5m>15m", "at most 20m, as configured for production"},
		"development":                        {"development", []collector.Reconciler{kustomization("./apps/shop")}, "proposed, spec.interval 5m>6h", "at most 8h, as configured for development"},
		"elsewhere what is general":          {"staging", []collector.Reconciler{kustomization("./apps/shop")}, "proposed, spec.interval 5m>1h", "at most 1h30m, by default"},
		"its own annotation":                 {"production", []collector.Reconciler{with(kustomization("./apps/shop"), func(r *collector.Reconciler) { r.Wishes.Drift = d(2 * time.Hour) })}, "proposed, spec.interval 5m>1h", "at most 2h, by its annotation tuppence.dev/drift-within"},
		"its own class":                      {"production", []collector.Reconciler{with(kustomization("./apps/shop"), func(r *collector.Reconciler) { r.Wishes.Class = collector.Platform })}, "proposed, spec.interval 5m>30m", "production platform"},
		"a source, as soon as its appliers":  {"production", []collector.Reconciler{source, from(kustomization("./apps/shop"))}, "proposed, spec.interval 10m>2m", "at most 3m, as configured for production, for Kustomization flux-system/x"},
		"a source, as soon as one that asks": {"staging", []collector.Reconciler{source, from(kustomization("./a")), from(with(kustomization("./b"), func(r *collector.Reconciler) { r.Name, r.Wishes.Deploy = "y", d(2*time.Minute) }))}, "proposed, spec.interval 10m>1m", "at most 2m, by the annotation of Kustomization flux-system/y"},
		"a suspended one does not count":     {"staging", []collector.Reconciler{with(source, func(r *collector.Reconciler) { r.Interval = d(time.Minute) }), from(with(kustomization("./b"), func(r *collector.Reconciler) { r.Name, r.Suspended, r.Wishes.Deploy = "y", true, d(2*time.Minute) }))}, "proposed, spec.interval 1m>5m", "at most 10m, by default"},
		"a source's own goes before":         {"staging", []collector.Reconciler{with(source, func(r *collector.Reconciler) { r.Wishes.Deploy = d(30 * time.Minute) }), from(with(kustomization("./b"), func(r *collector.Reconciler) { r.Name, r.Wishes.Deploy = "y", d(2*time.Minute) }))}, "proposed, spec.interval 10m>15m", "by its annotation tuppence.dev/deploy-within"},
	} {
		fs := run(s, collector.Cluster{Environment: c.environment, Reconcilers: c.objects})
		got := summary(fs)
		why := ""
		if len(fs) > 0 {
			for _, e := range fs[0].Evidence {
				if e.Name == "objective" {
					why = e.Value
				}
			}
		}
		if got != c.want || !strings.HasSuffix(why, c.why) {
			t.Errorf("%s:\ngot  %s (%s)\nwant %s (%s)", rule, got, why, c.want, c.why)
		}
	}
}

func TestClasses(t *testing.T) {
	at := func(path, name string) collector.Reconciler {
		r := object("Kustomization", time.Hour)
		r.Path, r.Name = path, name
		return r
	}
	settled := at("./x", "shop")
	settled.Measured.ChangeSpan = d(15 * 24 * time.Hour)
	busy := settled
	busy.Measured.Changes = 3
	asked := at("./infrastructure", "cni")
	asked.Wishes.Class = collector.Application
	waited := at("./x", "base")
	for rule, c := range map[string]struct {
		r    collector.Reconciler
		want collector.Class
	}{
		"a folder of the platform":       {at("./clusters/../infrastructure/cni", "cni"), collector.Platform},
		"a folder of applications":       {at("./clusters/prod/apps", "shop"), collector.Application},
		"a name of the platform":         {at("./x", "crds"), collector.Platform},
		"others wait for it":             {waited, collector.Platform},
		"nothing new for a fortnight":    {settled, collector.Platform},
		"something new":                  {busy, collector.Application},
		"nothing is known":               {at("./x", "shop"), collector.Application},
		"its annotation goes before all": {asked, collector.Application},
	} {
		other := at("./y", "other")
		other.DependsOn = []string{"base"}
		w := Default().wanted(&collector.Cluster{Reconcilers: []collector.Reconciler{c.r, other}})
		if got := w.class(&c.r); got != c.want {
			t.Errorf("%s: %s, want %s", rule, got, c.want)
		}
	}
}

func TestObjectivesAreChecked(t *testing.T) {
	for want, o := range map[string]Objective{
		`class "infra" of an objective is not platform or application`: {Class: "infra"},
		"objective drift 30s must be over 1m0s and at most 720h":       {Drift: d(30 * time.Second)},
		"objective retry 721h0m0s must be over 1m0s and at most 720h":  {Retry: d(721 * time.Hour)},
		"objective deploy 1m0s must be over 1m0s and at most 720h":     {Deploy: d(time.Minute)},
	} {
		s := Default()
		s.Objectives = []Objective{o}
		if err := s.Valid(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// A queue that is full takes longer than anybody assumes; that is no reason to fill it more.
func TestADefaultShortensNothingWhereAQueueIsFull(t *testing.T) {
	soon := Default()
	soon.Drift = d(80 * time.Minute)
	full := collector.Cluster{}
	for i := range 300 { // four workers have 240 s of work a minute, and 300 × 20 s are asked of them
		r := object("Kustomization", time.Minute)
		r.Name, r.Measured.Mean, r.RetryInterval = fmt.Sprint("busy-", i), d(20*time.Second), d(time.Minute)
		full.Reconcilers = append(full.Reconcilers, r)
	}
	rare, hourly := object("Kustomization", 24*time.Hour), object("Kustomization", time.Hour)
	rare.Name, hourly.Name, rare.RetryInterval, hourly.RetryInterval = "rare", "hourly", d(time.Minute), d(time.Minute)
	full.Reconcilers = append(full.Reconcilers, rare, hourly)
	for name, c := range map[string]struct {
		s            Settings
		rare, hourly string
	}{
		"by default": {Default(), "nothing", "nothing"},
		"asked for":  {soon, "proposed, spec.interval 24h>1h", "nothing"},
	} {
		var got [2][]recommend.Finding
		for _, f := range run(c.s, full) {
			for i, name := range []string{"rare", "hourly"} {
				if f.Subject.Name == name {
					got[i] = append(got[i], f)
				}
			}
		}
		if a, b := summary(got[0]), summary(got[1]); a != c.rare || b != c.hourly {
			t.Errorf("%s: that of 24h %s, that of 1h %s; want %s, %s", name, a, b, c.rare, c.hourly)
		}
	}
}

// Where one who shares a timer asks, what the others assume does not hold it: of a source
// of 1h the applier that has 30m, and of an Argo CD's Applications one that has 15m.
func TestWhoAsksIsHeardWhereAQueueIsFull(t *testing.T) {
	source := func(asked time.Duration) collector.Cluster {
		fleet := object("GitRepository", time.Hour)
		fleet.Name = "fleet"
		c := collector.Cluster{Reconcilers: []collector.Reconciler{fleet}}
		for i, within := range []time.Duration{asked, 0} {
			r := object("Kustomization", time.Hour)
			r.Name, r.RetryInterval, r.Wishes.Deploy = fmt.Sprint("app-", i), d(time.Minute), d(within)
			r.Source = collector.Origin{Kind: "GitRepository", Namespace: r.Namespace, Name: "fleet"}
			c.Reconcilers = append(c.Reconcilers, r)
		}
		for i := range 20 { // 400 s of work each 80 s for two workers, and each 320 s at 5m
			r := object("GitRepository", time.Minute)
			r.Name, r.Measured.Mean = fmt.Sprint("busy-", i), d(20*time.Second)
			c.Reconcilers = append(c.Reconcilers, r)
		}
		return c
	}
	argo := func(asked time.Duration) collector.Cluster {
		c := collector.Cluster{Reconcilers: applications(400), Controllers: []collector.Controller{{Kind: "argocd", Namespace: "argocd", Timeout: d(time.Hour), TimeoutSet: true,
			Measured: collector.Measured{Source: "prometheus", Mean: d(30 * time.Second), Count: 40_000, Span: d(10 * time.Hour)}}}}
		c.Reconcilers[7].Wishes.Deploy = d(asked)
		return c
	}
	for name, c := range map[string]struct {
		c            collector.Cluster
		object, want string
	}{
		"a source that nobody asks of":   {source(0), "fleet", "nothing"},
		"one of whose appliers asks":     {source(30 * time.Minute), "fleet", "proposed, spec.interval 1h>15m"},
		"an Argo CD that nobody asks of": {argo(0), "argocd-cm", "nothing"},
		"one of whose Applications asks": {argo(15 * time.Minute), "argocd-cm", "proposed, data.timeout.reconciliation 3600s>120s"},
	} {
		var fs []recommend.Finding
		for _, f := range run(Default(), c.c) {
			if f.Subject.Name == c.object && !strings.Contains(f.ID, "-events") {
				fs = append(fs, f)
			}
		}
		if got := summary(fs); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// What nobody asked for is no reason to run anything oftener: owners have 24h for the
// index of somebody else's charts, 1h for releases without drift detection, and Argo
// CD's own 120s, with which a commit of 300 Applications from 120 repositories may take
// 10m30s.
func TestADefaultShortensNothing(t *testing.T) {
	soon := Default()
	soon.Deploy = d(8 * time.Minute)
	hub := collector.Cluster{Controllers: []collector.Controller{{Kind: "argocd", Namespace: "argocd"}}, Reconcilers: applications(300)}
	for i := range hub.Reconcilers {
		hub.Reconcilers[i].Sources[0].URL = fmt.Sprint("https://git.example/r", i%120)
	}
	one := func(r collector.Reconciler) collector.Cluster {
		return collector.Cluster{Reconcilers: []collector.Reconciler{r}}
	}
	for rule, c := range map[string]struct {
		c             collector.Cluster
		want, ifAsked string // and where somebody asks for deploys within 8m
	}{
		"the index of charts":     {one(object("HelmRepository", 24*time.Hour)), "nothing", "proposed, spec.interval 24h>5m"},
		"an artifact of 10m":      {one(object("OCIRepository", 10*time.Minute)), "nothing", "proposed, spec.interval 10m>5m"},
		"a release":               {one(object("HelmRelease", time.Hour)), "nothing", "nothing"}, // it is not deploys that it serves
		"Argo CD as it comes":     {hub, "nothing", "proposed, data.timeout.reconciliation >60s"},
		"what is too short grows": {one(object("OCIRepository", time.Minute)), "proposed, spec.interval 1m>5m", "proposed, spec.interval 1m>5m"},
	} {
		if got := summary(run(Default(), c.c)); got != c.want {
			t.Errorf("%s: %s, want %s", rule, got, c.want)
		}
		if got := summary(run(soon, c.c)); got != c.ifAsked {
			t.Errorf("%s, asked for: %s, want %s", rule, got, c.ifAsked)
		}
	}
}
