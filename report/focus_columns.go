package report

import (
	"fmt"
	"time"

	"github.com/shopspring/decimal"
)

// focusColumn is one column and how its cells are written.
type focusColumn struct {
	name string
	cell func(*focusRow) string
}

// text is a column of text, which is made safe; empty is null.
func text(name string, of func(*focusRow) string) focusColumn {
	return focusColumn{name, func(r *focusRow) string { return focusText(of(r)) }}
}

// figure is a column of numbers with all their digits.
func figure(name string, of func(*focusRow) decimal.NullDecimal) focusColumn {
	return focusColumn{name, func(r *focusRow) string {
		if d := of(r); d.Valid {
			return d.Decimal.String()
		}
		return ""
	}}
}

// cost is a column of pounds, which is never empty.
func cost(name string, of func(*focusRow) decimal.Decimal) focusColumn {
	return focusColumn{name, func(r *focusRow) string { return of(r).String() }}
}

// instant is a column of times, in whole seconds.
func instant(name string, of func(*focusRow) time.Time) focusColumn {
	return focusColumn{name, func(r *focusRow) string { return of(r).UTC().Format(time.RFC3339) }}
}

func always(value string) func(*focusRow) string { return func(*focusRow) string { return value } }

func null(*focusRow) string { return "" }

func providerOf(r *focusRow) string { return providerName(r.provider) }

// focusCommon are the columns of both versions.
var focusCommon = []focusColumn{
	text("AvailabilityZone", func(r *focusRow) string { return r.zone }),
	cost("BilledCost", func(r *focusRow) decimal.Decimal { return r.billed }),
	text("BillingAccountId", func(r *focusRow) string { return r.account }),
	text("BillingAccountName", null),
	text("BillingCurrency", always("GBP")),
	instant("BillingPeriodEnd", func(r *focusRow) time.Time { return r.period.month.End }),
	instant("BillingPeriodStart", func(r *focusRow) time.Time { return r.period.month.Start }),
	text("ChargeCategory", func(r *focusRow) string { return r.category }),
	text("ChargeClass", null),
	text("ChargeDescription", func(r *focusRow) string { return r.description }),
	text("ChargeFrequency", func(r *focusRow) string { return r.frequency }),
	// Rounded up, as the start is down: a charge of less than a second has a period, too.
	instant("ChargePeriodEnd", func(r *focusRow) time.Time { return r.period.End.Add(time.Second - 1) }),
	instant("ChargePeriodStart", func(r *focusRow) time.Time { return r.period.Start }),
	text("CommitmentDiscountCategory", func(r *focusRow) string { return commitmentWord(r, "Usage", "Spend") }),
	text("CommitmentDiscountId", commitmentName),
	text("CommitmentDiscountName", commitmentName),
	figure("CommitmentDiscountQuantity", func(r *focusRow) decimal.NullDecimal { d, _ := r.committed(); return d }),
	text("CommitmentDiscountStatus", func(r *focusRow) string { return r.status }),
	text("CommitmentDiscountType", func(r *focusRow) string { return commitmentWord(r, "Reservation", "Savings plan") }),
	text("CommitmentDiscountUnit", func(r *focusRow) string { _, unit := r.committed(); return unit }),
	figure("ConsumedQuantity", (*focusRow).consumed),
	text("ConsumedUnit", func(r *focusRow) string { return ifValid(r.consumed(), r.unit) }),
	cost("ContractedCost", func(r *focusRow) decimal.Decimal { return r.contracted }),
	figure("ContractedUnitPrice", func(r *focusRow) decimal.NullDecimal { return r.contractedUnit }),
	cost("EffectiveCost", func(r *focusRow) decimal.Decimal { return r.effective }),
	text("InvoiceId", null),
	text("InvoiceIssuerName", providerOf),
	cost("ListCost", func(r *focusRow) decimal.Decimal { return r.list }),
	figure("ListUnitPrice", func(r *focusRow) decimal.NullDecimal { return r.listUnit }),
	text("PricingCategory", func(r *focusRow) string { return r.pricing }),
	text("PricingCurrency", func(r *focusRow) string { return r.currency }),
	figure("PricingCurrencyContractedUnitPrice", func(r *focusRow) decimal.NullDecimal { return r.currencyContract }),
	cost("PricingCurrencyEffectiveCost", func(r *focusRow) decimal.Decimal { return r.effective.Mul(r.perGBP) }),
	figure("PricingCurrencyListUnitPrice", func(r *focusRow) decimal.NullDecimal { return r.currencyList }),
	figure("PricingQuantity", func(r *focusRow) decimal.NullDecimal { return r.quantity }),
	text("PricingUnit", func(r *focusRow) string { return ifValid(r.quantity, r.unit) }),
	text("ProviderName", providerOf),
	text("PublisherName", providerOf),
	text("RegionId", func(r *focusRow) string { return r.region }),
	text("RegionName", func(r *focusRow) string { return regionName(r.region) }),
	text("ResourceId", func(r *focusRow) string { return r.resource }),
	text("ResourceName", func(r *focusRow) string { return r.resourceName }),
	text("ResourceType", func(r *focusRow) string { return r.kind }),
	text("ServiceCategory", func(r *focusRow) string { return r.service.category }),
	text("ServiceName", func(r *focusRow) string { return r.service.name }),
	text("ServiceSubcategory", func(r *focusRow) string { return r.service.subcategory }),
	text("SkuId", func(r *focusRow) string { return r.sku }),
	text("SkuMeter", func(r *focusRow) string { return r.meter }),
	text("SkuPriceDetails", func(r *focusRow) string { return r.details }),
	text("SkuPriceId", func(r *focusRow) string { return r.skuPrice }),
	text("SubAccountId", func(r *focusRow) string { return r.cluster }),
	text("SubAccountName", func(r *focusRow) string { return r.cluster }),
	text("SubAccountType", func(r *focusRow) string {
		if r.cluster == "" {
			return ""
		}
		return "Kubernetes cluster"
	}),
	text("Tags", always("{}")),
}

// focusEntities are columns that 1.3 adds.
var focusEntities = []focusColumn{
	text("HostProviderName", providerOf),
	text("ServiceProviderName", providerOf),
}

// focusAllocation are the columns of split cost allocation, which 1.3 adds.
var focusAllocation = []focusColumn{
	text("AllocatedMethodDetails", func(r *focusRow) string {
		if !r.ratio.Valid {
			return ""
		}
		return fmt.Sprintf(`{"Elements":[{"AllocatedRatio":%s,"UsageUnit":%q,"UsageQuantity":%s}]}`, r.ratio.Decimal, r.unit, r.quantity.Decimal)
	}),
	text("AllocatedMethodId", func(r *focusRow) string { return ifValid(r.ratio, r.method) }),
	text("AllocatedResourceId", ofTarget(func(t *focusTarget) string { return t.id })),
	text("AllocatedResourceName", ofTarget(func(t *focusTarget) string { return t.name })),
	text("AllocatedTags", ofTarget(func(t *focusTarget) string { return t.tags })),
}

func ifValid(d decimal.NullDecimal, s string) string {
	if !d.Valid {
		return ""
	}
	return s
}
