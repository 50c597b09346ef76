package interval

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
)

func (c *called) evidence(say saying) {
	if c.pays() {
		c.sayGain(say)
		c.sayTakes(say)
	}
	if c.takes() >= saidBurst {
		say("at once", "a commit then has %s ask about %s requests within seconds, which at %s a second take %s",
			counted(c.atOnce, "object"), number(c.burst), number(c.perSecond), round(c.takes()))
	}
}

// sayGain says what webhooks bring, as predicted.
func (c *called) sayGain(say saying) {
	say("requests to it", "%s as proposed, %s with webhooks (predicted)", perHour(c.now), perHour(c.then))
	var before, after []time.Duration
	var meanNow, meanThen time.Duration
	for _, at := range c.places {
		if c.longer[at] {
			before = append(before, c.Proposed.Systems[at.system].Tasks[at.task].Interval)
			after = append(after, c.fleet.Systems[at.system].Tasks[at.task].Interval)
		}
		n := time.Duration(len(c.places))
		meanNow += c.Done.Systems[at.system].Tasks[at.task].Deploy.Mean / n
		meanThen += c.out.Systems[at.system].Tasks[at.task].Deploy.Mean / n
	}
	if len(before) > 0 {
		say("intervals", "%s as proposed, and %s with webhooks, as a call that was missed may go unnoticed for %s", spread(before), spread(after), recommend.Interval(c.settings.Missed.Duration))
	}
	say("a commit is seen", "after %s on average as proposed, and %s with webhooks (predicted, without the call's own way)", seen(meanNow), seen(meanThen))
	if len(c.met) > 0 {
		say("objective that only a webhook meets", "%s", unmetWords(c.met))
	}
}

// sayTakes says what somebody would have to set up, and what the host's limit of
// webhooks leaves.
func (c *called) sayTakes(say saying) {
	host, _, _ := strings.Cut(c.now.Name, "/")
	if c.flux > 0 {
		kind, has := "a Receiver", ""
		if c.limit.receiver != "" {
			kind += " of type " + c.limit.receiver
		}
		if c.lack > 0 {
			has = fmt.Sprintf("; %d of them have one, which lacks a source", c.lack)
		}
		say("for Flux", "%s in %s, with a Secret and an address that %s reaches%s", kind, eachOf(c.flux, "cluster"), host, has)
	}
	if c.argo > 0 {
		say("for Argo CD", "argocd-server takes the calls at /api/webhook, in %s; the one timeout needs all repositories of its Applications to call. Whether they do already cannot be seen from the cluster: where so, %s=%s on the Applications says it",
			eachOf(c.argo, "instance"), collector.DeployAnnotation, recommend.Interval(c.settings.Missed.Duration))
	}
	if c.limit.hooks > 0 {
		say("webhooks of it", "%d needed, %d at most: %s", c.needs(), c.limit.hooks, c.limit.hooksSays)
	}
	if c.forbidden() {
		say("instead", "one webhook to a relay that calls each cluster; a pipeline that calls them after a push (Receivers of type generic-hmac); or artifacts that it pushes to a registry, which OCIRepositories poll with one HEAD")
	}
}

// spread is the shortest of some intervals to the longest.
func spread(ds []time.Duration) string {
	shortest, longest := slices.Min(ds), slices.Max(ds)
	if shortest == longest {
		return recommend.Interval(shortest)
	}
	return recommend.Interval(shortest) + " to " + recommend.Interval(longest)
}

// seen is a time to the second, and shorter ones to the millisecond.
func seen(d time.Duration) string {
	if d < 10*time.Second {
		return d.Round(10 * time.Millisecond).String()
	}
	return round(d)
}

// eachOf is each of several clusters, or the one.
func eachOf(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return "each of " + counted(n, what)
}
