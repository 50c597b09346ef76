package report

import (
	"fmt"

	"github.com/tuppence-dev/tuppence/recommend"
)

// notProposed counts what is not proposed by reason.
func (p *page) notProposed(r *Report) {
	for _, s := range notProposedStatuses {
		counts, total := reasons(r, s.status)
		if total <= s.listed {
			continue
		}
		p.heading(fmt.Sprintf("%s (%s)", s.title, number(total)))
		for i, c := range counts {
			if i == reasonRows {
				p.item("       ", "… and "+count(len(counts)-i, "other reason")+": -o json lists them all.", same)
				break
			}
			p.item(fmt.Sprintf("%5s  ", number(c.N)), plain(c.Recommender)+": "+plain(c.Reason), same)
		}
	}
}

// notProposedStatuses are the other statuses with their titles, and how many
// findings of them stand in full elsewhere.
var notProposedStatuses = []struct {
	status recommend.Status
	title  string
	listed int
}{
	{recommend.Advised, "Advice, by reason", adviceRows},
	{recommend.Withheld, "Held back, by reason", 0},
	{recommend.Superseded, "Left to an earlier change of the same field", 0},
}

func (p *page) list(title string, lines []string, paint func(string) string) {
	if len(lines) == 0 {
		return
	}
	p.heading(fmt.Sprintf("%s (%s)", title, number(len(lines))))
	for _, l := range lines {
		p.item("- ", l, paint)
	}
}

func gapLines(r *Report) []string {
	lines := make([]string, len(r.Gaps))
	for i, g := range r.Gaps {
		lines[i] = plain(g.String())
	}
	return lines
}

func noteLines(r *Report) []string {
	lines := make([]string, len(r.Notes))
	for i, g := range r.Notes {
		lines[i] = plain(g.String())
	}
	return lines
}
