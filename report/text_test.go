package report

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/tuppence-dev/tuppence/recommend"
)

func TestPlain(t *testing.T) {
	for in, want := range map[string]string{
		"shop/web é 数 £ →": "shop/web é 数 £ →",
		"\x1b[31mred":      `\x1b[31mred`,
		"a\nb\tc\r":        `a\nb\tc\r`,
		"\u009b2J":         `\u009b2J`,
		"\u202etxt.exe":    `\u202etxt.exe`,
		"zero\u200bwidth":  `zero\u200bwidth`,
		"bad \xff byte":    `bad \xff byte`,
		"it's":             "it's",
		"\ufffd":           "\ufffd",
	} {
		if got := Plain(in); got != want {
			t.Errorf("Plain(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestFitCutsTheMiddle(t *testing.T) {
	for _, c := range []struct {
		in    string
		limit int
		want  string
	}{
		{"short", 5, "short"},
		{"rightsize-1a2b3c4d", 11, "right…b3c4d"},
		{"ab", 1, "…"},
		{"ab", 0, ""},
		{"数据库服务器", 12, "数据库服务器"},
		{"数据库服务器", 11, "数据库…务器"},
		{"数据库服务器", 10, "数据…务器"}, // half a character does not fit
		{"数据库服务器", 3, "数…"},
		{"aaae\u0301e\u0301e\u0301", 4, "aa…e\u0301"},
	} {
		if got := fit(c.in, c.limit); got != c.want {
			t.Errorf("fit(%q, %d) = %q, want %q", c.in, c.limit, got, c.want)
		}
	}
}

func TestFitFits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, limit := Plain(nasty.Draw(t, "text")), rapid.IntRange(0, 60).Draw(t, "limit")
		got := fit(s, limit)
		if width(got) > limit {
			t.Fatalf("fit(%q, %d) = %q is %d wide", s, limit, got, width(got))
		}
		if width(s) <= limit && got != s {
			t.Fatalf("%q fits, and became %q", s, got)
		}
	})
}

func TestWrapLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOf(nasty).Draw(t, "words")
		s, limit := Plain(strings.Join(words, " ")), rapid.IntRange(8, 60).Draw(t, "limit")
		lines := wrap(s, limit, "  ")
		for _, l := range lines {
			if width(l) > limit {
				t.Fatalf("%q is wider than %d", l, limit)
			}
		}
		if got := squeeze(strings.Join(lines, "")); got != squeeze(s) {
			t.Fatalf("wrapped\n%q became\n%q", s, got)
		}
	})
}

// squeeze is s without spaces: what layout may not change.
func squeeze(s string) string { return strings.Join(strings.Fields(s), "") }

func TestTimesAreLondons(t *testing.T) {
	for in, want := range map[string]string{
		"2026-11-22T14:05:00Z": "22 Nov 2026 14:05 GMT",
		"2026-06-01T23:30:00Z": "2 Jun 2026 00:30 BST",
		"2026-10-25T00:59:00Z": "25 Oct 2026 01:59 BST", // the minute before the clocks go back
		"2026-10-25T01:00:00Z": "25 Oct 2026 01:00 GMT",
	} {
		at, err := time.Parse(time.RFC3339, in)
		if err != nil {
			t.Fatal(err)
		}
		if got := moment(at); got != want {
			t.Errorf("%s is shown as %s, want %s", in, got, want)
		}
	}
}

func TestWords(t *testing.T) {
	for _, c := range [][2]string{
		{date("2026-06-18"), "18 Jun 2026"},
		{date("some day\x1b"), `some day\x1b`},
		{month("2026-09"), "September 2026"},
		{month("fixed"), "fixed"},
		{span(14 * 24 * time.Hour), "14 days"},
		{span(24 * time.Hour), "1 day"},
		{span(90 * time.Minute), "1.5 hours"},
		{Count(1, "cluster"), "1 cluster"},
		{Count(0, "cluster"), "0 clusters"},
		{Count(1234567, "node"), "1,234,567 nodes"},
		{number(-1234), "-1,234"},
		{number(-123), "-123"},
	} {
		if c[0] != c[1] {
			t.Errorf("got %q, want %q", c[0], c[1])
		}
	}
}

func TestFieldsHaveShortNames(t *testing.T) {
	o := recommend.Object{Kind: "Deployment", Namespace: "flux-system", Name: "kustomize-controller"}
	template := []string{"spec", "template", "spec", "containers", "[name=manager]"}
	f := &recommend.Finding{Subject: o, Changes: []recommend.Change{
		{Object: o, Path: append(template[:5:5], "args", "[--concurrent]"), Before: "4", After: "10"},
		{Object: o, Path: append(template[:5:5], "resources", "limits", "cpu"), After: "2"},
		{Object: o, Path: []string{"spec", "generators", "0", "git", "requeueAfterSeconds"}, After: "600"},
		{Object: recommend.Object{Kind: "ConfigMap", Namespace: "argocd", Name: "argocd-cm"}, Path: []string{"data", "resource.all"}, After: "a:\n- b\n"},
	}}
	for i, want := range []string{"manager --concurrent 4 → 10", "  cpu limit not set → 2", "requeueAfterSeconds not set → 600",
		`ConfigMap argocd/argocd-cm resource.all not set → a:\n- b\n`} {
		if got := field(f, i) + " " + values(f.Changes[i]); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got, want := f.Changes[0].Field(), "spec.template.spec.containers[name=manager].args[--concurrent]"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// FuzzPlain: whatever a cluster sends, a terminal sees only what prints.
func FuzzPlain(f *testing.F) {
	for _, s := range hostileNames {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Plain(s)
		if !utf8.ValidString(got) {
			t.Errorf("%q is not valid text", got)
		}
		if i := strings.IndexFunc(got, func(r rune) bool { return !unicode.IsPrint(r) }); i >= 0 {
			t.Errorf("%q has a character that does not print at %d", got, i)
		}
		if Plain(got) != got {
			t.Errorf("plain is not settled: %q, then %q", got, Plain(got))
		}
	})
}

func TestHostileNamesAreHostile(t *testing.T) {
	if !slices.ContainsFunc(hostileNames, func(s string) bool { return Plain(s) != s }) {
		t.Error("no name of the sample needs escaping")
	}
}
