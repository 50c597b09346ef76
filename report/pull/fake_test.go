package pull

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tuppence-dev/tuppence/report/patch"
)

var errFault = errors.New("the network dropped")

// fault makes calls of one run fail.
type fault struct {
	calls int // so far
	at    int // the call that fails; negative: none
	done  bool
	stays bool // every call from there on fails: the process has died
}

// strikes counts a call and returns when its error comes: before it takes effect,
// after, or never.
func (f *fault) strikes() (before, after error) {
	n := f.calls
	f.calls++
	switch {
	case f.at < 0 || n < f.at || n > f.at && !f.stays:
		return nil, nil
	case n == f.at && f.done:
		return nil, errFault
	default:
		return errFault, nil
	}
}

// world is a forge and a repository in memory.
type world struct {
	*fault
	requests []Request
	comments []string // "number: text"
	tips     map[string]Tip
	made     map[string]Tip // commits that were made and not yet pushed
	base     string
	writes   int
	moves    []int // the calls that moved a branch
	humans   int
}

func newWorld() *world {
	return &world{fault: &fault{at: -1}, tips: map[string]Tip{}, made: map[string]Tip{}, base: "base-0"}
}

// copy is the world as a run with the fault finds it.
func (w *world) copy(f fault) *world {
	c := *w
	c.fault, c.requests, c.comments = &f, slices.Clone(w.requests), slices.Clone(w.comments)
	c.tips, c.made, c.moves = maps.Clone(w.tips), map[string]Tip{}, nil
	return &c
}

// call is one call of a method: it counts, may fail, and takes effect once at most.
func (w *world) call(effect func() error) error {
	before, after := w.strikes()
	if before != nil {
		return before
	}
	return errors.Join(effect(), after)
}

func (w *world) Requests(_ context.Context, prefix string, since time.Time) (out []Request, err error) {
	err = w.call(func() error {
		for _, r := range slices.Backward(w.requests) {
			if strings.HasPrefix(r.Branch, prefix) && (r.State == Open || !r.Ended.Before(since)) {
				out = append(out, r)
			}
		}
		return nil
	})
	return out, err
}

func (w *world) Open(_ context.Context, d Draft) (out Request, err error) {
	err = w.call(func() error {
		for _, r := range w.requests {
			if r.State == Open && r.Branch == d.Branch && r.Base == d.Base {
				out = r
				return nil
			}
		}
		if _, ok := w.tips[d.Branch]; !ok {
			return errors.New("no such branch")
		}
		w.writes++
		n := len(w.requests) + 1
		out = Request{Number: n, URL: fmt.Sprintf("https://git.example/pulls/%d", n), Branch: d.Branch, Base: d.Base,
			Title: d.Title, Body: d.Body, Labels: d.Labels, State: Open}
		w.requests = append(w.requests, out)
		return nil
	})
	return out, err
}

func (w *world) Edit(_ context.Context, number int, d Draft) error {
	return w.call(func() error {
		w.writes++
		r := &w.requests[number-1]
		r.Title, r.Body, r.Labels = d.Title, d.Body, d.Labels
		return nil
	})
}

func (w *world) Comment(_ context.Context, number int, text string) error {
	return w.call(func() error {
		w.writes++
		w.comments = append(w.comments, fmt.Sprintf("%d: %s", number, text))
		return nil
	})
}

func (w *world) Close(_ context.Context, number int) error {
	return w.call(func() error {
		w.writes++
		if r := &w.requests[number-1]; r.State == Open {
			r.State, r.Ended = Closed, noon
		}
		return nil
	})
}

func (w *world) Tips(_ context.Context, prefix string) (out map[string]Tip, err error) {
	err = w.call(func() error {
		out = map[string]Tip{}
		for branch, tip := range w.tips {
			if strings.HasPrefix(branch, prefix) {
				out[branch] = tip
			}
		}
		return nil
	})
	return out, err
}

func (w *world) Commit(_ context.Context, files []patch.FileChange, _ string, _ Author, _ time.Time) (hash string, err error) {
	err = w.call(func() error {
		digest := FilesDigest(files)
		hash = "ours on " + w.base + " of " + digest
		w.made[hash] = Tip{Hash: hash, Ours: true, Files: digest}
		return nil
	})
	return hash, err
}

func (w *world) Push(_ context.Context, branch, hash, expect string) error {
	return w.call(func() error { return w.move(branch, w.made[hash], expect) })
}

func (w *world) DeleteBranch(_ context.Context, branch, expect string) error {
	return w.call(func() error { return w.move(branch, Tip{}, expect) })
}

func (w *world) move(branch string, to Tip, expect string) error {
	if w.tips[branch].Hash != expect {
		return fmt.Errorf("%s is at %q, not at %q", branch, w.tips[branch].Hash, expect)
	}
	w.writes++
	if w.tips[branch] = to; to.Hash == "" {
		delete(w.tips, branch)
	}
	return nil
}

// commits puts somebody's commit on a branch.
func (w *world) commits(branch string) {
	w.humans++
	w.tips[branch] = Tip{Hash: fmt.Sprintf("human %d", w.humans)}
}

// run is one run of tuppence.
func (w *world) run(ctx context.Context, wanted []Proposal, maxOpen int) ([]Outcome, error) {
	s := &Syncer{Forge: w, Git: w, Policy: Policy{Base: "main", MaxOpen: maxOpen}, Author: someone, When: noon}
	seen, err := s.Look(ctx)
	if err != nil {
		return nil, err
	}
	return s.Sync(ctx, seen, wanted)
}

// String is the end state, whatever the numbers of the requests.
func (w *world) String() string {
	var lines []string
	for _, r := range w.requests {
		lines = append(lines, fmt.Sprintf("request %s %s %s %q", r.State, r.Branch, r.Title, r.Body))
	}
	for branch, tip := range w.tips {
		lines = append(lines, fmt.Sprintf("branch %s %+v", branch, tip))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}
