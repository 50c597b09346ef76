// Package focustest holds a table against the FOCUS specification: it reads the
// FinOps Foundation's requirements model for FOCUS 1.2 (as published with
// finopsfoundation/focus_validator) and checks a CSV file by it. Only tests
// import it.
//
// How to use it: Open the folder that holds the model, Check what a format
// wrote, with the criteria that hold for it, and fail on Violations:
//
//	rules := focustest.Open(t, "../../shared/focus") // without the folder: skips the test
//	result, err := rules.Check(strings.NewReader(written), focustest.Tagging)
//	if err != nil || len(result.Violations) > 0 { … }
//
// Advice holds what the SHOULD rules find. Every rule of the model is in the
// result once: in Applied, or in Skipped with the reason.
//
// What a rule means is its own text. Where the model's data leaves it open:
//   - An empty cell is null, and so is each cell of a column that a condition
//     names and the table does not have. A rule that must look at an absent
//     column is skipped: that the column is absent is the presence rule's.
//   - Logic has three values, as in SQL: a comparison with null is unknown, a
//     condition holds when it is true, a requirement is broken when it is false.
//     Only "is not X" differs: null is not X. Most rows have no ChargeClass, and
//     "when ChargeClass is not Correction" is about them.
//   - A condition of an AND of rules is one of each of its rules too.
//   - In an OR of rules, one whose condition does not hold is no alternative.
//   - A rule needs all of its criteria; a column that is there is checked, even
//     when the criteria do not ask for it.
//
// The model has faults. Ten rules contradict their own text or its other rules,
// and mended says how each is read instead. Dynamic rules have no check in the
// model: supplied has those that a file can decide, elsewhere those that the
// checks of other rules hold, and the others are skipped as Outside.
//
// How to add a check function: one line in functions, one in the table of its
// test. Load refuses a model with a function, an argument or a keyword that it
// does not know, so that no rule is lost silently.
package focustest
