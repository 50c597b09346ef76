package pricing

import (
	"errors"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/tuppence-dev/tuppence/collector"
)

// Price puts a month's pounds on every node of f, at the catalogue's hourly
// price ÷ the exchange rate of the month that the window ends in × 730 h, and
// shares them out by p. A pod's demand is, for each resource, the larger of its
// request and its mean usage over the window (as the OpenCost specification has
// it, https://opencost.io/docs/specification); its share of a node is its
// weighted demand ÷ the node's weighted capacity. Capacity − allocatable is
// overhead, and the rest idle, which also takes the remainder of rounding, so
// that the lines of a node add up to its cost to the last digit.
//
// Worked: a node of 4 vCPU, 16 GiB at £73 a month weighs 9 × 4 + 16 = 52. A pod
// of 1 vCPU and 2 GiB weighs 11, and bears 11/52 of it, £15.44.
//
// What has no price is unknown, and Warnings say why; so is what has no
// exchange rate. The error is for a caller's mistake: a missing argument or a
// policy that is not Valid. The ledger does not depend on the order of f.
func Price(f *collector.Fleet, cat Catalog, fx FX, p Policy) (*Ledger, error) {
	if f == nil || cat == nil || fx == nil {
		return nil, errors.New("pricing: the fleet, the catalogue or the exchange rates are missing")
	}
	if err := p.Valid(); err != nil {
		return nil, err
	}
	q := newQuotes(f, cat, fx)
	l := &Ledger{Clusters: make([]ClusterLedger, len(f.Clusters)), FX: q.rates, Policy: p}
	warnings := make([][]collector.Gap, len(f.Clusters))
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0)) // adding up digests is nearly all of the work
	for i := range f.Clusters {
		g.Go(func() error {
			s := newSplitter(&f.Clusters[i], q, p)
			l.Clusters[i], warnings[i] = s.split(), s.notes.all()
			return nil
		})
	}
	_ = g.Wait() // the functions above return no error
	l.Warnings = append(q.warnings(f.Window.End), slices.Concat(warnings...)...)
	return l, nil
}
