package focustest

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// Checks of a rule in a test.
const (
	always    = `{}`
	aIsX      = `{"CheckFunction":"CheckValue","ColumnName":"A","Value":"x"}`
	aIsNull   = `{"CheckFunction":"CheckValue","ColumnName":"A","Value":null}`
	aIsNotX   = `{"CheckFunction":"CheckNotValue","ColumnName":"A","Value":"x"}`
	bIsX      = `{"CheckFunction":"CheckValue","ColumnName":"B","Value":"x"}`
	bIsNotX   = `{"CheckFunction":"CheckNotValue","ColumnName":"B","Value":"x"}`
	bIsNull   = `{"CheckFunction":"CheckValue","ColumnName":"B","Value":null}`
	oneBToAnA = `{"CheckFunction":"CheckDistinctCount","ColumnAName":"A","ColumnBName":"B","ExpectedCount":1}`
	slippedIf = `{"CheckFunction":"CheckNotValue","CheckCondition":"B","Value":null}`
)

// of is an AND or an OR of other rules.
func of(how string, ids ...string) string {
	var items []string
	for _, id := range ids {
		items = append(items, `{"CheckFunction":"CheckModelRule","ModelRuleId":"`+id+`"}`)
	}
	return `{"CheckFunction":"` + how + `","Items":[` + strings.Join(items, ",") + `]}`
}

func TestHowRulesAreApplied(t *testing.T) {
	must := func(requirement, condition string) string { return aRule("MUST", requirement, condition) }
	for name, c := range map[string]struct {
		rules map[string]string
		table string
		want  string
	}{
		"rows are counted, the first is named": {map[string]string{"R": must(aIsX, always)}, "A\nx\ny\nz\n", "R@2×2"},
		"a condition that is false excuses":    {map[string]string{"R": must(aIsX, bIsX)}, "A,B\ny,y\n", ""},
		"a condition that is true does not":    {map[string]string{"R": must(aIsX, bIsX)}, "A,B\ny,x\n", "R@1×1"},
		"a condition that is unknown excuses":  {map[string]string{"R": must(aIsX, bIsX)}, "A,B\ny,\n", ""},
		"null is not a value":                  {map[string]string{"R": must(aIsX, bIsNotX)}, "A,B\ny,\n", "R@1×1"},
		"an absent column of a condition is null": {
			map[string]string{"R": must(aIsX, bIsNull)}, "A\ny\n", "R@1×1"},
		"an absent column of a requirement skips the rule": {
			map[string]string{"R": must(aIsX, always)}, "B\ny\n", ""},
		"a condition of an AND of rules is its rules' too": {
			map[string]string{"R": must(aIsX, always), "S": must(of("AND", "R"), bIsX), "T": must(of("AND", "S"), always)},
			"A,B\ny,y\nz,x\n", "R@2×1"},
		"in an OR of rules one that holds is enough": {
			map[string]string{"R": must(aIsX, always), "S": must(bIsX, always), "T": must(of("OR", "R", "S"), always)},
			"A,B\nx,y\ny,x\ny,y\n", "T@3×1"},
		"in an OR of rules an excused one is no alternative": {
			map[string]string{"R": must(aIsNull, bIsNull), "S": must(aIsX, bIsX), "T": must(of("OR", "R", "S"), always)},
			"A,B\ny,\ny,x\n,\nx,x\n", "T@1×2"},
		"a distinct count is of the rows that the condition takes": {
			map[string]string{"R": must(oneBToAnA, `{"CheckFunction":"CheckNotValue","ColumnName":"C","Value":"x"}`)},
			"A,B,C\na,1,\na,2,x\nb,1,\nb,2,\nb,2,\n,1,\n,2,\nc,,\n", "R@3×4"},
		"two slips of the model are taken for what they mean": {
			map[string]string{"R": must(aIsX, slippedIf), "S": must(aIsX, `{"AND":`+bIsX+`}`), "T": must(aIsX, `{"AND":[`+bIsX+`]}`)},
			"A,B\ny,\ny,y\ny,x\n", "R@2×2 S@3×1 T@3×1"},
		"SHOULD is advice": {map[string]string{"R": aRule("SHOULD", aIsX, always)}, "A\ny\n", "R@1×1"},
		"MAY is nothing":   {map[string]string{"R": aRule("MAY", aIsX, always)}, "A\ny\n", ""},
		"a column that must be there is the table's": {
			map[string]string{"R": must(`{"CheckFunction":"ColumnPresent","ColumnName":"B"}`, always)}, "A\ny\n", "R@0×1"},
		"a table without rows breaks no rule about rows": {map[string]string{"R": must(aIsX, always)}, "A\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			result := checked(t, small(t, c.rules), c.table)
			if got := broken(result); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
			if n := len(result.Applied) + len(result.Skipped); n != len(c.rules) {
				t.Errorf("%d rules in the result, of %d", n, len(c.rules))
			}
		})
	}
}

func TestAdviceIsNotViolation(t *testing.T) {
	for keyword, advice := range map[string]bool{"MUST": false, "MUST NOT": false, "SHOULD": true, "SHOULD NOT": true, "RECOMMENDED": true} {
		result := checked(t, small(t, map[string]string{"R": aRule(keyword, aIsX, always)}), "A\ny\n")
		found := result.Violations
		if advice {
			found = result.Advice
		}
		if len(found) != 1 || len(result.Violations)+len(result.Advice) != 1 {
			t.Errorf("%s: %d violations, %d advice", keyword, len(result.Violations), len(result.Advice))
			continue
		}
		want := Violation{Rule: "R", Keyword: keyword, Column: "A", Row: 1, Count: 1, Value: "y", Requirement: "the text"}
		if found[0] != want {
			t.Errorf("%+v, want %+v", found[0], want)
		}
		if s := want.String(); s != `R: A, row 1 (1 in all): "y": the text` {
			t.Error(s)
		}
	}
}

// TestWhyRulesAreSkipped has each reason once.
func TestWhyRulesAreSkipped(t *testing.T) {
	twoCriteria := strings.Replace(aRule("MUST", aIsX, always), `"ApplicabilityCriteria":[]`, `"ApplicabilityCriteria":["ONE","TWO"]`, 1)
	dynamic := strings.Replace(aRule("MUST", always, always), "Static", "Dynamic", 1)
	rules := small(t, map[string]string{
		"Gathers": aRule("MUST", of("AND", "Column", "Or"), always), "May": aRule("MAY", aIsX, always), "Criteria": twoCriteria,
		"Column": aRule("MUST", bIsX, always), "Or": aRule("MUST", of("OR", "Chosen"), always), "Chosen": aRule("MUST", aIsX, always),
		"Dynamic": dynamic, "BillingPeriodEnd-C-004-M": dynamic,
	})
	for criteria, want := range map[string]map[RuleID]Skipped{
		"ONE": {
			"Gathers": {"Gathers", Gathers, ""}, "May": {"May", Permits, ""}, "Criteria": {"Criteria", NotSupported, "TWO"},
			"Column": {"Column", NoColumn, "B"}, "Chosen": {"Chosen", Elsewhere, "held by Or"}, "Dynamic": {"Dynamic", Outside, ""},
			"BillingPeriodEnd-C-004-M": {"BillingPeriodEnd-C-004-M", Elsewhere, "held by BillingPeriodStart-C-004-M"},
		},
		"ONE TWO": nil,
	} {
		var given []Criterion
		for c := range strings.FieldsSeq(criteria) {
			given = append(given, Criterion(c))
		}
		result := checked(t, rules, "A\nx\n", given...)
		if want == nil {
			if !slices.Contains(result.Applied, "Criteria") {
				t.Error("both criteria hold, and the rule is not applied")
			}
			continue
		}
		got := map[RuleID]Skipped{}
		for _, s := range result.Skipped {
			got[s.Rule] = s
		}
		if !maps.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
	}
}

func TestAVirtualCurrencyIsAnyText(t *testing.T) {
	r := small(t, map[string]string{"R": aRule("MUST", `{"CheckFunction":"FormatCurrency","ColumnName":"A"}`, always)})
	if got := broken(checked(t, r, "A,B\ncredits,\n,\n\xff,\n", VirtualCurrency)); got != "R@3×1" {
		t.Error(got)
	}
}
