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

// worth is how many requests an hour webhooks of a repository must save to be worth
// an address, a Secret and a Receiver that somebody looks after: one a minute, which
// is what 6 sources at 5m ask more than at 1h.
const worth = 60

// long is how long the requests that one commit causes at once may take at the rate
// that the host allows: 225 sources that list and clone are a minute of GitHub's 15.
// Less than a few seconds is not worth a word.
const (
	long = time.Minute
	few  = 5 * time.Second
)

// webhooks is where webhooks pay, and where a limit forbids them.
func (p *Plan) webhooks() []recommend.Finding {
	h := p.hooked()
	var found []recommend.Finding
	for i := range p.Fleet.Repositories {
		c := p.called(h, i)
		if c.pays() || c.bursts() {
			found = append(found, c.finding())
		}
	}
	return found
}

// called is what is called of one repository, or would be.
type called struct {
	*Plan
	*hooked
	limit      limit
	now, then  model.Load // by the plan, and with webhooks
	places     []place    // that would be woken, and gain by it
	met        []model.Unmet
	flux, argo int     // clusters and Argo CD instances that these are in
	near       bool    // as the plan leaves it, it is asked nearly what it may be
	has        int     // Receivers that there are
	lack       int     // clusters of flux that have such a Receiver, which lacks a source
	atOnce     int     // objects that one commit wakes
	burst      float64 // requests that these make
	perSecond  float64 // that it allows; 0: not known
}

func (p *Plan) called(h *hooked, repository int) *called {
	r := p.Fleet.Repositories[repository]
	host := p.Fleet.Hosts[r.Host]
	c := &called{Plan: p, hooked: h, limit: limitOf(r.Name), now: p.Then.Repositories[repository], perSecond: cmp.Or(r.Limit, host.Limit),
		near: isNear(p.Then.Repositories[repository]) || isNear(p.Then.Hosts[r.Host])}
	if len(h.wakes) > 0 {
		c.then = h.out.Repositories[repository]
	}
	in := map[int]bool{}
	for i := range p.Systems {
		argo, wakes := p.Systems[i].Instance != "", false
		for j := range p.Systems[i].Tasks {
			at, t := place{i, j}, &p.Fleet.Systems[i].Tasks[j]
			if !asks(t.Poll) || t.Poll.Repository != repository {
				continue
			}
			gains := h.wakes[at] && (h.longer[at] || len(h.unmet[at]) > 0)
			if gains {
				c.places, c.met = append(c.places, at), append(c.met, h.unmet[at]...)
			}
			if (gains || t.Webhook) && !(argo && wakes) { // an Argo CD fetches once for all
				c.atOnce++
				c.burst += t.Poll.Changed
			}
			wakes = wakes || gains || t.Webhook
			in[i] = in[i] || gains
		}
		if in[i] && argo {
			c.argo++
		}
	}
	for i := range p.Systems {
		if p.Systems[i].Instance == "" {
			n := p.receivers(i, repository, c.limit.receiver)
			c.has += n
			if in[i] {
				c.flux++
				if n > 0 {
					c.lack++
				}
			}
		}
	}
	return c
}

// receivers is how many Receivers of a type, if one is known, a host's webhooks of a
// repository call in a system: those in order that wake a source of it.
func (p *Plan) receivers(system, repository int, hook string) int {
	n := 0
	c := &p.fleet.Clusters[p.Systems[system].Cluster]
	for i := range c.Reconcilers {
		r := &c.Reconcilers[i]
		if r.Kind != "Receiver" || r.Suspended || r.Ready == "False" || hook != "" && r.Hook != hook {
			continue
		}
		if slices.ContainsFunc(r.Targets, func(t collector.Origin) bool { return p.targets(system, repository, t) }) {
			n++
		}
	}
	return n
}

func (p *Plan) targets(system, repository int, target collector.Origin) bool {
	for j := range p.Systems[system].Tasks {
		r, poll := p.Systems[system].Tasks[j].Reconciler, p.Fleet.Systems[system].Tasks[j].Poll
		if asks(poll) && poll.Repository == repository && r.Kind == target.Kind && r.Namespace == target.Namespace &&
			(r.Name == target.Name || target.Name == "*" && r.Hooked) {
			return true
		}
	}
	return false
}

func (c *called) saved() float64 { return c.now.PerHour - c.then.PerHour }

func (c *called) pays() bool {
	return len(c.places) > 0 && (c.saved() >= worth || len(c.met) > 0 || c.near && c.saved() > 0)
}

// takes is how long the host should be asked what one commit causes.
func (c *called) takes() time.Duration {
	if c.perSecond <= 0 {
		return 0
	}
	return bounded(time.Duration(min(c.burst/c.perSecond, mostTime.Seconds()) * float64(time.Second)))
}

func (c *called) bursts() bool { return c.takes() > long }

// needs is how many webhooks the repository would have.
func (c *called) needs() int { return c.has + c.flux - c.lack + c.argo }

func (c *called) forbidden() bool { return c.limit.hooks > 0 && c.needs() > c.limit.hooks }

// who would be called: 12 clusters and 1 Argo CD instance.
func (c *called) who() string {
	var words []string
	if c.flux > 0 {
		words = append(words, counted(c.flux, "cluster"))
	}
	if c.argo > 0 {
		words = append(words, counted(c.argo, "Argo CD instance"))
	}
	return and(words)
}

func (c *called) finding() recommend.Finding {
	o := recommend.Object{Kind: "Repository", Name: c.now.Name}
	f := recommend.Finding{ID: recommend.FindingID("interval-webhooks", o), Subject: o, Confidence: recommend.Medium}
	if c.flux == 0 {
		f.Confidence = recommend.Low // whether an Argo CD is called is not known
	}
	switch {
	case !c.pays():
		f.Title = fmt.Sprintf("Spread what a webhook of %s wakes: a commit has %d objects ask it at once", o.Name, c.atOnce)
		f.Reason = fmt.Sprintf("at the rate it allows that takes %s: have what calls the clusters call them in turn", round(c.takes()))
	case c.forbidden():
		f.Title = fmt.Sprintf("Have one webhook of %s fan out to %s: %d would be more than it may have", o.Name, c.who(), c.needs())
		f.Reason = c.limit.hooksSays
	case c.saved() >= worth:
		f.Title = fmt.Sprintf("Have webhooks of %s call %s: %s fewer requests an hour", o.Name, c.who(), number(c.saved()))
		f.Reason = "commits are then seen at once, and intervals only make up for calls that were missed"
	case len(c.met) > 0:
		f.Title = fmt.Sprintf("Have webhooks of %s call %s: no interval has commits deployed in time", o.Name, c.who())
		f.Reason = unmetWords(c.met)
	default:
		f.Title = fmt.Sprintf("Have webhooks of %s call %s: it is asked nearly what it allows", o.Name, c.who())
		f.Reason = "commits are then seen at once, and intervals only make up for calls that were missed"
	}
	c.evidence(func(name, format string, args ...any) {
		f.Evidence = append(f.Evidence, recommend.Evidence{Name: name, Value: fmt.Sprintf(format, args...)})
	})
	return f
}
