package interval

import (
	"fmt"

	"github.com/tuppence-dev/tuppence/recommend"
	"github.com/tuppence-dev/tuppence/recommend/interval/model"
)

// nearLimit is the share of a limit from which a load is said: people and pipelines ask
// the same host, and nobody counts those here.
const nearLimit = 0.8

// loads is what there is to say of repositories and hosts whose limit is known, and
// that are asked too much or nearly so, by the intervals in force or the plan's.
func (p *Plan) loads() []recommend.Finding {
	var found []recommend.Finding
	for i := range p.Fleet.Repositories {
		if now, then := p.Now.Repositories[i], p.Done.Repositories[i]; isNear(now) || isNear(then) {
			found = append(found, p.load("Repository", now, then, func(repository int) bool { return repository == i }))
		}
	}
	for i := range p.Fleet.Hosts {
		if now, then := p.Now.Hosts[i], p.Done.Hosts[i]; isNear(now) || isNear(then) {
			found = append(found, p.load("GitHost", now, then, func(repository int) bool { return p.Fleet.Repositories[repository].Host == i }))
		}
	}
	return found
}

func isNear(l model.Load) bool { return l.Limit > 0 && l.PerSecond >= nearLimit*l.Limit }

// load is the finding about one repository or host.
func (p *Plan) load(kind string, now, then model.Load, of func(repository int) bool) recommend.Finding {
	o := recommend.Object{Kind: kind, Name: now.Name}
	f := recommend.Finding{ID: recommend.FindingID("interval-load", o), Subject: o, Confidence: recommend.Medium}
	say := func(name, format string, args ...any) {
		f.Evidence = append(f.Evidence, recommend.Evidence{Name: name, Value: fmt.Sprintf(format, args...)})
	}
	polls := p.pollers(of)
	say("load now", "%s, predicted, from %s", perHour(now), polls)
	say("load as proposed", "%s, predicted", perHour(then))
	say("limit", "%s a second: %s", number(now.Limit), limitOf(now.Name).says)
	say("counted", "a listing of references, a tag in a registry and an index of charts as 1 request, a clone as about 4; not what people and pipelines ask")
	f.Evidence = append(f.Evidence, p.unread()...)
	if polls.raised > 0 {
		say("intervals", "%d of them longer than their objectives ask, for its sake", polls.raised)
	}
	switch {
	case then.PerSecond >= then.Limit:
		f.Title = fmt.Sprintf("Put a mirror or a registry before %s: the proposed intervals still ask %s requests a second of it, of %s", o.Name, number(then.PerSecond), number(then.Limit))
		f.Reason = "no intervals that can be set keep to its limit: commits, webhooks and intervals that are not tuned ask the rest"
		say("with a Git mirror", "in the fleet's region: %s, and of %s only what the mirror fetches", perHour(then), o.Name)
		say("with a registry", "artifacts pushed to it by a pipeline, and OCIRepositories: %s, as a poll is one HEAD", perHour(p.tagged(of)))
	case now.PerSecond > now.Limit:
		f.Title = fmt.Sprintf("Take the proposed intervals: %s is asked %s requests a second, of %s", o.Name, number(now.PerSecond), number(now.Limit))
		f.Reason = fmt.Sprintf("the proposed intervals ask %s a second, which keeps to its limit", number(then.PerSecond))
	case isNear(then):
		f.Title = fmt.Sprintf("Leave %s room: the proposed intervals ask %s of what it allows", o.Name, percent(then.PerSecond/then.Limit))
		f.Reason = fmt.Sprintf("now it is %s; a webhook or longer objectives would leave more", percent(now.PerSecond/now.Limit))
	default:
		f.Title = fmt.Sprintf("Take the proposed intervals: %s is asked %s of what it allows", o.Name, percent(now.PerSecond/now.Limit))
		f.Reason = fmt.Sprintf("the proposed intervals ask %s of it", percent(then.PerSecond/then.Limit))
	}
	return f
}

func perHour(l model.Load) string {
	return fmt.Sprintf("%s requests an hour (%s a second)", number(l.PerHour), number(l.PerSecond))
}

// polled is who polls some repositories.
type polled struct {
	objects, clusters int
	raised            int // for a host's sake
}

func (p polled) String() string {
	return fmt.Sprintf("%s in %s", counted(p.objects, "object"), counted(p.clusters, "cluster"))
}

// counted is a number of things: 1 cluster, 2 clusters.
func counted(n int, what string) string { return fmt.Sprintf("%d %s", n, plural(what, n)) }

func (p *Plan) pollers(of func(repository int) bool) polled {
	var n polled
	in := map[int]bool{}
	for i := range p.Systems {
		for j := range p.Systems[i].Tasks {
			if poll := p.Fleet.Systems[i].Tasks[j].Poll; !asks(poll) || !of(poll.Repository) {
				continue
			}
			n.objects++
			in[p.Systems[i].Cluster] = true
			if p.choices[i][j].Host {
				n.raised++
			}
		}
	}
	n.clusters = len(in)
	return n
}

func asks(p model.Poll) bool { return p.Repository != model.None && p.Unchanged+p.Changed > 0 }

// tagged is the load of the plan's intervals where what is polled were tags of a
// registry instead.
func (p *Plan) tagged(of func(repository int) bool) model.Load {
	f := copied(p.Proposed)
	for i := range f.Systems {
		for j := range f.Systems[i].Tasks {
			if poll := &f.Systems[i].Tasks[j].Poll; asks(*poll) && of(poll.Repository) {
				poll.Unchanged, poll.Changed = tagged.Unchanged, tagged.Changed
			}
		}
	}
	var sum model.Load
	for i, l := range model.Predict(&f).Repositories {
		if of(i) {
			sum.PerHour += l.PerHour
			sum.PerSecond += l.PerSecond
		}
	}
	return sum
}

// sparing is whom an interval is longer for than its objective asks; empty where it
// is not.
func (p *Plan) sparing(at place) string {
	poll := p.Fleet.Systems[at.system].Tasks[at.task].Poll
	if !p.choices[at.system][at.task].Host || !asks(poll) {
		return ""
	}
	r := p.Fleet.Repositories[poll.Repository]
	name, limit := r.Name, r.Limit
	if limit == 0 {
		name, limit = p.Fleet.Hosts[r.Host].Name, p.Fleet.Hosts[r.Host].Limit
	}
	return fmt.Sprintf("as %s may not be asked oftener than %s times a second: %s", name, number(limit), limitOf(name).says)
}
