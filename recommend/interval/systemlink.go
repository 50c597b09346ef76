package interval

import (
	"slices"
	"strings"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend/interval/model"
)

// link leads tasks to what triggers them and to what they depend on, and gives the
// sources their commits.
func (s *clusterMap) link() {
	for i := range s.system.Tasks {
		r := s.system.Tasks[i].Reconciler
		k := collector.KindOf(r.APIVersion, r.Kind)
		t := &s.model.Tasks[i]
		switch source, ok := s.source(r); {
		case !ok || source == i || !slices.Contains(k.Wakes, collector.Revision):
		case s.idle(source):
			s.inRegistry(i, source)
		default:
			t.Source, t.Webhook = source, false
		}
		for _, name := range r.DependsOn {
			if on, ok := s.dependency(r, name); ok && on != i && !slices.Contains(t.DependsOn, on) {
				t.DependsOn = append(t.DependsOn, on)
			}
		}
	}
	s.openRings()
	s.commits()
}

// source is the task of what r applies or builds on. Helm-controller makes a
// HelmChart of its own for a chart that stands in a HelmRelease, next to its source.
func (s *clusterMap) source(r *collector.Reconciler) (int, bool) {
	if r.Kind == "HelmRelease" && r.HasChart {
		if i, ok := s.at[collector.Origin{Kind: "HelmChart", Namespace: r.Source.Namespace, Name: r.Namespace + "-" + r.Name}]; ok {
			return i, true
		}
	}
	i, ok := s.at[r.Source]
	return i, ok
}

// idle reports whether a task is a HelmRepository that fetches nothing, as it names a
// registry: it never has a new revision.
func (s *clusterMap) idle(task int) bool {
	r := s.system.Tasks[task].Reconciler
	return r.Kind == "HelmRepository" && r.Every() == 0
}

// inRegistry has a HelmChart look in the registry itself: its source has no index.
func (s *clusterMap) inRegistry(chart, source int) {
	r, at := s.system.Tasks[chart].Reconciler, s.system.Tasks[source].URL
	if r.Kind == "HelmChart" && at != "" {
		p := tagged
		p.Repository = s.repository(strings.TrimSuffix(at, "/")+"/"+r.Path, collector.Registry)
		s.model.Tasks[chart].Poll = p
	}
}

// dependency is the task of an entry of dependsOn. What is suspended or not there
// stays as it is, and never keeps anybody waiting in the model.
func (s *clusterMap) dependency(r *collector.Reconciler, name string) (int, bool) {
	namespace, short, found := strings.Cut(name, "/")
	if !found {
		namespace, short = r.Namespace, name
	}
	i, ok := s.at[collector.Origin{Kind: r.Kind, Namespace: namespace, Name: short}]
	return i, ok
}

// openRings drops what leads back to a task itself: objects that wait for each
// other never become ready, and the model has no answer to that.
func (s *clusterMap) openRings() {
	const (
		fresh = iota
		open
		done
	)
	state := make([]int, len(s.model.Tasks))
	var visit func(i int)
	visit = func(i int) {
		state[i] = open
		t := &s.model.Tasks[i]
		follow := func(to int) (keep bool) {
			if state[to] == open {
				s.notes.add(s.system.Tasks[i].Kind, "in a ring of sources or dependencies, which is taken to be open")
				return false
			}
			if state[to] == fresh {
				visit(to)
			}
			return true
		}
		if t.Source != model.None && !follow(t.Source) {
			t.Source = model.None
		}
		t.DependsOn = slices.DeleteFunc(t.DependsOn, func(on int) bool { return !follow(on) })
		state[i] = done
	}
	for i := range state {
		if state[i] == fresh {
			visit(i)
		}
	}
}

// commits gives each source the new revisions that were seen of it: its own, or
// where none are known the most that one of its appliers had.
func (s *clusterMap) commits() {
	known := make([]bool, len(s.model.Tasks))
	appliers := make([]float64, len(s.model.Tasks))
	for i := range s.model.Tasks {
		t, m := &s.model.Tasks[i], &s.system.Tasks[i].Measured
		rate, ok := changes(m)
		if t.Source == model.None {
			t.Revisions, known[i] = rate, ok
			continue
		}
		for root := t.Source; ok && root != model.None; root = s.model.Tasks[root].Source {
			appliers[root] = max(appliers[root], rate)
		}
	}
	for i := range s.model.Tasks {
		t, r := &s.model.Tasks[i], s.system.Tasks[i].Reconciler
		k := collector.KindOf(r.APIVersion, r.Kind)
		if t.Source != model.None || !k.Host.Polls() {
			t.Revisions = 0
			continue
		}
		s.system.Tasks[i].Commits = known[i] || appliers[i] > 0
		switch {
		case !known[i] && appliers[i] > 0:
			t.Revisions = appliers[i]
		case !known[i]:
			s.notes.add(r.Kind, "no changes are known; it is taken to have none")
		case slices.Contains(r.Measured.Doubts, collector.ChangesSeenByAppliers):
			s.notes.add(r.Kind, "changes are those that some applier saw, so that there may be more")
		}
	}
}

// changes is how many new revisions an hour were seen, over an hour at least: less
// says nothing of how often they come.
func changes(m *collector.Measured) (float64, bool) {
	if m.ChangeSpan.Hours() < 1 {
		return 0, false
	}
	return min(mostRate, float64(m.Changes)/m.ChangeSpan.Hours()), true
}
