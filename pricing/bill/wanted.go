package bill

import (
	"maps"
	"slices"
	"strings"

	"github.com/tuppence-dev/tuppence/pricing"
)

// wanted is what the caller asked for: each resource, and each scale set of
// which it asked for a machine, by canonical id.
type wanted struct {
	byID    map[string]*charges
	entries []*charges // what was asked for, in order of id
	sets    []*charges // in order of id
	groups  map[string]*group
	double  []string // ids of one resource, after the first
	split   many     // scale sets with machines of another group than their own
}

// charges add up the rows of one wanted id or scale set.
type charges struct {
	id      string
	group   *group
	members []string // of a scale set
	set     *charges // that the machine belongs to
	costs   Costs
	rows    int
	cover   cover
	pricing [len(pricings)]bool
}

// pricings are the values of PricingCategory, in order.
var pricings = [...]string{"Standard", "Dynamic", "Committed", "Other"}

// newWanted indexes want. Where two ids mean one resource, the first in order has
// its rows.
func newWanted(want map[string]string) *wanted {
	w := &wanted{byID: map[string]*charges{}, groups: map[string]*group{}}
	for _, id := range slices.Sorted(maps.Keys(want)) {
		c := &charges{id: id, group: w.group(want[id]), costs: noCosts()}
		switch canonical := Canonical(id); {
		case canonical == "": // no row has it
			w.entries = append(w.entries, c)
		case w.byID[canonical] != nil:
			w.double = append(w.double, id)
		default:
			w.byID[canonical] = c
			w.entries = append(w.entries, c)
		}
	}
	// Sets after all ids, so that one that was itself asked for is a resource.
	for _, c := range w.entries {
		w.join(c, scaleSetOf(Canonical(c.id)))
	}
	slices.SortFunc(w.sets, func(a, b *charges) int { return strings.Compare(a.id, b.id) })
	return w
}

func (w *wanted) group(name string) *group {
	g := w.groups[name]
	if g == nil {
		g = &group{name: name, sum: pricing.Known(pricing.Money{}), days: map[int64]pricing.Amount{}}
		w.groups[name] = g
	}
	return g
}

// join makes machine a member of the scale set with id, which it makes where it
// was not itself asked for. A set is one cluster's, so that its group is that of
// its first member.
func (w *wanted) join(machine *charges, id string) {
	if id == "" {
		return
	}
	set := w.byID[id]
	if set == nil {
		set = &charges{id: id, group: machine.group, costs: noCosts()}
		w.byID[id] = set
		w.sets = append(w.sets, set)
	}
	if set.group != machine.group {
		w.split.add(id)
	}
	set.members = append(set.members, machine.id)
	machine.set = set
}

// of finds what r's resource was asked for as, nil where it was not.
func (w *wanted) of(r *row) *charges {
	id := Canonical(r.text(resourceID))
	if id == "" {
		return nil
	}
	if c := w.byID[id]; c != nil {
		return c
	}
	return w.byID[named(id, r)]
}

func (c *charges) notePricing(name string) {
	if name == "" {
		return
	}
	i := slices.Index(pricings[:], name)
	if i < 0 {
		i = len(pricings) - 1
	}
	c.pricing[i] = true
}

func (c *charges) settle() Charges {
	out := Charges{Costs: c.costs, Rows: c.rows, Covered: c.cover.total()}
	for i, seen := range c.pricing {
		if seen {
			out.Pricing = append(out.Pricing, pricings[i])
		}
	}
	return out
}

// billed reports that some row names the resource, or the set that it is in.
func (c *charges) billed() bool { return c.rows > 0 || c.set != nil && c.set.rows > 0 }
