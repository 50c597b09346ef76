package report

import (
	"fmt"
	"strings"
)

// Formats are all formats in the order that help shows them; the first is the
// default.
var Formats = []Format{
	{Name: "table", File: "report.txt", Doc: "for a terminal: totals, changes, and what could not be read", Write: writeTable},
	{Name: "json", File: "report.json", Doc: "everything, for programs; report/schema.json describes it", Write: writeJSON},
	{Name: "markdown", File: "report.md", Doc: "for a pull request or a chat", Write: writeMarkdown},
	{Name: "focus", File: "report.focus.csv", Doc: "what the window cost by FOCUS 1.2, a row for each share of each charge, for FinOps tools", Write: writeFocus(focus12)},
	{Name: "focus-1.3", File: "report.focus-1.3.csv", Doc: "the same by FOCUS 1.3, which has columns for allocation", Write: writeFocus(focus13)},
}

// Lookup returns the format of that name, or an error that lists those there are.
func Lookup(name string) (Format, error) {
	names := make([]string, len(Formats))
	for i, f := range Formats {
		if f.Name == name {
			return f, nil
		}
		names[i] = f.Name
	}
	return Format{}, fmt.Errorf("no format %q: use one of %s", name, strings.Join(names, ", "))
}
