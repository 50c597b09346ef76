package pull

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tuppence-dev/tuppence/report/patch"
)

func wants(key, digest string) Proposal {
	return Proposal{Key: key, Title: "Lower " + key, Body: "body", Digest: digest, Subjects: []string{"Deployment shop/" + key},
		Files: []patch.FileChange{{Path: key + ".yaml", After: []byte(digest)}}}
}

// stands is the request for a proposal as tuppence opened it, and its branch.
func stands(s *Seen, number int, p Proposal, state State) *Existing {
	m := p.marker()
	branch := "tuppence/" + p.Key
	s.Requests = append(s.Requests, Existing{Marker: &m, Request: Request{
		Number: number, URL: fmt.Sprintf("https://git.example/pulls/%d", number), Branch: branch, Base: "main",
		Title: p.Title, Body: withMarker(p.Body, m), State: state,
	}})
	s.Tips[branch] = Tip{Hash: "made by run", Ours: true, Files: m.Files}
	return &s.Requests[len(s.Requests)-1]
}

func (a Action) line() string {
	parts := []string{string(a.Verb), a.Key}
	if a.Branch != "" {
		parts = append(parts, "on "+strings.TrimPrefix(a.Branch, "tuppence/"))
	}
	if a.Request != nil {
		parts = append(parts, fmt.Sprint("#", a.Request.Number))
	}
	for word, on := range map[string]bool{"+push": a.Push, "+delete": a.Delete} {
		if on {
			parts = append(parts, word)
		}
	}
	return strings.Join(parts, " ")
}

var human1 = Tip{Hash: "by hand"}

func TestDecide(t *testing.T) {
	for _, tc := range []struct {
		name   string
		seen   func(*Seen)
		wanted []Proposal
		policy Policy
		want   []string
	}{
		{name: "nothing open: a branch is pushed and a request opened", wanted: []Proposal{wants("cart", "1")},
			want: []string{"propose cart on cart +push"}},
		{name: "a branch that a run left before it opened a request is used", wanted: []Proposal{wants("cart", "1")},
			seen: func(s *Seen) { stands(s, 1, wants("cart", "1"), Open); s.Requests = nil },
			want: []string{"propose cart on cart"}},
		{name: "nothing new: nothing at all is done", wanted: []Proposal{wants("cart", "1")},
			seen: func(s *Seen) { stands(s, 1, wants("cart", "1"), Open) },
			want: []string{"leave cart on cart #1"}},
		{name: "other evidence: a new commit in the same request", wanted: []Proposal{wants("cart", "2")},
			seen: func(s *Seen) { stands(s, 1, wants("cart", "1"), Open) },
			want: []string{"update cart on cart #1 +push"}},
		{name: "the base changed a file that is touched: a new commit, though the evidence is the same",
			wanted: func() []Proposal { p := wants("cart", "1"); p.Files[0].Before = []byte("new"); return []Proposal{p} }(),
			seen:   func(s *Seen) { stands(s, 1, wants("cart", "1"), Open) },
			want:   []string{"update cart on cart #1 +push"}},
		{name: "somebody put the branch back to an earlier commit of tuppence's: a new commit", wanted: []Proposal{wants("cart", "1")},
			seen: func(s *Seen) {
				stands(s, 1, wants("cart", "1"), Open)
				s.Tips["tuppence/cart"] = Tip{Hash: "earlier", Ours: true, Files: "others"}
			},
			want: []string{"update cart on cart #1 +push"}},
		{name: "a run ended between push and edit: only the edit is left to do", wanted: []Proposal{wants("cart", "2")},
			seen: func(s *Seen) {
				r := stands(s, 1, wants("cart", "2"), Open)
				r.Marker.Digest, r.Marker.Files = "1", "old"
			},
			want: []string{"update cart on cart #1"}},
		{name: "somebody deleted the branch of an open request: it is pushed again", wanted: []Proposal{wants("cart", "1")},
			seen: func(s *Seen) { stands(s, 1, wants("cart", "1"), Open); clear(s.Tips) },
			want: []string{"update cart on cart #1 +push"}},
		{name: "somebody's commits, nothing new: kept", wanted: []Proposal{wants("cart", "1")},
			seen: func(s *Seen) { stands(s, 1, wants("cart", "1"), Open); s.Tips["tuppence/cart"] = human1 },
			want: []string{"keep cart on cart #1"}},
		{name: "somebody's commits, other evidence: told", wanted: []Proposal{wants("cart", "2")},
			seen: func(s *Seen) { stands(s, 1, wants("cart", "1"), Open); s.Tips["tuppence/cart"] = human1 },
			want: []string{"tell cart on cart #1"}},
		{name: "somebody's commits, other evidence that was told: kept", wanted: []Proposal{wants("cart", "2")},
			seen: func(s *Seen) {
				stands(s, 1, wants("cart", "1"), Open).Marker.Told = []string{"2", "3"}
				s.Tips["tuppence/cart"] = human1
			},
			want: []string{"keep cart on cart #1"}},
		{name: "closed without a merge, same evidence: declined, and its branch stays so that it can be reopened", wanted: []Proposal{wants("cart", "1")},
			seen: func(s *Seen) { stands(s, 1, wants("cart", "1"), Closed) },
			want: []string{"declined cart on cart #1"}},
		{name: "declined once is declined, whatever was declined since", wanted: []Proposal{wants("cart", "1")},
			seen: func(s *Seen) { stands(s, 1, wants("cart", "1"), Closed); stands(s, 2, wants("cart", "2"), Closed) },
			want: []string{"declined cart on cart #1"}},
		{name: "closed without a merge after a comment told of the new evidence: declined too", wanted: []Proposal{wants("cart", "2")},
			seen: func(s *Seen) { stands(s, 1, wants("cart", "1"), Closed).Marker.Told = []string{"2"} },
			want: []string{"declined cart on cart #1"}},
		{name: "closed without a merge, other evidence: a new request on the old branch", wanted: []Proposal{wants("cart", "2")},
			seen: func(s *Seen) { stands(s, 1, wants("cart", "1"), Closed) },
			want: []string{"propose cart on cart +push"}},
		{name: "closed with somebody's commits on the branch: a new request on another branch", wanted: []Proposal{wants("cart", "2")},
			seen: func(s *Seen) { stands(s, 1, wants("cart", "1"), Closed); s.Tips["tuppence/cart"] = human1 },
			want: []string{"propose cart on cart.2 +push"}},
		{name: "closed by tuppence is not declined", wanted: []Proposal{wants("cart", "1")},
			seen: func(s *Seen) { stands(s, 1, wants("cart", "1"), Closed).Marker.Withdrawn = true },
			want: []string{"propose cart on cart"}},
		{name: "declined and then no longer wanted: the branch goes", seen: func(s *Seen) { stands(s, 1, wants("cart", "1"), Closed) },
			want: []string{"tidy cart on cart +delete"}},
		{name: "no longer wanted: withdrawn", seen: func(s *Seen) { stands(s, 1, wants("cart", "1"), Open) },
			want: []string{"withdraw cart on cart #1 +delete"}},
		{name: "wanted with no file left to write: withdrawn", wanted: []Proposal{{Key: "cart"}},
			seen: func(s *Seen) { stands(s, 1, wants("cart", "1"), Open) },
			want: []string{"withdraw cart on cart #1 +delete"}},
		{name: "a withdrawal that was begun, of what is wanted again: taken back", wanted: []Proposal{wants("cart", "1")},
			seen: func(s *Seen) { stands(s, 1, wants("cart", "1"), Open).Marker.Withdrawn = true },
			want: []string{"update cart on cart #1"}},
		{name: "no longer wanted, with somebody's commits: told, and left open",
			seen: func(s *Seen) { stands(s, 1, wants("cart", "1"), Open); s.Tips["tuppence/cart"] = human1 },
			want: []string{"tell cart on cart #1"}},
		{name: "no longer wanted, with somebody's commits, and told: kept",
			seen: func(s *Seen) {
				stands(s, 1, wants("cart", "1"), Open).Marker.Told = []string{"none"}
				s.Tips["tuppence/cart"] = human1
			},
			want: []string{"keep cart on cart #1"}},
		{name: "what can't be told in this run is left as it is", wanted: []Proposal{{Key: "cart", Untold: "its cluster could not be read"}, {Key: "shop", Untold: "nor could this"}},
			seen: func(s *Seen) { stands(s, 1, wants("cart", "1"), Open); stands(s, 2, wants("shop", "1"), Closed) },
			want: []string{"keep cart on cart #1", "keep shop"}},
		{name: "merged: as if nothing was there, and its branch goes", seen: func(s *Seen) { stands(s, 1, wants("cart", "1"), Merged) },
			want: []string{"tidy cart on cart +delete"}},
		{name: "merged with somebody's commits on the branch: the branch stays",
			seen: func(s *Seen) { stands(s, 1, wants("cart", "1"), Merged); s.Tips["tuppence/cart"] = human1 }},
		{name: "merged, and wanted again: proposed again", wanted: []Proposal{wants("cart", "1")},
			seen: func(s *Seen) { stands(s, 1, wants("cart", "1"), Merged) },
			want: []string{"propose cart on cart"}},
		{name: "beyond the bound they wait, in the order given", policy: Policy{MaxOpen: 2}, wanted: []Proposal{wants("a", "1"), wants("b", "1"), wants("c", "1")},
			want: []string{"propose a on a +push", "propose b on b +push", "wait c"}},
		{name: "one that is open keeps its place before those that save more", policy: Policy{MaxOpen: 1}, wanted: []Proposal{wants("more", "1"), wants("cart", "1")},
			seen: func(s *Seen) { stands(s, 1, wants("cart", "1"), Open) },
			want: []string{"wait more", "leave cart on cart #1"}},
		{name: "one that is withdrawn makes room", policy: Policy{MaxOpen: 1}, wanted: []Proposal{wants("new", "1")},
			seen: func(s *Seen) { stands(s, 1, wants("cart", "1"), Open) },
			want: []string{"propose new on new +push", "withdraw cart on cart #1 +delete"}},
		{name: "two open for one key: the older is kept, and the branch that both stand on", wanted: []Proposal{wants("cart", "1")},
			seen: func(s *Seen) { stands(s, 7, wants("cart", "1"), Open); stands(s, 3, wants("cart", "1"), Open) },
			want: []string{"leave cart on cart #3", "withdraw cart on cart #7"}},
		{name: "a body without its comment is left alone, and nothing proposed beside it", wanted: []Proposal{wants("cart", "1")},
			seen: func(s *Seen) { stands(s, 1, wants("cart", "1"), Open).Marker = nil },
			want: []string{"keep cart on cart #1"}},
		{name: "a branch of somebody's own below the prefix is left alone", seen: func(s *Seen) { s.Tips["tuppence/mine"] = human1 }},
		{name: "a request into another base is another's, and so is its branch", wanted: []Proposal{wants("cart", "1")},
			seen: func(s *Seen) { stands(s, 1, wants("cart", "1"), Open).Base = "release" },
			want: []string{"propose cart on cart.2 +push"}},
		{name: "where each branch is taken, a person is asked", wanted: []Proposal{wants("cart", "1")},
			seen: func(s *Seen) {
				s.Tips["tuppence/cart"] = human1
				for n := 2; n < 10; n++ {
					s.Tips[fmt.Sprint("tuppence/cart.", n)] = human1
				}
			},
			want: []string{"keep cart"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := &Seen{Tips: map[string]Tip{}}
			if tc.seen != nil {
				tc.seen(s)
			}
			tc.policy.Base = "main"
			lines := func() (out []string) {
				for _, a := range Decide(s, tc.wanted, tc.policy) {
					if a.Reason == "" {
						t.Errorf("no reason is given: %s", a.line())
					}
					out = append(out, a.line())
				}
				return out
			}
			got := lines()
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
			slices.Reverse(s.Requests)
			if diff := cmp.Diff(got, lines()); diff != "" {
				t.Errorf("in another order of the requests:\n%s", diff)
			}
		})
	}
}

func TestSyncRefusesWhatItsCallerGotWrong(t *testing.T) {
	for name, wanted := range map[string][]Proposal{
		"two with one key":    {wants("cart", "1"), wants("cart", "2")},
		"a key of a path":     {wants("../main", "1")},
		"a key with a dot":    {wants("cart.2", "1")},
		"no digest":           {wants("cart", "")},
		"an upper-case key":   {wants("Cart", "1")},
		"no key":              {wants("", "1")},
		"a key that has 101 ": {wants(strings.Repeat("k", 101), "1")},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			if out, err := w.run(context.Background(), wanted, 1); err == nil || w.writes > 0 {
				t.Errorf("took it: %v", out)
			}
		})
	}
}

func TestDryRunDecidesTheSameAndWritesNothing(t *testing.T) {
	w, ctx := newWorld(), context.Background()
	if _, err := w.run(ctx, []Proposal{wants("old", "1"), wants("cart", "1")}, 5); err != nil {
		t.Fatal(err)
	}
	wanted := []Proposal{wants("cart", "2"), wants("new", "1")}
	s := &Syncer{Forge: w, Git: w, Policy: Policy{Base: "main"}, When: noon, DryRun: true}
	seen, err := s.Look(ctx)
	must(t, err)
	writes := w.writes
	dry, err := s.Sync(ctx, seen, wanted)
	must(t, err)
	if w.writes != writes {
		t.Errorf("%d writes", w.writes-writes)
	}
	wet, err := w.run(ctx, wanted, 5)
	must(t, err)
	for i := range wet {
		if wet[i].Verb == Propose {
			wet[i].Number, wet[i].URL = 0, "" // not known before
		}
	}
	if diff := cmp.Diff(dry, wet); diff != "" {
		t.Errorf("a run does other things than the dry run said:\n%s", diff)
	}
}

func TestOneFailureDoesNotStopTheOthers(t *testing.T) {
	w := newWorld()
	w.tips["tuppence/a"] = Tip{Hash: "x", Ours: true}
	s := &Syncer{Forge: w, Git: w, Policy: Policy{Base: "main"}, When: noon}
	seen, err := s.Look(context.Background())
	must(t, err)
	w.commits("tuppence/a") // after the look
	out, err := s.Sync(context.Background(), seen, []Proposal{wants("a", "1"), wants("b", "1")})
	if err == nil || !strings.Contains(err.Error(), "propose a: ") {
		t.Errorf("the error is %v", err)
	}
	if out[0].Verb != Failed || out[1].Verb != Propose || out[1].Number != 1 {
		t.Errorf("became %+v", out)
	}
}

func TestAnEndedContextIsSaidOfAllThatWasLeft(t *testing.T) {
	w := newWorld()
	ctx, cancel := context.WithCancel(context.Background())
	s := &Syncer{Forge: w, Git: w, Policy: Policy{Base: "main"}, When: noon}
	seen, err := s.Look(ctx)
	must(t, err)
	cancel()
	out, err := s.Sync(ctx, seen, []Proposal{wants("a", "1"), wants("b", "1")})
	if err == nil || w.writes > 0 || out[0].Verb != Unreached || out[1].Verb != Unreached {
		t.Errorf("became %+v (%v) with %d writes", out, err, w.writes)
	}
}

func TestARequestThatCanNotBeClosedMakesNoRoom(t *testing.T) {
	w, ctx := newWorld(), context.Background()
	_, err := w.run(ctx, []Proposal{wants("old", "1")}, 1)
	must(t, err)
	w.fault = &fault{at: 2} // the first write of the run: the withdrawal's note
	out, err := w.run(ctx, []Proposal{wants("new", "1")}, 1)
	if err == nil || out[0].Verb != Wait || out[1].Verb != Failed {
		t.Errorf("became %+v (%v)", out, err)
	}
}
