package interval

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
)

// controllerOf is a Deployment of one of Flux's controllers and what is known of it.
func controllerOf(name string, request collector.MilliCPU) (collector.Controller, collector.Workload) {
	ref := collector.WorkloadRef{APIVersion: "apps/v1", Kind: "Deployment", Namespace: "flux-system", Name: name}
	k := collector.Controller{Kind: name, Namespace: "flux-system", Name: name, Settings: []collector.Setting{
		{Name: "--concurrent", Value: "4", In: collector.InFlag, Object: ref, Container: "manager"}}}
	w := collector.Workload{APIVersion: "apps/v1", Kind: "Deployment", Namespace: "flux-system", Name: name, Replicas: 1,
		Containers: []collector.Container{{Name: "manager", Image: "ghcr.io/fluxcd/" + name + ":v1.7.3", Requests: collector.Resources{CPU: request, Memory: collector.GiB}}}}
	return k, w
}

// hundred are Kustomizations of 50 objects that take a second.
func hundred(interval time.Duration) []collector.Reconciler {
	var all []collector.Reconciler
	for i := range 100 {
		r := object("Kustomization", interval)
		r.Name, r.Objects, r.Measured.Mean = fmt.Sprintf("k%02d", i), 50, d(time.Second)
		all = append(all, r)
	}
	return all
}

// of are the findings of a cluster whose ids begin so.
func of(s Settings, c collector.Cluster, prefix string) []recommend.Finding {
	r, err := New(s)
	if err != nil {
		panic(err)
	}
	f := collector.Fleet{Clusters: []collector.Cluster{c}}
	judge, _ := r.Over(&f)
	pass := recommend.Pass{Cluster: &f.Clusters[0]}
	for i := range c.Workloads {
		var demand []collector.Resources
		for k := range c.Workloads[i].Containers {
			demand = append(demand, c.Workloads[i].Containers[k].Requests)
		}
		pass.Demand = append(pass.Demand, demand)
	}
	var found []recommend.Finding
	for _, f := range judge(&pass) {
		if strings.HasPrefix(f.ID, prefix+"-") {
			found = append(found, f)
		}
	}
	return found
}

func told(f recommend.Finding) map[string]string {
	all := map[string]string{}
	for _, e := range f.Evidence {
		all[e.Name] += e.Value
	}
	return all
}

// 100 runs of 105 ms every 301 s are 34.9m, and every 3601 s 2.9m: 32m less. 160m at
// the peak leave (160 − 32) × 1.15 = 147.2, so 150m.
func TestAControllersRequestFollowsItsRuns(t *testing.T) {
	k, w := controllerOf("kustomize-controller", 500)
	k.Process = collector.Process{Span: d(14 * 24 * time.Hour), CPU: 100, CPUPeak: 160}
	fs := of(Default(), collector.Cluster{Name: "c", Reconcilers: hundred(5 * time.Minute), Controllers: []collector.Controller{k}, Workloads: []collector.Workload{w}}, "interval-request")
	if len(fs) != 1 || fs[0].Status != recommend.Advised {
		t.Fatalf("%+v", fs)
	}
	f := fs[0]
	if got, want := summary(fs), "advised, spec.template.spec.containers[name=manager].resources.requests.cpu 500m>150m"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := f.Requests(); len(got) != 1 || got[0] != (collector.Resources{CPU: 150, Memory: collector.GiB}) {
		t.Errorf("requests %+v: the CPU alone changes", got)
	}
	for name, want := range map[string]string{
		"request now":   "500m of CPU; by what it uses at the intervals of now it would be 185m",
		"measured use":  "100m on average and 160m at its peak over 336h, as the process itself tells",
		"runs":          "100 an hour at the proposed intervals instead of 1196",
		"predicted use": "68m on average; 2.9m of it for runs instead of 35m (reference, standard error",
		"money":         "the pounds are what the controller requests; a managed control plane",
	} {
		if got := told(f)[name]; !strings.HasPrefix(got, want) {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got, want)
		}
	}
	if f.Confidence != recommend.Low {
		t.Errorf("confidence %s by the reference", f.Confidence)
	}
}

func TestARequestIsLeftAlone(t *testing.T) {
	for name, change := range map[string]func(*collector.Cluster){
		"where it was measured and has reason to change": func(*collector.Cluster) {},
		"where the intervals stay": func(c *collector.Cluster) {
			c.Reconcilers = hundred(time.Hour)
			for i := range c.Reconcilers {
				c.Reconcilers[i].RetryInterval = d(5 * time.Minute)
			}
		},
		"where none is set":             func(c *collector.Cluster) { c.Workloads[0].Containers[0].Requests.CPU = 0 },
		"where it was never measured":   func(c *collector.Cluster) { c.Controllers[0].Process = collector.Process{} },
		"where a day was measured":      func(c *collector.Cluster) { c.Controllers[0].Process.Span = d(24 * time.Hour) },
		"where its mean is zero":        func(c *collector.Cluster) { c.Controllers[0].Process.CPU = 0 },
		"where its size is near":        func(c *collector.Cluster) { c.Workloads[0].Containers[0].Requests.CPU = 165 },
		"where it has too little":       func(c *collector.Cluster) { c.Workloads[0].Containers[0].Requests.CPU = 50 },
		"where a VPA sets it":           func(c *collector.Cluster) { c.Workloads[0].VPA = &collector.VPA{Mode: "Auto"} },
		"where an HPA scales by it":     func(c *collector.Cluster) { c.Workloads[0].HPA = &collector.HPA{CPUTarget: 80} },
		"where several pods share work": func(c *collector.Cluster) { c.Workloads[0].Replicas = 2 },
		"where the workload is unread":  func(c *collector.Cluster) { c.Workloads = nil },
		"where another program runs": func(c *collector.Cluster) {
			c.Workloads[0].Containers[0].Image = "busybox"
			c.Workloads[0].Containers[0].Name = "x"
		},
		"where the runs are few": func(c *collector.Cluster) { c.Reconcilers = c.Reconcilers[:20] }, // 7m less
	} {
		t.Run(name, func(t *testing.T) {
			k, w := controllerOf("kustomize-controller", 500)
			k.Process = collector.Process{Span: d(14 * 24 * time.Hour), CPU: 100, CPUPeak: 160}
			c := collector.Cluster{Name: "c", Reconcilers: hundred(5 * time.Minute), Controllers: []collector.Controller{k}, Workloads: []collector.Workload{w}}
			change(&c)
			want := 0
			if strings.HasPrefix(name, "where it was measured and") {
				want = 1
			}
			if fs := of(Default(), c, "interval-request"); len(fs) != want {
				t.Errorf("%d findings, want %d: %+v", len(fs), want, fs)
			}
		})
	}
}

// A source every minute becomes one every 5: 4 of 5 runs go. Measured were 100 m for
// as many runs as there are now, 60 × 59 an hour, so that 80m go with them.
func TestAControllerWithoutCostsFollowsItsShare(t *testing.T) {
	k, w := controllerOf("source-controller", 400)
	k.Process = collector.Process{Span: d(14 * 24 * time.Hour), CPU: 100, CPUPeak: 130}
	k.Queues = []collector.Queue{{Name: "gitrepository", Workers: 4, WorkersFrom: "metric", Span: d(10 * time.Hour), Runs: []collector.Tally{{Name: "success", Count: 35400}}}}
	c := collector.Cluster{Name: "c", Controllers: []collector.Controller{k}, Workloads: []collector.Workload{w}}
	for i := range 60 {
		r := object("GitRepository", time.Minute)
		r.Name = fmt.Sprint("g", i)
		c.Reconcilers = append(c.Reconcilers, r)
	}
	if got, want := summary(of(Default(), c, "interval-request")), "advised, spec.template.spec.containers[name=manager].resources.requests.cpu 400m>60m"; got != want {
		t.Errorf("got  %s\nwant %s", got, want) // (130 − 80) × 1.15 = 57.5
	}
	c.Controllers[0].Queues = nil
	if fs := of(Default(), c, "interval-request"); len(fs) > 0 {
		t.Errorf("how many runs it took is not known, and there is %+v", fs)
	}
}

// 200 Applications that are refreshed every 60 s × 1.57 become as many every 120 s, so
// that half of the 400m goes that every sample has.
func TestArgoCDsControllerFollowsItsRefreshes(t *testing.T) {
	c := argoOf(200, time.Second, time.Minute, 30*time.Second)
	ref := collector.WorkloadRef{APIVersion: "apps/v1", Kind: "StatefulSet", Namespace: "argocd", Name: "argocd-application-controller"}
	cpu := collector.NewSketch()
	for range 500 {
		if err := cpu.Add(400); err != nil {
			t.Fatal(err)
		}
	}
	c.Workloads = []collector.Workload{{APIVersion: "apps/v1", Kind: "StatefulSet", Namespace: "argocd", Name: ref.Name, Replicas: 1, Containers: []collector.Container{{
		Name: "argocd-application-controller", Requests: collector.Resources{CPU: 1000},
		Usage: collector.Usage{Source: "prometheus", Days: []collector.DayUsage{{Day: "2026-11-01", CPU: cpu.Digest()}, {Day: "2026-11-02", CPU: cpu.Digest()}}}}}}}
	k := &c.Controllers[0]
	k.Workloads = []collector.WorkloadRef{ref}
	k.Queues = []collector.Queue{{Name: "app_reconciliation_queue", Workers: 20, WorkersFrom: "metric", Span: d(time.Hour), Runs: []collector.Tally{{Name: "success", Count: 7640}}}}
	fs := of(Default(), c, "interval-request")
	if got, want := summary(fs), "advised, spec.template.spec.containers[name=argocd-application-controller].resources.requests.cpu 1>230m"; got != want {
		t.Errorf("got  %s\nwant %s", got, want) // 200 × 1.15 = 230
	}
}

// A plan that runs more often needs more, where the request was right for what is now.
func TestARequestGrowsWithShorterIntervals(t *testing.T) {
	k, w := controllerOf("kustomize-controller", 80)
	k.Process = collector.Process{Span: d(14 * 24 * time.Hour), CPU: 50, CPUPeak: 60}
	s := Default()
	s.Drift = d(3 * time.Minute) // 2m: 100 runs of 105 ms every 121 s are 87m, and every 301 s 35m
	fs := of(s, collector.Cluster{Name: "c", Reconcilers: hundred(5 * time.Minute), Controllers: []collector.Controller{k}, Workloads: []collector.Workload{w}}, "interval-request")
	if got, want := summary(fs), "advised, spec.template.spec.containers[name=manager].resources.requests.cpu 80m>130m"; got != want {
		t.Errorf("got  %s\nwant %s", got, want) // (60 + 52) × 1.15 = 128.8
	}
}

// What bursts take above the mean is never taken away, whatever the fit says.
func TestBurstsStayInTheRequest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k, w := controllerOf("kustomize-controller", collector.MilliCPU(rapid.IntRange(1, 4000).Draw(t, "request")))
		mean := rapid.IntRange(1, 2000).Draw(t, "mean")
		high := mean + rapid.IntRange(0, 2000).Draw(t, "above")
		k.Process = collector.Process{Span: d(14 * 24 * time.Hour), CPU: collector.MilliCPU(mean), CPUPeak: collector.MilliCPU(high)}
		interval := Ladder[rapid.IntRange(0, 6).Draw(t, "interval")]
		c := collector.Cluster{Name: "c", Reconcilers: hundred(interval), Controllers: []collector.Controller{k}, Workloads: []collector.Workload{w}}
		for _, f := range of(Default(), c, "interval-request") {
			after := f.Requests()[0].CPU
			if burst := requestHeadroom * float64(high-mean); float64(after) < burst || after < requestFloor {
				t.Errorf("%s for bursts of %gm above the mean", recommend.CPU(after), burst)
			}
		}
	})
}
