package bill

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
)

// shownRows is how many bad rows are named.
const shownRows = 3

// badRows counts rows that could not be read in full, and keeps the first few.
type badRows struct {
	n     int
	first []string
}

func (b *badRows) add(r *row, err error) {
	if b.n < shownRows {
		b.first = append(b.first, r.String()+": "+err.Error())
	}
	b.n++
}

// many counts things and keeps the first one's name.
type many struct {
	n     int
	first string
}

func (m *many) add(name string) {
	if m.n == 0 {
		m.first = name
	}
	m.n++
}

func rowCount(n int) string {
	if n == 1 {
		return "1 row"
	}
	return fmt.Sprintf("%d rows", n)
}

// warnings say what a reader of the figures must know, in a fixed order.
func (t *tally) warnings(missing []string) []collector.Gap {
	var gaps []collector.Gap
	say := func(format string, args ...any) {
		gaps = append(gaps, collector.Gap{Cluster: pricing.AllClusters, Source: "pricing", Reason: "bill: " + fmt.Sprintf(format, args...)})
	}
	t.sayRates(say)
	if t.rows == 0 {
		say("no row has a charge period within the window: export the months that it spans")
	}
	if t.bad.n > 0 {
		say("%s could not be read, and what they cost is unknown; the first: %s", rowCount(t.bad.n), strings.Join(t.bad.first, "; "))
	}
	if t.negative.n > 0 {
		say("%s of usage cost less than nothing without being a correction: added as it stands; the first: %s", rowCount(t.negative.n), t.negative.first)
	}
	if d := t.wanted.double; len(d) > 0 {
		say("%d of the fleet's ids mean a resource that another has already: its cost was counted once; the first: %.200q", len(d), d[0])
	}
	if s := t.wanted.split; s.n > 0 {
		say("%d machines belong to a scale set of another cluster: the set's cost was counted there; the first set: %.200q", s.n, s.first)
	}
	if n := len(missing); n > 0 && t.rows > 0 {
		say("no row names %d of the fleet's %d resources, so their real cost is unknown; the first: %.200q", n, len(t.wanted.entries), missing[0])
	}
	return gaps
}

// sayRates names each currency and month without a rate, and what is to be known
// of the rates that were used.
func (t *tally) sayRates(say func(string, ...any)) {
	var said []string
	for _, e := range t.rates.sorted() {
		switch w := e.rate.Warning; {
		case e.err != nil:
			say("what %s cost is unknown: %s", rowCount(e.rows), e.err)
		case w != "" && !slices.Contains(said, w):
			said = append(said, w)
			say("%s", w)
		}
	}
}
