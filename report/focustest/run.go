package focustest

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
)

// Bounds of a table.
const (
	maxTable   = 256 << 20
	maxRows    = 200_000
	maxColumns = 1000
)

// Check reads a table as CSV, the first line of which names the columns, and
// applies every rule that holds for its columns and for the criteria given. It
// gives an error for a criterion that the model does not know, and for what is no
// table: not CSV, empty, a column named twice, lines of other lengths, more than
// 200,000 rows.
func (r *Rules) Check(table io.Reader, criteria ...Criterion) (*Result, error) {
	line := row{at: map[string]int{}, holds: map[Criterion]bool{}}
	for _, c := range criteria {
		if !r.criteria[c] {
			return nil, fmt.Errorf("FOCUS table: the criterion %.80q is not among the model's", c)
		}
		line.holds[c] = true
	}
	limited := &io.LimitedReader{R: table, N: maxTable + 1}
	in := csv.NewReader(limited)
	header, err := readHeader(in, line.at)
	if err != nil {
		return nil, fmt.Errorf("FOCUS table: %w", err)
	}
	result := &Result{}
	running := r.start(result, header, line)
	in.ReuseRecord = true
	for {
		line.cells, err = in.Read()
		switch {
		case limited.N <= 0:
			return nil, fmt.Errorf("FOCUS table: more than %d MiB", maxTable>>20)
		case errors.Is(err, io.EOF):
			result.add(running)
			return result, nil
		case err != nil:
			return nil, fmt.Errorf("FOCUS table: %w", err)
		case result.Rows == maxRows:
			return nil, fmt.Errorf("FOCUS table: more than %d rows", maxRows)
		}
		result.Rows++
		for _, a := range running {
			a.row(result.Rows, line)
		}
	}
}

// readHeader reads the names of the columns, and notes where each is.
func readHeader(in *csv.Reader, at map[string]int) ([]string, error) {
	header, err := in.Read()
	switch {
	case errors.Is(err, io.EOF):
		return nil, errors.New("it is empty")
	case err != nil:
		return nil, err
	case len(header) > maxColumns:
		return nil, fmt.Errorf("more than %d columns", maxColumns)
	}
	for i, name := range header {
		if _, twice := at[name]; twice {
			return nil, fmt.Errorf("the column %.80q is there twice", name)
		}
		at[name] = i
	}
	return header, nil
}

// start notes which rules apply and what the header breaks, and returns what
// there is to do for each row.
func (r *Rules) start(result *Result, header []string, line row) []*applied {
	var running []*applied
	for i := range r.rules {
		rule := &r.rules[i]
		if skip := rule.skipped(line); skip.Reason != "" {
			result.Skipped = append(result.Skipped, skip)
			continue
		}
		result.Applied = append(result.Applied, rule.id)
		switch {
		case rule.cell != nil:
			for _, column := range r.texts {
				if _, there := line.at[column]; there {
					running = append(running, &applied{rule: rule, column: column, must: cell(column, rule.cell)})
				}
			}
		case rule.header != nil:
			if broken := rule.header(header, r.focus); len(broken) > 0 {
				running = append(running, &applied{rule: rule, column: broken[0], count: len(broken), done: true})
			}
		case rule.present:
			if _, there := line.at[rule.column]; !there {
				running = append(running, &applied{rule: rule, column: rule.column, count: 1, done: true})
			}
		case rule.distinct != nil:
			running = append(running, &applied{rule: rule, column: rule.column, groups: map[string]*group{}})
		default:
			running = append(running, &applied{rule: rule, column: rule.column, must: rule.must})
		}
	}
	return running
}

// skipped is why the rule does not apply to a table with such a header, if so.
func (r *rule) skipped(line row) Skipped {
	if r.skip.Reason != "" {
		return r.skip
	}
	for _, c := range r.criteria {
		if !line.holds[c] {
			return Skipped{r.id, NotSupported, string(c)}
		}
	}
	for _, c := range r.must.columns {
		if _, there := line.at[c]; !there {
			return Skipped{r.id, NoColumn, c}
		}
	}
	return Skipped{}
}

// applied is a rule at work on a column of a table: what it has found.
type applied struct {
	*rule
	column string
	must   check
	done   bool // the header said all
	groups map[string]*group
	first  int
	count  int
	value  string
}

// group is what CheckDistinctCount knows of a value of its first column.
type group struct {
	first int
	rows  int
	seen  map[string]bool
}

// row applies the rule to row n.
func (a *applied) row(n int, line row) {
	switch {
	case a.done || a.when.eval(line) != yes:
	case a.groups != nil:
		a.gather(n, line.get(a.distinct.ColumnAName), line.get(a.distinct.ColumnBName))
	case a.must.eval(line) == no:
		if a.count++; a.count == 1 {
			a.first, a.value = n, line.get(a.column)
		}
	}
}

// gather notes a pair of values; a null is no value.
func (a *applied) gather(n int, of, value string) {
	if of == "" {
		return
	}
	g := a.groups[of]
	if g == nil {
		g = &group{first: n, seen: map[string]bool{}}
		a.groups[of] = g
	}
	g.rows++
	if value != "" {
		g.seen[value] = true
	}
}

// settle finds the groups with another count than the rule's.
func (a *applied) settle() {
	for of, g := range a.groups {
		if len(g.seen) == a.distinct.ExpectedCount {
			continue
		}
		a.count += g.rows
		if a.first == 0 || g.first < a.first {
			a.first, a.value = g.first, of
		}
	}
}

// add notes what was found, in the order of the rules.
func (r *Result) add(running []*applied) {
	for _, a := range running {
		a.settle()
		if a.count == 0 {
			continue
		}
		v := Violation{Rule: a.id, Keyword: a.keyword, Column: a.column, Row: a.first, Count: a.count,
			Value: a.value, Requirement: a.text}
		if keywords[a.keyword] {
			r.Violations = append(r.Violations, v)
		} else {
			r.Advice = append(r.Advice, v)
		}
	}
}
