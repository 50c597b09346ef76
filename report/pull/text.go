package pull

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/recommend"
	"github.com/tuppence-dev/tuppence/report"
)

// Text is what a request says to those who review it.
type Text struct {
	Owner  string // as Owners.Of has it
	Wave   Wave
	Saving recommend.Saving // of all findings, a month
	// Findings come in the order that they are to be shown.
	Findings []FindingText
	// Lists are the kustomizations that it makes where Flux lists a folder by itself.
	Lists []string
	// Version is tuppence's, Recording the digest of what was read.
	Version, Recording string
}

// FindingText is one finding as a request shows it. Nothing in it is trusted: it
// comes from clusters and from Git.
type FindingText struct {
	ID, Title  string
	Workload   string // "Deployment shop/cart"
	Cluster    string
	Changes    []ChangeText
	Saving     recommend.Saving
	Confidence recommend.Confidence
	Evidence   []recommend.Evidence
	Checks     []recommend.Check // of the finding and of the patch: its gates
}

// ChangeText is one field, and what it was and is to be; empty means not set.
type ChangeText struct{ Field, Before, After, Note string }

// Bounds on a request's text, in bytes: with what comes after the details it is at
// most 39,000, and 60,000 with its marker. GitHub's bodies end at 65,536 characters.
const (
	maxTitle  = 200
	maxRows   = 16_000 // of the findings' table
	maxDetail = 36_000 // where the details and what follows them end
	maxValue  = 200    // of a name or a value
	maxEach   = 20     // changes, facts or checks of one finding
)

// Title is one line without a mention; it is also the commit's message.
func (t *Text) Title() string {
	saving := t.Saving.Allocated
	money := "saving " + saving.String() + " a month"
	switch {
	case !saving.Known && saving.Money.IsZero():
		money = "saving unknown"
	case saving.Money.IsNegative():
		saving.Money = pricing.Pounds(saving.Money.Neg())
		money = "costing " + saving.String() + " a month"
	}
	owner := strings.ReplaceAll(report.Plain(t.Owner), "@", "")
	return cut(fmt.Sprintf("tuppence: %s, %s (%s, %s)", report.Count(len(t.Findings), "change"), money, t.Wave, owner), maxTitle)
}

// Body is the request's text in Markdown, without its marker: at most 39,000 bytes.
// What does not fit is counted.
func (t *Text) Body() string {
	b := &strings.Builder{}
	fmt.Fprintf(b, "%s in **%s**, owned by %s. Allocated: **%s** a month off these workloads. "+
		"Realisable: **%s** a month off the bill, once the nodes that are no longer needed have left.\n\n",
		report.Count(len(t.Findings), "change"), t.Wave, Code(t.Owner), t.Saving.Allocated, t.Saving.Realisable)
	t.lists(b)
	t.table(b)
	t.details(b)
	b.WriteString("\n" + howTo)
	fmt.Fprintf(b, "\nPounds are a month's, ex VAT. Made by tuppence %s from the recording %s.\n", Code(t.Version), Code(t.Recording))
	return b.String()
}

const howTo = "### What you can do\n\n" +
	"- **Merge** it: the change goes out as any other. The next wave follows once this one has stood for a while.\n" +
	"- **Decline** it: close it without merging. It is not proposed again until its evidence changes; reopen it to change your mind. " +
	"To keep a workload or a namespace out for good, annotate it with `tuppence.dev/ignore: \"true\"`.\n" +
	"- **Change** it: commit to its branch. From then on tuppence leaves the branch alone and says in a comment when the evidence has changed.\n" +
	"- **Leave** it: each run brings it up to date, and closes it when nothing is left to propose. Please leave the comment at its end as it is: " +
	"in it tuppence remembers what it proposed.\n"

// lists says what is easily overlooked in the diff: what came to a folder while the
// request was open is not in the list, and Flux takes away what it no longer finds.
func (t *Text) lists(b *strings.Builder) {
	if len(t.Lists) == 0 {
		return
	}
	var names []string
	for _, file := range head(t.Lists) {
		names = append(names, Code(file))
	}
	if more := len(t.Lists) - maxEach; more > 0 {
		names = append(names, "and "+strconv.Itoa(more)+" more")
	}
	fmt.Fprintf(b, "**Before you merge:** new is %s. Flux has made the list of that folder by itself, and from here on takes this one, "+
		"which has what the folder held when it was written. List there whatever has come to the folder since: Flux would not apply it any more, and where it prunes, delete it.\n\n",
		strings.Join(names, ", "))
}

func (t *Text) table(b *strings.Builder) {
	b.WriteString("| What | Change | Allocated | Realisable | Confidence |\n|:--|:--|--:|--:|:--|\n")
	for i := range t.Findings {
		f := &t.Findings[i]
		var changes []string
		for _, c := range head(f.Changes) {
			changes = append(changes, Code(c.Field+" "+value(c.Before)+" → "+value(c.After)))
		}
		if more := len(f.Changes) - maxEach; more > 0 {
			changes = append(changes, "and "+strconv.Itoa(more)+" more")
		}
		row := fmt.Sprintf("| %s<br>%s | %s | %s | %s | %s |\n", Code(f.Title), Code(f.Cluster+" "+f.Workload), strings.Join(changes, "<br>"),
			f.Saving.Allocated, f.Saving.Realisable, Code(string(f.Confidence)))
		if b.Len()+len(row) > maxRows {
			fmt.Fprintf(b, "\n… and %s more, which did not fit.\n", report.Count(len(t.Findings)-i, "change"))
			return
		}
		b.WriteString(row)
	}
}

func (t *Text) details(b *strings.Builder) {
	b.WriteString("\n<details>\n<summary>Evidence and checks</summary>\n")
	for i := range t.Findings {
		text := t.Findings[i].detail()
		if b.Len()+len(text) > maxDetail-len(howTo) {
			fmt.Fprintf(b, "\n… and of %s more, which did not fit: `tuppence explain` shows them.\n", report.Count(len(t.Findings)-i, "change"))
			break
		}
		b.WriteString(text)
	}
	b.WriteString("\n</details>\n")
}

// marks go before a check, beside the word: a colour alone tells not everybody.
var marks = map[recommend.Verdict]string{recommend.Passed: "✅ pass", recommend.Failed: "❌ fail", recommend.Undecided: "❔ unknown"}

func (f *FindingText) detail() string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n**%s** %s\n\n", Code(f.ID), Code(f.Cluster+" "+f.Workload))
	for _, c := range head(f.Changes) {
		if c.Note != "" {
			fmt.Fprintf(&b, "- %s: %s\n", Code(c.Field), Code(c.Note))
		}
	}
	for _, e := range head(f.Evidence) {
		fmt.Fprintf(&b, "- %s: %s\n", Code(e.Name), Code(e.Value))
	}
	for _, c := range head(f.Checks) {
		mark := marks[c.Verdict]
		if mark == "" {
			mark = marks[recommend.Undecided]
		}
		fmt.Fprintf(&b, "- %s: %s", mark, Code(c.Name))
		if c.Detail != "" {
			b.WriteString(": " + Code(c.Detail))
		}
		b.WriteByte('\n')
	}
	if more := max(0, len(f.Evidence)-maxEach) + max(0, len(f.Checks)-maxEach); more > 0 {
		fmt.Fprintf(&b, "- and %d more\n", more)
	}
	return b.String()
}

// head is the part of a list that is shown.
func head[T any](list []T) []T { return list[:min(len(list), maxEach)] }

func value(s string) string {
	if s == "" {
		return "not set"
	}
	return s
}

// Code returns s, cut, so that Markdown shows it as code and nothing in it works.
func Code(s string) string {
	if len(s) > maxValue {
		s = cut(s, maxValue) + "…"
	}
	return report.Code(s)
}
