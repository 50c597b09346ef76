package interval

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
	"github.com/tuppence-dev/tuppence/recommend/interval/model"
)

// argo judges one Argo CD instance: the timeout is one setting for all its
// Applications, which have no interval of their own.
func (p *Plan) argo(cluster int, c *collector.Controller) (recommend.Finding, bool) {
	if c.Kind != "argocd" {
		return recommend.Finding{}, false
	}
	a := argoJudged{Plan: p, c: c}
	o := argoObject(&p.fleet.Clusters[cluster], c)
	a.f = recommend.Finding{ID: recommend.FindingID(Name, o), Recommender: Name, Subject: o, Status: recommend.Proposed, Confidence: recommend.Medium}
	now := timeoutOf(c)
	if now == 0 {
		a.f.Status = recommend.Advised
		a.f.Title = "Make sure that webhooks reach Argo CD: polling is off"
		a.f.Reason = timeoutKey + " is 0, so that a commit whose webhook's call was missed is not seen until something else refreshes the Application"
		return a.f, true
	}
	a.system = slices.IndexFunc(p.Systems, func(s System) bool { return s.Cluster == cluster && s.Instance == c.Namespace })
	if a.system < 0 {
		return recommend.Finding{}, false // no Application has it
	}
	next := p.choices[a.system][0].Interval // one for all of them
	missed := p.unmetOf(a.system)
	spread, respread := p.jitter(a.system, c)
	if _, by := overridden(c, timeoutKey); by && next != now {
		respread = false // it was reckoned at a timeout that no patch sets
	}
	switch {
	case next != now:
		a.retime(o, now, next)
		a.f.Title = fmt.Sprintf("Refresh Applications every %s instead of every %s", recommend.Interval(next), recommend.Interval(now))
	case respread:
		a.f.Title = fmt.Sprintf("Spread refreshes over a jitter of %s instead of %s", recommend.Interval(spread), recommend.Interval(spreadOf(c)))
	case len(missed) > 0:
		a.f.Status, a.f.Title, a.f.Reason = recommend.Withheld, "No timeout can meet the objective", unmetWords(missed)
	default:
		return recommend.Finding{}, false
	}
	a.say("objective", "%s", p.argoObjective(a.system))
	a.spread = spreadOf(c)
	if respread {
		missed = a.respread(spread, missed)
	}
	if len(missed) > 0 {
		a.say("objective that cannot be met", "%s", unmetWords(missed))
	}
	if why := p.sparing(place{a.system, 0}); why != "" {
		a.say("longer than its objective asks", "%s", why)
	}
	a.evidence()
	return a.f, true
}

// retime is the change of the timeout, or what says where it is set if that goes before
// argocd-cm.
func (a *argoJudged) retime(o recommend.Object, now, next time.Duration) {
	if s, by := overridden(a.c, timeoutKey); by {
		a.f.Status = recommend.Advised
		a.f.Reason = fmt.Sprintf("a %s of %s sets it, which goes before argocd-cm: set it there, or with Argo CD's operator in .spec.controller.appSync",
			map[string]string{collector.InFlag: "flag", collector.InEnv: "variable"}[s.In], cmp.Or(s.Object.Name, "the application controller"))
		return
	}
	before := ""
	if a.c.TimeoutSet {
		before = seconds(now)
	}
	a.f.Changes = []recommend.Change{{Object: o, Path: []string{"data", timeoutKey}, Before: before, After: seconds(next)}}
}

// argoObject is the ConfigMap that an instance has its settings in.
func argoObject(c *collector.Cluster, k *collector.Controller) recommend.Object {
	return recommend.Object{Cluster: c.Name, APIVersion: "v1", Kind: "ConfigMap", Namespace: k.Namespace, Name: "argocd-cm"}
}

// argoJudged is one instance with its finding.
type argoJudged struct {
	*Plan
	c      *collector.Controller
	system int
	spread time.Duration // the jitter, as proposed
	telling
}

func (a *argoJudged) evidence() {
	o := a.alone(spreadOver(a.Best.Systems[a.system], a.spread))
	now, then := &a.Now.Systems[a.system], &o.Systems[0]
	period := func(o *model.SystemOutcome) string {
		if mean := meanPeriod(o.Tasks); mean != nil {
			return round(time.Duration(*mean * float64(time.Second)))
		}
		return "not known"
	}
	why := "no jitter is set"
	if a.spread >= time.Second {
		why = fmt.Sprintf("each timeout comes with a jitter of up to %s, and who comes too soon waits for the next", recommend.Interval(a.spread))
	}
	a.say("effective period", "%s now, %s after on average; at most %s and %s (%s)", period(now), period(then), round(now.Tasks[0].Longest), round(then.Tasks[0].Longest), why)
	if rate, ok := a.c.Measured.PerHour(); ok {
		a.say("measured rate", "%s an hour (%d over %s, from %s)", number(rate), a.c.Measured.Count, recommend.Interval(a.c.Measured.Span.Round(time.Second)), a.c.Measured.Source)
	}
	if why := doubts(&a.c.Measured); why != "" {
		a.f.Confidence = lowered(a.f.Confidence)
		a.say("in doubt", "%s", why)
	}
	timed := func(o *model.SystemOutcome) (sum float64) {
		for i := range o.Tasks {
			sum += o.Tasks[i].Rates.Interval
		}
		return sum
	}
	a.say("predicted rate", "%s refreshes an hour by the timer for %d Applications instead of %s", number(timed(then)), len(now.Tasks), number(timed(now)))
	if rest := then.Total.Runs - timed(then); rest > timed(then)/20 {
		a.say("not by the timer", "%s an hour, which stay: a longer timeout does not cure what changes of live objects, syncs and requests ask for", number(rest))
	}
	a.say("requests to Git", "%s an hour instead of %s", number(asked(&o)), number(asked(new(a.alone(a.Fleet.Systems[a.system])))))
	a.say("to take effect", "restart the application controller and the repo-server, which read argocd-cm at start")
	a.say("money", "%s", moneyWords(&a.fleet.Clusters[a.Systems[a.system].Cluster]))
}

// alone is what a system would do without the others.
func (p *Plan) alone(s model.System) model.Outcome {
	return model.Predict(&model.Fleet{Hosts: p.Fleet.Hosts, Repositories: p.Fleet.Repositories, Systems: []model.System{s}})
}

// asked is what of Git is asked an hour.
func asked(o *model.Outcome) (sum float64) {
	for _, r := range o.Repositories {
		sum += r.PerHour
	}
	return sum
}

// argoObjective is what the most urgent Application of an instance must keep to.
func (p *Plan) argoObjective(system int) string {
	w := p.wanted[p.Systems[system].Cluster]
	var least goal
	hooked := true
	for i := range p.Systems[system].Tasks {
		r := p.Systems[system].Tasks[i].Reconciler
		if woken(r) && r.Wishes.Deploy.Duration == 0 {
			continue
		}
		if g := w.deploy(r); hooked || g.within < least.within {
			least, hooked = g, false
		}
	}
	if hooked {
		return fmt.Sprintf("deploy latency: webhooks have changes seen at once, and the timeout makes up for a call that was missed; at most %s", w.general(missed))
	}
	return fmt.Sprintf("deploy latency: how long a commit waits to be deployed; at most %s", least)
}

// unmetOf are the objectives of a system that no interval keeps to.
func (p *Plan) unmetOf(system int) []model.Unmet {
	var all []model.Unmet
	for i := range p.Systems[system].Tasks {
		all = append(all, p.unmet[place{system, i}]...)
	}
	return all
}

// seconds is how Argo CD's documentation writes its timeouts: 180s.
func seconds(d time.Duration) string {
	if d%time.Second != 0 {
		return recommend.Interval(d)
	}
	return fmt.Sprintf("%ds", int(d/time.Second))
}
