package report

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/pricing/book"
	"github.com/tuppence-dev/tuppence/pricing/hmrc"
	"github.com/tuppence-dev/tuppence/report/focustest"
)

// focusCriteria are what the export claims to support.
var focusCriteria = []focustest.Criterion{
	"AVAILABILITY_ZONE_SUPPORTED", "COMMITMENT_DISCOUNT_SUPPORTED", "MULTIPLE_PRICING_CATEGORIES_SUPPORTED", "NEGOTIATED_PRICING_SUPPORTED",
	"PUBLIC_PRICE_LIST_SUPPORTED", "USAGE_MEASUREMENT_SUPPORTED", "UNIT_PRICING_SUPPORTED", "SUB_ACCOUNT_SUPPORTED",
	"BILLING_BASED_ON_PROVISIONED_RESOURCES_SUPPORTED", "RESOURCE_TYPE_ASSIGNMENT_SUPPORTED", "PRICING_BILLING_CURRENCY_DIFFERENCES_SUPPORTED",
	"REGION_SUPPORTED", "TAGGING_SUPPORTED",
}

// newIn13 are the columns that the rules of 1.2 do not know.
var newIn13 = map[string]bool{"AllocatedMethodDetails": true, "AllocatedMethodId": true, "AllocatedResourceId": true,
	"AllocatedResourceName": true, "AllocatedTags": true, "HostProviderName": true, "ServiceProviderName": true}

// recorded is the input of the recording that comes with the project.
func recorded(t testing.TB) Input {
	t.Helper()
	f, err := collector.ReadFile(filepath.Join("..", "fixtures", "recordings", "testbed.jsonl.gz"))
	if err != nil {
		t.Fatal(err)
	}
	prices, err := book.Default()
	if err != nil {
		t.Fatal(err)
	}
	rates, err := hmrc.Default()
	if err != nil {
		t.Fatal(err)
	}
	l, err := pricing.Price(f, pricing.Terms{Prices: prices, FX: rates, Policy: pricing.NineToOne})
	if err != nil {
		t.Fatal(err)
	}
	return Input{Fleet: f, Ledger: l}
}

func TestFocusKeepsTheRules(t *testing.T) {
	rules := focustest.Open(t, "../../shared/focus")
	for name, in := range map[string]Input{"every kind of charge": focusInput(t), "the recording": recorded(t), "nothing": empty()} {
		for _, format := range []string{"focus", "focus-1.3"} {
			t.Run(name+"/"+format, func(t *testing.T) {
				table := readFocus(t, render(t, format, in, View{}))
				if len(table.rows) == 0 && name != "nothing" {
					t.Fatal("no rows")
				}
				result, err := rules.Check(strings.NewReader(table.without(newIn13)), focusCriteria...)
				if err != nil {
					t.Fatal(err)
				}
				for _, v := range append(result.Violations, result.Advice...) {
					t.Error(v)
				}
			})
		}
	}
}

func TestFocusThatIsBrokenFailsTheRules(t *testing.T) {
	rules := focustest.Open(t, "../../shared/focus")
	written := render(t, "focus", focusInput(t), View{})
	for column, c := range map[string]struct {
		value string
		rule  focustest.RuleID
	}{
		"BillingAccountId":         {"", "BillingAccountId-C-001-M"},
		"ContractedCost":           {"0.1", "ContractedUnitPrice-C-011-C"},
		"ListUnitPrice":            {"0.123", "ListUnitPrice-C-010-C"},
		"ChargePeriodEnd":          {"2026-10-01T00:00:00Z", "ChargePeriodStart-C-004-M"},
		"ServiceSubcategory":       {"Kubernetes", "ServiceSubcategory-C-003-M"},
		"CommitmentDiscountStatus": {"Used", "CommitmentDiscountStatus-C-003-C"},
		"EffectiveCost":            {"", "EffectiveCost-C-003-M"},
	} {
		table := readFocus(t, written)
		table.rows[0][column] = c.value
		result, err := rules.Check(strings.NewReader(table.without(nil)), focusCriteria...)
		if err != nil {
			t.Fatal(err)
		}
		if !result.Has(c.rule) {
			t.Errorf("%s of %q does not break %s, but %v", column, c.value, c.rule, result.Violations)
		}
	}
}

// details is AllocatedMethodDetails as its schema has it.
type details struct {
	Elements []struct {
		AllocatedRatio, UsageQuantity decimal.Decimal
		UsageUnit                     string
	}
}

// TestFocus13 holds 1.3's own requirements of the columns that it adds.
// https://github.com/FinOps-Open-Cost-and-Usage-Spec/FOCUS_Spec
func TestFocus13(t *testing.T) {
	for _, in := range []Input{focusInput(t), recorded(t)} {
		table := readFocus(t, render(t, "focus-1.3", in, View{}))
		for column := range newIn13 {
			if !slices.Contains(table.header, column) {
				t.Errorf("%s must be there", column)
			}
		}
		for _, row := range table.rows {
			allocated := row["AllocatedMethodId"] != ""
			for rule, held := range map[string]bool{
				"HostProviderName must not be null":                          row["HostProviderName"] != "",
				"ServiceProviderName must not be null":                       row["ServiceProviderName"] != "",
				"what is allocated says how":                                 allocated == (row["AllocatedMethodDetails"] != ""),
				"a name has an id":                                           (row["AllocatedResourceId"] == "") == (row["AllocatedResourceName"] == ""),
				"tags and resources are of allocated charges":                allocated || row["AllocatedResourceId"] == "" && row["AllocatedTags"] == "",
				"the allocated portion has a resource, the unallocated none": (row["x_CostClass"] == "workload") == (row["AllocatedResourceId"] != ""),
				"all usage that is not unused is allocated":                  allocated == (row["ChargeCategory"] == "Usage" && row["CommitmentDiscountStatus"] != "Unused"),
			} {
				if !held {
					t.Errorf("%s: %v", rule, row)
				}
			}
			if !allocated {
				continue
			}
			var d details
			if err := json.Unmarshal([]byte(row["AllocatedMethodDetails"]), &d); err != nil {
				t.Fatal(err)
			}
			if e := d.Elements; len(e) != 1 || e[0].UsageUnit != row["PricingUnit"] || !e[0].UsageQuantity.Equal(digits(row["PricingQuantity"])) {
				t.Errorf("details %+v of %v", d, row)
			}
			var tags map[string]string
			if err := json.Unmarshal([]byte(row["AllocatedTags"]), &tags); err != nil || tags["tuppence/cluster"] != row["x_Cluster"] {
				t.Errorf("tags %s: %v", row["AllocatedTags"], err)
			}
		}
	}
}

func TestFocusAllocatedColumnsBeginWithXIn12(t *testing.T) {
	old, now := readFocus(t, render(t, "focus", focusInput(t), View{})), readFocus(t, render(t, "focus-1.3", focusInput(t), View{}))
	if len(old.rows) != len(now.rows) {
		t.Fatalf("%d rows and %d", len(old.rows), len(now.rows))
	}
	for i, row := range now.rows {
		for column, value := range row {
			if strings.HasPrefix(column, "Allocated") {
				column = "x_" + column
			}
			if got, there := old.rows[i][column]; got != value || !there && !newIn13[column] {
				if !newIn13[column] {
					t.Fatalf("row %d: %s is %q in 1.2 and %q in 1.3", i, column, got, value)
				}
			}
		}
	}
}

func TestFocusGolden(t *testing.T) {
	golden(t, "focus-1.3.csv", render(t, "focus-1.3", focusInput(t), View{}))
}

func TestFocusStopsWhereItsReaderDoes(t *testing.T) {
	data := Build(focusInput(t)).priced
	all := 0
	for range data.rows() {
		all++
	}
	for stop := 1; stop <= all; stop++ {
		n := 0
		for range data.rows() {
			if n++; n == stop {
				break
			}
		}
		if n != stop {
			t.Fatalf("%d rows, not %d", n, stop)
		}
	}
}

func TestFocusOfAReportThatWasReadBackIsEmpty(t *testing.T) {
	var b strings.Builder
	if err := writeFocus(focus12)(&b, &Report{}, View{}); err != nil {
		t.Fatal(err)
	}
	if table := readFocus(t, b.String()); len(table.rows) > 0 || len(table.header) != len(focusColumns(focus12)) {
		t.Errorf("got %s", b.String())
	}
}

func TestFocusSaysWhatItLeavesOut(t *testing.T) {
	in := focusInput(t)
	r := Build(in)
	// x has no price, a quarter of reserved stands in a contract.
	want := collector.Gap{Cluster: "all clusters", Source: "focus", Reason: "2 charges have a cost that is unknown, in part or in whole, and not in the FOCUS export, where none can be empty"}
	if !slices.Contains(r.Notes, want) {
		t.Errorf("no %q in %v", want, r.Notes)
	}
	written := readFocus(t, render(t, "focus", in, View{}))
	for _, row := range written.rows {
		if row["ResourceName"] == "x" {
			t.Errorf("a row of what has no price: %v", row)
		}
		if row["ResourceName"] == "reserved" && row["CommitmentDiscountId"] != "ri-r6i" {
			t.Errorf("a row of what stands in a contract: %v", row)
		}
	}
	if notes := Build(ordinary()).Notes; len(notes) > 0 {
		t.Errorf("with all prices known: %v", notes)
	}
}
