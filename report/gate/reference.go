package gate

import (
	"fmt"
	"strings"
)

// Reference describes every gate, in Markdown.
func Reference() string {
	var b strings.Builder
	b.WriteString("# Gates\n\n" +
		"Every change passes these checks, in this order, before it goes into a pull request. One that fails keeps\n" +
		"the change out; so does one that can't be decided, unless it is said below why that may pass. A check that\n" +
		"does not concern the change passes as not applicable.\n")
	for i, g := range All {
		fmt.Fprintf(&b, "\n## %d. %s\n\n%s\n\nIf it fails: %s\n", i+1, g.Name, g.Doc, g.Remedy)
		if g.Lenient != "" {
			fmt.Fprintf(&b, "\nUndecided passes: %s.\n", g.Lenient)
		}
	}
	return b.String()
}
