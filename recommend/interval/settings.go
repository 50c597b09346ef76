package interval

import (
	"fmt"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
)

// Settings are the objectives: how long something may take, at most.
type Settings struct {
	// Drift is how long a change by hand may stand before a Kustomization or
	// Terraform object repairs it.
	Drift collector.Duration
	// HelmDrift is Drift for HelmReleases, which repair only where their drift
	// detection is on.
	HelmDrift collector.Duration
	// Deploy is how long a change may wait to be fetched from its source.
	Deploy collector.Duration
	// SemVerDeploy is Deploy for a GitRepository that follows a semver range: it
	// makes a clone every interval.
	SemVerDeploy collector.Duration
	// Missed is Deploy for a source that a webhook wakes: how long a call that did not
	// come through may go unnoticed.
	Missed collector.Duration
	// Rotation is how long a secret that was changed in its store may wait to be read.
	Rotation collector.Duration
	// Retry is how long after a failure a Kustomization or Terraform object may wait
	// to try again.
	Retry collector.Duration
	// Objectives are what holds for environments and classes in the place of the
	// above; of those that say a time, the first that an object is of holds. An
	// object's own annotations go before them.
	Objectives []Objective
	// MinGain is how many times longer an interval must become to be worth a
	// change. Shortening needs no gain: an objective is missed.
	MinGain float64
}

// Default returns objectives that lead to what Flux itself recommends
// (Kustomization 1h, HelmRelease 30m with drift detection, OCIRepository 5m):
// 1h30m of drift, 45m for HelmReleases and 10m of deploy latency. GitRepositories
// come to 5m too; who deploys from the 1m of Flux's examples sets Deploy to 2m.
// Releases by semver range may take 1h30m, and a failure is tried again within 10m,
// as flux bootstrap's Kustomizations are. A webhook's call that was missed is made up
// for within 1h30m, and secrets are read again within that: External Secrets' own
// default is 1h. An interval grows by half or more.
//
// Nobody has asked for these: they say how far an interval may grow, and shorten none
// but what a failure waits, which costs something only where there is one.
// A setting that differs from them, an Objective and an annotation do.
func Default() Settings {
	d := func(m int) collector.Duration {
		return collector.Duration{Duration: time.Duration(m) * time.Minute}
	}
	return Settings{Drift: d(90), HelmDrift: d(45), Deploy: d(10), SemVerDeploy: d(90), Missed: d(90), Rotation: d(90), Retry: d(10), MinGain: 1.5}
}

// Valid returns an error that names the first setting out of its range.
func (s Settings) Valid() error {
	for _, o := range []struct {
		name string
		d    collector.Duration
	}{{"drift", s.Drift}, {"helmDrift", s.HelmDrift}, {"deploy", s.Deploy}, {"semverDeploy", s.SemVerDeploy}, {"missed", s.Missed}, {"rotation", s.Rotation}, {"retry", s.Retry}} {
		if !possible(o.d) {
			return fmt.Errorf("interval: objective %s %s %s", o.name, o.d, mustBe)
		}
	}
	for i := range s.Objectives {
		if err := s.Objectives[i].valid(); err != nil {
			return err
		}
	}
	if !(s.MinGain >= 1 && s.MinGain <= 100) {
		return fmt.Errorf("interval: minGain %v is not a factor of 1 to 100, such as 1.5", s.MinGain)
	}
	return nil
}

// Ladder is the intervals that are proposed, shortest first: figures that people
// write. It must not be changed.
var Ladder = [...]time.Duration{
	time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute,
	time.Hour, 6 * time.Hour, 24 * time.Hour,
}

// Jitter is Flux's default --interval-jitter-percentage as a share.
const Jitter = 0.05

// Period is the longest time between the starts of two runs: interval × (1 +
// jitter) + the duration of a run, each taken as 50 years at most.
func Period(interval time.Duration, jitter float64, run time.Duration) time.Duration {
	const most = 50 * 365 * 24 * time.Hour // so that the sum stays a time.Duration
	interval, run = min(interval, most), min(run, most)
	return interval + time.Duration(float64(interval)*jitter) + run
}

// Rung returns the longest interval of Ladder that meets the objective, and
// false where even the shortest misses it.
func Rung(objective time.Duration, jitter float64, run time.Duration) (time.Duration, bool) {
	best, ok := time.Duration(0), false
	for _, d := range Ladder {
		if Period(d, jitter, run) <= objective {
			best, ok = d, true
		}
	}
	return best, ok
}

// choose returns the interval to have instead of now: now itself where it meets
// the objective and nothing much longer does, and where none can.
func (s Settings) choose(now time.Duration, g goal, jitter float64, run time.Duration) time.Duration {
	objective := g.from(Period(now, jitter, run))
	best, ok := Rung(objective, jitter, run)
	if !ok || Period(now, jitter, run) <= objective && float64(best) < s.MinGain*float64(now) {
		return now
	}
	return best
}
