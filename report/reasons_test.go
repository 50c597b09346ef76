package report

import (
	"strings"
	"testing"

	"github.com/tuppence-dev/tuppence/recommend"
)

// failing is a finding that the failed checks hold back, each "name: detail".
func failing(name string, failed ...string) recommend.Finding {
	f := finding("prod-lon", "shop", name, saving("0", "0"))
	f.Status, f.Changes, f.Checks = recommend.Withheld, nil, nil
	f.Reason = strings.Join(failed, "; ")
	for _, c := range failed {
		name, detail, _ := strings.Cut(c, ": ")
		f.Checks = append(f.Checks, recommend.Check{Name: name, Verdict: recommend.Failed, Detail: detail})
	}
	f.Checks = append(f.Checks, recommend.Check{Name: "spread", Verdict: recommend.Undecided, Detail: "not known"})
	return f
}

func TestHeldBackFindingsCountAtEachCheckThatFailed(t *testing.T) {
	in := ordinary()
	in.Findings = []recommend.Finding{
		failing("a", "surge: 25% of 2 is 0", "probe: there is none"),
		failing("b", "surge: 25% of 3 is 0"),
		failing("c", "surge: 25% of 2 is 0", "probe: there is none"),
	}
	table := render(t, "table", in, View{})
	for _, want := range []string{
		"Held back, by what is not met (3)",
		"    3  rightsize: surge, such as: 25% of 2 is 0\n",
		"    2  rightsize: probe: there is none\n",
		"more than one reason",
	} {
		if !strings.Contains(table, want) {
			t.Errorf("no %q in\n%s", want, table)
		}
	}
	if strings.Contains(table, "spread") {
		t.Error("a check that is only undecided is given as the reason beside those that failed")
	}
}

func TestAReasonWithoutAFailedCheckStandsForItself(t *testing.T) {
	in := ordinary()
	f := failing("a")
	f.Reason = "an HPA scales on CPU"
	in.Findings = []recommend.Finding{f}
	table := render(t, "table", in, View{})
	if !strings.Contains(table, "    1  rightsize: an HPA scales on CPU\n") || strings.Contains(table, "more than one reason") {
		t.Errorf("got\n%s", table)
	}
}

func TestANameIsBrokenBeforeItIsCut(t *testing.T) {
	c := cell{{Cut: "StatefulSet payments/fraud-scorer", Break: true}}
	for limit, want := range map[int]string{
		40: "StatefulSet payments/fraud-scorer",
		22: "StatefulSet\npayments/fraud-scorer",
		10: "State…lSet\npayme…orer",
	} {
		if got := c.text(limit); got != want {
			t.Errorf("in %d columns: %q, want %q", limit, got, want)
		}
	}
}
