package interval

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/version"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
)

// Refreshes that no timer asks for are a storm where they are the most of all, and
// more than the timer makes of an Application as Argo CD comes, one in 189 s: pods that
// come and go make a few an hour of any. What was reported as one had 25,000 in five
// minutes for 173 Applications, 1,700 an hour each (argo-cd#6108).
const (
	stormShare  = 0.5
	stormPerApp = 19.0 // an hour
)

const (
	ignoreKey = "resource.ignoreResourceUpdatesEnabled"
	// ignorePrefix begins the keys that say of a kind which changes are no reason to
	// refresh; its group and its kind follow, or "all".
	ignorePrefix = "resource.customizations.ignoreResourceUpdates."
)

// storms are the findings about Argo CDs whose refreshes are mostly asked for by
// changes of live objects, which no timeout cures.
func (p *Plan) storms(cluster int) []recommend.Finding {
	c := &p.fleet.Clusters[cluster]
	var found []recommend.Finding
	for i := range p.Systems {
		s := &p.Systems[i]
		if s.Cluster != cluster || s.Instance == "" {
			continue
		}
		if f, ok := p.storm(i, c, instance(c, s.Instance)); ok {
			found = append(found, f)
		}
	}
	return found
}

func (p *Plan) storm(system int, c *collector.Cluster, k *collector.Controller) (recommend.Finding, bool) {
	apps := float64(len(p.Systems[system].Tasks))
	timed := 0.0
	for _, t := range p.Now.Systems[system].Tasks {
		timed += t.Rates.Interval
	}
	all, long := measuredLong(&k.Measured, timeoutOf(k))
	rest := min(all-timed, all)
	if !long || !p.Systems[system].all(k) || rest < stormShare*all || rest < stormPerApp*apps {
		return recommend.Finding{}, false
	}
	o := argoObject(c, k)
	t := telling{recommend.Finding{ID: recommend.FindingID(Name+"-events", o), Recommender: Name, Subject: o, Status: recommend.Advised, Confidence: recommend.Medium}}
	if change, why := ignoring(c, k, o); why != "" {
		t.f.Status, t.f.Changes = recommend.Proposed, []recommend.Change{change}
		t.f.Title = "Let Argo CD ignore changes of live objects that say nothing"
		t.say("now", "%s", why)
		t.say("what it ignores then", "metadata.generation, resourceVersion and managedFields of all kinds, and what %sGROUP_KIND names", ignorePrefix)
	} else {
		t.f.Title = fmt.Sprintf("Find the live objects that have Argo CD refresh %s times an hour, and have it ignore what churns", number(rest))
		t.f.Reason = fmt.Sprintf("which kinds churn is not recorded: see how to find them, then set %sGROUP_KIND", ignorePrefix)
	}
	t.say("not by the timer", "%s of %s refreshes an hour, %s an Application (%d measured over %s, from %s; the timer makes about %s)", number(rest), number(all),
		number(rest/apps), k.Measured.Count, recommend.Interval(k.Measured.Span.Round(time.Second)), k.Measured.Source, number(timed))
	t.say("timeout", "a longer timeout.reconciliation does not cure those: it is for what the timer asks for alone")
	if e := k.ClusterEvents; e.Span.Duration > 0 {
		t.say("changes of live objects", "%s an hour", number(float64(e.Count)/e.Span.Hours()))
	}
	if names := ignored(k); len(names) > 0 {
		t.say("ignored already", "%s", strings.Join(names, ", "))
	}
	t.say("how to find them", "topk(10, sum by (group, kind) (rate(argocd_cluster_events_total[1h]))), and with debug logs of the application controller count \"Requesting app refresh caused by object update\" by kind")
	t.say("money", "%s", moneyWords(c))
	if why := doubts(&k.Measured); why != "" {
		t.f.Confidence = lowered(t.f.Confidence)
		t.say("in doubt", "%s", why)
	}
	return t.f, true
}

// ignoring is the change that has changes of live objects ignored at all, and why it
// is needed; empty: it is not, or its place is not known. The setting came with 2.8,
// switched off, and is on by default from 3.0.
func ignoring(c *collector.Cluster, k *collector.Controller, o recommend.Object) (recommend.Change, string) {
	s, ok := k.Setting(ignoreKey)
	change := recommend.Change{Object: o, Path: []string{"data", ignoreKey}, Before: s.Value, After: "true"}
	if ok && s.Set {
		if on, err := strconv.ParseBool(s.Value); err == nil && !on {
			return change, ignoreKey + " is " + s.Value
		}
		return change, ""
	}
	v := argoVersion(c, k)
	if v == nil || v.Major() != 2 || v.Minor() < 8 {
		return change, ""
	}
	change.Before = ""
	return change, fmt.Sprintf("%s is not set, and off by default in %d.%d", ignoreKey, v.Major(), v.Minor())
}

// argoVersion is what the tag of the application controller's image says; nil: it says none.
func argoVersion(c *collector.Cluster, k *collector.Controller) *version.Version {
	for i := range c.Workloads {
		w := &c.Workloads[i]
		program, name := collector.ProgramOf(w)
		if program == nil || program.Name != "argocd-application-controller" || !slices.Contains(k.Workloads, w.Ref()) {
			continue
		}
		at := slices.IndexFunc(w.Containers, func(c collector.Container) bool { return c.Name == name })
		_, v := imageVersion(w.Containers[at].Image)
		return v
	}
	return nil
}

// ignored are the kinds of which changes are ignored already: apps_Deployment.
func ignored(k *collector.Controller) []string {
	var names []string
	for _, s := range k.Settings {
		if name, ok := strings.CutPrefix(s.Name, ignorePrefix); ok {
			names = append(names, name)
		}
	}
	return names
}
