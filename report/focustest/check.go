package focustest

import (
	"fmt"
	"slices"
)

// verdict is what a check says of a row: no, unknown (it compares with null) or
// yes. AND is the lowest of its items and OR the highest.
type verdict int

const (
	no verdict = iota
	unknown
	yes
)

func verdictOf(ok bool) verdict {
	if ok {
		return yes
	}
	return no
}

// row is one line of a table.
type row struct {
	cells []string
	at    map[string]int // which cell a column is
	holds map[Criterion]bool
}

// get returns a cell; it is empty, which is null, where there is no such column.
func (r row) get(column string) string {
	if i, ok := r.at[column]; ok {
		return r.cells[i]
	}
	return ""
}

// check is a clause made ready: what it says of a row, and the columns it looks at.
type check struct {
	columns []string
	eval    func(row) verdict
}

// cell is the check of one column's values; null is unknown.
func cell(column string, ok func(string) bool) check {
	return check{[]string{column}, func(r row) verdict {
		v := r.get(column)
		if v == "" {
			return unknown
		}
		return verdictOf(ok(v))
	}}
}

// null is the check that a column has no value, or (want false) that it has one.
func null(column string, want bool) check {
	return check{[]string{column}, func(r row) verdict { return verdictOf((r.get(column) == "") == want) }}
}

// together is the check of the values of several columns; a null is unknown.
func together(columns []string, ok func([]string) verdict) check {
	return check{columns, func(r row) verdict {
		values := make([]string, len(columns))
		for i, c := range columns {
			if values[i] = r.get(c); values[i] == "" {
				return unknown
			}
		}
		return ok(values)
	}}
}

// all is yes where each item is.
func all(items []check) check {
	return check{columnsOf(items), func(r row) verdict {
		v := yes
		for _, c := range items {
			if v = min(v, c.eval(r)); v == no {
				return no
			}
		}
		return v
	}}
}

// some is yes where an item is.
func some(items []check) check {
	return check{columnsOf(items), func(r row) verdict {
		v := no
		for _, c := range items {
			if v = max(v, c.eval(r)); v == yes {
				return yes
			}
		}
		return v
	}}
}

func columnsOf(items []check) []string {
	var columns []string
	for _, c := range items {
		columns = append(columns, c.columns...)
	}
	slices.Sort(columns)
	return slices.Compact(columns)
}

// check makes a clause ready. It gives an error for what it cannot evaluate on
// one row: unknown functions, missing arguments, too deep a nesting.
func (s *source) check(c clause, depth int) (check, error) {
	f, ok := s.functions[c.CheckFunction]
	switch {
	case !ok:
		return check{}, fmt.Errorf("the check function %.40q is not known, or not about one row", c.CheckFunction)
	case depth > maxDepth:
		return check{}, fmt.Errorf("checks in one another more than %d deep", maxDepth)
	}
	for argument, given := range map[string]bool{
		"ColumnName": c.ColumnName != "", "ColumnAName": c.ColumnAName != "", "ColumnBName": c.ColumnBName != "",
		"ResultColumnName": c.ResultColumnName != "", "Value": c.Value != nil, "ModelRuleId": c.ModelRuleID != "",
		"ExpectedCount": c.ExpectedCount != 0, "Items": len(c.Items) > 0,
	} {
		if given != slices.Contains(f.arguments, argument) {
			return check{}, fmt.Errorf("%s takes %s and nothing else", c.CheckFunction, f.arguments)
		}
	}
	return f.build(s, c, depth)
}

// checks makes the items of an AND or an OR ready.
func (s *source) checks(items []clause, depth int) ([]check, error) {
	made := make([]check, 0, len(items))
	for _, i := range items {
		c, err := s.check(i, depth+1)
		if err != nil {
			return nil, err
		}
		made = append(made, c)
	}
	return made, nil
}
