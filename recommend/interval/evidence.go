package interval

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
	"github.com/tuppence-dev/tuppence/recommend/interval/model"
)

// evidence of one object.
func (j *judged) evidence(now, next time.Duration, objective goal, why string, missed []model.Unmet) []recommend.Evidence {
	var es []recommend.Evidence
	say := func(name, format string, args ...any) {
		es = append(es, recommend.Evidence{Name: name, Value: fmt.Sprintf(format, args...)})
	}
	if objective.within == pinned {
		say("objective", "%s", why)
	} else {
		say("objective", "%s; at most %s", why, objective)
	}
	if len(missed) > 0 {
		say("objective that cannot be met", "%s", unmetWords(missed))
	}
	if j.r.HasChart {
		say("objective of its chart", "deploy latency: how long a new chart waits to be fetched; at most %s", j.wanted.deploy(j.r))
	}
	if _, ok := j.retry(now, next); ok {
		say("retry objective", "how long a failure waits to be tried again; at most %s", j.wanted.retry(j.r))
	}
	if after, ok := j.timeout(next); ok {
		had, would := j.r.Timeout.Duration, collector.HealthTimeout(next)
		why := "for which a rollout that fails would hold a worker"
		if would < after {
			why = "in which a slow rollout may not be done"
		}
		say("health checks", "may take %s now, and %s after; without a timeout it would be %s, %s", recommend.Interval(had), recommend.Interval(after), recommend.Interval(would), why)
	}
	if _, why := j.state(); why != "" {
		say("state", "%s", why)
	}
	rate := j.sayRate(say)
	if run, ok := duration(j.r); ok {
		say("duration of a run", "%s", run.Round(time.Millisecond))
	} else {
		say("duration of a run", "not measured; %s is taken", recommend.Interval(defaultRun(j.r.Kind)))
	}
	if at, ok := j.at[j.r]; ok {
		if why := j.sparing(at); why != "" {
			say("longer than its objective asks", "%s", why)
		}
		j.sayClones(say, at)
		j.sayTimes(say, at)
	}
	if m := j.r.Measured; m.ChangeSpan.Duration >= time.Hour { // less says nothing of how often changes come
		say("changes seen", "%d over %s", m.Changes, recommend.Interval(m.ChangeSpan.Round(time.Hour)))
	}
	if why := doubts(&j.r.Measured); why != "" {
		say("in doubt", "%s", why)
	}
	if at, ok := j.at[j.r]; ok && next != now {
		j.sayChange(say, at, rate, next > now)
	}
	say("money", "%s", moneyWords(j.of))
	return es
}

type saying func(name, format string, args ...any)

// sayTimes says how far apart runs are, and how long a commit takes to whatever is
// applied from a source.
func (j *judged) sayTimes(say saying, at place) {
	a, b := &j.Now.Systems[at.system].Tasks[at.task], &j.Then.Systems[at.system].Tasks[at.task]
	jitter := j.Fleet.Systems[at.system].Tasks[at.task].Jitter
	say("effective period", "at most %s now, %s after (interval, %g %% jitter, a wait for a worker, and a run)", round(a.Longest), round(b.Longest), jitter*100)
	slowest, name := time.Duration(0), ""
	var before time.Duration
	tasks := j.Fleet.Systems[at.system].Tasks
	for i := range tasks {
		l := j.Then.Systems[at.system].Tasks[i].Deploy
		if i != at.task && j.root(at.system, i) == at.task && l.Known && l.Worst > slowest && !j.Systems[at.system].Tasks[i].Generated {
			slowest, before, name = l.Worst, j.Now.Systems[at.system].Tasks[i].Deploy.Worst, tasks[i].Name
		}
	}
	if name != "" {
		say("deployed within", "%s now, %s after: the slowest that is applied from it is %s", round(before), round(slowest), name)
	}
}

// sayRate says how often the object runs, and returns that: by its interval where
// it was not measured.
func (j *judged) sayRate(say saying) float64 {
	m := j.r.Measured
	seen := fmt.Sprintf("%d over %s", m.Count, recommend.Interval(m.Span.Round(time.Second)))
	if rate, measured := j.rate(); measured {
		say("measured rate", "%s an hour (%s, from %s)", number(rate), seen, m.Source)
		return rate
	}
	at, modelled := j.at[j.r]
	if !modelled {
		say("measured rate", "none: it does not run")
		return 0
	}
	rate := j.Now.Systems[at.system].Tasks[at.task].Rates.Sum()
	if _, short := m.PerHour(); short {
		say("measured rate", "%s is too short for its interval; %s an hour by that", seen, number(rate))
	} else {
		say("measured rate", "not measured; %s an hour by its interval", number(rate))
	}
	return rate
}

// sayChange says what the plan is expected to change, longer where the interval grows.
func (j *judged) sayChange(say saying, at place, rate float64, longer bool) {
	now, then := &j.Now.Systems[at.system].Tasks[at.task], &j.Then.Systems[at.system].Tasks[at.task]
	t := &j.Fleet.Systems[at.system].Tasks[at.task]
	after := then.Rates.Sum()
	if longer {
		after = min(after, rate) // it ran less often than its interval says
	}
	saved, fewer, d := "saved", "fewer", rate-after
	if d < 0 {
		saved, fewer, d = "added", "more", -d
	}
	if other := max(0, after-then.Rates.Interval); other > after/20 {
		say("predicted rate", "%s an hour, %s of them not by its interval (a new revision, a retry, a request)", number(after), number(other))
	} else {
		say("predicted rate", "%s an hour", number(after))
	}
	if j.kind.asks != "" && (j.r.Kind != "HelmChart" || asks(t.Poll)) {
		say("requests to the "+j.kind.asks, "%s %s polls an hour", number(d), fewer)
	}
	if task := &j.Systems[at.system].Tasks[at.task]; task.Costed {
		costs := &j.Costs[j.Systems[at.system].Cluster]
		say("API calls "+saved, "about %s an hour (%s a run for %d objects)", number(d*t.Cost.Calls), number(t.Cost.Calls), task.Objects)
		say("processor time "+saved, "%s core of the controller (%s) and %s core of the API server (%s)",
			number(d*t.Cost.Controller/3.6e6), costs.Programs[task.Controller].Fit.basis(), number(d*t.Cost.APIServer/3.6e6), costs.APIServer.basis())
	}
	if n := j.wanted.dependents[nameOf(j.r)]; n > 0 && t.Run > 0 {
		say("dependants", "%s on this one; the chance to meet it in mid-run, which costs them %s, goes from %s to %s",
			wait(n), recommend.Interval(t.Requeue), percent(now.Rates.Sum()*t.Run.Hours()), percent(then.Rates.Sum()*t.Run.Hours()))
	}
}

// moneyWords are why an interval's saving is £0, and whose the API server's part is.
func moneyWords(c *collector.Cluster) string {
	return "£0 by itself: a controller costs what it requests, so this becomes pounds when its request is then right-sized; " + serverWords(c)
}

// serverWords are whose the API server's part is.
func serverWords(c *collector.Cluster) string {
	switch c.APIServer() {
	case collector.ProvidersServer:
		return "the API server's part is the provider's, whose fee for the control plane does not depend on load"
	case collector.OwnServer:
		return "the API server's part becomes pounds when the control plane's own nodes are"
	case collector.UnknownServer:
	}
	return "a managed control plane does not bill the API server's part"
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
