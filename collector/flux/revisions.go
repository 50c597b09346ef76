package flux

import (
	"time"

	"github.com/tuppence-dev/tuppence/collector"
)

// changesOfSources tells how often each source brought something new: the distinct
// revisions that the histories of the objects which apply it hold. An entry keeps
// the newest revision of its digest alone, so that a commit which changed nothing
// for any applier is not seen. Told is the time of the applier that goes back
// furthest; its oldest revision is what stood there, and no change.
func changesOfSources(all []collector.Reconciler) {
	type seen struct {
		first    map[string]time.Time // of each revision
		from, to time.Time
	}
	sources := map[collector.Origin]*seen{}
	for i := range all {
		r := &all[i]
		if r.Source.Name == "" || r.Measured.ChangeSpan.Duration <= 0 || len(r.History) == 0 {
			continue
		}
		s := sources[r.Source]
		if s == nil {
			s = &seen{first: map[string]time.Time{}}
			sources[r.Source] = s
		}
		_, from, to := changes(r.History)
		if s.from.IsZero() || from.Before(s.from) {
			s.from = from
		}
		if to.After(s.to) {
			s.to = to
		}
		for _, h := range r.History {
			if t, ok := s.first[h.Revision]; h.Revision != "" && (!ok || h.First.Before(t)) {
				s.first[h.Revision] = h.First
			}
		}
	}
	for i := range all {
		r := &all[i]
		s := sources[identity(r)]
		if s == nil {
			continue
		}
		for _, t := range s.first {
			if t.After(s.from) {
				r.Measured.Changes++
			}
		}
		r.Measured.ChangeSpan.Duration = s.to.Sub(s.from)
		r.Measured.Doubt(collector.ChangesSeenByAppliers)
	}
}
