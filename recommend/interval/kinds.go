package interval

import (
	"strings"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
)

// serves is the objective that an interval serves.
type serves int

const (
	nothing serves = iota
	drift          // how long a change by hand stands
	deploy         // how long a change waits to be fetched
)

// kind is what the interval of one kind of Flux object does.
type kind struct {
	serves serves
	jitter float64 // share; image and Terraform controllers have none
	retry  bool    // .spec.retryInterval inherits .spec.interval
	source bool    // it talks to a Git, OCI, Helm or image host
}

// kinds are the Flux kinds whose interval is tuned, by API group and kind, from
// Flux's CRDs and controllers (2.7). A Receiver's interval only checks its
// secret, an ImagePolicy's only digests: they are left alone.
var kinds = map[string]kind{
	"kustomize.toolkit.fluxcd.io/Kustomization":     {serves: drift, jitter: Jitter, retry: true},
	"helm.toolkit.fluxcd.io/HelmRelease":            {serves: drift, jitter: Jitter},
	"infra.contrib.fluxcd.io/Terraform":             {serves: drift},
	"source.toolkit.fluxcd.io/GitRepository":        {serves: deploy, jitter: Jitter, source: true},
	"source.toolkit.fluxcd.io/OCIRepository":        {serves: deploy, jitter: Jitter, source: true},
	"source.toolkit.fluxcd.io/Bucket":               {serves: deploy, jitter: Jitter, source: true},
	"source.toolkit.fluxcd.io/HelmRepository":       {serves: deploy, jitter: Jitter, source: true},
	"source.toolkit.fluxcd.io/HelmChart":            {serves: deploy, jitter: Jitter, source: true},
	"image.toolkit.fluxcd.io/ImageRepository":       {serves: deploy, source: true},
	"image.toolkit.fluxcd.io/ImageUpdateAutomation": {serves: deploy, source: true},
}

// kindOf returns what r's interval does, and false where it is not tuned.
func kindOf(r *collector.Reconciler) (kind, bool) {
	group, _, _ := strings.Cut(r.APIVersion, "/")
	k, ok := kinds[group+"/"+r.Kind]
	// The interval of a HelmRepository of type oci has no effect.
	if r.Kind == "HelmRepository" && strings.HasPrefix(r.URL, "oci://") {
		return kind{}, false
	}
	return k, ok
}

// intervalOf is r's interval in force: a HelmRepository without one has 1m; of
// the others it is required, so that zero is unknown.
func intervalOf(r *collector.Reconciler) time.Duration {
	if r.Kind == "HelmRepository" && r.Interval.Duration == 0 {
		return time.Minute
	}
	return r.Interval.Duration
}

// pinned stands for no objective at all: it leads to the longest rung.
const pinned = 48 * time.Hour

// objective is what r's interval must keep to, and how a finding names it.
func (s Settings) objective(r *collector.Reconciler, k kind) (time.Duration, string) {
	switch {
	case r.Kind == "GitRepository" && r.Ref.Commit != "":
		return pinned, "none: it is pinned to a commit, so nothing new can come, yet it makes a full clone every interval"
	case r.Kind == "GitRepository" && r.Ref.SemVer != "":
		return s.SemVerDeploy.Duration, "deploy latency of releases: a semver range makes a clone every interval"
	case k.serves == deploy:
		return s.Deploy.Duration, "deploy latency: how long a change waits to be fetched"
	case r.Kind == "HelmRelease":
		return s.HelmDrift.Duration, "drift: how long a change by hand stands, where drift detection is on; a new chart or values deploy at once"
	}
	return s.Drift.Duration, "drift: how long a change by hand stands; a new revision deploys at once"
}
