package report

import (
	"strconv"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/pricing"
)

// focusCustom are our own columns: whose the cost is, and where the figures came
// from.
var focusCustom = []focusColumn{
	text("x_CostClass", func(r *focusRow) string { return r.class }),
	text("x_Cluster", func(r *focusRow) string { return r.cluster }),
	text("x_Namespace", ofTarget(func(t *focusTarget) string { return t.workload.Namespace })),
	text("x_WorkloadKind", ofTarget(func(t *focusTarget) string { return t.workload.Kind })),
	text("x_WorkloadName", ofTarget(func(t *focusTarget) string { return t.workload.Name })),
	text("x_GitOpsOwner", ofTarget(func(t *focusTarget) string { return t.workload.Origin.String() })),
	text("x_Repository", ofTarget(func(t *focusTarget) string { return t.repository })),
	text("x_Path", ofTarget(func(t *focusTarget) string { return t.path })),
	text("x_PriceSource", ofRate(func(r *pricing.Rate) string { return r.Price.Source })),
	text("x_PriceAsOf", ofRate(func(r *pricing.Rate) string { return r.Price.AsOf })),
	figure("x_ExchangeRate", func(r *focusRow) decimal.NullDecimal {
		if r.rate == nil || r.currency == "GBP" {
			return decimal.NullDecimal{}
		}
		return decimal.NewNullDecimal(r.perGBP)
	}),
	text("x_ExchangeSource", ofExchange(func(x *pricing.FXRate) string { return x.Source })),
	text("x_ExchangePeriod", ofExchange(func(x *pricing.FXRate) string { return x.Period })),
	text("x_Terms", func(r *focusRow) string { return r.terms }),
	text("x_Estimate", ofRate(func(r *pricing.Rate) string { return strconv.FormatBool(r.Price.Estimate) })),
	text("x_UnknownPrices", func(r *focusRow) string { return r.unknown }),
	figure("x_VATRatePercent", func(r *focusRow) decimal.NullDecimal {
		if r.vat == nil {
			return decimal.NullDecimal{}
		}
		return decimal.NewNullDecimal(r.vat.rate)
	}),
	text("x_VATRecoverable", func(r *focusRow) string {
		if r.vat == nil {
			return ""
		}
		return strconv.FormatBool(r.vat.recoverable)
	}),
}

func ofTarget(of func(*focusTarget) string) func(*focusRow) string {
	return func(r *focusRow) string {
		if r.to == nil {
			return ""
		}
		return of(r.to)
	}
}

func ofRate(of func(*pricing.Rate) string) func(*focusRow) string {
	return func(r *focusRow) string {
		if r.rate == nil {
			return ""
		}
		return of(r.rate)
	}
}

// ofExchange is empty for prices in pounds, which need no rate.
func ofExchange(of func(*pricing.FXRate) string) func(*focusRow) string {
	return ofRate(func(r *pricing.Rate) string {
		if r.Price.Currency == "GBP" {
			return ""
		}
		return of(&r.FX)
	})
}

func commitmentName(r *focusRow) string {
	if r.commitment == nil {
		return ""
	}
	return r.commitment.Name
}

// commitmentWord is the first for reservations, the second for savings plans.
func commitmentWord(r *focusRow, reservation, plan string) string {
	switch {
	case r.commitment == nil:
		return ""
	case r.commitment.Kind == pricing.Reservation:
		return reservation
	}
	return plan
}
