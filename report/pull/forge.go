package pull

import (
	"context"
	"time"
)

// Forge is one repository on GitHub, GitLab or Gitea. Every method is safe to
// repeat: a caller that lost the answer asks Requests what came of it. Errors are
// of type *Fault where the forge answered, and hold no token.
type Forge interface {
	// Requests returns the pull requests whose branch is one of this repository's
	// and begins with prefix: all that are open, and those closed or merged since
	// then. Newest first. Requests from forks are left out.
	Requests(ctx context.Context, prefix string, since time.Time) ([]Request, error)
	// Open makes a pull request from a branch that is there into base. Where one
	// from that branch is open already, that one is returned, as it is.
	Open(ctx context.Context, r Draft) (Request, error)
	// Edit gives an open request another title, body and labels. Labels of others stay.
	Edit(ctx context.Context, number int, r Draft) error
	// Comment adds a comment.
	Comment(ctx context.Context, number int, text string) error
	// Close closes an open request without merging it. One that is closed stays so.
	Close(ctx context.Context, number int) error
}

// Draft is what a pull request is to say.
type Draft struct {
	Branch, Base string
	Title, Body  string
	Labels       []string
}

// State is what has become of a request.
type State string

// The states.
const (
	Open   State = "open"
	Merged State = "merged"
	Closed State = "closed" // without a merge: declined, unless tuppence did it itself
)

// Request is a pull request that is there.
type Request struct {
	Number int
	URL    string // for people
	Branch string
	Base   string
	Title  string
	Body   string
	Labels []string
	State  State
	Ended  time.Time // when it was merged or closed; zero while open
	Head   string    // commit at its branch's end, as far as the forge knows
}

// Kind is what a forge's refusal is about, and so what may be done about it.
type Kind string

// The kinds of faults.
const (
	Unauthorised Kind = "unauthorised" // 401, 403: the token is wrong, has expired or may not
	Missing      Kind = "missing"      // 404: no such repository or request, or it is hidden from the token
	Conflict     Kind = "conflict"     // 409, 422: it is there already, or the branch has nothing new
	Limited      Kind = "limited"      // 429, and 403 of a rate limit: later
	Broken       Kind = "broken"       // 5xx, or an answer that is none
	Unreachable  Kind = "unreachable"  // no answer: it may have been done all the same
)

// Fault is a refusal: what was being done, on what, and why not. It holds no
// token and at most a line of the forge's answer.
type Fault struct {
	Kind   Kind
	Doing  string        // "open a pull request from tuppence/shop-staging in acme/fleet"
	Status int           // of HTTP; 0: none
	Reason string        // one line
	Retry  time.Duration // when it may be tried again; 0: not said
	Err    error         // below, may be nil
}
