package focustest

import (
	"encoding/csv"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// isoCodes are enough of ISO 4217 for a test.
const isoCodes = ",currency_codes\n0,GBP\n1,EUR\n"

// aRule is a rule of a model in a test: its keyword, requirement and condition.
func aRule(keyword, requirement, condition string) string {
	return fmt.Sprintf(`{"Function":"Validation","Reference":"A","EntityType":"Column","ModelVersionIntroduced":"1.2",
		"Status":"Active","Type":"Static","ApplicabilityCriteria":[],"ValidationCriteria":{"MustSatisfy":"the text",
		"Keyword":%q,"Requirement":%s,"Condition":%s,"Dependencies":[]}}`, keyword, requirement, condition)
}

// aModel is a model of some rules, by ID.
func aModel(rules map[string]string) string {
	var members []string
	for _, id := range slices.Sorted(maps.Keys(rules)) {
		members = append(members, fmt.Sprintf("%q:%s", id, rules[id]))
	}
	return `{"Details":{"ModelVersion":"1.2","FOCUSVersion":"1.2"},"ApplicabilityCriteria":{"ONE":{"Description":""},"TWO":{"Description":""},"VIRTUAL_CURRENCY_SUPPORTED":{"Description":""}},
		"CheckFunctions":{},"ModelDatasets":{},"ModelRules":{` + strings.Join(members, ",") + `}}`
}

func small(t testing.TB, rules map[string]string) *Rules {
	t.Helper()
	r, err := Load(strings.NewReader(aModel(rules)), strings.NewReader(isoCodes))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// broken are the IDs of what a table breaks, with the first row and the count.
func broken(result *Result) string {
	var s []string
	for _, v := range append(result.Violations, result.Advice...) {
		s = append(s, fmt.Sprintf("%s@%d×%d", v.Rule, v.Row, v.Count))
	}
	return strings.Join(s, " ")
}

// each is a row of one cell for each value.
func each(values ...string) [][]string {
	var rows [][]string
	for _, v := range values {
		rows = append(rows, []string{v})
	}
	return rows
}

// abc is a table of the columns A, B and C with one row; what it lacks is null.
func abc(t testing.TB, cells []string) string {
	t.Helper()
	var b strings.Builder
	line := append(slices.Clone(cells), make([]string, 3-len(cells))...)
	if err := csv.NewWriter(&b).WriteAll([][]string{{"A", "B", "C"}, line}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestCheckFunctions has rows that pass and rows that do not for each check
// function. Null passes all but "is not null".
func TestCheckFunctions(t *testing.T) {
	tested := map[string]bool{"CheckModelRule": true} // in TestRulesInRules
	both := `"Items":[{"CheckFunction":"CheckValue","ColumnName":"A","Value":"x"},{"CheckFunction":"CheckValue","ColumnName":"B","Value":"y"}]`
	a, pair := `"ColumnName":"A"`, `"ColumnAName":"A","ColumnBName":"B"`
	for _, c := range []struct {
		function, arguments string
		pass, fail          [][]string
	}{
		{"AND", both, [][]string{{"x", "y"}, {"x", ""}, {"", "y"}, {"", ""}}, [][]string{{"x", "z"}, {"z", "y"}, {"z", ""}}},
		{"OR", both, [][]string{{"x", "y"}, {"x", "z"}, {"z", "y"}, {"z", ""}}, [][]string{{"z", "z"}}},
		{"CheckValue", a + `,"Value":"x"`, each("x", ""), each("X", "x ", "y")},
		{"CheckValue", a + `,"Value":0`, each("0", "0.00", "-0", "0E5", ""), each("0.01", "x", "-1")},
		{"CheckValue", a + `,"Value":null`, each(""), each("x", " ")},
		{"CheckNotValue", a + `,"Value":"x"`, each("y", "X", ""), each("x")},
		{"CheckNotValue", a + `,"Value":null`, each("x", " "), each("")},
		{"CheckGreaterOrEqualThanValue", a + `,"Value":0`, each("0", "0.0001", "1e3", "x", ""), each("-0.0001", "-1")},
		{"CheckSameValue", pair, [][]string{{"x", "x"}, {"x", ""}, {"", "x"}}, [][]string{{"x", "y"}, {"1", "1.0"}}},
		{"CheckNotSameValue", pair, [][]string{{"x", "y"}, {"x", ""}, {"", "x"}}, [][]string{{"x", "x"}}},
		{"ColumnByColumnEqualsColumnValue", pair + `,"ResultColumnName":"C"`,
			[][]string{{"0.1", "3", "0.3"}, {"0.1", "3", "0.30"}, {"-1", "2", "-2"}, {"", "3", "1"}, {"1", "", "1"}, {"1", "2", ""}, {"x", "1", "1"}},
			[][]string{{"0.1", "3", "0.30000000000000004"}, {"1", "2", "3"}, {"0.333", "3", "1"}}},
		{"CheckNationalCurrency", a, each("GBP", ""), each("gbp", "USD", "GBP ", "GB")},
		{"FormatCurrency", a, each("EUR", ""), each("eur", "credits")},
		{"CheckDecimalValue", a, each("1", "-1.5", "+1", "1e5", ""), each("x", "1,5", "1e999999999", "0x10", "NaN")},
		{"TypeDecimal", a, each("1", ".5", "1e-5", ""), each("one", "1/2", "--1", strings.Repeat("1", maxDigits+1))},
		{"TypeDateTime", a, each("2026-11-01T00:00:00Z", "2026-11-01 00:00:00", "2026-11-01", ""), each("1 Nov 2026", "2026-02-30", "2026")},
		{"TypeDateTime", a + `,"ExpectedType":"DateTime"`, each("2026-11-01"), each("x")},
		{"TypeString", a, each("wéb", ""), each("w\xe9b")},
		{"FormatString", a, each("wéb", ""), each("w\xe9b")},
		{"FormatDateTime", a, each("2026-11-01T23:59:59Z", ""), each("2026-11-01T23:59:59", "2026-11-01T23:59:59.1Z",
			"2026-11-01T24:00:00Z", "2026-11-01T00:00:00+00:00", "2026-11-01 00:00:00Z", "2026-1-1T00:00:00Z", "2026-02-30T00:00:00Z")},
		{"FormatKeyValue", a, each(`{}`, `{"a":"b"}`, `{"a":null,"b":true}`, `{"a":1.5e3}`, ""), each(`{"a":[]}`, `{"a":{}}`, `[]`, `"a"`,
			`{`, `a=b`, `{"a":"b"}{}`, `{"a":"1","a":"2"}`, `{"a"}`, `null`, `{"a":"b"`)},
		{"FormatNumeric", a, each("1", "-1.5", ".5", "1E5", "1.2e-5", ""), each("+1", "1E+5", "1,000", "£1", "1 GB", "1/2", "1.", "0x1", "1 ", "e5", "1_0")},
		{"FormatUnit", a, each("Hours", "GB", "GiB-Months", "GB/Hour", "1000 Requests", "Requests/3 Months", "vCPU-Hours", ""),
			each("GB-Hour", "GB/Hours", "1.5 Hours", "per hour!", "/Hour", "Requests/3 Month")},
		{"startsBefore", pair, [][]string{{"2026-11-01T00:00:00Z", "2026-11-01T00:00:01Z"}, {"x", "x"}, {"", "2026-11-01T00:00:00Z"}},
			[][]string{{"2026-11-01T00:00:00Z", "2026-11-01T00:00:00Z"}, {"2026-12-01T00:00:00Z", "2026-11-01T00:00:00Z"}}},
	} {
		tested[c.function] = true
		r := small(t, map[string]string{"A-1": aRule("MUST", fmt.Sprintf(`{"CheckFunction":%q,%s}`, c.function, c.arguments), "{}")})
		for want, rows := range map[string][][]string{"": c.pass, "A-1@1×1": c.fail} {
			for _, cells := range rows {
				if got := broken(checked(t, r, abc(t, cells))); got != want {
					t.Errorf("%s of %s on %q: %q, want %q", c.function, c.arguments, cells, got, want)
				}
			}
		}
	}
	for name := range functions() {
		if !tested[name] {
			t.Errorf("%s has no test", name)
		}
	}
}
