package interval

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend/interval/model"
)

// argoOf is an Argo CD with so many Applications whose refresh takes so long.
func argoOf(apps int, run, timeout, jitter time.Duration) collector.Cluster {
	k := collector.Controller{Kind: "argocd", Namespace: "argocd", Name: "argocd-cm", Timeout: d(timeout), TimeoutSet: true, Jitter: d(jitter), JitterSet: true}
	c := collector.Cluster{Name: "c", Controllers: []collector.Controller{k}, Reconcilers: applications(apps)}
	for i := range c.Reconcilers {
		c.Reconcilers[i].Measured.Mean = d(run)
	}
	return c
}

func TestJitter(t *testing.T) {
	soon := Default()
	soon.Deploy = d(5 * time.Minute)
	for name, c := range map[string]struct {
		s          Settings
		c          collector.Cluster
		want, told string
	}{
		"Argo CD's own is right": {Default(), argoOf(800, time.Second, 2*time.Minute, time.Minute), "nothing", ""},
		// 800 runs of a second with 20 workers take 40 s.
		"none has all of them queue at once": {Default(), argoOf(800, time.Second, 2*time.Minute, 0), "proposed, data.timeout.reconciliation.jitter 0s>30s",
			"all 800 Applications become due within it after each resync: with 0s they wait 12s on average for a worker; with 30s they wait 74ms"},
		"but few of them do not wait":             {Default(), argoOf(60, time.Second, 2*time.Minute, 0), "nothing", ""},
		"nor is it longer than objectives let it": {soon, argoOf(800, time.Second, 2*time.Minute, 0), "nothing", ""},
		// A commit waits 5m49s with it, 4m1s without.
		"one longer than the timeout distorts": {soon, argoOf(10, time.Second, time.Minute, 2*time.Minute), "proposed, data.timeout.reconciliation.jitter 120s>30s",
			"2m is longer than the timeout of 1m, so that a refresh comes after 1.87 timeouts on average"},
		"and comes along with the timeout": {asking(), argoOf(10, time.Second, 2*time.Minute, 5*time.Minute),
			"proposed, data.timeout.reconciliation 120s>60s, data.timeout.reconciliation.jitter 300s>30s", "5m is longer than the timeout of 1m"},
		"what a flag sets is no matter of the map": {Default(), func() collector.Cluster {
			c := argoOf(800, time.Second, 2*time.Minute, 0)
			c.Controllers[0].Settings = []collector.Setting{{Name: jitterKey, In: collector.InFlag, Value: "0", Set: true}}
			return c
		}(), "nothing", ""},
	} {
		t.Run(name, func(t *testing.T) {
			fs := of(c.s, c.c, Name)
			if got := summary(fs); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			if len(fs) > 0 && !strings.Contains(told(fs[0])["jitter"], c.told) {
				t.Errorf("jitter %q, want %q in it", told(fs[0])["jitter"], c.told)
			}
		})
	}
}

// What is proposed is within half of the timeout, breaks no objective, and leaves
// nothing more to be said of it.
func TestJitterSettlesIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seconds := func(most int, name string) time.Duration {
			return time.Duration(rapid.IntRange(0, most).Draw(t, name)) * time.Second
		}
		c := argoOf(rapid.IntRange(1, 400).Draw(t, "apps"), time.Second+seconds(20, "run"), time.Second+seconds(3600, "timeout"), seconds(900, "jitter"))
		s := Default()
		p, err := s.Plan(Model(&collector.Fleet{Clusters: []collector.Cluster{c}}))
		if err != nil {
			t.Fatal(err)
		}
		jitter, ok := p.jitter(0, &c.Controllers[0])
		if !ok {
			return
		}
		if timeout := p.Best.Systems[0].Tasks[0].Interval; jitter > timeout/2 {
			t.Errorf("%s with a timeout of %s", jitter, timeout)
		}
		o := p.alone(spreadOver(p.Best.Systems[0], jitter))
		if now, then := p.missesOf(0, &p.Then.Systems[0]), p.missesOf(0, &o.Systems[0]); then > now {
			t.Errorf("%d objectives are missed, and %d were", then, now)
		}
		again := *p
		next := *p.Best
		next.Systems = []model.System{spreadOver(p.Best.Systems[0], jitter)}
		again.Best, again.Then = &next, o
		if more, ok := again.jitter(0, &c.Controllers[0]); ok {
			t.Errorf("%s, and then %s", jitter, more)
		}
	})
}
