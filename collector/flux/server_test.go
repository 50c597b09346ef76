package flux

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

// api is an API server on loopback that serves the given objects, and nothing
// else. Kinds and versions are those of the objects; the first version seen of a
// group is its preferred one.
type api struct {
	objects []map[string]any
	// answer, where set, may answer a request itself by returning true.
	answer func(w http.ResponseWriter, r *http.Request) bool
	// page is the most objects a page holds; 0 means no bound.
	page int

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
	a.requests = append(a.requests, r.URL.Path)
	a.mu.Unlock()
	if a.answer != nil && a.answer(w, r) {
		return
	}
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	switch {
	case r.Method == http.MethodGet && r.URL.Path == "/api/v1/events":
		a.list(w, r, "v1", "events")
	case r.Method != http.MethodGet || parts[0] != "apis" || len(parts) > 4:
		refuse(w, http.StatusNotFound, "NotFound")
	case len(parts) == 1:
		reply(w, a.groups())
	case len(parts) == 3:
		reply(w, a.resources(parts[1]+"/"+parts[2]))
	case len(parts) == 4:
		a.list(w, r, parts[1]+"/"+parts[2], parts[3])
	}
}

func (a *api) groups() any {
	type version map[string]string
	type group struct {
		Name      string    `json:"name"`
		Versions  []version `json:"versions"`
		Preferred version   `json:"preferredVersion"`
	}
	groups := []*group{{Name: "apps", Versions: []version{{"groupVersion": "apps/v1", "version": "v1"}}}}
	seen := map[string]*group{}
	versions := map[string]bool{}
	for _, o := range a.objects {
		gv := o["apiVersion"].(string)
		name, v, grouped := strings.Cut(gv, "/")
		if versions[gv] || !grouped {
			continue
		}
		versions[gv] = true
		this := version{"groupVersion": gv, "version": v}
		if seen[name] == nil {
			seen[name] = &group{Name: name, Preferred: this}
			groups = append(groups, seen[name])
		}
		seen[name].Versions = append(seen[name].Versions, this)
	}
	return map[string]any{"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}
}

func (a *api) resources(gv string) any {
	resources := []any{}
	seen := map[string]bool{}
	for _, o := range a.objects {
		kind := o["kind"].(string)
		if o["apiVersion"] != gv || seen[kind] {
			continue
		}
		seen[kind] = true
		for _, name := range []string{plural(kind) + "/status", plural(kind)} {
			resources = append(resources, map[string]any{"name": name, "kind": kind, "namespaced": true, "verbs": []string{"get", "list"}})
		}
	}
	return map[string]any{"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": gv, "resources": resources}
}

func (a *api) list(w http.ResponseWriter, r *http.Request, gv, resource string) {
	items := []any{}
	for _, o := range a.objects {
		of, selected := strings.CutPrefix(r.URL.Query().Get("fieldSelector"), "involvedObject.kind=")
		if selected && at(o, "involvedObject.kind") != of {
			continue
		}
		if o["apiVersion"] == gv && plural(o["kind"].(string)) == resource {
			items = append(items, o)
		}
	}
	meta := map[string]any{"resourceVersion": "1"}
	from, _ := strconv.Atoi(r.URL.Query().Get("continue"))
	items = items[min(from, len(items)):]
	if a.page > 0 && r.URL.Query().Get("limit") != "" && len(items) > a.page {
		items = items[:a.page]
		meta["continue"] = strconv.Itoa(from + a.page)
	}
	reply(w, map[string]any{"kind": "List", "apiVersion": gv, "metadata": meta, "items": items})
}

func plural(kind string) string {
	s := strings.ToLower(kind)
	if stem, ok := strings.CutSuffix(s, "y"); ok {
		return stem + "ies"
	}
	return s + "s"
}

func reply(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

func refuse(w http.ResponseWriter, code int, reason string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(map[string]any{"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "code": code,
		"message": "made up by the test"})
}

func loadObjects(t testing.TB, file string) []map[string]any {
	t.Helper()
	b, err := os.ReadFile(file)
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
