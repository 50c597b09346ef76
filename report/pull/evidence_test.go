package pull

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// However many amounts a finding has, and wherever they lie: what was declined stays
// declined while each is within 20 % of what was declined, and comes back once one is a
// third more or a quarter less.
func TestADeclineBearsSmallDifferencesOfEachAmount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var declined, small, large []Wish
		n := rapid.IntRange(1, 6).Draw(t, "amounts")
		moved := rapid.IntRange(0, n-1).Draw(t, "the one that moves far")
		for i := range n {
			amount := math.Exp(rapid.Float64Range(math.Log(0.001), math.Log(1e13)).Draw(t, "amount"))
			little := amount * rapid.Float64Range(0.8, 1.2).Draw(t, "little")
			far := amount * rapid.OneOf(rapid.Float64Range(1.0/3, 0.75), rapid.Float64Range(4.0/3, 3)).Draw(t, "far")
			if i != moved {
				far = little
			}
			field := fmt.Sprint("field ", i)
			declined, small, large = append(declined, Wish{field, "", amount}), append(small, Wish{field, "", little}), append(large, Wish{field, "", far})
		}
		no := holds(1, Closed, Staging, noon.Add(-time.Hour))
		no.Marker.Evidence = []string{Evidence("a", declined...)}
		proposes := func(finding string, wishes ...Wish) bool {
			i := item("cart", Staging)
			i.Evidence = Evidence(finding, wishes...)
			groups, _ := Waves([]Item{i}, &Seen{Requests: []Existing{no}}, Policy{Base: "main"}, time.Hour, noon)
			return len(groups) > 0
		}
		if proposes("a", small...) {
			t.Fatalf("%v was declined, and %v is proposed", declined, small)
		}
		if !proposes("a", large...) {
			t.Fatalf("%v was declined, and %v counts as the same", declined, large)
		}
		if k := rapid.IntRange(1, n).Draw(t, "fields that stay"); proposes("a", small[:k]...) {
			t.Fatalf("%v was declined, and of it %v is proposed", declined, small[:k])
		}
		if !proposes("b", declined...) || !proposes("a", append(declined, Wish{"another field", "", 1})...) {
			t.Fatal("what was not proposed counts as declined")
		}
	})
}

func TestWhatIsNoAmountIsTheSameOrNot(t *testing.T) {
	spot, zero := Evidence("a", Wish{"key", "spot", 0}), Evidence("a", Wish{"key", "", 0})
	for _, other := range []string{Evidence("a", Wish{"key", "spots", 0}), zero, Evidence("a", Wish{"key", "1", 1}), Evidence("a"), Evidence("b", Wish{"key", "spot", 0})} {
		if near(other, spot) {
			t.Errorf("%s counts as %s", other, spot)
		}
	}
	if !near(spot, spot) || !near(zero, zero) || !near(Evidence("a"), Evidence("a")) {
		t.Error("the same does not count as the same")
	}
}

// Night for night within the same few percent, on whatever edge: a request that holds
// somebody's commits is told of news once.
func TestSmallDifferencesAreNoNews(t *testing.T) {
	of := func(cpu, memory float64) Proposal {
		p := wants("cart", "")
		p.Evidence = []string{Evidence("a", Wish{"cpu", "", cpu}), Evidence("b", Wish{"memory", "", memory})}
		p.Digest = DigestOf(p.Evidence)
		p.Files[0].After = fmt.Append(nil, cpu, memory)
		return p
	}
	w := newWorld()
	night := func(cpu, memory float64) string {
		t.Helper()
		out, err := w.run(t.Context(), []Proposal{of(cpu, memory)}, 5)
		must(t, err)
		return string(out[0].Verb)
	}
	got := []string{night(0.2, 1e9)}
	w.commits("tuppence/cart")
	for _, by := range []float64{1.1, 0.9, 1.15, 0.85} {
		got = append(got, night(0.2*by, 1e9/by))
	}
	got = append(got, night(0.4, 1e9))
	for _, by := range []float64{1.1, 0.9, 1.15, 0.85} {
		got = append(got, night(0.4*by, 1e9*by))
	}
	if want := "propose keep keep keep keep tell keep keep keep keep"; strings.Join(got, " ") != want {
		t.Errorf("%v, want %s", got, want)
	}
	w.requests[0].State, w.requests[0].Ended = Closed, noon
	if verb := night(0.41, 1e9); verb != string(Declined) {
		t.Errorf("closed after it was told: %s, want declined", verb)
	}
	if verb := night(0.8, 1e9); verb != string(Propose) {
		t.Errorf("other evidence than was declined: %s, want propose", verb)
	}
}

func TestAnybodysEvidenceIsReadWithoutHarm(t *testing.T) {
	mine := Evidence("a", Wish{"cpu", "", 0.2})
	field, _, _ := strings.Cut(mine, "=")
	for _, theirs := range []string{"", ":", findingOf(mine), findingOf(mine) + ":", field, field + "=", field + "=zzzzzzzzzzzz", field + "=-zik0zj", mine + "=", strings.Repeat(":", 9), strings.Repeat("=.", 9)} {
		if near(theirs, mine) {
			t.Errorf("%q counts as %q", theirs, mine)
		}
		near(mine, theirs) // does not panic
	}
}
