package bill

import (
	"slices"
	"strings"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
)

// Bill is what the files say of the window. All money is pounds: amounts in
// another currency are converted at the rate of the month in which their charge
// period starts, and a charge that the window holds a part of counts in
// proportion to that part's time.
type Bill struct {
	Window    collector.Window
	Files     []Source
	Resources []Resource // those asked for that a row names, in order of ID
	ScaleSets []ScaleSet // in order of ID
	Groups    []Group    // in order of their names
	Missing   []string   // the ids asked for that no row names, in order
	Double    []string   // the ids asked for that mean the resource of another id, in order

	// Services are the rows of resources that were not asked for, dearest first;
	// Rest is all that come after the first 500.
	Services []Service
	Rest     Service
	Tax      Costs // rows of ChargeCategory Tax
	Unused   Costs // commitments that nothing used

	Outside int // rows whose charge period the window does not touch
	Bad     int // rows that could not be read in full: see Warnings

	FX       []pricing.FXRate // every rate that was used, by currency and period
	Warnings []collector.Gap  // all under pricing.AllClusters
}

// Source is a file that was read.
type Source struct {
	Name   string
	Rows   int
	SHA256 string // of its bytes as they are stored
}

// Costs are the four costs of FOCUS: at list prices; at negotiated prices; with
// every discount and the amortised share of commitments; and as invoiced. Each
// is unknown where a row's figure was.
type Costs struct{ List, Contracted, Effective, Billed pricing.Amount }

func noCosts() Costs {
	zero := pricing.Known(pricing.Money{})
	return Costs{zero, zero, zero, zero}
}

// Plus adds o to c, cost by cost.
func (c Costs) Plus(o Costs) Costs {
	return Costs{c.List.Plus(o.List), c.Contracted.Plus(o.Contracted), c.Effective.Plus(o.Effective), c.Billed.Plus(o.Billed)}
}

// Charges are what the bill says of one thing.
type Charges struct {
	Costs
	Rows int
	// Covered is the time within the window that rows of usage cover, each
	// moment once: an hour's usage, discount and credit are an hour. Cost ÷
	// Covered is a rate only where periods are as fine as the usage: Azure bills by
	// the day, and a node that ran for 6 h of it has 24 h covered.
	Covered time.Duration
	// Pricing is how the usage was priced, in the order Standard, Dynamic (spot),
	// Committed, Other.
	Pricing []string
}

// Resource is one of the ids asked for.
type Resource struct {
	ID    string // as the caller gave it
	Group string
	Charges
}

// ScaleSet is an Azure scale set that rows name in place of its machines. Its
// charges belong to all of Members; to give each its part, share them in
// proportion to the hours that it stood.
type ScaleSet struct {
	ID      string // as Canonical writes it
	Group   string
	Members []string // the ids asked for that it holds, in order
	Charges
}

// Group is the EffectiveCost of the resources and scale sets of one group, in
// whole and by day. A day that no row of theirs covers is not listed: it is not
// known to have cost nothing.
type Group struct {
	Name      string
	Effective pricing.Amount
	Days      []DayCost // in order; they add up to Effective
}

// DayCost is the EffectiveCost of one day, UTC.
type DayCost struct {
	Day       collector.Day
	Effective pricing.Amount
}

// Service is the rows of one provider's service.
type Service struct {
	Provider  string // as the bill writes it; empty in Rest and where it does not say
	Name      string
	Rows      int
	Effective pricing.Amount
}

// Effective is the EffectiveCost of all rows within the window: resources, scale
// sets, services, tax and unused commitments.
func (b *Bill) Effective() pricing.Amount {
	sum := b.Tax.Effective.Plus(b.Unused.Effective).Plus(b.Rest.Effective)
	for i := range b.Resources {
		sum = sum.Plus(b.Resources[i].Effective)
	}
	for i := range b.ScaleSets {
		sum = sum.Plus(b.ScaleSets[i].Effective)
	}
	for i := range b.Services {
		sum = sum.Plus(b.Services[i].Effective)
	}
	return sum
}

// Find returns what the bill says of id, in the caller's writing; nil where it
// says nothing.
func (b *Bill) Find(id string) *Resource {
	i, found := slices.BinarySearchFunc(b.Resources, id, func(r Resource, id string) int { return strings.Compare(r.ID, id) })
	if !found {
		return nil
	}
	return &b.Resources[i]
}
