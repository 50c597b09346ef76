package pricing

import (
	"time"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/collector"
)

// Selection is which costs a budget is about. What is empty selects all: a
// selection without a namespace and labels has the whole bill of its clusters,
// one with either has those workloads' own costs.
type Selection struct {
	Cluster     string
	Environment string
	Namespace   string
	Labels      []collector.Label // all of them, of the allow-list
}

func (s *Selection) cluster(c *collector.Cluster) bool {
	return (s.Cluster == "" || s.Cluster == c.Name) && (s.Environment == "" || s.Environment == c.Environment)
}

// whole reports whether idle and overhead are selected too.
func (s *Selection) whole() bool { return s.Namespace == "" && len(s.Labels) == 0 }

func (s *Selection) workload(w *collector.Workload) bool {
	if s.Namespace != "" && s.Namespace != w.Namespace {
		return false
	}
	for _, want := range s.Labels {
		has := false
		for _, l := range w.Labels {
			has = has || l == want
		}
		if !has {
			return false
		}
	}
	return true
}

// DayCost is what a selection cost on one day, in UTC.
type DayCost struct {
	Day  collector.Day
	Cost Amount
}

// Days is what the selection cost on each whole day of the window: the hours
// that each node, volume and load balancer stood on that day, at its price, times
// the selection's share of it over the window. A day on which something of it
// has no price is unknown, and so is every day of a selection that fits no
// cluster. Unused commitments are not in it: they are the fleet's.
func (l *Ledger) Days(f *collector.Fleet, s Selection) []DayCost {
	var days []DayCost
	for day := nextMidnight(f.Window.Start); !day.AddDate(0, 0, 1).After(f.Window.End); day = day.AddDate(0, 0, 1) {
		days = append(days, DayCost{Day: collector.DayOf(day)})
	}
	found := false
	for i := range l.Clusters {
		if i >= len(f.Clusters) || !s.cluster(&f.Clusters[i]) {
			continue
		}
		if !found {
			found = true
			for d := range days {
				days[d].Cost.Known = true
			}
		}
		l.Clusters[i].addDays(&f.Clusters[i], &s, days)
	}
	return days
}

func nextMidnight(t time.Time) time.Time {
	day := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	if day.Before(t) {
		day = day.AddDate(0, 0, 1)
	}
	return day
}

func (l *ClusterLedger) addDays(c *collector.Cluster, s *Selection, days []DayCost) {
	shares := make([]decimal.Decimal, len(l.Charges))
	for i := range l.Lines {
		line := &l.Lines[i]
		if s.whole() || line.Workload >= 0 && s.workload(&c.Workloads[line.Workload]) {
			shares[line.Charge] = shares[line.Charge].Add(line.Share)
		}
	}
	lost := false // a selected workload ran where nothing is known of
	for w := range c.Workloads {
		lost = lost || s.workload(&c.Workloads[w]) && !l.Cost(w).Known
	}
	for d := range days {
		cost := &days[d].Cost
		start, _ := time.Parse(time.DateOnly, string(days[d].Day))
		day := collector.Window{Start: start, End: start.AddDate(0, 0, 1)}
		for i := range l.Charges {
			charge := &l.Charges[i]
			if shares[i].IsZero() {
				continue
			}
			if part := charge.on(day, l.Span); part.IsPositive() {
				*cost = cost.Plus(charge.Units.Effective.times(part.Mul(shares[i])))
			}
		}
		cost.Known = cost.Known && !lost
	}
}

// Life is the part of the span that the charge is for: a node's from its creation
// to its removal. It is empty where both lie outside.
func (c *Charge) Life(s Span) collector.Window {
	life := s.Window
	if c.from.After(life.Start) {
		life.Start = c.from
	}
	if !c.until.IsZero() && c.until.Before(life.End) {
		life.End = c.until
	}
	return life
}

// on is how many units of the charge the day has: those of its life within the
// day, or of what was sent the day's part of the span.
func (c *Charge) on(day collector.Window, s Span) decimal.Decimal {
	life := c.Life(s)
	from, until := life.Start, life.End
	if from.Before(day.Start) {
		from = day.Start
	}
	if until.After(day.End) {
		until = day.End
	}
	if !from.Before(until) {
		return decimal.Zero
	}
	return c.Window.Mul(decimal.NewFromInt(int64(until.Sub(from)))).DivRound(decimal.NewFromInt(int64(life.Length())), quantityDigits)
}
