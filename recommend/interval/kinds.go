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
	source bool    // it talks to a Git, OCI, Helm or image host
}

// kindOf returns what r's interval does, and false where it is not tuned: tuned
// are those that serve drift or deploy latency and stand in .spec.interval. A
// Receiver's only checks its Secret, an ImagePolicy's only digests.
func kindOf(r *collector.Reconciler) (kind, bool) {
	k := collector.KindOf(r.APIVersion, r.Kind)
	if k == nil || k.Serves != collector.Drift && k.Serves != collector.Deploy || !slices.Equal(k.Interval, intervalField) {
		return kind{}, false
	}
	out := kind{serves: k.Serves, source: k.Host.Polls()}
	if k.Jitter {
		out.jitter = Jitter
	}
	out.retry = k.RetryDefault == 0 && slices.ContainsFunc(k.Retry, func(path []string) bool { return slices.Equal(path, retryField) })
	return out, intervalOf(r) > 0
}

var intervalField, retryField = []string{"spec", "interval"}, []string{"spec", "retryInterval"}

// intervalOf is r's interval in force. Of most it is required, so that zero is
// unknown.
func intervalOf(r *collector.Reconciler) time.Duration { return r.Every() }

// pinned stands for no objective at all: it leads to the longest rung.
const pinned = 48 * time.Hour

// objective is what r's interval must keep to, and how a finding names it.
func (w *wanted) objective(r *collector.Reconciler, k kind) (goal, string) {
	switch {
	case r.Kind == "GitRepository" && r.Ref.Commit != "":
		return goal{within: pinned}, "none: it is pinned to a commit, so nothing new can come, yet it makes a full clone every interval"
	case r.Kind == "GitRepository" && r.Ref.SemVer != "" && r.Wishes.Deploy.Duration == 0:
		return goal{within: w.settings.SemVerDeploy.Duration}, "deploy latency of releases: a semver range makes a clone every interval"
	case k.serves == collector.Deploy && r.Hooked && r.Wishes.Deploy.Duration == 0:
		return goal{within: w.settings.Missed.Duration}, "deploy latency: a webhook has a change fetched at once, and the interval makes up for a call that was missed"
	case k.serves == collector.Deploy:
		return w.deploy(r), "deploy latency: how long a change waits to be fetched"
	case r.Kind == "HelmRelease":
		return w.drift(r), "drift: how long a change by hand stands, where drift detection is on; a new chart or values deploy at once"
	}
	return w.drift(r), "drift: how long a change by hand stands; a new revision deploys at once"
}
