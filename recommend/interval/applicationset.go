package interval

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
)

// rationed are the generators that ask the API of a Git host, or a person's own
// service: Argo CD has them wait 30m, as GitHub lets a user ask 5,000 times an hour
// and each asks once a repository. What their waits should be is for who runs them.
var rationed = []string{"scmProvider", "pullRequest", "plugin"}

// waits is the shortest wait of an ApplicationSet's generators, which holds for all of
// them, and whether that is of one that looks at Git.
func waits(r *collector.Reconciler) (t *collector.Timer, looks bool) {
	for i := range r.Timers {
		if d := r.Timers[i].Interval.Duration; d > 0 && (t == nil || d < t.Interval.Duration) {
			t = &r.Timers[i]
		}
	}
	return t, t != nil && !slices.Contains(rationed, generatorOf(t))
}

// generatorOf is which generator has the timer: git of
// spec generators 0 matrix generators 1 git requeueAfterSeconds.
func generatorOf(t *collector.Timer) string {
	if len(t.Path) < 2 {
		return ""
	}
	return t.Path[len(t.Path)-2]
}

// generated is what an ApplicationSet must keep to: it waits for a commit as a source
// does, or with a webhook makes up for a call that was missed. One that looks at no Git
// is left alone.
func (w *wanted) generated(r *collector.Reconciler) (of goals, why string, looks bool) {
	_, looks = waits(r)
	switch {
	case !looks:
		return goals{}, "", false
	case woken(r) && r.Wishes.Deploy.Duration == 0:
		g := w.general(missed)
		return goals{drift: g}, fmt.Sprintf("deploy latency: a webhook has a change seen at once, and the wait makes up for a call that was missed; at most %s", g), true
	}
	g := w.deploy(r)
	return goals{deploy: g}, fmt.Sprintf("deploy latency: how long a change in Git waits to be an Application; at most %s", g), true
}

// applicationSets are the findings about ApplicationSets, each of whose generators has
// a wait of its own.
func (p *Plan) applicationSets(cluster int) []recommend.Finding {
	c := &p.fleet.Clusters[cluster]
	var found []recommend.Finding
	for i := range c.Reconcilers {
		if r := &c.Reconcilers[i]; r.Kind == "ApplicationSet" {
			if f, ok := p.applicationSet(cluster, r); ok {
				found = append(found, f)
			}
		}
	}
	return found
}

func (p *Plan) applicationSet(cluster int, r *collector.Reconciler) (recommend.Finding, bool) {
	c, now := &p.fleet.Clusters[cluster], bounded(r.Every())
	next, ok := p.next(r)
	if !ok || next == now {
		return recommend.Finding{}, false
	}
	j := judged{Plan: p, Settings: p.settings, of: c, wanted: p.wanted[cluster], r: r}
	o := objectOf(c, r)
	t := telling{recommend.Finding{ID: recommend.FindingID(Name, o), Recommender: Name, Subject: o, Status: recommend.Proposed, Confidence: j.confidence(),
		Changes: setChanges(o, r, next), Checks: j.checks(nil, true)}}
	if len(t.f.Changes) == 0 {
		return recommend.Finding{}, false
	}
	t.f.Title = fmt.Sprintf("Look for new Applications every %s instead of every %s", recommend.Interval(next), recommend.Interval(now))
	withhold(&t.f)
	_, why, _ := p.wanted[cluster].generated(r)
	t.say("objective", "%s", why)
	at := p.at[r]
	a, b := &p.Now.Systems[at.system].Tasks[at.task], &p.Then.Systems[at.system].Tasks[at.task]
	t.say("effective period", "at most %s now, %s after (the wait, one for a worker, and a run)", round(a.Longest), round(b.Longest))
	n := float64(looking(r))
	t.say("requests to Git", "at most %s an hour instead of %s, as the repo-server keeps what it was told for a while (generators that look there: %d)", number(n*b.Rates.Sum()), number(n*a.Rates.Sum()), looking(r))
	t.say("generators", "the shortest wait of all holds for each of them: %s", strings.Join(names(r), ", "))
	t.say("money", "%s", moneyWords(c))
	return t.f, true
}

// looking is how many generators look at Git in each run.
func looking(r *collector.Reconciler) (n int) {
	for i := range r.Timers {
		if !slices.Contains(rationed, generatorOf(&r.Timers[i])) {
			n++
		}
	}
	return n
}

// names are the generators with their waits.
func names(r *collector.Reconciler) []string {
	var all []string
	for i := range r.Timers {
		t := &r.Timers[i]
		all = append(all, fmt.Sprintf("%s %s", generatorOf(t), recommend.Interval(t.Interval.Duration)))
	}
	return all
}

// setChanges has the generators wait for next: where that is longer, all that are
// shorter, and where it is shorter, the one whose wait holds.
func setChanges(o recommend.Object, r *collector.Reconciler, next time.Duration) []recommend.Change {
	shortest, _ := waits(r)
	var cs []recommend.Change
	for i := range r.Timers {
		t := &r.Timers[i]
		d := t.Interval.Duration
		if len(t.Path) == 0 || d <= 0 || d >= next && (t != shortest || d == next) {
			continue
		}
		c := recommend.Change{Object: o, Path: t.Path, After: strconv.Itoa(int(next / time.Second))}
		if t.Set {
			c.Before = strconv.Itoa(int(d / time.Second))
		}
		cs = append(cs, c)
	}
	return cs
}
