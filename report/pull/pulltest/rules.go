package pulltest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tuppence-dev/tuppence/report/pull"
)

// same compares requests but for their addresses, which only a forge knows.
func same(t *testing.T, got, want []pull.Request) {
	t.Helper()
	got = slices.Clone(got)
	for i := range got {
		if !strings.HasPrefix(got[i].URL, "https://") {
			t.Errorf("request %d is at %q", got[i].Number, got[i].URL)
		}
		got[i].URL = ""
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func roundTrip(t *testing.T, start starter) {
	f, s := start(t)
	ctx := t.Context()
	r, err := f.Open(ctx, draft)
	if err != nil {
		t.Fatal(err)
	}
	want := pull.Request{Number: 1, Branch: draft.Branch, Base: draft.Base, Title: draft.Title, Body: draft.Body,
		Labels: []string{"cost: saving", "tuppence"}, State: pull.Open, Head: Head}
	same(t, []pull.Request{r}, []pull.Request{want})
	if err := f.Edit(ctx, 1, edited); err != nil {
		t.Fatal(err)
	}
	want.Title, want.Body, want.Labels = edited.Title, edited.Body, []string{"cost: saving", "tuppence", "wave: staging"}
	if err := f.Comment(ctx, 1, "first"); err != nil {
		t.Fatal(err)
	}
	if err := f.Comment(ctx, 1, "second"); err != nil {
		t.Fatal(err)
	}
	if got := s.Comments(1); !slices.Equal(got, []string{"first", "second"}) {
		t.Errorf("comments %q", got)
	}
	listed, err := f.Requests(ctx, "tuppence/", time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	same(t, listed, []pull.Request{want})
	if err := f.Close(ctx, 1); err != nil {
		t.Fatal(err)
	}
	want.State, want.Ended = pull.Closed, s.Now()
	if listed, err = f.Requests(ctx, "tuppence/", time.Time{}); err != nil {
		t.Fatal(err)
	}
	same(t, listed, []pull.Request{want})
	again, err := f.Open(ctx, draft) // the first was closed: this is another
	if err != nil || again.Number != 2 {
		t.Errorf("opened %+v, %v", again, err)
	}
	if got := s.Labels(); !slices.Equal(got, []string{"cost: saving", "tuppence", "wave: staging"}) {
		t.Errorf("the repository's labels are %q", got)
	}
}

func openTwice(t *testing.T, start starter) {
	f, s := start(t)
	s.Seed(draft.Branch, true) // a fork's branch of the same name is another's
	first, err := f.Open(t.Context(), draft)
	if err != nil {
		t.Fatal(err)
	}
	other := edited
	other.Base = "release" // a forge itself would take a second one into another base
	second, err := f.Open(t.Context(), other)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, second); diff != "" || len(s.All()) != 2 {
		t.Errorf("%d requests; the second is (-first +second)\n%s", len(s.All()), diff)
	}
}

func twice(t *testing.T, start starter) {
	for _, op := range operations {
		f, s := start(t)
		op.prepare(s)
		for range 2 {
			if err := op.do(t.Context(), f); err != nil {
				t.Fatalf("%s: %v", op.name, err)
			}
		}
		got := s.state()
		f, s = start(t)
		op.prepare(s)
		if err := op.do(t.Context(), f); err != nil {
			t.Fatalf("%s: %v", op.name, err)
		}
		if diff := cmp.Diff(s.state(), got); diff != "" {
			t.Errorf("%s (-once +twice)\n%s", op.name, diff)
		}
	}
	f, s := start(t)
	n := s.Seed(draft.Branch, false)
	s.Say(n, "as before ")
	for i := range 120 {
		s.Say(n, fmt.Sprint(i))
	}
	if err := f.Comment(t.Context(), n, "as before"); err != nil || len(s.Comments(n)) != 121 {
		t.Errorf("a comment that was there many ago: %v, %d comments", err, len(s.Comments(n)))
	}
}

func missing(t *testing.T, start starter) {
	f, s := start(t)
	ctx := t.Context()
	fault(t, f.Edit(ctx, 404, edited), pull.Missing)
	fault(t, f.Comment(ctx, 404, "text"), pull.Missing)
	fault(t, f.Close(ctx, 404), pull.Missing)
	absent := draft
	absent.Branch = "absent"
	if r, err := f.Open(ctx, absent); err == nil {
		t.Errorf("opened %+v from no branch", r)
	}
	if all := s.All(); len(all) != 0 {
		t.Errorf("there are %+v", all)
	}
}

func requests(t *testing.T, start starter) {
	f, s := start(t)
	old := s.Seed("tuppence/old", false)
	s.Seed("tuppence/a-fork", true)
	s.Seed("feature/of-a-person", false)
	long := []int{s.Seed("tuppence/merged-long-ago", false), s.Seed("tuppence/closed-long-ago", false)}
	s.End(long[0], pull.Merged)
	s.End(long[1], pull.Closed)
	if err := f.Comment(t.Context(), long[1], "thank you"); err != nil { // recent news of what ended long ago
		t.Fatal(err)
	}
	merged, closed := s.Seed("tuppence/merged", false, "tuppence"), s.Seed("tuppence/closed", false)
	s.End(closed, pull.Closed)
	since := s.Now() // what ended at that very moment counts
	s.End(merged, pull.Merged)
	open := s.Seed("tuppence/open", false, "b", "a")
	all := s.All()
	want := func(numbers ...int) (some []pull.Request) {
		for _, n := range numbers {
			some = append(some, all[n-1])
		}
		return some
	}
	for _, c := range []struct {
		name, prefix string
		since        time.Time
		want         []pull.Request
	}{
		{"since then", "tuppence/", since, want(open, closed, merged, old)},
		{"a minute later", "tuppence/", since.Add(time.Minute), want(open, merged, old)},
		{"at all", "tuppence/", time.Time{}, want(open, closed, merged, long[1], long[0], old)},
		{"from now on", "tuppence/", s.Now().Add(time.Hour), want(open, old)},
		{"one branch", "tuppence/merged", time.Time{}, want(merged, long[0])},
		{"no branch", "nothing/", time.Time{}, nil},
		{"any branch", "", since, want(open, closed, merged, 3, old)},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := f.Requests(t.Context(), c.prefix, c.since)
			if err != nil {
				t.Fatal(err)
			}
			same(t, got, append([]pull.Request{}, c.want...))
		})
	}
}

func pages(t *testing.T, start starter) {
	for _, size := range []int{7, 50, 100} { // a forge may give less than it is asked for
		f, s := start(t)
		s.PageSize(size)
		for i := range 150 {
			n := s.Seed(fmt.Sprintf("tuppence/%d", i), i%10 == 9)
			if i%2 == 0 {
				s.End(n, pull.Closed)
			}
		}
		got, err := f.Requests(t.Context(), "tuppence/", time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		want := s.All()
		want = slices.DeleteFunc(want, func(r pull.Request) bool { return r.Number%10 == 0 })
		slices.Reverse(want)
		same(t, got, want)
		// One that lies beyond the first page is found.
		if r, err := f.Open(t.Context(), pull.Draft{Branch: "tuppence/1", Base: "main", Title: "T"}); err != nil || r.Number != 2 {
			t.Errorf("pages of %d: opened %+v, %v", size, r, err)
		}
	}
}

// manyLabels holds that a label beyond the first page is found and not made again.
func manyLabels(t *testing.T, start starter) {
	f, s := start(t)
	var names []string
	for i := range 120 {
		names = append(names, fmt.Sprintf("label %d", i))
	}
	s.Seed("feature/of-a-person", false, names...)
	d := draft
	d.Labels = []string{"label 119"}
	r, err := f.Open(t.Context(), d)
	if err != nil || !slices.Equal(r.Labels, d.Labels) || len(s.Labels()) != len(names) {
		t.Errorf("opened %+v, %v; there are %d labels", r, err, len(s.Labels()))
	}
}

func endless(t *testing.T, start starter) {
	f, s := start(t)
	s.PageSize(1)
	for i := range 60 {
		s.Seed(fmt.Sprintf("tuppence/%d", i), false)
	}
	got, err := f.Requests(t.Context(), "tuppence/", time.Time{})
	if err == nil || got != nil || !strings.Contains(err.Error(), Repository+": there are more than 50 pages") {
		t.Errorf("%d requests, %v", len(got), err)
	}
	if s.Asked() > 50 {
		t.Errorf("asked %d times", s.Asked())
	}
}

func renewed(t *testing.T, start starter) {
	f, s := start(t)
	seeded(s)
	if err := f.Comment(t.Context(), 1, "by the first token"); err != nil {
		t.Fatal(err)
	}
	s.Renew("another-token-of-today")
	if err := f.Comment(t.Context(), 1, "by the second token"); err != nil {
		t.Error(err)
	}
}
