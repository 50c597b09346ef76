package focustest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/shopspring/decimal"
)

// function is a check function of the model that is about one row.
type function struct {
	arguments []string
	build     func(s *source, c clause, depth int) (check, error)
}

// functions are the model's check functions by name, but for the two that are
// about a table: ColumnPresent and CheckDistinctCount, which only a whole
// requirement may be. startsBefore is not the model's: supplied needs it.
func functions() map[string]function {
	column := []string{"ColumnName"}
	value := []string{"ColumnName", "Value"}
	pair := []string{"ColumnAName", "ColumnBName"}
	of := func(ok func(string) bool) function {
		return function{column, func(_ *source, c clause, _ int) (check, error) { return cell(c.ColumnName, ok), nil }}
	}
	return map[string]function{
		"AND":                             {[]string{"Items"}, and},
		"OR":                              {[]string{"Items"}, or},
		"CheckModelRule":                  {[]string{"ModelRuleId"}, alternative},
		"CheckValue":                      {value, checkValue},
		"CheckNotValue":                   {value, checkNotValue},
		"CheckGreaterOrEqualThanValue":    {value, atLeast},
		"CheckSameValue":                  {pair, same(true)},
		"CheckNotSameValue":               {pair, same(false)},
		"ColumnByColumnEqualsColumnValue": {[]string{"ColumnAName", "ColumnBName", "ResultColumnName"}, product},
		"CheckNationalCurrency":           {column, national},
		"FormatCurrency":                  {column, currency},
		"CheckDecimalValue":               of(isDecimal),
		"TypeDecimal":                     of(isDecimal),
		"TypeDateTime":                    of(isDateTime),
		"TypeString":                      of(utf8.ValidString),
		"FormatDateTime":                  of(dateTimeFormat),
		"FormatKeyValue":                  of(keyValueFormat),
		"FormatNumeric":                   of(numericFormat.MatchString),
		"FormatString":                    of(utf8.ValidString),
		"FormatUnit":                      of(unitFormat.MatchString),
		"startsBefore":                    {pair, startsBefore},
	}
}

func and(s *source, c clause, depth int) (check, error) {
	if slices.ContainsFunc(c.Items, isReference) {
		return check{}, errors.New("an AND of rules may have nothing else, and may not be in another check")
	}
	items, err := s.checks(c.Items, depth)
	return all(items), err
}

func or(s *source, c clause, depth int) (check, error) {
	items, err := s.checks(c.Items, depth)
	return some(items), err
}

func isReference(c clause) bool { return c.CheckFunction == "CheckModelRule" }

// alternative is another rule as an item of an OR: where its condition does not
// hold it is no alternative, so it never makes the OR true.
func alternative(s *source, c clause, depth int) (check, error) {
	if depth != 1 {
		return check{}, errors.New("only an AND or an OR that is a whole requirement may refer to rules")
	}
	r, ok := s.model.ModelRules[c.ModelRuleID]
	if !ok {
		return check{}, fmt.Errorf("it refers to %.80q, which is no rule", c.ModelRuleID)
	}
	must, err := s.check(r.ValidationCriteria.Requirement, depth+1)
	if err != nil || r.ValidationCriteria.Condition.CheckFunction == "" {
		return must, err
	}
	when, err := s.check(r.ValidationCriteria.Condition, depth+1)
	return check{must.columns, func(r row) verdict {
		if when.eval(r) != yes {
			return no
		}
		return must.eval(r)
	}}, err
}

// literal reads a Value: null, a text, or a number, which equals each way to
// write it (0 and 0.00). It returns nil for null.
func literal(c clause) (equal func(string) bool, err error) {
	var v any
	if err := json.Unmarshal(c.Value, &v); err != nil {
		return nil, err
	}
	switch v := v.(type) {
	case nil:
		return nil, nil
	case string:
		return func(s string) bool { return s == v }, nil
	case float64:
		want, err := number(string(c.Value))
		return func(s string) bool { d, err := number(s); return err == nil && d.Equal(want) }, err
	default:
		return nil, fmt.Errorf("%s: the value %.40s is neither a text, a number nor null", c.CheckFunction, c.Value)
	}
}

func checkValue(_ *source, c clause, _ int) (check, error) {
	equal, err := literal(c)
	if equal == nil {
		return null(c.ColumnName, true), err
	}
	return cell(c.ColumnName, equal), err
}

// checkNotValue is yes for null: it is not the value.
func checkNotValue(_ *source, c clause, _ int) (check, error) {
	equal, err := literal(c)
	if equal == nil {
		return null(c.ColumnName, false), err
	}
	return check{[]string{c.ColumnName}, func(r row) verdict {
		v := r.get(c.ColumnName)
		return verdictOf(v == "" || !equal(v))
	}}, err
}

// atLeast says nothing of what is no number: the type's rule does.
func atLeast(_ *source, c clause, _ int) (check, error) {
	bound, err := number(string(c.Value))
	if err != nil {
		return check{}, fmt.Errorf("%s: the value %w", c.CheckFunction, err)
	}
	return together([]string{c.ColumnName}, func(v []string) verdict {
		d, err := number(v[0])
		if err != nil {
			return unknown
		}
		return verdictOf(d.GreaterThanOrEqual(bound))
	}), nil
}

func same(want bool) func(*source, clause, int) (check, error) {
	return func(_ *source, c clause, _ int) (check, error) {
		return together([]string{c.ColumnAName, c.ColumnBName}, func(v []string) verdict {
			return verdictOf((v[0] == v[1]) == want)
		}), nil
	}
}

// product is exact: 0.0333 × 3 is 0.0999 and not 0.10. What is no number is the
// type's rule's.
func product(_ *source, c clause, _ int) (check, error) {
	return together([]string{c.ColumnAName, c.ColumnBName, c.ResultColumnName}, func(v []string) verdict {
		var d [3]decimal.Decimal
		for i := range d {
			var err error
			if d[i], err = number(v[i]); err != nil {
				return unknown
			}
		}
		return verdictOf(d[0].Mul(d[1]).Equal(d[2]))
	}), nil
}

// startsBefore says nothing of what is no moment: the format's rule does.
func startsBefore(_ *source, c clause, _ int) (check, error) {
	return together([]string{c.ColumnAName, c.ColumnBName}, func(v []string) verdict {
		start, err := time.Parse(moment, v[0])
		end, err2 := time.Parse(moment, v[1])
		if err != nil || err2 != nil {
			return unknown
		}
		return verdictOf(start.Before(end))
	}), nil
}

func national(s *source, c clause, _ int) (check, error) {
	return cell(c.ColumnName, func(v string) bool { return s.currencies[v] }), nil
}

// currency is a national one, or any text from a provider with a currency of its own.
func currency(s *source, c clause, _ int) (check, error) {
	return check{[]string{c.ColumnName}, func(r row) verdict {
		v := r.get(c.ColumnName)
		switch {
		case v == "":
			return unknown
		case r.holds[VirtualCurrency]:
			return verdictOf(utf8.ValidString(v))
		}
		return verdictOf(s.currencies[v])
	}}, nil
}
