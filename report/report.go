package report

import (
	"io"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/recommend"
)

// SchemaVersion is the version of the JSON form of Report. It grows by one when
// a field changes its meaning or goes; new fields leave it as it is.
const SchemaVersion = 1

// Report is everything that a format shows. Money is a month's (730 h), ex VAT.
type Report struct {
	Schema     int                 `json:"schema"`
	Version    string              `json:"version"` // of tuppence
	Window     collector.Window    `json:"window"`
	Provenance Provenance          `json:"provenance"`
	Total      Totals              `json:"total"`
	Clusters   []ClusterReport     `json:"clusters"`
	Findings   []recommend.Finding `json:"findings"` // proposed first, then largest saving first
	// Hidden counts findings under MinSaving, left out of Findings but not out of
	// the totals.
	Hidden    int             `json:"hidden,omitempty"`
	MinSaving pricing.Money   `json:"minSaving"` // pounds a month
	Gaps      []collector.Gap `json:"gaps"`
	Notes     []collector.Gap `json:"notes"` // what a reader of the pounds must know: stale rates, estimates
}

// Provenance is where the figures came from.
type Provenance struct {
	Prices []PriceSource    `json:"prices"` // every source that priced a node
	FX     []pricing.FXRate `json:"fx"`
	Policy pricing.Policy   `json:"policy"`
	Usage  []string         `json:"usage"` // the sources of usage: prometheus, metrics.k8s.io
	// Unpriced counts the nodes that no source had a price for.
	Unpriced int `json:"unpriced,omitempty"`
}

// PriceSource is one origin of prices and how many nodes it priced.
type PriceSource struct {
	Source   string `json:"source"`
	AsOf     string `json:"asOf"`
	Currency string `json:"currency"`
	Estimate bool   `json:"estimate,omitempty"`
	Nodes    int    `json:"nodes"`
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
	Rates       []NodeRate     `json:"rates"`     // what its nodes cost an hour, by type
	Workloads   []WorkloadCost `json:"workloads"` // in the fleet's order
}

// NodeRate is what one kind of node costs an hour in one cluster, or why that is
// not known.
type NodeRate struct {
	Provider     collector.Provider     `json:"provider,omitempty"`
	Region       string                 `json:"region,omitempty"`
	InstanceType string                 `json:"instanceType,omitempty"`
	CapacityType collector.CapacityType `json:"capacityType,omitempty"`
	Nodes        int                    `json:"nodes"`
	Rate         *pricing.Rate          `json:"rate,omitempty"`   // absent: unknown
	Reason       string                 `json:"reason,omitempty"` // why Rate is absent
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
