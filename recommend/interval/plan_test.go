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
	"github.com/tuppence-dev/tuppence/recommend/interval/model"
)

// drawCluster is a cluster of sources with what is applied from them, some of it in
// turn, some with webhooks, pinned, slow or failing.
func drawCluster(t *rapid.T, name string) collector.Cluster {
	c := collector.Cluster{Name: name, Environment: rapid.SampledFrom([]string{"production", "staging"}).Draw(t, "environment")}
	span := func(what string, least, most int) collector.Duration {
		return d(time.Duration(rapid.IntRange(least, most).Draw(t, what)) * time.Second)
	}
	for s := range rapid.IntRange(1, 3).Draw(t, "sources") {
		source := object("GitRepository", span("poll", 10, 7200).Duration)
		source.Name, source.URL = fmt.Sprint("s", s), fmt.Sprintf("https://github.com/acme/r%d", s)
		source.Hooked = rapid.Bool().Draw(t, "hooked")
		switch rapid.IntRange(0, 5).Draw(t, "follows") {
		case 0:
			source.Ref.Commit = "abc"
		case 1:
			source.Ref.SemVer = ">=1"
		}
		source.Measured.Mean = span("fetch", 0, 20)
		c.Reconcilers = append(c.Reconcilers, source)
		for i := range rapid.IntRange(0, 4).Draw(t, "appliers") {
			r := object("Kustomization", span("interval", 10, 90000).Duration)
			r.Name, r.Objects = fmt.Sprintf("s%d-%d", s, i), rapid.IntRange(0, 60).Draw(t, "objects")
			r.Source = collector.Origin{Kind: "GitRepository", Namespace: source.Namespace, Name: source.Name}
			r.Measured.Mean, r.RetryInterval = span("run", 0, 400), span("retry", 0, 1200)
			if i > 0 && rapid.Bool().Draw(t, "depends") {
				r.DependsOn = []string{fmt.Sprintf("s%d-%d", s, i-1)}
			}
			r.Wishes = drawWishes(t)
			c.Reconcilers = append(c.Reconcilers, r)
		}
	}
	return c
}

func drawPlan(t *rapid.T, minGain float64) *Plan {
	f := &collector.Fleet{}
	for i := range rapid.IntRange(1, 3).Draw(t, "clusters") {
		f.Clusters = append(f.Clusters, drawCluster(t, fmt.Sprint("c", i)))
	}
	s := drawSettings(t)
	s.MinGain = minGain
	p, err := s.Plan(Model(f))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// A plan keeps to every objective but those that it says cannot be met, and why.
func TestThePlanKeepsToWhatCanBeMet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPlan(t, 1.5)
		for i := range p.asked {
			for j, want := range p.asked[i] {
				got := &p.Then.Systems[i].Tasks[j]
				if p.Best.Systems[i].Tasks[j].Timer == model.Triggered {
					continue
				}
				for _, o := range []struct {
					serves    model.Serves
					want, got time.Duration
				}{{model.Drift, want.Drift, got.Longest}, {model.Deploy, want.Deploy, got.Deploy.Worst}} {
					if o.want == 0 || o.got <= o.want || o.serves == model.Deploy && p.Fleet.Systems[i].Tasks[p.root(i, j)].Webhook {
						continue
					}
					at := slices.IndexFunc(p.unmet[place{i, j}], func(u model.Unmet) bool { return u.Objective == o.serves })
					if at < 0 {
						t.Fatalf("%s has %s of %s, and not %s, and nothing is said", p.Fleet.Systems[i].Tasks[j].Name, o.serves, o.got, o.want)
					}
					if u := p.unmet[place{i, j}][at]; u.Detail == "" || u.Reason == 0 {
						t.Fatalf("no reason: %+v", u)
					}
				}
			}
		}
	})
}

// No rule that keeps to all that the plan keeps to runs less, where no queue is full.
func TestThePlanCostsNoMoreThanARuleThatKeepsToAsMuch(t *testing.T) {
	better := 0
	rapid.Check(t, func(t *rapid.T) {
		p := drawPlan(t, 1)
		rules := p.Rules()
		planned := rules[1]
		for k, rule := range rules {
			if k == 1 || rule.Missed > planned.Missed || slices.ContainsFunc(p.missedBy(rule.Name), func(at place) bool { return len(p.unmet[at]) == 0 }) || p.full(rule.Name) {
				continue
			}
			if rule.Missed == 0 && rule.RunsPerHour > planned.RunsPerHour {
				better++
			}
			if rule.Missed == 0 && rule.RunsPerHour < planned.RunsPerHour*(1-1e-6) {
				t.Fatalf("%s: %g runs an hour, planned are %g", rule.Name, rule.RunsPerHour, planned.RunsPerHour)
			}
		}
	})
	if better == 0 {
		t.Error("no rule was ever dearer: nothing was compared")
	}
}

// at is the fleet by a rule.
func (p *Plan) byRule(name string) *model.Fleet {
	switch name {
	case "now":
		return &p.Fleet
	case "proposed":
		return p.Proposed
	}
	f := p.fleetAt(Preset(name))
	return &f
}

func (p *Plan) missedBy(name string) []place {
	var all []place
	f := p.byRule(name)
	o := model.Predict(f)
	for i := range p.asked {
		for j := range p.asked[i] {
			if n, _ := misses(p.asked[i][j], &f.Systems[i].Tasks[j], &o.Systems[i].Tasks[j]); n > 0 {
				all = append(all, place{i, j})
			}
		}
	}
	return all
}

func (p *Plan) full(name string) bool {
	for _, s := range model.Predict(p.byRule(name)).Systems {
		if slices.ContainsFunc(s.Queues, func(q model.QueueOutcome) bool { return q.Utilisation > 0.5 }) {
			return true
		}
	}
	return false
}

// What is failing, generated or left alone by its owner keeps its interval, and so does
// what is said of all proposed intervals together.
func TestWhatIsWithheldIsNotCountedAsProposed(t *testing.T) {
	minute := func(name string, with func(*collector.Reconciler)) collector.Reconciler {
		r := object("Kustomization", time.Minute)
		r.Name = name
		with(&r)
		return r
	}
	c := collector.Cluster{Namespaces: []collector.Namespace{{Name: "left", Ignore: "interval"}}, Reconcilers: []collector.Reconciler{
		minute("sound", func(*collector.Reconciler) {}),
		minute("fails", func(r *collector.Reconciler) { r.Ready, r.Reason = "False", "BuildFailed" }),
		minute("made", func(r *collector.Reconciler) { r.Generated = true }),
		minute("alone", func(r *collector.Reconciler) { r.Ignore = "true" }),
		minute("space", func(r *collector.Reconciler) { r.Namespace = "left" }),
	}}
	p, err := Default().Plan(Model(&collector.Fleet{Clusters: []collector.Cluster{c}}))
	if err != nil {
		t.Fatal(err)
	}
	// Four every 61 s, and one every 3,601 s.
	if got, want := p.Rules()[1].RunsPerHour, 4*3600.0/61+3600.0/3601; math.Abs(got-want) > 0.01 {
		t.Errorf("%g runs an hour, want %g", got, want)
	}
}

// Where the owner of an Argo CD's settings wants them left alone, its references are kept
// for as long as they are.
func TestATimeoutThatIsWithheldLeavesReferencesAsTheyAre(t *testing.T) {
	const settings = "argocd"
	for ignore, kept := range map[string]time.Duration{"": 15 * time.Minute, "interval": 3 * time.Minute} {
		app := object("Application", 0)
		app.APIVersion, app.Namespace, app.Name, app.URL = "argoproj.io/v1alpha1", settings, "web", "https://git.example/apps"
		c := collector.Cluster{Namespaces: []collector.Namespace{{Name: settings, Ignore: ignore}}, Reconcilers: []collector.Reconciler{app},
			Controllers: []collector.Controller{{Kind: "argocd", Namespace: settings, Name: "argocd-cm"}}}
		s := Default()
		s.Deploy = d(time.Hour)
		p, err := s.Plan(Model(&collector.Fleet{Clusters: []collector.Cluster{c}}))
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Proposed.Systems[0].RefCache; got != kept {
			t.Errorf("ignored %q: references are kept for %s, want %s", ignore, got, kept)
		}
	}
}

// A Kustomization that runs for 4 minutes has a commit of its source after that has
// waited for a poll, for the run that is under way, and for its own: 2m6s + 2 × 4m at
// 2m, and at 5m over 13 minutes. Without it the source would be polled every 5m.
func TestASourceIsPolledForItsSlowestApplier(t *testing.T) {
	source := object("GitRepository", time.Minute)
	applier := func(run time.Duration) collector.Reconciler {
		r := object("Kustomization", time.Hour)
		r.Name, r.RetryInterval, r.Measured.Mean = "app", d(time.Minute), d(run)
		r.Source = collector.Origin{Kind: "GitRepository", Namespace: "flux-system", Name: "x"}
		return r
	}
	for _, tc := range []struct {
		run    time.Duration
		within time.Duration
		want   string
	}{
		{time.Second, 10 * time.Minute, "proposed, spec.interval 1m>5m"},
		{4 * time.Minute, 10*time.Minute + 30*time.Second, "proposed, spec.interval 1m>2m"},
		// It cannot be met, and is held as it is: nothing is made worse.
		{6 * time.Minute, 10*time.Minute + time.Second, "withheld"},
	} {
		s := Default()
		s.Deploy = d(tc.within)
		fs := run(s, collector.Cluster{Reconcilers: []collector.Reconciler{source, applier(tc.run)}})
		fs = slices.DeleteFunc(fs, func(f recommend.Finding) bool { return f.Subject.Kind != "GitRepository" })
		if got := summary(fs); got != tc.want {
			t.Errorf("%s: got %s, want %s", tc.run, got, tc.want)
		}
		if tc.want == "withheld" && (len(fs) == 0 || !strings.Contains(fs[0].Reason, "Kustomization flux-system/app")) {
			t.Errorf("what cannot keep to it is not named: %+v", fs)
		}
	}
}

// wideFleet is clusters of 200 objects: 20 sources, and nine that apply each.
func wideFleet(clusters int) *collector.Fleet {
	f := &collector.Fleet{}
	for i := range clusters {
		c := collector.Cluster{Name: fmt.Sprint("c", i)}
		for s := range 20 {
			source := object("GitRepository", time.Minute)
			source.Name, source.URL = fmt.Sprint("s", s), fmt.Sprintf("https://github.com/acme/r%d", s)
			c.Reconcilers = append(c.Reconcilers, source)
			for a := range 9 {
				r := object("Kustomization", time.Duration(1+a)*time.Minute)
				r.Name, r.Objects, r.Measured.Mean = fmt.Sprintf("s%d-%d", s, a), 5*a, d(time.Duration(a)*time.Second)
				r.Source = collector.Origin{Kind: "GitRepository", Namespace: source.Namespace, Name: source.Name}
				c.Reconcilers = append(c.Reconcilers, r)
			}
		}
		f.Clusters = append(f.Clusters, c)
	}
	return f
}

// BenchmarkPlan maps 1,000 clusters of 200 objects and chooses their intervals.
func BenchmarkPlan(b *testing.B) {
	f := wideFleet(1000)
	b.ResetTimer()
	for b.Loop() {
		if _, err := Default().Plan(Model(f)); err != nil {
			b.Fatal(err)
		}
	}
}
