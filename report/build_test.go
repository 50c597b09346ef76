package report

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/recommend"
)

func TestTotalsAddUp(t *testing.T) {
	r := Build(ordinary())
	got := fmt.Sprint(r.Total.Bill, r.Total.Used, r.Total.Idle, r.Total.Overhead, r.Total.Nodes, r.Total.Workloads, r.Total.Findings,
		r.Total.Saving.Allocated, r.Total.Saving.Realisable)
	if want := fmt.Sprint(known("1234.56"), known("760.255"), known("420.305"), known("54"), 3, 3, 4, known("115.955"), known("88.70")); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := r.Clusters[0].Totals.Saving.Allocated; !got.Money.Equal(pounds("114.755").Decimal) || !got.Known {
		t.Errorf("prod-lon saves %s, want £114.76", got)
	}
}

func TestUnknownStaysUnknown(t *testing.T) {
	r := Build(holes())
	uks, ldn := r.Clusters[1], r.Clusters[2]
	for name, a := range map[string]pricing.Amount{
		"bill with a node without a price":         uks.Totals.Bill,
		"cost of a workload on that node":          uks.Workloads[1].Cost,
		"saving with a finding without a price":    uks.Totals.Saving.Allocated,
		"bill of a cluster that could not be read": ldn.Totals.Bill,
		"its saving":       ldn.Totals.Saving.Allocated,
		"the fleet's bill": r.Total.Bill,
	} {
		if a.Known {
			t.Errorf("%s is known: %s", name, a)
		}
	}
	if a := uks.Workloads[0].Cost; !a.Known || a.Money.IsZero() {
		t.Errorf("a workload on a priced node costs %s", a)
	}
	if r.Provenance.Unpriced != 1 {
		t.Errorf("%d nodes unpriced, want 1", r.Provenance.Unpriced)
	}
}

func TestWhatRunsNowhereCostsNothing(t *testing.T) {
	in := ordinary()
	w := &in.Fleet.Clusters[0].Workloads[0]
	w.Placements = []collector.Placement{{Pods: 2}} // pending
	in.Ledger.Clusters[0].Lines = in.Ledger.Clusters[0].Lines[1:]
	if a := Build(in).Clusters[0].Workloads[0].Cost; !a.Known || !a.Money.IsZero() {
		t.Errorf("costs %s, want £0.00", a)
	}
}

func TestAClusterWithoutNodesOrGapsCostsNothing(t *testing.T) {
	in := Input{
		Fleet:  &collector.Fleet{Clusters: []collector.Cluster{{Name: "new"}}},
		Ledger: &pricing.Ledger{Clusters: []pricing.ClusterLedger{{Cluster: "new"}}},
	}
	if a := Build(in).Total.Bill; !a.Known || !a.Money.IsZero() {
		t.Errorf("bill %s, want £0.00", a)
	}
	in.Ledger = nil
	if a := Build(in).Total.Bill; a.Known {
		t.Errorf("without a ledger the bill is %s, want unknown", a)
	}
}

func TestBuildTakesWhateverItIsGiven(t *testing.T) {
	Build(Input{})
	in := ordinary()
	in.Ledger.Clusters[0].Lines = append(in.Ledger.Clusters[0].Lines, pricing.Line{Class: pricing.Workload, Workload: 99}, pricing.Line{Class: pricing.Workload, Workload: -1})
	in.Findings = append(in.Findings, finding("no-such-cluster", "a", "b", saving("1", "1")))
	if r := Build(in); r.Total.Findings != 5 || !r.Total.Saving.Allocated.Money.Equal(pounds("116.955").Decimal) {
		t.Errorf("a finding of no cluster is lost: %d, %s", r.Total.Findings, r.Total.Saving.Allocated)
	}
}

func TestIntervalsLeaveSavingsKnown(t *testing.T) {
	in := ordinary()
	in.Findings = []recommend.Finding{intervalFinding("prod-lon", "apps")}
	if s := Build(in).Total.Saving; !s.Allocated.Known || !s.Realisable.Known {
		t.Errorf("saving %v is unknown because of an interval", s)
	}
}

func TestMinimumSavingHides(t *testing.T) {
	spotted := finding("c", "n", "w", saving("2", "1"))
	spotted.Changes = []recommend.Change{{Object: spotted.Subject, Path: []string{"spec", "template", "spec", "nodeSelector", "karpenter.sh/capacity-type"}, After: "spot"}}
	with := func(before, after string) recommend.Finding {
		f := finding("c", "n", "w", saving("2", "1"))
		f.Changes = append(f.Changes, resize(f.Subject, "app", "requests", "memory", before, after))
		return f
	}
	for _, c := range []struct {
		rule  string
		f     recommend.Finding
		hides bool
	}{
		{"less is hidden", finding("c", "n", "w", saving("4.99", "0")), true},
		{"as much is shown", finding("c", "n", "w", saving("5", "0")), false},
		{"nothing saved is hidden", finding("c", "n", "w", saving("0", "0")), true},
		{"a move to spot that saves little is hidden", spotted, true},
		{"more cost is shown", finding("c", "n", "w", saving("-1", "-1")), false},
		{"an unknown saving is shown", finding("c", "n", "w", recommend.Saving{}), false},
		{"an interval is shown", intervalFinding("c", "w"), false},
		{"an interval that saves £0.00 is shown", func() recommend.Finding { f := intervalFinding("c", "w"); f.Saving = saving("0", "0"); return f }(), false},
		{"what is withheld is shown", held(finding("c", "n", "w", saving("1", "1")), recommend.Withheld, "x"), false},
		{"lowering two is hidden", with("1Gi", "1023Mi"), true},
		{"the same in another unit is hidden", with("1Gi", "1024Mi"), true},
		{"raising memory is shown", with("1023Mi", "1Gi"), false},
		{"setting a first request is shown", with("", "1Gi"), false},
		{"removing a request is shown", with("1Gi", ""), false},
		{"what cannot be compared is shown", with("1Gi", "lots"), false},
	} {
		t.Run(c.rule, func(t *testing.T) {
			r := Build(Input{Findings: []recommend.Finding{c.f}, MinSaving: pounds("5")})
			if hidden := r.Hidden == 1; hidden != c.hides {
				t.Errorf("hidden %v, want %v", hidden, c.hides)
			}
			if r.Hidden+len(r.Findings) != 1 {
				t.Errorf("%d hidden and %d shown of one", r.Hidden, len(r.Findings))
			}
			if c.f.Status == recommend.Proposed && r.Total.Findings != 1 {
				t.Error("the totals do not count it")
			}
		})
	}
}

func TestFindingsAreInOrder(t *testing.T) {
	in := ordinary()
	in.MinSaving = pricing.Money{}
	var got []string
	for _, f := range Build(in).Findings {
		got = append(got, string(f.Status)+" "+f.Subject.Cluster+" "+f.Subject.Name)
	}
	want := []string{
		"proposed prod-lon web", "proposed staging-uks web", "proposed prod-lon apps", "proposed prod-lon api",
		"advised staging-uks web", "advised staging-uks argocd",
		"withheld prod-lon cart", "withheld staging-uks cart", "withheld staging-uks till",
		"superseded prod-lon jobs",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestBuildDependsOnNoOrder(t *testing.T) {
	want := render(t, "json", ordinary(), View{})
	in := ordinary()
	slices.Reverse(in.Findings)
	slices.Reverse(in.Ledger.Clusters)
	if got := render(t, "json", in, View{}); got != want {
		t.Error(cmp.Diff(want, got))
	}
}

func TestBuildChangesNothingOfItsInput(t *testing.T) {
	in := holes()
	Build(in)
	same := cmp.Comparer(func(a, b pricing.Money) bool { return a.Equal(b.Decimal) })
	if diff := cmp.Diff(holes().Fleet, in.Fleet, same); diff != "" {
		t.Error(diff)
	}
	for i, f := range holes().Findings {
		if in.Findings[i].ID != f.ID {
			t.Fatal("the findings were sorted in place")
		}
	}
}

// TestClustersAddUpToTheFleet: whatever is known or not, the fleet's totals are
// the clusters', and a cluster's workloads are its allocated part.
func TestClustersAddUpToTheFleet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := Build(drawInput(t))
		var sum Totals
		zero := pricing.Known(pricing.Money{})
		sum = Totals{Bill: zero, Used: zero, Idle: zero, Overhead: zero}
		for _, c := range r.Clusters {
			sum.Bill, sum.Used = sum.Bill.Plus(c.Totals.Bill), sum.Used.Plus(c.Totals.Used)
			sum.Idle, sum.Overhead = sum.Idle.Plus(c.Totals.Idle), sum.Overhead.Plus(c.Totals.Overhead)
			parts := c.Totals.Used.Plus(c.Totals.Idle).Plus(c.Totals.Overhead)
			if c.Totals.Bill.Known && parts.String() != c.Totals.Bill.String() {
				t.Fatalf("%s: parts %s, bill %s", c.Name, parts, c.Totals.Bill)
			}
			work := zero
			for _, w := range c.Workloads {
				work = work.Plus(w.Cost)
			}
			if c.Totals.Used.Known && work.String() != c.Totals.Used.String() {
				t.Fatalf("%s: workloads cost %s, allocated %s", c.Name, work, c.Totals.Used)
			}
		}
		for name, pair := range map[string][2]pricing.Amount{
			"bill": {sum.Bill, r.Total.Bill}, "used": {sum.Used, r.Total.Used}, "idle": {sum.Idle, r.Total.Idle}, "overhead": {sum.Overhead, r.Total.Overhead},
		} {
			if pair[0].String() != pair[1].String() || pair[0].Known != pair[1].Known {
				t.Fatalf("%s: clusters %s, fleet %s", name, pair[0], pair[1])
			}
		}
	})
}
