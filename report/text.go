package report

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // London's hours also where the image has no zone files
	"unicode"
	"unicode/utf8"

	"github.com/olekukonko/tablewriter/pkg/twwidth"
)

// Plain returns s with everything that does not print as itself written out:
// "\x1b" for the escape that begins a terminal sequence, "\n" for a line end,
// "\u202e" for a mark that turns text round. Names and reasons come from clusters,
// whose users must not be able to write to a reader's terminal.
func Plain(s string) string {
	if isPlain(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case unicode.IsPrint(r):
			b.WriteRune(r)
		default:
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		}
		i += n
	}
	return b.String()
}

func isPlain(s string) bool {
	for _, r := range s {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return false
		}
	}
	return true
}

// width is how many columns of a terminal s takes. East Asian wide characters
// take two; those of ambiguous width, such as "→", take one, whatever the locale.
func width(s string) int { return twwidth.WidthWithOptions(s, twwidth.Options{}) }

// fit returns s in at most limit columns, with "…" for what it cuts from the
// middle: of a long name both the beginning and the end tell something.
func fit(s string, limit int) string {
	if width(s) <= limit {
		return s
	}
	if limit < 1 {
		return ""
	}
	runes := []rune(s)
	head, tail := 0, len(runes)
	left := limit - 1
	for head < tail {
		next, fromHead := runes[head], head <= len(runes)-tail
		if !fromHead {
			next = runes[tail-1]
		}
		w := width(string(next))
		if w > left {
			break
		}
		left -= w
		if fromHead {
			head++
		} else {
			tail--
		}
	}
	for tail < len(runes) && width(string(runes[tail])) == 0 {
		tail++ // a combining mark without its letter would land on the "…"
	}
	return string(runes[:head]) + "…" + string(runes[tail:])
}

// wrap breaks s at spaces into lines of at most limit columns. A word that is
// longer is broken anywhere: nothing is lost. Lines after the first begin with
// indent.
func wrap(s string, limit int, indent string) []string {
	var lines []string
	line, used := "", 0
	start := func() { lines, line, used = append(lines, line), indent, width(indent) }
	empty := true
	for word := range strings.FieldsSeq(s) {
		if !empty && used+1+width(word) > limit {
			start()
			empty = true
		}
		if !empty {
			line, used = line+" ", used+1
		}
		for _, r := range word {
			if w := width(string(r)); used+w > limit && !empty {
				start()
				line, used = line+string(r), used+w
			} else {
				line, used = line+string(r), used+w
			}
			empty = false
		}
	}
	return append(lines, line)
}

// london is the zone that people's times are shown in. The data of the zone is
// built in, so that the error cannot happen; UTC would still be the truth.
var london = sync.OnceValue(func() *time.Location {
	l, err := time.LoadLocation("Europe/London")
	if err != nil {
		return time.UTC
	}
	return l
})

// moment writes t as people in Britain read it: 22 Nov 2026 14:05 GMT.
func moment(t time.Time) string { return t.In(london()).Format("2 Jan 2006 15:04 MST") }

// date writes a date such as 2026-06-18 as 18 Jun 2026, and anything else as it is.
func date(s string) string {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Plain(s)
	}
	return t.Format("2 Jan 2006")
}

// month writes a month such as 2026-09 as September 2026, and anything else as it is.
func month(s string) string {
	t, err := time.Parse("2006-01", s)
	if err != nil {
		return Plain(s)
	}
	return t.Format("January 2006")
}

// span writes a duration in days, or in hours where it is not whole days.
func span(d time.Duration) string {
	const day = 24 * time.Hour
	if d > 0 && d%day == 0 {
		return Count(int(d/day), "day")
	}
	return strconv.FormatFloat(d.Hours(), 'f', -1, 64) + " hours"
}

// Count writes n and its noun: 1 cluster, 1,204 clusters.
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return number(n) + " " + noun + "s"
}

// number writes n with a comma at every third digit.
func number(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
