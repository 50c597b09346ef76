package pull

import (
	"fmt"
	"strings"

	"github.com/tuppence-dev/tuppence/report"
)

// TakesText is what a request says that takes patches out which nothing asks for any
// more.
type TakesText struct {
	Owner   string // as Owners.Of has it
	Wave    Wave
	Patches []TakenPatch
	// Version is tuppence's, Recording the digest of what was read.
	Version, Recording string
}

// TakenPatch is one patch file that goes. Nothing in it is trusted.
type TakenPatch struct {
	File   string
	Object string // as the file names it: Deployment.apps shop/web
	Reason string
}

// Title is one line without a mention; it is also the commit's message.
func (t *TakesText) Title() string {
	owner := strings.ReplaceAll(report.Plain(t.Owner), "@", "")
	return cut(fmt.Sprintf("tuppence: take out %s that nothing asks for any more (%s, %s)", report.Count(len(t.Patches), "patch file"), t.Wave, owner), maxTitle)
}

// Body is the request's text in Markdown, without its marker: at most 19,000 bytes.
// What does not fit is counted.
func (t *TakesText) Body() string {
	b := &strings.Builder{}
	fmt.Fprintf(b, "%s in **%s**, owned by %s, from requests that were merged earlier: nothing asks for them any more. "+
		"Without them, what they changed is as Git has it otherwise.\n\n", report.Count(len(t.Patches), "patch file"), t.Wave, Code(t.Owner))
	for i, p := range t.Patches {
		line := "- " + Code(p.File) + " of " + Code(p.Object) + ": " + Code(p.Reason) + "\n"
		if b.Len()+len(line) > maxRows {
			fmt.Fprintf(b, "- and %d more\n", len(t.Patches)-i)
			break
		}
		b.WriteString(line)
	}
	b.WriteString("\n" + howTo)
	fmt.Fprintf(b, "\nMade by tuppence %s from the recording %s.\n", Code(t.Version), Code(t.Recording))
	return b.String()
}
