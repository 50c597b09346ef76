package interval

import (
	"strings"
	"testing"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
)

// storm is an Argo CD of 20 Applications whose refreshes were so many in 10 hours: at
// 120s and 60s its timer makes about 19 an hour of each, 380 of all.
func storm(count int, change func(*collector.Cluster)) collector.Cluster {
	c := argoOf(20, time.Second, 2*time.Minute, time.Minute)
	ref := collector.WorkloadRef{APIVersion: "apps/v1", Kind: "StatefulSet", Namespace: "argocd", Name: "argocd-application-controller"}
	k := &c.Controllers[0]
	k.Measured = collector.Measured{Source: "prometheus", Count: count, Span: d(10 * time.Hour)}
	k.ClusterEvents = collector.Counted{Count: 90_000, Span: d(10 * time.Hour)}
	k.Workloads = []collector.WorkloadRef{ref}
	c.Workloads = []collector.Workload{{APIVersion: "apps/v1", Kind: "StatefulSet", Namespace: "argocd", Name: ref.Name, Replicas: 1,
		Containers: []collector.Container{{Name: "argocd-application-controller", Image: "quay.io/argoproj/argocd:v3.1.0"}}}}
	if change != nil {
		change(&c)
	}
	return c
}

func TestStorms(t *testing.T) {
	setting := func(value string) func(*collector.Cluster) {
		return func(c *collector.Cluster) {
			c.Controllers[0].Settings = []collector.Setting{{Name: ignoreKey, Value: value, Set: true, In: collector.InConfigMap}}
		}
	}
	image := func(name string) func(*collector.Cluster) {
		return func(c *collector.Cluster) { c.Workloads[0].Containers[0].Image = name }
	}
	const on = "proposed, data.resource.ignoreResourceUpdatesEnabled "
	for name, c := range map[string]struct {
		c    collector.Cluster
		want string
	}{
		"what the timer asks for is none":         {storm(4000, nil), "nothing"},
		"nor is what is less than that":           {storm(6000, nil), "nothing"},
		"most of them by changes of live objects": {storm(20_000, nil), "advised"},
		"most of them, but few an Application": {storm(20_000, func(c *collector.Cluster) {
			c.Controllers[0].Timeout = d(time.Hour) // the timer makes 13 an hour, and 14 an Application come beside
			c.Controllers[0].Measured.Count = 3000
		}), "nothing"},
		"those of Applications that are not known to be its": {storm(20_000, func(c *collector.Cluster) { c.Controllers[0].Applications = 21 }), "nothing"},
		"one of its own that is paused is": {storm(20_000, func(c *collector.Cluster) {
			c.Controllers[0].Applications, c.Reconcilers[0].Suspended = 20, true
		}), "advised"},
		"what was not measured says nothing":       {storm(20_000, func(c *collector.Cluster) { c.Controllers[0].Measured = collector.Measured{} }), "nothing"},
		"nor does a restart":                       {storm(20_000, func(c *collector.Cluster) { c.Controllers[0].Measured.Doubt(collector.ControllerRestart) }), "nothing"},
		"none are ignored, as it is switched off":  {storm(20_000, setting("false")), on + "false>true"},
		"it is switched on":                        {storm(20_000, setting("true")), "advised"},
		"what it says cannot be read":              {storm(20_000, setting("maybe")), "advised"},
		"before 3.0 it is off where it is not set": {storm(20_000, image("quay.io/argoproj/argocd:v2.14.3")), on + ">true"},
		"before 2.8 there is no such thing":        {storm(20_000, image("quay.io/argoproj/argocd:v2.7.9")), "advised"},
		"a version that is not said":               {storm(20_000, image("argocd@sha256:abc")), "advised"},
		"one that is no version":                   {storm(20_000, image("registry:5000/argocd:v2")), "advised"},
	} {
		t.Run(name, func(t *testing.T) {
			fs := of(Default(), c.c, "interval-events")
			if got := summary(fs); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
	got := told(of(Default(), storm(20_000, func(c *collector.Cluster) {
		c.Controllers[0].Settings = []collector.Setting{{Name: ignorePrefix + "apps_Deployment", Set: true}}
	}), "interval-events")[0])
	for name, want := range map[string]string{ // 2,000 an hour, less 20 × 3600 ÷ 147: events hasten what is due
		"not by the timer":        "1512 of 2000 refreshes an hour, 75.6 an Application (20000 measured over 10h, from prometheus",
		"changes of live objects": "9000 an hour",
		"timeout":                 "a longer timeout.reconciliation does not cure those",
		"ignored already":         "apps_Deployment",
		"how to find them":        "topk(10, sum by (group, kind)",
	} {
		if !strings.HasPrefix(got[name], want) {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got[name], want)
		}
	}
}
