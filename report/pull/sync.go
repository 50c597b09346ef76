package pull

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tuppence-dev/tuppence/report/patch"
)

// Git is the repository that branches are pushed to. A Checkout is one.
type Git interface {
	Tips(ctx context.Context, prefix string) (map[string]Tip, error)
	Commit(ctx context.Context, files []patch.FileChange, message string, by Author, when time.Time) (string, error)
	Push(ctx context.Context, branch, hash, expect string) error
	DeleteBranch(ctx context.Context, branch, expect string) error
}

// Syncer makes what stands at a forge what is wanted.
//
// It may fail at any point, lose an answer or be ended: whatever it has done by
// then is found by the next run, which goes on from there. Nothing is kept
// elsewhere. A branch moves before its request is edited, and says itself whose it
// is; what a comment says is noted in the request before the comment is made, so
// that a comment may be lost but is never made twice.
type Syncer struct {
	Forge  Forge
	Git    Git
	Policy Policy
	Author Author
	// When is the time of the commits.
	When time.Time
	// Since bounds how long ago a request may have ended and still count; a decline
	// from before is forgotten. Zero: none is.
	Since time.Time
	// DryRun decides, and does nothing.
	DryRun bool
}

// Outcome is what became of a proposal or a request.
type Outcome struct {
	Key    string
	Verb   Verb
	Number int    // of the request; 0: there is none
	URL    string // of the request
	Branch string
	Reason string // one sentence
}

// Look reads what stands.
func (s *Syncer) Look(ctx context.Context) (*Seen, error) {
	if err := s.Policy.check(); err != nil {
		return nil, err
	}
	prefix := s.Policy.prefix()
	requests, err := s.Forge.Requests(ctx, prefix, s.Since)
	if err != nil {
		return nil, err
	}
	// After the requests: a branch that somebody commits to in between is seen.
	tips, err := s.Git.Tips(ctx, prefix)
	if err != nil {
		return nil, err
	}
	state := &Seen{Tips: tips}
	for _, r := range requests {
		e := Existing{Request: r}
		if m, err := readMarker(r.Body); err == nil {
			e.Marker = &m
		}
		state.Requests = append(state.Requests, e)
	}
	return state, nil
}

// Sync does what Decide says, and returns what became of each action, in its
// order. One that fails does not stop the others; the errors come joined.
func (s *Syncer) Sync(ctx context.Context, state *Seen, wanted []Proposal) ([]Outcome, error) {
	if err := errors.Join(s.Policy.check(), checkProposals(wanted)); err != nil {
		return nil, err
	}
	actions := Decide(state, wanted, s.Policy)
	outcomes := make([]Outcome, len(actions))
	for i := range actions {
		outcomes[i] = actions[i].outcome()
	}
	if s.DryRun {
		return outcomes, nil
	}
	var failed []error
	room := s.Policy.maxOpen() - state.open(s.Policy.Base)
	for _, now := range []func(Verb) bool{
		func(v Verb) bool { return v == Withdraw }, // makes room for others
		func(v Verb) bool { return v == Update || v == Tell },
		func(v Verb) bool { return v == Propose },
		func(v Verb) bool { return v == Tidy },
	} {
		for i := range actions {
			a, o := &actions[i], &outcomes[i]
			switch {
			case !now(a.Verb):
				continue
			case ctx.Err() != nil:
				o.Verb, o.Reason = Unreached, "the run ended before it came to this"
				continue
			case a.Verb == Propose && room <= 0:
				o.Verb, o.Reason = Wait, "a request that should make room for it could not be closed"
				continue
			}
			err := s.do(ctx, a, o)
			switch {
			case a.Verb == Propose:
				room-- // also where it failed: it may have been opened
			case a.Verb == Withdraw && err == nil:
				room++
			}
			if err != nil {
				failed = append(failed, fmt.Errorf("%s %s: %w", a.Verb, a.Key, err))
				o.Verb, o.Reason = Failed, err.Error()
			}
		}
	}
	if err := ctx.Err(); err != nil {
		failed = append(failed, fmt.Errorf("propose: %w; the next run goes on from here", err))
	}
	return outcomes, errors.Join(failed...)
}

func (a *Action) outcome() Outcome {
	o := Outcome{Key: a.Key, Verb: a.Verb, Branch: a.Branch, Reason: a.Reason}
	if a.Request != nil {
		o.Number, o.URL = a.Request.Number, a.Request.URL
	}
	return o
}

func (s *Syncer) do(ctx context.Context, a *Action, o *Outcome) error {
	switch a.Verb {
	case Propose:
		return s.propose(ctx, a, o)
	case Update:
		return s.update(ctx, a)
	case Tell:
		return s.tell(ctx, a)
	case Withdraw:
		return s.withdraw(ctx, a)
	default:
		return s.delete(ctx, a)
	}
}

// push puts the proposal's commit on the action's branch, where it is not there yet.
func (s *Syncer) push(ctx context.Context, a *Action) error {
	if !a.Push {
		return nil
	}
	hash, err := s.Git.Commit(ctx, a.Proposal.Files, a.Proposal.Title, s.Author, s.When)
	if err != nil {
		return err
	}
	return s.Git.Push(ctx, a.Branch, hash, a.Tip.Hash)
}

func (s *Syncer) draft(branch string, p *Proposal) Draft {
	return Draft{Branch: branch, Base: s.Policy.Base, Title: p.Title, Body: withMarker(p.Body, p.marker()), Labels: p.Labels}
}

func (s *Syncer) propose(ctx context.Context, a *Action, o *Outcome) error {
	if err := s.push(ctx, a); err != nil {
		return err
	}
	r, err := s.Forge.Open(ctx, s.draft(a.Branch, a.Proposal))
	if err != nil {
		return err
	}
	o.Number, o.URL = r.Number, r.URL
	if m, err := readMarker(r.Body); err != nil || m.Key != a.Key {
		return fmt.Errorf("somebody has opened request %d from %s in the meantime; it is left as it is", r.Number, a.Branch)
	}
	return nil
}

func (s *Syncer) update(ctx context.Context, a *Action) error {
	if err := s.push(ctx, a); err != nil {
		return err
	}
	return s.Forge.Edit(ctx, a.Request.Number, s.draft(a.Branch, a.Proposal))
}

func (s *Syncer) tell(ctx context.Context, a *Action) error {
	m := *a.Request.Marker
	news := toldNothing
	if a.Proposal != nil {
		news = a.Proposal.Digest
		m.Evidence = renewed(m.Evidence, a.Proposal.Evidence)
	}
	m.Told = append(slices.Clone(m.Told[max(0, len(m.Told)-maxTold+1):]), news)
	if err := s.note(ctx, a.Request, m); err != nil {
		return err
	}
	return s.Forge.Comment(ctx, a.Request.Number, a.comment)
}

func (s *Syncer) withdraw(ctx context.Context, a *Action) error {
	r := a.Request
	if m := *r.Marker; !m.Withdrawn {
		// First, so that a request found closed is never taken for a declined one.
		m.Withdrawn = true
		if err := s.note(ctx, r, m); err != nil {
			return err
		}
		if err := s.Forge.Comment(ctx, r.Number, a.comment); err != nil {
			return err
		}
	}
	if err := s.Forge.Close(ctx, r.Number); err != nil {
		return err
	}
	return s.delete(ctx, a)
}

// note changes what is remembered of a request, and nothing else of it.
func (s *Syncer) note(ctx context.Context, r *Existing, m Marker) error {
	return s.Forge.Edit(ctx, r.Number, Draft{Branch: r.Branch, Base: r.Base, Title: r.Title, Body: withMarker(r.Body, m), Labels: r.Labels})
}

func (s *Syncer) delete(ctx context.Context, a *Action) error {
	if !a.Delete {
		return nil
	}
	return s.Git.DeleteBranch(ctx, a.Branch, a.Tip.Hash)
}
