package report

import (
	"cmp"
	"maps"
	"slices"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
)

// provenance says where the figures of the fleet came from.
func provenance(f *collector.Fleet, l *pricing.Ledger) Provenance {
	p := Provenance{Prices: []PriceSource{}, FX: []pricing.FXRate{}, Policy: l.Policy, Usage: usageSources(f)}
	for _, fx := range l.FX {
		if fx.Currency != "GBP" { // pounds need no rate
			p.FX = append(p.FX, fx)
		}
	}
	charges := map[PriceSource]int{}
	for i := range l.Clusters {
		for j := range l.Clusters[i].Charges {
			c := &l.Clusters[i].Charges[j]
			if !c.Cost.Known {
				p.Unpriced++
			}
			if c.Rate == nil {
				continue
			}
			price := &c.Rate.Price
			charges[PriceSource{Kind: c.Key.Kind, Source: price.Source, AsOf: price.AsOf, Currency: price.Currency, Estimate: price.Estimate}]++
		}
	}
	for s, n := range charges {
		s.Charges = n
		p.Prices = append(p.Prices, s)
	}
	slices.SortFunc(p.Prices, func(a, b PriceSource) int {
		return cmp.Or(pricing.Key{Kind: a.Kind}.Compare(pricing.Key{Kind: b.Kind}), cmp.Compare(a.Source, b.Source), cmp.Compare(a.AsOf, b.AsOf), cmp.Compare(a.Currency, b.Currency), compareBools(a.Estimate, b.Estimate))
	})
	return p
}

func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	default:
		return 1
	}
}

// usageSources are the names of what gave any container its usage.
func usageSources(f *collector.Fleet) []string {
	names := map[string]bool{}
	for i := range f.Clusters {
		for j := range f.Clusters[i].Workloads {
			for k := range f.Clusters[i].Workloads[j].Containers {
				if s := f.Clusters[i].Workloads[j].Containers[k].Usage.Source; s != "" {
					names[s] = true
				}
			}
		}
	}
	return append([]string{}, slices.Sorted(maps.Keys(names))...)
}

// rates adds up a cluster's charges by what is asked for them.
func rates(l *pricing.ClusterLedger) []ChargeRate {
	type kind struct {
		key                        pricing.Key
		terms, reason, unit, price string
	}
	at := map[kind]int{}
	all := []ChargeRate{}
	for i := range l.Charges {
		c := &l.Charges[i]
		k := kind{key: c.Key, terms: c.Terms, reason: c.Reason, unit: c.Units.Effective.Money.Decimal.String()}
		if c.Rate != nil {
			k.price = c.Rate.Price.Source + c.Rate.Price.AsOf + c.Rate.PerUnit.Decimal.String()
		}
		where, ok := at[k]
		if !ok {
			where = len(all)
			at[k] = where
			zero := pricing.Known(pricing.Money{})
			all = append(all, ChargeRate{
				Kind: c.Key.Kind, Provider: c.Key.Provider, Region: c.Key.Region, Type: c.Key.Type, CapacityType: c.Key.CapacityType,
				Unit: c.Key.Kind.Unit(), Rate: c.Rate, Terms: c.Terms, Reason: c.Reason, PerUnit: c.Units.Effective, List: zero, Cost: zero,
			})
		}
		r := &all[where]
		r.Count++
		r.Quantity, r.Window = r.Quantity.Add(c.Quantity), r.Window.Add(c.Window)
		r.List, r.Cost = r.List.Plus(c.List), r.Cost.Plus(c.Cost)
	}
	slices.SortStableFunc(all, func(a, b ChargeRate) int {
		return cmp.Or(a.key().Compare(b.key()), cmp.Compare(a.Terms, b.Terms))
	})
	return all
}

// nodeCosts is how each node's cost falls.
func nodeCosts(l *pricing.ClusterLedger) []NodeCost {
	nodes, at := []NodeCost{}, map[int]int{}
	zero := pricing.Known(pricing.Money{})
	for i := range l.Charges {
		if c := &l.Charges[i]; c.Key.Kind == pricing.Machine {
			at[i] = len(nodes)
			nodes = append(nodes, NodeCost{Name: c.Name, Hours: c.Window, Cost: c.Cost, Allocated: zero, Idle: zero, Overhead: zero})
		}
	}
	for i := range l.Lines {
		line := &l.Lines[i]
		n, ok := at[line.Charge]
		if !ok {
			continue
		}
		part := &nodes[n].Allocated
		switch line.Class {
		case pricing.Idle:
			part = &nodes[n].Idle
		case pricing.Overhead:
			part = &nodes[n].Overhead
		case pricing.Workload:
		}
		*part = part.Plus(line.Cost)
	}
	return nodes
}
