package interval

import (
	"regexp"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
)

// odd is what no finding says: figures that are none, and those below zero.
var odd = regexp.MustCompile(`NaN|Inf|%!| -[0-9]`)

// Whatever a recording says of controllers, each finding has an id of its own, says
// what to do and why in words and numbers, and what is proposed changes fields that
// nothing else does.
func TestControllersFindingsHoldTogether(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawControllers(t)
		ids, fields := map[string]bool{}, map[string]bool{}
		for _, f := range run(Default(), c) {
			if ids[f.ID] {
				t.Errorf("two findings are %s", f.ID)
			}
			ids[f.ID] = true
			words := f.Title + f.Reason
			for _, e := range f.Evidence {
				if words += " " + e.Value; e.Value == "" {
					t.Errorf("%s: nothing is said of %s", f.Title, e.Name)
				}
			}
			if no := odd.FindString(words); no != "" {
				t.Errorf("%q in %s", no, words)
			}
			if f.Status == recommend.Proposed && len(f.Changes) == 0 {
				t.Errorf("%s changes nothing", f.Title)
			}
			for _, change := range f.Changes {
				if change.Before == change.After || change.After == "" || change.Object.Name == "" || f.Status == recommend.Proposed && fields[change.Object.String()+change.Field()] {
					t.Errorf("%s: %+v", f.Title, change)
				}
				if f.Status == recommend.Proposed {
					fields[change.Object.String()+change.Field()] = true
				}
			}
		}
	})
}

// drawControllers draws a cluster of whatever controllers have, zeros and bounds too.
func drawControllers(t *rapid.T) collector.Cluster {
	upTo := func(name string, most int) int { return rapid.IntRange(0, most).Draw(t, name) }
	long := func(name string) time.Duration {
		return rapid.SampledFrom([]time.Duration{0, 1, time.Second, time.Minute, time.Hour, 14 * 24 * time.Hour, 290 * 365 * 24 * time.Hour}).Draw(t, name)
	}
	c := fromOne(loaded(1+upTo("Kustomizations", 12), long("run"), upTo("objects", 1_000_000)))
	for i := range c.Reconcilers {
		c.Reconcilers[i].Interval = d(long("interval"))
	}
	argo := argoOf(upTo("Applications", 12), long("refresh"), long("timeout"), min(time.Hour, long("jitter"))) // a longer one takes the model a while
	c.Controllers = append(c.Controllers, argo.Controllers...)
	c.Reconcilers = append(c.Reconcilers, argo.Reconcilers...)
	c.Reconcilers = append(c.Reconcilers, setOf(generator(long("wait"), true, "0", "git")))
	c.Operators = []collector.Controller{operator("crossplane", "--poll-interval", rapid.SampledFrom([]string{"", "1m", "0", "-1m", "9999999h"}).Draw(t, "poll"), true)}
	for i := range c.Controllers {
		k := &c.Controllers[i]
		k.Process = collector.Process{Span: d(long("process")), CPU: collector.MilliCPU(upTo("mean", 1<<40)), CPUPeak: collector.MilliCPU(upTo("peak", 1<<40))}
		k.Measured = collector.Measured{Source: "prometheus", Count: upTo("count", 1<<30), Span: d(long("span")), Mean: d(long("mean run"))}
		k.ClusterEvents = collector.Counted{Count: int64(upTo("events", 1<<40)), Span: d(long("events span"))}
		for _, name := range []string{"kustomization", "app_reconciliation_queue"} {
			k.Queues = append(k.Queues, collector.Queue{Name: name, Workers: upTo("workers", 20_000), Span: d(long("queue")), Runs: []collector.Tally{{Count: int64(upTo("runs", 1<<40))}},
				Waited: collector.Timed{Count: int64(upTo("waited", 1<<20)), Total: d(long("wait"))}})
		}
		for j := range k.Settings {
			k.Settings[j].Value = rapid.SampledFrom([]string{"", "0", "-4", "4", "many", "1000000"}).Draw(t, "setting")
			k.Settings[j].Set = rapid.Bool().Draw(t, "set")
			k.Settings[j].In = rapid.SampledFrom([]string{collector.InFlag, collector.InEnv, collector.InConfigMap, ""}).Draw(t, "in")
		}
	}
	c.Workloads[0].Containers[0].Limits.CPU = collector.MilliCPU(upTo("limit", 4000))
	if rapid.Bool().Draw(t, "no workloads") {
		c.Workloads = slices.Delete(c.Workloads, 0, 1)
	}
	return c
}
