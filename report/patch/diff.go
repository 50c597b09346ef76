package patch

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/aymanbagabas/go-udiff"
)

// Diff is the plan as git would show it, in order of paths: `git apply` takes it.
// A binary file never stands in a plan.
func (p *Plan) Diff() string {
	var b strings.Builder
	for _, f := range p.Files {
		if bytes.Equal(f.Before, f.After) {
			continue
		}
		from, to := "a/"+f.Path, "b/"+f.Path
		fmt.Fprintf(&b, "diff --git %s %s\n", from, to)
		mode := 0o100644
		if f.Mode&0o111 != 0 {
			mode = 0o100755
		}
		switch {
		case f.Before == nil:
			fmt.Fprintf(&b, "new file mode %o\n", mode)
			from = "/dev/null"
		case f.After == nil:
			fmt.Fprintf(&b, "deleted file mode %o\n", mode)
			to = "/dev/null"
		}
		b.WriteString(udiff.Unified(from, to, string(f.Before), string(f.After)))
	}
	return b.String()
}
