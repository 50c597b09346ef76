package pull

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tuppence-dev/tuppence/report/patch"
)

// remoteGit is a checkout of a real repository whose calls fail as the world's do.
type remoteGit struct {
	*Checkout
	w *world
}

func (g remoteGit) Tips(ctx context.Context, prefix string) (tips map[string]Tip, err error) {
	err = g.w.call(func() error { tips, err = g.Checkout.Tips(ctx, prefix); return err })
	return tips, err
}

func (g remoteGit) Commit(ctx context.Context, files []patch.FileChange, message string, by Author, when time.Time) (hash string, err error) {
	err = g.w.call(func() error { hash, err = g.Checkout.Commit(ctx, files, message, by, when); return err })
	return hash, err
}

func (g remoteGit) Push(ctx context.Context, branch, hash, expect string) error {
	g.w.moves = append(g.w.moves, g.w.calls)
	return g.w.call(func() error {
		err := g.Checkout.Push(ctx, branch, hash, expect)
		if err == nil {
			g.w.tips[branch] = Tip{} // Open wants to see it
		}
		return err
	})
}

func (g remoteGit) DeleteBranch(ctx context.Context, branch, expect string) error {
	g.w.moves = append(g.w.moves, g.w.calls)
	return g.w.call(func() error { return g.Checkout.DeleteBranch(ctx, branch, expect) })
}

func runOn(t *testing.T, bare string, w *world, wanted []Proposal) ([]Outcome, error) {
	t.Helper()
	c, err := Clone(context.Background(), Remote{URL: bare, Branch: "main", TempDir: t.TempDir()})
	must(t, err)
	defer c.Close()
	s := &Syncer{Forge: w, Git: remoteGit{c, w}, Policy: Policy{Base: c.Branch}, Author: someone, When: noon}
	seen, err := s.Look(context.Background())
	if err != nil {
		return nil, err
	}
	return s.Sync(context.Background(), seen, wanted)
}

// scene is a repository and a forge where each of the rules has something to do.
func scene(t *testing.T) (string, *world, []Proposal) {
	t.Helper()
	bare, w := origin(t), newWorld()
	_, err := runOn(t, bare, w, []Proposal{wants("gone", "1"), wants("till", "1"), wants("cart", "1"), wants("shop", "1"), wants("merged", "1"), wants("no", "1")})
	must(t, err)
	human(t, bare, "tuppence/till", "more.yaml", "more\n")
	work := t.TempDir()
	gitIn(t, work, "clone", "-q", "--branch", "main", bare, ".")
	gitIn(t, work, "merge", "-q", "--no-ff", "-m", "merge", "origin/tuppence/merged")
	gitIn(t, work, "push", "-q", "origin", "main")
	w.requests[4].State, w.requests[5].State = Merged, Closed
	human(t, bare, "main", "shop.yaml", "somebody's\n")
	touched := wants("shop", "1")
	touched.Files[0].Before = []byte("somebody's\n")
	return bare, w, []Proposal{wants("till", "2"), wants("cart", "2"), touched, wants("no", "1"), wants("new", "1")}
}

// endOf is what stands: the requests, and each branch's tree and base.
func endOf(t *testing.T, bare string, w *world) string {
	t.Helper()
	c := *w
	c.tips = nil
	lines := []string{c.String()}
	for branch := range strings.FieldsSeq(gitIn(t, bare, "for-each-ref", "--format=%(refname)", "refs/heads")) {
		lines = append(lines, branch+" "+gitIn(t, bare, "log", "-1", "--format=%T on %P by %an", branch))
	}
	return strings.Join(lines, "\n")
}

func TestSyncOnARealRepository(t *testing.T) {
	bare, w, wanted := scene(t)
	out, err := runOn(t, bare, w, wanted)
	must(t, err)
	var got []string
	for _, o := range out {
		got = append(got, string(o.Verb)+" "+o.Key)
	}
	want := []string{"tell till", "update cart", "update shop", "declined no", "propose new", "withdraw gone", "tidy merged"}
	if !slices.Equal(got, want) {
		t.Errorf("became %v, want %v", got, want)
	}
	branches := gitIn(t, bare, "for-each-ref", "--format=%(refname:short)", "refs/heads")
	if want := "main\ntuppence/cart\ntuppence/new\ntuppence/no\ntuppence/shop\ntuppence/till"; branches != want {
		t.Errorf("branches are\n%s\nwant\n%s", branches, want)
	}
	if parent := gitIn(t, bare, "rev-parse", "tuppence/shop^"); parent != gitIn(t, bare, "rev-parse", "main") {
		t.Error("shop's branch is not on the base")
	}
	if _, err := runOn(t, bare, w, wanted); err != nil || len(w.requests) != 7 {
		t.Errorf("again: %v, %d requests", err, len(w.requests))
	}
}

func TestAFaultOnARealRepositoryIsMadeGoodByTheNextRun(t *testing.T) {
	before, found, wanted := scene(t)
	// from is the scene as the run with the fault finds it.
	from := func(t *testing.T, f fault) (string, *world) {
		bare := filepath.Join(t.TempDir(), "fleet.git")
		must(t, os.CopyFS(bare, os.DirFS(before)))
		return bare, found.copy(f)
	}
	bare, w := from(t, fault{at: -1})
	_, err := runOn(t, bare, w, wanted)
	must(t, err)
	want, moves := endOf(t, bare, w), w.moves
	for _, at := range moves { // the model has a fault at every call

		for _, done := range []bool{false, true} {
			t.Run(fmt.Sprint("call ", at, " took effect ", done), func(t *testing.T) {
				bare, w := from(t, fault{at: at, done: done})
				if _, err := runOn(t, bare, w, wanted); !errors.Is(err, errFault) {
					t.Fatalf("the run said %v, want its fault", err)
				}
				w.fault = &fault{at: -1}
				_, err := runOn(t, bare, w, wanted)
				must(t, err)
				if got := endOf(t, bare, w); got != want {
					t.Errorf("ends as\n%s\nwant\n%s", got, want)
				}
			})
		}
	}
}
