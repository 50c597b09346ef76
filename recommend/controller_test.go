package recommend_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend/interval"
)

// 100 Kustomizations of 50 objects go from 5m to 1h, and 32m of 100m of CPU go with
// them: of a request of 500m 150m are left. 0.35 core of a machine at £73 a month is
// 0.35 × 73 × 9 ÷ 52 = £4.42, which is advice until the load has settled.
func TestLongerIntervalsBecomePoundsByTheControllersRequest(t *testing.T) {
	w := requesting("kustomize-controller", 500, 1, "a")
	w.Containers[0].Name, w.Containers[0].Image = "manager", "ghcr.io/fluxcd/kustomize-controller:v1.7.3"
	c := collector.Cluster{Name: "c", Nodes: []collector.Node{machine("a")}, Workloads: []collector.Workload{w}, Controllers: []collector.Controller{{
		Kind: w.Name, Namespace: w.Namespace, Name: w.Name,
		Process: collector.Process{Span: collector.Duration{Duration: 14 * 24 * time.Hour}, CPU: 100, CPUPeak: 160},
	}}}
	for i := range 100 {
		c.Reconcilers = append(c.Reconcilers, collector.Reconciler{APIVersion: "kustomize.toolkit.fluxcd.io/v1", Kind: "Kustomization", Namespace: "flux-system",
			Name: fmt.Sprintf("k%02d", i), Interval: collector.Duration{Duration: 5 * time.Minute}, Objects: 50,
			Measured: collector.Measured{Mean: collector.Duration{Duration: time.Second}}})
	}
	every, err := interval.New(interval.Default())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range findings(t, c, every) {
		if f.Subject.Kind == "Deployment" {
			got = append(got, saving(f))
		} else if f.Saving.Allocated.Money.IsPositive() {
			t.Errorf("an interval by itself saves nothing, and %s has %s", f.Subject, f.Saving.Allocated)
		}
	}
	if want := []string{"interval advised: £4.42, unknown"}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
