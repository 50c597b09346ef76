package pull

import (
	"context"
	"flag"
	"fmt"
	"regexp"
	"testing"

	"pgregory.net/rapid"

	"github.com/tuppence-dev/tuppence/report/patch"
)

// wanted draws what a day's run proposes. The Git tree is its base, so that what
// a file was depends on it.
func drawWanted(t *rapid.T, base string) []Proposal {
	var out []Proposal
	for _, key := range []string{"cart", "shop", "till"} {
		switch rapid.IntRange(0, 9).Draw(t, "want "+key) {
		case 0, 1:
			continue
		case 2:
			out = append(out, Proposal{Key: key, Untold: "its cluster could not be read"})
			continue
		}
		evidence := rapid.IntRange(1, 3).Draw(t, "evidence of "+key)
		before := "before"
		if rapid.Bool().Draw(t, key+" is touched by the base") {
			before = base
		}
		out = append(out, Proposal{
			Key: key, Title: fmt.Sprintf("%s %d", key, evidence), Body: "body", Digest: DigestOf([]string{key}), Subjects: []string{key},
			Evidence: []string{Evidence(key, Wish{"field", "", []float64{1, 1.1, 2}[evidence-1]})}, // 1 and 1.1 are about the same
			Files:    []patch.FileChange{{Path: key, Before: []byte(before), After: []byte(fmt.Sprint(evidence))}},
		})
	}
	return out
}

// live lets people do what they do.
func live(t *rapid.T, w *world) {
	for range rapid.IntRange(0, 3).Draw(t, "acts") {
		if rapid.IntRange(0, 3).Draw(t, "base moves") == 0 {
			w.base += "+"
		}
		if len(w.requests) == 0 {
			continue
		}
		r := &w.requests[rapid.IntRange(0, len(w.requests)-1).Draw(t, "request")]
		_, there := w.tips[r.Branch]
		switch act := rapid.SampledFrom([]string{"commit", "close", "merge", "delete", "scribble", "reopen", "copy", "undo"}).Draw(t, "act"); {
		case act == "commit" && there:
			w.commits(r.Branch)
		case act == "close" && r.State == Open:
			r.State, r.Ended = Closed, noon
		case act == "merge" && r.State == Open && there:
			r.State, r.Ended = Merged, noon
		case act == "delete" && there && r.State != Open:
			delete(w.tips, r.Branch)
		case act == "scribble" && r.State == Open:
			r.Body = "I know better"
		case act == "reopen" && r.State == Closed && there && !open(w, r.Branch):
			r.State = Open
		case act == "copy" && r.State == Open && there && !open(w, r.Branch+".9"):
			w.tips[r.Branch+".9"] = w.tips[r.Branch]
			c := *r
			c.Number, c.Branch = len(w.requests)+1, r.Branch+".9"
			w.requests = append(w.requests, c)
		case act == "undo" && there && !w.tips[r.Branch].Ours:
			w.tips[r.Branch] = Tip{Hash: "ours once", Ours: true, Files: "old"}
		}
	}
}

func open(w *world, branch string) bool {
	for _, r := range w.requests {
		if r.State == Open && r.Branch == branch {
			return true
		}
	}
	return false
}

// check holds what must be true after any run, whatever failed in it.
func check(t *rapid.T, before, after *world, maxOpen int) {
	count := func(w *world) (keys map[string]int, all int) {
		keys = map[string]int{}
		for _, r := range w.requests {
			if m, err := readMarker(r.Body); r.State == Open && err == nil {
				keys[m.Key]++
			}
			if r.State == Open {
				all++
			}
		}
		return keys, all
	}
	had, hadAll := count(before)
	has, hasAll := count(after)
	for key, n := range has {
		if n > max(had[key], 1) {
			t.Fatalf("%d requests for %s are open, and were %d:\n%s", n, key, had[key], after)
		}
	}
	if hasAll > max(hadAll, maxOpen) {
		t.Fatalf("%d requests are open, the bound is %d, and were %d:\n%s", hasAll, maxOpen, hadAll, after)
	}
	for branch, tip := range before.tips {
		if !tip.Ours && after.tips[branch] != tip {
			t.Fatalf("somebody's commit %s on %s was lost: it is at %+v", tip.Hash, branch, after.tips[branch])
		}
	}
}

// settled holds what stands after a run in which nothing failed: each of tuppence's
// own open requests is wanted, once, and says and holds just what is wanted.
func settled(t *rapid.T, w *world, wanted []Proposal) {
	wants, seen := map[string]*Proposal{}, map[string]bool{}
	for i := range wanted {
		wants[wanted[i].Key] = &wanted[i]
	}
	for _, r := range w.requests {
		m, err := readMarker(r.Body)
		if r.State != Open || err != nil || !w.tips[r.Branch].Ours {
			continue
		}
		p := wants[m.Key]
		if p != nil && p.Untold != "" {
			continue
		}
		if p == nil || seen[m.Key] || r.Title != p.Title || m.Digest != p.Digest || m.Withdrawn || w.tips[r.Branch].Files != FilesDigest(p.Files) {
			t.Fatalf("request %d is open and is not what is wanted:\n%s", r.Number, w)
		}
		seen[m.Key] = true
	}
}

// more returns the comments that were made since before, how often each.
func more(before, after *world) map[string]int {
	said := map[string]int{}
	for _, c := range after.comments[len(before.comments):] {
		said[c]++
	}
	return said
}

var told = regexp.MustCompile(`,\\"told\\":\[[^]]*\]`)

// A run that fails at any of its calls, before the call takes effect or after,
// once or for good, loses nothing of anybody's and makes nothing twice; and the
// next run comes to the end state of runs that never failed.
func TestARunThatFailsAnywhereIsMadeGoodByTheNext(t *testing.T) {
	ctx := context.Background()
	if checks := flag.Lookup("rapid.checks"); checks.Value.String() == checks.DefValue {
		if err := checks.Value.Set("25"); err != nil { // a check is some hundred runs, each with another fault
			t.Fatal(err)
		}
		defer func() { _ = checks.Value.Set(checks.DefValue) }()
	}
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld()
		maxOpen := rapid.IntRange(1, 3).Draw(t, "bound")
		for range rapid.IntRange(0, 4).Draw(t, "days") {
			if _, err := w.run(ctx, drawWanted(t, w.base), maxOpen); err != nil {
				t.Fatalf("a run without a fault: %v", err)
			}
			live(t, w)
		}
		wanted := drawWanted(t, w.base)

		want := w.copy(fault{at: -1})
		if _, err := want.run(ctx, wanted, maxOpen); err != nil {
			t.Fatalf("a run without a fault: %v", err)
		}
		check(t, w, want, maxOpen)
		settled(t, want, wanted)
		calls, writes := want.calls, want.writes
		if _, err := want.run(ctx, wanted, maxOpen); err != nil || want.writes != writes {
			t.Fatalf("the second run still writes, %d times (%v):\n%s", want.writes-writes, err, want)
		}
		for at := range calls {
			for _, f := range []fault{{at: at}, {at: at, done: true}, {at: at, stays: true}, {at: at, done: true, stays: true}} {
				got := w.copy(f)
				if _, err := got.run(ctx, wanted, maxOpen); err == nil {
					t.Fatalf("a run told nothing of its fault %+v", f)
				}
				check(t, w, got, maxOpen)
				got.fault = &fault{at: -1}
				if _, err := got.run(ctx, wanted, maxOpen); err != nil {
					t.Fatalf("the run after the fault %+v: %v", f, err)
				}
				check(t, w, got, maxOpen)
				for c, n := range more(w, got) {
					if n > more(w, want)[c] {
						t.Fatalf("with fault %+v it says %d times: %s", f, n, c)
					}
				}
				// Which comments were made is remembered until the request is next written,
				// which after a fault may be in another run.
				if told.ReplaceAllString(got.String(), "") != told.ReplaceAllString(want.String(), "") {
					t.Fatalf("with fault %+v it ends as\n%s\nand without as\n%s", f, got, want)
				}
			}
		}
	})
}
