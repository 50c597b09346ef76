package budget

import (
	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
)

// Budget is what may be spent in a financial year, in GBP ex VAT. What it
// covers is the caller's: the series of days that Assess is given.
type Budget struct {
	Name   string        `json:"name"`
	Amount pricing.Money `json:"gbp"` // greater than zero
}

// Day is what one UTC day cost. An amount that is not known may hold the part
// that is.
type Day struct {
	Day  collector.Day
	Cost pricing.Amount
}

// Status says in a word how a budget stands.
type Status string

// The statuses, from worst to best. Unknown is a budget that is not passed and
// has no forecast.
const (
	Over     Status = "over"     // known costs have passed it
	Likely   Status = "likely"   // the expected costs pass it within the year
	Possible Status = "possible" // the high end of the interval does
	Within   Status = "within"   // not even that does
	Unknown  Status = "unknown"
)

// Assessment is how a budget stands at the beginning of Today.
type Assessment struct {
	Budget   Budget         `json:"budget"`
	Today    collector.Day  `json:"today"` // not over, so it is forecast
	Month    Period         `json:"month"` // the calendar month of Today
	Year     Period         `json:"year"`  // the financial year of Today
	Left     pricing.Amount `json:"left"`  // Budget − Year.ToDate
	Exceeded Crossing       `json:"exceeded"`
	Status   Status         `json:"status"`
	Basis    *Basis         `json:"basis,omitempty"` // nil: there is no forecast
	// Later counts days of the series from Today on: they are not over, and
	// left out.
	Later int `json:"later,omitempty"`
}

// Period is a month or a year, from Start to End inclusive.
type Period struct {
	Start collector.Day `json:"start"`
	End   collector.Day `json:"end"`
	// ToDate is the exact sum of the days that are over; Missing are those among
	// them that it leaves out.
	ToDate   pricing.Amount `json:"toDate"`
	Missing  Missing        `json:"missing"`
	Forecast Forecast       `json:"forecast"` // of the whole period
}

// Missing are days that are over and have no known cost: there is no record, or
// a part of the cost is unknown.
type Missing struct {
	Days  int           `json:"days"`
	First collector.Day `json:"first,omitempty"`
	Last  collector.Day `json:"last,omitempty"`
}

// Forecast estimates the cost of a whole period, to the penny. The interval
// from Low to High is meant to hold it with a chance of 80 %. Where there is no
// forecast, the three are unknown.
type Forecast struct {
	Expected pricing.Amount `json:"expected"`
	Low      pricing.Amount `json:"low"`
	High     pricing.Amount `json:"high"`
	Filled   int            `json:"filled"`           // missing days that were given the fitted level
	Reason   string         `json:"reason,omitempty"` // why there is no forecast
}

// Crossing is the day on which the budget is passed. A day is empty where the
// year ends before it, or where nothing can be forecast. Where known costs alone
// have passed the budget (Happened), it was on Latest or before; the other two
// differ from it only where missing days were filled.
type Crossing struct {
	On       collector.Day `json:"on,omitempty"`       // by the expected costs
	Earliest collector.Day `json:"earliest,omitempty"` // by the high end of the interval
	Latest   collector.Day `json:"latest,omitempty"`   // by the low end
	Happened bool          `json:"happened"`
}

// Basis is what a forecast rests on.
type Basis struct {
	Days    int           `json:"days"`    // known days that were fitted
	PerDay  pricing.Money `json:"perDay"`  // the fitted level, to the penny
	Weekday bool          `json:"weekday"` // weekdays have their own offsets
}
