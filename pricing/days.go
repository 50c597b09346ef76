package pricing

import (
	"slices"
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

// any reports whether anything of the cluster is selected.
func (s *Selection) any(c *collector.Cluster) bool {
	return s.whole() || slices.ContainsFunc(c.Workloads, func(w collector.Workload) bool { return s.workload(&w) })
}

// DayCost is what a selection cost on one day, in UTC.
type DayCost struct {
	Day  collector.Day
	Cost Amount
}

// Days is what the selection cost on each whole day of the window: the hours
// that each node, volume and load balancer stood on that day, at its price, times
// the selection's share of it over the window. A day on which something of it
// has no price is unknown, and so is one before the nodes are known (see Span), and
// every day of a selection that fits nothing. Unused commitments are not in it:
// they are the fleet's.
func (l *Ledger) Days(f *collector.Fleet, s Selection) []DayCost {
	var days []DayCost
	for day := nextMidnight(f.Window.Start); !day.AddDate(0, 0, 1).After(f.Window.End); day = day.AddDate(0, 0, 1) {
		days = append(days, DayCost{Day: collector.DayOf(day)})
	}
	for d := range days {
		days[d].Cost.Known = true
	}
	found := false
	for i := range l.Clusters {
		if i < len(f.Clusters) && s.cluster(&f.Clusters[i]) && s.any(&f.Clusters[i]) {
			found = true
			l.Clusters[i].addDays(&f.Clusters[i], &s, days)
		}
	}
	for d := range days {
		days[d].Cost.Known = days[d].Cost.Known && found
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
	lost := false // a selected workload has a cost that the lines do not hold
	for w := range c.Workloads {
		e := l.workload(w)
		lost = lost || !s.whole() && s.workload(&c.Workloads[w]) && e != nil && e.partial(e.present)
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
			if part, there := charge.on(day, l.Span); there {
				*cost = cost.Plus(charge.Units.Effective.times(part.Mul(shares[i])))
			}
		}
		// Before the span it is not known which nodes there were.
		cost.Known = cost.Known && !lost && !day.Start.Before(l.Span.Start)
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

// on is how many units of the charge the day has, and whether it has any time of
// it: the units of its life within the day, or of what was sent the day's part of
// the span.
func (c *Charge) on(day collector.Window, s Span) (units decimal.Decimal, there bool) {
	life := c.Life(s)
	from, until := life.Start, life.End
	if from.Before(day.Start) {
		from = day.Start
	}
	if until.After(day.End) {
		until = day.End
	}
	if !from.Before(until) || c.Window.IsZero() {
		return decimal.Zero, false
	}
	return c.Window.Mul(decimal.NewFromInt(int64(until.Sub(from)))).DivRound(decimal.NewFromInt(int64(life.Length())), quantityDigits), true
}
