package prom

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tuppence-dev/tuppence/collector"
)

const tooMany = `{"status":"error","errorType":"execution","error":"query processing would load too many samples into memory in query execution"}`

// queries refuses only queries, so that the index (labels and their values) still
// answers.
func queries(refuse func(asked, http.ResponseWriter) bool) func(asked, http.ResponseWriter) bool {
	return func(a asked, w http.ResponseWriter) bool {
		return strings.Contains(a.path, "/query") && refuse(a, w)
	}
}

func TestAServerThatGivesNothingIsOneError(t *testing.T) {
	tests := []struct {
		rule   string
		refuse func(asked, http.ResponseWriter) bool
		want   string
		most   int // requests
	}{
		{"401", refuseWith(401, "Unauthorized"), "401: Unauthorized; check the token", 1},
		{"403 for everything", refuseWith(403, `{"message":"no permission"}`), "403: no permission; check the token", 2},
		{"403 for queries alone", queries(refuseWith(403, "no")), "no usage was read: 403: no; check the token", 12},
		{"a login page", refuseWith(200, "<!DOCTYPE html><html><body>Sign in</body></html>"), "a web page and not JSON: this is not a Prometheus API, or it wants a login; set the url", 1},
		{"a redirect to one", func(_ asked, w http.ResponseWriter) bool {
			w.Header().Set("Location", "https://sso.example.com/login?state=hunter2")
			w.WriteHeader(302)
			return true
		}, "302: a redirect to https://sso.example.com/login, which is not followed", 1},
		{"another web server", refuseWith(404, "<html>not here</html>"), "404: no Prometheus API at /api/v1/query", 16},
		{"JSON of another kind", refuseWith(200, `{"hello":`), "malformed answer: ", 1},
		{"a truncated answer", queries(refuseWith(200, `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"na`)), "malformed answer: ", 12},
		{"an answer of another type", queries(refuseWith(200, `{"status":"success","data":{"resultType":"scalar","result":[1,"1"]}}`)), "malformed answer: a *model.Scalar where a", 12},
		{"no answer to queries", queries(refuseWith(200, `{"status":"success","data":null}`)), "malformed answer", 12},
		{"503 that does not pass", refuseWith(503, "upstream connect error\nreset"), "503: upstream connect error reset; run it at a quieter hour", 4},
		{"422 for everything", queries(refuseWith(422, tooMany)), "422: query processing would load too many samples into memory in query execution; try a longer step (10m or 15m)", 30},
		{"400", queries(refuseWith(400, `{"status":"error","errorType":"bad_data","error":"unknown function"}`)), "400: unknown function", 12},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			f, c := newFake(t, usage("shop", livePod, "app", 1, 1)...), one()
			f.refuse = tt.refuse
			s := f.source(t, func(c *Config) { c.BearerToken = "s3cret" })
			err := s.Collect(t.Context(), window, c)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("error %v, want %q", err, tt.want)
			}
			if strings.ContainsAny(err.Error(), "\n") || strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "%7B") {
				t.Errorf("not one clean line: %q", err)
			}
			if len(c.Gaps) > 0 {
				t.Errorf("gaps beside the error: %s", gaps(c))
			}
			if n := len(f.requests("")); n > tt.most {
				t.Errorf("%d requests, at most %d should have sufficed", n, tt.most)
			}
			if c.Workloads[0].Containers[0].Usage.Source != "" {
				t.Error("usage was made of nothing")
			}
		})
	}
}

func TestCredentialsThatAServerEchoesAreHidden(t *testing.T) {
	f := newFake(t, usage("shop", livePod, "app", 1, 1)...)
	f.refuse = func(a asked, w http.ResponseWriter) bool {
		w.WriteHeader(403)
		user, password, _ := (&http.Request{Header: a.header}).BasicAuth()
		fmt.Fprint(w, "not for ", a.header.Get("Authorization"), " ", user, " ", password, " ", a.header.Get("X-Api-Key"))
		return true
	}
	file := writeFile(t, "hunter2\n")
	for rule, edit := range map[string]func(*Config){
		"a token":      func(c *Config) { c.BearerToken = "hunter2" },
		"a token file": func(c *Config) { c.BearerTokenFile = file },
		"a password":   func(c *Config) { c.Username, c.PasswordFile = "robot", file },
		"a header":     func(c *Config) { c.Headers = map[string]string{"X-Api-Key": "hunter2"} },
	} {
		err := f.source(t, edit).Collect(t.Context(), window, one())
		if err == nil || !strings.Contains(err.Error(), "[hidden]") || strings.Contains(err.Error(), "hunter2") ||
			strings.Contains(err.Error(), base64.StdEncoding.EncodeToString([]byte("robot:hunter2"))) {
			t.Errorf("%s: %v", rule, err)
		}
	}
}

func TestAServerThatDoesNotTellItsClustersIsReadAndSaid(t *testing.T) {
	f, c := newFake(t, usage("shop", livePod, "app", 1, 1)...), one()
	f.refuse = func(a asked, w http.ResponseWriter) bool {
		return strings.Contains(a.path, "/label") && refuseWith(404, "only queries here")(a, w)
	}
	if err := f.source(t, nil).Collect(t.Context(), window, c); err != nil {
		t.Fatal(err)
	}
	if cpu, _ := merged(t, c, 0, 0); cpu.Count() != 3*288 {
		t.Errorf("%d samples", cpu.Count())
	}
	if want := "whether it holds the usage of other clusters too is not known: 404: "; !strings.Contains(gaps(c), want) {
		t.Errorf("no gap %q in:\n%s", want, gaps(c))
	}
}

func TestNobodyThereIsOneError(t *testing.T) {
	f := newFake(t)
	s := f.source(t, nil)
	f.Close()
	err := s.Collect(t.Context(), window, one())
	if err == nil || !strings.Contains(err.Error(), "connection refused") || strings.Contains(err.Error(), "match") {
		t.Errorf("error %v", err)
	}
}

func TestAServerThatHangsIsGivenUp(t *testing.T) {
	f := newFake(t, usage("shop", livePod, "app", 1, 1)...)
	hang := make(chan struct{})
	f.refuse = queries(func(asked, http.ResponseWriter) bool { <-hang; return true })
	defer close(hang)
	s := f.source(t, func(c *Config) { c.QueryTimeout = 20 * time.Millisecond })
	err := s.Collect(t.Context(), window, one())
	if err == nil || !strings.Contains(err.Error(), "no answer within the query timeout") {
		t.Errorf("error %v", err)
	}
	if n := len(f.requests("/query")); n != inARow {
		t.Errorf("%d queries hung, want %d", n, inARow)
	}
}

func TestCancellingEndsTheRun(t *testing.T) {
	f := newFake(t, usage("shop", livePod, "app", 1, 1)...)
	ctx, cancel := context.WithCancel(t.Context())
	hang := make(chan struct{})
	f.refuse = queries(func(asked, http.ResponseWriter) bool { cancel(); <-hang; return true })
	defer close(hang)
	err := f.source(t, nil).Collect(ctx, window, one())
	if err == nil || !strings.Contains(err.Error(), "context canceled") {
		t.Errorf("error %v", err)
	}
}

func TestABusyServerIsAskedAgain(t *testing.T) {
	tests := []struct {
		rule   string
		status int
		header http.Header
		times  int // refusals before it answers
		want   []time.Duration
		gap    string
	}{
		{"503 backs off", 503, nil, 3, []time.Duration{time.Second, 2 * time.Second, 4 * time.Second}, ""},
		{"429 waits as asked", 429, http.Header{"Retry-After": {"7"}}, 1, []time.Duration{7 * time.Second}, ""},
		{"a date counts from the answer's own", 429, http.Header{
			"Retry-After": {"Sun, 22 Nov 2026 10:00:20 GMT"}, "Date": {"Sun, 22 Nov 2026 10:00:00 GMT"}}, 1, []time.Duration{20 * time.Second}, ""},
		{"nonsense backs off", 502, http.Header{"Retry-After": {"soon"}}, 1, []time.Duration{time.Second}, ""},
		{"a gateway's timeout is worth one more try", 504, nil, 1, []time.Duration{time.Second}, ""},
		{"too long is not waited for", 429, http.Header{"Retry-After": {"3600"}}, 1, nil, "429: too many requests (asks to wait 1h0m0s)"},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			f, c := newFake(t, usage("shop", livePod, "app", 1, 1)...), one()
			left := tt.times
			f.refuse = func(a asked, w http.ResponseWriter) bool {
				if left == 0 || !strings.HasSuffix(a.path, "/query_range") {
					return false
				}
				left--
				maps.Copy(w.Header(), tt.header)
				w.WriteHeader(tt.status)
				return true
			}
			if err := f.source(t, nil).Collect(t.Context(), window, c); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, f.slept); diff != "" {
				t.Error(diff)
			}
			if got := gaps(c); strings.Contains(got, "failed") != (tt.gap != "") || !strings.Contains(got, tt.gap) {
				t.Errorf("gaps %s", got)
			}
		})
	}
}

func TestAQuestionTooLargeIsHalvedAndTheSizeKept(t *testing.T) {
	c := &collector.Cluster{Name: "c"}
	var series []fakeSeries
	for _, ns := range []string{"a", "b", "c"} {
		c.Workloads = append(c.Workloads, workload("StatefulSet", ns, "db", "app"))
		series = append(series, usage(ns, "db-0", "app", 0.1, 1<<20)...)
	}
	f := newFake(t, series...)
	refused := 0
	f.refuse = func(a asked, w http.ResponseWriter) bool {
		if !strings.HasSuffix(a.path, "/query_range") || !strings.Contains(a.query, "|") && a.end.Sub(a.start) < 6*time.Hour {
			return false
		}
		refused++
		return refuseWith(422, tooMany)(a, w)
	}
	if err := f.source(t, nil).Collect(t.Context(), window, c); err != nil {
		t.Fatal(err)
	}
	for i := range c.Workloads {
		cpu, memory := merged(t, c, i, 0)
		if cpu.Count() != 3*288 || memory.Count() != 3*288 {
			t.Errorf("%s: %d and %d samples, want each of %d once", c.Workloads[i].Namespace, cpu.Count(), memory.Count(), 3*288)
		}
	}
	if strings.Contains(gaps(c), "failed") {
		t.Errorf("gaps %s", gaps(c))
	}
	// a,b,c and b,c; then a over 24 h and 12 h, its second half, and b and c twice
	// over 24 h: the first question only, since the size is kept for the rest.
	if refused > 16 {
		t.Errorf("%d questions were refused: the size that worked is not kept", refused)
	}
	before := refused
	seen := slices.IndexFunc(f.asked, func(a asked) bool {
		return strings.Contains(a.query, memoryMetric) && strings.HasSuffix(a.path, "/query_range")
	})
	for _, a := range f.asked[seen:] {
		if strings.HasSuffix(a.path, "/query_range") && a.end.Sub(a.start) > 6*time.Hour {
			t.Errorf("asked for %s again after %d refusals", a.end.Sub(a.start), before)
		}
	}
}

func TestANamespaceThatIsTooLargeDoesNotEndTheOthers(t *testing.T) {
	c := &collector.Cluster{Name: "prod-lon"}
	var series []fakeSeries
	for _, ns := range []string{"ci", "shop", "web"} {
		c.Workloads = append(c.Workloads, workload("StatefulSet", ns, "db", "app"))
		series = append(series, usage(ns, "db-0", "app", 0.1, 1<<20)...)
	}
	f := newFake(t, series...)
	f.refuse = func(a asked, w http.ResponseWriter) bool {
		return strings.Contains(a.query, `namespace="ci"`) && refuseWith(422, tooMany)(a, w)
	}
	s := f.source(t, nil)
	s.series = 1 // a batch each
	if err := s.Collect(t.Context(), window, c); err != nil {
		t.Fatal(err)
	}
	for i, want := range []int{0, 3 * 288, 3 * 288} {
		if cpu, _ := merged(t, c, i, 0); cpu.Count() != want {
			t.Errorf("%s: %d samples, want %d", c.Workloads[i].Namespace, cpu.Count(), want)
		}
	}
	if want := "too much was asked of the server 3 times in a row about ci: the rest of it was not asked"; !strings.Contains(gaps(c), want) {
		t.Errorf("no gap %q in:\n%s", want, gaps(c))
	}
	if n := len(f.requests(`namespace="ci"`)); n > 3*6 {
		t.Errorf("%d questions about what is too large", n)
	}
}

func TestWhatFailedIsOneGapAndTheRestIsRead(t *testing.T) {
	f, c := newFake(t, usage("shop", livePod, "app", 1, 1)...), one()
	f.refuse = func(a asked, w http.ResponseWriter) bool { // memory of the second day
		return strings.Contains(a.query, memoryMetric) && strings.HasSuffix(a.path, "/query_range") &&
			a.end.After(start.Add(24*time.Hour)) && !a.end.After(start.Add(48*time.Hour)) && refuseWith(422, tooMany)(a, w)
	}
	if err := f.source(t, nil).Collect(t.Context(), window, c); err != nil {
		t.Fatal(err)
	}
	cpu, memory := merged(t, c, 0, 0)
	if cpu.Count() != 3*288 || memory.Count() != 2*288 {
		t.Errorf("%d and %d samples", cpu.Count(), memory.Count())
	}
	want := "prod-lon: prometheus: 1 of 6 queries failed, first memory of shop on 2026-11-21: 422: query processing would load too many samples into memory in query execution; try a longer step"
	if !strings.Contains(gaps(c), want) {
		t.Errorf("no gap %q in:\n%s", want, gaps(c))
	}
}

func TestAServerThatDiesHalfWayKeepsWhatWasRead(t *testing.T) {
	f, c := newFake(t, usage("shop", livePod, "app", 1, 1)...), one()
	f.refuse = func(a asked, w http.ResponseWriter) bool {
		return !a.end.After(start.Add(48*time.Hour)) && strings.HasSuffix(a.path, "/query_range") && refuseWith(500, "panic")(a, w)
	}
	w := collector.Window{Start: start.Add(-14 * 24 * time.Hour), End: window.End}
	if err := f.source(t, nil).Collect(t.Context(), w, c); err != nil {
		t.Fatal(err)
	}
	if cpu, _ := merged(t, c, 0, 0); cpu.Count() != 288 {
		t.Errorf("%d samples, want the newest day's 288", cpu.Count())
	}
	got := gaps(c)
	for _, want := range []string{"3 of 5 queries failed, first CPU of shop on 2026-11-21: 500: panic", "after 3 failures in a row the rest was not asked"} {
		if !strings.Contains(got, want) {
			t.Errorf("no gap %q in:\n%s", want, got)
		}
	}
	if strings.Contains(got, "no usage on") {
		t.Errorf("days that were not asked for are blamed on retention: %s", got)
	}
}

func TestAPartialAnswerIsKeptAndSaid(t *testing.T) {
	f, c := newFake(t, usage("shop", livePod, "app", 1, 1)...), one()
	f.warnings = []string{"No StoreAPIs matched for this query\nstore eu-2 is down"}
	if err := f.source(t, nil).Collect(t.Context(), window, c); err != nil {
		t.Fatal(err)
	}
	if cpu, _ := merged(t, c, 0, 0); cpu.Count() != 3*288 {
		t.Errorf("%d samples", cpu.Count())
	}
	if want := "answers came with a warning and may be partial: No StoreAPIs matched for this query store eu-2 is down"; !strings.Contains(gaps(c), want) {
		t.Errorf("no gap %q in:\n%s", want, gaps(c))
	}
}

func TestAnswersAreBoundedOnceUnpacked(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	fmt.Fprint(z, `{"status":"success","data":"`+strings.Repeat("x", 1<<20)+`"}`)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Accept-Encoding") != "gzip" {
			t.Error("compression is not asked for")
		}
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(packed.Bytes())
	}))
	defer h.Close()
	s, err := New(Config{URL: h.URL})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		limit int64
		want  string
	}{{2 << 20, ""}, {1 << 20, "an answer over 1 MiB"}} {
		s.client.limit = tt.limit
		req, _ := http.NewRequest(http.MethodGet, h.URL, nil)
		_, body, err := s.client.Do(t.Context(), req)
		if tt.want == "" && (err != nil || len(body) < 1<<20) || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("limit %d: %d bytes, error %v", tt.limit, len(body), err)
		}
	}
}

func TestATokenFileThatIsGoneIsSaid(t *testing.T) {
	f := newFake(t)
	s := f.source(t, func(c *Config) { c.BearerTokenFile = "/nonexistent/token" })
	err := s.Collect(t.Context(), window, one())
	if err == nil || !strings.Contains(err.Error(), "/nonexistent/token") {
		t.Errorf("error %v", err)
	}
}
