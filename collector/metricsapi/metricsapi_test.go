package metricsapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"github.com/tuppence-dev/tuppence/collector"
)

const listPath = "/apis/metrics.k8s.io/v1beta1/pods"

// cluster has three workloads that run, one of them known already, and one that
// is scaled to zero.
func cluster() *collector.Cluster {
	workload := func(name string, pods int, source string) collector.Workload {
		w := collector.Workload{APIVersion: "apps/v1", Kind: "Deployment", Namespace: "shop", Name: name,
			Containers: []collector.Container{
				{Name: "setup", Role: collector.Init},
				{Name: "app", Usage: collector.Usage{Source: source, Restarts: 3}},
			}}
		if pods > 0 {
			w.Placements = []collector.Placement{{Node: "n1", Pods: pods}}
		}
		return w
	}
	c := &collector.Cluster{Name: "test", PodOwners: map[collector.PodRef]collector.WorkloadRef{}}
	c.Workloads = []collector.Workload{workload("web", 2, ""), workload("api", 1, ""), workload("known", 1, "prometheus"), workload("off", 0, "")}
	for pod, i := range map[string]int{"web-1": 0, "web-2": 0, "api-1": 1, "known-1": 2} {
		c.PodOwners[collector.PodRef{Namespace: "shop", Name: pod}] = c.Workloads[i].Ref()
	}
	return c
}

func sample(pod, at, cpu, memory string) string {
	return fmt.Sprintf(`{"metadata":{"name":%q,"namespace":"shop"},"timestamp":%q,"window":"15s",
		"containers":[{"name":"app","usage":{"cpu":%q,"memory":%q}},{"name":"ghost","usage":{"cpu":"1","memory":"1"}}]}`, pod, at, cpu, memory)
}

func collect(t *testing.T, c *collector.Cluster, h http.HandlerFunc) error {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	s, err := New(&rest.Config{Host: server.URL, Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return s.Collect(t.Context(), collector.Window{}, c)
}

func answer(items ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != listPath {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"kind":"PodMetricsList","apiVersion":"metrics.k8s.io/v1beta1","metadata":{},"items":[%s]}`, strings.Join(items, ","))
	}
}

func TestOneSampleAPodIsGivenToTheWorkloadsThatLackUsage(t *testing.T) {
	c := cluster()
	err := collect(t, c, answer(
		sample("web-1", "2026-11-22T10:00:00Z", "250000000n", "100Mi"),
		sample("web-2", "2026-11-22T10:00:10Z", "500m", "300Mi"),
		sample("api-1", "2026-11-22T10:00:05Z", "1500u", "1Gi"),
		sample("known-1", "2026-11-22T10:00:05Z", "1", "1Gi"),
		sample("stranger", "2026-11-22T10:00:05Z", "1", "1Gi"),
	))
	if err != nil || len(c.Gaps) != 0 {
		t.Fatal(err, c.Gaps)
	}
	web := c.Workloads[0].Containers[1].Usage
	if web.Source != "metrics.k8s.io" || web.Restarts != 3 || len(web.Days) != 1 || web.Days[0].Day != "2026-11-22" {
		t.Fatalf("usage %+v", web)
	}
	cpu, memory, err := web.Merged()
	if err != nil || cpu.Count() != 2 || cpu.Max() != 500 || cpu.Mean() != 375 || memory.Max() != 300<<20 {
		t.Errorf("%v: %d samples, max %v, mean %v, memory %v", err, cpu.Count(), cpu.Max(), cpu.Mean(), memory.Max())
	}
	if api, _, _ := c.Workloads[1].Containers[1].Usage.Merged(); api.Max() != 1.5 {
		t.Errorf("api used %v millicores", api.Max())
	}
	if c.Workloads[0].Containers[0].Usage.Source != "" {
		t.Error("the init container, of which there is no sample, has a source")
	}
	if known := c.Workloads[2].Containers[1].Usage; known.Source != "prometheus" || len(known.Days) != 0 {
		t.Errorf("usage from prometheus was touched: %+v", known)
	}
}

func TestPodsSampledOnEitherSideOfMidnightFallOnTwoDays(t *testing.T) {
	c := cluster()
	_ = collect(t, c, answer(
		sample("web-1", "2026-11-21T23:59:59Z", "1", "1Gi"), sample("web-2", "2026-11-22T00:00:01Z", "1", "1Gi"),
		sample("api-1", "2026-11-22T00:00:01Z", "1", "1Gi")))
	days := c.Workloads[0].Containers[1].Usage.Days
	if len(days) != 2 || days[0].Day != "2026-11-21" || days[1].Day != "2026-11-22" {
		t.Errorf("days %+v", days)
	}
}

func TestAWorkloadWithoutASampleIsAGapNotAZero(t *testing.T) {
	c := cluster()
	err := collect(t, c, answer(
		sample("web-1", "2026-11-22T10:00:00Z", "-1", "-1"), sample("web-2", "2026-11-22T10:00:00Z", "1G", "1e19"),
		sample("api-1", "2026-11-22T10:00:00Z", "1", "1Gi")))
	if err != nil || len(c.Gaps) != 1 || !strings.HasPrefix(c.Gaps[0].Reason, "no sample of 1 of 2 running workloads without other usage: Deployment shop/web first") {
		t.Error(err, c.Gaps)
	}
	if u := c.Workloads[0].Containers[1].Usage; u.Source != "" || u.Days != nil {
		t.Errorf("usage %+v from a negative sample", u)
	}
}

func TestNothingIsAskedWhereNoWorkloadLacksUsage(t *testing.T) {
	c := cluster()
	c.Workloads = c.Workloads[2:]
	err := collect(t, c, func(_ http.ResponseWriter, r *http.Request) { t.Errorf("asked for %s", r.URL) })
	if err != nil || len(c.Gaps) != 0 {
		t.Error(err, c.Gaps)
	}
}

func TestWhatTheMetricsAPIRefusesIsOneClearLine(t *testing.T) {
	for code, want := range map[int]string{
		404: "metrics.k8s.io is not served: install metrics-server, or give the cluster a Prometheus",
		503: "metrics.k8s.io is not served: install metrics-server, or give the cluster a Prometheus",
		403: "cannot list pods.metrics.k8s.io: forbidden; grant list on pods.metrics.k8s.io (see deploy/)",
		401: "401 " + http.StatusText(http.StatusUnauthorized) + ": the credentials are expired or wrong; log in again",
	} {
		err := collect(t, cluster(), func(w http.ResponseWriter, _ *http.Request) { refuse(w, code) })
		if err == nil || err.Error() != want {
			t.Errorf("%d: %v", code, err)
		}
	}
}

func refuse(w http.ResponseWriter, code int) {
	reasons := map[int]metav1.StatusReason{401: metav1.StatusReasonUnauthorized, 403: metav1.StatusReasonForbidden,
		404: metav1.StatusReasonNotFound, 503: metav1.StatusReasonServiceUnavailable}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(metav1.Status{TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"},
		Status: "Failure", Reason: reasons[code], Code: int32(code)})
}

func TestAMetricsAPIThatHangsEnds(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	t.Cleanup(server.Close)
	s, _ := New(&rest.Config{Host: server.URL, Timeout: 50 * time.Millisecond})
	err := s.Collect(t.Context(), collector.Window{}, cluster())
	if want := "no answer in time from metrics.k8s.io; is metrics-server well?"; err == nil || err.Error() != want {
		t.Error(err)
	}
}
