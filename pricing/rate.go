package pricing

import (
	"cmp"
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/collector"
)

// HoursPerMonth is 8,760 / 12: what the clouds' own calculators bill a month
// by, and the span of every monthly figure here.
const HoursPerMonth = 730

// Key names what a Catalog prices.
type Key struct {
	Provider     collector.Provider
	Region       string
	InstanceType string
	CapacityType collector.CapacityType
}

// String writes k with "?" for what is not known: "aws ? m6i.large spot".
func (k Key) String() string {
	return fmt.Sprintf("%s %s %s %s", cmp.Or(k.Provider, "?"), cmp.Or(k.Region, "?"),
		cmp.Or(k.InstanceType, "?"), cmp.Or(k.CapacityType, "?"))
}

// Compare orders keys by provider, region, type and capacity type.
func (k Key) Compare(o Key) int {
	return cmp.Or(cmp.Compare(k.Provider, o.Provider), cmp.Compare(k.Region, o.Region),
		cmp.Compare(k.InstanceType, o.InstanceType), cmp.Compare(k.CapacityType, o.CapacityType))
}

// HourlyPrice is what a provider asks for one hour of a machine, in the provider's
// currency, and where that was read.
type HourlyPrice struct {
	PerHour  decimal.Decimal `json:"perHour"`
	Currency string          `json:"currency"` // ISO 4217
	// Estimate says that the figure is not a price one could be billed by: a
	// snapshot of a spot market, or a converted list price.
	Estimate bool   `json:"estimate,omitempty"`
	Source   string `json:"source"`
	AsOf     string `json:"asOf"` // date of the figure, 2026-06-18
	VCPU     int    `json:"vcpu"`
	// Interruption is AWS Spot Advisor's bucket, 0 (<5 % a month) to 4 (>20 %);
	// nil is unknown.
	Interruption *int `json:"interruption,omitempty"`
}

// Catalog gives prices. Lookup returns an *UnknownPrice error where the key has
// none; it opens no connection where the catalogue is offline.
type Catalog interface {
	Lookup(k Key) (HourlyPrice, error)
}

// UnknownPrice says which key a catalogue has no price for, and why.
type UnknownPrice struct {
	Key    Key
	Reason string // "instance type is not in the book"
}

func (e *UnknownPrice) Error() string { return "no price for " + e.Key.String() + ": " + e.Reason }

// FXRate is one exchange rate: how many units of Currency a pound buys, so
// pounds = amount ÷ PerGBP (HMRC's direction; August 2026: 1.3367 dollars).
type FXRate struct {
	Currency string          `json:"currency"`
	PerGBP   decimal.Decimal `json:"perGBP"`
	Source   string          `json:"source"`
	Period   string          `json:"period"` // month it was published for: 2026-09
	// Warning says that the rate is not the one that was asked for, such as the
	// last published month for one that is not there yet.
	Warning string `json:"warning,omitempty"`
}

// FX gives the exchange rate of a currency for the month that t falls in (UTC).
// A pound of GBP is 1. Rate returns an *UnknownRate error where there is none.
type FX interface {
	Rate(currency string, t time.Time) (FXRate, error)
}

// UnknownRate says which exchange rate a source does not have, and why.
type UnknownRate struct {
	Currency string
	Period   string // month, 2026-09
	Reason   string // "the first month in the table is 2023-09"
}

func (e *UnknownRate) Error() string {
	return "no exchange rate of " + e.Currency + " for " + e.Period + ": " + e.Reason
}

// Rate is a node's price in pounds with its provenance: Price ÷ FX.
type Rate struct {
	PerHour Money       `json:"gbpPerHour"`
	Price   HourlyPrice `json:"price"`
	FX      FXRate      `json:"fx"`
}
