package bill

import (
	"cmp"
	"maps"
	"slices"

	"github.com/tuppence-dev/tuppence/pricing"
)

// shownServices is how many services the bill lists one by one.
const shownServices = 500

// settle lays out what was added up, in order.
func (t *tally) settle() *Bill {
	b := &Bill{Double: t.wanted.double, Tax: t.tax, Unused: t.unused, Outside: t.outside, Bad: t.bad.n, FX: t.rates.used()}
	b.Services, b.Rest = t.ranked()
	for _, c := range t.wanted.entries {
		if c.rows > 0 {
			b.Resources = append(b.Resources, Resource{ID: c.id, Group: c.group.name, Charges: c.settle()})
		}
		if !c.billed() {
			b.Missing = append(b.Missing, c.id)
		}
	}
	for _, c := range t.wanted.sets {
		if c.rows > 0 {
			b.ScaleSets = append(b.ScaleSets, ScaleSet{ID: c.id, Group: c.group.name, Members: c.members, Charges: c.settle()})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(t.wanted.groups)) {
		b.Groups = append(b.Groups, t.wanted.groups[name].settle())
	}
	b.Warnings = t.warnings(b.Missing)
	return b
}

// ranked lists the dearest services, and the rest as one.
func (t *tally) ranked() ([]Service, Service) {
	var list []Service
	for k, s := range t.services {
		list = append(list, Service{k.provider, k.name, s.rows, s.sum})
	}
	slices.SortFunc(list, func(a, b Service) int {
		return cmp.Or(b.Effective.Money.Cmp(a.Effective.Money.Decimal), cmp.Compare(a.Provider, b.Provider), cmp.Compare(a.Name, b.Name))
	})
	rest := Service{Effective: pricing.Known(pricing.Money{})}
	if len(list) <= shownServices {
		return list, rest
	}
	for _, s := range list[shownServices:] {
		rest.Rows += s.Rows
		rest.Effective = rest.Effective.Plus(s.Effective)
	}
	return list[:shownServices:shownServices], rest
}
