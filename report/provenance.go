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
	nodes := map[PriceSource]int{}
	for i := range l.Clusters {
		for j := range l.Clusters[i].Nodes {
			rate := l.Clusters[i].Nodes[j].Rate
			if rate == nil {
				p.Unpriced++
				continue
			}
			price := &rate.Price
			nodes[PriceSource{Source: price.Source, AsOf: price.AsOf, Currency: price.Currency, Estimate: price.Estimate}]++
		}
	}
	for s, n := range nodes {
		s.Nodes = n
		p.Prices = append(p.Prices, s)
	}
	slices.SortFunc(p.Prices, func(a, b PriceSource) int {
		return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.AsOf, b.AsOf), cmp.Compare(a.Currency, b.Currency), compareBools(a.Estimate, b.Estimate))
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

// rates counts the nodes of a cluster by what is asked for them.
func rates(l *pricing.ClusterLedger) []NodeRate {
	type kind struct {
		key                        pricing.Key
		reason, source, asOf, hour string
	}
	at := map[kind]int{}
	all := []NodeRate{}
	for i := range l.Nodes {
		n := &l.Nodes[i]
		k := kind{key: n.Key, reason: n.Reason}
		if n.Rate != nil {
			k.source, k.asOf, k.hour = n.Rate.Price.Source, n.Rate.Price.AsOf, n.Rate.PerUnit.Decimal.String()
		}
		where, ok := at[k]
		if !ok {
			where = len(all)
			at[k] = where
			all = append(all, NodeRate{
				Provider: n.Key.Provider, Region: n.Key.Region, InstanceType: n.Key.Type,
				CapacityType: n.Key.CapacityType, Rate: n.Rate, Reason: n.Reason,
			})
		}
		all[where].Nodes++
	}
	slices.SortStableFunc(all, func(a, b NodeRate) int {
		return cmp.Or(cmp.Compare(a.Provider, b.Provider), cmp.Compare(a.Region, b.Region),
			cmp.Compare(a.InstanceType, b.InstanceType), cmp.Compare(a.CapacityType, b.CapacityType))
	})
	return all
}
