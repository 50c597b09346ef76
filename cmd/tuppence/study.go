package main

import (
	"context"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
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
}

// of prices f, asks the recommenders and lays the report out. It returns the
// history of costs with the window's days added, too.
func (s *study) of(ctx context.Context, f *collector.Fleet) (*report.Report, budget.History, error) {
	terms := s.terms
	charged, err := s.Pricing.bill(ctx, f, terms.FX)
	if err != nil {
		return nil, s.past, err
	}
	if charged != nil {
		terms.Bill = charged
	}
	ledger, err := pricing.Price(f, terms)
	if err != nil {
		return nil, s.past, err
	}
	if charged != nil {
		ledger.Warnings = append(ledger.Warnings, charged.Warnings...)
	}
	findings, err := recommend.Run(f, ledger, terms.Prices, s.recommenders)
	if err != nil {
		return nil, s.past, err
	}
	budgets, history, err := s.assess(f, ledger, s.past, func(name string) string { return name })
	if err != nil {
		return nil, s.past, err
	}
	in := report.Input{
		Version: version(), Fleet: f, Ledger: ledger, Findings: findings, MinSaving: s.minSaving, Bill: charged, Budgets: budgets,
	}
	if s.groupBy != "" {
		in.Allocation = ledger.Allocate(f, s.groupBy, s.Pricing.sharing())
	}
	return report.Build(in), history, nil
}
