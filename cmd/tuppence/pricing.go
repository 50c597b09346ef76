package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/pricing/bill"
	"github.com/tuppence-dev/tuppence/pricing/boe"
	"github.com/tuppence-dev/tuppence/pricing/book"
	"github.com/tuppence-dev/tuppence/pricing/fixed"
	"github.com/tuppence-dev/tuppence/pricing/hmrc"
	"github.com/tuppence-dev/tuppence/report"
)

// pricingConfig is how the fleet is priced.
type pricingConfig struct {
	Book        string             `json:"book,omitempty"` // a local price book, laid over the bundled one
	Exchange    exchangeConfig     `json:"exchange,omitzero"`
	Split       splitConfig        `json:"split,omitzero"`
	Sharing     sharingConfig      `json:"sharing,omitzero"`
	TeamLabel   string             `json:"teamLabel,omitempty"` // the label that --group-by team and budgets' team read; team where empty
	Discounts   []discountConfig   `json:"discounts,omitempty"`
	Commitments []commitmentConfig `json:"commitments,omitempty"`
	Bill        []string           `json:"bill,omitempty"` // FOCUS exports
	VAT         *vatConfig         `json:"vat,omitempty"`  // for FOCUS
	// Accounts are the billing accounts that FOCUS names, by provider.
	Accounts map[collector.Provider]string `json:"accounts,omitempty"`
}

// exchangeConfig chooses the source of exchange rates: hmrc (default), boe or
// fixed.
type exchangeConfig struct {
	Source string          `json:"source,omitempty"`
	Table  string          `json:"table,omitempty"` // of hmrc or boe, as prices update keeps it
	Fixed  *fixed.Settings `json:"fixed,omitempty"`
}

// splitConfig is a named policy, or weights of one's own.
type splitConfig struct {
	Policy string `json:"policy,omitempty"`
	CPU    int64  `json:"cpu,omitempty"`
	Memory int64  `json:"memory,omitempty"`
	GPU    int64  `json:"gpu,omitempty"` // ten times the core's where it is left out
}

type sharingConfig struct {
	Idle             pricing.Spread `json:"idle,omitempty"`
	Overhead         pricing.Spread `json:"overhead,omitempty"`
	Shared           pricing.Spread `json:"shared,omitempty"`
	SharedNamespaces []string       `json:"sharedNamespaces,omitempty"`
}

// scopeConfig is which charges an agreement is about; from and until are days,
// the second no longer in it.
type scopeConfig struct {
	Provider collector.Provider `json:"provider,omitempty"`
	Region   string             `json:"region,omitempty"`
	Type     string             `json:"type,omitempty"`
	From     string             `json:"from,omitempty"`
	Until    string             `json:"until,omitempty"`
}

type discountConfig struct {
	Name string `json:"name,omitempty"`
	scopeConfig
	Kind         pricing.Kind           `json:"kind,omitempty"`
	CapacityType collector.CapacityType `json:"capacityType,omitempty"`
	PercentOff   amount                 `json:"percentOff"`
}

type commitmentConfig struct {
	Name string                 `json:"name"`
	Kind pricing.CommitmentKind `json:"kind"`
	scopeConfig
	Machines   amount `json:"machines,omitempty"`
	PerHour    amount `json:"perHour"`
	Currency   string `json:"currency,omitempty"` // USD where empty
	PercentOff amount `json:"percentOff,omitempty"`
	Source     string `json:"source,omitempty"` // of the price: contract 4711
	AsOf       string `json:"asOf,omitempty"`
}

type vatConfig struct {
	RatePercent        amount `json:"ratePercent"`
	RecoverablePercent amount `json:"recoverablePercent"`
}

// terms are what the configuration says of prices, but for the bill, which needs
// the fleet.
func (p *pricingConfig) terms() (pricing.Terms, error) {
	prices, err := priceBook(p.Book)
	if err != nil {
		return pricing.Terms{}, err
	}
	t := pricing.Terms{Prices: prices}
	var errs [5]error
	t.FX, errs[0] = p.Exchange.rates()
	t.Policy, errs[1] = p.Split.policy()
	for i := range p.Discounts {
		d, err := p.Discounts[i].discount(fmt.Sprintf("pricing.discounts[%d]", i))
		t.Discounts, errs[2] = append(t.Discounts, d), cmp.Or(errs[2], err)
	}
	for i := range p.Commitments {
		c, err := p.Commitments[i].commitment(fmt.Sprintf("pricing.commitments[%d]", i))
		t.Commitments, errs[3] = append(t.Commitments, c), cmp.Or(errs[3], err)
	}
	sharing := p.sharing()
	if err := sharing.Valid(); err != nil {
		errs[4] = usageError{err}
	}
	return t, errors.Join(errs[:]...)
}

func (p *pricingConfig) sharing() pricing.Sharing { return pricing.Sharing(p.Sharing) }

// defaultTeamLabel is the label that names a workload's team.
const defaultTeamLabel = "team"

// dimension reads what --group-by names: a dimension of pricing, or team. A label
// of live clusters must be one that may be read.
func (c *config) dimension(s string, live bool) (pricing.Dimension, error) {
	if s == "team" {
		s = "label:" + cmp.Or(c.Pricing.TeamLabel, defaultTeamLabel)
	}
	by, err := pricing.ParseDimension(s)
	if err != nil {
		return by, usagef("--group-by: %w, and team", err)
	}
	if key, label := strings.CutPrefix(string(by), "label:"); label && live && !slices.Contains(c.Labels, key) {
		return by, usagef("--group-by %s: name the label %q in labels of the configuration, the list of those that may be read", s, key)
	}
	return by, nil
}

// priceBook is the bundled book, with the local one over it where there is one.
func priceBook(path string) (pricing.Catalog, error) {
	base, err := book.Default()
	if err != nil || path == "" {
		return base, err
	}
	own, err := (&localBook{path}).read(true)
	if err != nil {
		return nil, err
	}
	return book.Merge(base, own), nil
}

// rates are the exchange rates that the configuration chooses.
func (e *exchangeConfig) rates() (pricing.FX, error) {
	switch {
	case e.Source == "fixed" && e.Fixed != nil && e.Table == "":
		r, err := fixed.New(*e.Fixed)
		if err != nil {
			return nil, usagef("pricing.exchange: %w", err)
		}
		return r, nil
	case e.Source == "fixed":
		return nil, usagef("pricing.exchange: source fixed needs fixed: {perGBP: {USD: 1.27}, source: who fixed it}, and no table")
	case e.Fixed != nil:
		return nil, usagef("pricing.exchange: fixed goes with source: fixed")
	case e.Source == "boe" && e.Table == "":
		return nil, usagef("pricing.exchange: source boe needs a table: tuppence prices rates --source boe --out FILE keeps one")
	case e.Source == "boe":
		return readTable(e.Table, boe.Read)
	case e.Source != "" && e.Source != "hmrc":
		return nil, usagef("pricing.exchange.source %q: there are hmrc, boe and fixed", e.Source)
	case e.Table != "":
		return readTable(e.Table, hmrc.Read)
	}
	return hmrc.Default()
}

func readTable[T any](path string, read func(io.Reader) (T, error)) (T, error) {
	var none T
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return none, usagef("there is no table of exchange rates %s", path)
	}
	if err != nil {
		return none, fmt.Errorf("reading exchange rates: %w", err)
	}
	defer func() { _ = file.Close() }()
	t, err := read(file)
	if err != nil {
		return none, fmt.Errorf("%s: %w", path, err)
	}
	return t, nil
}

// policyNames are the named splits as a flag and the configuration take them.
func policyNames() []string {
	var names []string
	for _, p := range pricing.Policies() {
		names = append(names, strings.ReplaceAll(p.Name, " ", "-"))
	}
	return names
}

func (s *splitConfig) policy() (pricing.Policy, error) {
	own := pricing.Weights{CPU: s.CPU, Memory: s.Memory, GPU: s.GPU}
	if own != (pricing.Weights{}) {
		if own.GPU == 0 { // as AWS has it, 9 to 0.9; without a weight GPUs would cost nothing
			own.GPU = min(10*own.CPU, pricing.MaxWeight)
		}
		if s.Policy != "" {
			return pricing.Policy{}, usagef("pricing.split: give policy or weights, not both")
		}
		p := pricing.Policy{Name: fmt.Sprintf("weights %d:%d:%d", own.CPU, own.Memory, own.GPU), Weights: own}
		if err := p.Valid(); err != nil {
			return p, usageError{err}
		}
		return p, nil
	}
	for _, p := range pricing.Policies() {
		if s.Policy == "" || strings.ReplaceAll(s.Policy, " ", "-") == strings.ReplaceAll(p.Name, " ", "-") {
			return p, nil
		}
	}
	return pricing.Policy{}, usagef("pricing.split.policy %q: there are %s", s.Policy, strings.Join(policyNames(), ", "))
}

func (s *scopeConfig) scope(setting string) (pricing.Scope, error) {
	out := pricing.Scope{Provider: s.Provider, Region: s.Region, Type: s.Type}
	if s.Provider != "" && !slices.Contains(providers(), s.Provider) {
		return out, usagef("%s.provider %q: there are %s", setting, s.Provider, words(providers()))
	}
	for _, d := range []struct {
		name, day string
		to        *time.Time
	}{{"from", s.From, &out.From}, {"until", s.Until, &out.Until}} {
		if d.day == "" {
			continue
		}
		day, err := time.Parse(time.DateOnly, d.day)
		if err != nil {
			return out, usagef("%s.%s %q is not a day such as 2026-04-01", setting, d.name, d.day)
		}
		*d.to = day
	}
	return out, nil
}

func (d *discountConfig) discount(setting string) (pricing.Discount, error) {
	scope, err1 := d.scope(setting)
	off, err2 := d.PercentOff.figure(setting + ".percentOff")
	return pricing.Discount{Name: d.Name, Scope: scope, Kind: d.Kind, CapacityType: d.CapacityType, PercentOff: off}, cmp.Or(err1, err2)
}

func (c *commitmentConfig) commitment(setting string) (pricing.Commitment, error) {
	scope, err1 := c.scope(setting)
	out := pricing.Commitment{Name: c.Name, Kind: c.Kind, Scope: scope}
	var err2, err3, err4 error
	if c.Machines != "" {
		out.Machines, err2 = c.Machines.figure(setting + ".machines")
	}
	if c.PercentOff != "" {
		out.PercentOff, err3 = c.PercentOff.figure(setting + ".percentOff")
	}
	out.Price = pricing.ListPrice{Unit: pricing.Hour, Currency: cmp.Or(c.Currency, "USD"), Source: cmp.Or(c.Source, "tuppence.yaml"), AsOf: cmp.Or(c.AsOf, c.From)}
	out.Price.PerUnit, err4 = c.PerHour.figure(setting + ".perHour")
	return out, cmp.Or(err1, err2, err3, err4)
}

// vat is nil where FOCUS is to have no rows of VAT.
func (p *pricingConfig) vat() (*report.VAT, error) {
	if p.VAT == nil {
		return nil, nil
	}
	rate, err1 := p.VAT.RatePercent.figure("pricing.vat.ratePercent")
	back, err2 := p.VAT.RecoverablePercent.figure("pricing.vat.recoverablePercent")
	v := &report.VAT{RatePercent: rate, RecoverablePercent: back}
	if err := cmp.Or(err1, err2); err != nil {
		return nil, err
	}
	if err := v.Valid(); err != nil {
		return nil, usagef("pricing.vat: %w", err)
	}
	return v, nil
}

// bill reads the bill's files for what the fleet is charged for; nil where the
// configuration names none.
func (p *pricingConfig) bill(ctx context.Context, f *collector.Fleet, fx pricing.FX) (*bill.Bill, error) {
	if len(p.Bill) == 0 {
		return nil, nil
	}
	if f.Pseudonymised {
		return nil, usagef("the recording's names are pseudonyms, which no bill has: give the bill where the clusters are read")
	}
	var files []bill.File
	for _, path := range p.Bill {
		files = append(files, bill.File{Name: filepath.Base(path), Open: func() (io.ReadCloser, error) { return os.Open(path) }})
	}
	return bill.Read(ctx, bill.Options{Want: chargedIDs(f), Window: f.Window, FX: fx}, files...)
}

// chargedIDs are the provider ids of everything that a bill may have, with their
// clusters.
func chargedIDs(f *collector.Fleet) map[string]string {
	want := map[string]string{}
	for i := range f.Clusters {
		c := &f.Clusters[i]
		for _, nodes := range [][]collector.Node{c.Nodes, c.PastNodes} {
			for j := range nodes {
				want[nodes[j].ProviderID] = c.Name
			}
		}
		for j := range c.Volumes {
			want[c.Volumes[j].ProviderID] = c.Name
		}
	}
	delete(want, "")
	return want
}
