package prom

import (
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tuppence-dev/tuppence/collector"
)

const (
	kcPod = "kustomize-controller-7d4b9c6f5d-gggg2"
	scPod = "source-controller-7d4b9c6f5d-x2x4z"
)

// gitOps is a cluster with two controllers of Flux and an operator.
func gitOps() *collector.Cluster {
	c := one()
	for _, name := range []string{"kustomize-controller", "source-controller"} {
		c.Workloads = append(c.Workloads, workload("Deployment", "flux-system", name, "manager"))
		c.Controllers = append(c.Controllers, collector.Controller{Kind: name, Namespace: "flux-system", Name: name,
			Settings: []collector.Setting{{Name: "--concurrent", Value: "4", In: "flag"}}})
	}
	c.Workloads = append(c.Workloads, workload("Deployment", "secrets", "external-secrets", "external-secrets"))
	c.Operators = []collector.Controller{{Kind: "external-secrets", Namespace: "secrets", Name: "external-secrets",
		Settings: []collector.Setting{{Name: "--concurrent", Value: "3", Set: true, In: "flag"}}}}
	return c
}

// queued is a counter of a queue of a pod, which grows by each every minute.
func queued(metric, ns, pod, queue string, each float64, kv ...string) fakeSeries {
	by := "name"
	if strings.HasPrefix(metric, "controller_runtime") {
		by = "controller"
	}
	labels := with(map[string]string{"namespace": ns, "pod": pod, "instance": pod, by: queue}, kv...)
	return fakeSeries{metric, labels, counter(start.Add(-time.Hour), window.End.Add(time.Hour), time.Minute, each, 1e6)}
}

func measureWith(t *testing.T, c *collector.Cluster, series ...fakeSeries) {
	t.Helper()
	f := newFake(t, append(usage("shop", livePod, "app", 1, 1), series...)...)
	if err := f.source(t, nil).Collect(t.Context(), window, c); err != nil {
		t.Fatal(err)
	}
}

func TestQueuesAreThoseOfTheControllerWhoseThePodIs(t *testing.T) {
	c := gitOps()
	gauge := func(metric string, value float64) fakeSeries {
		s := queued(metric, "flux-system", kcPod, "kustomization", 0)
		s.value = always(value)
		return s
	}
	measureWith(t, c,
		queued(runsMetric, "flux-system", kcPod, "kustomization", 2, "result", "success"), queued(runsMetric, "flux-system", kcPod, "kustomization", 0.5, "result", "requeue_after"),
		queued(errorsMetric, "flux-system", kcPod, "kustomization", 0.25), queued(addsMetric, "flux-system", kcPod, "kustomization", 3), queued(retriesMetric, "flux-system", kcPod, "kustomization", 0.1),
		queued(waitMetric+"_sum", "flux-system", kcPod, "kustomization", 6), queued(waitMetric+"_count", "flux-system", kcPod, "kustomization", 3),
		queued(workMetric+"_sum", "flux-system", kcPod, "kustomization", 30), queued(workMetric+"_count", "flux-system", kcPod, "kustomization", 2.5),
		gauge(workersMetric, 10), gauge(depthMetric, 17),
		queued(addsMetric, "flux-system", scPod, "gitrepository", 1),
		queued(addsMetric, "secrets", "external-secrets-7d4b9c6f5d-zzzz2", "externalsecret", 1),
		queued(addsMetric, "flux-system", "somebody-7d4b9c6f5d-zzzz2", "kustomization", 100),
	)
	const minutes = 72 * 60
	total := collector.Duration{Duration: 72 * time.Hour}
	want := []collector.Queue{{Name: "kustomization", Workers: 10, WorkersFrom: "metric", Span: total,
		Runs: []collector.Tally{{Name: "requeue_after", Count: minutes / 2}, {Name: "success", Count: 2 * minutes}}, Errors: minutes / 4, Adds: 3 * minutes, Retries: minutes / 10,
		Waited: collector.Timed{Count: 3 * minutes, Total: collector.Duration{Duration: 6 * minutes * time.Second}},
		Worked: collector.Timed{Count: 2.5 * minutes, Total: collector.Duration{Duration: 30 * minutes * time.Second}}, Deepest: 17}}
	if diff := cmp.Diff(want, c.Controllers[0].Queues); diff != "" {
		t.Error(diff)
	}
	want = []collector.Queue{{Name: "gitrepository", Workers: 4, WorkersFrom: "default", Span: total, Adds: minutes}}
	if diff := cmp.Diff(want, c.Controllers[1].Queues); diff != "" {
		t.Error(diff)
	}
	want = []collector.Queue{{Name: "externalsecret", Workers: 3, WorkersFrom: "setting", Span: total, Adds: minutes}}
	if diff := cmp.Diff(want, c.Operators[0].Queues); diff != "" {
		t.Error(diff)
	}
	if strings.Contains(gaps(c), "intervals") {
		t.Errorf("gaps %s", gaps(c))
	}
}

// Argo CD's workqueues are in pods of its StatefulSet, and so is its number of
// workers a setting; where no pod is told, the only Argo CD is meant.
func TestQueuesWithoutAPodAreThoseOfTheOnlyProgramThatHasThem(t *testing.T) {
	argo := collector.Controller{Kind: "argocd", Namespace: "argocd", Name: "argocd-cm",
		Settings: []collector.Setting{{Name: "controller.status.processors", Value: "50", Set: true, In: "configmap"}}}
	c := one()
	c.Controllers = []collector.Controller{argo}
	measureWith(t, c, queued(addsMetric, "argocd", "", "app_reconciliation_queue", 2))
	if q := c.Controllers[0].Queues; len(q) != 1 || q[0].Adds != 2*72*60 || q[0].Workers != 50 || q[0].WorkersFrom != "setting" {
		t.Errorf("%+v", q)
	}
	c = one()
	c.Controllers = []collector.Controller{argo, {Kind: "argocd", Namespace: "argocd", Name: "other"}}
	measureWith(t, c, queued(addsMetric, "argocd", "", "app_reconciliation_queue", 2))
	if c.Controllers[0].Queues != nil || c.Controllers[1].Queues != nil {
		t.Errorf("one of two has it: %+v", c.Controllers)
	}
}

func TestWhatAProcessUsesIsItsMeanAndItsPeak(t *testing.T) {
	hour := func(n int) time.Time { return start.Add(time.Duration(n) * time.Hour) }
	c := gitOps()
	labels := func() map[string]string {
		return map[string]string{"namespace": "flux-system", "pod": kcPod, "instance": kcPod}
	}
	// A tenth of a core, and two cores from the hour 10 to 11; 100 MiB, 300 at the end.
	cores := func(at time.Time) (float64, bool) {
		busy := min(max(at.Sub(hour(10)), 0), time.Hour)
		return 1e4 + 0.1*at.Sub(start).Seconds() + 1.9*busy.Seconds(), true
	}
	bytes := func(at time.Time) (float64, bool) {
		if at.After(hour(71)) {
			return 300 << 20, true
		}
		return 100 << 20, true
	}
	measureWith(t, c, fakeSeries{coresMetric, labels(), cores}, fakeSeries{residentBytes, labels(), bytes})
	p := c.Controllers[0].Process
	if p.Span.Duration < 72*time.Hour || p.CPU != 126 || p.CPUPeak != 2000 || p.MemoryPeak != 300<<20 || p.Memory < 102<<20 || p.Memory > 104<<20 {
		t.Errorf("%+v", p)
	}
	if c.Controllers[1].Process != (collector.Process{}) {
		t.Errorf("a process that was not scraped used %+v", c.Controllers[1].Process)
	}
}

func TestCountersOfQueuesThatFallOrEnd(t *testing.T) {
	hour := func(n int) time.Time { return start.Add(time.Duration(n) * time.Hour) }
	adds := func(pod string, value func(time.Time) (float64, bool)) fakeSeries {
		s := queued(addsMetric, "flux-system", pod, "kustomization", 0)
		s.value = value
		return s
	}
	for rule, test := range map[string]struct {
		series []fakeSeries
		adds   int64
		span   time.Duration
		doubts []collector.Doubt
	}{
		"a restart costs its step": {[]fakeSeries{adds(kcPod, func(at time.Time) (float64, bool) {
			if at.After(hour(40)) {
				at = at.Add(-40 * time.Hour)
			}
			return at.Sub(start).Minutes(), true
		})}, 72*60 - 15, 72*time.Hour - 15*time.Minute, []collector.Doubt{collector.CounterReset}},
		"one pod after another": {[]fakeSeries{
			adds(kcPod, counter(start, hour(36), time.Minute, 1, 0)), adds("kustomize-controller-7d4b9c6f5d-hhhh2", counter(hour(36), hour(80), time.Minute, 1, 0)),
		}, 72*60 - 15, 72*time.Hour - 15*time.Minute, []collector.Doubt{collector.ControllerRestart}},
		"nonsense is nothing":       {[]fakeSeries{adds(kcPod, always(math.NaN()))}, 0, 0, nil},
		"nor is more than there is": {[]fakeSeries{adds(kcPod, func(at time.Time) (float64, bool) { return float64(at.Unix()) * 1e12, true })}, 0, 0, nil},
	} {
		t.Run(rule, func(t *testing.T) {
			c := gitOps()
			measureWith(t, c, test.series...)
			q := c.Controllers[0].Queues
			if len(q) != 1 || q[0].Adds != test.adds || q[0].Span.Duration != test.span || !slices.Equal(q[0].Doubts, test.doubts) {
				t.Errorf("%+v, want %d in %s, %v", q, test.adds, test.span, test.doubts)
			}
		})
	}
}

func TestWorkThatCouldNotBeReadIsAGapOfIntervals(t *testing.T) {
	for rule, test := range map[string]struct {
		status int
		body   string
		gap    string
		asked  bool // on
	}{
		"refused": {http.StatusForbidden, "no", "prod-lon: intervals: asking for the queues of controllers: 403: no", false},
		"too large, down to the shortest piece": {http.StatusUnprocessableEntity, `{"status":"error","errorType":"execution","error":"too many samples"}`,
			"prod-lon: intervals: asking for the queues of controllers: 422: too many samples", true},
	} {
		t.Run(rule, func(t *testing.T) {
			f := newFake(t, append(usage("shop", livePod, "app", 1, 1), queued(addsMetric, "flux-system", kcPod, "kustomization", 1))...)
			f.refuse = func(a asked, w http.ResponseWriter) bool {
				return (strings.Contains(a.query, runsMetric+"|") && strings.HasPrefix(a.query, "max by") || strings.Contains(a.query, depthMetric)) && refuseWith(test.status, test.body)(a, w)
			}
			c := gitOps()
			if err := f.source(t, nil).Collect(t.Context(), window, c); err != nil {
				t.Fatal(err)
			}
			if got := gaps(c); !strings.Contains(got, test.gap) || strings.Contains(got, "prometheus: ") && strings.Contains(got, "queries failed") {
				t.Errorf("gaps %s", got)
			}
			on := slices.ContainsFunc(f.requests("/query_range"), func(a asked) bool { return strings.Contains(a.query, depthMetric) })
			if n := len(f.requests("/query_range")); on != test.asked || n > 60 {
				t.Errorf("%d questions, asked on %v, want %v", n, on, test.asked)
			}
			if c.Controllers[0].Queues != nil {
				t.Errorf("%+v", c.Controllers[0].Queues)
			}
		})
	}
}

func TestAnAnswerInPiecesIsTheAnswerOfTheWhole(t *testing.T) {
	f := newFake(t, append(usage("shop", livePod, "app", 1, 1), queued(addsMetric, "flux-system", kcPod, "kustomization", 1))...)
	f.refuse = func(a asked, w http.ResponseWriter) bool {
		return strings.Contains(a.query, runsMetric+"|") && a.end.Sub(a.start) > 20*time.Hour && strings.HasPrefix(a.query, "max by") &&
			refuseWith(http.StatusUnprocessableEntity, `{"status":"error","errorType":"execution","error":"too many samples"}`)(a, w)
	}
	c := gitOps()
	if err := f.source(t, nil).Collect(t.Context(), window, c); err != nil {
		t.Fatal(err)
	}
	if q := c.Controllers[0].Queues; len(q) != 1 || q[0].Adds != 72*60 || q[0].Span.Duration != 72*time.Hour || q[0].Doubts != nil {
		t.Errorf("%+v", q)
	}
}

func TestGitRequestsAreCountedByRepositoryWithoutUserInformation(t *testing.T) {
	c := one()
	c.Controllers = []collector.Controller{{Kind: "argocd", Namespace: "argocd", Name: "argocd-cm"}}
	git := func(pod, repo, kind string, each float64) fakeSeries {
		return fakeSeries{gitMetric, map[string]string{"namespace": "argocd", "pod": pod, "repo": repo, "request_type": kind},
			counter(start.Add(-time.Hour), window.End.Add(time.Hour), time.Minute, each, 5)}
	}
	process := func(metric, pod string, each float64) fakeSeries {
		return fakeSeries{metric, map[string]string{"namespace": "argocd", "pod": pod}, counter(start.Add(-time.Hour), window.End.Add(time.Hour), time.Minute, each, 5)}
	}
	const repo = "https://git.example.com/fleet.git"
	measureWith(t, c,
		git("repo-1", "https://robot:hunter2@git.example.com/fleet.git", "ls-remote", 1), git("repo-2", repo, "ls-remote", 2),
		git("repo-1", repo, "fetch", 0.5), git("repo-1", "http://[::", "fetch", 9),
		process(eventsMetric, "app-0", 30), process(eventsMetric, "app-1", 10), process(kubectlMetric, "app-0", 1),
	)
	k := &c.Controllers[0]
	total := collector.Duration{Duration: 72 * time.Hour}
	const minutes = 72 * 60
	want := []collector.GitRequests{{URL: repo, Kind: "ls-remote", Count: 3 * minutes, Span: total}, {URL: repo, Kind: "fetch", Count: minutes / 2, Span: total}}
	if diff := cmp.Diff(want, k.GitRequests); diff != "" {
		t.Error(diff)
	}
	if k.ClusterEvents != (collector.Counted{Count: 40 * minutes, Span: total}) || k.KubectlRuns != (collector.Counted{Count: minutes, Span: total}) {
		t.Errorf("events %+v, kubectl %+v", k.ClusterEvents, k.KubectlRuns)
	}
}
