package gate

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
)

// intendedFields compares the two builds in full, without the prover's help:
// what differs must be a field of the finding, and have its value.
func intendedFields(c *Case) recommend.Check {
	if len(c.Objects) == 0 {
		return undecided("Git's builds before and after the change are not at hand")
	}
	var wrong faults
	for i, r := range c.Objects {
		if (r.Before == nil) != (r.After == nil) {
			verb := map[bool]string{true: "made", false: "removed"}[r.Before == nil]
			wrong.add("%s would be %s", r.key(), verb)
			continue
		}
		mine := c.changesOf(i)
		for _, f := range differences(nil, any(r.Before), any(r.After), nil) {
			if !intended(f, mine) {
				wrong.add("%s of %s %s", f, r.key(), f.from())
			}
		}
	}
	if len(wrong) > 0 {
		return fail("beside the finding's fields: %s", wrong)
	}
	return pass("")
}

// changesOf are the finding's changes of the object at index i. Those of an
// object that isn't among them are of the one with the pods: the finding names a
// Rollout, and Git the Deployment that it borrows its template from.
func (c *Case) changesOf(i int) []recommend.Change {
	k := c.Objects[i].key()
	var own []recommend.Change
	for _, change := range c.Finding.Changes {
		target := keyOfObject(change.Object)
		if _, ok := c.find(target); !ok && c.Workload != nil {
			if r, ok := c.pods(); ok {
				target = r.key()
			}
		}
		if target.is(k) {
			own = append(own, placed(c.Objects[i], change))
		}
	}
	return own
}

// placed is a change with each step of its path that leads into a list as differences
// names it: by name where the list's elements have names of their own, else by place.
// Of a flag it has the whole word that stands there.
func placed(r Rendered, c recommend.Change) recommend.Change {
	out := make([]string, 0, len(c.Path))
	var here any = r.After
	for _, s := range c.Path {
		switch v := here.(type) {
		case map[string]any:
			here = v[s]
		case []any:
			i, before := elementOf(v, s)
			c.After = before + c.After
			if here = item(v, i); here != nil {
				if s = fmt.Sprintf("[%d]", i); named(v) != nil {
					s = "[name=" + nameOf(here) + "]"
				}
			}
		default:
			here = nil
		}
		out = append(out, s)
	}
	c.Path = out
	return c
}

// elementOf is the place in a list that a step leads to, -1 for none: by number, by a
// field, or of the word with the value of a flag, and what stands before it there.
func elementOf(list []any, step string) (at int, before string) {
	if i, err := strconv.Atoi(step); err == nil {
		return i, ""
	}
	inner := strings.Trim(step, "[]")
	if !recommend.IsFlag(step) {
		field, value, _ := strings.Cut(inner, "=")
		return slices.IndexFunc(list, func(e any) bool {
			m, _ := e.(map[string]any)
			return text(m[field]) == value
		}), ""
	}
	words := make([]string, len(list))
	for i := range list {
		words[i] = text(list[i])
	}
	at, before, _ = collector.FlagIn(words, inner)
	return at, before
}

// intended reports whether one of the changes asks for f: by its path and value,
// as the name of a list's element that it adds, or as a map that it fills or
// leaves empty.
func intended(f field, changes []recommend.Change) bool {
	for _, c := range changes {
		switch {
		case slices.Equal(f.path, c.Path):
			if plain(f.after) && same(c.Path, text(f.after), c.After) {
				return true
			}
		case len(f.path) < len(c.Path) && slices.Equal(f.path, c.Path[:len(f.path)]):
			if hollow(f.before) && hollow(f.after) {
				return true
			}
		}
		if n := len(f.path) - 1; n > 0 && n < len(c.Path) && f.path[n] == "name" && slices.Equal(f.path[:n], c.Path[:n]) {
			if f.before == nil && c.Path[n-1] == "[name="+text(f.after)+"]" {
				return true
			}
		}
	}
	return false
}

// hollow reports whether nothing is in v.
func hollow(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case map[string]any:
		return len(v) == 0
	case []any:
		return len(v) == 0
	}
	return false
}

// from is how f changes as a check says it. Outside of resources a value may be a
// secret, so it isn't told.
func (f field) from() string {
	_, wasList := f.before.([]any)
	_, isList := f.after.([]any)
	switch {
	case wasList && isList:
		return "comes at another place"
	case slices.Contains(f.path, "resources") && plain(f.before) && plain(f.after):
	case f.before == nil:
		return "is new"
	case f.after == nil:
		return "is gone"
	default:
		return "is another"
	}
	return fmt.Sprintf("goes from %s to %s", cmp.Or(brief(text(f.before)), "nothing"), cmp.Or(brief(text(f.after)), "nothing"))
}
