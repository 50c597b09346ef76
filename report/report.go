package report

import (
	"io"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/pricing/budget"
	"github.com/tuppence-dev/tuppence/recommend"
)

// SchemaVersion is the version of the JSON form of Report. It grows by one when
// a field changes its meaning or goes; new fields leave it as it is.
const SchemaVersion = 2

// Report is everything that a format shows. Money is a month's (730 h), ex VAT.
type Report struct {
	Schema     int              `json:"schema"`
	Version    string           `json:"version"` // of tuppence
	Window     collector.Window `json:"window"`
	Provenance Provenance       `json:"provenance"`
	Total      Totals           `json:"total"`
	Clusters   []ClusterReport  `json:"clusters"`
	// Unused is what commitments cost that nothing used: part of Total.Bill, and of
	// no cluster's.
	Unused      pricing.Amount          `json:"unusedCommitments"`
	Commitments []pricing.CommitmentUse `json:"commitments"`
	GitOps      []pricing.GitOpsCost    `json:"gitops"` // what GitOps itself costs, by cluster
	Allocation  *pricing.Allocation     `json:"allocation,omitempty"`
	Bill        *Bill                   `json:"bill,omitempty"`
	Budgets     []budget.Assessment     `json:"budgets"`
	Findings    []recommend.Finding     `json:"findings"` // proposed first, then largest saving first
	// Hidden counts findings under MinSaving, left out of Findings but not out of
	// the totals.
	Hidden    int             `json:"hidden,omitempty"`
	MinSaving pricing.Money   `json:"minSaving"` // pounds a month
	Gaps      []collector.Gap `json:"gaps"`
	Notes     []collector.Gap `json:"notes"` // what a reader of the pounds must know: stale rates, estimates

	priced *pricedFleet // what FOCUS and the trace of a cost are written from; too much to keep as rows
}

// Provenance is where the figures came from.
type Provenance struct {
	Prices []PriceSource    `json:"prices"` // every source that priced something
	FX     []pricing.FXRate `json:"fx"`
	Policy pricing.Policy   `json:"policy"`
	Usage  []string         `json:"usage"` // the sources of usage: prometheus, metrics.k8s.io
	// Unpriced counts the charges whose cost is unknown.
	Unpriced int `json:"unpriced,omitempty"`
}

// PriceSource is one origin of prices and how many charges of a kind it priced.
type PriceSource struct {
	Kind     pricing.Kind `json:"kind"`
	Source   string       `json:"source"`
	AsOf     string       `json:"asOf"`
	Currency string       `json:"currency"`
	Estimate bool         `json:"estimate,omitempty"`
	Charges  int          `json:"charges"`
}

// Bill is the real bill against the list: what it matched, and what it did not.
type Bill struct {
	Files  []BillFile        `json:"files"`
	Window collector.Window  `json:"window"`
	Match  pricing.BillMatch `json:"match"` // a month's
	// Services are what the bill has beside the fleet's resources, dearest first;
	// amounts from here on are the window's.
	Services  []BillService  `json:"services"`
	Tax       pricing.Amount `json:"tax"`
	Unused    pricing.Amount `json:"unusedCommitments"`
	Effective pricing.Amount `json:"effective"` // all of the bill within the window
}

// BillFile is one file of the bill.
type BillFile struct {
	Name   string `json:"name"`
	Rows   int    `json:"rows"`
	SHA256 string `json:"sha256"`
}

// BillService is the rows of a service that no resource of the fleet has.
type BillService struct {
	Provider  string         `json:"provider,omitempty"`
	Name      string         `json:"name"`
	Rows      int            `json:"rows"`
	Effective pricing.Amount `json:"effective"`
}

// Totals are sums over a cluster or the fleet.
type Totals struct {
	Nodes     int              `json:"nodes"`
	Workloads int              `json:"workloads"`
	Bill      pricing.Amount   `json:"bill"`
	Used      pricing.Amount   `json:"allocated"` // the workloads' part of the bill
	Idle      pricing.Amount   `json:"idle"`
	Overhead  pricing.Amount   `json:"overhead"`
	Saving    recommend.Saving `json:"saving"`   // of proposed findings
	Findings  int              `json:"findings"` // proposed, hidden ones included
}

// ClusterReport is one cluster's totals and costs.
type ClusterReport struct {
	Name        string         `json:"name"`
	Environment string         `json:"environment,omitempty"`
	Totals      Totals         `json:"totals"`
	Rates       []ChargeRate   `json:"rates"`     // what is charged, by price
	Nodes       []NodeCost     `json:"nodes"`     // in the fleet's order, those that have gone last
	Workloads   []WorkloadCost `json:"workloads"` // in the fleet's order
}

// ChargeRate is all of one cluster's charges that cost the same: what one unit
// costs, how many units there are, and what that makes. PerUnit × Quantity is
// Cost, and Rate.PerUnit × Quantity is List, to the last digit.
type ChargeRate struct {
	Kind         pricing.Kind           `json:"kind"`
	Provider     collector.Provider     `json:"provider,omitempty"`
	Region       string                 `json:"region,omitempty"`
	Type         string                 `json:"type,omitempty"` // instance type, volume type, …
	CapacityType collector.CapacityType `json:"capacityType,omitempty"`
	Count        int                    `json:"count"`    // how many nodes, volumes, …
	Quantity     decimal.Decimal        `json:"quantity"` // of a month, in Unit
	Window       decimal.Decimal        `json:"window"`   // of the window, in Unit
	Unit         pricing.Unit           `json:"unit"`
	Rate         *pricing.Rate          `json:"rate,omitempty"`   // list price; absent: unknown
	Terms        string                 `json:"terms,omitempty"`  // how PerUnit came about: list, a discount, commitments, bill
	Reason       string                 `json:"reason,omitempty"` // why the cost is unknown
	PerUnit      pricing.Amount         `json:"perUnit"`          // as it is paid
	List         pricing.Amount         `json:"list"`             // a month's
	Cost         pricing.Amount         `json:"cost"`             // a month's
}

// NodeCost is what one node costs a month, and what of that nobody asks for.
type NodeCost struct {
	Name      string          `json:"name"`
	Hours     decimal.Decimal `json:"hours"` // of the window
	Cost      pricing.Amount  `json:"cost"`
	Allocated pricing.Amount  `json:"allocated"` // to workloads
	Idle      pricing.Amount  `json:"idle"`
	Overhead  pricing.Amount  `json:"overhead"`
}

func (r *ChargeRate) key() pricing.Key {
	return pricing.Key{Kind: r.Kind, Provider: r.Provider, Region: r.Region, Type: r.Type, CapacityType: r.CapacityType}
}

// WorkloadCost is what one workload costs a month.
type WorkloadCost struct {
	Kind      string         `json:"kind"`
	Namespace string         `json:"namespace"`
	Name      string         `json:"name"`
	Origin    string         `json:"origin,omitempty"`
	Pods      int            `json:"pods"`
	Cost      pricing.Amount `json:"cost"`
}

// Format writes a Report. Write computes nothing and returns only w's errors.
type Format struct {
	Name  string // as -o takes it
	File  string // name of its file under --out
	Doc   string
	Write func(w io.Writer, r *Report, o View) error
}

// View is how to lay out, for formats that people read.
type View struct {
	Width  int  // columns; 0 means 120
	Colour bool // ANSI colours
}
