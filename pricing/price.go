package pricing

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/tuppence-dev/tuppence/collector"
)

// Price puts a month's pounds on everything that f is billed for, and shares
// them out. Each charge is the list price of one unit ÷ the exchange rate at the
// window's end, less discounts, or as commitments or the bill have it, × its
// quantity: the hours (GiB-months, GiB) that the window had of it, for a month
// (see Span).
//
// A node is shared by t.Policy among the pods that ran on it. A container's
// demand is, for each resource, the larger of its request and its mean usage over
// the window (as the OpenCost specification has it,
// https://opencost.io/docs/specification); a workload's share of a node is its
// pods' weighted demand × the time that they ran there ÷ the node's weighted
// capacity × the time that it stood. Capacity − allocatable is overhead, and the
// rest idle, which also takes the remainder of rounding, so that the lines of a
// node add up to its cost to the last digit. A volume and a load balancer are
// their users' in equal parts, traffic is its sender's, a control plane overhead.
//
// Worked: a node of 4 vCPU, 16 GiB at £73 a month weighs 9 × 4 + 16 = 52. A pod
// of 1 vCPU and 2 GiB weighs 11, and bears 11/52 of it, £15.44; one that ran for
// half of the node's time, £7.72.
//
// What has no price is unknown, and Warnings say why; so is what has no
// exchange rate. The error is for a caller's mistake: a missing argument, a window
// that has no length or is longer than collector.MaxWindow, or terms that are not valid. The
// ledger does not depend on the order of f.
func Price(f *collector.Fleet, t Terms) (*Ledger, error) {
	if f == nil {
		return nil, errors.New("pricing: there is no fleet")
	}
	if err := t.valid(); err != nil {
		return nil, err
	}
	if w := f.Window; len(f.Clusters) > 0 && (w.Length() <= 0 || w.Length() > collector.MaxWindow) {
		return nil, fmt.Errorf("pricing: a window from %s to %s: it must be longer than nothing and at most %d days", w.Start, w.End, collector.MaxWindow/(24*time.Hour))
	}
	bills := make([]*bill, len(f.Clusters))
	for i := range f.Clusters {
		bills[i] = newBill(&f.Clusters[i], f.Window)
	}
	x := &exchange{fx: t.FX, at: f.Window.End, found: map[string]exchanged{}}
	quoteAll(bills, t.Prices, x)
	taken := make([]bool, len(t.Discounts))
	for _, b := range bills {
		t.contract(b, taken)
	}
	l := &Ledger{Clusters: make([]ClusterLedger, len(f.Clusters)), Policy: t.Policy, Bill: t.settle(bills)}
	var uncommitted []collector.Gap
	l.Commitments, uncommitted = t.commit(bills, f.Window, x)
	l.FX = x.used()
	warnings := make([][]collector.Gap, len(f.Clusters))
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0)) // adding up digests is nearly all of the work
	for i, b := range bills {
		g.Go(func() error {
			s := newSplitter(b, t.Policy)
			l.Clusters[i], warnings[i] = s.split(), s.notes.all()
			return nil
		})
	}
	_ = g.Wait() // the functions above return no error
	l.Warnings = slices.Concat(fxWarnings(l.FX), t.idleWarnings(taken, l.Commitments), uncommitted, spanWarnings(bills), priceWarnings(bills, f.Window.End), slices.Concat(warnings...))
	return l, nil
}
