package recommend

import (
	"cmp"
	"errors"
	"fmt"
	"runtime"
	"slices"

	"github.com/shopspring/decimal"
	"golang.org/x/sync/errgroup"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
)

// ErrLedger is returned by Run for a ledger that was not priced from the fleet.
var ErrLedger = errors.New("the ledger is not of this fleet")

// Run asks every recommender about every cluster and prices what it answers.
// Clusters run at once, bounded by GOMAXPROCS, so cat is asked from several
// goroutines; within one the recommenders run in the order of the list, each
// seeing the demand that the proposed findings before it leave. The first in the
// list wins a field: a later finding that wants it is Superseded. Changes to a
// workload that is written elsewhere, such as Flagger's copies, fall on its Target.
//
// Savings are a month's, by these rules:
//
//   - Allocated of a proposed finding is the workload's cost under the demand
//     before it, less the cost after it. The savings of a workload's proposed
//     findings add up to no more than its cost.
//   - An advised finding's saving is what it would bring if a person followed it
//     first. It is not taken out of the demand, so it may overlap with another.
//   - A withheld or superseded finding, and one without an effect on cost, saves £0.
//     What is said of a subject with tuppence.dev/ignore is withheld.
//   - Where a price is unknown the saving is unknown, never zero.
//   - Realisable is told in realise.go.
//
// The findings come largest allocated saving first, then by subject. Run returns
// an error for recommenders without a name of their own or a ledger of another
// fleet, and changes none of its arguments.
func Run(f *collector.Fleet, l *pricing.Ledger, cat pricing.Catalog, rs []Recommender) ([]Finding, error) {
	names := map[string]bool{}
	for i, r := range rs {
		if r.Name == "" || (r.Func == nil) == (r.Fleet == nil) || names[r.Name] {
			return nil, fmt.Errorf("recommender %d, %q: each needs a name of its own and one function", i, r.Name)
		}
		names[r.Name] = true
	}
	if len(l.Clusters) != len(f.Clusters) {
		return nil, fmt.Errorf("%w: %d clusters, of %d", ErrLedger, len(l.Clusters), len(f.Clusters))
	}
	found := make([][]Finding, len(f.Clusters)+1)
	judges := make([]judge, len(rs))
	for i := range rs {
		of, whole := rs[i].Over(f)
		judges[i] = judge{rs[i].Name, of}
		found[len(f.Clusters)] = append(found[len(f.Clusters)], ofNoCluster(rs[i].Name, whole)...)
	}
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i := range f.Clusters {
		if f.Clusters[i].Name != l.Clusters[i].Cluster {
			return nil, fmt.Errorf("%w: cluster %d is %q, not %q", ErrLedger, i, l.Clusters[i].Cluster, f.Clusters[i].Name)
		}
		g.Go(func() error {
			found[i] = runCluster(f.Window, &f.Clusters[i], &l.Clusters[i], cat, judges)
			return nil
		})
	}
	_ = g.Wait() // the functions above return no error
	all := slices.Concat(found...)
	slices.SortStableFunc(all, bySaving)
	lengthen(all)
	return all, nil
}

// bySaving orders findings: largest known saving first, unknown ones after all
// known, then by subject and recommender.
func bySaving(a, b Finding) int {
	x, y := a.Saving.Allocated, b.Saving.Allocated
	if x.Known != y.Known {
		if x.Known {
			return -1
		}
		return 1
	}
	return cmp.Or(y.Money.Cmp(x.Money.Decimal),
		cmp.Compare(a.Subject.Cluster, b.Subject.Cluster), cmp.Compare(a.Subject.Namespace, b.Subject.Namespace),
		cmp.Compare(a.Subject.Kind, b.Subject.Kind), cmp.Compare(a.Subject.Name, b.Subject.Name),
		cmp.Compare(a.Subject.APIVersion, b.Subject.APIVersion), cmp.Compare(a.Recommender, b.Recommender))
}

// judge is a recommender as it judges the clusters of this fleet.
type judge struct {
	recommender string
	of          func(*Pass) []Finding
}

// ofNoCluster are findings about all of a fleet: advice, whose changes nobody could
// place and whose saving is the sum of none.
func ofNoCluster(recommender string, found []Finding) []Finding {
	for i := range found {
		nothing := pricing.Known(pricing.Money{})
		found[i].Recommender, found[i].Status, found[i].Changes = recommender, Advised, nil
		found[i].Saving = Saving{Allocated: nothing, Realisable: nothing}
	}
	return found
}

// running is one cluster while its recommenders run.
type running struct {
	c      *collector.Cluster
	l      *pricing.ClusterLedger
	pass   Pass
	pools  []pool
	poolOf []int             // of each node, by index into pools
	spot   []decimal.Decimal // of each workload: the share of its on-demand cost that moving to spot took off
	taken  map[string]string // field of an object → the finding that changes it
}

func runCluster(w collector.Window, c *collector.Cluster, l *pricing.ClusterLedger, cat pricing.Catalog, judges []judge) []Finding {
	r := &running{c: c, l: l, taken: map[string]string{}, spot: make([]decimal.Decimal, len(c.Workloads))}
	r.pass = Pass{Window: w, Cluster: c, Demand: demandOf(c), SpotRates: spotRates(c, l, cat), subjects: subjectsOf(c)}
	r.poolNodes()
	before := r.freed()
	var found []Finding
	for _, j := range judges {
		for _, f := range j.of(&r.pass) {
			f.Recommender = j.recommender
			r.pass.subjects.aim(&f)
			r.pass.subjects.obey(&f)
			r.settle(&f)
			found = append(found, f)
		}
	}
	r.realise(found, before)
	return found
}

func demandOf(c *collector.Cluster) [][]collector.Resources {
	demand := make([][]collector.Resources, len(c.Workloads))
	for i := range c.Workloads {
		demand[i] = make([]collector.Resources, len(c.Workloads[i].Containers))
		for k := range c.Workloads[i].Containers {
			demand[i][k] = c.Workloads[i].Containers[k].Requests
		}
	}
	return demand
}
