package focustest

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestLoadRefusesWhatItWouldNotFollow(t *testing.T) {
	one := func(requirement, condition string) string {
		return aModel(map[string]string{"R": aRule("MUST", requirement, condition)})
	}
	good := one(aIsX, always)
	deep := strings.Repeat(`{"CheckFunction":"OR","Items":[`, maxDepth+1) + aIsX + strings.Repeat(`]}`, maxDepth+1)
	for name, c := range map[string]struct{ model, currencies, want string }{
		"no JSON":                   {"FOCUS", isoCodes, "FOCUS model: invalid character"},
		"another version":           {strings.Replace(good, `ModelVersion":"1.2"`, `ModelVersion":"1.3"`, 1), isoCodes, `it is of version "1.3"; this reads 1.2`},
		"an unknown field":          {strings.Replace(good, "ModelDatasets", "ModelSets", 1), isoCodes, `unknown field "ModelSets"`},
		"an unknown check function": {one(`{"CheckFunction":"CheckMoon","ColumnName":"A"}`, always), isoCodes, `rule "R": its requirement: the check function "CheckMoon" is not known`},
		"an unknown function among the model's": {strings.Replace(good, `"CheckFunctions":{}`, `"CheckFunctions":{"CheckMoon":{}}`, 1), isoCodes,
			`the check function "CheckMoon" is not known`},
		"an unknown function in a condition": {one(aIsX, `{"CheckFunction":"ColumnPresent","ColumnName":"A"}`), isoCodes, `the condition of "R": the check function "ColumnPresent" is not known, or not about one row`},
		"an unknown argument":                {one(`{"CheckFunction":"TypeString","ColumnName":"A","Case":"upper"}`, always), isoCodes, `unknown field "Case"`},
		"an argument too many":               {one(`{"CheckFunction":"TypeString","ColumnName":"A","Value":"x"}`, always), isoCodes, "TypeString takes [ColumnName] and nothing else"},
		"an argument missing":                {one(`{"CheckFunction":"CheckValue","ColumnName":"A"}`, always), isoCodes, "CheckValue takes [ColumnName Value] and nothing else"},
		"a column missing":                   {one(`{"CheckFunction":"ColumnPresent"}`, always), isoCodes, `"ColumnPresent" is not known, or not about one row`},
		"a slip with something else":         {one(aIsX, `{"AND":[],"OR":[]}`), isoCodes, `unknown field "OR"`},
		"a value that is a list":             {one(`{"CheckFunction":"CheckValue","ColumnName":"A","Value":[]}`, always), isoCodes, "is neither a text, a number nor null"},
		"a bound that is no number":          {one(`{"CheckFunction":"CheckGreaterOrEqualThanValue","ColumnName":"A","Value":"x"}`, always), isoCodes, "is not a number"},
		"a bound too large to compute with":  {one(`{"CheckFunction":"CheckValue","ColumnName":"A","Value":1e300}`, always), isoCodes, "is not a number"},
		"no check in a rule that has one":    {one(always, always), isoCodes, `the check function "" is not known`},
		"a condition on a column's presence": {one(`{"CheckFunction":"ColumnPresent","ColumnName":"A"}`, aIsX), isoCodes, `"ColumnPresent" is not known, or not about one row`},
		"an unknown keyword":                 {aModel(map[string]string{"R": aRule("OUGHT", aIsX, always)}), isoCodes, `the keyword "OUGHT" is not known`},
		"an unknown criterion":               {strings.Replace(good, `"ApplicabilityCriteria":[]`, `"ApplicabilityCriteria":["THREE"]`, 1), isoCodes, `the criterion "THREE" is not among the model's`},
		"a rule that is not active":          {strings.Replace(good, "Active", "Draft", 1), isoCodes, `the status "Draft" is not known`},
		"an AND of a rule that is not there": {one(of("AND", "S"), always), isoCodes, `it refers to "S", which is no rule`},
		"an OR of a rule that is not there":  {one(of("OR", "S"), always), isoCodes, `it refers to "S", which is no rule`},
		"a condition on no rule":             {one(aIsX, of("OR", "S")), isoCodes, `it refers to "S", which is no rule`},
		"an AND of itself":                   {one(of("AND", "R"), always), isoCodes, "it is, through others, a part of itself"},
		"an OR of itself":                    {one(of("OR", "R"), always), isoCodes, `it is in an OR that is in an OR itself`},
		"an AND of a rule and a check": {aModel(map[string]string{"S": aRule("MUST", aIsX, always),
			"R": aRule("MUST", `{"CheckFunction":"AND","Items":[`+aIsX+`,{"CheckFunction":"CheckModelRule","ModelRuleId":"S"}]}`, always)}), isoCodes, "an AND of rules may have nothing else"},
		"a rule in a check of a check": {one(`{"CheckFunction":"OR","Items":[`+of("OR", "R")+`]}`, always), isoCodes,
			"only an AND or an OR that is a whole requirement may refer to rules"},
		"a rule alone": {one(`{"CheckFunction":"CheckModelRule","ModelRuleId":"R"}`, always), isoCodes,
			"only an AND or an OR that is a whole requirement may refer to rules"},
		"checks too deep":              {one(deep, always), isoCodes, "checks in one another more than 8 deep"},
		"no currencies":                {good, "codes\n", "currency codes: there are none"},
		"a currency that is none":      {good, isoCodes + "2,Pound\n", `currency codes: line 4: "Pound" is not three capital letters`},
		"currencies that are no table": {good, "a,b\nc\n", "currency codes: record on line 2: wrong number of fields"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Load(strings.NewReader(c.model), strings.NewReader(c.currencies))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %s", err, c.want)
			}
		})
	}
}

func TestLoadStopsAtItsBound(t *testing.T) {
	endless := io.MultiReader(strings.NewReader(`{"ModelRules":"`), zeros{})
	if _, err := Load(endless, strings.NewReader(isoCodes)); err == nil || err.Error() != "FOCUS model: more than 4 MiB" {
		t.Error(err)
	}
}

// zeros is an endless file.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '0'
	}
	return len(p), nil
}

func TestCheckRefusesWhatIsNoTable(t *testing.T) {
	r := small(t, map[string]string{"R": aRule("MUST", aIsX, always)})
	for name, c := range map[string]struct{ table, want string }{
		"empty":                {"", "FOCUS table: it is empty"},
		"a column twice":       {"A,B,A\n", `FOCUS table: the column "A" is there twice`},
		"lines of two lengths": {"A,B\n1\n", "FOCUS table: record on line 2: wrong number of fields"},
		"a quote in a cell":    {"A\n1\"2\n", "FOCUS table: parse error on line 2"},
		"too many columns":     {strings.Repeat(",", maxColumns) + "\n", "FOCUS table: more than 1000 columns"},
	} {
		if _, err := r.Check(strings.NewReader(c.table)); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	if _, err := r.Check(strings.NewReader("A\n"), "THREE"); err == nil || err.Error() != `FOCUS table: the criterion "THREE" is not among the model's` {
		t.Error(err)
	}
	if _, err := r.Check(io.MultiReader(strings.NewReader("A\n"), lines{})); err == nil || err.Error() != "FOCUS table: more than 200000 rows" {
		t.Error(err)
	}
}

// lines is an endless table.
type lines struct{}

func (lines) Read(p []byte) (int, error) {
	return copy(p, bytes.Repeat([]byte("x\n"), max(1, len(p)/2))), nil
}

// TestOrderOfRowsChangesOnlyTheFirst: whatever the order of rows, the same rules
// are broken as often, and the same table gives the same result.
func TestOrderOfRowsChangesOnlyTheFirst(t *testing.T) {
	r := small(t, map[string]string{"R": aRule("MUST", aIsX, bIsX), "S": aRule("MUST", oneBToAnA, always), "T": aRule("SHOULD", aIsNotX, always)})
	rapid.Check(t, func(t *rapid.T) {
		cells := rapid.SampledFrom([]string{"x", "y", "z"})
		rows := rapid.SliceOf(rapid.Custom(func(t *rapid.T) string {
			return cells.Draw(t, "A") + "," + cells.Draw(t, "B") + "\n"
		})).Draw(t, "rows")
		other := rapid.Permutation(rows).Draw(t, "other order")
		a, b := counts(t, r, rows), counts(t, r, other)
		if a != b {
			t.Fatalf("%s, and in another order %s", a, b)
		}
	})
}

func counts(t *rapid.T, r *Rules, rows []string) string {
	result, err := r.Check(strings.NewReader("A,B\n" + strings.Join(rows, "")))
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range [][]Violation{result.Violations, result.Advice} {
		for i := range v {
			if v[i].Row < 1 || v[i].Row > len(rows) {
				t.Fatalf("row %d of %d", v[i].Row, len(rows))
			}
			v[i].Row = 0
		}
	}
	return broken(result)
}

// FuzzLoad: whatever the model, Load answers or errs, and what it loads checks a table.
func FuzzLoad(f *testing.F) {
	f.Add([]byte(aModel(map[string]string{"R": aRule("MUST", aIsX, bIsX), "S": aRule("MUST", of("OR", "R"), always)})))
	f.Add([]byte(aModel(map[string]string{"R": aRule("MAY", oneBToAnA, slippedIf), "S": aRule("SHOULD", of("AND", "R"), `{"AND":`+aIsX+`}`)})))
	f.Fuzz(func(t *testing.T, m []byte) {
		r, err := Load(bytes.NewReader(m), strings.NewReader(isoCodes))
		if err != nil {
			return
		}
		result := checked(t, r, "A,B,C\nx,y,z\n,,1\n")
		if n := len(result.Applied) + len(result.Skipped); n != len(r.rules) {
			t.Errorf("%d rules in the result, of %d", n, len(r.rules))
		}
	})
}

// FuzzCheck: whatever the table, Check answers or errs.
func FuzzCheck(f *testing.F) {
	f.Add([]byte("A,B\nx,y\n"))
	f.Add([]byte("A\n1e999999999\n"))
	f.Add([]byte("A\n\"{\"\"a\"\":1}\"\n2026-11-01T00:00:00Z\n"))
	rules := map[string]string{"X": aRule("MUST", oneBToAnA, always)}
	for name, fn := range functions() {
		if len(fn.arguments) == 1 && fn.arguments[0] == "ColumnName" {
			rules[name] = aRule("MUST", `{"CheckFunction":"`+name+`","ColumnName":"A"}`, always)
		}
	}
	r := small(f, rules)
	f.Fuzz(func(t *testing.T, table []byte) {
		result, err := r.Check(bytes.NewReader(table))
		if err != nil {
			return
		}
		for _, v := range result.Violations {
			if v.Row > result.Rows || v.Count < 1 || v.Count > result.Rows {
				t.Errorf("%+v of %d rows", v, result.Rows)
			}
		}
	})
}
