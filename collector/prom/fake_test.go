package prom

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
)

// fakeSeries answers for one series of a metric: value gives what the query
// about that metric should return at t, and whether anything.
type fakeSeries struct {
	metric string
	labels map[string]string
	value  func(t time.Time) (float64, bool)
}

// asked is one request as the fake saw it.
type asked struct {
	path, query string
	start, end  time.Time // both the time of an instant query
	step        time.Duration
	header      http.Header
}

// fake speaks the shape of the API. It does not evaluate PromQL: it picks
// series by the metric and the matchers that the query names.
type fake struct {
	*httptest.Server
	mu     sync.Mutex
	series []fakeSeries
	asked  []asked
	// refuse, where set, may answer in the server's place.
	refuse   func(a asked, w http.ResponseWriter) bool
	warnings []string
	slept    []time.Duration
}

func newFake(t testing.TB, series ...fakeSeries) *fake {
	f := &fake{series: series}
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	return f
}

// source is a Source on f that never really sleeps.
func (f *fake) source(t testing.TB, edit func(*Config)) *Source {
	t.Helper()
	c := Config{URL: f.URL, QueryTimeout: 5 * time.Second, Parallel: 1}
	if edit != nil {
		edit(&c)
	}
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	s.client.sleep = func(ctx context.Context, d time.Duration) error {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.slept = append(f.slept, d)
		return ctx.Err()
	}
	return s
}

func (f *fake) requests(containing string) []asked {
	f.mu.Lock()
	defer f.mu.Unlock()
	var found []asked
	for _, a := range f.asked {
		if strings.Contains(a.path+" "+a.query, containing) {
			found = append(found, a)
		}
	}
	return found
}

func (f *fake) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if err := req.ParseForm(); err != nil {
		http.Error(w, err.Error(), 500)
		return
	}
	a := asked{path: req.URL.Path, query: req.Form.Get("query") + req.Form.Get("match[]"), header: req.Header}
	a.start, a.end = unix(req.Form, "start"), unix(req.Form, "end")
	if v := req.Form.Get("time"); v != "" {
		a.start, a.end = unix(req.Form, "time"), unix(req.Form, "time")
	}
	step, _ := strconv.ParseFloat(req.Form.Get("step"), 64)
	a.step = time.Duration(step * float64(time.Second))
	f.mu.Lock()
	f.asked = append(f.asked, a)
	f.mu.Unlock()
	if f.refuse != nil && f.refuse(a, w) {
		return
	}
	switch {
	case strings.HasSuffix(a.path, "/labels"):
		all := []string{}
		for _, s := range f.series {
			for k := range s.labels {
				if !slices.Contains(all, k) {
					all = append(all, k)
				}
			}
		}
		f.answer(w, all)
	case strings.HasSuffix(a.path, "/label/__name__/values"):
		f.answer(w, f.values(a.query, func(s fakeSeries) string { return s.metric }))
	case strings.HasSuffix(a.path, "/values"):
		key := strings.Split(strings.TrimSuffix(a.path, "/values"), "/label/")[1]
		f.answer(w, f.values(a.query, func(s fakeSeries) string { return s.labels[key] }))
	case strings.HasSuffix(a.path, "/query"):
		f.answer(w, map[string]any{"resultType": "vector", "result": f.eval(a)})
	case strings.HasSuffix(a.path, "/query_range"):
		f.answer(w, map[string]any{"resultType": "matrix", "result": f.eval(a)})
	default:
		http.NotFound(w, req)
	}
}

func (f *fake) answer(w http.ResponseWriter, data any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"status": "success", "data": data, "warnings": f.warnings})
}

func unix(form url.Values, key string) time.Time {
	v, _ := strconv.ParseFloat(form.Get(key), 64)
	return time.UnixMilli(int64(math.Round(v * 1000))).UTC()
}

// fakeMetrics in the order in which a query is told by them: the query about
// OOM kills names the restarts as well.
var fakeMetrics = []string{
	coresMetric,
	lastReasonMetric, reasonMetric, restartMetric, oomMetric, podOwnerMetric, setOwnerMetric, jobOwnerMetric,
	cpuMetric, memoryMetric, fluxMetric + "_count", fluxMetric + "_sum", argoMetric + "_count", argoMetric + "_sum",
	podInfoMetric, nodeInfoMetric, egressMetric, serverMetric, clientMetric, argoClientMetric,
	depthMetric, residentBytes, gitMetric, eventsMetric, kubectlMetric,
}

var joinedWith = regexp.MustCompile(`and on \(instance,job\) group by \(instance,job\) \((\w+)(\{.*)`)

var matcher = regexp.MustCompile(`(\w+)(=~|=)"([^"]*)"`)

// matches reports whether the first selector of query takes s, its namespace
// under either label.
func (s fakeSeries) matches(query string) bool {
	first, _, _ := strings.Cut(query, "}")
	for _, m := range matcher.FindAllStringSubmatch(first, -1) {
		key, pattern := m[1], strings.ReplaceAll(m[3], `\\`, `\`)
		got := s.labels[key]
		switch key {
		case "__name__":
			got = s.metric
		case "exported_namespace", "exported_node", "container", "reason":
			continue
		case "namespace", "pod", "node":
			if e := s.labels["exported_"+key]; e != "" {
				got = e
			}
		}
		if m[2] == "=" && got != pattern || m[2] == "=~" && !regexp.MustCompile("^(?:"+pattern+")$").MatchString(got) {
			return false
		}
	}
	return true
}

func (f *fake) values(query string, of func(fakeSeries) string) []string {
	metric, _, _ := strings.Cut(query, "{")
	all := []string{}
	for _, s := range f.series {
		if v := of(s); v != "" && !slices.Contains(all, v) && (metric == "" || metric == s.metric) && s.matches(query) {
			all = append(all, v)
		}
	}
	return all
}

func (f *fake) eval(a asked) []map[string]any {
	i := slices.IndexFunc(fakeMetrics, func(m string) bool { return strings.Contains(a.query, m+"{") })
	var beside map[string]bool // instances that the query wants another metric of
	if m := joinedWith.FindStringSubmatch(a.query); m != nil {
		beside = map[string]bool{}
		for _, s := range f.series {
			beside[s.labels["instance"]] = beside[s.labels["instance"]] || s.metric == m[1] && s.matches(m[2])
		}
	}
	several := strings.Contains(a.query, "__name__=~") // each series under its own name
	result := []map[string]any{}
	for _, s := range f.series {
		if beside != nil && !beside[s.labels["instance"]] {
			continue
		}
		if !several && (i < 0 || s.metric != fakeMetrics[i]) || !s.matches(a.query) {
			continue
		}
		labels := map[string]string{}
		if several {
			labels["__name__"] = s.metric
		}
		for k, v := range s.labels {
			if !clusterNames.MatchString(k) {
				labels[k] = v
			}
		}
		var values [][2]any
		for t := a.start; !t.After(a.end); t = t.Add(max(a.step, time.Second)) {
			if v, ok := s.value(t); ok {
				values = append(values, [2]any{float64(t.Unix()), strconv.FormatFloat(v, 'g', -1, 64)})
			}
		}
		switch {
		case len(values) == 0:
		case a.step == 0:
			result = append(result, map[string]any{"metric": labels, "value": values[0]})
		default:
			result = append(result, map[string]any{"metric": labels, "values": values})
		}
	}
	return result
}

var (
	start  = time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	window = collector.Window{Start: start, End: start.Add(72 * time.Hour)}
)

func always(v float64) func(time.Time) (float64, bool) {
	return func(time.Time) (float64, bool) { return v, true }
}

// within is v in (from, to].
func within(from, to time.Time, v float64) func(time.Time) (float64, bool) {
	return func(t time.Time) (float64, bool) { return v, t.After(from) && !t.After(to) }
}

// on is v on the days that end at the given times.
func on(v float64, ends ...time.Time) func(time.Time) (float64, bool) {
	return func(t time.Time) (float64, bool) { return v, slices.ContainsFunc(ends, t.Equal) }
}

func container(ns, pod, c string) map[string]string {
	return map[string]string{"namespace": ns, "pod": pod, "container": c}
}

func with(m map[string]string, kv ...string) map[string]string {
	for i := 0; i < len(kv); i += 2 {
		m[kv[i]] = kv[i+1]
	}
	return m
}

// usage is steady CPU in cores and memory in bytes of a pod's container.
func usage(ns, pod, c string, cores, bytes float64) []fakeSeries {
	return []fakeSeries{
		{cpuMetric, container(ns, pod, c), always(cores)}, {memoryMetric, container(ns, pod, c), always(bytes)},
	}
}

func workload(kind, ns, n string, containers ...string) collector.Workload {
	w := collector.Workload{APIVersion: "apps/v1", Kind: kind, Namespace: ns, Name: n, Replicas: 1}
	for _, c := range containers {
		w.Containers = append(w.Containers, collector.Container{Name: c})
	}
	return w
}

// one is a cluster of one Deployment with one live pod.
func one() *collector.Cluster {
	c := &collector.Cluster{Name: "prod-lon", Workloads: []collector.Workload{workload("Deployment", "shop", "web", "app")}}
	c.PodOwners = map[collector.PodRef]collector.WorkloadRef{{Namespace: "shop", Name: livePod}: c.Workloads[0].Ref()}
	return c
}

const livePod = "web-7d4b9c6f5d-x2x4z"

func gaps(c *collector.Cluster) string {
	var all []string
	for _, g := range c.Gaps {
		all = append(all, g.String())
	}
	slices.Sort(all)
	return strings.Join(all, "\n")
}

func merged(t *testing.T, c *collector.Cluster, w, i int) (cpu, memory *collector.Sketch) {
	t.Helper()
	cpu, memory, err := c.Workloads[w].Containers[i].Usage.Merged()
	if err != nil {
		t.Fatal(err)
	}
	return cpu, memory
}

func refuseWith(status int, body string) func(asked, http.ResponseWriter) bool {
	return func(_ asked, w http.ResponseWriter) bool {
		if strings.HasPrefix(body, "{") {
			w.Header().Set("Content-Type", "application/json")
		}
		w.WriteHeader(status)
		_, _ = fmt.Fprint(w, body)
		return true
	}
}
