package focustest

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestBrokenTables breaks the sample in one way each; exactly the rules named
// find it. Rows: 1 and 2 usage, 3 covered by a commitment, 4 the unused part of
// it, 5 its purchase, 6 tax, 7 a correction.
func TestBrokenTables(t *testing.T) {
	rules := Open(t, folder)
	for name, c := range map[string]struct {
		table *table
		rules []RuleID
	}{
		"a mandatory column is missing":                            {sample().drop("BilledCost"), []RuleID{"CostAndUsage-D-006-M"}},
		"a column that the provider's criteria ask for is missing": {sample().drop("Tags"), []RuleID{"CostAndUsage-D-064-C"}},
		"a recommended column is missing":                          {sample().drop("AvailabilityZone"), []RuleID{"CostAndUsage-D-003-C"}},
		"a factor of a product is missing as a column": {sample().drop("PricingQuantity"),
			[]RuleID{"CostAndUsage-D-036-M", "PricingUnit-C-005-C"}},
		"a custom column has no x_":                {sample().add("Cluster"), []RuleID{"ColumnHandling-A-010-M"}},
		"a custom column is not in Pascal case":    {sample().add("x_cluster_name"), []RuleID{"ColumnHandling-A-011-O"}},
		"a column of FOCUS is after a custom one":  {sample().drop("Tags").add("Tags"), []RuleID{"ColumnHandling-A-012-O"}},
		"a cost is empty":                          {sample().set(1, "BilledCost", ""), []RuleID{"BilledCost-C-003-M"}},
		"the provider is empty":                    {sample().set(6, "ProviderName", ""), []RuleID{"ProviderName-C-003-M"}},
		"a description is empty, which is advice":  {sample().set(1, "ChargeDescription", ""), []RuleID{"ChargeDescription-C-003-O"}},
		"a blank name":                             {sample().set(1, "BillingAccountName", "  "), []RuleID{"StringHandling-A-007-M"}},
		"a word for null":                          {sample().set(1, "ResourceName", "N/A"), []RuleID{"NullHandling-A-002-M"}},
		"a name is not Unicode":                    {sample().set(1, "RegionName", "Lond\xf3n"), []RuleID{"RegionName-C-001-M", "RegionName-C-002-M"}},
		"a moment without a Z":                     {sample().set(1, "ChargePeriodStart", "2026-11-01T00:00:00"), []RuleID{"ChargePeriodStart-C-002-M"}},
		"a moment with an offset":                  {sample().set(1, "ChargePeriodStart", "2026-11-01T00:00:00+00:00"), []RuleID{"ChargePeriodStart-C-002-M"}},
		"a moment with fractions of a second":      {sample().set(1, "ChargePeriodStart", "2026-11-01T00:00:00.000Z"), []RuleID{"ChargePeriodStart-C-002-M"}},
		"a day where a moment must be":             {sample().set(1, "BillingPeriodEnd", "2026-12-01"), []RuleID{"BillingPeriodEnd-C-002-M"}},
		"a date in the British way":                {sample().set(1, "BillingPeriodEnd", "01/12/2026"), []RuleID{"BillingPeriodEnd-C-001-M", "BillingPeriodEnd-C-002-M"}},
		"a day that does not exist":                {sample().set(1, "BillingPeriodEnd", "2026-11-31T00:00:00Z"), []RuleID{"BillingPeriodEnd-C-001-M", "BillingPeriodEnd-C-002-M"}},
		"a billing period that ends as it starts":  {sample().set(1, "BillingPeriodStart", "2026-12-01T00:00:00Z"), []RuleID{"BillingPeriodStart-C-004-M"}},
		"a charge period that ends before its end": {sample().set(1, "ChargePeriodEnd", "2026-10-01T00:00:00Z"), []RuleID{"ChargePeriodStart-C-004-M"}},
		"a currency in lower case":                 {sample().set(1, "BillingCurrency", "gbp"), []RuleID{"BillingCurrency-C-003-M", "BillingCurrency-C-006-M"}},
		"a currency that ISO 4217 does not know":   {sample().set(1, "BillingCurrency", "GBX"), []RuleID{"BillingCurrency-C-003-M", "BillingCurrency-C-006-M"}},
		"a currency's sign":                        {sample().set(1, "PricingCurrency", "£"), []RuleID{"PricingCurrency-C-003-M"}},
		"a category of services of one's own": {sample().every("ServiceCategory", "Kubernetes"),
			[]RuleID{"ServiceCategory-C-003-M", "ServiceSubcategory-C-004-M"}},
		"a service in two categories": {sample().set(2, "ServiceCategory", "Other").set(2, "ServiceSubcategory", "Other (Other)"),
			[]RuleID{"ServiceName-C-005-C", "ServiceName-C-008-C"}},
		"a subcategory of another category":     {sample().every("ServiceCategory", "Storage"), []RuleID{"ServiceSubcategory-C-004-M"}},
		"a category of charges of one's own":    {sample().set(7, "ChargeCategory", "Refund"), []RuleID{"ChargeCategory-C-003-M"}},
		"a class of charges of one's own":       {sample().set(7, "ChargeClass", "Reversal"), []RuleID{"ChargeClass-C-005-C", "ConsumedQuantity-C-006-C", "ContractedUnitPrice-C-011-C", "ListCost-C-009-C", "ListUnitPrice-C-010-C"}},
		"a cost that is off by a digit":         {sample().set(1, "ContractedCost", "2.41"), []RuleID{"ContractedUnitPrice-C-011-C"}},
		"a cost that is rounded":                {sample().set(1, "ListUnitPrice", "0.10501"), []RuleID{"ListCost-C-009-C", "ListUnitPrice-C-010-C"}},
		"a product as floats would have it":     {sample().set(1, "ContractedCost", "2.4000000000000004"), []RuleID{"ContractedUnitPrice-C-011-C"}},
		"a price below zero":                    {sample().set(7, "ListUnitPrice", "-0.105"), []RuleID{"ListUnitPrice-C-008-M"}},
		"a figure with a comma":                 {sample().set(1, "BilledCost", "1,000"), []RuleID{"BilledCost-C-001-M", "BilledCost-C-002-M", "BilledCost-C-004-M"}},
		"a figure with its currency":            {sample().set(1, "EffectiveCost", "£2.40"), []RuleID{"EffectiveCost-C-001-M", "EffectiveCost-C-002-M", "EffectiveCost-C-004-M"}},
		"a figure with a plus":                  {sample().set(1, "BilledCost", "+2.4"), []RuleID{"BilledCost-C-002-M"}},
		"a figure too large to compute with":    {sample().set(1, "BilledCost", "1e999999999"), []RuleID{"BilledCost-C-001-M", "BilledCost-C-004-M"}},
		"usage without a quantity":              {sample().set(1, "PricingQuantity", ""), []RuleID{"PricingQuantity-C-005-C", "PricingUnit-C-005-C"}},
		"tax with a price":                      {sample().set(6, "ListUnitPrice", "0.1"), []RuleID{"ListUnitPrice-C-004-C"}},
		"tax with consumption":                  {sample().set(6, "ConsumedQuantity", "1"), []RuleID{"ConsumedQuantity-C-004-C", "ConsumedUnit-C-006-C"}},
		"usage without consumption":             {sample().set(1, "ConsumedQuantity", "").set(1, "ConsumedUnit", ""), []RuleID{"ConsumedQuantity-C-006-C"}},
		"a quantity without a unit":             {sample().set(1, "PricingUnit", ""), []RuleID{"PricingUnit-C-006-C"}},
		"a unit that is no unit":                {sample().set(1, "PricingUnit", "per hour!"), []RuleID{"PricingUnit-C-003-O"}},
		"tags that are not JSON":                {sample().set(1, "Tags", "team=web"), []RuleID{"Tags-C-001-M"}},
		"tags in tags":                          {sample().set(1, "Tags", `{"team":{"a":1}}`), []RuleID{"Tags-C-001-M"}},
		"a tag twice":                           {sample().set(1, "Tags", `{"team":"a","team":"b"}`), []RuleID{"Tags-C-001-M"}},
		"a region's name without the region":    {sample().set(1, "RegionId", ""), []RuleID{"RegionName-C-004-C"}},
		"a resource's name without a resource":  {sample().set(6, "ResourceName", "node-1"), []RuleID{"ResourceName-C-004-C"}},
		"a resource without a type":             {sample().set(1, "ResourceType", ""), []RuleID{"ResourceType-C-005-C"}},
		"a purchase that is billed by usage":    {sample().set(5, "ChargeFrequency", "Usage-Based"), []RuleID{"ChargeFrequency-C-004-C"}},
		"a purchase with an effective cost":     {sample().set(5, "EffectiveCost", "2.4"), []RuleID{"EffectiveCost-C-005-C"}},
		"a third party's bill with a cost":      {sample().set(1, "InvoiceIssuerName", "A Reseller"), []RuleID{"BilledCost-C-005-C"}},
		"a price of two SKUs":                   {sample().set(2, "SkuId", "sku-2"), []RuleID{"SkuPriceId-C-008-M"}},
		"a commitment without a status":         {sample().set(3, "CommitmentDiscountStatus", ""), []RuleID{"CommitmentDiscountStatus-C-004-C"}},
		"a commitment's status of another time": {sample().set(3, "CommitmentDiscountStatus", "Active"), []RuleID{"CommitmentDiscountStatus-C-005-M"}},
		"a status without a commitment":         {sample().set(1, "CommitmentDiscountStatus", "Used"), []RuleID{"CommitmentDiscountStatus-C-003-C"}},
		"a sub-account's type without one":      {sample().set(6, "SubAccountType", "Project"), []RuleID{"SubAccountType-C-003-C"}},
		"a reservation without a status":        {sample().set(3, "CapacityReservationStatus", ""), []RuleID{"CapacityReservationStatus-C-004-C"}},
		"a status without a reservation":        {sample().set(1, "CapacityReservationStatus", "Used"), []RuleID{"CapacityReservationStatus-C-003-C"}},
	} {
		t.Run(name, func(t *testing.T) {
			result := checked(t, rules, c.table.String(), everything(rules)...)
			var found []RuleID
			for _, v := range append(result.Violations, result.Advice...) {
				found = append(found, v.Rule)
			}
			slices.Sort(found)
			if d := cmp.Diff(c.rules, found); d != "" {
				t.Errorf("rules broken:\n%s", d)
			}
			for _, id := range c.rules {
				if !result.Has(id) {
					t.Errorf("Has(%s) is false", id)
				}
			}
		})
	}
}
