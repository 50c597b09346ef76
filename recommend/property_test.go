package recommend_test

import (
	"encoding/json"
	"math/rand/v2"
	"testing"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/collector/collectortest"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/recommend"
	"github.com/tuppence-dev/tuppence/recommend/interval"
	"github.com/tuppence-dev/tuppence/recommend/rightsize"
	"github.com/tuppence-dev/tuppence/recommend/spot"
)

// eager recommenders speak on little data, and chance ones of anything.
func eager(seed uint64) []recommend.Recommender {
	s := rightsize.Default()
	s.MinDays, s.MinSamples = 1, 1
	size, err := rightsize.New(s)
	onSpot, err2 := spot.New(spot.Default())
	every, err3 := interval.New(interval.Default())
	if err != nil || err2 != nil || err3 != nil {
		panic("the test's settings are not valid")
	}
	return []recommend.Recommender{size, chance("first", seed), onSpot, every, chance("second", seed+1)}
}

// chance proposes a random effect for every workload.
func chance(name string, seed uint64) recommend.Recommender {
	return recommend.Recommender{Name: name, Func: func(p *recommend.Pass) []recommend.Finding {
		rng := rand.New(rand.NewPCG(seed, 0))
		var found []recommend.Finding
		for i := range p.Cluster.Workloads {
			w := &p.Cluster.Workloads[i]
			e := recommend.Effect{Workload: i, SpotLow: decimal.New(rng.Int64N(2000)-500, -3)}
			for range w.Containers {
				e.Requests = append(e.Requests, collector.Resources{CPU: collector.MilliCPU(rng.IntN(4000)), Memory: collector.Bytes(rng.IntN(1 << 33))})
			}
			o := recommend.Subject(p.Cluster.Name, w)
			status := []recommend.Status{recommend.Proposed, recommend.Proposed, recommend.Advised, recommend.Withheld}[rng.IntN(4)]
			field := []string{"one", "other"}[rng.IntN(2)]
			found = append(found, recommend.Finding{ID: recommend.FindingID(name, o), Subject: o, Status: status,
				Changes: []recommend.Change{{Object: o, Path: []string{field}}}}.WithEffect(e))
		}
		return found
	}}
}

func runAll(t *rapid.T, f *collector.Fleet, terms pricing.Terms, seed uint64) ([]recommend.Finding, *pricing.Ledger) {
	l, err := pricing.Price(f, terms)
	if err != nil {
		t.Fatal(err)
	}
	found, err := recommend.Run(f, l, prices{}, eager(seed))
	if err != nil {
		t.Fatal(err)
	}
	return found, l
}

// drawTerms draws what was agreed with the providers: a discount of some types,
// reservations and savings plans from none to more than can be used.
func drawTerms(t *rapid.T) pricing.Terms {
	terms := pricing.Terms{Prices: prices{}, FX: pounds{}, Policy: rapid.SampledFrom(pricing.Policies()).Draw(t, "policy")}
	if rapid.Bool().Draw(t, "a discount") {
		terms.Discounts = []pricing.Discount{{PercentOff: decimal.NewFromInt(rapid.Int64Range(0, 100).Draw(t, "per cent off")), Scope: pricing.Scope{Type: "m*"}}}
	}
	price := func() pricing.ListPrice {
		return pricing.ListPrice{PerUnit: decimal.New(rapid.Int64Range(1, 300).Draw(t, "thousandths an hour"), -3), Currency: "GBP"}
	}
	if rapid.Bool().Draw(t, "a reservation") {
		terms.Commitments = append(terms.Commitments, pricing.Commitment{Name: "reserved", Kind: pricing.Reservation, Price: price(),
			Machines: decimal.New(rapid.Int64Range(1, 90).Draw(t, "tenths of a machine"), -1)})
	}
	if rapid.Bool().Draw(t, "a savings plan") {
		terms.Commitments = append(terms.Commitments, pricing.Commitment{Name: "plan", Kind: pricing.SavingsPlan, Price: price(),
			PercentOff: decimal.NewFromInt(rapid.Int64Range(0, 90).Draw(t, "per cent off by the plan"))})
	}
	return terms
}

func TestSavingsNeverExceedTheCost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := collectortest.Fleet().Draw(t, "fleet")
		found, l := runAll(t, f, drawTerms(t), rapid.Uint64().Draw(t, "seed"))
		sums := map[string]decimal.Decimal{}
		ids := map[string]bool{}
		for _, x := range found {
			if ids[x.ID] {
				t.Fatalf("id %s twice", x.ID)
			}
			ids[x.ID] = true
			a, r := x.Saving.Allocated, x.Saving.Realisable
			if a.Known && r.Known && r.Money.GreaterThan(a.Money.Decimal) {
				t.Fatalf("%s realises %s of %s", x.ID, r, a)
			}
			if x.Status == recommend.Proposed {
				o := x.Subject
				o.APIVersion = ""
				sums[o.String()] = sums[o.String()].Add(a.Money.Decimal)
			} else if x.Status != recommend.Advised && (!a.Money.IsZero() || !r.Money.IsZero()) {
				t.Fatalf("%s is %s and saves %s", x.ID, x.Status, a)
			}
		}
		for i := range f.Clusters {
			for w := range f.Clusters[i].Workloads {
				o := recommend.Subject(f.Clusters[i].Name, &f.Clusters[i].Workloads[w])
				o.APIVersion = ""
				if cost := l.Clusters[i].Cost(w).Money; sums[o.String()].GreaterThan(cost.Decimal) {
					t.Fatalf("%s costs %s and saves %s", o, cost, sums[o.String()])
				}
			}
		}
	})
}

// Neither does what workloads that run on one kind of node alone realise exceed
// what the nodes of that kind cost beside what commitments pay, which stays on the
// bill when nodes leave.
func TestRealisableNeverExceedsWhatCanLeaveTheBill(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := collectortest.Fleet().Draw(t, "fleet")
		found, l := runAll(t, f, drawTerms(t), rapid.Uint64().Draw(t, "seed"))
		for i := range l.Clusters {
			c := &l.Clusters[i]
			var sum, whole decimal.Decimal
			byKey := map[pricing.Key]decimal.Decimal{}
			for _, n := range c.Charges {
				if n.Key.Kind == pricing.Machine {
					left := n.Cost.Money.Minus(n.Committed).Decimal
					byKey[n.Key], whole = byKey[n.Key].Add(left), whole.Add(left)
				}
			}
			for _, x := range found {
				if x.Subject.Cluster != c.Cluster || !x.Saving.Realisable.Money.IsPositive() {
					continue
				}
				sum = sum.Add(x.Saving.Realisable.Money.Decimal)
				if key, ok := onlyKey(f, c, x.Subject); ok {
					byKey[key] = byKey[key].Sub(x.Saving.Realisable.Money.Decimal)
				}
			}
			if sum.GreaterThan(whole) {
				t.Fatalf("%s of %s that is not committed", sum, whole)
			}
			for key, left := range byKey {
				if left.IsNegative() {
					t.Fatalf("%s: %s more than its nodes cost", key, left.Neg())
				}
			}
		}
	})
}

// onlyKey is the kind of node that all of the workload's lines on nodes are on.
func onlyKey(f *collector.Fleet, l *pricing.ClusterLedger, o recommend.Object) (pricing.Key, bool) {
	keys := map[pricing.Key]bool{}
	for i := range f.Clusters {
		for w := range f.Clusters[i].Workloads {
			if f.Clusters[i].Name == l.Cluster && recommend.Subject(l.Cluster, &f.Clusters[i].Workloads[w]) == o {
				for _, n := range l.LinesOf(w) {
					if n.Key.Kind == pricing.Machine {
						keys[n.Key] = true
					}
				}
			}
		}
	}
	for k := range keys {
		return k, len(keys) == 1
	}
	return pricing.Key{}, false
}

func TestTheOrderOfAFleetChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := collectortest.Fleet().Draw(t, "fleet")
		f.Normalise()
		terms, seed := drawTerms(t), rapid.Uint64().Draw(t, "seed")
		bytesOf := func() string {
			found, _ := runAll(t, f, terms, seed)
			b, err := json.Marshal(found)
			if err != nil {
				t.Fatal(err)
			}
			return string(b)
		}
		before, _ := json.Marshal(f)
		first := bytesOf()
		if after, _ := json.Marshal(f); string(before) != string(after) {
			t.Fatal("the fleet was changed")
		}
		rng := rand.New(rand.NewPCG(seed, 1))
		rng.Shuffle(len(f.Clusters), func(i, j int) { f.Clusters[i], f.Clusters[j] = f.Clusters[j], f.Clusters[i] })
		for i := range f.Clusters {
			c := &f.Clusters[i]
			rng.Shuffle(len(c.Workloads), func(i, j int) { c.Workloads[i], c.Workloads[j] = c.Workloads[j], c.Workloads[i] })
			rng.Shuffle(len(c.Nodes), func(i, j int) { c.Nodes[i], c.Nodes[j] = c.Nodes[j], c.Nodes[i] })
			rng.Shuffle(len(c.PastNodes), func(i, j int) { c.PastNodes[i], c.PastNodes[j] = c.PastNodes[j], c.PastNodes[i] })
			rng.Shuffle(len(c.Volumes), func(i, j int) { c.Volumes[i], c.Volumes[j] = c.Volumes[j], c.Volumes[i] })
			rng.Shuffle(len(c.LoadBalancers), func(i, j int) { c.LoadBalancers[i], c.LoadBalancers[j] = c.LoadBalancers[j], c.LoadBalancers[i] })
		}
		f.Normalise()
		if again := bytesOf(); first != again {
			t.Fatalf("first %s\nagain %s", first, again)
		}
	})
}

func BenchmarkRun20x250(b *testing.B)  { benchmarkRun(b, 20) }
func BenchmarkRun200x250(b *testing.B) { benchmarkRun(b, 200) }

func benchmarkRun(b *testing.B, clusters int) {
	f := collectortest.Generate(clusters, 250, 1)
	l, err := pricing.Price(f, pricing.Terms{Prices: prices{}, FX: pounds{}, Policy: pricing.NineToOne})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		found, err := recommend.Run(f, l, prices{}, all(b))
		if err != nil || len(found) == 0 {
			b.Fatal(err, len(found))
		}
		b.ReportMetric(float64(len(found)), "findings")
	}
}
