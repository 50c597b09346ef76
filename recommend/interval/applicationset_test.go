package interval

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend/interval/model"
)

func generator(wait time.Duration, set bool, path ...string) collector.Timer {
	return collector.Timer{Path: slices.Concat([]string{"spec", "generators"}, path, []string{"requeueAfterSeconds"}), Interval: d(wait), Set: set}
}

func setOf(timers ...collector.Timer) collector.Reconciler {
	r := collector.Reconciler{APIVersion: "argoproj.io/v1alpha1", Kind: "ApplicationSet", Namespace: "argocd", Name: "x", URL: "https://git.example/r", Timers: timers}
	for _, t := range timers {
		if d := t.Interval; d.Duration > 0 && (r.Interval.Duration == 0 || d.Duration < r.Interval.Duration) {
			r.Interval = d
		}
	}
	return r
}

// A default does not hold for a wait of 1h where the queue is full, and what is left then
// is the wait as it is, and not the longest.
func TestAnApplicationSetStaysWhereTheQueueIsFull(t *testing.T) {
	rare := setOf(generator(time.Hour, true, "0", "git"))
	rare.Name = "rare"
	c := collector.Cluster{Name: "c", Reconcilers: []collector.Reconciler{rare}}
	for i := range 40 { // 40 × 90 s each 150 s for ten workers
		r := setOf(generator(time.Minute, true, "0", "git"))
		r.Name, r.Measured.Mean = "busy-"+strconv.Itoa(i), d(90*time.Second)
		c.Reconcilers = append(c.Reconcilers, r)
	}
	p, err := Default().Plan(Model(&collector.Fleet{Clusters: []collector.Cluster{c}}))
	if err != nil {
		t.Fatal(err)
	}
	at := p.at[&p.fleet.Clusters[0].Reconcilers[0]]
	if !slices.ContainsFunc(p.Now.Systems[at.system].Queues, func(q model.QueueOutcome) bool { return q.Saturated }) {
		t.Fatal("no queue is full")
	}
	if next, _ := p.next(&p.fleet.Clusters[0].Reconcilers[0]); next != time.Hour {
		t.Errorf("it waits %s, want 1h still", next)
	}
}

func TestApplicationSets(t *testing.T) {
	const at = "spec.generators."
	with := func(r collector.Reconciler, change func(*collector.Reconciler)) collector.Reconciler {
		change(&r)
		return r
	}
	git := generator(3*time.Minute, false, "0", "git")
	for name, c := range map[string]struct {
		r            collector.Reconciler
		want, reason string
	}{
		"the default of 3m is oftener than 10m takes": {setOf(git), "proposed, " + at + "0.git.requeueAfterSeconds >300", ""},
		"5m is what it takes":                         {setOf(generator(5*time.Minute, true, "0", "git")), "nothing", ""},
		"an hour misses it":                           {setOf(generator(time.Hour, true, "0", "git")), "proposed, " + at + "0.git.requeueAfterSeconds 3600>300", ""},
		"its owner lets it take 1h30m":                {with(setOf(git), func(r *collector.Reconciler) { r.Wishes.Deploy = d(90 * time.Minute) }), "proposed, " + at + "0.git.requeueAfterSeconds >3600", ""},
		"with a webhook it is for calls that missed":  {with(setOf(git), func(r *collector.Reconciler) { r.Hooked = true }), "proposed, " + at + "0.git.requeueAfterSeconds >3600", ""},
		"a list and the clusters have none":           {setOf(), "nothing", ""},
		"pull requests wait 30m":                      {setOf(generator(30*time.Minute, false, "0", "pullRequest")), "nothing", ""},
		"or as long as their people have them":        {setOf(generator(time.Minute, true, "0", "scmProvider")), "nothing", ""},
		"what waits longer stays":                     {setOf(git, generator(30*time.Minute, false, "1", "scmProvider")), "proposed, " + at + "0.git.requeueAfterSeconds >300", ""},
		"of a matrix each that is shorter grows": {setOf(generator(time.Minute, true, "0", "matrix", "generators", "0", "git"), git, generator(10*time.Minute, true, "1", "git")),
			"proposed, " + at + "0.matrix.generators.0.git.requeueAfterSeconds 60>300, " + at + "0.git.requeueAfterSeconds >300", ""},
		"and one alone shrinks": {setOf(generator(time.Hour, true, "0", "git"), generator(2*time.Hour, true, "1", "git")), "proposed, " + at + "0.git.requeueAfterSeconds 3600>300", ""},
		"a failing one is mended first": {with(setOf(git), func(r *collector.Reconciler) { r.Ready, r.Reason = "False", "ApplicationGenerationFromParamsError" }),
			"withheld, " + at + "0.git.requeueAfterSeconds >300", "ApplicationGenerationFromParamsError"},
		"timers without a place": {with(setOf(git), func(r *collector.Reconciler) { r.Timers[0].Path = nil }), "nothing", ""},
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
	got := told(run(Default(), collector.Cluster{Reconcilers: []collector.Reconciler{setOf(git)}})[0])
	// Runs of a second every 181 s and every 301 s.
	if want := "at most 12 an hour instead of 19.9, as"; !strings.HasPrefix(got["requests to Git"], want) {
		t.Errorf("got  %s\nwant %s", got["requests to Git"], want)
	}
}

// Whatever the generators, those that ask an API are never made to ask oftener, and
// what was changed stays as it is then.
func TestApplicationSetsSettle(t *testing.T) {
	names := []string{"git", "oci", "clusterDecisionResource", "scmProvider", "pullRequest", "plugin", ""}
	rapid.Check(t, func(t *rapid.T) {
		var timers []collector.Timer
		for i := range rapid.IntRange(0, 4).Draw(t, "generators") {
			wait := time.Duration(rapid.SampledFrom([]int{0, 1, 60, 180, 300, 600, 1800, 7200, 1 << 30}).Draw(t, "wait")) * time.Second
			timers = append(timers, generator(wait, rapid.Bool().Draw(t, "set"), strconv.Itoa(i), rapid.SampledFrom(names).Draw(t, "name")))
		}
		r := setOf(timers...)
		r.Hooked = rapid.Bool().Draw(t, "hooked")
		fs := run(Default(), collector.Cluster{Reconcilers: []collector.Reconciler{r}})
		if len(fs) == 0 {
			return
		}
		for _, c := range fs[0].Changes {
			n, err := strconv.Atoi(c.After)
			i, _ := strconv.Atoi(c.Path[2])
			if err != nil || n < 60 || slices.Contains(rationed, c.Path[3]) && n < int(timers[i].Interval.Seconds()) {
				t.Fatalf("%+v", c)
			}
			timers[i].Interval, timers[i].Set = d(time.Duration(n)*time.Second), true
		}
		again := setOf(timers...)
		again.Hooked = r.Hooked
		if more := run(Default(), collector.Cluster{Reconcilers: []collector.Reconciler{again}}); len(more) > 0 {
			t.Errorf("%s, and then %s", summary(fs), summary(more))
		}
	})
}
