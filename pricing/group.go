package pricing

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/collector"
)

// Dimension is what costs are grouped by: one of those below, or "label:" and
// the key of a label that the allow-list has.
type Dimension string

// The dimensions. The last five are what only a GitOps tool knows: the object
// that applies a workload, by name, and the repository and path that it stands in.
const (
	ByCluster       Dimension = "cluster"
	ByEnvironment   Dimension = "environment"
	ByNamespace     Dimension = "namespace"
	ByKustomization Dimension = "kustomization"
	ByHelmRelease   Dimension = "helmrelease"
	ByApplication   Dimension = "application"
	ByRepository    Dimension = "repository"
	ByPath          Dimension = "path" // repository and path in it
)

const labelPrefix = "label:"

// Dimensions are the names that a user can give, "label:KEY" for any label.
func Dimensions() []string {
	return []string{string(ByCluster), string(ByEnvironment), string(ByNamespace), string(ByKustomization), string(ByHelmRelease),
		string(ByApplication), string(ByRepository), string(ByPath), labelPrefix + "KEY"}
}

// ParseDimension reads one that a user gave.
func ParseDimension(s string) (Dimension, error) {
	if key, ok := strings.CutPrefix(s, labelPrefix); ok && key != "" || slices.Contains(Dimensions(), s) && !ok {
		return Dimension(s), nil
	}
	return "", fmt.Errorf("no grouping %q: there are %s", s, strings.Join(Dimensions(), ", "))
}

// None is the name of the group of what has no value in a dimension, such as
// workloads that no Kustomization applies.
const None = "(none)"

// Spread says who bears a cost that is no workload's own.
type Spread string

// The ways to spread a cost: it stays apart, each group of its cluster bears the
// same, or each bears it in proportion to its own cost there.
const (
	Apart        Spread = "apart"
	Even         Spread = "even"
	Proportional Spread = "proportional"
)

// Sharing is how the costs that are no workload's own are spread. The zero value
// keeps all of them apart.
type Sharing struct {
	Idle     Spread
	Overhead Spread
	// Shared is for the workloads of SharedNamespaces, such as kube-system and
	// monitoring: Apart makes them a line of their own.
	Shared           Spread
	SharedNamespaces []string
}

// Valid returns an error that names the spread that is none.
func (s *Sharing) Valid() error {
	for _, v := range []struct {
		name string
		Spread
	}{{"idle", s.Idle}, {"overhead", s.Overhead}, {"shared", s.Shared}} {
		if !slices.Contains([]Spread{"", Apart, Even, Proportional}, v.Spread) {
			return fmt.Errorf("sharing of %s costs: %q: there are %s, %s and %s", v.name, v.Spread, Apart, Even, Proportional)
		}
	}
	return nil
}

// Group is what the workloads of one group cost a month: their own lines, and
// what was spread on them.
type Group struct {
	Name      string `json:"name"`
	Workloads int    `json:"workloads"`
	Direct    Amount `json:"direct"`
	Spread    Amount `json:"spread"`
}

// Total is the group's whole cost.
func (g *Group) Total() Amount { return g.Direct.Plus(g.Spread) }

// Allocation is the fleet's cost by group. The groups' totals and what stayed
// apart add up to the bill to the last digit.
type Allocation struct {
	By     Dimension `json:"by"`
	Groups []Group   `json:"groups"` // the dearest first
	// What was not spread, or could not be, and the commitments that nothing used.
	Shared   Amount `json:"shared"`
	Idle     Amount `json:"idle"`
	Overhead Amount `json:"overhead"`
	Unused   Amount `json:"unusedCommitments"`
}

// Total is the fleet's bill.
func (a *Allocation) Total() Amount {
	sum := a.Shared.Plus(a.Idle).Plus(a.Overhead).Plus(a.Unused)
	for i := range a.Groups {
		sum = sum.Plus(a.Groups[i].Total())
	}
	return sum
}

// Allocate groups the costs of f, which l was priced from, by one dimension.
func (l *Ledger) Allocate(f *collector.Fleet, by Dimension, s Sharing) *Allocation {
	zero := Known(Money{})
	a := &Allocation{By: by, Groups: []Group{}, Shared: zero, Idle: zero, Overhead: zero, Unused: l.Unused()}
	groups := map[string]*Group{}
	for i := range l.Clusters {
		if i < len(f.Clusters) {
			a.cluster(&f.Clusters[i], &l.Clusters[i], s, groups)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		a.Groups = append(a.Groups, *groups[name])
	}
	slices.SortStableFunc(a.Groups, func(x, y Group) int {
		return y.Total().Money.Cmp(x.Total().Money.Decimal)
	})
	return a
}

// cluster adds one cluster's costs to the groups.
func (a *Allocation) cluster(c *collector.Cluster, l *ClusterLedger, s Sharing, groups map[string]*Group) {
	names := newNaming(c, a.By)
	own := map[string]Amount{} // what each group's workloads cost in this cluster
	shared := Known(Money{})
	for w := range c.Workloads {
		load := &c.Workloads[w]
		cost := l.Cost(w)
		if slices.Contains(s.SharedNamespaces, load.Namespace) {
			shared = shared.Plus(cost)
			continue
		}
		name := names.of(load)
		g := groups[name]
		if g == nil {
			g = &Group{Name: name, Direct: Known(Money{}), Spread: Known(Money{})}
			groups[name] = g
		}
		g.Workloads++
		g.Direct = g.Direct.Plus(cost)
		if before, ok := own[name]; ok {
			cost = before.Plus(cost)
		}
		own[name] = cost
	}
	for _, pot := range []struct {
		cost  Amount
		how   Spread
		apart *Amount
	}{{shared, s.Shared, &a.Shared}, {l.Total(Idle), s.Idle, &a.Idle}, {l.Total(Overhead), s.Overhead, &a.Overhead}} {
		if !spread(pot.cost, pot.how, own, groups) {
			*pot.apart = pot.apart.Plus(pot.cost)
		}
	}
}

// spread puts cost on the groups that own something in the cluster, and reports
// whether it did. Parts are rounded down to 1e-12, and the first group by name
// bears the remainder.
func spread(cost Amount, how Spread, own map[string]Amount, groups map[string]*Group) bool {
	names := slices.Sorted(maps.Keys(own))
	if how == "" || how == Apart || len(names) == 0 {
		return false
	}
	sum, known := Money{}, true
	for _, name := range names {
		sum, known = sum.Plus(own[name].Money), known && own[name].Known
	}
	if how == Proportional && !sum.IsPositive() {
		return false
	}
	left := cost.Money
	for i, name := range slices.Backward(names) {
		part := left
		switch {
		case i == 0:
		case how == Even:
			part.Decimal, _ = cost.Money.QuoRem(decimal.NewFromInt(int64(len(names))), shareDigits)
		default:
			part.Decimal, _ = cost.Money.Mul(own[name].Money.Decimal).QuoRem(sum.Decimal, shareDigits)
		}
		left = left.Minus(part)
		g := groups[name]
		// Where one group's own cost is unknown, so is every proportion.
		g.Spread = g.Spread.Plus(Amount{part, cost.Known && (known || how == Even)})
	}
	return true
}
