package focustest

import (
	"encoding/csv"
	"maps"
	"slices"
	"strings"
	"testing"
)

// folder of the published model; tests that need it are skipped without it.
const folder = "../../../shared/focus"

// table is a CSV table in the making.
type table struct {
	columns []string
	rows    []map[string]string
}

// sample is a good table of seven charges with every column of FOCUS 1.2 and one
// of its own. Its rows are numbered as Violation has them.
func sample() *table {
	t := &table{columns: slices.Sorted(maps.Keys(usage)), rows: []map[string]string{
		usage, short, covered, unused, purchase, tax, correction,
	}}
	t.columns = append(t.columns, "x_Cluster")
	for i, extra := range t.rows {
		t.rows[i] = maps.Clone(usage)
		maps.Copy(t.rows[i], extra)
	}
	return t
}

var (
	usage = map[string]string{
		"AvailabilityZone": "eu-west-2a", "BilledCost": "2.40", "BillingAccountId": "acct-1", "BillingAccountName": "Example plc",
		"BillingAccountType": "Billing Account", "BillingCurrency": "GBP",
		"BillingPeriodStart": "2026-11-01T00:00:00Z", "BillingPeriodEnd": "2026-12-01T00:00:00Z",
		"CapacityReservationId": "", "CapacityReservationStatus": "",
		"ChargeCategory": "Usage", "ChargeClass": "", "ChargeDescription": "A node, a day", "ChargeFrequency": "Usage-Based",
		"ChargePeriodStart": "2026-11-01T00:00:00Z", "ChargePeriodEnd": "2026-11-02T00:00:00Z",
		"CommitmentDiscountCategory": "", "CommitmentDiscountId": "", "CommitmentDiscountName": "", "CommitmentDiscountQuantity": "",
		"CommitmentDiscountStatus": "", "CommitmentDiscountType": "", "CommitmentDiscountUnit": "",
		"ConsumedQuantity": "24", "ConsumedUnit": "Hours", "ContractedCost": "2.40", "ContractedUnitPrice": "0.1",
		"EffectiveCost": "2.4", "InvoiceId": "INV-1", "InvoiceIssuerName": "Example Cloud", "ListCost": "2.52", "ListUnitPrice": "0.105",
		"PricingCategory": "Standard", "PricingCurrency": "USD", "PricingCurrencyContractedUnitPrice": "0.13",
		"PricingCurrencyEffectiveCost": "3.12", "PricingCurrencyListUnitPrice": "0.14", "PricingQuantity": "24", "PricingUnit": "Hours",
		"ProviderName": "Example Cloud", "PublisherName": "Example Cloud", "RegionId": "eu-west-2", "RegionName": "London",
		"ResourceId": "i-1", "ResourceName": "node-1", "ResourceType": "Virtual machine",
		"ServiceCategory": "Compute", "ServiceName": "Machines", "ServiceSubcategory": "Virtual Machines",
		"SkuId": "sku-1", "SkuMeter": "Machine hours", "SkuPriceDetails": `{"CoreCount":2}`, "SkuPriceId": "price-1",
		"SubAccountId": "sub-1", "SubAccountName": "web", "SubAccountType": "Project", "Tags": `{"team":"wéb","spot":true,"n":1}`,
	}
	// short has less quantity, no invoice yet and a column of its own.
	short = map[string]string{"PricingQuantity": "1.5E1", "ListCost": "1.575", "ContractedCost": "1.5", "x_Cluster": "lon", "InvoiceId": ""}
	// covered by a commitment and by a reservation.
	covered = map[string]string{"BilledCost": "0.00", "PricingCategory": "Committed",
		"CommitmentDiscountCategory": "Usage", "CommitmentDiscountId": "cd-1", "CommitmentDiscountName": "Three years",
		"CommitmentDiscountQuantity": "24", "CommitmentDiscountStatus": "Used", "CommitmentDiscountType": "Reserved",
		"CommitmentDiscountUnit": "Hours", "CapacityReservationId": "cr-1", "CapacityReservationStatus": "Used"}
	unused = with(covered, map[string]string{"CommitmentDiscountStatus": "Unused", "ConsumedQuantity": "", "ConsumedUnit": "",
		"CapacityReservationStatus": "Unused"})
	purchase = with(covered, map[string]string{"BilledCost": "2.40", "ChargeCategory": "Purchase", "ChargeFrequency": "Recurring",
		"CommitmentDiscountStatus": "", "ConsumedQuantity": "", "ConsumedUnit": "", "EffectiveCost": "0",
		"CapacityReservationId": "", "CapacityReservationStatus": ""})
	// tax has no price, no quantity and no SKU.
	tax = map[string]string{"ChargeCategory": "Tax", "ConsumedQuantity": "", "ConsumedUnit": "", "ContractedUnitPrice": "",
		"ListUnitPrice": "", "PricingCategory": "", "PricingCurrencyContractedUnitPrice": "", "PricingCurrencyListUnitPrice": "",
		"PricingQuantity": "", "PricingUnit": "", "SkuId": "", "SkuMeter": "", "SkuPriceDetails": "", "SkuPriceId": "",
		"RegionId": "", "RegionName": "", "ResourceId": "", "ResourceName": "", "ResourceType": "", "SubAccountId": "",
		"SubAccountName": "", "SubAccountType": "", "Tags": "", "AvailabilityZone": ""}
	// correction is negative, and needs no product.
	correction = map[string]string{"BilledCost": "-0.01", "ChargeClass": "Correction", "ConsumedQuantity": "", "ConsumedUnit": "",
		"ContractedCost": "-0.01", "EffectiveCost": "-0.01", "ListCost": "-0.01"}
)

func with(base, extra map[string]string) map[string]string {
	m := maps.Clone(base)
	maps.Copy(m, extra)
	return m
}

// set gives a cell another value, in row n.
func (t *table) set(n int, column, value string) *table {
	t.rows[n-1][column] = value
	return t
}

// every gives a cell of each row another value.
func (t *table) every(column, value string) *table {
	for i := range t.rows {
		t.set(i+1, column, value)
	}
	return t
}

func (t *table) drop(columns ...string) *table {
	t.columns = slices.DeleteFunc(t.columns, func(c string) bool { return slices.Contains(columns, c) })
	return t
}

func (t *table) add(column string) *table {
	t.columns = append(t.columns, column)
	return t
}

func (t *table) String() string {
	var b strings.Builder
	w := csv.NewWriter(&b)
	lines := [][]string{t.columns}
	for _, r := range t.rows {
		var line []string
		for _, c := range t.columns {
			line = append(line, r[c])
		}
		lines = append(lines, line)
	}
	if err := w.WriteAll(lines); err != nil {
		panic(err)
	}
	return b.String()
}

// everything is each criterion of the rules but the virtual currency, which
// makes any text a currency.
func everything(r *Rules) []Criterion {
	var all []Criterion
	for _, rule := range r.rules {
		all = append(all, rule.criteria...)
	}
	slices.Sort(all)
	return slices.DeleteFunc(slices.Compact(all), func(c Criterion) bool { return c == VirtualCurrency })
}

func checked(t testing.TB, r *Rules, table string, criteria ...Criterion) *Result {
	t.Helper()
	result, err := r.Check(strings.NewReader(table), criteria...)
	if err != nil {
		t.Fatal(err)
	}
	return result
}
