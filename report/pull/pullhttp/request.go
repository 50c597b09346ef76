package pullhttp

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/tuppence-dev/tuppence/report/pull"
)

// commit is an object name of Git, SHA-1 or SHA-256.
var commit = regexp.MustCompile(`^(?:[0-9a-f]{40}|[0-9a-f]{64})$`)

// Check returns r as a forge gave it, without a head or an address that is none.
// One that lacks its number, branch, state or end is an error: the answer is not
// what the forge's API gives.
func Check(r pull.Request) (pull.Request, error) {
	if r.Number <= 0 || r.Branch == "" {
		return r, errors.New("a request without a number or a branch")
	}
	switch r.State {
	case pull.Open:
		r.Ended = time.Time{}
	case pull.Merged, pull.Closed:
		if r.Ended.IsZero() {
			return r, fmt.Errorf("request %d is %s, but not since when", r.Number, r.State)
		}
		r.Ended = r.Ended.UTC()
	default:
		return r, fmt.Errorf("request %d is neither open, merged nor closed", r.Number)
	}
	if !commit.MatchString(r.Head) {
		r.Head = ""
	}
	if u, err := url.Parse(r.URL); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil {
		r.URL = ""
	}
	if r.Labels = slices.Sorted(slices.Values(r.Labels)); len(r.Labels) == 0 {
		r.Labels = nil
	}
	return r, nil
}

// Requests gathers what a forge lists into what pull.Forge promises.
type Requests struct {
	Prefix string    // of the branches
	Since  time.Time // of those that ended
	byNo   map[int]pull.Request
}

// Add keeps r where it is asked for. A request that was read twice, as it changed
// or as the pages moved, is kept as it was read last. The error is Check's.
func (q *Requests) Add(r pull.Request) error {
	if r.Branch != "" && !strings.HasPrefix(r.Branch, q.Prefix) {
		return nil
	}
	r, err := Check(r)
	if err != nil {
		return err
	}
	if q.byNo == nil {
		q.byNo = map[int]pull.Request{}
	}
	delete(q.byNo, r.Number)
	if r.State == pull.Open || !r.Ended.Before(q.Since) {
		q.byNo[r.Number] = r
	}
	return nil
}

// All returns what was kept, newest first.
func (q *Requests) All() []pull.Request {
	all := make([]pull.Request, 0, len(q.byNo))
	for _, r := range q.byNo {
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b pull.Request) int { return cmp.Compare(b.Number, a.Number) })
	return all
}

// Same reports that two texts are one to a forge, which may change line ends and
// drop white space around a text.
func Same(a, b string) bool {
	plain := func(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n")) }
	return plain(a) == plain(b)
}
