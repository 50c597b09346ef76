package interval

import (
	"cmp"
	"fmt"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
)

// argoFactor is Argo CD's effective period in timeouts at its default jitter of
// half the timeout: about 190 s at 120 s and 60 s. Derived, not measured.
const argoFactor = 1.58

// argo judges one Argo CD instance: the timeout is one setting for all its
// Applications, which have no interval of their own.
func (s Settings) argo(cluster string, c *collector.Controller) (recommend.Finding, bool) {
	if c.Kind != "argocd" {
		return recommend.Finding{}, false
	}
	o := recommend.Object{Cluster: cluster, APIVersion: "v1", Kind: "ConfigMap", Namespace: c.Namespace, Name: "argocd-cm"}
	f := recommend.Finding{ID: recommend.FindingID(Name, o), Recommender: Name, Subject: o, Status: recommend.Proposed, Confidence: recommend.Medium}
	objective := s.Deploy.Duration
	now := c.Timeout.Duration
	if !c.TimeoutSet {
		now = cmp.Or(now, 120*time.Second)
	}
	say := func(name, format string, args ...any) {
		f.Evidence = append(f.Evidence, recommend.Evidence{Name: name, Value: fmt.Sprintf(format, args...)})
	}
	say("objective", "deploy latency and drift: how long a change waits to be seen; a period of at most %s", recommend.Interval(objective))
	if now == 0 {
		f.Status = recommend.Advised
		f.Title = "Make sure that webhooks reach Argo CD: polling is off"
		f.Reason = "timeout.reconciliation is 0, so a missed webhook or a change by hand is not seen until the next refresh"
		return f, true
	}
	next, ok := s.choose(now, objective, argoFactor-1, 0)
	if !ok {
		f.Status, f.Title = recommend.Withheld, "No timeout can meet the objective"
		f.Reason = fmt.Sprintf("the effective period of the shortest timeout is %s", round(Period(Ladder[0], argoFactor-1, 0)))
		return f, true
	}
	if next == now {
		return recommend.Finding{}, false
	}
	before := ""
	if c.TimeoutSet {
		before = seconds(now)
	}
	f.Changes = []recommend.Change{{Object: o, Path: []string{"data", "timeout.reconciliation"}, Before: before, After: seconds(next)}}
	f.Title = fmt.Sprintf("Refresh Applications every %s instead of every %s", recommend.Interval(next), recommend.Interval(now))
	say("effective period", "about %s now, %s after (1.58 × the timeout at the default jitter, derived; at worst twice the timeout and the jitter)",
		round(Period(now, argoFactor-1, 0)), round(Period(next, argoFactor-1, 0)))
	if rate, ok := c.Measured.PerHour(); ok {
		say("measured rate", "%s an hour (%d over %s, from %s)", number(rate), c.Measured.Count, recommend.Interval(c.Measured.Span.Round(time.Second)), c.Measured.Source)
	}
	if why := doubts(&c.Measured); why != "" {
		f.Confidence = lowered(f.Confidence)
		say("in doubt", "%s", why)
	}
	if c.Applications > 0 {
		say("predicted rate", "%s refreshes an hour for %d Applications instead of %s, changes of live objects apart",
			number(argoRate(c.Applications, next)), c.Applications, number(argoRate(c.Applications, now)))
	}
	say("to take effect", "restart the application controller and the repo-server, which read argocd-cm at start")
	say("money", "%s", money)
	return f, true
}

func argoRate(applications int, timeout time.Duration) float64 {
	return float64(applications) * float64(time.Hour) / (argoFactor * float64(timeout))
}

// seconds is how Argo CD's documentation writes its timeouts: 180s.
func seconds(d time.Duration) string {
	if d%time.Second != 0 {
		return recommend.Interval(d)
	}
	return fmt.Sprintf("%ds", int(d/time.Second))
}
