package interval

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/tuppence-dev/tuppence/recommend"
	"github.com/tuppence-dev/tuppence/recommend/interval/model"
)

// webhookWorth is how many requests an hour webhooks of a repository must save to be worth
// an address, a Secret and a Receiver that somebody looks after: one a minute, which
// is what 6 sources at 5m ask more than at 1h.
const webhookWorth = 60

// mostWebhooks is how many repositories have a finding of their own.
const mostWebhooks = 10

// longBurst is how long the requests that one commit causes at once may take at the rate
// that the host allows: 225 sources that list and clone are a minute of GitHub's 15.
// Less than a few seconds is not worth a word.
const (
	longBurst = time.Minute
	saidBurst = 5 * time.Second
)

// webhooks is where webhooks pay, and where a limit forbids them.
func (p *Plan) webhooks() []recommend.Finding {
	h := p.hooked()
	pollers := make([][]place, len(p.Fleet.Repositories)) // in order
	for i := range p.Systems {
		for j := range p.Systems[i].Tasks {
			if poll := p.Fleet.Systems[i].Tasks[j].Poll; asks(poll) {
				pollers[poll.Repository] = append(pollers[poll.Repository], place{i, j})
			}
		}
	}
	var all []*called
	for i := range pollers {
		if c := p.called(h, i, pollers[i]); c.pays() || c.bursts() {
			c.count(pollers[i])
			all = append(all, c)
		}
	}
	slices.SortStableFunc(all, func(a, b *called) int {
		return cmp.Or(cmp.Compare(b.presses(), a.presses()), cmp.Compare(b.saved(), a.saved()))
	})
	var found []recommend.Finding
	for _, c := range all[:min(len(all), mostWebhooks)] {
		found = append(found, c.finding())
	}
	return append(found, rest(all[len(found):])...)
}

// rest are the repositories that webhooks save least of, together.
func rest(all []*called) []recommend.Finding {
	if len(all) == 0 {
		return nil
	}
	var names []string
	saved := 0.0
	for _, c := range all {
		names = append(names, c.now.Name)
		saved += max(0, c.saved())
	}
	o := recommend.Object{Kind: "Fleet", Name: "webhooks"}
	return []recommend.Finding{{ID: recommend.FindingID(Name, o), Subject: o, Confidence: recommend.Low,
		Title:    fmt.Sprintf("Have webhooks of %s call what polls them: %s fewer requests an hour", counted(len(all), "more repository"), number(saved)),
		Reason:   "each pays by itself, and less than those that have a finding of their own; an organisation's webhook calls for all its repositories",
		Evidence: []recommend.Evidence{{Name: "repositories", Value: firstFew(names)}}}}
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

// called is what webhooks of a repository do, of these that poll it.
func (p *Plan) called(h *hooked, repository int, pollers []place) *called {
	r := p.Fleet.Repositories[repository]
	c := &called{Plan: p, hooked: h, limit: limitOf(r.Name), now: p.Done.Repositories[repository],
		perSecond: cmp.Or(r.Limit, p.Fleet.Hosts[r.Host].Limit),
		near:      isNear(p.Done.Repositories[repository]) || isNear(p.Done.Hosts[r.Host])}
	if c.then = c.now; len(h.wakes) > 0 {
		c.then = h.out.Repositories[repository]
	}
	last := model.None // the Argo CD instance that is counted: it fetches once for all
	for _, at := range pollers {
		t := &p.Fleet.Systems[at.system].Tasks[at.task]
		gains := h.wakes[at] && (h.longer[at] || len(h.unmet[at]) > 0)
		if gains {
			c.places, c.met = append(c.places, at), append(c.met, h.unmet[at]...)
		}
		if (gains || t.Webhook) && last != at.system {
			c.atOnce++
			c.burst += t.Poll.Changed
			if p.Systems[at.system].Instance != "" {
				last = at.system
			}
		}
	}
	return c
}

// saved is how many requests an hour webhooks save.
func (c *called) saved() float64 { return c.now.PerHour - c.then.PerHour }

func (c *called) pays() bool {
	return len(c.places) > 0 && (c.saved() >= webhookWorth || len(c.met) > 0 || c.near && c.saved() > 0)
}

// presses is 1 where more than requests is at stake: an objective or a limit.
func (c *called) presses() int {
	if len(c.met) > 0 || c.near || c.bursts() {
		return 1
	}
	return 0
}

// takes is how long the host should be asked what one commit causes.
func (c *called) takes() time.Duration {
	if c.perSecond <= 0 {
		return 0
	}
	return bounded(time.Duration(min(c.burst/c.perSecond, mostTime.Seconds()) * float64(time.Second)))
}

func (c *called) bursts() bool { return c.takes() > longBurst }

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
	case c.saved() >= webhookWorth:
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
	f.Evidence = append(f.Evidence, c.unread()...)
	return f
}
