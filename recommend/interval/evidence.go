package interval

import (
	"fmt"
	"math"
	"strconv"
	"strings"
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
func (j *judged) evidence(now, next time.Duration, objective goal, why string) []recommend.Evidence {
	var es []recommend.Evidence
	say := func(name, format string, args ...any) {
		es = append(es, recommend.Evidence{Name: name, Value: fmt.Sprintf(format, args...)})
	}
	if objective.within == pinned {
		say("objective", "%s", why)
	} else {
		say("objective", "%s; at most %s", why, objective)
	}
	if _, ok := j.retry(now, next); ok {
		say("retry objective", "how long a failure waits to be tried again; at most %s", j.wanted.retry(j.r))
	}
	rate := j.sayRate(say, now)
	if j.runKnown {
		say("duration of a run", "%s", j.run.Round(time.Millisecond))
	} else {
		say("duration of a run", "not measured, and left out of the period")
	}
	jitter := j.kind.jitter
	say("effective period", "at most %s now, %s after (interval and %g %% jitter and a run)", round(Period(now, jitter, j.run)), round(Period(next, jitter, j.run)), jitter*100)
	if m := j.r.Measured; m.ChangeSpan.Duration >= time.Hour { // less says nothing of how often changes come
		say("changes seen", "%d over %s", m.Changes, recommend.Interval(m.ChangeSpan.Round(time.Hour)))
	}
	if why := doubts(&j.r.Measured); why != "" {
		say("in doubt", "%s", why)
	}
	if next != now {
		j.sayChange(say, rate, now, next)
	}
	say("money", "%s", money)
	return es
}

// sayRate says how often the object runs, and returns that: by its interval where
// it was not measured.
func (j *judged) sayRate(say func(name, format string, args ...any), now time.Duration) float64 {
	m := j.r.Measured
	seen := fmt.Sprintf("%d over %s", m.Count, recommend.Interval(m.Span.Round(time.Second)))
	if rate, measured := j.rate(); measured {
		say("measured rate", "%s an hour (%s, from %s)", number(rate), seen, m.Source)
		return rate
	}
	rate := perHour(now, j.run)
	if _, short := m.PerHour(); short {
		say("measured rate", "%s is too short for its interval; %s an hour by that", seen, number(rate))
	} else {
		say("measured rate", "not measured; %s an hour by its interval", number(rate))
	}
	return rate
}

// sayChange says what the interval next is expected to change.
func (j *judged) sayChange(say func(name, format string, args ...any), rate float64, now, next time.Duration) {
	r := j.r
	after, other := predicted(rate, now, next, j.run)
	saved, fewer, d := "saved", "fewer", rate-after
	if d < 0 {
		saved, fewer, d = "added", "more", -d
	}
	if other > after/20 {
		say("predicted rate", "%s an hour, %s of them not by its interval (a new revision, a retry, a request)", number(after), number(other))
	} else {
		say("predicted rate", "%s an hour", number(after))
	}
	if j.kind.asks != "" {
		say("requests to the "+j.kind.asks, "%s %s polls an hour", number(d), fewer)
	}
	if r.Kind == "Kustomization" {
		calls, controller, api := load(r.Objects, len(r.DependsOn), r.Wait)
		say("API calls "+saved, "about %s an hour (%d a run for %d objects)", number(d*float64(calls)), calls, r.Objects)
		say("processor time "+saved, "%s core of the controller and %s core of the API server (%s)", number(d*controller/3.6e6), number(d*api/3.6e6), measuredBy)
	}
	if j.dependents > 0 && j.run > 0 {
		say("dependants", "%s on this one; the chance to meet it in mid-run, which costs them 30 s, goes from %s to %s",
			wait(j.dependents), percent(collision(now, j.run)), percent(collision(next, j.run)))
	}
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

// predicted is the rate to expect at the interval next, and how much of it the
// interval does not cause. Of 10 an hour at 10m the timer makes 6; at 1h it makes
// 1, and the other 4 stay.
func predicted(rate float64, now, next, run time.Duration) (after, other float64) {
	other = max(0, rate-perHour(now, run))
	after = other + perHour(next, run)
	if next > now {
		after = min(after, rate) // it ran less often than its interval says
	}
	return after, other
}

// collision is the chance that a look at an object finds it in mid-run.
func collision(interval, run time.Duration) float64 {
	return float64(run) / float64(interval+run)
}

// number writes v with three digits, and whole from a thousand on: 0.0045, 12700.
func number(v float64) string { return digits(v, 3) }

func percent(v float64) string { return digits(v*100, 2) + " %" }

// digits writes v with n significant digits and no exponent.
func digits(v float64, n int) string {
	switch {
	case v <= 0:
		return "0"
	case v < 0.0001:
		return "under 0.0001"
	}
	s := strconv.FormatFloat(v, 'f', max(0, n-1-int(math.Floor(math.Log10(v)))), 64)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

func wait(n int) string {
	if n == 1 {
		return "1 waits"
	}
	return strconv.Itoa(n) + " wait"
}

func round(d time.Duration) string {
	return recommend.Interval(d.Round(time.Second))
}
