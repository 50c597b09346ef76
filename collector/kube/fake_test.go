package kube

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"

	"github.com/tuppence-dev/tuppence/collector"
)

// fakeAPI speaks the list protocol of an API server, in protobuf or JSON as
// asked: paging with limit and continue, Status bodies for refusals.
type fakeAPI struct {
	objects map[string][]runtime.Object                   // by list path
	version string                                        // gitVersion, v1.34.1 where empty
	raw     map[string]string                             // list path to the JSON of its items
	refuse  map[string]int                                // path to the status to answer with
	handle  func(http.ResponseWriter, *http.Request) bool // first; true: answered

	mu       sync.Mutex
	requests []string // path?query
}

// lists is every path that a collection lists.
var listKinds = map[string]schema.GroupVersionKind{
	"/api/v1/nodes":                                 {Version: "v1", Kind: "NodeList"},
	"/api/v1/pods":                                  {Version: "v1", Kind: "PodList"},
	"/api/v1/limitranges":                           {Version: "v1", Kind: "LimitRangeList"},
	"/api/v1/resourcequotas":                        {Version: "v1", Kind: "ResourceQuotaList"},
	"/api/v1/persistentvolumeclaims":                {Version: "v1", Kind: "PersistentVolumeClaimList"},
	"/api/v1/persistentvolumes":                     {Version: "v1", Kind: "PersistentVolumeList"},
	"/api/v1/services":                              {Version: "v1", Kind: "ServiceList"},
	"/api/v1/namespaces":                            {Version: "v1", Kind: "NamespaceList"},
	"/apis/storage.k8s.io/v1/storageclasses":        {Group: "storage.k8s.io", Version: "v1", Kind: "StorageClassList"},
	"/apis/networking.k8s.io/v1/ingresses":          {Group: "networking.k8s.io", Version: "v1", Kind: "IngressList"},
	"/apis/apps/v1/deployments":                     {Group: "apps", Version: "v1", Kind: "DeploymentList"},
	"/apis/apps/v1/replicasets":                     {Group: "apps", Version: "v1", Kind: "ReplicaSetList"},
	"/apis/apps/v1/statefulsets":                    {Group: "apps", Version: "v1", Kind: "StatefulSetList"},
	"/apis/apps/v1/daemonsets":                      {Group: "apps", Version: "v1", Kind: "DaemonSetList"},
	"/apis/batch/v1/jobs":                           {Group: "batch", Version: "v1", Kind: "JobList"},
	"/apis/batch/v1/cronjobs":                       {Group: "batch", Version: "v1", Kind: "CronJobList"},
	"/apis/autoscaling/v2/horizontalpodautoscalers": {Group: "autoscaling", Version: "v2", Kind: "HorizontalPodAutoscalerList"},
	"/apis/policy/v1/poddisruptionbudgets":          {Group: "policy", Version: "v1", Kind: "PodDisruptionBudgetList"},
}

func (f *fakeAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	f.requests = append(f.requests, r.URL.RequestURI())
	f.mu.Unlock()
	if f.handle != nil && f.handle(w, r) {
		return
	}
	path := r.URL.Path
	if code := f.refuse[path]; code != 0 {
		status(w, code)
		return
	}
	if path == "/version" {
		fmt.Fprintf(w, `{"major":"1","minor":"34","gitVersion":%q}`, cmp.Or(f.version, "v1.34.1"))
		return
	}
	if items, ok := f.raw[path]; ok {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"kind":"List","apiVersion":"v1","metadata":{},"items":%s}`, items)
		return
	}
	gvk, ok := listKinds[path]
	if !ok {
		status(w, http.StatusNotFound)
		return
	}
	f.list(w, r, gvk, f.objects[path])
}

// list answers with one page; the continue token is the index of the next item.
func (f *fakeAPI) list(w http.ResponseWriter, r *http.Request, gvk schema.GroupVersionKind, objects []runtime.Object) {
	from, _ := strconv.Atoi(r.URL.Query().Get("continue"))
	to := len(objects)
	if n, _ := strconv.Atoi(r.URL.Query().Get("limit")); n > 0 {
		to = min(to, from+n)
	}
	page := must(scheme.Scheme.New(gvk))
	setItems(page, objects[from:to])
	if to < len(objects) {
		page.(metav1.ListInterface).SetContinue(strconv.Itoa(to))
	}
	media := runtime.ContentTypeJSON
	if strings.HasPrefix(r.Header.Get("Accept"), runtime.ContentTypeProtobuf) {
		media = runtime.ContentTypeProtobuf
	}
	info, _ := runtime.SerializerInfoForMediaType(scheme.Codecs.SupportedMediaTypes(), media)
	var out bytes.Buffer
	if err := scheme.Codecs.EncoderForVersion(info.Serializer, gvk.GroupVersion()).Encode(page, &out); err != nil {
		panic(err)
	}
	w.Header().Set("Content-Type", media)
	_, _ = w.Write(out.Bytes())
}

// setItems goes by JSON, so that it needs no case a kind.
func setItems(list runtime.Object, objects []runtime.Object) {
	raw := must(json.Marshal(map[string]any{"items": objects}))
	if err := json.Unmarshal(raw, list); err != nil {
		panic(err)
	}
}

func status(w http.ResponseWriter, code int) {
	reasons := map[int]metav1.StatusReason{
		401: metav1.StatusReasonUnauthorized, 403: metav1.StatusReasonForbidden, 404: metav1.StatusReasonNotFound,
		410: metav1.StatusReasonExpired, 500: metav1.StatusReasonInternalError,
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(metav1.Status{
		TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"},
		Status:   metav1.StatusFailure, Reason: reasons[code], Code: int32(code), Message: "refused for the test",
	})
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// everything is every path of a collection, refused with code.
func everything(code int) map[string]int {
	all := map[string]int{}
	for _, r := range []schema.GroupVersionResource{rolloutResource, canaryResource, verticalResource} {
		all["/apis/"+r.GroupVersion().String()+"/"+r.Resource] = code
	}
	for path := range listKinds {
		all[path] = code
	}
	return all
}

var window = collector.Window{
	Start: time.Date(2026, 11, 8, 0, 0, 0, 0, time.UTC),
	End:   time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC),
}

// collect reads f into a cluster named "test", without labels.
func collect(t *testing.T, f *fakeAPI, change ...func(*rest.Config)) (*collector.Cluster, error) {
	t.Helper()
	return collectWith(t, f, Options{}, change...)
}

func collectWith(t *testing.T, f *fakeAPI, o Options, change ...func(*rest.Config)) (*collector.Cluster, error) {
	t.Helper()
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	cfg := &rest.Config{Host: server.URL}
	for _, c := range change {
		c(cfg)
	}
	s, err := New(cfg, o)
	if err != nil {
		t.Fatal(err)
	}
	fleet := &collector.Fleet{Clusters: []collector.Cluster{{Name: "test"}}}
	err = s.Collect(t.Context(), window, &fleet.Clusters[0])
	fleet.Normalise()
	return &fleet.Clusters[0], err
}

// gapLines is the reasons of c's gaps.
func gapLines(c *collector.Cluster) []string {
	var out []string
	for _, g := range c.Gaps {
		out = append(out, g.Reason)
	}
	return out
}
