package report

import (
	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/pricing/bill"
	"github.com/tuppence-dev/tuppence/pricing/budget"
	"github.com/tuppence-dev/tuppence/recommend"
)

// Input is what Build lays together.
type Input struct {
	Version    string // of tuppence
	Fleet      *collector.Fleet
	Ledger     *pricing.Ledger
	Findings   []recommend.Finding
	Allocation *pricing.Allocation // nil: not asked for
	Bill       *bill.Bill          // that the ledger was priced with; nil: none
	Budgets    []budget.Assessment
	// MinSaving, in pounds a month, hides proposed findings that save less; see
	// Report.Hidden. Zero hides none.
	MinSaving pricing.Money
	VAT       *VAT // for FOCUS, which has rows of tax; nil: none
	// Accounts are the billing accounts that FOCUS names; one that is missing is
	// "tuppence:" and the provider.
	Accounts map[collector.Provider]string
}

// Build computes the report of a fleet. It is a pure function of in and changes
// nothing of it; the report refers to in's fleet and ledger. What could not be read or priced has an unknown amount: a
// cluster that is missing from the ledger, one without nodes that has gaps, and
// a workload with pods on nodes without a price.
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
		Provenance:  provenance(fleet, ledger),
		Total:       nothing(),
		Clusters:    make([]ClusterReport, 0, len(fleet.Clusters)),
		Unused:      ledger.Unused(),
		Commitments: append([]pricing.CommitmentUse{}, ledger.Commitments...),
		GitOps:      append([]pricing.GitOpsCost{}, ledger.GitOps(fleet)...),
		Allocation:  in.Allocation,
		Bill:        billReport(in.Bill, ledger.Bill),
		Budgets:     append([]budget.Assessment{}, in.Budgets...),
		Gaps:        append([]collector.Gap{}, fleet.Gaps()...),
		Notes:       append([]collector.Gap{}, ledger.Warnings...),
	}
	r.Notes = append(r.Notes, focusUnpriced(r.Provenance.Unpriced)...)
	r.priced = &pricedFleet{fleet: fleet, ledger: ledger, vat: in.VAT, accounts: in.Accounts}
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
		if at, ok := index[f.Subject.Cluster]; ok {
			r.Clusters[at].Totals.propose(f)
		} else {
			r.Total.propose(f) // of no cluster here; its pounds are still the fleet's
		}
	}
	for i := range r.Clusters {
		r.Total.add(&r.Clusters[i].Totals)
	}
	r.Total.Bill = r.Total.Bill.Plus(r.Unused)
	r.Findings, r.Hidden = shown(in.Findings, in.MinSaving)
	return r
}

// billReport lays a bill and how it met the fleet together.
func billReport(b *bill.Bill, m *pricing.BillMatch) *Bill {
	if b == nil || m == nil {
		return nil
	}
	out := &Bill{Files: []BillFile{}, Window: b.Window, Match: *m, Services: []BillService{},
		Tax: b.Tax.Effective, Unused: b.Unused.Effective, Effective: b.Effective()}
	for _, f := range b.Files {
		out.Files = append(out.Files, BillFile(f))
	}
	for _, s := range b.Services {
		out.Services = append(out.Services, BillService(s))
	}
	if b.Rest.Rows > 0 {
		rest := BillService(b.Rest)
		rest.Name = "all other services"
		out.Services = append(out.Services, rest)
	}
	return out
}

// nothing is totals of £0, all known.
func nothing() Totals {
	zero := pricing.Known(pricing.Money{})
	return Totals{Bill: zero, Used: zero, Idle: zero, Overhead: zero, Saving: recommend.Saving{Allocated: zero, Realisable: zero}}
}

// clusterReport is the costs of c; its findings are not counted yet.
func clusterReport(c *collector.Cluster, l *pricing.ClusterLedger) ClusterReport {
	r := ClusterReport{
		Name: c.Name, Environment: c.Environment,
		Totals: Totals{Nodes: len(c.Nodes), Workloads: len(c.Workloads)}, // amounts unknown
		Rates:  []ChargeRate{}, Nodes: []NodeCost{}, Workloads: make([]WorkloadCost, len(c.Workloads)),
	}
	priced := l != nil && (len(c.Nodes) > 0 || len(c.Gaps) == 0)
	if priced {
		r.Rates, r.Nodes = rates(l), nodeCosts(l)
		r.Totals.Saving = nothing().Saving
		r.Totals.Bill = l.Bill()
		r.Totals.Used, r.Totals.Idle, r.Totals.Overhead = l.Total(pricing.Workload), l.Total(pricing.Idle), l.Total(pricing.Overhead)
	}
	for i := range c.Workloads {
		w := &c.Workloads[i]
		r.Workloads[i] = WorkloadCost{
			Kind: w.Kind, Namespace: w.Namespace, Name: w.Name,
			Origin: w.Origin.String(), Pods: w.Pods(),
		}
		if priced {
			r.Workloads[i].Cost = l.Cost(i)
		}
	}
	return r
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

// add adds the totals of a cluster.
func (t *Totals) add(c *Totals) {
	t.Nodes += c.Nodes
	t.Workloads += c.Workloads
	t.Bill = t.Bill.Plus(c.Bill)
	t.Used = t.Used.Plus(c.Used)
	t.Idle = t.Idle.Plus(c.Idle)
	t.Overhead = t.Overhead.Plus(c.Overhead)
	t.Findings += c.Findings
	t.Saving.Allocated = t.Saving.Allocated.Plus(c.Saving.Allocated)
	t.Saving.Realisable = t.Saving.Realisable.Plus(c.Saving.Realisable)
}
