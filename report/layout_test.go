package report

import (
	"io"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/recommend"
)

// TestTextFitsItsWidth: no line of what a terminal gets is wider than the view,
// whatever the names and the amounts.
func TestTextFitsItsWidth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawNamed(t, nasty)
		v := View{Width: rapid.SampledFrom([]int{0, 40, 80, 119, 200}).Draw(t, "width")}
		limit := v.Width
		if limit == 0 {
			limit = 120
		}
		r := Build(in)
		texts := []string{written(t, writeTable, r, v)}
		if len(r.Findings) > 0 {
			var b strings.Builder
			if err := Explain(&b, r, r.Findings[0].ID, v); err != nil && !strings.Contains(err.Error(), "give more of the id") {
				t.Fatal(err)
			}
			texts = append(texts, b.String())
		}
		for _, text := range texts {
			for line := range strings.Lines(text) {
				line = strings.TrimSuffix(line, "\n")
				if width(line) > limit {
					t.Fatalf("%d wide, limit %d: %s", width(line), limit, line)
				}
				if i := strings.IndexFunc(line, func(r rune) bool { return !unicode.IsPrint(r) }); i >= 0 {
					t.Fatalf("a character that does not print: %q", line)
				}
			}
		}
	})
}

func written(t fataler, write func(io.Writer, *Report, View) error, r *Report, v View) string {
	var b strings.Builder
	if err := write(&b, r, v); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestEnormousAmountsFit(t *testing.T) {
	in := ordinary()
	huge := pricing.Amount{Money: pounds("123456789012345678901234567890.12")}
	for i := range in.Ledger.Clusters {
		for j := range in.Ledger.Clusters[i].Charges {
			in.Ledger.Clusters[i].Charges[j].Cost = huge
		}
		for j := range in.Ledger.Clusters[i].Lines {
			in.Ledger.Clusters[i].Lines[j].Cost = huge
		}
	}
	text := render(t, "table", in, View{})
	for line := range strings.Lines(text) {
		if width(strings.TrimSuffix(line, "\n")) > 120 {
			t.Errorf("too wide: %s", line)
		}
	}
	if !strings.Contains(squeeze(text), "Bill:£246,913,578,024,691,357,802,469,135,780.24+unknown") {
		t.Errorf("the bill is not there in full:\n%s", text)
	}
}

func TestFiguresAreNotCut(t *testing.T) {
	in := ordinary()
	f := finding("a-cluster-with-a-very-long-name-indeed-eu-west-2-production", strings.Repeat("namespace-", 6), strings.Repeat("workload-", 6), saving("1234.56", "1.00"))
	f.Changes = []recommend.Change{resize(f.Subject, strings.Repeat("container-", 6), "requests", "memory", "123456Mi", "65432Mi")}
	in.Findings = []recommend.Finding{f}
	text := render(t, "table", in, View{})
	for _, want := range []string{"memory 123456Mi → 65432Mi", "£1,234.56", "£1.00"} {
		if !strings.Contains(strings.ReplaceAll(text, "…", ""), strings.TrimPrefix(want, "memory")) {
			t.Errorf("%s is not whole in\n%s", want, text)
		}
	}
	if !strings.Contains(text, "…") {
		t.Error("nothing was cut, so this test shows nothing")
	}
}

func TestColourOnlyWhereAsked(t *testing.T) {
	coloured := render(t, "table", holes(), View{Colour: true})
	plainText := render(t, "table", holes(), View{})
	if strings.Contains(plainText, "\x1b") {
		t.Error("colour without being asked")
	}
	stripped := regexp.MustCompile("\x1b\\[[0-9]*m").ReplaceAllString(coloured, "")
	if coloured == stripped || stripped != plainText {
		t.Error("colour changes more than colour")
	}
}

func TestTableListsTheLargestAndSaysHowManyMore(t *testing.T) {
	in := ordinary()
	in.Findings = nil
	for i := range 60 {
		in.Findings = append(in.Findings, finding("prod-lon", "shop", "web-"+string(rune('a'+i%26))+string(rune('a'+i/26)), saving("10", "1")))
	}
	in.Findings = append(in.Findings, finding("prod-lon", "shop", "biggest", saving("999", "1")), finding("prod-lon", "shop", "riskiest", saving("-5", "-5")))
	for _, format := range []string{"table", "markdown"} {
		text := render(t, format, in, View{})
		for _, want := range []string{"shop/biggest", "shop/riskiest", "… and 36 more: ", "-o json"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: no %q in\n%s", format, want, text)
			}
		}
		if n := strings.Count(text, "shop/web-"); n != 24 {
			t.Errorf("%s lists %d of the rest, want 24", format, n)
		}
	}
}
