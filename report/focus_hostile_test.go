package report

import (
	"strings"
	"testing"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/report/focustest"
)

// renamed is focusFleet with one name for everything that a user can name.
func renamed(t *testing.T, name string) Input {
	t.Helper()
	f := focusFleet()
	c := &f.Clusters[1]
	c.Name, c.Environment = name, name
	for i := range c.Nodes {
		c.Nodes[i].Name, c.Nodes[i].Zone, c.Nodes[i].ProviderID = name, name, name
	}
	for i := range c.Workloads {
		w := &c.Workloads[i]
		w.Namespace, w.Name, w.Kind = name, name, name
		w.Origin = collector.Origin{Kind: "Application", Namespace: name, Name: name}
		w.Labels = []collector.Label{{Key: name, Value: name}, {Key: "tuppence/cluster", Value: "another"}}
		w.Placements[0].Node = name
	}
	c.Reconcilers = []collector.Reconciler{{Kind: "Application", Namespace: name, Name: name, URL: name, Path: name}}
	terms := focusTerms()
	terms.Policy.Name = name
	l, err := pricing.Price(f, terms)
	if err != nil {
		t.Fatal(err)
	}
	return Input{Fleet: f, Ledger: l, Accounts: map[collector.Provider]string{collector.AWS: name}}
}

// spreadsheetNames are names that a spreadsheet would run, or lose.
var spreadsheetNames = []string{`=HYPERLINK("https://example.com")`, "+1", "-1", "@a", "\t=1", "a\r\nb,\"c", "N/A"}

// TestFocusWithHostileNames: whatever things are called, the table has the same
// rows, and no cell that a spreadsheet would run.
func TestFocusWithHostileNames(t *testing.T) {
	rows := len(readFocus(t, render(t, "focus", renamed(t, "plain"), View{})).rows)
	for _, name := range append(spreadsheetNames, hostileNames...) {
		table := readFocus(t, render(t, "focus", renamed(t, name), View{}))
		if len(table.rows) != rows && name != "" { // a pod on the node "" is pending
			t.Errorf("%q: %d rows, not %d", name, len(table.rows), rows)
		}
		for _, row := range table.rows {
			for column, cell := range row {
				if strings.TrimLeft(cell, "=+-@\t\r") != cell {
					t.Fatalf("%q: %s is %q", name, column, cell)
				}
			}
			if strings.Contains(row["x_AllocatedTags"], `"another"`) && name != "" {
				t.Errorf("%q: a label took our tag: %s", name, row["x_AllocatedTags"])
			}
		}
	}
}

func TestFocusWithHostileNamesKeepsTheRules(t *testing.T) {
	rules := focustest.Open(t, "../../shared/focus")
	for _, name := range append(spreadsheetNames, hostileNames...) {
		result, err := rules.Check(strings.NewReader(render(t, "focus", renamed(t, name), View{})), focusCriteria...)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range result.Violations {
			t.Errorf("%q: %s", name, v)
		}
	}
}
