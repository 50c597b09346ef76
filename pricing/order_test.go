package pricing_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
)

// The order in which an API lists things, or a person writes commitments, must
// not show: shuffled, a fleet costs the same line by line, and normalised again
// it gives the same ledger to the byte.
func TestOrderDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f, terms, before := priced(t)
		byName, text := named(f, before), written(t, f, before)
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "order"), 0))
		g := shuffled(rng, f)
		terms.Commitments = shuffle(rng, terms.Commitments)
		after := mustPrice(t, g, terms)
		if got := named(g, after); !slices.Equal(byName, got) {
			t.Fatalf("shuffled:\n%q\nwant\n%q", got, byName)
		}
		g.Normalise()
		if got := written(t, g, mustPrice(t, g, terms)); got != text {
			t.Fatalf("shuffled and normalised:\n%s\nwant\n%s", got, text)
		}
		if got, want := warnings(after), warnings(before); !slices.Equal(got, want) {
			t.Fatalf("warnings %q, want %q", got, want)
		}
	})
}

func warnings(l *pricing.Ledger) []string {
	var out []string
	for _, w := range l.Warnings {
		out = append(out, w.String())
	}
	slices.Sort(out)
	return out
}

// written is every byte that a ledger and what is read from it show.
func written(t *rapid.T, f *collector.Fleet, l *pricing.Ledger) string {
	sharing := pricing.Sharing{Idle: pricing.Even, Overhead: pricing.Proportional}
	b, err := json.Marshal([]any{l, l.GitOps(f), l.Days(f, pricing.Selection{}), l.Allocate(f, pricing.ByPath, sharing), l.Allocate(f, pricing.ByApplication, sharing)})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// named is each line's cost by the names of what it is for, and what each
// commitment is used for.
func named(f *collector.Fleet, l *pricing.Ledger) []string {
	var out []string
	for i := range l.Clusters {
		c := &l.Clusters[i]
		for _, line := range c.Lines {
			charge := &c.Charges[line.Charge]
			name := fmt.Sprint(c.Cluster, charge.Name, charge.Key, charge.Terms, charge.Quantity, line.Class)
			if line.Workload >= 0 {
				name += " " + f.Clusters[i].Workloads[line.Workload].Name
			}
			out = append(out, fmt.Sprint(name, line.Cost.Money.Decimal, line.Cost.Known))
		}
	}
	for _, c := range l.Commitments {
		out = append(out, fmt.Sprint(c.Name, c.Used.Money.Decimal, c.Unused.Money.Decimal, c.Covered))
	}
	slices.Sort(out)
	return out
}

// shuffled is a copy of f with everything that a cluster lists in another order.
func shuffled(rng *rand.Rand, f *collector.Fleet) *collector.Fleet {
	g := &collector.Fleet{Window: f.Window, Clusters: shuffle(rng, f.Clusters)}
	for i := range g.Clusters {
		c := &g.Clusters[i]
		c.Nodes, c.PastNodes, c.Workloads = shuffle(rng, c.Nodes), shuffle(rng, c.PastNodes), shuffle(rng, c.Workloads)
		c.Reconcilers, c.Controllers = shuffle(rng, c.Reconcilers), shuffle(rng, c.Controllers)
		c.Volumes, c.LoadBalancers = shuffle(rng, c.Volumes), shuffle(rng, c.LoadBalancers)
		for j := range c.Volumes {
			c.Volumes[j].Users = shuffle(rng, c.Volumes[j].Users)
		}
		for j := range c.LoadBalancers {
			c.LoadBalancers[j].Users = shuffle(rng, c.LoadBalancers[j].Users)
		}
		for j := range c.Workloads {
			w := &c.Workloads[j]
			w.Placements, w.PodTime = shuffle(rng, w.Placements), shuffle(rng, w.PodTime)
		}
	}
	return g
}

func shuffle[T any](rng *rand.Rand, s []T) []T {
	s = slices.Clone(s)
	rng.Shuffle(len(s), func(i, j int) { s[i], s[j] = s[j], s[i] })
	return s
}
