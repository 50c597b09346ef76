package interval

import (
	"fmt"
	"slices"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
	"github.com/tuppence-dev/tuppence/recommend/interval/model"
)

const (
	timeoutKey = "timeout.reconciliation"
	jitterKey  = "timeout.reconciliation.jitter"
)

// jitterRungs are the jitters that are proposed. It must not be changed.
var jitterRungs = [...]time.Duration{0, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute}

// burstWait is the mean wait from which the refresh of all Applications at once is
// worth spreading: beside the 120s of a timeout 10 s are noticed.
const burstWait = 10 * time.Second

// jitter is what an instance's timeout.reconciliation.jitter should be at the plan's
// timeout T, and whether it should change. Every Application becomes due in it after
// each resync.
//
//   - One longer than T distorts the period, as delays outlast further resyncs: 15s
//     with 60s comes to 2.48·T. It should be the longest rung within T/2, as Argo CD's
//     own 60s of 120s are.
//   - One that is too short has all Applications queue at once: 800 of a second each
//     with 20 workers and no jitter take them 40 s, and wait 12 s on average (some come
//     too soon, and are left to the next). It should be the least rung within T/2 that
//     brings the mean wait under burstWait.
//
// Neither breaks an objective that was kept, as a longer jitter lengthens the period.
func (p *Plan) jitter(system int, c *collector.Controller) (time.Duration, bool) {
	t := &p.Best.Systems[system].Tasks[0]
	if _, by := overridden(c, jitterKey); t.Timer != model.ArgoRefresh || by {
		return 0, false
	}
	then := &p.Then.Systems[system]
	long := t.Spread > t.Interval
	if !long && then.Queues[t.Queue].Wait < burstWait {
		return 0, false
	}
	rungs := slices.DeleteFunc(slices.Clone(jitterRungs[:]), func(d time.Duration) bool { return d > t.Interval/2 || !long && d <= t.Spread })
	if long {
		rungs = rungs[len(rungs)-1:]
	}
	for _, d := range rungs {
		o := p.alone(spreadOver(p.Best.Systems[system], d))
		cured := long || o.Systems[0].Queues[t.Queue].Wait < burstWait
		if cured && p.missesOf(system, &o.Systems[0]) <= p.missesOf(system, then) {
			return d, true
		}
	}
	return 0, false
}

// missesOf is how many objectives of a system an outcome of it does not keep to.
func (p *Plan) missesOf(system int, o *model.SystemOutcome) (sum int) {
	for j := range p.asked[system] {
		missed, _ := misses(p.asked[system][j], &p.Best.Systems[system].Tasks[j], &o.Tasks[j])
		sum += missed
	}
	return sum
}

// spreadOver is a system with another jitter of its Applications.
func spreadOver(s model.System, jitter time.Duration) model.System {
	s.Tasks = slices.Clone(s.Tasks)
	for i := range s.Tasks {
		s.Tasks[i].Spread = jitter
	}
	return s
}

// respread adds the jitter to what the finding sets, and returns which of the
// objectives that no timeout keeps to are still missed with it.
func (a *argoJudged) respread(jitter time.Duration, missed []model.Unmet) []model.Unmet {
	before := ""
	if a.c.JitterSet {
		before = seconds(a.spread)
	}
	a.f.Changes = append(a.f.Changes, recommend.Change{Object: a.f.Subject, Path: []string{"data", jitterKey}, Before: before, After: seconds(jitter)})
	t := &a.Best.Systems[a.system].Tasks[0]
	mean, _ := model.ArgoPeriod(t.Interval, t.Spread)
	o := a.alone(spreadOver(a.Best.Systems[a.system], jitter))
	why := fmt.Sprintf("all %d Applications become due within it after each resync: with %s they wait %s on average for a worker",
		len(a.Systems[a.system].Tasks), recommend.Interval(a.spread), waitWords(a.Then.Systems[a.system].Queues[t.Queue].Wait))
	if t.Spread > t.Interval {
		why = fmt.Sprintf("%s is longer than the timeout of %s, so that a refresh comes after %s timeouts on average", recommend.Interval(a.spread),
			recommend.Interval(t.Interval), number(mean.Seconds()/t.Interval.Seconds()))
	}
	a.say("jitter", "%s; with %s they wait %s", why, recommend.Interval(jitter), waitWords(o.Systems[0].Queues[t.Queue].Wait))
	a.spread = jitter
	if a.missesOf(a.system, &o.Systems[0]) == 0 {
		return nil
	}
	return missed
}
