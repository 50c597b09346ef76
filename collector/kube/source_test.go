package kube

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"

	"github.com/tuppence-dev/tuppence/collector"
)

// loginAgain is what a 401 says, whose name HTTP spells the American way.
var loginAgain = "401 " + http.StatusText(http.StatusUnauthorized) + ": the credentials are expired or wrong; log in again"

// small is a cluster with one of each that matters to reach a workload.
func small() *fakeAPI {
	return &fakeAPI{objects: map[string][]runtime.Object{
		"/api/v1/nodes":             {&corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "n1"}}},
		"/apis/apps/v1/deployments": {aDeployment("web", 2)},
		"/apis/apps/v1/replicasets": {aReplicaSet("web-77", "web")},
		"/api/v1/pods": {
			aPod("shop", "web-77-a", "n1", "apps/v1", "ReplicaSet", "web-77"),
			aPod("shop", "web-77-b", "n1", "apps/v1", "ReplicaSet", "web-77"),
		},
	}}
}

func TestCollectReadsTheClusterInProtobufAndPutsPodsToWorkloads(t *testing.T) {
	f := small()
	var accepted []string
	f.handle = func(_ http.ResponseWriter, r *http.Request) bool {
		f.mu.Lock()
		defer f.mu.Unlock()
		if r.URL.Path == "/api/v1/pods" {
			accepted = append(accepted, r.Header.Get("Accept"), r.Header.Get("User-Agent"))
		}
		return false
	}
	c, err := collect(t, f)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Gaps) != 0 || c.Version != "v1.34.1" || len(c.Nodes) != 1 || len(c.Workloads) != 1 {
		t.Fatalf("gaps %v, version %q, nodes %d, workloads %d", c.Gaps, c.Version, len(c.Nodes), len(c.Workloads))
	}
	web := c.Workloads[0]
	if web.Kind != "Deployment" || web.Replicas != 2 || !slices.Equal(web.Placements, []collector.Placement{{Node: "n1", Pods: 2}}) {
		t.Errorf("workload %+v", web)
	}
	want := map[collector.PodRef]collector.WorkloadRef{{Namespace: "shop", Name: "web-77-a"}: web.Ref(), {Namespace: "shop", Name: "web-77-b"}: web.Ref()}
	if d := cmp.Diff(want, c.PodOwners); d != "" {
		t.Error(d)
	}
	if !strings.HasPrefix(accepted[0], "application/vnd.kubernetes.protobuf") || !strings.HasPrefix(accepted[1], "tuppence/") {
		t.Errorf("asked with %q", accepted)
	}
}

func TestListsArePagedAndEveryPageIsRead(t *testing.T) {
	f := small()
	for i := range 1200 {
		f.objects["/api/v1/pods"] = append(f.objects["/api/v1/pods"], aPod("many", fmt.Sprint("p", i), "n1", "", "", ""))
	}
	c, err := collect(t, f)
	if err != nil || len(c.PodOwners) != 1202 {
		t.Fatalf("%d pods, %v", len(c.PodOwners), err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	var asked []string
	for _, r := range f.requests {
		if strings.HasPrefix(r, "/api/v1/pods") {
			asked = append(asked, r)
		}
	}
	want := []string{"/api/v1/pods?limit=500", "/api/v1/pods?continue=500&limit=500", "/api/v1/pods?continue=1000&limit=500"}
	if d := cmp.Diff(want, asked); d != "" {
		t.Error(d)
	}
}

func TestAContinueTokenThatExpiresStartsTheListOverOnceUnpaged(t *testing.T) {
	for _, always := range []bool{false, true} {
		f := small()
		for i := range 600 {
			f.objects["/api/v1/pods"] = append(f.objects["/api/v1/pods"], aPod("many", fmt.Sprint("p", i), "n1", "", "", ""))
		}
		f.handle = func(w http.ResponseWriter, r *http.Request) bool {
			again := always && !r.URL.Query().Has("limit")
			if r.URL.Path != "/api/v1/pods" || !r.URL.Query().Has("continue") && !again {
				return false
			}
			status(w, http.StatusGone)
			return true
		}
		c, err := collect(t, f)
		if err != nil {
			t.Fatal(err)
		}
		if want := map[bool]int{false: 602, true: 0}[always]; len(c.PodOwners) != want || (len(c.Gaps) > 0) != always {
			t.Errorf("always %v: %d pods, gaps %v", always, len(c.PodOwners), gapLines(c))
		}
	}
}

func TestAServerThatRepeatsAPageIsGivenUp(t *testing.T) {
	f := small()
	f.handle = func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/apis/apps/v1/daemonsets" {
			return false
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"kind":"DaemonSetList","apiVersion":"apps/v1","metadata":{"continue":"x"},"items":[]}`)
		return true
	}
	c, err := collect(t, f)
	if want := []string{"cannot list daemonsets.apps: the API server gives the same page again and again"}; err != nil || !slices.Equal(gapLines(c), want) {
		t.Error(err, gapLines(c))
	}
}

func TestWhatOneResourceAnswersIsOneGapAndTheRestGoesOn(t *testing.T) {
	for name, tc := range map[string]struct {
		path string
		code int
		want string
	}{
		"forbidden":          {"/apis/autoscaling/v2/horizontalpodautoscalers", 403, "cannot list horizontalpodautoscalers.autoscaling: forbidden; grant list on horizontalpodautoscalers.autoscaling (see deploy/)"},
		"not served":         {"/apis/policy/v1/poddisruptionbudgets", 404, "cannot list poddisruptionbudgets.policy: not served by this API server; it may be too old"},
		"one 401 of many":    {"/api/v1/limitranges", 401, "cannot list limitranges: " + loginAgain},
		"an internal error":  {"/api/v1/nodes", 500, "cannot list nodes: refused for the test"},
		"version is denied":  {"/version", 403, "cannot read the API server's version: forbidden; grant get on /version (see deploy/)"},
		"version is no JSON": {"/version", 200, "cannot read the API server's version: the answer is not that of a Kubernetes API server"},
	} {
		t.Run(name, func(t *testing.T) {
			f := small()
			f.handle = func(w http.ResponseWriter, r *http.Request) bool {
				if r.URL.Path != tc.path {
					return false
				}
				if tc.code == 200 {
					fmt.Fprint(w, "<html>log in</html>")
				} else {
					status(w, tc.code)
				}
				return true
			}
			c, err := collect(t, f)
			if err != nil || len(c.Workloads) != 1 {
				t.Fatalf("%v, %d workloads", err, len(c.Workloads))
			}
			if d := cmp.Diff([]string{tc.want}, gapLines(c)); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestAClusterWithoutNodesSaysSo(t *testing.T) {
	f := small()
	delete(f.objects, "/api/v1/nodes")
	c, err := collect(t, f)
	if want := []string{"the cluster has no nodes, so there is nothing to price"}; err != nil || !slices.Equal(gapLines(c), want) {
		t.Error(err, gapLines(c))
	}
}

func TestAClusterOfWhichNothingCanBeReadIsOneError(t *testing.T) {
	for name, tc := range map[string]struct {
		refuse map[string]int
		kind   func(error) bool
		want   string
	}{
		"all is forbidden":     {everything(403), apierrors.IsForbidden, "403 Forbidden: neither nodes nor pods nor workloads may be listed; bind the read-only role of deploy/ to this account"},
		"all is unauthorised":  {map[string]int{"/version": 401}, apierrors.IsUnauthorized, loginAgain},
		"only version answers": {everything(401), apierrors.IsUnauthorized, "nothing could be listed: " + loginAgain},
	} {
		t.Run(name, func(t *testing.T) {
			f := small()
			f.refuse = tc.refuse
			c, err := collect(t, f)
			if err == nil || !strings.HasSuffix(err.Error(), tc.want) || !tc.kind(err) || len(c.Gaps) != 0 {
				t.Errorf("error %v, gaps %v", err, c.Gaps)
			}
		})
	}
}

func TestARefusedConnectionIsOneClearLine(t *testing.T) {
	gone := httptest.NewServer(nil)
	gone.Close()
	c, err := collect(t, small(), func(cfg *rest.Config) { cfg.Host = gone.URL })
	want := strings.TrimPrefix(gone.URL, "http://") + ": connect: connection refused; is the API server up and reachable from here?"
	if err == nil || err.Error() != want || len(c.Gaps) != 0 {
		t.Errorf("got %v", err)
	}
}

func TestAnUnknownHostIsOneClearLine(t *testing.T) {
	line := why("nodes", &net.OpError{Op: "dial", Err: &net.DNSError{Name: "k8s.invalid", IsNotFound: true}})
	if want := `host "k8s.invalid" cannot be resolved; check the cluster's server address`; line != want {
		t.Errorf("got %q", line)
	}
}

func TestAClusterThatHangsEndsWithinTheRequestTimeout(t *testing.T) {
	f := &fakeAPI{handle: func(_ http.ResponseWriter, r *http.Request) bool {
		<-r.Context().Done()
		return true
	}}
	_, err := collect(t, f, func(cfg *rest.Config) { cfg.Timeout = 50 * time.Millisecond })
	if err == nil || !strings.HasSuffix(err.Error(), ": no answer in time; is the API server up and reachable from here?") {
		t.Errorf("got %v", err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.requests) != 1 {
		t.Errorf("asked %d times for what would hang again", len(f.requests))
	}
}

func TestAListThatHangsIsAGapAndTheRestIsRead(t *testing.T) {
	f := small()
	f.handle = func(_ http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/apis/batch/v1/jobs" {
			return false
		}
		<-r.Context().Done()
		return true
	}
	c, err := collect(t, f, func(cfg *rest.Config) { cfg.Timeout = 2 * time.Second })
	if want := []string{"cannot list jobs.batch: no answer in time; is the API server up and reachable from here?"}; err != nil || !slices.Equal(gapLines(c), want) {
		t.Error(err, gapLines(c))
	}
}

func TestACancelledCollectStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	f := small()
	f.handle = func(http.ResponseWriter, *http.Request) bool { cancel(); return false }
	s := serve(t, f)
	if err := s.Collect(ctx, window, &collector.Cluster{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestAbsentCustomResourcesAreNoGap(t *testing.T) {
	group := func(groupVersion, resource string) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path != "/apis/"+groupVersion {
				return false
			}
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprintf(w, `{"kind":"APIResourceList","apiVersion":"v1","groupVersion":%q,"resources":[{"name":%q}]}`, groupVersion, resource)
			return true
		}
	}
	for _, r := range []schema.GroupVersionResource{rolloutResource, canaryResource, verticalResource} {
		served := r.GroupVersion().String()
		for name, tc := range map[string]struct {
			refuse int
			handle func(http.ResponseWriter, *http.Request) bool
			gap    bool
		}{
			"not installed":                                      {refuse: 404},
			"not installed and not allowed":                      {refuse: 403},
			"another of the group is installed, and not allowed": {refuse: 403, handle: group(served, "others")},
			"installed and not allowed":                          {refuse: 403, handle: group(served, r.Resource), gap: true},
		} {
			t.Run(r.Resource+" "+name, func(t *testing.T) {
				f := small()
				f.refuse, f.handle = map[string]int{"/apis/" + served + "/" + r.Resource: tc.refuse}, tc.handle
				c, err := collect(t, f)
				var want []string
				if name := r.Resource + "." + r.Group; tc.gap {
					want = []string{"cannot list " + name + ": forbidden; grant list on " + name + " (see deploy/)"}
				}
				if d := cmp.Diff(want, gapLines(c)); err != nil || d != "" {
					t.Error(err, d)
				}
			})
		}
	}
}

func TestARolloutThatCannotBeReadIsAGapAndKeepsItsName(t *testing.T) {
	f := small()
	f.raw = map[string]string{"/apis/argoproj.io/v1alpha1/rollouts": `[
		{"metadata":{"namespace":"shop","name":"good"},"spec":{"replicas":3,"strategy":{"canary":{"maxSurge":"25%","maxUnavailable":0}},
		 "template":{"metadata":{"labels":{"app":"good"}},"spec":{"containers":[{"name":"c","resources":{"requests":{"cpu":"250m"}}}]}}}},
		{"metadata":{"namespace":"shop","name":"bad"},"spec":{"template":{"spec":{"containers":"none"}}}}]`}
	c, err := collect(t, f)
	if err != nil || len(c.Gaps) != 1 || !strings.HasPrefix(c.Gaps[0].Reason, "rollout shop/bad: its pod template cannot be read: ") {
		t.Fatal(err, gapLines(c))
	}
	bad, good := c.Workloads[1], c.Workloads[2]
	if bad.Name != "bad" || bad.Kind != "Rollout" {
		t.Errorf("got %+v", bad)
	}
	if good.Replicas != 3 || good.Containers[0].Requests.CPU != 250 || good.Rollout != (collector.Strategy{Type: "Canary", MaxUnavailable: "0", MaxSurge: "25%"}) {
		t.Errorf("got %+v", good)
	}
}

func FuzzRollout(f *testing.F) {
	f.Add([]byte(`{"metadata":{"name":"a"},"spec":{"replicas":-1,"template":{"spec":{"containers":[{"name":"c","resources":{"limits":{"cpu":"1e99"}}}]}}}}`))
	f.Add([]byte(`{"metadata":{"labels":3},"spec":{"workloadRef":{"name":"x"},"strategy":{"canary":{"maxSurge":99999999999}}}}`))
	f.Add([]byte(`{"spec":[]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		u := anObject(b)
		if u == nil {
			return
		}
		w := rollout(u)
		if w.Replicas < 0 {
			t.Errorf("%d replicas", w.Replicas)
		}
		if w.template == nil {
			return
		}
		for _, c := range w.template.containers {
			if c.Requests.CPU < 0 || c.Requests.CPU > collector.MaxCPU || c.Limits.Memory < 0 || c.Limits.Memory > collector.MaxMemory {
				t.Errorf("container %+v", c)
			}
		}
	})
}
