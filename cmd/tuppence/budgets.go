package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/pricing/budget"
)

// budgetConfig is what may be spent in a financial year on a part of the fleet.
// A cluster's or an environment's budget has its whole bill, one of a namespace,
// a team or labels those workloads' own costs.
type budgetConfig struct {
	Name        string            `json:"name"`
	Amount      amount            `json:"amount"` // pounds a financial year
	Cluster     string            `json:"cluster,omitempty"`
	Environment string            `json:"environment,omitempty"`
	Namespace   string            `json:"namespace,omitempty"`
	Team        string            `json:"team,omitempty"`
	Labels      map[string]string `json:"labels,omitempty"`
}

// yearStart is when a financial year starts: 1 April, written 04-01, where empty.
type yearStart string

func (y yearStart) year() (budget.Year, error) {
	if y == "" {
		return budget.FromApril, nil
	}
	at, err := time.Parse("01-02", string(y))
	out := budget.Year{StartMonth: at.Month(), StartDay: at.Day()}
	if err == nil {
		err = out.Valid()
	}
	if err != nil {
		return out, usagef("financialYear %q: it must be a month and a day such as 04-01", string(y))
	}
	return out, nil
}

// checkBudgets refuses what could not be assessed, before anything is read.
func (c *config) checkBudgets() error {
	if _, err := c.FinancialYear.year(); err != nil {
		return err
	}
	names := map[string]bool{}
	for i := range c.Budgets {
		b := &c.Budgets[i]
		if b.Name == "" || names[b.Name] {
			return usagef("budgets[%d]: %q: give each budget a name of its own", i, b.Name)
		}
		names[b.Name] = true
		if most, err := b.Amount.pounds("budgets[" + b.Name + "].amount"); err != nil || !most.IsPositive() {
			return cmp.Or(err, usagef("budgets[%s].amount: it must be more than zero", b.Name))
		}
		for key := range b.labels(c.Pricing.TeamLabel) {
			if !slices.Contains(c.Labels, key) {
				return usagef("budgets[%s] is about the label %q: name it in labels, the list of those that may be read", b.Name, key)
			}
		}
	}
	return nil
}

// labels are those that the budget selects by, its team's included.
func (b *budgetConfig) labels(teamLabel string) map[string]string {
	all := map[string]string{}
	maps.Copy(all, b.Labels)
	if b.Team != "" {
		all[cmp.Or(teamLabel, defaultTeamLabel)] = b.Team
	}
	return all
}

// selection is what the budget is about, with the names that the fleet has.
func (b *budgetConfig) selection(teamLabel string, as called) pricing.Selection {
	s := pricing.Selection{Cluster: b.Cluster, Environment: b.Environment}
	if b.Namespace != "" {
		s.Namespace = as.name(b.Namespace)
	}
	for k, v := range b.labels(teamLabel) {
		s.Labels = append(s.Labels, collector.Label{Key: k, Value: as.label(v)})
	}
	slices.SortFunc(s.Labels, func(x, y collector.Label) int { return strings.Compare(x.Key, y.Key) })
	return s
}

// assess says how the budgets stand, by the window's days and those that the
// history has from before, and returns the history with the new days added.
func (c *config) assess(f *collector.Fleet, l *pricing.Ledger, past budget.History, as called) ([]budget.Assessment, budget.History, error) {
	year, err := c.FinancialYear.year()
	if err != nil {
		return nil, past, err
	}
	today := collector.DayOf(f.Window.End)
	var fresh []budget.Record
	for i := range c.Budgets {
		b := &c.Budgets[i]
		for _, d := range l.Days(f, b.selection(c.Pricing.TeamLabel, as)) {
			fresh = append(fresh, budget.Record{Day: d.Day, Budget: b.Name, Cost: d.Cost, Source: "priced from the window"})
		}
	}
	all, err := past.Merge(fresh)
	if err != nil {
		return nil, past, fmt.Errorf("adding the window's days to the history of costs: %w", err)
	}
	var out []budget.Assessment
	for i := range c.Budgets {
		most, err := c.Budgets[i].Amount.pounds("budgets.amount")
		if err != nil {
			return nil, past, err
		}
		a, err := budget.Assess(budget.Budget{Name: c.Budgets[i].Name, Amount: most}, all.Days(c.Budgets[i].Name), today, year)
		if err != nil {
			return nil, past, err
		}
		out = append(out, a)
	}
	return out, all, nil
}

// readHistory reads the daily costs that earlier runs have kept; none where there
// is no file yet.
func readHistory(path string) (budget.History, error) {
	if path == "" {
		return budget.History{}, nil
	}
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return budget.History{}, nil
	}
	if err != nil {
		return budget.History{}, fmt.Errorf("reading the history of costs: %w", err)
	}
	defer func() { _ = file.Close() }()
	h, err := budget.Read(file)
	if err != nil {
		return h, fmt.Errorf("%s: %w", path, err)
	}
	return h, nil
}

func writeHistory(path string, h budget.History) error {
	var b bytes.Buffer
	if err := h.Write(&b); err != nil {
		return err
	}
	return writeWhole("the history of costs", path, b.Bytes())
}
