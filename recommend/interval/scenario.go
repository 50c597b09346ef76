package interval

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
	"github.com/tuppence-dev/tuppence/recommend/interval/model"
)

// Preset is a set of intervals with a name.
type Preset string

// The presets.
const (
	// Current leaves every interval as it is.
	Current Preset = "current"
	// Usual is what users start from: appliers that others depend on or that brought
	// less than a change a week reconcile every 30 minutes, and all others every 5.
	Usual Preset = "usual"
	// Flux is what Flux's documentation recommends: GitRepository 1m, OCIRepository
	// 5m, Kustomization 1h with a retryInterval of 2m, HelmRelease 30m.
	Flux Preset = "flux"
	// Planned is what the recommender proposes: see Plan.
	Planned Preset = "proposed"
)

// Presets are all of them.
var Presets = []Preset{Planned, Usual, Flux, Current}

// Choice is an interval for the objects of a kind: all of them, those of a
// namespace, or one. Of Applications the namespace is that of their Argo CD, whose
// timeout.reconciliation holds for all of them.
type Choice struct {
	Kind, Namespace, Name string
	Interval              time.Duration
}

func (c Choice) String() string {
	s := c.Kind
	if c.Namespace != "" {
		s += "/" + c.Namespace
	}
	if c.Name != "" {
		s += "/" + c.Name
	}
	return s + "=" + recommend.Interval(c.Interval)
}

// Bounds of what can be chosen.
const (
	ShortestChoice = time.Second
	LongestChoice  = 365 * 24 * time.Hour
)

// At is the fleet with the intervals of a preset, and over it those that were
// chosen: see Over. The settings are those that Planned keeps to.
func (m *Mapped) At(preset Preset, choices []Choice, s Settings) (model.Fleet, error) {
	if preset != Planned {
		return m.Over(m.fleetAt(preset), choices)
	}
	p, err := s.Plan(m)
	if err != nil {
		return model.Fleet{}, err
	}
	return m.Over(*p.Proposed, choices)
}

// fleetAt is a copy of the fleet with the intervals of a preset.
func (m *Mapped) fleetAt(preset Preset) model.Fleet {
	f := copied(&m.Fleet)
	m.preset(&f, preset)
	return f
}

func copied(f *model.Fleet) model.Fleet {
	next := *f
	next.Systems = slices.Clone(f.Systems)
	for i := range next.Systems {
		next.Systems[i].Tasks = slices.Clone(f.Systems[i].Tasks)
	}
	return next
}

// Over is a fleet of this shape with the intervals that were chosen: the more exact of two choices holds, and of two alike the later. A
// HelmRelease takes the HelmChart along that has its interval from it, and a
// Kustomization without a retryInterval its retries. The error names a choice that
// fits nothing.
func (m *Mapped) Over(base model.Fleet, choices []Choice) (model.Fleet, error) {
	f := copied(&base)
	ordered := slices.Clone(choices)
	slices.SortStableFunc(ordered, func(a, b Choice) int { return cmp.Compare(a.exact(), b.exact()) })
	for _, c := range ordered {
		if err := m.choose(&f, c, choices); err != nil {
			return model.Fleet{}, err
		}
	}
	return f, nil
}

func (c Choice) exact() int {
	switch {
	case c.Name != "":
		return 2
	case c.Namespace != "":
		return 1
	}
	return 0
}

func (m *Mapped) choose(f *model.Fleet, c Choice, all []Choice) error {
	if c.Interval < ShortestChoice || c.Interval > LongestChoice {
		return fmt.Errorf("%s: give an interval from %s to %s", c, recommend.Interval(ShortestChoice), recommend.Interval(LongestChoice))
	}
	if c.Kind == "Application" && c.Name != "" {
		return fmt.Errorf("%s: one timeout holds for all Applications of an Argo CD; give Application/%s, the namespace of the instance", c, c.Namespace)
	}
	fits := 0
	for i := range m.Systems {
		for j := range m.Systems[i].Tasks {
			if m.fits(c, i, j) {
				fits++
				m.set(f, i, j, c.Interval, func(chart *collector.Reconciler) bool { return !chosen(all, chart) })
			}
		}
	}
	if fits > 0 {
		return nil
	}
	if kinds := m.Kinds(); !slices.Contains(kinds, c.Kind) {
		return fmt.Errorf("%s: there is no %s that runs; there are %s", c, c.Kind, cmp.Or(strings.Join(kinds, ", "), "no such objects at all"))
	}
	return fmt.Errorf("%s: there is no such %s that runs; write KIND, KIND/NAMESPACE or KIND/NAMESPACE/NAME, as the fleet has them", c, c.Kind)
}

// chosen reports whether a choice names r's own kind: it does not follow another then.
func chosen(all []Choice, r *collector.Reconciler) bool {
	return slices.ContainsFunc(all, func(c Choice) bool { return c.of(r.Kind, r.Namespace, r.Name) })
}

func (c Choice) of(kind, namespace, name string) bool {
	return c.Kind == kind && (c.Namespace == "" || c.Namespace == namespace) && (c.Name == "" || c.Name == name)
}

func (m *Mapped) fits(c Choice, system, task int) bool {
	s, t := &m.Systems[system], &m.Systems[system].Tasks[task]
	if t.Kind == "Application" {
		return c.of(t.Kind, s.Instance, "")
	}
	return c.of(t.Kind, t.Namespace, t.Name)
}

// Kinds are those of the tasks, in order.
func (m *Mapped) Kinds() []string {
	var kinds []string
	for i := range m.Systems {
		for _, t := range m.Systems[i].Tasks {
			kinds = append(kinds, t.Kind)
		}
	}
	slices.Sort(kinds)
	return slices.Compact(kinds)
}

// set gives a task an interval, and what has its interval from it too, if that may
// follow. One without a timer has one then, but an object whose interval has no
// effect keeps that.
func (m *Mapped) set(f *model.Fleet, system, task int, interval time.Duration, follows func(*collector.Reconciler) bool) {
	s, r := &f.Systems[system], m.Systems[system].Tasks[task].Reconciler
	t := &s.Tasks[task]
	if r.Kind == "Application" {
		setTimeout(t, interval)
		s.RefCache = interval
		return
	}
	if r.Idle || t.Timer == model.Triggered && r.Every() <= 0 && !needsInterval(r) {
		return
	}
	t.Interval, t.Timer = interval, model.AfterRun
	if r.Kind != "HelmRelease" || !r.HasChart || r.ChartInterval.Duration > 0 {
		return
	}
	if chart := t.Source; chart != model.None && m.Systems[system].Tasks[chart].Kind == "HelmChart" && follows(m.Systems[system].Tasks[chart].Reconciler) {
		m.set(f, system, chart, interval, follows)
	}
}

// needsInterval reports whether objects of r's kind have an interval, so that none
// was only not read.
func needsInterval(r *collector.Reconciler) bool {
	k := collector.KindOf(r.APIVersion, r.Kind)
	return k != nil && len(k.Interval) > 0 && !k.ZeroStops
}

func (m *Mapped) preset(f *model.Fleet, p Preset) {
	follow := func(*collector.Reconciler) bool { return true }
	for i := range m.Systems {
		depended := map[int]bool{}
		for j := range f.Systems[i].Tasks {
			for _, on := range f.Systems[i].Tasks[j].DependsOn {
				depended[on] = true
			}
		}
		for j := range m.Systems[i].Tasks {
			r := m.Systems[i].Tasks[j].Reconciler
			d := p.interval(r, depended[j])
			if d == 0 {
				continue
			}
			m.set(f, i, j, d, follow)
			if t := &f.Systems[i].Tasks[j]; p == Flux && r.Kind == "Kustomization" {
				t.Retry = 2 * time.Minute
			}
		}
	}
}

// interval of an object; 0: its own.
func (p Preset) interval(r *collector.Reconciler, depended bool) time.Duration {
	switch p {
	case Usual:
		return usual(r, depended)
	case Flux:
		return recommended[r.Kind]
	case Current, Planned:
	}
	return 0
}

// recommended are the intervals of Flux's documentation.
var recommended = map[string]time.Duration{
	"GitRepository": time.Minute, "OCIRepository": 5 * time.Minute, "Kustomization": time.Hour, "HelmRelease": 30 * time.Minute,
}

func usual(r *collector.Reconciler, depended bool) time.Duration {
	if r.Kind != "Kustomization" && r.Kind != "HelmRelease" {
		return 0
	}
	const week = 1.0 / (7 * 24)
	if rate, known := changes(&r.Measured); depended || known && rate < week {
		return 30 * time.Minute
	}
	return 5 * time.Minute
}
