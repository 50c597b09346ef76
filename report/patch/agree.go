package patch

import (
	"fmt"
	"slices"
	"strings"
)

// agree drops the candidates whose change would reach a cluster that has no such
// finding: a folder that two Kustomizations build is changed only where the same
// change is proposed for each. Dropping one may strand another, so it repeats.
func (m *maker) agree(dir string, list []*candidate) {
	for changed := true; changed; {
		changed = false
		want := map[string]string{}   // field to value
		by := map[string][]*builder{} // field to those that want it
		for _, c := range list {
			if c.err != nil {
				continue
			}
			for _, i := range c.intents {
				f := i.field()
				if v, ok := want[f]; ok && !same(i.change.Path, v, i.after()) {
					want[f] = ""
					by[f] = append(by[f], nil)
					continue
				}
				want[f] = i.after()
				by[f] = append(by[f], i.owner)
			}
		}
		for _, c := range list {
			if c.err != nil {
				continue
			}
			for _, i := range c.intents {
				switch others := by[i.field()]; {
				case slices.Contains(others, nil):
					c.err = fmt.Errorf("%s is built for more than one cluster, whose findings want different values of %s", dir, i.change.Field())
				default:
					for _, b := range m.owners.dirs[dir] {
						if !slices.Contains(others, b) {
							c.err = fmt.Errorf("%s is also built by %s, for which %s is not proposed", dir, b, brief(i.after()))
						}
					}
				}
			}
			changed = changed || c.err != nil
		}
	}
}

// field names what an intent sets, in its folder.
func (i *intent) field() string {
	steps := append([]string{i.key.String()}, i.change.Path...)
	if i.inline != nil {
		steps = append(steps, text(i.inline.target))
		for _, c := range i.inline.changes {
			steps = append(steps, c.Field())
		}
	}
	return strings.Join(steps, "\x00")
}

// after is what it sets it to, as text.
func (i *intent) after() string {
	if i.inline != nil {
		return i.inline.text()
	}
	return i.change.After
}

// bundle parts the candidates into groups that share no field, in order.
func bundle(list []*candidate) [][]*candidate {
	var groups [][]*candidate
	home := map[string]int{}
	for _, c := range list {
		at := -1
		for _, i := range c.intents {
			if g, ok := home[i.field()]; ok {
				at = g
			}
		}
		if at < 0 {
			at = len(groups)
			groups = append(groups, nil)
		}
		groups[at] = append(groups[at], c)
		for _, i := range c.intents {
			home[i.field()] = at
		}
	}
	return groups
}
