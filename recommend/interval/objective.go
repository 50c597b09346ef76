package interval

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
)

// Objective is what the objects of an environment and a class must keep to, in the
// place of the settings' own: an empty Environment or Class is every one, and a time
// of zero is left to what is general.
type Objective struct {
	Environment string          // as clusters have it
	Class       collector.Class // platform or application
	Drift       collector.Duration
	Deploy      collector.Duration
	Retry       collector.Duration
}

func (o *Objective) valid() error {
	if o.Class != "" && o.Class != collector.Platform && o.Class != collector.Application {
		return fmt.Errorf("interval: class %q of an objective is not platform or application", o.Class)
	}
	for _, t := range []struct {
		name string
		d    collector.Duration
	}{{"drift", o.Drift}, {"deploy", o.Deploy}, {"retry", o.Retry}} {
		if t.d.Duration != 0 && !possible(t.d) {
			return fmt.Errorf("interval: objective %s %s %s", t.name, t.d, mustBe)
		}
	}
	return nil
}

// mustBe ends the refusal of an objective that is not possible: the shortest rung is
// a minute, and what keeps to a minute needs a shorter one.
var mustBe = fmt.Sprintf("must be over %s and at most 720h", Ladder[0])

func possible(d collector.Duration) bool {
	return d.Duration > Ladder[0] && d.Duration <= 30*24*time.Hour
}

// goal is a time that an object must keep to, and who says so: empty where the
// settings' own do.
type goal struct {
	within  time.Duration
	by      string
	assumed bool // nobody said so: it is this program's default
}

func (g goal) String() string {
	switch {
	case g.assumed:
		return recommend.Interval(g.within) + ", by default"
	case g.by == "":
		return recommend.Interval(g.within)
	}
	return recommend.Interval(g.within) + ", " + g.by
}

// from is what g asks of what takes so long now: a default is no reason to have
// anything run oftener than its owner has it. A HelmRepository of 24h stays, though
// 10m are what changes may take by default.
func (g goal) from(now time.Duration) time.Duration {
	if g.assumed && now > g.within {
		return upward(now)
	}
	return g.within
}

// general is the settings' own time that pick names.
func (w *wanted) general(pick func(*Settings) collector.Duration) goal {
	standard := Default()
	within := pick(&w.settings).Duration
	return goal{within: within, assumed: within == pick(&standard).Duration}
}

func drift(s *Settings) collector.Duration     { return s.Drift }
func helmDrift(s *Settings) collector.Duration { return s.HelmDrift }
func deploy(s *Settings) collector.Duration    { return s.Deploy }
func releases(s *Settings) collector.Duration  { return s.SemVerDeploy }
func missed(s *Settings) collector.Duration    { return s.Missed }
func rotation(s *Settings) collector.Duration  { return s.Rotation }
func retry(s *Settings) collector.Duration     { return s.Retry }

// wanted are the objects of a cluster with what each must keep to.
type wanted struct {
	settings    Settings
	environment string
	objects     map[string]*collector.Reconciler   // by kind and name
	dependents  map[string]int                     // by kind and name: the objects that wait for it
	appliers    map[string][]*collector.Reconciler // by kind and name of a source
}

func (s Settings) wanted(c *collector.Cluster) *wanted {
	w := &wanted{settings: s, environment: c.Environment, objects: map[string]*collector.Reconciler{}, dependents: map[string]int{}, appliers: map[string][]*collector.Reconciler{}}
	for i := range c.Reconcilers {
		r := &c.Reconcilers[i]
		w.objects[nameOf(r)] = r
		for _, d := range r.DependsOn {
			if !strings.Contains(d, "/") {
				d = r.Namespace + "/" + d
			}
			w.dependents[r.Kind+" "+d]++
		}
		if r.Source.Name != "" && !r.Suspended {
			at := r.Source.Kind + " " + cmp.Or(r.Source.Namespace, r.Namespace) + "/" + r.Source.Name
			w.appliers[at] = append(w.appliers[at], r)
		}
	}
	return w
}

func nameOf(r *collector.Reconciler) string { return r.Kind + " " + r.Namespace + "/" + r.Name }

// goal is the time of r's that pick names: what its annotation says, else the first
// objective of its environment and class that says one, else general.
func (w *wanted) goal(r *collector.Reconciler, annotation string, wish collector.Duration, pick func(*Objective) collector.Duration, general func(*Settings) collector.Duration) goal {
	if wish.Duration > 0 {
		return goal{within: wish.Duration, by: "by its annotation " + annotation}
	}
	class := w.class(r)
	for i := range w.settings.Objectives {
		o := &w.settings.Objectives[i]
		if d := pick(o).Duration; d > 0 && (o.Environment == "" || o.Environment == w.environment) && (o.Class == "" || o.Class == class) {
			by := "as configured"
			if of := strings.TrimSpace(o.Environment + " " + string(o.Class)); of != "" {
				by += " for " + of
			}
			return goal{within: d, by: by}
		}
	}
	return w.general(general)
}

func (w *wanted) drift(r *collector.Reconciler) goal {
	general := drift
	if r.Kind == "HelmRelease" {
		general = helmDrift
	}
	return w.goal(r, collector.DriftAnnotation, r.Wishes.Drift, func(o *Objective) collector.Duration { return o.Drift }, general)
}

func (w *wanted) retry(r *collector.Reconciler) goal {
	return w.goal(r, collector.RetryAnnotation, r.Wishes.Retry, func(o *Objective) collector.Duration { return o.Retry }, retry)
}

// deploy is how soon a change must be fetched: of a source that says nothing itself,
// as soon as the most urgent of what is applied from it says.
func (w *wanted) deploy(r *collector.Reconciler) goal {
	of := func(r *collector.Reconciler) goal {
		return w.goal(r, collector.DeployAnnotation, r.Wishes.Deploy, func(o *Objective) collector.Duration { return o.Deploy }, deploy)
	}
	own := of(r)
	if r.Wishes.Deploy.Duration > 0 {
		return own
	}
	appliers := w.appliers[nameOf(r)]
	for i, a := range appliers {
		g := of(a)
		if g.by != "" && a.Wishes.Deploy.Duration > 0 {
			g.by = fmt.Sprintf("by the annotation of %s", nameOf(a))
		} else if g.by != "" {
			g.by += ", for " + nameOf(a)
		}
		if i == 0 || g.within < own.within {
			own = g
		}
	}
	return own
}

// platformWords are names of folders that what others run on is kept in.
var platformWords = []string{"infrastructure", "infra", "platform", "system", "core", "base-system", "controllers", "configs", "crds", "addons", "add-ons", "operators", "flux-system", "monitoring", "observability", "networking", "ingress", "security", "policies", "cluster", "clusters"}

// rarely is how seldom a thing changes that counts as platform where nothing else
// tells: not once in a fortnight.
const rarely = 14 * 24 * time.Hour

// class of r: what its annotation says; else platform where its folder or its name
// is one of the usual, or others wait for it; else where it has not changed for a
// fortnight or longer; else application.
func (w *wanted) class(r *collector.Reconciler) collector.Class {
	if c := r.Wishes.Class; c == collector.Platform || c == collector.Application {
		return c
	}
	steps := strings.FieldsFunc(strings.ToLower(r.Path), func(c rune) bool { return c == '/' || c == '.' })
	usual := func(s string) bool { return slices.Contains(platformWords, s) }
	m := r.Measured
	switch {
	case slices.Contains(steps, "apps") || slices.Contains(steps, "applications"):
		return collector.Application
	case slices.ContainsFunc(steps, usual), usual(strings.ToLower(r.Name)), w.dependents[nameOf(r)] > 0:
		return collector.Platform
	case m.ChangeSpan.Duration >= rarely && m.Changes == 0:
		return collector.Platform
	}
	return collector.Application
}
