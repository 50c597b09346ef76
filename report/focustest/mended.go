package focustest

import (
	"encoding/json"
	"strings"
)

// mend replaces the requirement or the condition of a rule.
type mend struct {
	must, when *clause
}

// mended are the rules of model 1.2 that contradict their own text or the
// model's other rules, read as the text has them.
var mended = map[RuleID]mend{
	// "MUST be null when …Id is null"; the model requires a value.
	"CommitmentDiscountStatus-C-003-C": {must: isNull("CommitmentDiscountStatus")},
	// "when …Id is not null and Charge Category is Usage"; the model has "is null".
	"CommitmentDiscountStatus-C-004-C": {when: both(isNotNull("CommitmentDiscountId"), is("ChargeCategory", "Usage"))},
	// The model allows Active, Expired and Pending; its other rules, as the
	// specification, know Used and Unused.
	"CommitmentDiscountStatus-C-005-M": {must: either(is("CommitmentDiscountStatus", "Used"), is("CommitmentDiscountStatus", "Unused"))},
	// "when ChargeClass is not Correction"; the model has "is".
	"ConsumedQuantity-C-006-C": {when: isNot("ChargeClass", "Correction")},
	// "in all other cases" than C-004-C's, where C-006-C lets a correction have a
	// quantity; the model takes it away again.
	"CommitmentDiscountQuantity-C-007-C": {when: either(isNull("CommitmentDiscountId"),
		both(isNot("ChargeCategory", "Usage"), isNot("ChargeCategory", "Purchase")))},
	// "MUST be a valid decimal value"; the model compares another column with 0.
	"PricingCurrencyEffectiveCost-C-004-M": {must: isNumber("PricingCurrencyEffectiveCost")},
	// "MUST be a valid decimal value"; the model has "is not null".
	"ContractedCost-C-004-M":  {must: isNumber("ContractedCost")},
	"EffectiveCost-C-004-M":   {must: isNumber("EffectiveCost")},
	"ListCost-C-004-M":        {must: isNumber("ListCost")},
	"PricingQuantity-C-008-M": {must: isNumber("PricingQuantity")},
}

// supplied are checks for rules without one (the model calls them dynamic) whose
// text, or the part of it that a file shows, is plain. headerRules and cellRules
// are more of them.
var supplied = map[RuleID]mend{
	"BillingPeriodStart-C-004-M":                 {must: bounds("BillingPeriodStart", "BillingPeriodEnd")},
	"ChargePeriodStart-C-004-M":                  {must: bounds("ChargePeriodStart", "ChargePeriodEnd")},
	"CommitmentDiscountQuantity-C-009-M":         {must: isNumber("CommitmentDiscountQuantity")},
	"ConsumedQuantity-C-008-C":                   {must: isNumber("ConsumedQuantity")},
	"PricingCurrencyContractedUnitPrice-C-004-C": {must: isNull("PricingCurrencyContractedUnitPrice")},
	"PricingCurrencyContractedUnitPrice-C-005-C": {must: isNotNull("PricingCurrencyContractedUnitPrice")},
	"PricingCurrencyContractedUnitPrice-C-008-C": {must: &clause{CheckFunction: "CheckGreaterOrEqualThanValue",
		ColumnName: "PricingCurrencyContractedUnitPrice", Value: json.RawMessage("0")}},
	"ResourceName-C-004-C": {must: isNull("ResourceName")},
}

// cellRules are the supplied ones about every value of every column of text.
var cellRules = map[RuleID]func(string) bool{
	// Blank values; null itself is the nullability rules'.
	"StringHandling-A-007-M": func(v string) bool { return strings.TrimSpace(v) != "" },
	"NullHandling-A-002-M":   func(v string) bool { return !placeholders[strings.ToLower(strings.TrimSpace(v))] },
}

// placeholders are usual words for "no value", in lower case. FOCUS names the
// first; a 0 can't be told from a true one.
var placeholders = map[string]bool{"not applicable": true, "n/a": true, "null": true, "nan": true, "nil": true, "<nil>": true}

// elsewhere are rules without a check that other checks hold, by name.
var elsewhere = map[RuleID]string{
	"BillingPeriodEnd-C-004-M": "BillingPeriodStart-C-004-M",
	"ChargePeriodEnd-C-004-M":  "ChargePeriodStart-C-004-M",
	"ColumnHandling-A-013-O":   "ColumnHandling-A-012-O",
	"ContractedCost-C-009-C":   "ContractedUnitPrice-C-011-C",
	"PricingQuantity-C-009-C":  "ContractedUnitPrice-C-011-C and ListUnitPrice-C-010-C",
	"CurrencyFormat-A-001-C":   "FormatCurrency",
	"CurrencyFormat-A-002-C":   "FormatCurrency",
	"DateTimeFormat-A-001-M":   "FormatDateTime",
	"DateTimeFormat-A-002-M":   "FormatDateTime",
	"DateTimeFormat-A-004-M":   "FormatDateTime",
	"DateTimeFormat-A-005-M":   "FormatDateTime",
	"DateTimeFormat-A-006-M":   "FormatDateTime",
	"KeyValueFormat-A-001-M":   "FormatKeyValue",
	"KeyValueFormat-A-002-M":   "FormatKeyValue",
	"KeyValueFormat-A-003-M":   "FormatKeyValue",
	"KeyValueFormat-A-004-M":   "FormatKeyValue",
	"NumericFormat-A-002-M":    "FormatNumeric",
	"NumericFormat-A-003-M":    "FormatNumeric",
	"NumericFormat-A-004-M":    "FormatNumeric",
	"NumericFormat-A-005-M":    "FormatNumeric",
	"NumericFormat-A-006-M":    "FormatNumeric",
	"NumericFormat-A-007-M":    "FormatNumeric",
	"NumericFormat-A-008-M":    "FormatNumeric",
	"NumericFormat-A-009-M":    "FormatNumeric",
	"NumericFormat-A-010-M":    "FormatNumeric",
	"NumericFormat-A-011-M":    "FormatNumeric",
	"NumericFormat-A-012-M":    "TypeDecimal",
	"StringHandling-A-001-M":   "FormatString",
	"UnitFormat-A-001-M":       "FormatUnit",
}

func is(column, value string) *clause {
	return &clause{CheckFunction: "CheckValue", ColumnName: column, Value: json.RawMessage(`"` + value + `"`)}
}

func isNot(column, value string) *clause {
	return &clause{CheckFunction: "CheckNotValue", ColumnName: column, Value: json.RawMessage(`"` + value + `"`)}
}

func isNull(column string) *clause {
	return &clause{CheckFunction: "CheckValue", ColumnName: column, Value: json.RawMessage("null")}
}

func isNotNull(column string) *clause {
	return &clause{CheckFunction: "CheckNotValue", ColumnName: column, Value: json.RawMessage("null")}
}

func isNumber(column string) *clause {
	return &clause{CheckFunction: "CheckDecimalValue", ColumnName: column}
}

func both(a, b *clause) *clause { return &clause{CheckFunction: "AND", Items: []clause{*a, *b}} }

func either(a, b *clause) *clause { return &clause{CheckFunction: "OR", Items: []clause{*a, *b}} }

func bounds(start, end string) *clause {
	return &clause{CheckFunction: "startsBefore", ColumnAName: start, ColumnBName: end}
}
