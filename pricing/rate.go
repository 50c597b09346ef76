package pricing

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/collector"
)

// HoursPerMonth is 8,760 / 12: what the clouds' own calculators bill a month
// by, and the span of every monthly figure here.
const HoursPerMonth = 730

// Kind is what sort of thing is priced.
type Kind string

// The kinds, with the unit that their quantities are in.
const (
	Machine      Kind = "machine"       // a node: hours
	Accelerator  Kind = "accelerator"   // a GPU that the machine's price leaves out (Google Cloud's N1): hours
	Storage      Kind = "storage"       // a volume: GiB-months of 730 h
	Balancer     Kind = "load-balancer" // hours
	ControlPlane Kind = "control-plane" // hours of a managed service's cluster
	Egress       Kind = "traffic"       // GiB sent
)

// nouns are what one thing of each kind is called, and several.
var nouns = map[Kind][2]string{
	Machine: {"node", "nodes"}, Accelerator: {"node with GPUs", "nodes with GPUs"}, Storage: {"volume", "volumes"},
	Balancer: {"load balancer", "load balancers"}, ControlPlane: {"control plane", "control planes"}, Egress: {"flow of traffic", "flows of traffic"},
}

// Noun is what n things of the kind are called: node, nodes.
func (k Kind) Noun(n int) string {
	if n == 1 {
		return nouns[k][0]
	}
	return nouns[k][1]
}

// Unit is what one of a quantity is.
type Unit string

// The units.
const (
	Hour     Unit = "hour"
	GiBMonth Unit = "GiB-month" // a GiB kept for HoursPerMonth
	GiB      Unit = "GiB"
)

// Unit is the unit that k's quantities are in.
func (k Kind) Unit() Unit {
	switch k {
	case Storage:
		return GiBMonth
	case Egress:
		return GiB
	default:
		return Hour
	}
}

// Key names what a Catalog prices.
type Key struct {
	Kind     Kind
	Provider collector.Provider
	Region   string
	// Type is the instance type of a machine, the model of an accelerator, the
	// type of a volume (gp3), of a load balancer (nlb), a managed service and its
	// tier (eks/standard), or where traffic goes (internet, cross-region, cross-zone).
	Type         string
	CapacityType collector.CapacityType // of a machine or an accelerator; else empty
}

// String writes k with "?" for what is not known: "aws ? m6i.large spot".
func (k Key) String() string {
	s := fmt.Sprintf("%s %s %s", cmp.Or(k.Provider, "?"), cmp.Or(k.Region, "?"), cmp.Or(k.Type, "?"))
	if k.Kind == Machine || k.Kind == Accelerator {
		s += " " + string(cmp.Or(k.CapacityType, "?"))
	}
	if k.Kind != Machine {
		s += " (" + string(cmp.Or(k.Kind, "?")) + ")"
	}
	return s
}

// Compare orders keys by kind (machines first), provider, region, type and
// capacity type.
func (k Key) Compare(o Key) int {
	first := func(k Kind) int {
		if k == Machine {
			return 0
		}
		return 1
	}
	return cmp.Or(cmp.Compare(first(k.Kind), first(o.Kind)), cmp.Compare(k.Kind, o.Kind),
		cmp.Compare(k.Provider, o.Provider), cmp.Compare(k.Region, o.Region),
		cmp.Compare(k.Type, o.Type), cmp.Compare(k.CapacityType, o.CapacityType))
}

// ListPrice is what a provider asks for one unit, in the provider's currency,
// and where that was read.
type ListPrice struct {
	PerUnit  decimal.Decimal `json:"perUnit"`
	Unit     Unit            `json:"unit"`
	Currency string          `json:"currency"` // ISO 4217
	// Estimate says that the figure is not a price one could be billed by: a
	// snapshot of a spot market, or a converted list price.
	Estimate bool   `json:"estimate,omitempty"`
	Source   string `json:"source"`
	AsOf     string `json:"asOf"`           // date of the figure, 2026-06-18
	VCPU     int    `json:"vcpu,omitempty"` // of a machine
	// Interruption is AWS Spot Advisor's bucket, 0 (<5 % a month) to 4 (>20 %);
	// nil is unknown.
	Interruption *int `json:"interruption,omitempty"`
}

// Catalog gives prices. Lookup returns an *UnknownPrice error where the key has
// none. It opens no connection: prices are fetched by a Source beforehand.
type Catalog interface {
	Lookup(k Key) (ListPrice, error)
}

// UnknownPrice says which key a catalogue has no price for, and why.
type UnknownPrice struct {
	Key    Key
	Reason string // "instance type is not in the book"
}

func (e *UnknownPrice) Error() string { return "no price for " + e.Key.String() + ": " + e.Reason }

// Quote is one entry of a price list: what is priced, its size and its price.
type Quote struct {
	Key    Key
	Price  ListPrice
	Arch   string          // of a machine: amd64, arm64
	Memory decimal.Decimal // of a machine, in GiB
}

// Source reads the price list of one region, from a provider's API or a file.
// What it returns is sorted by key, each key once. What was read only in part is
// an error beside the quotes that were read; an error without quotes is for a
// list of which nothing could be read. It stops when ctx does.
type Source interface {
	Quotes(ctx context.Context, region string) ([]Quote, error)
}

// FXRate is one exchange rate: how many units of Currency a pound buys, so
// pounds = amount ÷ PerGBP (HMRC's direction; August 2026: 1.3367 dollars).
type FXRate struct {
	Currency string          `json:"currency"`
	PerGBP   decimal.Decimal `json:"perGBP"`
	Source   string          `json:"source"`
	Period   string          `json:"period"` // month or day it was published for: 2026-09, 2026-09-14
	// Warning says that the rate is not the one that was asked for, such as the
	// last published month for one that is not there yet.
	Warning string `json:"warning,omitempty"`
}

// FX gives the exchange rate of a currency for the time t (in UTC): of the month
// or the day that it falls in. A pound of GBP is 1. Rate returns an *UnknownRate
// error where there is none.
type FX interface {
	Rate(currency string, t time.Time) (FXRate, error)
}

// UnknownRate says which exchange rate a source does not have, and why.
type UnknownRate struct {
	Currency string
	Period   string // month or day: 2026-09, 2026-09-14
	Reason   string // "the first month in the table is 2023-09"
}

func (e *UnknownRate) Error() string {
	return "no exchange rate of " + e.Currency + " for " + e.Period + ": " + e.Reason
}

// Rate is a price in pounds with its provenance: Price ÷ FX.
type Rate struct {
	PerUnit Money     `json:"gbpPerUnit"`
	Price   ListPrice `json:"price"`
	FX      FXRate    `json:"fx"`
}
