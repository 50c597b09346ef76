package flux

import (
	"strconv"

	"github.com/tuppence-dev/tuppence/collector"
)

// metrics are the timers of an AnalysisTemplate: one a metric, at the pace of which
// it is measured while a rollout is in progress. A metric without an interval is
// measured once.
// https://argo-rollouts.readthedocs.io/en/stable/features/analysis/
func (o *object) metrics(r *collector.Reconciler) {
	for i, m := range o.list("spec.metrics") {
		s, _ := at(m, "interval").(string)
		if s == "" {
			continue
		}
		if len(r.Timers) == collector.MaxTimers {
			o.problem("spec.metrics has more than %d intervals", collector.MaxTimers)
			break
		}
		path := []string{"spec", "metrics", strconv.Itoa(i), "interval"}
		r.Timers = append(r.Timers, collector.Timer{Path: path, Interval: o.parseDuration(named(path), s), Set: true})
	}
	r.Interval.Duration = shortest(r.Timers)
}
