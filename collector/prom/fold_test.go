package prom

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"pgregory.net/rapid"

	"github.com/tuppence-dev/tuppence/collector"
)

// dayOf answers with a day of n containers, one a StatefulSet's pod.
func dayOf(n int) (*collector.Cluster, model.Matrix) {
	c, m := &collector.Cluster{}, model.Matrix{}
	for i := range n {
		ss := workload("StatefulSet", "ns", fmt.Sprintf("db-%03d", i), "app")
		c.Workloads = append(c.Workloads, ss)
		s := &model.SampleStream{Metric: model.Metric{"namespace": "ns", "pod": model.LabelValue(ss.Name + "-0"), "container": "app"}}
		for j := range 288 {
			s.Values = append(s.Values, model.SamplePair{Timestamp: model.TimeFromUnix(start.Unix() + int64(300*(j+1))), Value: model.SampleValue(float64(i+j) / 1000)})
		}
		m = append(m, s)
	}
	return c, m
}

func TestFoldingInAnyPartsIsFoldingTheWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, m := dayOf(3)
		n := rapid.IntRange(0, 288).Draw(t, "at")
		whole, parts := folding{}, folding{}
		whole.fold(newHomes(newIndex(c)), m, 1000, false)
		h := newHomes(newIndex(c))
		for _, s := range m {
			first, second := *s, *s
			first.Values, second.Values = s.Values[:n], s.Values[n:]
			parts.fold(h, model.Matrix{&second}, 1000, false)
			parts.fold(h, model.Matrix{&first}, 1000, false)
		}
		for i := range 3 {
			a, b := whole[slot{i, 0}].cpu, parts[slot{i, 0}].cpu
			if a.Count() != b.Count() || a.Quantile(0.95) != b.Quantile(0.95) || a.Max() != b.Max() {
				t.Fatalf("container %d: %d at p95 %v, in parts %d at %v", i, a.Count(), a.Quantile(0.95), b.Count(), b.Quantile(0.95))
			}
		}
	})
}

// canned answers every query with the same bytes, and says that it has every metric.
type canned struct {
	status int
	body   string
}

func (c canned) RoundTrip(r *http.Request) (*http.Response, error) {
	switch {
	case strings.HasSuffix(r.URL.Path, "/labels"):
		c = canned{200, `{"status":"success","data":[]}`}
	case strings.HasSuffix(r.URL.Path, "/values"):
		c = canned{200, `{"status":"success","data":["` + strings.Join(fakeMetrics, `","`) + `"]}`}
	}
	return &http.Response{StatusCode: c.status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(c.body)), Request: r}, nil
}

func FuzzAnswer(f *testing.F) {
	const series = `{"metric":{"namespace":"shop","pod":"` + livePod + `","container":"app"},`
	for _, s := range []string{
		`{"status":"success","data":{"resultType":"matrix","result":[` + series + `"values":[[1763596800,"0.5"],[1763597100,"NaN"]]}]}}`,
		`{"status":"success","data":{"resultType":"vector","result":[` + series + `"value":[1763596800,"1e300"]}]},"warnings":["x"]}`,
		`{"status":"success","data":{"resultType":"matrix","result":[` + series + `"histograms":[[1,{"count":"1","sum":"1","buckets":[[0,"1","2","3"]]}]]}]}}`,
		`{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"__name__":"kube_node_labels","node":"old","provider_id":"gce://x","label_kubernetes_io_arch":"arm64"},"values":[[1795133100,"1"]]}]}}`,
		`{"status":"success","data":{"resultType":"vector","result":[{"metric":{"namespace":"shop","pod_name":"` + livePod + `","internet":"true"},"value":[1795133100,"1e17"]}]}}`,
		`{"status":"success","data":{"resultType":"matrix","result":[null]}}`, `{"status":"success","data":{"resultType":"vector","result":[null]}}`,
		`{"status":"success","data":["shop","cluster"]}`, tooMany, `{"status":"error"}`, `<html>`, `{`, `null`, ``,
	} {
		f.Add(200, s)
		f.Add(422, s)
	}
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 200 || status > 599 {
			return
		}
		s, err := New(Config{URL: "http://prometheus.example.com"})
		if err != nil {
			t.Fatal(err)
		}
		s.client.http = &http.Client{Transport: canned{status, body}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		s.client.sleep = func(context.Context, time.Duration) error { return nil }
		s.client.limit = 1 << 20
		c := everyone()
		c.Reconcilers = []collector.Reconciler{reconciler("Kustomization", "shop", "app", collector.Measured{})}
		err = s.Collect(t.Context(), window, c)
		if err != nil && strings.ContainsAny(err.Error(), "\n\r\x00") {
			t.Errorf("error of several lines: %q", err)
		}
		u := c.Workloads[0].Containers[0].Usage
		if _, _, err := u.Merged(); err != nil {
			t.Error(err)
		}
		if u.OOMKills < 0 || u.Restarts < 0 || c.Reconcilers[0].Measured.Count < 0 || c.Reconcilers[0].Measured.Mean.Duration < 0 {
			t.Errorf("negative counts: %+v %+v", u, c.Reconcilers[0].Measured)
		}
		recorded(t, c)
	})
}

// One batch and day: 500 containers at 5 minutes, decoded already.
func BenchmarkFold(b *testing.B) {
	c, m := dayOf(500)
	x := newIndex(c)
	b.ReportAllocs()
	for b.Loop() {
		f := folding{}
		f.fold(newHomes(x), m, 1000, false)
		f.flush(c.Workloads, "2026-11-20")
	}
}

// The same from the server's bytes on, over loopback.
func BenchmarkBatchDay(b *testing.B) {
	c, m := dayOf(500)
	var body strings.Builder
	body.WriteString(`{"status":"success","data":{"resultType":"matrix","result":[`)
	for i, s := range m {
		if i > 0 {
			body.WriteByte(',')
		}
		fmt.Fprintf(&body, `{"metric":{"namespace":"ns","pod":%q,"container":"app"},"values":[`, string(s.Metric["pod"]))
		for j, v := range s.Values {
			if j > 0 {
				body.WriteByte(',')
			}
			fmt.Fprintf(&body, `[%d,"%v"]`, v.Timestamp.Unix(), float64(v.Value))
		}
		body.WriteString(`]}`)
	}
	body.WriteString(`]}}`)
	text := body.String()
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/values") {
			_, _ = io.WriteString(w, `{"status":"success","data":["`+cpuMetric+`"]}`)
			return
		}
		if strings.HasSuffix(r.URL.Path, "/labels") {
			_, _ = io.WriteString(w, `{"status":"success","data":[]}`)
			return
		}
		_, _ = io.WriteString(w, text)
	}))
	defer h.Close()
	s, err := New(Config{URL: h.URL})
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Collect(b.Context(), collector.Window{Start: start, End: start.Add(24 * time.Hour)}, c); err != nil {
			b.Fatal(err)
		}
	}
}
