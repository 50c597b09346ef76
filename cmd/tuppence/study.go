package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/pricing/bill"
	"github.com/tuppence-dev/tuppence/pricing/budget"
	"github.com/tuppence-dev/tuppence/recommend"
	"github.com/tuppence-dev/tuppence/report"
)

// study is how a fleet is looked at: what analyse, patch and explain share once
// it has been read.
type study struct {
	*config
	terms        pricing.Terms
	recommenders []recommend.Recommender
	minSaving    pricing.Money
	groupBy      pricing.Dimension // empty: no grouping
	past         budget.History
	salt         []byte // of pseudonyms; nil: names are shown
	vat          *report.VAT
	findings     []recommend.Finding // all that of found, those under minSaving too
}

// of prices f, asks the recommenders and lays the report out; where names are to
// be hidden, they are in f from then on. It returns the history of costs with the
// window's days added, too.
func (s *study) of(ctx context.Context, f *collector.Fleet) (*report.Report, budget.History, error) {
	ledger, charged, err := s.ledger(ctx, f)
	if err != nil {
		return nil, s.past, err
	}
	findings, err := recommend.Run(f, ledger, s.terms.Prices, s.recommenders)
	if err != nil {
		return nil, s.past, err
	}
	s.findings = findings
	as := calledIn(f, s.salt)
	budgets, history, err := s.assess(f, ledger, s.past, as)
	if err != nil {
		return nil, s.past, err
	}
	in := report.Input{
		Version: version(), Fleet: f, Ledger: ledger, Findings: findings, MinSaving: s.minSaving, Bill: charged, Budgets: budgets,
		VAT: s.vat, Accounts: s.Pricing.Accounts,
	}
	if s.groupBy != "" {
		sharing := s.Pricing.sharing()
		sharing.SharedNamespaces = slices.Clone(sharing.SharedNamespaces) // the configuration's own keep their names
		for i, namespace := range sharing.SharedNamespaces {
			sharing.SharedNamespaces[i] = as.name(namespace)
		}
		in.Allocation = ledger.Allocate(f, s.groupBy, sharing)
		ledger.Warnings = append(ledger.Warnings, sharesNothing(f, sharing.SharedNamespaces)...)
	}
	return report.Build(in), history, nil
}

// ledger hides the names of f where they are to be hidden, and prices it: by the
// bill too, where there is one.
func (s *study) ledger(ctx context.Context, f *collector.Fleet) (*pricing.Ledger, *bill.Bill, error) {
	terms := s.terms
	charged, err := s.Pricing.bill(ctx, f, terms.FX)
	if err != nil {
		return nil, nil, err
	}
	if charged != nil {
		terms.Bill = charged
		if s.salt != nil {
			terms.Bill = hideBill(charged, f, s.salt)
		}
	}
	if err := hide(f, s.salt); err != nil {
		return nil, nil, err
	}
	ledger, err := pricing.Price(f, terms)
	if err != nil {
		return nil, nil, err
	}
	if charged != nil {
		ledger.Warnings = append(ledger.Warnings, charged.Warnings...)
	}
	return ledger, charged, nil
}

// sharesNothing notes the shared namespaces, as f has their names, that no workload
// is in: a misspelt one would be without effect. It is named by its place in the
// configuration, as names may be hidden.
func sharesNothing(f *collector.Fleet, namespaces []string) []collector.Gap {
	there := map[string]bool{}
	for i := range f.Clusters {
		for j := range f.Clusters[i].Workloads {
			there[f.Clusters[i].Workloads[j].Namespace] = true
		}
	}
	var notes []collector.Gap
	for i, namespace := range namespaces {
		if !there[namespace] {
			notes = append(notes, collector.Gap{Cluster: pricing.AllClusters, Source: "configuration",
				Reason: fmt.Sprintf("pricing.sharing.sharedNamespaces[%d]: no workload is in that namespace, so nothing of it is shared", i)})
		}
	}
	return notes
}
