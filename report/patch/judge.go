package patch

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tuppence-dev/tuppence/recommend"
)

// Proof is what a finding's changes do in Git, as it was built.
type Proof struct {
	Finding *recommend.Finding
	Objects []Rendered       // those that change
	Build   []map[string]any // all that the folder builds with the changes
}

// Rendered is one object before and after.
type Rendered struct{ Before, After map[string]any }

// Judge decides whether a change that was proved may be made, by named checks. It
// must not change what it is given.
type Judge func(context.Context, Proof) (checks []recommend.Check, passed bool)

// proved is what is built before and after a change.
type proved struct{ before, after objects }

// provedIn is what the folder builds, as it was proved last.
func (m *maker) provedIn(dir string) proved {
	p := proved{after: m.afters[dir]}
	if b := m.befores[dir].rendering; b != nil {
		p.before = b.objects
	}
	return p
}

// judged asks the judge about the candidates whose changes were proved, and returns
// those that it refuses, with the checks that they did not pass as their reason.
func (m *maker) judged(ctx context.Context, p proved, list []*candidate) []*candidate {
	if m.judge == nil {
		return nil
	}
	build := make([]map[string]any, 0, len(p.after))
	for _, k := range slices.SortedFunc(maps.Keys(p.after), compareKeys) {
		build = append(build, p.after[k])
	}
	var refused []*candidate
	for _, c := range list {
		checks, passed := m.judge(ctx, Proof{c.finding, p.rendered(c), build})
		m.checks[c.finding.ID] = checks
		if passed {
			continue
		}
		var reasons []string
		for _, check := range checks {
			if check.Verdict == recommend.Failed {
				reasons = append(reasons, check.Name+": "+check.Detail)
			}
		}
		if len(reasons) == 0 {
			for _, check := range checks {
				if check.Verdict == recommend.Undecided {
					reasons = append(reasons, check.Name+" can't be decided: "+check.Detail)
				}
			}
		}
		c.err = fmt.Errorf("it does not pass %s", strings.Join(reasons, "; "))
		refused = append(refused, c)
		m.refusals++
	}
	return refused
}

// rendered are c's objects before and after, in the order of its changes. A patch
// within what applies an object is shown on the object as far as it is known.
func (p proved) rendered(c *candidate) []Rendered {
	var out []Rendered
	var seen []key
	for _, i := range c.intents {
		if i.inline != nil {
			out = append(out, i.inline.shown)
			continue
		}
		if len(i.fulfils) > 0 {
			out = append(out, i.shown...)
			continue
		}
		if !slices.Contains(seen, i.key) {
			seen = append(seen, i.key)
			out = append(out, Rendered{p.before[i.key], p.after[i.key]})
		}
	}
	return out
}
