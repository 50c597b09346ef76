package pull

import (
	"fmt"
	"slices"
	"time"
)

// waiting is what items may have to wait for, by the digest of their subjects.
type waiting struct {
	wanted   map[string]Wave         // the earliest
	open     map[string][3]string    // the request's URL, by wave
	merged   map[string][3]time.Time // when the soak ends, by wave
	declined map[string][]*Existing  // by the finding that their evidence names
	unread   []Unread
	now      time.Time
}

func newWaiting(items []Item, seen *Seen, policy Policy, soak time.Duration, now time.Time) *waiting {
	w := &waiting{wanted: map[string]Wave{}, open: map[string][3]string{}, merged: map[string][3]time.Time{}, declined: map[string][]*Existing{}, now: now}
	for _, item := range items {
		if item.Subject == "" {
			continue
		}
		subject, wave := subjectDigest(item.Subject), item.Wave.known()
		if first, ok := w.wanted[subject]; !ok || wave < first {
			w.wanted[subject] = wave
		}
	}
	for i := range seen.Requests {
		r := &seen.Requests[i]
		if r.Marker == nil || r.Base != policy.Base {
			continue
		}
		if r.State == Closed && !r.Marker.Withdrawn {
			for _, e := range r.Marker.Evidence {
				w.declined[findingOf(e)] = append(w.declined[findingOf(e)], r)
			}
		}
		for _, subject := range r.Marker.Subjects {
			switch r.State {
			case Open:
				urls := w.open[subject]
				if have := urls[r.Marker.Wave]; have == "" || r.URL < have {
					urls[r.Marker.Wave] = r.URL
				}
				w.open[subject] = urls
			case Merged:
				ends := w.merged[subject]
				if end := r.Ended.Add(soak); end.After(ends[r.Marker.Wave]) {
					ends[r.Marker.Wave] = end
				}
				w.merged[subject] = ends
			case Closed: // see Waves
			}
		}
	}
	return w
}

// no is the request with which the item was declined, the one of the first URL where
// there are several; nil where it was not.
func (w *waiting) no(item Item) *Existing {
	var no *Existing
	if item.Evidence == "" {
		return nil
	}
	for _, r := range w.declined[findingOf(item.Evidence)] {
		same := slices.ContainsFunc(r.Marker.Evidence, func(e string) bool { return near(e, item.Evidence) })
		if same && (no == nil || r.URL < no.URL) {
			no = r
		}
	}
	return no
}

// reason is why the item has to wait; empty where it need not.
func (w *waiting) reason(item Item) string {
	if item.Subject == "" {
		return ""
	}
	subject := subjectDigest(item.Subject)
	if first := w.wanted[subject]; first < item.Wave {
		return fmt.Sprintf("the same change is to be made in %s first", first)
	}
	open, merged := w.open[subject], w.merged[subject]
	for wave := Development; wave <= Production; wave++ {
		switch {
		case open[wave] != "" && wave < item.Wave:
			return fmt.Sprintf("%s has the same change for %s and is open", open[wave], wave)
		case open[wave] != "" && wave > item.Wave && open[item.Wave] == "":
			return fmt.Sprintf("%s has the same change for %s, which comes later, and is open", open[wave], wave)
		case wave < item.Wave && merged[wave].After(w.now):
			return fmt.Sprintf("the same change was merged for %s and is watched until %s", wave, merged[wave].UTC().Format("2 Jan 2006 15:04 MST"))
		}
	}
	for _, u := range w.unread {
		if u.Wave < item.Wave && (u.Subject == "" || u.Subject == item.Subject) && merged[u.Wave].IsZero() && open[item.Wave] == "" {
			return fmt.Sprintf("%s, so whether the same change is to be made in %s first is not known", u.Reason, u.Wave)
		}
	}
	return ""
}
