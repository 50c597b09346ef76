package flux

import (
	"slices"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
)

// read are the kinds of the table that this package lists: all but Argo CD's own.
var read = func() []*collector.Kind {
	var kinds []*collector.Kind
	for i, k := range collector.Kinds() {
		if k.Of != "argocd" {
			kinds = append(kinds, &collector.Kinds()[i])
		}
	}
	return kinds
}()

// gapSource is the name that gaps about a kind carry. Only Flux's objects tell who
// applies what; without those of others nothing but their intervals is unknown.
func gapSource(k *collector.Kind) string {
	if k.Of == "flux" {
		return source
	}
	return collector.Intervals
}

const (
	enabledAnnotation = "fluxcd.controlplane.io/reconcile"
	shardLabel        = "sharding.fluxcd.io/key"
)

// pace fills what sets the pace of r: its interval, what it comes back at after a
// failure, and its further timers.
func (o *object) pace(k *collector.Kind, r *collector.Reconciler) {
	written := o.textAt(k.Interval)
	r.Idle = slices.ContainsFunc(k.Idle, func(c collector.Condition) bool { return c.Holds(o.textAt(c.Path)) })
	if !r.Idle {
		r.Interval = o.parseDuration(named(k.Interval), written)
		r.Idle = k.ZeroStops && written != "" && r.Interval.Duration == 0
	}
	for _, path := range k.Retry {
		if r.RetryInterval.Duration == 0 {
			r.RetryInterval = o.durationAt(path)
		}
	}
	for _, f := range k.Also {
		r.Timers = append(r.Timers, o.timer(f))
	}
	if k.Kind == "AnalysisTemplate" || k.Kind == "ClusterAnalysisTemplate" {
		o.metrics(r)
	}
}

func (o *object) timer(f collector.Field) collector.Timer {
	t := collector.Timer{Path: f.Path, Interval: o.durationAt(f.Path), Set: o.textAt(f.Path) != ""}
	if !t.Set {
		t.Interval.Duration = f.Default
	}
	return t
}

// shortest is the shortest interval of timers that come round; zero where none does.
func shortest(timers []collector.Timer) time.Duration {
	var least time.Duration
	for _, t := range timers {
		if d := t.Interval.Duration; d > 0 && (least == 0 || d < least) {
			least = d
		}
	}
	return least
}
