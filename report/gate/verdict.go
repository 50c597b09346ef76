package gate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
)

func pass(format string, args ...any) recommend.Check {
	return recommend.Check{Verdict: recommend.Passed, Detail: fmt.Sprintf(format, args...)}
}

func fail(format string, args ...any) recommend.Check {
	return recommend.Check{Verdict: recommend.Failed, Detail: fmt.Sprintf(format, args...)}
}

func undecided(format string, args ...any) recommend.Check {
	return recommend.Check{Verdict: recommend.Undecided, Detail: fmt.Sprintf(format, args...)}
}

// beside is the verdict of a gate that does not concern the change.
func beside(format string, args ...any) recommend.Check {
	return pass("not applicable: "+format, args...)
}

// faults are what is wrong. Of many the first three are said.
type faults []string

func (f *faults) add(format string, args ...any) { *f = append(*f, fmt.Sprintf(format, args...)) }

func (f faults) String() string {
	f = slices.Sorted(slices.Values(f)) // whatever order the input came in
	text := strings.Join(f[:min(3, len(f))], "; ")
	if more := len(f) - 3; more > 0 {
		text += fmt.Sprintf("; and %d more", more)
	}
	return text
}

// brief is s in one line of at most 300 characters: what repositories and
// libraries say can be of any length.
func brief(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > 300 {
		return string(r[:299]) + "…"
	}
	return s
}

// unread reports whether the collector could not list the resource, named as
// RBAC names it, so that an absence of it means nothing. A gap has no other mark
// than its sentence.
func unread(c *collector.Cluster, resource string) bool {
	for _, g := range c.Gaps {
		if g.Source == "kubernetes" && strings.HasPrefix(g.Reason, "cannot list "+resource+":") {
			return true
		}
	}
	return false
}
