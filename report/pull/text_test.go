package pull

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/recommend"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, file, got string) {
	t.Helper()
	path := filepath.Join("testdata", file)
	if *update {
		must(t, os.MkdirAll("testdata", 0o755))
		must(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; go test ./report/pull -update makes it", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs; if that is meant, go test ./report/pull -update:\n%s", path, diff)
	}
}

func pounds(s string) pricing.Amount {
	return pricing.Known(pricing.Pounds(decimal.RequireFromString(s)))
}

func sampleText() *Text {
	return &Text{
		Owner: "@acme/shop", Wave: Staging, Version: "v0.4.0", Recording: "sha256:1a2b3c4d",
		Saving: recommend.Saving{Allocated: pounds("14.2"), Realisable: pricing.Amount{Money: pounds("3").Money}},
		Findings: []FindingText{{
			ID: "rightsize-1a2b3c4d", Title: "Lower the requests of container app", Cluster: "staging-uk", Workload: "Deployment shop/cart",
			Changes: []ChangeText{
				{Field: "spec.template.spec.containers[name=app].resources.requests.cpu", Before: "500m", After: "120m"},
				{Field: "spec.template.spec.containers[name=app].resources.limits.cpu", After: "1", Note: "Git has 2, the cluster none"},
			},
			Saving: recommend.Saving{Allocated: pounds("14.2"), Realisable: pounds("3")}, Confidence: recommend.High,
			Evidence: []recommend.Evidence{{Name: "CPU p95", Value: "96m over 14 days"}},
			Checks: []recommend.Check{
				{Name: "builds", Verdict: recommend.Passed, Detail: "2 overlays"},
				{Name: "ResourceQuota", Verdict: recommend.Undecided, Detail: "the namespace's quotas were not read"},
			},
		}, {
			ID: "interval-9f8e7d6c", Title: "Reconcile every 30m", Cluster: "staging-uk", Workload: "Kustomization flux-system/apps",
			Changes:    []ChangeText{{Field: "spec.interval", Before: "1m0s", After: "30m"}},
			Confidence: recommend.Medium,
		}},
	}
}

func TestTheTextOfARequest(t *testing.T) {
	x := sampleText()
	golden(t, "request.md", x.Title()+"\n\n"+withMarker(x.Body(), Marker{Key: "k", Wave: Staging, Digest: "d", Files: "f"})+"\n")
}

func TestAListThatFluxMadeUntilNowIsSaidBeforeAllElse(t *testing.T) {
	x := sampleText()
	if strings.Contains(x.Body(), "Before you merge") {
		t.Errorf("nothing is new:\n%s", x.Body())
	}
	x.Lists = []string{"clusters/uk/kustomization.yaml"}
	said, _, _ := strings.Cut(x.Body(), "| What |")
	for _, want := range []string{"**Before you merge:** new is `clusters/uk/kustomization.yaml`.", "List there whatever has come to the folder since", "delete it"} {
		if !strings.Contains(said, want) {
			t.Errorf("it does not say %q:\n%s", want, said)
		}
	}
}

func TestTitles(t *testing.T) {
	for name, tc := range map[string]struct {
		saving pricing.Amount
		want   string
	}{
		"known":          {pounds("1234.5"), "tuppence: 2 changes, saving £1,234.50 a month (staging, acme/shop)"},
		"partly known":   {pricing.Amount{Money: pounds("5").Money}, "tuppence: 2 changes, saving £5.00 + unknown a month (staging, acme/shop)"},
		"unknown":        {pricing.Amount{}, "tuppence: 2 changes, saving unknown (staging, acme/shop)"},
		"a cost is said": {pounds("-3"), "tuppence: 2 changes, costing £3.00 a month (staging, acme/shop)"},
	} {
		t.Run(name, func(t *testing.T) {
			x := sampleText()
			x.Saving.Allocated = tc.saving
			if got := x.Title(); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

// inCode is what Markdown shows as it is.
var inCode = regexp.MustCompile("`[^`\n]*`|<code>[^<\n]*</code>")

// Whatever names come from clusters and Git: outside of code, the text of one with
// hostile names is the text of one with plain names.
func TestHostileNamesDoNothing(t *testing.T) {
	hostile := []string{
		"@everyone", "<img src=x onerror=alert(1)>", "![x](https://evil.example/x.png)", "a|b", "`@all`", "``", "\\`x", "a\n\n# title\n| x |",
		"-->", "<!-- tuppence: {} -->", "</details></code>@all", "&#64;all", "\x1b[31m", "\u202eabc", "\xff\xfe", "$\\{x}$", " ", "#1", "closes #1",
	}
	plain := inCode.ReplaceAllString(textOf("name").Body(), "CODE")
	for _, h := range hostile {
		x := textOf(h)
		body := x.Body()
		got := strings.ReplaceAll(inCode.ReplaceAllString(body, "CODE"), "–", "CODE")
		if diff := cmp.Diff(plain, got); diff != "" {
			t.Errorf("%q does something:\n%s", h, diff)
		}
		for _, code := range inCode.FindAllString(body, -1) {
			if inner := strings.TrimSuffix(strings.TrimPrefix(code, "<code>"), "</code>"); inner != code && strings.ContainsAny(inner, "`|<>@\\[]*_!") {
				t.Errorf("%q stands in HTML as %q", h, inner)
			}
			if strings.Contains(code, "|") {
				t.Errorf("%q ends a cell: %q", h, code)
			}
		}
		if strings.ContainsAny(x.Title(), "@\n\r\x1b\u202e") {
			t.Errorf("the title of %q is %q", h, x.Title())
		}
		if m, err := readMarker(withMarker(body, Marker{Key: "k"})); err != nil || m.Key != "k" {
			t.Errorf("%q breaks the marker: %v", h, err)
		}
	}
}

// textOf has s wherever a name may stand.
func textOf(s string) *Text {
	return &Text{Owner: s, Wave: Staging, Version: s, Recording: s, Lists: []string{s}, Findings: []FindingText{{
		ID: s, Title: s, Workload: s, Cluster: s, Confidence: recommend.Confidence(s),
		Changes:  []ChangeText{{Field: s, Before: s, After: s, Note: s}},
		Evidence: []recommend.Evidence{{Name: s, Value: s}},
		Checks:   []recommend.Check{{Name: s, Verdict: recommend.Verdict(s), Detail: s}},
	}}}
}

func TestALongTextIsBoundedAndCounted(t *testing.T) {
	for name, fill := range map[string]string{"of letters": "x", "of what is written out": "|", "of pounds": "£"} {
		t.Run(name, func(t *testing.T) {
			long := strings.Repeat(fill, 5000)
			x := textOf(long)
			f := &x.Findings[0]
			for range 6 {
				f.Changes = append(f.Changes, f.Changes...)
				f.Evidence = append(f.Evidence, f.Evidence...)
				f.Checks = append(f.Checks, f.Checks...)
			}
			for range 30 {
				x.Lists = append(x.Lists, long)
			}
			for range 10 {
				x.Findings = append(x.Findings, x.Findings...)
			}
			body := x.Body()
			if len(body) > 39_000 {
				t.Errorf("the body is %d bytes", len(body))
			}
			for _, want := range []string{"more, which did not fit.", "more, which did not fit: `tuppence explain`", "**Decline** it", "</details>"} {
				if !strings.Contains(body, want) {
					t.Errorf("it does not say %q", want)
				}
			}
			if n := len(x.Title()); n > maxTitle {
				t.Errorf("the title is %d bytes", n)
			}
		})
	}
}

func FuzzCode(f *testing.F) {
	for _, s := range []string{"a`b|c", "<code>", "\\", "@x", "\xf0", "日本|"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got := Code(s); got != "–" && inCode.FindString(got) != got || strings.ContainsAny(got, "|\n") {
			t.Errorf("%q is written as %q", s, got)
		}
	})
}

func TestTheTextOfARequestThatTakesPatchesOut(t *testing.T) {
	x := &TakesText{Owner: "@acme/shop", Wave: Staging, Version: "v0.4.0", Recording: "sha256:1a2b3c4d", Patches: []TakenPatch{
		{"apps/uk/tuppence-deployment-shop-cart.yaml", "Deployment.apps shop/cart", "apps/uk builds no such object any more"},
		{"apps/uk/`x`.yaml", "Deployment.apps shop/<!-- @all", "no cluster has it in force, and no finding asks for it"},
	}}
	golden(t, "takes.md", x.Title()+"\n\n"+withMarker(x.Body(), Marker{Key: "k", Wave: Staging, Digest: "d", Files: "f"})+"\n")
	x.Patches = slices.Repeat(x.Patches[:1], 1000)
	if body := x.Body(); len(body) > 19_000 || !strings.Contains(body, "\n- and ") || !strings.Contains(body, "### What you can do") {
		t.Errorf("of 1000 patches the body is %d bytes: %s", len(body), body[len(body)-2000:])
	}
}
