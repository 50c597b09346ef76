package report

import (
	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/recommend"
)

// Input is what Build lays together.
type Input struct {
	Version  string // of tuppence
	Fleet    *collector.Fleet
	Ledger   *pricing.Ledger
	Findings []recommend.Finding
	// MinSaving, in pounds a month, hides proposed findings that save less; see
	// Report.Hidden. Zero hides none.
	MinSaving pricing.Money
}

// Build computes the report of a fleet. It is a pure function of in and changes
// nothing of it. What could not be read or priced has an unknown amount: a
// cluster that is missing from the ledger, one without nodes that has gaps, and
// a workload whose pods run on nodes that no line speaks of.
func Build(in Input) *Report {
	fleet, ledger := in.Fleet, in.Ledger
	if fleet == nil {
		fleet = &collector.Fleet{}
	}
	if ledger == nil {
		ledger = &pricing.Ledger{}
	}
	r := &Report{
		Schema: SchemaVersion, Version: in.Version, Window: fleet.Window, MinSaving: in.MinSaving,
		Provenance: provenance(fleet, ledger),
		Total:      Totals{Saving: noSaving()},
		Clusters:   make([]ClusterReport, 0, len(fleet.Clusters)),
		Gaps:       append([]collector.Gap{}, fleet.Gaps()...),
		Notes:      append([]collector.Gap{}, ledger.Warnings...),
	}
	costs := make(map[string]*pricing.ClusterLedger, len(ledger.Clusters))
	for i := range ledger.Clusters {
		costs[ledger.Clusters[i].Cluster] = &ledger.Clusters[i]
	}
	index := make(map[string]int, len(fleet.Clusters))
	for i := range fleet.Clusters {
		c := &fleet.Clusters[i]
		index[c.Name] = i
		r.Clusters = append(r.Clusters, clusterReport(c, costs[c.Name]))
	}
	for i := range in.Findings {
		f := &in.Findings[i]
		r.Total.propose(f)
		if at, ok := index[f.Subject.Cluster]; ok {
			r.Clusters[at].Totals.propose(f)
		}
	}
	r.Total.Bill, r.Total.Used = pricing.Known(pricing.Money{}), pricing.Known(pricing.Money{})
	r.Total.Idle, r.Total.Overhead = pricing.Known(pricing.Money{}), pricing.Known(pricing.Money{})
	for i := range r.Clusters {
		r.Total.addCosts(&r.Clusters[i].Totals)
	}
	r.Findings, r.Hidden = shown(in.Findings, in.MinSaving)
	return r
}

func noSaving() recommend.Saving {
	return recommend.Saving{Allocated: pricing.Known(pricing.Money{}), Realisable: pricing.Known(pricing.Money{})}
}

// clusterReport is the costs of c; its findings are not counted yet.
func clusterReport(c *collector.Cluster, l *pricing.ClusterLedger) ClusterReport {
	r := ClusterReport{
		Name: c.Name, Environment: c.Environment,
		Totals: Totals{Nodes: len(c.Nodes), Workloads: len(c.Workloads), Saving: noSaving()},
		Rates:  []NodeRate{}, Workloads: make([]WorkloadCost, len(c.Workloads)),
	}
	seen := make([]bool, len(c.Workloads))
	costs := make([]pricing.Amount, len(c.Workloads))
	if l != nil && (len(c.Nodes) > 0 || len(c.Gaps) == 0) {
		r.Rates = rates(l)
		r.Totals.Bill = l.Bill()
		r.Totals.Used, r.Totals.Idle, r.Totals.Overhead = l.Total(pricing.Workload), l.Total(pricing.Idle), l.Total(pricing.Overhead)
		for i := range l.Lines {
			line := &l.Lines[i]
			if line.Class != pricing.Workload || line.Workload < 0 || line.Workload >= len(costs) {
				continue
			}
			if at := line.Workload; seen[at] {
				costs[at] = costs[at].Plus(line.Cost)
			} else {
				costs[at], seen[at] = line.Cost, true
			}
		}
	}
	for i := range c.Workloads {
		w := &c.Workloads[i]
		if !seen[i] && l != nil && !placed(w) {
			costs[i] = pricing.Known(pricing.Money{}) // nothing of it runs, so it costs nothing
		}
		r.Workloads[i] = WorkloadCost{
			Kind: w.Kind, Namespace: w.Namespace, Name: w.Name,
			Origin: w.Origin.String(), Pods: w.Pods(), Cost: costs[i],
		}
	}
	return r
}

// placed reports whether a pod of w runs on a node.
func placed(w *collector.Workload) bool {
	for _, p := range w.Placements {
		if p.Node != "" && p.Pods > 0 {
			return true
		}
	}
	return false
}

// propose counts f where it is proposed. A finding about something that is no
// workload (an interval) has no part in the ledger, so that it has no known
// saving leaves the sum known.
func (t *Totals) propose(f *recommend.Finding) {
	if f.Status != recommend.Proposed {
		return
	}
	t.Findings++
	if !onWorkload(f) && !f.Saving.Allocated.Known {
		return
	}
	t.Saving.Allocated = t.Saving.Allocated.Plus(f.Saving.Allocated)
	t.Saving.Realisable = t.Saving.Realisable.Plus(f.Saving.Realisable)
}

// addCosts adds the counts and costs of a cluster; savings are counted by propose.
func (t *Totals) addCosts(c *Totals) {
	t.Nodes += c.Nodes
	t.Workloads += c.Workloads
	t.Bill = t.Bill.Plus(c.Bill)
	t.Used = t.Used.Plus(c.Used)
	t.Idle = t.Idle.Plus(c.Idle)
	t.Overhead = t.Overhead.Plus(c.Overhead)
}
