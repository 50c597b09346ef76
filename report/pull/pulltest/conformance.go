package pulltest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"
	"strings"
	"testing"
	"time"

	"github.com/tuppence-dev/tuppence/report/pull"
)

// starter gives a new server and the adapter on it.
type starter func(*testing.T) (pull.Forge, *Server)

// Conformance holds an adapter to what pull.Forge promises. start gives a new
// Server and the adapter's forge on it, made with the server's Options.
func Conformance(t *testing.T, start func(*testing.T) (pull.Forge, *Server)) {
	var said bytes.Buffer // by the SDKs, which are to say nothing
	before := log.Writer()
	log.SetOutput(&said)
	t.Cleanup(func() { log.SetOutput(before) })
	for _, rule := range []struct {
		name string
		hold func(*testing.T, starter)
	}{
		{"a request goes there and back", roundTrip},
		{"one that is open already is returned as it is", openTwice},
		{"what is done twice is done once", twice},
		{"what is not there is missing", missing},
		{"Requests gives the open ones, and those that ended since then", requests},
		{"all pages are read", pages},
		{"a label is found among many", manyLabels},
		{"pages without end are not", endless},
		{"a token that was renewed is used at once", renewed},
		{"a refusal is a fault of its kind, at each call", refusals},
		{"what passes is tried again, at each call, and done once", passing},
		{"nonsense is said or does no harm, at each call", nonsense},
		{"a context that ends ends each call", cancelled},
	} {
		t.Run(rule.name, func(t *testing.T) { rule.hold(t, start) })
	}
	if said.Len() > 0 {
		t.Errorf("the log holds %q", said.String())
	}
}

var draft = pull.Draft{
	Branch: "tuppence/shop-staging", Base: "main", Title: "Right-size shop in staging",
	Body: "£41.20 a month\n\n| 50 % | <b>é</b> |", Labels: []string{"tuppence", "cost: saving"},
}

var edited = pull.Draft{
	Branch: draft.Branch, Base: "main", Title: "Right-size shop and cart", Body: "£50", Labels: []string{"tuppence", "wave: staging"},
}

// operation is one thing to do, with what must be there before it.
type operation struct {
	name    string
	prepare func(*Server)
	do      func(context.Context, pull.Forge) error
	// mend is what the next run does after a failure; nil means do.
	mend func(context.Context, pull.Forge) error
}

// seeded is a server with a person's request, which is number 1.
func seeded(s *Server) { s.Seed(draft.Branch, false, "theirs") }

const mergedBefore = "Close of one that was merged"

var operations = []operation{
	{"Requests", seeded, func(ctx context.Context, f pull.Forge) error {
		some, err := f.Requests(ctx, "tuppence/", time.Time{})
		if err == nil && len(some) != 1 {
			err = errNoRequest
		}
		return err
	}, nil},
	{"Open", func(*Server) {}, open, func(ctx context.Context, f pull.Forge) error {
		if err := open(ctx, f); err != nil {
			return err
		}
		return f.Edit(ctx, 1, draft) // the labels may have failed once it was open
	}},
	{"Open of one that is open", seeded, open, nil},
	{"Edit", seeded, func(ctx context.Context, f pull.Forge) error { return f.Edit(ctx, 1, edited) }, nil},
	{"Comment", seeded, func(ctx context.Context, f pull.Forge) error {
		return f.Comment(ctx, 1, "Left alone: 2 commits of others.")
	}, nil},
	{"Close", seeded, func(ctx context.Context, f pull.Forge) error { return f.Close(ctx, 1) }, nil},
	{mergedBefore, func(s *Server) { seeded(s); s.End(1, pull.Merged) },
		func(ctx context.Context, f pull.Forge) error { return f.Close(ctx, 1) }, nil},
}

// errNoRequest is for a list that lacks the request that is there, which only an
// answer that says so excuses.
var errNoRequest = errors.New("the request that is there is not listed")

func open(ctx context.Context, f pull.Forge) error {
	r, err := f.Open(ctx, draft)
	if err == nil && (r.Number != 1 || r.Branch != draft.Branch || r.State != pull.Open) {
		err = fmt.Errorf("opened %+v", r)
	}
	return err
}

// atEachCall runs check for every request that each operation sends, on a server
// of its own. want is the forge as the operation leaves it when nothing happens.
func atEachCall(t *testing.T, start starter, check func(t *testing.T, op operation, n int, f pull.Forge, s *Server, want string)) {
	for _, op := range operations {
		f, s := start(t)
		op.prepare(s)
		if err := op.do(t.Context(), f); err != nil {
			t.Fatalf("%s: %v", op.name, err)
		}
		want, calls := s.state(), s.Asked()
		for n := 1; n <= calls; n++ {
			t.Run(fmt.Sprintf("%s call %d", op.name, n), func(t *testing.T) {
				f, s := start(t)
				op.prepare(s)
				check(t, op, n, f, s, want)
			})
		}
	}
}

// mended holds that the next run finds what was done and does the rest, once.
func mended(t *testing.T, op operation, f pull.Forge, s *Server, want string) {
	t.Helper()
	s.Calm()
	mend := op.mend
	if mend == nil {
		mend = op.do
	}
	if err := mend(t.Context(), f); err != nil {
		t.Errorf("the next run fails: %v", err)
	}
	if got := s.state(); got != want {
		t.Errorf("the next run leaves\n%s\nwant\n%s", got, want)
	}
}

// state is the forge in text, without times.
func (s *Server) state() string {
	var b strings.Builder
	for _, r := range s.All() {
		r.Ended = time.Time{}
		fmt.Fprintf(&b, "%+v %q\n", r, s.Comments(r.Number))
	}
	fmt.Fprintf(&b, "labels %q", s.Labels())
	return b.String()
}

// fault holds that err is a fault of the kind that says what was done on what, in
// one line, and quotes no token. It returns its status, and when to try again.
func fault(t *testing.T, err error, kind pull.Kind) (int, time.Duration) {
	t.Helper()
	f, ok := errors.AsType[*pull.Fault](err)
	if !ok || f.Kind != kind {
		t.Fatalf("got %v (%T), want a fault of kind %s", err, err, kind)
	}
	secretless(t, err)
	if !strings.HasSuffix(f.Doing, Repository) || f.Reason == "" || strings.ContainsAny(err.Error(), "\n\r") || len(err.Error()) > 700 {
		t.Errorf("the fault does not say in a line what was done on what, and why not: %q", err)
	}
	return f.Status, f.Retry
}

func secretless(t *testing.T, err error) {
	t.Helper()
	for e := err; e != nil; e = errors.Unwrap(e) {
		if text := fmt.Sprintf("%v %+v %#v", e, e, e); strings.Contains(text, Token) {
			t.Errorf("%T quotes the token: %s", e, text)
		}
	}
}
