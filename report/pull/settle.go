package pull

import (
	"slices"
	"strings"
)

// moves is how often the items may move to other owners altogether; from then on they
// only gain some. So Settle ends, whatever the plans say.
const moves = 3

// Settle groups the items until each is in the request of those who own what that
// request changes for it. What that is depends on what else is in the request: where
// clusters no longer agree on a base, their own folders change, which others own.
//
// group is Waves over the items as they stand; plan returns a group's items with the
// owner and the wave that the group's own plan gives them, and may leave out those that
// it has no place for. Neither may depend on anything but what it is given, and an owner
// comes from a set that has an end. The error is plan's.
func Settle(items []Item, group func([]Item) ([]Group, []Held), plan func(Group) ([]Item, error)) ([]Group, []Held, error) {
	items = slices.Clone(items)
	at := make(map[string]int, len(items))
	for i := range items {
		at[items[i].Finding] = i
	}
	for round := 0; ; round++ {
		groups, held := group(items)
		moved := false
		for _, g := range groups {
			planned, err := plan(g)
			if err != nil {
				return nil, nil, err
			}
			for _, p := range planned {
				i := &items[at[p.Finding]]
				if round >= moves {
					p.Owner, p.Wave = owners(i.Owner, p.Owner), max(i.Wave, p.Wave)
				}
				moved = moved || i.Owner != p.Owner || i.Wave != p.Wave
				i.Owner, i.Wave = p.Owner, p.Wave
			}
		}
		if !moved {
			return groups, held, nil
		}
	}
}

// owners are those of both, as Owners.Of has them.
func owners(a, b string) string {
	all := slices.Concat(strings.Fields(a), strings.Fields(b))
	slices.Sort(all)
	all = slices.Compact(all)
	if len(all) > 1 {
		all = slices.DeleteFunc(all, func(o string) bool { return o == Fleet })
	}
	return strings.Join(all, " ")
}
