package focustest

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Bounds of what Load reads; the model of FOCUS 1.2 has 0.6 MiB and 621 rules.
const (
	maxModel      = 4 << 20
	maxCurrencies = 1 << 20
	maxDepth      = 8 // of checks in one another
)

// version of the model that this package reads: mended, supplied and elsewhere
// name its rules.
const version = "1.2"

// RuleID names a rule of the model, such as BilledCost-C-003-M.
type RuleID string

// Criterion is something that a provider supports, in the model's words.
type Criterion string

// Some criteria of the model.
const (
	Tagging         Criterion = "TAGGING_SUPPORTED"
	Regions         Criterion = "REGION_SUPPORTED"
	UsageMeasured   Criterion = "USAGE_MEASUREMENT_SUPPORTED"
	PublicPrices    Criterion = "PUBLIC_PRICE_LIST_SUPPORTED"
	VirtualCurrency Criterion = "VIRTUAL_CURRENCY_SUPPORTED"
)

// model is the file as published, as far as it bears on a check.
type model struct {
	Details               struct{ ModelVersion, FOCUSVersion string }
	ApplicabilityCriteria map[Criterion]struct{ Description string }
	CheckFunctions        map[string]json.RawMessage
	ModelDatasets         map[string]json.RawMessage
	ModelRules            map[RuleID]modelRule
}

type modelRule struct {
	Function, Reference, EntityType, Notes string
	ModelVersionIntroduced, Status, Type   string
	ApplicabilityCriteria                  []Criterion
	ValidationCriteria                     struct {
		MustSatisfy, Keyword   string
		Requirement, Condition clause
		Dependencies           []RuleID
	}
}

// clause is one check as the model writes it; none at all has no CheckFunction.
type clause struct {
	CheckFunction            string
	ColumnName               string
	ColumnAName, ColumnBName string
	ResultColumnName         string
	ExpectedType             string          // says again what CheckFunction says
	Value                    json.RawMessage // a text, a number or null
	ExpectedCount            int
	ModelRuleID              RuleID `json:"ModelRuleId"`
	Items                    []clause
}

// UnmarshalJSON reads a clause and refuses fields that it does not know. It
// takes two slips of the model for what they mean: {"AND": …} without a
// CheckFunction, and CheckCondition in the place of ColumnName.
func (c *clause) UnmarshalJSON(b []byte) error {
	var slip struct{ AND json.RawMessage }
	if err := json.Unmarshal(b, &slip); err != nil {
		return err
	}
	if slip.AND != nil {
		if err := strict(bytes.NewReader(b), &slip); err != nil {
			return err
		}
		c.CheckFunction = "AND"
		if !bytes.HasPrefix(slip.AND, []byte("[")) {
			slip.AND = fmt.Appendf(nil, "[%s]", slip.AND)
		}
		return json.Unmarshal(slip.AND, &c.Items)
	}
	type plain clause
	var p struct {
		plain
		CheckCondition string
	}
	if err := strict(bytes.NewReader(b), &p); err != nil {
		return err
	}
	*c = clause(p.plain)
	if c.ColumnName == "" {
		c.ColumnName = p.CheckCondition
	}
	return nil
}

func strict(r io.Reader, into any) error {
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	return d.Decode(into)
}

// Load reads the model as JSON and the ISO 4217 codes as CSV: a header, then the
// code in the last field of each line. It refuses, naming the rule, a model that
// it would not follow to the letter: another version, unknown functions,
// arguments, keywords or criteria, references to rules that are not there.
func Load(modelJSON, currencies io.Reader) (*Rules, error) {
	var m model
	limited := &io.LimitedReader{R: modelJSON, N: maxModel + 1}
	err := strict(limited, &m)
	if limited.N <= 0 {
		return nil, fmt.Errorf("FOCUS model: more than %d MiB", maxModel>>20)
	}
	if err != nil {
		return nil, fmt.Errorf("FOCUS model: %w", err)
	}
	if m.Details.ModelVersion != version {
		return nil, fmt.Errorf("FOCUS model: it is of version %q; this reads %s", m.Details.ModelVersion, version)
	}
	codes, err := readCurrencies(currencies)
	if err != nil {
		return nil, fmt.Errorf("currency codes: %w", err)
	}
	rules, err := compile(m, codes)
	if err != nil {
		return nil, fmt.Errorf("FOCUS model: %w", err)
	}
	return rules, nil
}

func readCurrencies(r io.Reader) (map[string]bool, error) {
	limited := &io.LimitedReader{R: r, N: maxCurrencies + 1}
	lines, err := csv.NewReader(limited).ReadAll()
	switch {
	case limited.N <= 0:
		return nil, fmt.Errorf("more than %d MiB", maxCurrencies>>20)
	case err != nil:
		return nil, err
	case len(lines) < 2:
		return nil, errors.New("there are none")
	}
	codes := map[string]bool{}
	for i, line := range lines[1:] {
		code := line[len(line)-1]
		if !capitals.MatchString(code) {
			return nil, fmt.Errorf("line %d: %.20q is not three capital letters", i+2, code)
		}
		codes[code] = true
	}
	return codes, nil
}
