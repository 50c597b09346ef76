package prom

import (
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tuppence-dev/tuppence/collector"
)

func TestUsageIsFoldedIntoDays(t *testing.T) {
	series := usage("shop", livePod, "app", 0.25, 64<<20)
	series[0].value = func(at time.Time) (float64, bool) { // a busy last hour of the second day
		if at.After(start.Add(47*time.Hour)) && !at.After(start.Add(48*time.Hour)) {
			return 1.5, true
		}
		return 0.25, at.After(start.Add(24 * time.Hour)) // and no first day
	}
	f, c := newFake(t, series...), one()
	if err := f.source(t, nil).Collect(t.Context(), window, c); err != nil {
		t.Fatal(err)
	}
	u := c.Workloads[0].Containers[0].Usage
	if u.Source != "prometheus" || len(u.Days) != 3 {
		t.Fatalf("source %q, %d days", u.Source, len(u.Days))
	}
	for i, want := range []struct {
		day              collector.Day
		cpuN, memN       int
		cpuMax, cpuFirst float64
	}{
		{"2026-11-20", 0, 288, 0, 0}, {"2026-11-21", 288, 288, 1500, 250}, {"2026-11-22", 288, 288, 250, 250},
	} {
		cpu, mem := collector.NewSketch(), collector.NewSketch()
		if err := cpu.Merge(u.Days[i].CPU); err != nil {
			t.Fatal(err)
		}
		if err := mem.Merge(u.Days[i].Memory); err != nil {
			t.Fatal(err)
		}
		if u.Days[i].Day != want.day || cpu.Count() != want.cpuN || mem.Count() != want.memN || cpu.Max() != want.cpuMax {
			t.Errorf("day %d: %s with %d and %d samples, at most %vm", i, u.Days[i].Day, cpu.Count(), mem.Count(), cpu.Max())
		}
		if want.cpuN > 0 && math.Abs(cpu.Quantile(0.5)-want.cpuFirst) > 0.01*want.cpuFirst {
			t.Errorf("day %s: median %vm, want %vm", want.day, cpu.Quantile(0.5), want.cpuFirst)
		}
		if mem.Max() != 64<<20 {
			t.Errorf("day %s: memory %v bytes", want.day, mem.Max())
		}
	}
	if got := f.requests("kube_pod_owner{"); len(got) != 0 {
		t.Errorf("owners of live pods were asked for %d times", len(got))
	}
	for _, a := range f.requests("/query_range") {
		if a.end.Sub(a.start) > 24*time.Hour || a.step != 5*time.Minute {
			t.Errorf("asked for %s at %s: more than a day, or another step", a.end.Sub(a.start), a.step)
		}
	}
}

func TestReadingAgainChangesNothing(t *testing.T) {
	f, c := newFake(t, usage("shop", livePod, "app", 0.25, 64<<20)...), one()
	s := f.source(t, nil)
	var first []collector.DayUsage
	for range 2 {
		if err := s.Collect(t.Context(), window, c); err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = append(first, c.Workloads[0].Containers[0].Usage.Days...)
		}
	}
	if diff := cmp.Diff(first, c.Workloads[0].Containers[0].Usage.Days); diff != "" {
		t.Error(diff)
	}
}

func TestGonePodsCountForTheirWorkload(t *testing.T) {
	owner := func(metric string, labels ...string) fakeSeries {
		return fakeSeries{metric, with(map[string]string{"namespace": "shop"}, labels...), always(1)}
	}
	exported := fakeSeries{podOwnerMetric, map[string]string{ // scraped without honorLabels
		"namespace": "monitoring", "pod": "kube-state-metrics-0", "exported_namespace": "shop", "exported_pod": "odd-name",
		"owner_kind": "StatefulSet", "owner_name": "web"}, always(1)}
	set := func() collector.Workload { return workload("StatefulSet", "shop", "web", "app") }
	tests := []struct {
		rule, pod string
		workload  collector.Workload
		series    []fakeSeries
		counts    bool
		gap       string
	}{
		{"by its name", "web-7d4b9c6f5d-gggg2", workload("Deployment", "shop", "web", "app"), nil, true, ""},
		{"by its owner", "odd-name", set(),
			[]fakeSeries{owner(podOwnerMetric, "pod", "odd-name", "owner_kind", "StatefulSet", "owner_name", "web")}, true, ""},
		{"by its owner, labels exported", "odd-name", set(), []fakeSeries{exported}, true, ""},
		{"by its ReplicaSet's owner", "odd-name", workload("Rollout", "shop", "web", "app"), []fakeSeries{
			owner(podOwnerMetric, "pod", "odd-name", "owner_kind", "ReplicaSet", "owner_name", "rs"),
			owner(setOwnerMetric, "replicaset", "rs", "owner_kind", "Rollout", "owner_name", "web")}, true, ""},
		{"by its Job's owner", "odd-name", workload("CronJob", "shop", "web", "app"), []fakeSeries{
			owner(podOwnerMetric, "pod", "odd-name", "owner_kind", "Job", "owner_name", "j"),
			owner(jobOwnerMetric, "job_name", "j", "owner_kind", "CronJob", "owner_name", "web")}, true, ""},
		{"by its name where the ReplicaSet is forgotten", "web-7d4b9c6f5d-gggg2", workload("Deployment", "shop", "web", "app"),
			[]fakeSeries{owner(podOwnerMetric, "pod", "web-7d4b9c6f5d-gggg2", "owner_kind", "ReplicaSet", "owner_name", "web-7d4b9c6f5d")}, true, ""},
		{"a known owner that is gone is not guessed over", "web-0", set(),
			[]fakeSeries{owner(podOwnerMetric, "pod", "web-0", "owner_kind", "Workflow", "owner_name", "w")}, false, ""},
		{"one of a longer name does not", "web-api-7d4b9c6f5d-gggg2", workload("Deployment", "shop", "web", "app"), nil, false, ""},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			// The pod ended a day before the window did.
			gone := usage("shop", tt.pod, "app", 0.1, 1<<20)
			for i := range gone {
				gone[i].value = within(start, start.Add(48*time.Hour), 1)
			}
			c := &collector.Cluster{Name: "c", Workloads: []collector.Workload{tt.workload, workload("Deployment", "shop", "still", "x")}}
			c.PodOwners = map[collector.PodRef]collector.WorkloadRef{{Namespace: "shop", Name: "still-1"}: c.Workloads[1].Ref()}
			f := newFake(t, append(append(gone, tt.series...), usage("shop", "still-1", "x", 1, 1)...)...)
			if err := f.source(t, nil).Collect(t.Context(), window, c); err != nil {
				t.Fatal(err)
			}
			cpu, memory := merged(t, c, 0, 0)
			if want := map[bool]int{true: 2 * 288}[tt.counts]; cpu.Count() != want || memory.Count() != want {
				t.Errorf("%d and %d samples, want %d", cpu.Count(), memory.Count(), want)
			}
			if got := gaps(c); strings.Contains(got, "belongs to no workload") {
				t.Errorf("a pod gone with its workload is nobody's loss: %s", got)
			}
		})
	}
}

func TestPodsThatCannotBePlacedAreSaid(t *testing.T) {
	c := one()
	c.Workloads = append(c.Workloads, workload("DaemonSet", "shop", "twin", "app"), workload("Job", "shop", "twin", "app"))
	series := usage("shop", livePod, "app", 1, 1)
	series = append(series, usage("shop", "twin-x2x4z", "app", 1, 1)...)
	series = append(series, usage("shop", "stranger-0", "app", 1, 1)...)
	if err := newFake(t, series...).source(t, nil).Collect(t.Context(), window, c); err != nil {
		t.Fatal(err)
	}
	got := gaps(c)
	for _, want := range []string{
		"usage of 1 pods that are gone is not counted, as their names fit several workloads, e.g. shop/twin-x2x4z",
		"usage of 1 pods that ran at the end of the window belongs to no workload that was read, e.g. shop/stranger-0",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no gap %q in:\n%s", want, got)
		}
	}
	for i := 1; i <= 2; i++ {
		if u := c.Workloads[i].Containers[0].Usage; u.Source != "" {
			t.Errorf("the ambiguous pod counts for %s", c.Workloads[i].Kind)
		}
	}
}

func TestSameNamedNamespacesOfTwoClustersNeverMix(t *testing.T) {
	var series []fakeSeries
	for cluster, cores := range map[string]float64{"lon": 0.1, "ams": 2} {
		for _, s := range usage("shop", livePod, "app", cores, 1<<20) {
			with(s.labels, "cluster", cluster)
			series = append(series, s)
		}
	}
	f := newFake(t, series...)
	collect := func(edit func(*Config)) (*collector.Cluster, error) {
		c := one()
		return c, f.source(t, edit).Collect(t.Context(), window, c)
	}
	c, err := collect(func(c *Config) { c.ClusterLabel, c.ClusterValue = "cluster", "lon" })
	if err != nil {
		t.Fatal(err)
	}
	if cpu, _ := merged(t, c, 0, 0); cpu.Max() != 100 || cpu.Count() != 3*288 {
		t.Errorf("lon used at most %vm in %d samples", cpu.Max(), cpu.Count())
	}
	for _, tt := range []struct {
		rule string
		edit func(*Config)
		want string
	}{
		{"no label set", nil, `holds the usage of 2 clusters`},
		{"a value that is not there", func(c *Config) { c.ClusterLabel, c.ClusterValue = "cluster", "paris" }, `no series has cluster="paris": the label's values are`},
		{"a label that is not there", func(c *Config) { c.ClusterLabel, c.ClusterValue = "k8s", "lon" }, `any label "k8s"`},
	} {
		c, err := collect(tt.edit)
		if err == nil || !strings.Contains(err.Error(), tt.want) || c.Workloads[0].Containers[0].Usage.Source != "" {
			t.Errorf("%s: %v", tt.rule, err)
		}
	}
}

func TestAStoreOfSeveralClustersIsToldByWhateverItsLabelIsCalled(t *testing.T) {
	for _, tt := range []struct {
		label string
		mixed bool
	}{
		{"cluster", true}, {"cluster_name", true}, {"k8s_cluster_name", true}, {"clusterID", true},
		{"container_label_cnpg_io_cluster", false}, {"redis_cluster_role", false}, // of what runs in it
	} {
		var series []fakeSeries
		for _, cluster := range []string{"lon", "ams"} {
			for _, s := range usage("shop", livePod, "app", 1, 1<<20) {
				with(s.labels, tt.label, cluster)
				series = append(series, s)
			}
		}
		c := one()
		err := newFake(t, series...).source(t, nil).Collect(t.Context(), window, c)
		if tt.mixed && (err == nil || !strings.Contains(err.Error(), `set clusterLabel to "`+tt.label+`"`)) || !tt.mixed && err != nil {
			t.Errorf("%s: %v", tt.label, err)
		}
		if read := c.Workloads[0].Containers[0].Usage.Source != ""; read == tt.mixed {
			t.Errorf("%s: read %v", tt.label, read)
		}
	}
}

// One server without a cluster label, asked for a cluster that is not the one it
// scrapes: what is alike by name must not count.
func TestTheUsageOfAnotherClusterIsNotTaken(t *testing.T) {
	kept := collector.Measured{Source: "status.history", Count: 2, Span: span(time.Hour)}
	c := one()
	c.Workloads[0].Containers[0].Usage.Restarts = 3
	c.Workloads = append(c.Workloads, workload("StatefulSet", "shop", "db", "app")) // its pods are named alike everywhere
	c.PodOwners[collector.PodRef{Namespace: "shop", Name: "db-0"}] = c.Workloads[1].Ref()
	c.Reconcilers = []collector.Reconciler{reconciler("Kustomization", "flux-system", "apps", kept)}
	series := usage("shop", "web-5d8f7c9b6d-gggg2", "app", 1, 1<<20)
	series = append(series, usage("shop", "db-0", "app", 1, 1<<20)...)
	series = append(series, fluxSeries("Kustomization", "flux-system", "apps", "kc-1", start, window.End.Add(time.Hour), time.Minute, time.Second)...)
	series = append(series, fakeSeries{restartMetric, with(container("shop", "web-5d8f7c9b6d-gggg2", "app"), "uid", "u"), always(9)})
	err := newFake(t, series...).source(t, nil).Collect(t.Context(), window, c)
	if err == nil || !strings.Contains(err.Error(), "none of the 1 pods of Deployments and DaemonSets that the API server lists") {
		t.Errorf("error %v", err)
	}
	if u := c.Workloads[0].Containers[0].Usage; u.Source != "" || len(u.Days) > 0 || u.Restarts != 3 {
		t.Errorf("usage of another cluster's pod: %+v", u)
	}
	if u := c.Workloads[1].Containers[0].Usage; u.Source != "" || !cmp.Equal(c.Reconcilers[0].Measured, kept) {
		t.Errorf("usage or rates of another cluster's objects: %+v, %+v", u, c.Reconcilers[0].Measured)
	}
}

// After a roll-out of everything no live pod has usage yet; where a label says
// that the usage is this cluster's, that of the pods before them counts.
func TestUsageUnderTheClustersLabelCountsThoughEveryPodIsNew(t *testing.T) {
	c := one()
	var series []fakeSeries
	for _, s := range usage("shop", "web-5d8f7c9b6d-gggg2", "app", 1, 1<<20) {
		with(s.labels, "cluster", "lon")
		series = append(series, s)
	}
	labelled := func(c *Config) { c.ClusterLabel, c.ClusterValue = "cluster", "lon" }
	if err := newFake(t, series...).source(t, labelled).Collect(t.Context(), window, c); err != nil {
		t.Fatal(err)
	}
	if cpu, _ := merged(t, c, 0, 0); cpu.Count() != 3*288 {
		t.Errorf("%d samples, want %d", cpu.Count(), 3*288)
	}
}

func TestLivePodsCountForTheirWorkloadAndNotForItsNamesake(t *testing.T) {
	c := &collector.Cluster{Name: "c", Workloads: []collector.Workload{workload("Cluster", "shop", "db", "app"), workload("Cluster", "shop", "db", "app")}}
	c.Workloads[0].APIVersion, c.Workloads[1].APIVersion = "postgresql.cnpg.io/v1", "redis.example.com/v1"
	c.PodOwners = map[collector.PodRef]collector.WorkloadRef{
		{Namespace: "shop", Name: "pg"}: c.Workloads[0].Ref(), {Namespace: "shop", Name: "redis"}: c.Workloads[1].Ref(),
	}
	series := append(usage("shop", "pg", "app", 0.1, 1), usage("shop", "redis", "app", 2, 1)...)
	if err := newFake(t, series...).source(t, nil).Collect(t.Context(), window, c); err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{100, 2000} {
		if cpu, _ := merged(t, c, i, 0); cpu.Max() != want || cpu.Count() != 3*288 {
			t.Errorf("%s: at most %vm in %d samples, want %vm", c.Workloads[i].APIVersion, cpu.Max(), cpu.Count(), want)
		}
	}
}

func TestNaNIsLeftOutAndCounted(t *testing.T) {
	series := usage("shop", livePod, "app", 0.25, 64<<20)
	for i, v := range []float64{1e9, math.NaN()} { // a million million millicores
		good := series[i].value
		series[i].value = func(at time.Time) (float64, bool) {
			if at.Equal(start.Add(time.Hour)) {
				return v, true
			}
			return good(at)
		}
	}
	c := one()
	if err := newFake(t, series...).source(t, nil).Collect(t.Context(), window, c); err != nil {
		t.Fatal(err)
	}
	cpu, memory := merged(t, c, 0, 0)
	if cpu.Count() != 3*288-1 || memory.Count() != 3*288-1 || cpu.Quantile(0) == 0 {
		t.Errorf("%d and %d samples", cpu.Count(), memory.Count())
	}
	if want := "2 samples are no usage (NaN, infinite, negative, or more than any node has)"; !strings.Contains(gaps(c), want) {
		t.Errorf("no gap %q in:\n%s", want, gaps(c))
	}
}

func TestMissingDaysAndMetricsAreSaid(t *testing.T) {
	series := usage("shop", livePod, "app", 0.25, 1)[:1]
	series[0].value = within(start.Add(48*time.Hour), window.End, 1)
	c := one()
	if err := newFake(t, series...).source(t, nil).Collect(t.Context(), window, c); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"no usage on 2 of 3 days (2026-11-20 to 2026-11-21)",
		"container_memory_working_set_bytes has no samples",
		"of restarts and OOM kills only those that live pods still show",
	} {
		if !strings.Contains(gaps(c), want) {
			t.Errorf("no gap %q in:\n%s", want, gaps(c))
		}
	}
}

func TestNothingAtAllIsAnErrorThatSaysWhatWasLookedFor(t *testing.T) {
	c := one()
	err := newFake(t).source(t, func(c *Config) { c.ClusterLabel, c.ClusterValue = "cluster", "lon" }).Collect(t.Context(), window, c)
	for _, want := range []string{cpuMetric, memoryMetric, `cluster="lon"`, "1 namespaces", "2026-11-20 to 2026-11-23", "/metrics/cadvisor"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not name %s", err, want)
		}
	}
	short := collector.Window{Start: start, End: start.Add(time.Minute)}
	if err := newFake(t).source(t, nil).Collect(t.Context(), short, c); err == nil || !strings.Contains(err.Error(), "longer window") {
		t.Errorf("a window of a minute: %v", err)
	}
}

func TestRestartsAndOOMKillsAddUpOverDaysAndPods(t *testing.T) {
	const gone = "web-7d4b9c6f5d-gggg2"
	d1, d2, d3 := start.Add(24*time.Hour), start.Add(48*time.Hour), start.Add(72*time.Hour)
	event := func(metric, pod, uid string, v func(time.Time) (float64, bool)) fakeSeries {
		return fakeSeries{metric, with(container("shop", pod, "app"), "uid", uid), v}
	}
	series := usage("shop", livePod, "app", 1, 1)
	series = append(series,
		event(restartMetric, livePod, "", on(3, d1, d3)), event(lastReasonMetric, livePod, "", on(2, d1, d3)), // 6 and 4
		event(oomMetric, livePod, "", on(5, d2)),                                  // cAdvisor saw 5: the larger counts
		event(restartMetric, gone, "", on(1, d2)),                                 // not an OOM kill
		event(reasonMetric, gone, "u1", on(1, d1, d2)),                            // stands dead for two days: once
		event(reasonMetric, "stranger-0", "u2", on(1, d1)),                        // of no workload
		event(restartMetric, livePod, "", on(math.Inf(1), d2)),                    // nonsense
		fakeSeries{restartMetric, container("shop", livePod, "other"), on(9, d1)}, // of no container
	)
	c := one()
	c.Workloads[0].Containers[0].Usage.Restarts = 4
	f := newFake(t, series...)
	if err := f.source(t, nil).Collect(t.Context(), window, c); err != nil {
		t.Fatal(err)
	}
	if u := c.Workloads[0].Containers[0].Usage; u.Restarts != 7 || u.OOMKills != 6 {
		t.Errorf("%d restarts and %d OOM kills, want 7 and 6", u.Restarts, u.OOMKills)
	}
	c = one()
	c.Workloads[0].Containers[0].Usage = collector.Usage{Restarts: 50, OOMKills: 40}
	if err := f.source(t, nil).Collect(t.Context(), window, c); err != nil {
		t.Fatal(err)
	}
	if u := c.Workloads[0].Containers[0].Usage; u.Restarts != 50 || u.OOMKills != 40 {
		t.Errorf("what the API server showed is lost: %d, %d", u.Restarts, u.OOMKills)
	}
}

func TestSmallNamespacesShareQueries(t *testing.T) {
	c := &collector.Cluster{Name: "c"}
	var series []fakeSeries
	for i := range 50 {
		ns := string([]byte{'n', byte('a' + i/26), byte('a' + i%26)})
		c.Workloads = append(c.Workloads, workload("StatefulSet", ns, "db", "app"))
		series = append(series, usage(ns, "db-0", "app", 0.1, 1<<20)...)
	}
	f := newFake(t, series...)
	if err := f.source(t, func(c *Config) { c.Parallel = 2 }).Collect(t.Context(), window, c); err != nil {
		t.Fatal(err)
	}
	for i := range c.Workloads {
		if cpu, _ := merged(t, c, i, 0); cpu.Count() != 3*288 {
			t.Errorf("%s has %d samples", c.Workloads[i].Namespace, cpu.Count())
		}
	}
	if n := len(f.requests("/query_range")); n != 6 {
		t.Errorf("50 namespaces over 3 days took %d range queries, want 6", n)
	}
}

func TestHeadersAndTokenFilesGoWithEveryRequest(t *testing.T) {
	token := writeFile(t, "first\n")
	f := newFake(t, usage("shop", livePod, "app", 1, 1)...)
	s := f.source(t, func(c *Config) {
		c.BearerTokenFile, c.Headers = token, map[string]string{"X-Scope-OrgID": "tenant-a"}
	})
	for _, want := range []string{"first", "second"} {
		overwrite(t, token, want)
		if err := s.Collect(t.Context(), window, one()); err != nil {
			t.Fatal(err)
		}
		last := f.asked[len(f.asked)-1]
		if got := last.header.Get("Authorization"); got != "Bearer "+want {
			t.Errorf("Authorization %q, want the %s token", got, want)
		}
		if got := last.header.Get("X-Scope-Orgid"); got != "tenant-a" {
			t.Errorf("X-Scope-OrgID %q", got)
		}
	}
}

func TestAServerThatOnlyTakesGETIsAskedSo(t *testing.T) {
	f := newFake(t, usage("shop", livePod, "app", 1, 1)...)
	next := f.Config.Handler
	f.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			http.Error(w, "GET only", http.StatusMethodNotAllowed)
			return
		}
		next.ServeHTTP(w, r)
	})
	c := one()
	if err := f.source(t, nil).Collect(t.Context(), window, c); err != nil {
		t.Fatal(err)
	}
	if cpu, _ := merged(t, c, 0, 0); cpu.Count() != 3*288 {
		t.Errorf("%d samples", cpu.Count())
	}
}
