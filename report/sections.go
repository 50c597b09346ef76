package report

import (
	"fmt"

	"github.com/tuppence-dev/tuppence/recommend"
)

// notProposed counts what is not proposed by what is not met.
func (p *page) notProposed(r *Report) {
	for _, s := range notProposedStatuses {
		counts, total := reasons(r, s.status)
		if total <= s.listed {
			continue
		}
		p.heading(fmt.Sprintf("%s (%s)", s.title, number(total)))
		for i, c := range counts {
			if i == reasonRows {
				p.item("       ", "… and "+Count(len(counts)-i, "other reason")+": -o json lists them all.", same)
				break
			}
			p.item(fmt.Sprintf("%5s  ", number(c.N)), Plain(c.Recommender)+": "+Plain(c.text()), same)
		}
		if several(counts, total) {
			p.text(severalReasons, "", same)
		}
	}
}

const severalReasons = "Some have more than one reason, and count at each: -o json lists each with its checks."

// several reports whether a finding counts at more than one reason.
func several(counts []reasonCount, total int) bool {
	for _, c := range counts {
		total -= c.N
	}
	return total < 0
}

// notProposedStatuses are the other statuses with their titles, and how many
// findings of them stand in full elsewhere.
var notProposedStatuses = []struct {
	status recommend.Status
	title  string
	listed int
}{
	{recommend.Advised, "Advice, by what is open", adviceRows},
	{recommend.Withheld, "Held back, by what is not met", 0},
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
		lines[i] = Plain(g.String())
	}
	return lines
}

func noteLines(r *Report) []string {
	lines := make([]string, len(r.Notes))
	for i, g := range r.Notes {
		lines[i] = Plain(g.String())
	}
	return lines
}
