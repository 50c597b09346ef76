package interval

import (
	"slices"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
)

// kind is what the interval of one kind of object does.
type kind struct {
	serves collector.Purpose
	jitter float64 // share; image and Terraform controllers have none
	retry  bool    // .spec.retryInterval inherits .spec.interval
	field  []string
	asks   string // who is asked at each run, beside the cluster; empty: nobody
}

// tuned are the purposes of intervals that are tuned. A Receiver's only checks its
// Secret, an ImagePolicy's only digests; an analysis runs while something is rolled out.
var tuned = []collector.Purpose{collector.Drift, collector.Deploy, collector.Rotation}

// kindOf returns what r's interval does, and false where it is not tuned: tuned are
// fields of the spec, and no annotations.
func kindOf(r *collector.Reconciler) (kind, bool) {
	k := collector.KindOf(r.APIVersion, r.Kind)
	if k == nil || !slices.Contains(tuned, k.Serves) || len(k.Interval) != 2 || k.Interval[0] != "spec" {
		return kind{}, false
	}
	out := kind{serves: k.Serves, field: k.Interval}
	switch {
	case k.Host.Polls():
		out.asks = "host"
	case k.Host == collector.Secrets:
		out.asks = "store of secrets"
	}
	if k.Jitter {
		out.jitter = Jitter
	}
	out.retry = k.RetryDefault == 0 && slices.ContainsFunc(k.Retry, func(path []string) bool { return slices.Equal(path, retryField) })
	return out, intervalOf(r) > 0
}

var retryField = []string{"spec", "retryInterval"}

// intervalOf is r's interval in force. Of most it is required, so that zero is
// unknown.
func intervalOf(r *collector.Reconciler) time.Duration { return r.Every() }

// pinned stands for no objective at all: it leads to the longest rung.
const pinned = 48 * time.Hour

// objective is what r's interval must keep to, and how a finding names it.
func (w *wanted) objective(r *collector.Reconciler, k kind) (goal, string) {
	switch {
	case r.Kind == "GitRepository" && r.Ref.Commit != "":
		return goal{within: pinned}, "none: it is pinned to a commit, so nothing new can come"
	case r.Kind == "GitRepository" && r.Ref.SemVer != "" && r.Wishes.Deploy.Duration == 0:
		return w.general(releases), "deploy latency of releases: a semver range makes a clone every interval"
	case r.Kind == "ImageUpdateAutomation" && r.Wishes.Deploy.Duration == 0:
		return w.general(missed), "deploy latency: a new image of its policies has it run at once, and the interval makes up for what was missed"
	case k.serves == collector.Deploy && woken(r) && r.Wishes.Deploy.Duration == 0:
		return w.general(missed), "deploy latency: a webhook has a change fetched at once, and the interval makes up for a call that was missed"
	case k.serves == collector.Deploy:
		return w.deploy(r), "deploy latency: how long a change waits to be fetched"
	case k.serves == collector.Rotation:
		return w.general(rotation), "rotation: how long a secret that was changed in its store waits to be read, or to be pushed"
	case r.Kind == "HelmRelease":
		return w.drift(r), "drift: how long a change by hand stands, where drift detection is on; a new chart or values of its own deploy at once" + unwatched(r)
	}
	return w.drift(r), "drift: how long a change by hand stands; a new revision deploys at once" + unwatched(r)
}

// unwatched says what waits for the interval of an object that takes values from
// ConfigMaps or Secrets: Flux sees changes of those that bear a label alone.
func unwatched(r *collector.Reconciler) string {
	if !r.Inputs {
		return ""
	}
	return ", but changes of the ConfigMaps and Secrets that it takes values from wait for it, unless those bear the label reconcile.fluxcd.io/watch: Enabled"
}
