package report

import (
	"strings"
	"testing"

	"github.com/tuppence-dev/tuppence/recommend"
)

func explain(t *testing.T, r *Report, id string) string {
	t.Helper()
	var b strings.Builder
	if err := Explain(&b, r, id, View{}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestExplainShowsEverythingBehindAFinding(t *testing.T) {
	r := Build(ordinary())
	for i := range r.Findings {
		f := &r.Findings[i]
		text := squeeze(explain(t, r, f.ID))
		want := []string{f.Title, f.ID, f.Subject.Cluster, f.Subject.APIVersion, string(f.Status), f.Reason, string(f.Confidence), "AWS price list"}
		if claims(f) {
			want = append(want, "What "+f.Subject.Cluster+" is charged, a month")
		} else if strings.Contains(text, " is charged, a month") {
			t.Errorf("%s is not about pounds, and shows prices of nodes:\n%s", f.ID, text)
		}
		for _, c := range f.Changes {
			want = append(want, c.Field(), c.Before+" → "+c.After)
		}
		for _, e := range f.Evidence {
			want = append(want, e.Name, e.Value)
		}
		for _, c := range f.Checks {
			want = append(want, string(c.Verdict)+": "+c.Name, c.Detail)
		}
		switch {
		case f.Status == recommend.Withheld || f.Status == recommend.Superseded:
			want = append(want, "none, since it is not proposed")
		case onWorkload(f):
			want = append(want, strings.TrimPrefix(f.Saving.Allocated.String(), "-"))
		default:
			want = append(want, "none in pounds")
		}
		for _, w := range want {
			if !strings.Contains(text, squeeze(w)) {
				t.Errorf("%s: no %q in\n%s", f.ID, w, explain(t, r, f.ID))
			}
		}
	}
}

func TestExplainSaysWhyAPriceIsUnknown(t *testing.T) {
	r := Build(holes())
	text := explain(t, r, finding("staging-uks", "shop", "worker", recommend.Saving{}).ID)
	for _, want := range []string{
		"Allocated    unknown\n", "price unknown: instance type is not in the book", "x9.mega, eu-west-2, spot", "an estimate",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

func TestExplainFindsByTheBeginningOfAnID(t *testing.T) {
	r := Build(ordinary())
	id := intervalFinding("prod-lon", "apps").ID
	if whole, part := explain(t, r, id), explain(t, r, id[:len("interval-")+3]); whole != part {
		t.Error("the beginning of an id shows another finding")
	}
	longer := r.Findings[0]
	longer.ID += "99"
	r.Findings = append(r.Findings, longer)
	if text := explain(t, r, r.Findings[0].ID); !strings.Contains(text, r.Findings[0].ID+"\n") {
		t.Errorf("an id that begins another is not found by itself:\n%s", text)
	}
}

func TestExplainErrorsHelp(t *testing.T) {
	r := Build(ordinary())
	web := finding("prod-lon", "shop", "web", recommend.Saving{}).ID
	for _, c := range []struct{ rule, id, want string }{
		{"a slip gives the nearest", web[:len(web)-2] + "zz", "no finding \"" + web[:len(web)-2] + "zz\" in this report; the nearest are " + web + " (prod-lon Deployment shop/web)"},
		{"the beginning of several is refused", "rightsize-", "findings begin with \"rightsize-\": give more of the id: "},
		{"no id is refused", "", "no finding is named"},
		{"what does not print is quoted", "\x1b[2J", `no finding "\x1b[2J"`},
	} {
		t.Run(c.rule, func(t *testing.T) {
			err := Explain(&strings.Builder{}, r, c.id, View{})
			if err == nil || !strings.HasPrefix(err.Error(), c.want) && !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v, want %s", err, c.want)
			}
			if strings.ContainsAny(err.Error(), "\n\x1b") {
				t.Errorf("more than a line: %q", err)
			}
		})
	}
	if err := Explain(&strings.Builder{}, Build(empty()), "x", View{}); err == nil || !strings.Contains(err.Error(), "there are none") {
		t.Errorf("in an empty report: %v", err)
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"abc", "", 3}, {"", "abc", 3}, {"kitten", "sitting", 3}, {"spot-1", "spot-1", 0}, {"ab", "ba", 2}} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("distance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
