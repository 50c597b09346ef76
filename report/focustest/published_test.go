package focustest

import (
	"compress/gzip"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// published is the model as it is, without the rules made of it.
func published(t *testing.T) model {
	t.Helper()
	Open(t, folder) // skips the test without the folder
	f, err := os.Open(folder + "/model-1.2.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var m model
	if err := json.NewDecoder(z).Decode(&m); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestTheModelLoadsWhole(t *testing.T) {
	m := published(t)
	if n := len(Open(t, folder).rules); n != 621 || n != len(m.ModelRules) {
		t.Errorf("%d rules of %d", n, len(m.ModelRules))
	}
	required, conditional := map[string]int{}, map[string]int{}
	for _, r := range m.ModelRules {
		count(r.ValidationCriteria.Requirement, required)
		count(r.ValidationCriteria.Condition, conditional)
	}
	want := map[string]int{
		"": 201, "AND": 223, "CheckDecimalValue": 1, "CheckDistinctCount": 3, "CheckGreaterOrEqualThanValue": 4, "CheckModelRule": 613,
		"CheckNationalCurrency": 1, "CheckNotValue": 52, "CheckSameValue": 1, "CheckValue": 316, "ColumnByColumnEqualsColumnValue": 3,
		"ColumnPresent": 63, "FormatCurrency": 2, "FormatDateTime": 4, "FormatKeyValue": 2, "FormatNumeric": 12, "FormatString": 30,
		"FormatUnit": 3, "OR": 11, "TypeDateTime": 4, "TypeDecimal": 12, "TypeString": 39,
	}
	if d := cmp.Diff(want, required); d != "" {
		t.Errorf("requirements by check function:\n%s", d)
	}
	want = map[string]int{"": 515, "AND": 23, "CheckNotSameValue": 1, "CheckNotValue": 65, "CheckValue": 79, "OR": 13}
	if d := cmp.Diff(want, conditional); d != "" {
		t.Errorf("conditions by check function:\n%s", d)
	}
}

func count(c clause, into map[string]int) {
	into[c.CheckFunction]++
	for _, i := range c.Items {
		count(i, into)
	}
}

// TestOwnTablesFitTheModel: no rule that this package mends, supplies or holds
// elsewhere is gone or has a check of its own now.
func TestOwnTablesFitTheModel(t *testing.T) {
	m := published(t)
	fits := func(id RuleID, dynamic bool) {
		r, there := m.ModelRules[id]
		if !there || (r.ValidationCriteria.Requirement.CheckFunction == "") != dynamic {
			t.Errorf("%s: in the model: %v, without a check: %v", id, there, !dynamic)
		}
	}
	for id := range mended {
		fits(id, false)
	}
	for _, ids := range [][]RuleID{
		slices.Collect(maps.Keys(supplied)), slices.Collect(maps.Keys(headerRules)),
		slices.Collect(maps.Keys(cellRules)), slices.Collect(maps.Keys(elsewhere)),
	} {
		for _, id := range ids {
			fits(id, true)
		}
	}
}

func TestAGoodTablePassesEveryRule(t *testing.T) {
	rules := Open(t, folder)
	result := checked(t, rules, sample().String(), everything(rules)...)
	for _, v := range append(result.Violations, result.Advice...) {
		t.Error(v)
	}
	if result.Rows != 7 {
		t.Errorf("%d rows", result.Rows)
	}
}

// TestNoRuleIsLost: each rule is applied or skipped, once; what is skipped
// although every column and criterion is there is known.
func TestNoRuleIsLost(t *testing.T) {
	rules := Open(t, folder)
	result := checked(t, rules, sample().String(), everything(rules)...)
	ids, reasons := slices.Clone(result.Applied), map[Reason]int{}
	for _, s := range result.Skipped {
		ids = append(ids, s.Rule)
		reasons[s.Reason]++
		if s.Reason == NotSupported && s.Detail != string(VirtualCurrency) {
			t.Errorf("%s is skipped for %s", s.Rule, s.Detail)
		}
	}
	slices.Sort(ids)
	if n := len(slices.Compact(ids)); n != 621 || len(ids) != 621 {
		t.Errorf("%d rules, %d of them different", len(ids), n)
	}
	want := map[Reason]int{Gathers: 141, Permits: 35, Elsewhere: 33, Outside: 130, NotSupported: 3}
	if d := cmp.Diff(want, reasons); d != "" {
		t.Errorf("rules skipped by reason:\n%s", d)
	}
}

// TestOutsideIsWhatTheModelHasNoCheckFor: no rule with a check is given up.
func TestOutsideIsWhatTheModelHasNoCheckFor(t *testing.T) {
	m, rules := published(t), Open(t, folder)
	for _, s := range checked(t, rules, sample().String()).Skipped {
		if r := m.ModelRules[s.Rule]; s.Reason == Outside && (r.Type != "Dynamic" || r.ValidationCriteria.Requirement.CheckFunction != "") {
			t.Errorf("%s has a check", s.Rule)
		}
	}
}

// TestEveryRuleCanBeBroken puts each of some wrong values in each cell in turn,
// and leaves each column out: every rule that applies finds something, but for
// one, of which the model says "null or not null".
func TestEveryRuleCanBeBroken(t *testing.T) {
	rules := Open(t, folder)
	broken := map[RuleID]bool{}
	note := func(s *table) {
		result := checked(t, rules, s.String(), everything(rules)...)
		for _, v := range append(result.Violations, result.Advice...) {
			broken[v.Rule] = true
		}
	}
	mutants := &table{columns: sample().columns}
	for _, column := range mutants.columns {
		note(sample().drop(column))
		for _, value := range []string{"", "x", "-1", "1", "+1", " ", "n/a", "\xff", "Correction", "Usage", "Purchase", "Tax", "Unused", "Storage",
			"2027-01-01T00:00:00Z"} {
			mutants.rows = append(mutants.rows, sample().every(column, value).rows...)
		}
	}
	note(mutants)
	note(sample().add("cost").add("Cost_Centre").add("x_cost").add("X" + strings.Repeat("x", 50)).add("Tags2"))
	note(sample().drop("Tags").add("Tags"))
	var never []RuleID
	for _, id := range checked(t, rules, sample().String(), everything(rules)...).Applied {
		if !broken[id] {
			never = append(never, id)
		}
	}
	if d := cmp.Diff([]RuleID{"InvoiceId-C-003-C"}, never); d != "" {
		t.Errorf("rules that nothing breaks:\n%s", d)
	}
}
