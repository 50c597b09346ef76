package interval

import (
	"fmt"
	"strconv"
	"time"

	"github.com/tuppence-dev/tuppence/recommend"
)

// What one no-op reconcile of a Kustomization of n objects costs, in
// milliseconds of processor time. Measured by this project's reference run:
// kustomize-controller 1.7.3, kube-apiserver 1.34 and etcd 3.6 on a 2-core
// machine, ConfigMaps as objects. At 50 objects 105 ms (20 + 1.7 × 50) and
// 255 ms (257 measured).
const (
	controllerBase, controllerObject = 20, 1.7
	apiBase, apiObject               = 55, 4
	measuredBy                       = "model of a reference run on 2 cores, kustomize-controller 1.7.3"
)

// evidence of one object.
func (j *judged) evidence(now, next, objective time.Duration, why string) []recommend.Evidence {
	var es []recommend.Evidence
	say := func(name, format string, args ...any) {
		es = append(es, recommend.Evidence{Name: name, Value: fmt.Sprintf(format, args...)})
	}
	r, k := j.r, j.kind
	if objective == pinned {
		say("objective", "%s", why)
	} else {
		say("objective", "%s; at most %s", why, recommend.Interval(objective))
	}
	rate, measured := r.Measured.PerHour()
	switch {
	case measured:
		say("measured rate", "%s an hour (%d over %s, from %s)", number(rate), r.Measured.Count, recommend.Interval(r.Measured.Span.Round(time.Second)), r.Measured.Source)
	default:
		rate = perHour(now, j.run)
		say("measured rate", "not measured; %s an hour by its interval", number(rate))
	}
	if j.runKnown {
		say("duration of a run", "%s", j.run.Round(time.Millisecond))
	} else {
		say("duration of a run", "not measured, and left out of the period")
	}
	say("effective period", "at most %s now, %s after (interval and %g %% jitter and a run)", round(Period(now, k.jitter, j.run)), round(Period(next, k.jitter, j.run)), k.jitter*100)
	after := perHour(next, j.run)
	if next != now {
		say("predicted rate", "%s an hour", number(after))
	}
	if r.Measured.ChangeSpan.Duration >= time.Hour { // less says nothing of how often changes come
		say("changes seen", "%d over %s", r.Measured.Changes, recommend.Interval(r.Measured.ChangeSpan.Round(time.Hour)))
	}
	if k.source && next != now {
		say("requests to the host", "%s fewer polls an hour", number(rate-after))
	}
	if r.Kind == "Kustomization" && next != now {
		calls, controller, api := load(r.Objects, len(r.DependsOn), r.Wait)
		d := rate - after
		say("API calls saved", "about %s an hour (%d a run for %d objects)", number(d*float64(calls)), calls, r.Objects)
		say("processor time saved", "%s core of the controller and %s core of the API server (%s)", number(d*controller/3.6e6), number(d*api/3.6e6), measuredBy)
	}
	if j.dependents > 0 && j.run > 0 && next != now {
		say("dependants", "%d wait on this one; the chance to meet it in mid-run, which costs them 30 s, goes from %s to %s",
			j.dependents, percent(collision(now, j.run)), percent(collision(next, j.run)))
	}
	say("money", "%s", money)
	return es
}

// money is why an interval's saving is £0.
const money = "£0 by itself: a controller costs what it requests, so this becomes pounds when its request is then right-sized; a managed control plane does not bill the API server's part"

// load is what one no-op reconcile of n objects costs: API calls, and
// milliseconds of the controller and of the API server. A run GETs and dry-run
// applies each object, patches its status about 4 times (6 with health checks)
// and GETs each dependency: 50 objects are 104 calls.
func load(n, dependsOn int, wait bool) (calls int, controller, api float64) {
	calls = 2*n + 4 + dependsOn
	if wait {
		calls += 2
	}
	return calls, controllerBase + controllerObject*float64(n), apiBase + apiObject*float64(n)
}

// perHour is the mean rate: the timer starts when a run ends, and jitter is as
// often early as late.
func perHour(interval, run time.Duration) float64 {
	return float64(time.Hour) / float64(interval+run)
}

// collision is the chance that a look at an object finds it in mid-run.
func collision(interval, run time.Duration) float64 {
	return float64(run) / float64(interval+run)
}

// number writes v with three digits, and whole from a thousand on: 0.0045, 12700.
func number(v float64) string {
	if v >= 1000 {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}

func percent(v float64) string { return fmt.Sprintf("%.2g %%", v*100) }
func round(d time.Duration) string {
	return recommend.Interval(d.Round(time.Second))
}
