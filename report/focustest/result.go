package focustest

import (
	"fmt"
	"slices"
)

// Result is what Rules say of a table. Each rule of the model is in Applied or
// in Skipped; all are ordered by rule, findings of a rule by column.
type Result struct {
	Rows       int
	Applied    []RuleID
	Skipped    []Skipped
	Violations []Violation // of MUST and MUST NOT
	Advice     []Violation // of SHOULD, SHOULD NOT and RECOMMENDED
}

// Violation is where a table breaks a rule.
type Violation struct {
	Rule        RuleID
	Keyword     string
	Column      string
	Row         int    // the first, from 1 after the header; 0 where it is the table's
	Count       int    // of rows, or of columns where Row is 0
	Value       string // the column's in that row; "" is null
	Requirement string // the rule's text
}

// String says it in a line.
func (v Violation) String() string {
	return fmt.Sprintf("%s: %s, row %d (%d in all): %.80q: %s", v.Rule, v.Column, v.Row, v.Count, v.Value, v.Requirement)
}

// Skipped is a rule that was not applied.
type Skipped struct {
	Rule   RuleID
	Reason Reason
	Detail string // which criterion, column or rule
}

// Reason is why a rule is not applied.
type Reason string

// The reasons. The last two depend on the table and its criteria.
const (
	Gathers      Reason = "it only gathers other rules, each of which is here itself"
	Permits      Reason = "it is a permission (MAY), which nothing breaks"
	Elsewhere    Reason = "it says again what another rule or check holds"
	Outside      Reason = "the model has no check for it: it takes judgement, or more than the file"
	NotSupported Reason = "the provider does not support what it is about"
	NoColumn     Reason = "a column that it looks at is absent"
)

// Has is whether a rule is broken, be it a MUST or a SHOULD.
func (r *Result) Has(id RuleID) bool {
	is := func(v Violation) bool { return v.Rule == id }
	return slices.ContainsFunc(r.Violations, is) || slices.ContainsFunc(r.Advice, is)
}
