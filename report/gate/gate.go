package gate

import (
	"context"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
)

// Gate is one condition that a change must meet before it is proposed.
type Gate struct {
	Name   string // lower case, words joined by hyphens: limit-range
	Doc    string // one sentence: what it guards against
	Remedy string // one sentence: what a person does about a failure
	// Lenient is why an undecided verdict lets the change through; empty: it
	// does not.
	Lenient string
	// Run judges one case. Its answer needs no name; the function Run gives it
	// the gate's.
	Run func(context.Context, *Case) recommend.Check
}

// Case is one finding with what it would change. Gates don't alter it.
type Case struct {
	Cluster *collector.Cluster // the subject's; never nil
	Window  collector.Window   // what usage was read over; its end is "now"
	// Workload is the live one, nil where the subject is none, such as a
	// Kustomization whose interval changes.
	Workload *collector.Workload
	Finding  *recommend.Finding // never nil
	// Objects are those that the change reaches, such as a Deployment and its HPA.
	Objects []Rendered
	// Build is every object that the overlay builds after the change.
	Build    []map[string]any
	Policies *Policies // the repository's; nil: it keeps none
	Needs    Needs
}

// Rendered is one object as Git builds it before and after the change: what the
// cluster would get, not the file that says so. Nil on one side: it isn't built.
type Rendered struct {
	Before, After map[string]any
}

// Needs are the figures that the recommenders' settings promise and the gates
// hold them to. Zero values are the defaults.
type Needs struct {
	// Days of usage that new sizes rest on, or the whole window where that is
	// shorter. Default 7: every weekday was seen.
	Days int
	// CPUQuantile of the samples that a lowered CPU request covers, over 0 to 1.
	// Default 0.95, rightsize's own.
	CPUQuantile float64
}

func (n Needs) days() int {
	if n.Days > 0 {
		return n.Days
	}
	return 7
}

func (n Needs) cpuQuantile() float64 {
	if n.CPUQuantile > 0 && n.CPUQuantile <= 1 {
		return n.CPUQuantile
	}
	return 0.95
}

// Run puts c through every gate, in the order of All. Cancelling ctx ends the
// repository's policies, whose check is then undecided.
func Run(ctx context.Context, c *Case) []recommend.Check {
	checks := make([]recommend.Check, len(All))
	for i, g := range All {
		checks[i] = g.Run(ctx, c)
		checks[i].Name = g.Name
	}
	return checks
}

// Passed reports whether a change with these checks may be proposed: there are
// some, and each passed, or is undecided and of a gate that is lenient about it.
func Passed(checks []recommend.Check) bool {
	lenient := map[string]bool{}
	for _, g := range All {
		lenient[g.Name] = g.Lenient != ""
	}
	for _, c := range checks {
		if c.Verdict != recommend.Passed && (c.Verdict != recommend.Undecided || !lenient[c.Name]) {
			return false
		}
	}
	return len(checks) > 0
}

// of makes a gate's Run of a judgement that needs no context.
func of(judge func(*Case) recommend.Check) func(context.Context, *Case) recommend.Check {
	return func(_ context.Context, c *Case) recommend.Check { return judge(c) }
}
