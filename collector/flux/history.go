package flux

import (
	"slices"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
)

// history reads .status.history of a Kustomization, newest first. whole is false
// where an entry could not be read, so that counts over it would be wrong.
func (o *object) history() (h []collector.Reconciled, whole bool) {
	whole = true
	for i, e := range o.list("status.history") {
		entry, ok := o.reconciled(e)
		if !ok {
			o.problem("status.history[%d] can't be read; its reconciles are not counted", i)
			whole = false
			continue
		}
		h = append(h, entry)
	}
	slices.SortStableFunc(h, func(a, b collector.Reconciled) int { return b.Last.Compare(a.Last) })
	return h, whole
}

func (o *object) reconciled(e any) (r collector.Reconciled, ok bool) {
	r.Digest, _ = at(e, "digest").(string)
	r.Status, _ = at(e, "lastReconciledStatus").(string)
	r.Revision, _ = at(e, "metadata.revision").(string)
	first, okFirst := instant(at(e, "firstReconciled"))
	last, okLast := instant(at(e, "lastReconciled"))
	total, okTotal := wholeNumber(at(e, "totalReconciliations"))
	if r.Digest == "" || !okFirst || !okLast || !okTotal || total < 1 || last.Before(first) {
		return collector.Reconciled{}, false
	}
	r.First, r.Last, r.Total = first, last, total
	if s, _ := at(e, "lastReconciledDuration").(string); s != "" {
		r.Duration = o.parseDuration("status.history lastReconciledDuration", s)
	}
	return r, true
}

// instant reads a time as the API writes it. The year is bounded so that spans
// can't overflow a Duration.
func instant(v any) (time.Time, bool) {
	s, _ := v.(string)
	t, err := time.Parse(time.RFC3339, s)
	if err != nil || t.Year() < 2000 || t.Year() > 2200 {
		return time.Time{}, false
	}
	return t.UTC(), true
}
