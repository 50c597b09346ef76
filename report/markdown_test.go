package report

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/tuppence-dev/tuppence/recommend"
)

var (
	codeSpan    = regexp.MustCompile("`[^`\n]+`")
	codeElement = regexp.MustCompile(`<code>[^<>\n]*</code>`)
)

// skeleton is what is left of Markdown once its code is taken out: the words
// and marks that are ours.
func skeleton(text string) string {
	text = codeElement.ReplaceAllString(text, "CODE")
	text = codeSpan.ReplaceAllString(text, "CODE")
	return strings.ReplaceAll(text, "–", "CODE")
}

// TestMarkdownHoldsNamesInCode: a fleet with hostile names has the same skeleton
// as one with ordinary names, so no name can add a cell, a row, a link, an
// element or a mention.
func TestMarkdownHoldsNamesInCode(t *testing.T) {
	tameNames := make([]string, len(hostileNames))
	for i := range tameNames {
		tameNames[i] = fmt.Sprintf("name%d", i)
	}
	want := skeleton(render(t, "markdown", hostile(tameNames), View{}))
	got := skeleton(render(t, "markdown", hostile(hostileNames), View{}))
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestCode(t *testing.T) {
	for in, want := range map[string]string{
		"shop/web":        "`shop/web`",
		"<b>@all</b> #1":  "`<b>@all</b> #1`",
		"a|b":             "<code>a&#124;b</code>",
		"`x`":             "<code>&#96;x&#96;</code>",
		"http://x.y/`":    "<code>http&#58;&#47;&#47;x&#46;y&#47;&#96;</code>",
		" pad":            "<code> pad</code>",
		"line\nend":       "<code>line&#92;nend</code>",
		"":                "–",
		"  ":              "–",
		"</code>`<script": "<code>&#60;&#47;code&#62;&#96;&#60;script</code>",
	} {
		if got := Code(in); got != want {
			t.Errorf("Code(%q) = %s, want %s", in, got, want)
		}
	}
}

func TestCodeIsAlwaysOneCode(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := nasty.Draw(t, "text")
		if got := Code(s); skeleton(got) != "CODE" || strings.ContainsAny(got, "|\n") {
			t.Fatalf("Code(%q) = %q", s, got)
		}
	})
}

func TestMarkdownFoldsLongLists(t *testing.T) {
	in := ordinary()
	for i := range 30 {
		c := &in.Fleet.Clusters[i%2]
		c.AddGap("prometheus", fmt.Sprintf("query %d failed", i))
	}
	text := render(t, "markdown", in, View{})
	if !strings.Contains(text, "<summary>"+gapsTitle+" (30)</summary>") || !strings.Contains(text, "query 29 failed") {
		t.Errorf("30 gaps are not folded:\n%s", text)
	}
}

// A change that a person must not make by itself is never shown without what
// else it needs, in any format that people read.
func TestAdviceWithChangesIsShownWithItsReason(t *testing.T) {
	f := recommend.Finding{
		ID: "spot-1", Recommender: "spot", Status: recommend.Advised, Title: "Run it on spot capacity",
		Reason:  "add a toleration as well",
		Subject: recommend.Object{Cluster: "c", APIVersion: "apps/v1", Kind: "Deployment", Namespace: "shop", Name: "web"},
		Changes: []recommend.Change{{Path: []string{"spec", "template", "spec", "nodeSelector", "karpenter.sh/capacity-type"}, After: "spot"}},
	}
	for _, format := range []string{"table", "markdown"} {
		write, err := Lookup(format)
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		if err := write.Write(&b, &Report{Findings: []recommend.Finding{f}}, View{}); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), f.Title+" ("+f.Reason+")") {
			t.Errorf("%s shows the advice without its reason:\n%s", format, b.String())
		}
	}
}
