package pull

import (
	"fmt"
	"strings"
)

// hints say what to do, by kind.
var hints = map[Kind]string{
	Unauthorised: "check that the token is the forge's, has not expired and may write contents and pull requests",
	Missing:      "check the repository's address, and that the token may see it",
	Limited:      "run again later",
	Broken:       "run again later; nothing was lost",
	Unreachable:  "run again; what was done already is found and kept",
}

func (f *Fault) Error() string {
	var b strings.Builder
	b.WriteString(f.Doing)
	if f.Status > 0 {
		fmt.Fprintf(&b, ": %d", f.Status)
	}
	if f.Reason != "" {
		b.WriteString(": " + f.Reason)
	}
	if hint := hints[f.Kind]; hint != "" {
		b.WriteString("; " + hint)
	}
	return b.String()
}

// Unwrap gives what lies below.
func (f *Fault) Unwrap() error { return f.Err }
