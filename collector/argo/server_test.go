package argo

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/rest"
)

const (
	applicationsPath = "/apis/argoproj.io/v1alpha1/applications"
	setsPath         = "/apis/argoproj.io/v1alpha1/applicationsets"
)

func settingsPath(ns string) string { return mapPath(ns, "argocd-cm") }

func mapPath(ns, name string) string { return "/api/v1/namespaces/" + ns + "/configmaps/" + name }

// api is an API server on loopback that lists Applications and ApplicationSets and gives ConfigMaps
// by name, out of the given objects, and nothing else.
type api struct {
	objects []map[string]any
	noKind  bool           // the cluster has no Application kind
	status  map[string]int // answer of a path, in place of the usual one
	once    bool           // of which each is given once only
	page    int            // the most objects of a page; 0 means no bound
	hang    func(*http.Request) bool

	mu       sync.Mutex
	requests []string
}

func (a *api) start(t *testing.T) *rest.Config {
	t.Helper()
	s := httptest.NewServer(a)
	t.Cleanup(s.Close)
	return &rest.Config{Host: s.URL, QPS: -1}
}

func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	a.requests = append(a.requests, r.Method+" "+r.URL.Path)
	code := a.status[r.URL.Path]
	if a.once {
		delete(a.status, r.URL.Path)
	}
	a.mu.Unlock()
	switch {
	case a.hang != nil && a.hang(r):
		<-r.Context().Done()
	case code != 0:
		refuse(w, code)
	case r.Method == http.MethodGet && r.URL.Path == applicationsPath && a.noKind:
		http.NotFound(w, r) // as a real one answers for a group it doesn't have: no Status
	case r.Method == http.MethodGet && r.URL.Path == applicationsPath:
		a.list(w, r, "Application")
	case r.Method == http.MethodGet && r.URL.Path == setsPath:
		a.list(w, r, "ApplicationSet")
	case r.Method == http.MethodGet:
		for _, o := range a.objects {
			if m, _ := o["metadata"].(map[string]any); o["kind"] == "ConfigMap" && r.URL.Path == mapPath(m["namespace"].(string), m["name"].(string)) {
				reply(w, o)
				return
			}
		}
		refuse(w, http.StatusNotFound)
	default:
		refuse(w, http.StatusMethodNotAllowed)
	}
}

func (a *api) list(w http.ResponseWriter, r *http.Request, kind string) {
	items := []any{}
	for _, o := range a.objects {
		if o["kind"] == kind {
			items = append(items, o)
		}
	}
	from, _ := strconv.Atoi(r.URL.Query().Get("continue"))
	items, meta := items[min(from, len(items)):], map[string]any{}
	if a.page > 0 && r.URL.Query().Get("limit") != "" && len(items) > a.page {
		items, meta["continue"] = items[:a.page], strconv.Itoa(from+a.page)
	}
	reply(w, map[string]any{"kind": kind + "List", "apiVersion": "argoproj.io/v1alpha1", "metadata": meta, "items": items})
}

func reply(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

func refuse(w http.ResponseWriter, code int) {
	reason := map[int]string{403: "Forbidden", 401: "Unauthorized", 404: "NotFound", 410: "Expired", 500: "InternalError"}[code]
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(map[string]any{"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "code": code,
		"message": "made up by the test"})
}

func loadObjects(t testing.TB) []map[string]any {
	t.Helper()
	b, err := os.ReadFile("testdata/objects.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var objects []map[string]any
	for d := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(b), 4096); ; {
		var o map[string]any
		err := d.Decode(&o)
		if errors.Is(err, io.EOF) {
			return objects
		}
		if err != nil {
			t.Fatal(err)
		}
		objects = append(objects, o)
	}
}

func app(ns, name, controllerNamespace string) map[string]any {
	o := map[string]any{"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": map[string]any{"namespace": ns, "name": name}}
	if controllerNamespace != "" {
		o["status"] = map[string]any{"controllerNamespace": controllerNamespace}
	}
	return o
}

func configMap(ns string, data map[string]any) map[string]any {
	return map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"namespace": ns, "name": "argocd-cm"}, "data": data}
}

func anySecretRead(requests []string) bool {
	for _, r := range requests {
		if strings.Contains(r, "/secrets") || !strings.HasPrefix(r, "GET ") {
			return true
		}
	}
	return false
}
