package report

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/pricing/bill"
	"github.com/tuppence-dev/tuppence/pricing/budget"
)

// rich is the fleet with every kind of charge, with costs by team, a bill, GitOps
// controllers and budgets of each standing.
func rich(t *testing.T) Input {
	t.Helper()
	in := focusInput(t)
	in.Ledger.Bill = &pricing.BillMatch{Matched: 2, List: known("170.25"), Paid: known("121.5"), Missing: []string{"ml: node gpu", "prod: node x", "uk: node vm"}}
	in.Bill = &bill.Bill{Window: in.Fleet.Window, Files: []bill.Source{{Name: "focus.csv.gz", Rows: 812, SHA256: "00"}},
		Services: []bill.Service{{Provider: "AWS", Name: "Amazon Simple Storage Service", Rows: 40, Effective: known("88.01")}, {Name: "| a <b>", Rows: 1}},
		Tax:      bill.Costs{Effective: known("31.2")}, Unused: bill.Costs{Effective: known("4.5")}}
	prod := &in.Fleet.Clusters[1]
	prod.Controllers = []collector.Controller{{Kind: "kustomize-controller", Namespace: "shop", Name: "@cart", APIRequests: 30}}
	prod.ControlPlane.Requests = 120
	in.Allocation = in.Ledger.Allocate(in.Fleet, "label:team", pricing.Sharing{Overhead: pricing.Even})
	days := func(n int, cost func(int) string) []budget.Day {
		var all []budget.Day
		for i := range n {
			day := budget.Day{Day: collector.DayOf(in.Fleet.Window.End.AddDate(0, 0, i-n))} // unknown
			if cost != nil {
				day.Cost = known(cost(i))
			}
			all = append(all, day)
		}
		return all
	}
	for _, b := range []struct {
		name, amount string
		series       []budget.Day
	}{
		{"a kept", "10000", days(214, func(i int) string { return fmt.Sprint(10 + i%3) })},
		{"b possible", "4130", days(214, func(i int) string { return fmt.Sprint(10 + i%3) })},
		{"c likely", "3000", days(214, func(i int) string { return fmt.Sprint(10 + i%3) })},
		{"d over", "500", days(214, func(i int) string { return fmt.Sprint(10 + i%3) })},
		{"e young", "5000", days(5, func(int) string { return "7" })},
		{"g of nothing", "5000", days(14, nil)},
		{"f alike", "5000", days(14, func(int) string { return "7.25" })},
	} {
		a, err := budget.Assess(budget.Budget{Name: b.name, Amount: pounds(b.amount)}, b.series, collector.DayOf(in.Fleet.Window.End), budget.FromApril)
		if err != nil {
			t.Fatal(err)
		}
		in.Budgets = append(in.Budgets, a)
	}
	return in
}

func TestGoldenMoney(t *testing.T) {
	in := rich(t)
	for _, f := range reports() {
		t.Run(f.Name, func(t *testing.T) { golden(t, "money"+filepath.Ext(f.File), render(t, f.Name, in, View{})) })
	}
	var b strings.Builder
	if err := ExplainCost(&b, Build(in), "prod/shop/web", View{}); err != nil {
		t.Fatal(err)
	}
	golden(t, "explain-cost.txt", b.String())
}

func TestSheetsFitTheirWidth(t *testing.T) {
	in := rich(t)
	for _, columns := range []int{40, 60, 80, 120} {
		for line := range strings.Lines(render(t, "table", in, View{Width: columns})) {
			if width(strings.TrimSuffix(line, "\n")) > columns {
				t.Errorf("wider than %d: %s", columns, line)
			}
		}
	}
}

func TestLongSheetsAreCutAndSayIt(t *testing.T) {
	in := rich(t)
	for i := range 3 * sheetRows {
		in.Allocation.Groups = append(in.Allocation.Groups, pricing.Group{Name: fmt.Sprint("team ", i)})
	}
	text := render(t, "table", in, View{})
	if n := strings.Count(text, "\nteam "); n > sheetRows || !strings.Contains(text, " more: -o json lists them all.") {
		t.Errorf("%d teams in\n%s", n, text)
	}
}

func TestACostIsExplainedByItsWorkloadsName(t *testing.T) {
	r := Build(rich(t))
	for name, want := range map[string]string{
		"prod/shop/Deployment/web": "",
		"prod/shop/web":            "",
		"uk/shop/web":              `no workload "uk/shop/web"; there are prod/shop/Deployment/web`,
		"nothing":                  `no workload "nothing": give it as cluster/namespace/name`,
	} {
		var b strings.Builder
		err := ExplainCost(&b, r, name, View{})
		if want == "" && (err != nil || !strings.Contains(b.String(), "Deployment shop/web of cluster prod costs £")) {
			t.Errorf("%s: %v\n%s", name, err, &b)
		}
		if want != "" && (err == nil || !strings.HasPrefix(err.Error(), want) || b.Len() > 0) {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
}
