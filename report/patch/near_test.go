package patch

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestWhatMayStay(t *testing.T) {
	const (
		cpu      = "spec.resources.requests.cpu"
		memory   = "spec.resources.limits.memory"
		interval = "spec.interval"
	)
	for _, test := range []struct {
		path, asked, git string
		percent          int
		want             bool
	}{
		{cpu, "215m", "212m", 10, true},  // 1.4 % short
		{cpu, "215m", "210m", 10, false}, // 2.3 % short
		{cpu, "200m", "196m", 10, true},  // 2 % short
		{cpu, "1", "980m", 10, true},
		{cpu, "180m", "200m", 10, true}, // 10 % more
		{cpu, "179m", "200m", 10, false},
		{cpu, "215m", "212m", 0, false},
		{cpu, "215m", "212m", -1, false},
		{cpu, "0.2", "200m", -1, true}, // the same
		{cpu, "", "200m", 10, false},
		{cpu, "200m", "", 10, false},
		{memory, "513Mi", "512Mi", 10, false},
		{memory, "512Mi", "513Mi", 10, true},
		{memory, "512Mi", "640Mi", 10, false},
		{interval, "10m", "9m", 10, true},
		{interval, "9m", "10m", 10, false},
		{"spec.generators.0.git.requeueAfterSeconds", "600", "570", 10, true},
		{"spec.generators.0.git.requeueAfterSeconds", "570", "600", 10, false},
		{"args.[--concurrent]", "10", "11", 10, false},
		{"args.[--requeue-dependency]", "30s", "29s", 10, true},
		{"spec.replicas", "10", "11", 10, false},
		{"spec.replicas", "11", "10", 10, false},
	} {
		if got := standsFor(strings.Split(test.path, "."), test.asked, test.git, test.percent); got != test.want {
			t.Errorf("%s: %q for %q within %d %%: %v, want %v", test.path, test.git, test.asked, test.percent, got, test.want)
		}
	}
}

// No memory stays that is less than is asked, and no processor time that is less by
// more than a fifth of the tolerance; what is asked itself always stays.
func TestNothingStaysThatIsTooLittle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		asked, git := rapid.IntRange(1, 10_000).Draw(t, "asked"), rapid.IntRange(1, 10_000).Draw(t, "git")
		percent := rapid.IntRange(0, 50).Draw(t, "percent")
		memory := standsFor([]string{"resources", "limits", "memory"}, fmt.Sprintf("%dMi", asked), fmt.Sprintf("%dMi", git), percent)
		cpu := standsFor([]string{"resources", "requests", "cpu"}, fmt.Sprintf("%dm", asked), fmt.Sprintf("%dm", git), percent)
		if memory && git < asked {
			t.Errorf("memory of %d stays for %d", git, asked)
		}
		if cpu && git < asked && (asked-git)*100*shortfalls > asked*percent {
			t.Errorf("cpu of %d stays for %d within %d %%", git, asked, percent)
		}
		if (cpu || memory) && git > asked && (git-asked)*100 > git*percent {
			t.Errorf("%d stays for %d within %d %%", git, asked, percent)
		}
		if git == asked && (!cpu || !memory) {
			t.Errorf("%d does not stay", git)
		}
	})
}
