package interval

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
)

// loaded is a cluster of so many Kustomizations that take so long, of so many objects.
func loaded(n int, run time.Duration, objects int) collector.Cluster {
	k, w := controllerOf("kustomize-controller", 500)
	c := collector.Cluster{Name: "c", Controllers: []collector.Controller{k}, Workloads: []collector.Workload{w}}
	for i := range n {
		r := object("Kustomization", time.Hour)
		r.Name, r.Objects, r.Measured.Mean, r.RetryInterval = fmt.Sprintf("k%04d", i), objects, d(run), d(5*time.Minute)
		c.Reconcilers = append(c.Reconcilers, r)
	}
	return c
}

// fromOne has them all applied from one GitRepository.
func fromOne(c collector.Cluster) collector.Cluster {
	source := object("GitRepository", 5*time.Minute)
	source.URL, source.Measured = "https://git.example/r", collector.Measured{Mean: d(time.Second), Changes: 2, ChangeSpan: d(24 * time.Hour)}
	for i := range c.Reconcilers {
		c.Reconcilers[i].Source = collector.Origin{Kind: "GitRepository", Namespace: "flux-system", Name: "x"}
	}
	c.Reconcilers = append(c.Reconcilers, source)
	return c
}

// processors is where an Argo CD's workers stand.
func processors(c collector.Cluster) collector.Cluster {
	c.Controllers[0].Settings = []collector.Setting{{Name: "controller.status.processors", Value: "20", In: collector.InConfigMap,
		Object: collector.WorkloadRef{APIVersion: "v1", Kind: "ConfigMap", Namespace: "argocd", Name: "argocd-cmd-params-cm"}}}
	return c
}

func setTo(c collector.Cluster, change func(*collector.Setting)) collector.Cluster {
	change(&c.Controllers[0].Settings[0])
	return c
}

const concurrent = "spec.template.spec.containers[name=manager].args[--concurrent] "

func TestWorkers(t *testing.T) {
	short := Default()
	short.Drift = d(3 * time.Minute)
	for name, c := range map[string]struct {
		s     Settings
		c     collector.Cluster
		want  string
		title string
	}{
		"what is far from busy has enough": {Default(), loaded(300, time.Second, 10), "nothing", ""},
		// 300 runs of 60 s an hour and a minute are 4.9 busy workers: of 6, 82 %.
		"a saturated queue gets as many as it takes": {Default(), loaded(300, time.Minute, 10), "proposed, " + concurrent + ">6", "Give kustomize-controller 6 workers instead of 4"},
		"in the place of those that are set": {Default(), setTo(loaded(300, time.Minute, 10), func(s *collector.Setting) { s.Value, s.Set = "5", true }),
			"proposed, " + concurrent + "5>6", "instead of 5"},
		"what is set already, and was not yet when it was measured": {Default(), func() collector.Cluster {
			c := setTo(loaded(300, time.Minute, 10), func(s *collector.Setting) { s.Value, s.Set = "10", true })
			c.Controllers[0].Queues = []collector.Queue{{Name: "kustomization", Workers: 4, WorkersFrom: "metric"}}
			return c
		}(), "nothing", ""},
		"a variable is a person's to change": {Default(), setTo(loaded(300, time.Minute, 10), func(s *collector.Setting) { s.In = collector.InEnv }), "advised", "6 workers"},
		"a program that was not read": {Default(), func() collector.Cluster {
			c := loaded(300, time.Minute, 10)
			c.Controllers, c.Workloads = nil, nil
			return c
		}(), "advised", "6 workers"},
		// A commit wakes 60: the last of them waits 56 runs of 15 s, which is 14m.
		"a burst of commits that misses its objective": {asking(), fromOne(loaded(60, time.Minute, 10)), "proposed, " + concurrent + ">8", "8 workers"},
		// 500 runs of 8m every 68 are 59 busy workers.
		"more than 50 are spread over controllers": {Default(), setTo(loaded(500, 8*time.Minute, 10), func(s *collector.Setting) { s.Value, s.Set = "20", true }), "advised", "over 2 controllers of 50 workers each"},
		// 200 runs of 3.42 s of CPU every 130 s: 15 busy, and 20 of them 6.8 cores.
		"so is what one process would need over four cores for": {short, loaded(200, 10*time.Second, 2000), "advised", "over 2 controllers of 10 workers each"},
		// 500 refreshes of 10 s every 189 s are 26 busy workers of 20.
		"Argo CD has a key for it": {Default(), processors(argoOf(500, 10*time.Second, 2*time.Minute, time.Minute)), "proposed, data.controller.status.processors >30", "argocd-application-controller 30 workers instead of 20"},
		"where a flag has it, that": {Default(), func() collector.Cluster {
			c := processors(argoOf(500, 10*time.Second, 2*time.Minute, time.Minute))
			s := &c.Controllers[0].Settings[0]
			s.In, s.Container, s.Set, s.Object.Kind = collector.InFlag, "main", true, "StatefulSet"
			return c
		}(), "proposed, spec.template.spec.containers[name=main].args[--status-processors] 20>30", ""},
		"Argo CD shards by cluster": {Default(), processors(argoOf(1200, 10*time.Second, 2*time.Minute, time.Minute)), "advised", "application controllers"},
		// 1000 runs of 50m every 110 are 454 busy workers.
		"what nothing cures is left to its objectives": {Default(), loaded(1000, 50*time.Minute, 10), "nothing", ""},
	} {
		t.Run(name, func(t *testing.T) {
			fs := of(c.s, c.c, "interval-workers")
			if got := summary(fs); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			if len(fs) > 0 && !strings.Contains(fs[0].Title, c.title) {
				t.Errorf("title %q, want %q in it", fs[0].Title, c.title)
			}
		})
	}
}

func TestWorkersEvidence(t *testing.T) {
	c := loaded(300, time.Minute, 200)
	c.Controllers[0].Queues = []collector.Queue{{Name: "kustomization", Workers: 4, WorkersFrom: "metric", Span: d(time.Hour),
		Waited: collector.Timed{Count: 200, Total: d(200 * 90 * time.Second)}, Deepest: 61}}
	got := told(of(Default(), c, "interval-workers")[0])
	for name, want := range map[string]string{
		"queue":                               "kustomization, of 4 workers (metric)",
		"objective":                           "a mean wait of at most 1m",
		"predicted at the proposed intervals": "100 % busy",
		"predicted with 6":                    "8",
		"measured wait":                       "1m30s on average of 200 runs over 1h, and 61 in the queue at most",
		// 20 + 200 × 1.7 = 360 ms and 404 calls in 60 s: times 6 0.036 and 40.4.
		"peak": "about 0.036 cores and 40.4 API calls a second while all 6 workers are busy",
	} {
		if !strings.HasPrefix(got[name], want) {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got[name], want)
		}
	}
	if got["rate limit"] != "" {
		t.Errorf("40 calls a second are within 50: %s", got["rate limit"])
	}
}

// The number is one that people write, more than there were, and settles the matter:
// who has it is not told to have more.
func TestWorkersThatWereGivenAreEnough(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		run := time.Duration(rapid.IntRange(1, 900).Draw(t, "run")) * time.Second
		c := loaded(rapid.IntRange(1, 100).Draw(t, "objects"), run, 10)
		if rapid.Bool().Draw(t, "one source") {
			c = fromOne(c)
		}
		for _, f := range of(Default(), c, "interval-workers") {
			if f.Status != recommend.Proposed {
				continue
			}
			c = setTo(c, func(s *collector.Setting) { s.Value, s.Set = f.Changes[0].After, true })
			if again := of(Default(), c, "interval-workers"); len(again) > 0 {
				t.Fatalf("%s: then %s", f.Title, again[0].Title)
			}
		}
	})
}
