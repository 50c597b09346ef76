package rightsize

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
)

const mi = collector.MiB

// steady is a week of 5-minute samples: cpu millicores and memory bytes, always
// the same.
func steady(cpu, memory float64) collector.Usage { return usage(7, 288, cpu, memory) }

func usage(days, samples int, cpu, memory float64) collector.Usage {
	u := collector.Usage{Source: "prometheus"}
	for d := range days {
		c, m := collector.NewSketch(), collector.NewSketch()
		for range samples {
			if c.Add(cpu) != nil || m.Add(memory) != nil {
				panic("a test's sample is refused")
			}
		}
		u.Days = append(u.Days, collector.DayUsage{Day: collector.Day(fmt.Sprintf("2026-11-%02d", d+1)), CPU: c.Digest(), Memory: m.Digest()})
	}
	return u
}

func res(cpu collector.MilliCPU, memory collector.Bytes) Resources {
	return Resources{CPU: cpu, Memory: memory}
}

func deployment(cs ...collector.Container) collector.Workload {
	return collector.Workload{APIVersion: "apps/v1", Kind: "Deployment", Namespace: "shop", Name: "web", Replicas: 2, Containers: cs}
}

func app(requests, limits Resources, u collector.Usage) collector.Container {
	return collector.Container{Name: "app", Requests: requests, Limits: limits, Usage: u}
}

func run(t testing.TB, s Settings, w collector.Workload, ns ...collector.Namespace) []recommend.Finding {
	t.Helper()
	r, err := New(s)
	if err != nil {
		t.Fatal(err)
	}
	return r.Func(&recommend.Pass{Cluster: &collector.Cluster{Name: "c", Workloads: []collector.Workload{w}, Namespaces: ns}})
}

// summary is a finding in a line: status, then each change.
func summary(fs []recommend.Finding) string {
	if len(fs) == 0 {
		return "nothing"
	}
	f := fs[0]
	parts := []string{string(f.Status)}
	for _, c := range f.Changes {
		field := c.Field()
		parts = append(parts, fmt.Sprintf("%s %s>%s", field[strings.LastIndex(field, "resources.")+len("resources."):], c.Before, c.After))
	}
	return strings.Join(parts, ", ")
}

// Worked by hand with the default settings: CPU × 1.15 up to 5m, memory × 1.15
// and limits × 1.25 up to 1Mi. The sketch's 1 % makes CPU figures of a single
// value exact, as they are held to the least and largest sample.
func TestRules(t *testing.T) {
	week := steady(200, float64(400*mi)) // wants 230m, 460Mi, limit 500Mi
	for name, c := range map[string]struct {
		w    collector.Workload
		ns   collector.Namespace
		want string
	}{
		"oversized shrinks": {w: deployment(app(res(1000, 1024*mi), Resources{}, week)),
			want: "proposed, requests.cpu 1>230m, requests.memory 1Gi>460Mi"},
		"undersized grows, never hidden": {w: deployment(app(res(50, 200*mi), Resources{}, week)),
			want: "proposed, requests.cpu 50m>230m, requests.memory 200Mi>460Mi"},
		"unset requests are set": {w: deployment(app(Resources{}, Resources{}, week)),
			want: "proposed, requests.cpu >230m, requests.memory >460Mi"},
		"right-sized says nothing": {w: deployment(app(res(230, 460*mi), Resources{}, week)), want: "nothing"},
		"trivial changes are suppressed": {w: deployment(app(res(250, 500*mi), Resources{}, week)),
			want: "nothing"}, // −20m is 8 %, −40Mi is 8 %
		"ten per cent of little is worth it": {w: deployment(app(res(260, 520*mi), Resources{}, week)),
			want: "proposed, requests.cpu 260m>230m, requests.memory 520Mi>460Mi"},
		"under 10m and 16Mi never": {w: deployment(app(res(15, 47*mi), Resources{}, steady(5, float64(20*mi)))),
			want: "nothing"},
		"floors hold": {w: deployment(app(res(100, 256*mi), Resources{}, steady(1, float64(mi)))),
			want: "proposed, requests.cpu 100m>10m, requests.memory 256Mi>32Mi"},
		"a floor never raises": {w: deployment(app(res(5, 20*mi), Resources{}, steady(1, float64(mi)))), want: "nothing"},
		"a CPU limit is kept": {w: deployment(app(res(1000, 460*mi), res(2000, 0), week)),
			want: "proposed, requests.cpu 1>230m"},
		"a CPU limit rises with the request": {w: deployment(app(res(100, 460*mi), res(200, 0), week)),
			want: "proposed, requests.cpu 100m>230m, limits.cpu 200m>230m"},
		"a memory limit follows the peak": {w: deployment(app(res(230, 460*mi), res(0, 2048*mi), week)),
			want: "proposed, limits.memory 2Gi>500Mi"},
		"equal request and limit stay equal": {w: deployment(app(res(230, 1024*mi), res(0, 1024*mi), week)),
			want: "proposed, requests.memory 1Gi>500Mi, limits.memory 1Gi>500Mi"},
		"too few days":         {w: deployment(app(res(1000, 1024*mi), Resources{}, usage(2, 288, 200, 4e8))), want: "withheld"},
		"too few samples":      {w: deployment(app(res(1000, 1024*mi), Resources{}, usage(7, 10, 200, 4e8))), want: "withheld"},
		"no usage, no finding": {w: deployment(app(res(1000, 1024*mi), Resources{}, collector.Usage{})), want: "nothing"},
		"LimitRange minimum": {w: deployment(app(res(1000, 460*mi), Resources{}, week)),
			ns:   collector.Namespace{Name: "shop", Limits: []collector.LimitRange{{Type: "Container", Min: res(500, 0)}}},
			want: "proposed, requests.cpu 1>500m"},
		"LimitRange maximum": {w: deployment(app(res(100, 460*mi), Resources{}, week)),
			ns:   collector.Namespace{Name: "shop", Limits: []collector.LimitRange{{Type: "Container", Max: res(200, 0)}}},
			want: "proposed, requests.cpu 100m>200m"},
		"LimitRange of the pod": {w: deployment(app(res(1000, 460*mi), Resources{}, week)),
			ns:   collector.Namespace{Name: "shop", Limits: []collector.LimitRange{{Type: "Pod", Min: res(500, 0)}}},
			want: "withheld, requests.cpu 1>230m"},
		"a quota without room": {w: deployment(app(res(100, 460*mi), Resources{}, week)), // + 2 × 130m
			ns:   collector.Namespace{Name: "shop", Quotas: []collector.Quota{{Name: "q", HardRequests: res(1000, 0), UsedRequests: res(750, 0)}}},
			want: "withheld, requests.cpu 100m>230m"},
		"a quota with just enough room": {w: deployment(app(res(100, 460*mi), Resources{}, week)),
			ns:   collector.Namespace{Name: "shop", Quotas: []collector.Quota{{Name: "q", HardRequests: res(1000, 0), UsedRequests: res(740, 0)}}},
			want: "proposed, requests.cpu 100m>230m"},
		"a LimitRange maximum never takes a limit under the peak": {w: deployment(app(res(230, 300*mi), res(0, 1024*mi), week)),
			ns:   collector.Namespace{Name: "shop", Limits: []collector.LimitRange{{Type: "Container", Max: res(0, 256*mi)}}},
			want: "nothing"},
		"a decrease never breaks a quota": {w: deployment(app(res(1000, 460*mi), Resources{}, week)),
			ns:   collector.Namespace{Name: "shop", Quotas: []collector.Quota{{Name: "q", HardRequests: res(1000, 0), UsedRequests: res(2000, 0)}}},
			want: "proposed, requests.cpu 1>230m"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := summary(run(t, Default(), c.w, c.ns)); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestOwnersOfAField(t *testing.T) {
	week := steady(200, float64(400*mi))
	big := app(res(1000, 1024*mi), Resources{}, week)
	with := func(f func(*collector.Workload, *collector.Container)) collector.Workload {
		w := deployment(big)
		f(&w, &w.Containers[0])
		return w
	}
	for name, c := range map[string]struct {
		w            collector.Workload
		want, reason string
	}{
		"HPA on CPU keeps the CPU request, memory is sized": {with(func(w *collector.Workload, _ *collector.Container) {
			w.HPA = &collector.HPA{Name: "web", Min: 2, Max: 9, CPUTarget: 70}
		}), "proposed, requests.memory 1Gi>460Mi", "HPA web scales at 70 %"},
		"HPA on both withholds all": {with(func(w *collector.Workload, _ *collector.Container) {
			w.HPA = &collector.HPA{Name: "web", CPUTarget: 70, MemoryTarget: 80}
		}), "withheld, requests.cpu 1>230m, requests.memory 1Gi>460Mi", "HPA"},
		"HPA on memory keeps the request, and the limit above it": {with(func(w *collector.Workload, c *collector.Container) {
			w.HPA, c.Limits.Memory = &collector.HPA{Name: "web", MemoryTarget: 80}, 2048*mi
		}), "proposed, requests.cpu 1>230m, limits.memory 2Gi>1Gi", "HPA web scales at 80 % of the memory request"},
		"a VPA in charge withholds all": {with(func(w *collector.Workload, _ *collector.Container) {
			w.VPA = &collector.VPA{Name: "web", Mode: "Initial"}
		}), "withheld, requests.cpu 1>230m, requests.memory 1Gi>460Mi", "VPA web sets its sizes (mode Initial)"},
		"a VPA in charge before an HPA": {with(func(w *collector.Workload, _ *collector.Container) {
			w.VPA, w.HPA = &collector.VPA{Name: "web", Mode: "Auto"}, &collector.HPA{Name: "web", CPUTarget: 70}
		}), "withheld, requests.cpu 1>230m, requests.memory 1Gi>460Mi", "VPA web sets its sizes (mode Auto)"},
		"a VPA that only looks holds nothing": {with(func(w *collector.Workload, _ *collector.Container) {
			w.VPA = &collector.VPA{Name: "web", Mode: "Off"}
		}), "proposed, requests.cpu 1>230m, requests.memory 1Gi>460Mi", ""},
		"an init container is advice": {with(func(_ *collector.Workload, c *collector.Container) { c.Role = collector.Init }),
			"advised, requests.cpu 1>230m, requests.memory 1Gi>460Mi", "how long init container app runs is not known"},
		"HPA on something else holds nothing": {with(func(w *collector.Workload, _ *collector.Container) {
			w.HPA = &collector.HPA{Name: "web", Other: true}
		}), "proposed, requests.cpu 1>230m, requests.memory 1Gi>460Mi", ""},
		"a JVM's memory is advice beside its CPU": {with(func(_ *collector.Workload, c *collector.Container) { c.Runtime = "jvm" }),
			"proposed, requests.cpu 1>230m", "-Xmx"},
		"a JVM's memory alone is advice": {with(func(_ *collector.Workload, c *collector.Container) { c.Runtime, c.Requests.CPU = "jvm", 230 }),
			"advised, requests.memory 1Gi>460Mi", "-Xmx"},
		"a webhook's container is advice": {with(func(_ *collector.Workload, c *collector.Container) { c.Injected = true }),
			"advised, requests.cpu 1>230m, requests.memory 1Gi>460Mi", "webhook"},
		"one look is advice": {with(func(_ *collector.Workload, c *collector.Container) {
			c.Usage = usage(1, 1, 200, float64(400*mi))
			c.Usage.Source = "metrics.k8s.io"
		}), "advised, requests.cpu 1>230m, requests.memory 1Gi>460Mi", "metrics.k8s.io"},
		"a bare Pod is advice": {with(func(w *collector.Workload, _ *collector.Container) { w.Kind = "Pod" }), "advised, requests.cpu 1>230m, requests.memory 1Gi>460Mi", "bare Pod"},
		"a static pod is advice": {with(func(w *collector.Workload, _ *collector.Container) {
			w.Kind, w.Name, w.Placements = "Pod", "etcd-cp1", []collector.Placement{{Node: "cp1", Pods: 1}}
		}), "advised, requests.cpu 1>230m, requests.memory 1Gi>460Mi", "from a file on node cp1"},
		"a bare ReplicaSet is advice": {with(func(w *collector.Workload, _ *collector.Container) { w.Kind = "ReplicaSet" }), "advised, requests.cpu 1>230m, requests.memory 1Gi>460Mi", "ReplicaSet"},
		"a Job is advice": {with(func(w *collector.Workload, _ *collector.Container) {
			w.Kind, w.LongestJob.Duration = "Job", time.Hour
		}), "advised, requests.cpu 1>230m, requests.memory 1Gi>460Mi", "Job's template"},
		"a CronJob of long runs is sized": {with(func(w *collector.Workload, _ *collector.Container) {
			w.Kind, w.LongestJob.Duration = "CronJob", time.Hour
		}), "proposed, requests.cpu 1>230m, requests.memory 1Gi>460Mi", ""},
		"a CronJob of short runs is not": {with(func(w *collector.Workload, _ *collector.Container) {
			w.Kind, w.LongestJob.Duration = "CronJob", time.Minute
		}), "withheld, requests.cpu 1>230m, requests.memory 1Gi>460Mi", "too short"},
		"a CronJob of unknown runs is advice": {with(func(w *collector.Workload, _ *collector.Container) { w.Kind = "CronJob" }),
			"advised, requests.cpu 1>230m, requests.memory 1Gi>460Mi", "not known"},
		"a DaemonSet is sized": {with(func(w *collector.Workload, _ *collector.Container) { w.Kind = "DaemonSet" }), "proposed, requests.cpu 1>230m, requests.memory 1Gi>460Mi", ""},
	} {
		t.Run(name, func(t *testing.T) {
			fs := run(t, Default(), c.w)
			if got := summary(fs); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			if len(fs) > 0 && (c.reason == "" && fs[0].Reason != "" || !strings.Contains(fs[0].Reason, c.reason)) {
				t.Errorf("reason %q lacks %q", fs[0].Reason, c.reason)
			}
		})
	}
}

// Two workloads of two pods each want 130m more a pod; the quota has room for one,
// and one whose owner wants no advice takes none.
func TestAQuotasRoomIsGivenOnce(t *testing.T) {
	a := deployment(app(res(100, 460*mi), Resources{}, steady(200, float64(400*mi))))
	b := a
	b.Name = "api"
	r, err := New(Default())
	if err != nil {
		t.Fatal(err)
	}
	quota := []collector.Quota{{Name: "q", HardRequests: res(1000, 0), UsedRequests: res(700, 0)}}
	for ignore, second := range map[string]recommend.Status{"": recommend.Withheld, "rightsize": recommend.Proposed, "spot": recommend.Withheld} {
		a.Ignore = ignore
		var got []recommend.Status
		for _, f := range r.Func(&recommend.Pass{Cluster: &collector.Cluster{Workloads: []collector.Workload{a, b},
			Namespaces: []collector.Namespace{{Name: "shop", Quotas: quota}}}}) {
			got = append(got, f.Status)
		}
		if want := []recommend.Status{recommend.Proposed, second}; !slices.Equal(got, want) {
			t.Errorf("the first ignores %q: %v, want %v", ignore, got, want)
		}
	}
}

// A window of 14 days that begins at two o'clock touches 15 calendar days.
func TestDaysAreAtMostTheWindows(t *testing.T) {
	w := deployment(app(res(1000, 1024*mi), Resources{}, usage(15, 288, 200, float64(400*mi))))
	start := time.Date(2026, 11, 1, 2, 0, 0, 0, time.UTC)
	r, err := New(Default())
	if err != nil {
		t.Fatal(err)
	}
	fs := r.Func(&recommend.Pass{Cluster: &collector.Cluster{Workloads: []collector.Workload{w}},
		Window: collector.Window{Start: start, End: start.AddDate(0, 0, 14)}})
	if got := fmt.Sprint(fs); !strings.Contains(got, "4320 samples over 14 days") {
		t.Error(got)
	}
}

func TestOOMKills(t *testing.T) {
	killed := func(request, limit collector.Bytes, peak collector.Bytes) collector.Container {
		c := app(res(230, request), res(0, limit), steady(200, float64(peak)))
		c.Usage.OOMKills = 3
		return c
	}
	for name, c := range map[string]struct {
		c    collector.Container
		want string
	}{
		"the limit rises by a quarter":          {killed(800*mi, 1024*mi, 1000*mi), "proposed, requests.memory 800Mi>1150Mi, limits.memory 1Gi>1280Mi"},
		"or to the peak + 100Mi":                {killed(32*mi, 64*mi, 60*mi), "proposed, requests.memory 32Mi>69Mi, limits.memory 64Mi>160Mi"},
		"nothing is lowered":                    {killed(800*mi, 1024*mi, 200*mi), "nothing"},
		"without a limit no request is lowered": {killed(800*mi, 0, 200*mi), "nothing"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := summary(run(t, Default(), deployment(c.c))); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestPathsByKindAndRole(t *testing.T) {
	week := steady(200, float64(400*mi))
	c := app(res(1000, 460*mi), Resources{}, week)
	c.Role = collector.Sidecar
	for kind, want := range map[string]string{
		"StatefulSet": "spec.template.spec.initContainers[name=app].resources.requests.cpu",
		"Rollout":     "spec.template.spec.initContainers[name=app].resources.requests.cpu",
		"CronJob":     "spec.jobTemplate.spec.template.spec.initContainers[name=app].resources.requests.cpu",
		"Pod":         "spec.initContainers[name=app].resources.requests.cpu",
	} {
		w := deployment(c)
		w.Kind, w.LongestJob.Duration = kind, time.Hour
		fs := run(t, Default(), w)
		if len(fs) != 1 || len(fs[0].Changes) != 1 || fs[0].Changes[0].Field() != want {
			t.Errorf("%s: %+v, want %s", kind, fs, want)
		}
	}
}

func TestEvidenceSaysWhatBound(t *testing.T) {
	w := deployment(app(res(1000, 1024*mi), res(1000, 1024*mi), steady(1, float64(mi))))
	fs := run(t, Default(), w, collector.Namespace{Name: "shop", Limits: []collector.LimitRange{{Type: "Container", Min: res(0, 64*mi)}}})
	all := fmt.Sprint(fs)
	for _, want := range []string{"app CPU floor", "app CPU p95", "in 2016 samples over 7 days", "Guaranteed → Burstable", "the namespace's minimum is 64Mi"} {
		if !strings.Contains(all, want) {
			t.Errorf("evidence lacks %q:\n%s", want, all)
		}
	}
	if fs[0].Confidence != recommend.High {
		t.Errorf("confidence %s with a week of data", fs[0].Confidence)
	}
}

func TestHowOftenTheNewRequestWasExceeded(t *testing.T) {
	c, m := collector.NewSketch(), collector.NewSketch()
	for i := range 1000 {
		v := 100.0
		if i < 30 { // 3 % at ten times p95, which the sketch gives as 101m
			v = 1000
		}
		if c.Add(v) != nil || m.Add(1e8) != nil {
			t.Fatal("sample refused")
		}
	}
	u := collector.Usage{Source: "prometheus"}
	for d := range 3 {
		u.Days = append(u.Days, collector.DayUsage{Day: collector.Day(fmt.Sprint(d)), CPU: c.Digest(), Memory: m.Digest()})
	}
	fs := run(t, Default(), deployment(app(res(1000, 1024*mi), Resources{}, u)))
	if got := fmt.Sprint(fs); !strings.Contains(got, "3.0 % of the samples in the window were above 120m") {
		t.Error(got)
	}
}

func TestSettingsAreChecked(t *testing.T) {
	if _, err := New(Default()); err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]func(*Settings){
		"cpuQuantile": func(s *Settings) { s.CPUQuantile = math.NaN() }, "cpuHeadroom": func(s *Settings) { s.CPUHeadroom = 0.9 },
		"memoryHeadroom": func(s *Settings) { s.MemoryHeadroom = math.Inf(1) }, "limitHeadroom": func(s *Settings) { s.LimitHeadroom = 1.1 },
		"minDays": func(s *Settings) { s.MinDays = 0 }, "floor": func(s *Settings) { s.Floor.CPU = -1 }, "shortJob": func(s *Settings) { s.ShortJob.Duration = -1 },
	} {
		s := Default()
		f(&s)
		if _, err := New(s); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// apply returns w with the finding's changes made.
func apply(t interface{ Fatalf(string, ...any) }, w collector.Workload, f recommend.Finding) collector.Workload {
	w.Containers = append([]collector.Container(nil), w.Containers...)
	for _, c := range f.Changes {
		for k := range w.Containers {
			if !strings.Contains(c.Field(), "[name="+w.Containers[k].Name+"]") {
				continue
			}
			target := &w.Containers[k].Requests
			if c.Path[len(c.Path)-2] == "limits" {
				target = &w.Containers[k].Limits
			}
			if err := set(target, c.Path[len(c.Path)-1], c.After); err != nil {
				t.Fatalf("%s: %v", c.Field(), err)
			}
		}
	}
	return w
}
