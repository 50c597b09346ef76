package prom

import (
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
)

func TestRequestsAreCountedByWhoMadeThem(t *testing.T) {
	before, after := start.Add(-time.Hour), window.End.Add(time.Hour)
	steady := func(metric string, period time.Duration, kv ...string) fakeSeries {
		return fakeSeries{metric, with(map[string]string{}, kv...), counter(before, after, period, 1, 1e6)}
	}
	c := shop()
	c.Workloads = append(c.Workloads, workload("Deployment", "flux-system", "kustomize-controller", "manager"), workload("Deployment", "flux-system", "source-controller", "manager"))
	c.Controllers = []collector.Controller{
		{Kind: "argocd", Namespace: "argocd", Name: "argocd-cm"},
		{Kind: "kustomize-controller", Namespace: "flux-system", Name: "kustomize-controller"},
		{Kind: "source-controller", Namespace: "flux-system", Name: "source-controller"},
	}
	flux := func(pod string) []string { return []string{"namespace", "flux-system", "pod", pod} }
	collectWith(t, c,
		steady(serverMetric, time.Second, "instance", "10.0.0.1:443"), steady(serverMetric, 2*time.Second, "instance", "10.0.0.2:443"),
		steady(clientMetric, time.Minute, flux("kustomize-controller-7d4b9c6f5d-gggg2")...), steady(clientMetric, time.Minute, flux("kustomize-controller-7d4b9c6f5d-x2x4z")...),
		steady(clientMetric, time.Second, flux("someone-7d4b9c6f5d-x2x4z")...),
		steady(argoClientMetric, time.Minute, "namespace", "argo"), steady(argoClientMetric, time.Minute, "namespace", "argo", "pod", "1", "server", "https://kubernetes.default.svc"),
		steady(argoClientMetric, time.Second, "namespace", "argo", "server", "https://far.example.com"),
	)
	const minutes = 72 * 60
	if got := c.ControlPlane.Requests; got != 90*minutes {
		t.Errorf("the API server answered %d, want %d", got, 90*minutes)
	}
	for i, want := range []int64{2 * minutes, 2 * minutes, 0} {
		if got := c.Controllers[i].APIRequests; got != want {
			t.Errorf("%s sent %d, want %d", c.Controllers[i].Name, got, want)
		}
	}
	if strings.Contains(gaps(c), "requests") {
		t.Errorf("gaps %s", gaps(c))
	}
}

func TestEachOfSeveralArgoCDsTakesItsNamespaces(t *testing.T) {
	c := shop()
	c.Controllers = []collector.Controller{{Kind: "argocd", Namespace: "argo-1", Name: "argocd-cm"}, {Kind: "argocd", Namespace: "argo-2", Name: "argocd-cm"}}
	collectWith(t, c, fakeSeries{argoClientMetric, map[string]string{"namespace": "argo-2"}, counter(start, window.End.Add(time.Hour), time.Minute, 1, 0)})
	if got := []int64{c.Controllers[0].APIRequests, c.Controllers[1].APIRequests}; got[0] != 0 || got[1] != 72*60 {
		t.Errorf("%v", got)
	}
}

func TestRequestsThatWereNotSeenWhole(t *testing.T) {
	hour := func(n int) time.Time { return start.Add(time.Duration(n) * time.Hour) }
	tests := []struct {
		rule  string
		value func(time.Time) (float64, bool)
		fail  bool
		want  int64
		gap   string
	}{
		{"a restart costs its step", func(at time.Time) (float64, bool) {
			if at.After(hour(40)) {
				at = at.Add(-40 * time.Hour)
			}
			return at.Sub(start).Hours() * 60, true
		}, false, 72*60 - 15, ""},
		{"half of the window is said", counter(hour(36), hour(80), time.Hour, 60, 0), false, 36 * 60, "apiserver_request_total was seen in less than nine tenths of the window"},
		{"none of it is said where it fails", always(1), true, 0, "queries failed, first apiserver_request_total: 500: no"},
		{"nonsense is no request", always(math.Inf(1)), false, 0, ""},
		{"nor is it at once", func(at time.Time) (float64, bool) { return float64(at.Unix()) * 1e15, true }, false, 0, ""},
	}
	for _, tt := range tests {
		f, c := newFake(t, append(usage("shop", livePod, "app", 1, 1), fakeSeries{serverMetric, map[string]string{"instance": "x"}, tt.value})...), shop()
		f.refuse = func(a asked, w http.ResponseWriter) bool {
			return tt.fail && strings.Contains(a.query, serverMetric+"{") && refuseWith(500, "no")(a, w)
		}
		if err := f.source(t, nil).Collect(t.Context(), window, c); err != nil {
			t.Fatal(err)
		}
		if got := c.ControlPlane.Requests; got != tt.want {
			t.Errorf("%s: %d requests, want %d", tt.rule, got, tt.want)
		}
		if got := gaps(c); !strings.Contains(got, tt.gap) || tt.gap == "" && strings.Contains(got, serverMetric) {
			t.Errorf("%s: gaps %s", tt.rule, got)
		}
	}
}
