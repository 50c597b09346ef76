package prom

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"
	"pgregory.net/rapid"

	"github.com/tuppence-dev/tuppence/collector"
)

// info is a pod's kube_pod_info in (from, to].
func info(ns, pod, node string, from, to time.Time) fakeSeries {
	return fakeSeries{podInfoMetric, map[string]string{"namespace": ns, "pod": pod, "node": node}, within(from, to, 1)}
}

// ran is a container's memory in (from, to], labelled with a node where one is given.
func ran(ns, pod, c, node string, from, to time.Time) fakeSeries {
	labels := container(ns, pod, c)
	if node != "" {
		labels["node"] = node
	}
	return fakeSeries{memoryMetric, labels, within(from, to, 1<<20)}
}

// shop is a cluster of a Deployment and a StatefulSet in one namespace, each with
// one live pod, on two nodes.
func shop() *collector.Cluster {
	c := &collector.Cluster{Name: "prod-lon", Nodes: []collector.Node{{Name: "a"}, {Name: "b"}}}
	c.Workloads = []collector.Workload{workload("Deployment", "shop", "web", "app", "proxy"), workload("StatefulSet", "shop", "db", "app")}
	c.PodOwners = map[collector.PodRef]collector.WorkloadRef{
		{Namespace: "shop", Name: livePod}: c.Workloads[0].Ref(), {Namespace: "shop", Name: "db-0"}: c.Workloads[1].Ref(),
	}
	c.PodNodes = map[collector.PodRef]string{{Namespace: "shop", Name: livePod}: "a", {Namespace: "shop", Name: "db-0"}: "b"}
	return c
}

// hours is the pod time of a workload.
func hours(w collector.Workload) string {
	var all []string
	for _, t := range w.PodTime {
		all = append(all, t.Node+" "+t.Time.String())
	}
	return strings.Join(all, ", ")
}

func TestPodTimeIsHowLongPodsRanOnEachNode(t *testing.T) {
	const gone = "web-7d4b9c6f5d-gggg2"
	end, moved := window.End, start.Add(30*time.Hour)
	exported := fakeSeries{podInfoMetric, map[string]string{ // scraped without honorLabels
		"namespace": "monitoring", "pod": "kube-state-metrics-0", "node": "a",
		"exported_namespace": "shop", "exported_pod": gone, "exported_node": "b"}, within(start, moved, 1)}
	tests := []struct {
		rule    string
		series  []fakeSeries // beside the live pod's
		web, db string
		asked   int // times that kube_pod_info was
		gap     string
	}{
		{"a live pod of a random name ran where it runs", nil, "a 72h0m0s", "", 0, ""},
		{"two containers of a pod ran once", []fakeSeries{ran("shop", livePod, "proxy", "", start, end)}, "a 72h0m0s", "", 0, ""},
		{"a container that the workload no longer has is its pod's", []fakeSeries{ran("shop", gone, "old", "b", start, moved)}, "a 72h0m0s, b 30h0m0s", "", 0, ""},
		{"a pod that is gone ran where its series say", []fakeSeries{ran("shop", gone, "app", "b", start, moved)}, "a 72h0m0s, b 30h0m0s", "", 0, ""},
		{"or where kube-state-metrics says", []fakeSeries{ran("shop", gone, "app", "", start, moved), info("shop", gone, "b", start, moved)},
			"a 72h0m0s, b 30h0m0s", "", 2, ""},
		{"also under exported labels", []fakeSeries{ran("shop", gone, "app", "", start, moved), exported}, "a 72h0m0s, b 30h0m0s", "", 2, ""},
		{"what it says of a part of a pod's day is of the whole", []fakeSeries{ran("shop", gone, "app", "", start, start.Add(20*time.Hour)),
			info("shop", gone, "b", start.Add(5*time.Hour), start.Add(15*time.Hour))}, "a 72h0m0s, b 20h0m0s", "", 1, ""},
		{"a label that holds no name of a node is not believed", []fakeSeries{ran("shop", gone, "app", "10.0.0.7:10250", start, moved)},
			"a 72h0m0s", "", 0, "1 pods ran on nodes that nothing tells, e.g. shop/" + gone + ": what they cost is in idle"},
		{"nothing told is said and not guessed", []fakeSeries{ran("shop", gone, "app", "", start, moved), info("shop", "db-0", "b", start, end)},
			"a 72h0m0s", "", 2, "1 pods ran on nodes that nothing tells, e.g. shop/" + gone},
		{"a pod of a StatefulSet may have moved, by its series", []fakeSeries{ran("shop", "db-0", "app", "a", start, moved), ran("shop", "db-0", "app", "b", moved, end)},
			"a 72h0m0s", "a 30h0m0s, b 42h0m0s", 0, ""},
		{"or by kube-state-metrics", []fakeSeries{ran("shop", "db-0", "app", "", start, end), info("shop", "db-0", "a", start, moved), info("shop", "db-0", "b", moved, end)},
			"a 72h0m0s", "a 30h0m0s, b 42h0m0s", 3, ""},
		{"the step of the move is where it came from", []fakeSeries{ran("shop", "db-0", "app", "a", start, moved), ran("shop", "db-0", "app", "b", moved.Add(-5*time.Minute), end)},
			"a 72h0m0s", "a 30h0m0s, b 42h0m0s", 0, ""},
		{"one of a StatefulSet is where it is now where nothing tells", []fakeSeries{ran("shop", "db-0", "app", "", start, end)},
			"a 72h0m0s", "b 72h0m0s", 0, ""},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			f, c := newFake(t, append(usage("shop", livePod, "app", 1, 1), tt.series...)...), shop()
			if err := f.source(t, nil).Collect(t.Context(), window, c); err != nil {
				t.Fatal(err)
			}
			if got := hours(c.Workloads[0]); got != tt.web {
				t.Errorf("web: %q, want %q", got, tt.web)
			}
			if got := hours(c.Workloads[1]); got != tt.db {
				t.Errorf("db: %q, want %q", got, tt.db)
			}
			if n := len(f.requests(podInfoMetric + "{")); n != tt.asked {
				t.Errorf("kube_pod_info was asked %d times, want %d", n, tt.asked)
			}
			if got := gaps(c); !strings.Contains(got, tt.gap) || strings.Contains(got, "nothing tells") != (tt.gap != "") {
				t.Errorf("gaps %s", got)
			}
		})
	}
}

// A pod that moved, or whose kubelet is scraped twice, has several series: its
// usage is the same as of one.
func TestSeriesOfSeveralNodesAreOneContainer(t *testing.T) {
	c := shop()
	series := append(usage("shop", livePod, "app", 1, 1), // with no label of a node,
		ran("shop", livePod, "app", "a", start, window.End), // and scraped once more with it
		ran("shop", "db-0", "app", "a", start, start.Add(time.Hour)), ran("shop", "db-0", "app", "b", start.Add(55*time.Minute), window.End))
	if err := newFake(t, series...).source(t, nil).Collect(t.Context(), window, c); err != nil {
		t.Fatal(err)
	}
	for i := range c.Workloads {
		if _, memory := merged(t, c, i, 0); memory.Count() != 3*288 || memory.Quantile(0) != 1<<20 {
			t.Errorf("%s: %d samples from %v, want %d, and the higher of two", c.Workloads[i].Name, memory.Count(), memory.Quantile(0), 3*288)
		}
	}
}

func TestWithoutNodesOfPodsPodTimeIsSaidToBeNowhere(t *testing.T) {
	c := shop()
	c.PodNodes = nil
	if err := newFake(t, usage("shop", livePod, "app", 1, 1)...).source(t, nil).Collect(t.Context(), window, c); err != nil {
		t.Fatal(err)
	}
	if hours(c.Workloads[0]) != "" || !strings.Contains(gaps(c), "1 pods ran on nodes that nothing tells") {
		t.Errorf("%q, gaps %s", hours(c.Workloads[0]), gaps(c))
	}
}

func TestPodTimeOfAWindowThatWasNotReadWholeIsNotTaken(t *testing.T) {
	day2 := start.Add(24 * time.Hour)
	refuse := func(metrics ...string) func(asked, http.ResponseWriter) bool {
		return func(a asked, w http.ResponseWriter) bool {
			for _, m := range metrics {
				if strings.Contains(a.query, m+"{") && strings.HasSuffix(a.path, "/query_range") && a.end.Equal(day2.Add(24*time.Hour)) {
					return refuseWith(500, "no")(a, w)
				}
			}
			return false
		}
	}
	type test struct {
		rule    string
		from    time.Time // of the samples
		hole    time.Duration
		created time.Time // of the workload
		refuse  func(asked, http.ResponseWriter) bool
		want    string
		lag     time.Duration
	}
	tests := []test{
		{"all was read", start, 0, time.Time{}, nil, "a 72h0m0s", 0},
		{"memory or CPU of a day is enough", start, 0, time.Time{}, refuse(memoryMetric), "a 72h0m0s", 0},
		{"a day of neither is not", start, 0, time.Time{}, refuse(memoryMetric, cpuMetric), "", 0},
		{"but for a workload that was made later", start, 0, day2.Add(24 * time.Hour), refuse(memoryMetric, cpuMetric), "a 48h0m0s", 0},
		{"a day that the server did not keep", day2, 0, time.Time{}, nil, "", 0},
		{"or half a day", start.Add(12 * time.Hour), 0, time.Time{}, nil, "", 0},
		{"but for a workload that was made then", start.Add(12 * time.Hour), 0, start.Add(12 * time.Hour), nil, "a 60h0m0s", 0},
		{"a hole of 1 % is borne", start, 40 * time.Minute, time.Time{}, nil, "a 71h20m0s", 0},
		{"one of more is not", start, 45 * time.Minute, time.Time{}, nil, "", 0},
	}
	for _, lag := range []struct {
		rule string
		by   time.Duration
		want string
	}{
		{"a store that lags by two steps is borne by what is three hours old", 10 * time.Minute, "a 71h50m0s"},
		{"one that lags by three is not", 15 * time.Minute, ""},
	} {
		made := window.End.Add(-3 * time.Hour)
		tests = append(tests, test{rule: lag.rule, from: start, lag: lag.by, created: made, want: lag.want})
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			series := usage("shop", livePod, "app", 1, 1)
			for i := range series {
				series[i].value = func(at time.Time) (float64, bool) {
					down := at.After(day2) && !at.After(day2.Add(tt.hole)) || at.After(window.End.Add(-tt.lag))
					return 1, at.After(tt.from) && !down
				}
			}
			f, c := newFake(t, series...), shop()
			f.refuse = tt.refuse
			c.Workloads[0].Created = tt.created
			c.Workloads[0].PodTime = []collector.PodTime{{Node: "stale"}}
			if err := f.source(t, nil).Collect(t.Context(), window, c); err != nil {
				t.Fatal(err)
			}
			if got := hours(c.Workloads[0]); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
			const gap = "how long the pods of 1 workloads ran is not known, as a part of the window was not read, e.g. shop/web"
			if got := gaps(c); strings.Contains(got, gap) != (tt.want == "") {
				t.Errorf("gaps %s", got)
			}
		})
	}
}

func TestADayThatFailedIsOfItsBatchAlone(t *testing.T) {
	c := shop()
	c.Workloads = append(c.Workloads, workload("StatefulSet", "other", "db", "app"))
	f := newFake(t, append(usage("shop", livePod, "app", 1, 1), ran("other", "db-0", "app", "b", start, window.End))...)
	f.refuse = queries(func(a asked, w http.ResponseWriter) bool {
		return strings.Contains(a.query, `namespace="shop"`) && a.end.Equal(start.Add(48*time.Hour)) && refuseWith(500, "no")(a, w)
	})
	s := f.source(t, nil)
	s.series = 1 // a batch each
	if err := s.Collect(t.Context(), window, c); err != nil {
		t.Fatal(err)
	}
	if got := hours(c.Workloads[0]) + "; " + hours(c.Workloads[2]); got != "; b 72h0m0s" {
		t.Errorf("%q", got)
	}
}

// A sum that is too long for a duration must not wrap, and what a recording would
// refuse must not be written.
func TestPodTimeThatNoPodsRanIsNotTaken(t *testing.T) {
	for _, tt := range []struct {
		days int
		want string
	}{{100_000, "a 2400000h0m0s"}, {100_001, ""}, {300_000, ""}} {
		s := spent{}
		for range tt.days {
			s.ran("a", 24*time.Hour)
		}
		c := shop()
		r := &run{w: collector.Window{Start: start, End: start}, c: c, Source: &Source{}, spent: []spent{s, {}}, tally: newTally()}
		r.settle(nil)
		if got := hours(c.Workloads[0]); got != tt.want || (len(r.notes) > 0) != (tt.want == "") {
			t.Errorf("%d days: %q, %s", tt.days, got, r.notes)
		}
		recorded(t, c)
	}
}

func TestPodTimeIsCutToTheWindowAndTheSameInHalves(t *testing.T) {
	odd := collector.Window{Start: start.Add(90 * time.Minute), End: start.Add(26*time.Hour + 3*time.Minute)}
	for _, most := range []time.Duration{24 * time.Hour, 5 * time.Hour} {
		f, c := newFake(t, append(usage("shop", livePod, "app", 1, 1), ran("shop", "db-0", "app", "b", start, window.End))...), shop()
		f.refuse = func(a asked, w http.ResponseWriter) bool {
			return strings.HasSuffix(a.path, "/query_range") && a.end.Sub(a.start) > most && refuseWith(422, tooMany)(a, w)
		}
		if err := f.source(t, nil).Collect(t.Context(), odd, c); err != nil {
			t.Fatal(err)
		}
		if got := hours(c.Workloads[0]) + "; " + hours(c.Workloads[1]); got != "a 24h30m0s; b 24h30m0s" {
			t.Errorf("at most %s a question: %s", most, got)
		}
	}
}

// Steps are told as any server might: in any order, of times that nobody asked
// for, twice. What a pod ran is never more than the day.
func TestPresenceTakesOnlyTheStepsOfItsDay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := day{"2026-11-20", start.Add(time.Hour), start.Add(5 * time.Hour)}
		x := newPresence(d, 5*time.Minute)
		want := map[int]bool{}
		for range rapid.IntRange(0, 60).Draw(t, "samples") {
			s := rapid.Int64Range(0, 6*3600).Draw(t, "second")
			if rapid.Bool().Draw(t, "aligned") {
				s -= s % 300
			}
			x.see(model.Matrix{{Metric: model.Metric{"namespace": "shop", "pod": "db-0"}, Values: []model.SamplePair{{Timestamp: model.TimeFromUnix(start.Unix() + s)}}}},
				func(model.Metric) string { return "a" })
			if s%300 == 0 && s > 3600 && s <= 5*3600 {
				want[int(s/300)-13] = true
			}
		}
		got := x.ran[collector.PodRef{Namespace: "shop", Name: "db-0"}]
		if got.count() != len(want) {
			t.Fatalf("%d steps, want %d", got.count(), len(want))
		}
		for i := range want {
			if !got.has(i) {
				t.Fatalf("step %d is missing", i)
			}
		}
	})
}

// Answers in another order give the same cluster.
func TestTheOrderOfSeriesIsNothing(t *testing.T) {
	all := everything()
	var want string
	rapid.Check(t, func(rt *rapid.T) {
		f, c := newFake(t, rapid.Permutation(all).Draw(rt, "series")...), everyone()
		defer f.Close()
		if err := f.source(t, func(c *Config) { c.Step = time.Hour }).Collect(t.Context(), window, c); err != nil {
			rt.Fatal(err)
		}
		got := recorded(rt, c)
		if want == "" {
			want = got
		}
		if diff := cmp.Diff(want, got); diff != "" {
			rt.Fatal(diff)
		}
	})
	if !strings.Contains(want, `"podTime"`) || !strings.Contains(want, `"pastNodes"`) || !strings.Contains(want, `"traffic"`) || !strings.Contains(want, `"requests"`) {
		t.Errorf("the cluster holds too little to be a test: %s", want)
	}
}

func TestQuestionsADay(t *testing.T) {
	f, c := newFake(t, everything()...), everyone()
	if err := f.source(t, nil).Collect(t.Context(), window, c); err != nil {
		t.Fatal(err)
	}
	for metric, want := range map[string]int{ // over 3 days, of one batch
		podInfoMetric + "{": 2, nodeInfoMetric + "{": 3, egressMetric + "{": 3, // a day each at most
		nodeLabelsMetric:   1,                                                   // the day on which nodes went
		serverMetric + "{": 1, clientMetric + "{": 1, argoClientMetric + "{": 1, // once
	} {
		if got := len(f.requests(metric)); got != want {
			t.Errorf("%s: %d questions, want %d", metric, got, want)
		}
	}
}

// everyone is a cluster to which everything() tells something.
func everyone() *collector.Cluster {
	c := shop()
	c.Nodes[1].ProviderID = "aws:///eu-west-2a/i-new"
	c.Workloads = append(c.Workloads, workload("Deployment", "shop", "kustomize-controller", "manager"))
	c.Controllers = []collector.Controller{
		{Kind: "kustomize-controller", Namespace: "shop", Name: "kustomize-controller"},
		{Kind: "argocd", Namespace: "argocd", Name: "argocd-cm"},
	}
	return c
}

// everything is what the most talkative server has: pods that are gone and moved,
// nodes that are gone and came back, traffic and requests.
func everything() []fakeSeries {
	const gone = "web-7d4b9c6f5d-gggg2"
	moved, end := start.Add(30*time.Hour), window.End
	all := usage("shop", livePod, "app", 0.1, 1e8)
	all = append(all, usage("shop", gone, "app", 0.3, 3e8/7.)...)
	for i := range all[2:] {
		all[2+i].value = within(start, moved, 1e8/3.)
	}
	all = append(all, info("shop", gone, "old", start, moved), info("shop", gone, "a", moved, moved.Add(time.Hour)),
		ran("shop", "db-0", "app", "a", start, moved), ran("shop", "db-0", "app", "b", moved.Add(-time.Hour), end))
	all = append(all, nodeSeries("b", "aws:///eu-west-2a/i-old", "m6i.large", start, moved)...)
	all = append(all, nodeSeries("old", "aws:///eu-west-2a/i-x", "m6i.xlarge", start, moved)...)
	all = append(all, nodeSeries("old", "aws:///eu-west-2a/i-x", "m6i.2xlarge", start, moved)...) // twice, and not alike
	for i, internet := range []string{"true", "false", "false"} {
		all = append(all, egress("shop", livePod, internet, "false", "false", 1e9/float64(3+i)))
	}
	for i := range 3 {
		labels := map[string]string{"instance": fmt.Sprint(i), "namespace": "shop", "pod": "kustomize-controller-7d4b9c6f5d-gggg2"}
		for _, m := range []string{serverMetric, clientMetric, argoClientMetric} {
			all = append(all, fakeSeries{m, labels, counter(start.Add(-time.Hour), end.Add(time.Hour), time.Minute, 1./3, 7)})
		}
	}
	return all
}

// recorded is c as a recording has it, which must be readable.
func recorded(t interface{ Fatal(...any) }, c *collector.Cluster) string {
	f := &collector.Fleet{Window: window, Clusters: []collector.Cluster{*c}}
	f.Normalise()
	var b bytes.Buffer
	if err := collector.Write(&b, f); err != nil {
		t.Fatal(err)
	}
	if _, err := collector.Read(bytes.NewReader(b.Bytes())); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(f.Clusters[0])
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
