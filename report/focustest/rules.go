package focustest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Rules are the model's, made ready. They do not change, so any number of
// goroutines may use them.
type Rules struct {
	rules []rule // by ID
	focus map[string]bool
	texts []string // the columns of text, by name

	criteria map[Criterion]bool // those that the model knows
}

// rule is one of the model's: skipped whatever the table is, or with one of
// present, distinct, header, cell and must.
type rule struct {
	id       RuleID
	keyword  string
	column   string // that it is about; for an attribute's rule, the attribute
	text     string
	criteria []Criterion
	skip     Skipped

	present  bool
	distinct *clause
	header   func(header []string, focus map[string]bool) []string
	cell     func(string) bool
	must     check
	when     check
}

// keywords of the model, and whether what breaks one is a violation.
var keywords = map[string]bool{
	"MUST": true, "MUST NOT": true, "SHOULD": false, "SHOULD NOT": false, "RECOMMENDED": false, "MAY": false,
}

// source is what rules are made of.
type source struct {
	model      model
	currencies map[string]bool
	functions  map[string]function
	parents    map[RuleID][]RuleID // the ANDs that a rule is of
	chosen     map[RuleID]RuleID   // the OR that a rule is of
}

func compile(m model, currencies map[string]bool) (*Rules, error) {
	s := &source{model: m, currencies: currencies, functions: functions(),
		parents: map[RuleID][]RuleID{}, chosen: map[RuleID]RuleID{}}
	for _, name := range slices.Sorted(maps.Keys(m.CheckFunctions)) {
		if _, known := s.functions[name]; !known && name != "ColumnPresent" && name != "CheckDistinctCount" {
			return nil, fmt.Errorf("the check function %.40q is not known", name)
		}
	}
	ids := slices.Sorted(maps.Keys(m.ModelRules))
	for _, id := range ids {
		if err := s.link(id); err != nil {
			return nil, fmt.Errorf("rule %.80q: %w", id, err)
		}
	}
	rules := &Rules{focus: map[string]bool{}, criteria: map[Criterion]bool{}}
	for c := range m.ApplicabilityCriteria {
		rules.criteria[c] = true
	}
	for _, id := range ids {
		r, err := s.rule(id)
		if err != nil {
			return nil, fmt.Errorf("rule %.80q: %w", id, err)
		}
		rules.rules = append(rules.rules, r)
		switch q := m.ModelRules[id].ValidationCriteria.Requirement; q.CheckFunction {
		case "ColumnPresent":
			rules.focus[q.ColumnName] = true
		case "TypeString":
			rules.texts = append(rules.texts, q.ColumnName)
		}
	}
	slices.Sort(rules.texts)
	return rules, nil
}

// link notes which rules the requirement of a rule gathers.
func (s *source) link(id RuleID) error {
	q := s.model.ModelRules[id].ValidationCriteria.Requirement
	for _, i := range q.Items {
		if !isReference(i) {
			continue
		}
		if _, ok := s.model.ModelRules[i.ModelRuleID]; !ok {
			return fmt.Errorf("it refers to %.80q, which is no rule", i.ModelRuleID)
		}
		if q.CheckFunction == "AND" {
			s.parents[i.ModelRuleID] = append(s.parents[i.ModelRuleID], id)
		} else {
			s.chosen[i.ModelRuleID] = id
		}
	}
	return nil
}

// gathers is whether a requirement only names other rules, all of which must hold.
func gathers(q clause) bool {
	return q.CheckFunction == "AND" && !slices.ContainsFunc(q.Items, func(i clause) bool { return !isReference(i) })
}

// rule makes a rule ready. It gives an error for one that it can't follow.
func (s *source) rule(id RuleID) (rule, error) {
	m := s.model.ModelRules[id]
	v := m.ValidationCriteria
	r := rule{id: id, keyword: v.Keyword, column: m.Reference, text: v.MustSatisfy, criteria: m.ApplicabilityCriteria}
	if _, known := keywords[v.Keyword]; !known {
		return r, fmt.Errorf("the keyword %.20q is not known", v.Keyword)
	}
	if m.Status != "Active" {
		return r, fmt.Errorf("the status %.20q is not known", m.Status)
	}
	for _, c := range m.ApplicabilityCriteria {
		if _, known := s.model.ApplicabilityCriteria[c]; !known {
			return r, fmt.Errorf("the criterion %.80q is not among the model's", c)
		}
	}
	var conditions []check
	for _, of := range s.ancestry(id) {
		if of == id && len(conditions) > 0 {
			return r, errors.New("it is, through others, a part of itself")
		}
		when, err := s.condition(of)
		if err != nil {
			return r, fmt.Errorf("the condition of %.80q: %w", of, err)
		}
		conditions = append(conditions, when)
	}
	r.when = all(conditions)
	return r, s.require(&r, v.Requirement)
}

// require settles what a rule demands of a table, or why it is skipped.
func (s *source) require(r *rule, q clause) error {
	skip := func(reason Reason, detail string) { r.skip = Skipped{r.id, reason, detail} }
	if m := mended[r.id]; m.must != nil {
		q = *m.must
	}
	if m, ok := supplied[r.id]; ok {
		q = *m.must
	}
	r.header, r.cell = headerRules[r.id], cellRules[r.id]
	by, held := elsewhere[r.id]
	or, isChosen := s.chosen[r.id]
	if _, nested := s.chosen[or]; isChosen && nested {
		return errors.New("it is in an OR that is in an OR itself")
	}
	var err error
	switch {
	case gathers(q):
		skip(Gathers, "")
	case r.keyword == "MAY":
		skip(Permits, "")
	case isChosen && len(s.parents[r.id]) == 0:
		skip(Elsewhere, "held by "+string(or))
	case held:
		skip(Elsewhere, "held by "+by)
	case r.header != nil, r.cell != nil:
	case q.CheckFunction == "" && s.model.ModelRules[r.id].Type == "Dynamic":
		skip(Outside, "")
	case q.CheckFunction == "ColumnPresent" && q.ColumnName != "" && !s.conditional(r.id):
		r.present, r.column = true, q.ColumnName
	case q.CheckFunction == "CheckDistinctCount" && q.ColumnAName != "" && q.ColumnBName != "" && q.ExpectedCount > 0:
		r.distinct, r.must.columns = &q, []string{q.ColumnAName, q.ColumnBName}
	default:
		if r.must, err = s.check(q, 0); err != nil {
			return fmt.Errorf("its requirement: %w", err)
		}
	}
	return nil
}

// ancestry is a rule and every AND that it is of, each once; the rule itself is
// there again when it is a part of itself.
func (s *source) ancestry(id RuleID) []RuleID {
	line, seen := []RuleID{id}, map[RuleID]bool{}
	for i := 0; i < len(line); i++ {
		for _, p := range s.parents[line[i]] {
			if !seen[p] {
				seen[p] = true
				line = append(line, p)
			}
		}
	}
	return line
}

func (s *source) conditional(id RuleID) bool {
	return s.model.ModelRules[id].ValidationCriteria.Condition.CheckFunction != ""
}

// condition is a rule's own; without one it is always yes.
func (s *source) condition(id RuleID) (check, error) {
	c := s.model.ModelRules[id].ValidationCriteria.Condition
	if m := mended[id]; m.when != nil {
		c = *m.when
	}
	if c.CheckFunction == "" {
		return all(nil), nil
	}
	return s.check(c, 0)
}
