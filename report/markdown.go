package report

import (
	"fmt"
	"html"
	"io"
	"strings"

	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/recommend"
)

// listRows is how many held-back findings, gaps and notes markdown shows
// without folding or at all: a comment on GitHub ends at 65,536 characters.
const listRows = 25

// writeMarkdown writes r for a pull request or a chat. Whatever comes from a
// cluster stands in code, where neither Markdown, HTML nor a mention works.
func writeMarkdown(w io.Writer, r *Report, _ View) error {
	var b strings.Builder
	b.WriteString("## tuppence: costs and savings\n\n" + headline(r) + "\n")
	if len(r.Clusters) > 0 {
		b.WriteByte('\n')
		markdownClusters(&b, r)
	}
	markdownSheets(&b, r)
	for _, g := range groups(r) {
		markdownGroup(&b, g)
	}
	if h := hidden(r); h != "" {
		b.WriteString("\n" + h + "\n")
	}
	for _, s := range notProposedStatuses {
		markdownNotProposed(&b, r, s.status, s.title, s.listed)
	}
	markdownList(&b, gapsTitle, gapLines(r))
	markdownList(&b, notesTitle, noteLines(r))
	b.WriteString("\n### Where the figures come from\n\n")
	for _, f := range facts(r) {
		fmt.Fprintf(&b, "- %s: %s\n", f.Name, Code(f.Value))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Code returns s, made plain, so that Markdown shows it as code and nothing in
// it works: as a code span where that is enough, else as an HTML element with
// entities (a bar would end a table's cell, a backtick the span, and a backslash
// before either is read differently by different readers).
func Code(s string) string {
	s = Plain(s)
	switch {
	case strings.TrimSpace(s) == "":
		return "–"
	case !strings.ContainsAny(s, "`|\\") && strings.TrimSpace(s) == s:
		return "`" + s + "`"
	}
	var b strings.Builder
	b.WriteString("<code>")
	for _, r := range s {
		if r < 0x80 && !isAlphanumeric(r) && !strings.ContainsRune(" ,-", r) {
			fmt.Fprintf(&b, "&#%d;", r)
		} else {
			b.WriteString(html.EscapeString(string(r)))
		}
	}
	return b.String() + "</code>"
}

func isAlphanumeric(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}

func markdownRow(b *strings.Builder, cells ...string) {
	b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
}

func markdownClusters(b *strings.Builder, r *Report) {
	markdownRow(b, "Cluster", "Nodes", "Bill", "Workloads", "Idle", "Overhead", "Saving allocated", "Saving realisable", "Changes")
	b.WriteString("|:--|--:|--:|--:|--:|--:|--:|--:|--:|\n")
	row := func(first, mark string, t *Totals) {
		cells := []string{first, mark + nodesWord(t) + mark}
		for _, a := range []pricing.Amount{t.Bill, t.Used, t.Idle, t.Overhead, t.Saving.Allocated, t.Saving.Realisable} {
			cells = append(cells, mark+a.String()+mark)
		}
		markdownRow(b, append(cells, mark+number(t.Findings)+mark)...)
	}
	for i := range r.Clusters {
		c := &r.Clusters[i]
		row(Code(clusterTitle(c)), "", &c.Totals)
	}
	if hasUnused(r) {
		markdownRow(b, unusedTitle, "–", r.Unused.String(), "–", "–", "–", "–", "–", "–")
	}
	row("**Total**", "**", &r.Total)
	b.WriteString("\nMoney is pounds a month. " + legend + "\n")
}

func markdownGroup(b *strings.Builder, g group) {
	fmt.Fprintf(b, "\n### %s (%s)\n\n", g.Title, number(len(g.Findings)))
	titles, rule := []string{"ID", "Cluster", "What", "Change"}, "|:--|:--|:--|:--|"
	if g.Advice {
		titles[3] = "Advice"
	}
	if g.Pounds {
		titles, rule = append(titles, "Saving allocated", "Saving realisable"), rule+"--:|--:|"
	}
	markdownRow(b, append(titles, "Confidence")...)
	b.WriteString(rule + ":--|\n")
	for _, f := range g.Findings[:min(len(g.Findings), g.Limit)] {
		row := []string{Code(f.ID), Code(clusterOf(f)), Code(object(f.Subject)), markdownChanges(f)}
		switch {
		case g.Pounds && claims(f):
			row = append(row, f.Saving.Allocated.String(), f.Saving.Realisable.String())
		case g.Pounds:
			row = append(row, "–", "–")
		}
		markdownRow(b, append(row, Code(string(f.Confidence)))...)
	}
	if more := len(g.Findings) - g.Limit; more > 0 {
		fmt.Fprintf(b, "\n… and %s more: `-o json` lists them all.\n", number(more))
	}
}

func markdownChanges(f *recommend.Finding) string {
	// Advice is more than its changes: to follow those alone may be wrong.
	if len(f.Changes) == 0 || f.Status == recommend.Advised {
		return Code(advice(f))
	}
	lines := make([]string, 0, changeRows)
	for i, c := range f.Changes {
		if i == changeRows-1 && len(f.Changes) > changeRows {
			lines = append(lines, fmt.Sprintf("and %d more changes", len(f.Changes)-i))
			break
		}
		lines = append(lines, Code(strings.TrimSpace(field(f, i))+" "+values(c)))
	}
	return strings.Join(lines, "<br>")
}

// markdownNotProposed writes the reasons and the first findings of a status,
// folded.
func markdownNotProposed(b *strings.Builder, r *Report, s recommend.Status, title string, listed int) {
	counts, total := reasons(r, s)
	if total <= listed {
		return
	}
	fmt.Fprintf(b, "\n<details>\n<summary>%s (%s)</summary>\n\n", title, number(total))
	for i, c := range counts {
		if i == reasonRows {
			fmt.Fprintf(b, "- … and %s\n", Count(len(counts)-i, "other reason"))
			break
		}
		fmt.Fprintf(b, "- %s × %s: %s\n", number(c.N), Code(c.Recommender), Code(c.text()))
	}
	if several(counts, total) {
		b.WriteString("\nSome have more than one reason, and count at each.\n")
	}
	b.WriteByte('\n')
	markdownRow(b, "ID", "Cluster", "What", "Why")
	b.WriteString("|:--|:--|:--|:--|\n")
	rows := 0
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.Status != s {
			continue
		}
		if rows++; rows > listRows {
			fmt.Fprintf(b, "\n… and %s more: `-o json` lists them all.\n", number(total-listRows))
			break
		}
		markdownRow(b, Code(f.ID), Code(clusterOf(f)), Code(object(f.Subject)), Code(reasonOf(f)))
	}
	b.WriteString("\n</details>\n")
}

// markdownList lists every line, folded where there are many.
func markdownList(b *strings.Builder, title string, lines []string) {
	if len(lines) == 0 {
		return
	}
	fold := len(lines) > listRows
	if fold {
		fmt.Fprintf(b, "\n<details>\n<summary>%s (%s)</summary>\n\n", title, number(len(lines)))
	} else {
		fmt.Fprintf(b, "\n### %s (%s)\n\n", title, number(len(lines)))
	}
	for _, l := range lines {
		b.WriteString("- " + Code(l) + "\n")
	}
	if fold {
		b.WriteString("\n</details>\n")
	}
}
