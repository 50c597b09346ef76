package pullhttp

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tuppence-dev/tuppence/report/pull"
)

func TestCheckTakesNothingThatIsNotWhole(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.FixedZone("", 3600))
	whole := pull.Request{Number: 1, Branch: "b", State: pull.Open, URL: "https://git.example/1", Head: "5b1d0a1e3c7f4a6b8d9e0f1a2b3c4d5e6f708192"}
	for _, c := range []struct {
		name   string
		change func(*pull.Request)
		want   func(*pull.Request) // nil: an error
	}{
		{"whole", func(*pull.Request) {}, func(*pull.Request) {}},
		{"no number", func(r *pull.Request) { r.Number = 0 }, nil},
		{"a negative number", func(r *pull.Request) { r.Number = -1 }, nil},
		{"no branch", func(r *pull.Request) { r.Branch = "" }, nil},
		{"no state", func(r *pull.Request) { r.State = "" }, nil},
		{"another state", func(r *pull.Request) { r.State = "draft" }, nil},
		{"closed, but not when", func(r *pull.Request) { r.State = pull.Closed }, nil},
		{"merged, in UTC", func(r *pull.Request) { r.State, r.Ended = pull.Merged, now }, func(r *pull.Request) { r.State, r.Ended = pull.Merged, now.UTC() }},
		{"opened again", func(r *pull.Request) { r.Ended = now }, func(*pull.Request) {}},
		{"a head that is none", func(r *pull.Request) { r.Head = "main; rm" }, func(r *pull.Request) { r.Head = "" }},
		{"an address that is none", func(r *pull.Request) { r.URL = "javascript:alert(1)" }, func(r *pull.Request) { r.URL = "" }},
		{"an address with a password", func(r *pull.Request) { r.URL = "https://a:b@git.example" }, func(r *pull.Request) { r.URL = "" }},
		{"labels", func(r *pull.Request) { r.Labels = []string{"b", "a"} }, func(r *pull.Request) { r.Labels = []string{"a", "b"} }},
		{"no labels", func(r *pull.Request) { r.Labels = []string{} }, func(*pull.Request) {}},
	} {
		in, want := whole, whole
		c.change(&in)
		got, err := Check(in)
		if c.want == nil {
			if err == nil {
				t.Errorf("%s: %+v", c.name, got)
			}
			continue
		}
		c.want(&want)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", c.name, err, diff)
		}
	}
}

func TestTheOrderOfAForgesListChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		since := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
		some := rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) pull.Request {
			return pull.Request{
				Number: rapid.IntRange(1, 99).Draw(t, "number"), Branch: rapid.SampledFrom([]string{"tuppence/a", "tuppence/b", "feature"}).Draw(t, "branch"),
				State: rapid.SampledFrom([]pull.State{pull.Open, pull.Merged, pull.Closed}).Draw(t, "state"),
				Ended: since.Add(time.Duration(rapid.IntRange(-3, 3).Draw(t, "ended")) * time.Hour),
			}
		}), 0, 20, func(r pull.Request) int { return r.Number }).Draw(t, "requests")
		list := func(some []pull.Request) []pull.Request {
			q := Requests{Prefix: "tuppence/", Since: since}
			for _, r := range slices.Concat(some, some) { // pages may overlap
				if err := q.Add(r); err != nil {
					t.Fatal(err)
				}
			}
			return q.All()
		}
		got := list(some)
		if diff := cmp.Diff(got, list(rapid.Permutation(some).Draw(t, "another order"))); diff != "" {
			t.Errorf("(-one order +another)\n%s", diff)
		}
		if !slices.IsSortedFunc(got, func(a, b pull.Request) int { return b.Number - a.Number }) {
			t.Errorf("not newest first: %v", got)
		}
		for _, r := range some {
			want := r.Branch != "feature" && (r.State == pull.Open || !r.Ended.Before(since))
			if slices.ContainsFunc(got, func(g pull.Request) bool { return g.Number == r.Number }) != want {
				t.Errorf("%+v is listed: %v", r, !want)
			}
		}
	})
}

func TestTextsAreOneThoughAForgeTrimsThem(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"a\nb", "a\r\nb\r\n", true}, {" a", "a ", true}, {"", "\n", true}, {"a", "A", false}, {"a b", "a  b", false}, {"a\nb", "a b", false},
	} {
		if Same(c.a, c.b) != c.want {
			t.Errorf("%q and %q: %v", c.a, c.b, !c.want)
		}
	}
}
