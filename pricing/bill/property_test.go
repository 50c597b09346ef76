package bill_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/pricing/bill"
)

const drawnHeader = "ResourceId,ChargeCategory,ChargePeriodStart,ChargePeriodEnd,BillingCurrency,ListCost,ContractedCost,EffectiveCost,BilledCost,ServiceName,ProviderName,CommitmentDiscountStatus,PricingCategory\n"

const drawnSet = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachineScaleSets/n"

// drawRow draws a row in pounds within the window, and its effective cost.
func drawRow(t *rapid.T) (string, decimal.Decimal) {
	id := rapid.SampledFrom([]string{"", "i-1", "arn:aws:ec2:eu-west-2:1:instance/i-1", "i-2", "i-3", drawnSet, strings.ToUpper(drawnSet + "/virtualMachines/1")}).Draw(t, "id")
	category := rapid.SampledFrom([]string{"Usage", "Usage", "Usage", "Credit", "Purchase", "Adjustment", "Tax"}).Draw(t, "category")
	from := rapid.IntRange(0, 31*24*3600-1).Draw(t, "start")
	start := window.Start.Add(seconds(from))
	end := start.Add(seconds(rapid.IntRange(0, 31*24*3600-from).Draw(t, "length")))
	effective := decimal.New(rapid.Int64Range(0, 1e12).Draw(t, "cost"), -rapid.Int32Range(0, 20).Draw(t, "scale"))
	if category != "Usage" && rapid.Bool().Draw(t, "negative") {
		effective = effective.Neg()
	}
	return fmt.Sprintf("%s,%s,%s,%s,GBP,1,1,%s,1,%s,%s,%s,%s\n", id, category,
		start.Format(timeFormat), end.Format(timeFormat), effective, rapid.SampledFrom([]string{"EC2", "S3"}).Draw(t, "service"),
		rapid.SampledFrom([]string{"AWS", "Microsoft"}).Draw(t, "provider"),
		rapid.SampledFrom([]string{"", "Used", "Unused"}).Draw(t, "status"),
		rapid.SampledFrom([]string{"", "Standard", "Dynamic", "Committed", "Spare"}).Draw(t, "pricing")), effective
}

func drawnWant() map[string]string {
	return map[string]string{"aws:///a/i-1": "prod", "i-2": "staging", "i-4": "staging",
		"azure://" + drawnSet + "/virtualMachines/0": "azure", "azure://" + drawnSet + "/virtualMachines/1": "azure"}
}

// Every row lands in one place: the parts add up to the file, and the days of a
// group to what its resources and scale sets cost, to the last digit.
func TestPartsAddUpToTheFile(t *testing.T) {
	o := options(t)
	o.Want = drawnWant()
	rapid.Check(t, func(t *rapid.T) {
		var rows strings.Builder
		var want decimal.Decimal
		n := rapid.IntRange(0, 30).Draw(t, "rows")
		for range n {
			row, effective := drawRow(t)
			rows.WriteString(row)
			want = want.Add(effective)
		}
		b, err := bill.Read(context.Background(), o, file("b", drawnHeader+rows.String()))
		if err != nil {
			t.Fatal(err)
		}
		if got := b.Effective(); !got.Known || !got.Money.Equal(want) || b.Bad != 0 || b.Outside != 0 {
			t.Fatalf("%s, want %s (%d bad, %d outside)", digits(got), want, b.Bad, b.Outside)
		}
		byGroup := map[string]pricing.Money{}
		for _, r := range b.Resources {
			byGroup[r.Group] = byGroup[r.Group].Plus(r.Effective.Money)
		}
		for _, s := range b.ScaleSets {
			byGroup[s.Group] = byGroup[s.Group].Plus(s.Effective.Money)
		}
		for _, g := range b.Groups {
			var days pricing.Money
			for _, d := range g.Days {
				days = days.Plus(d.Effective.Money)
			}
			if !g.Effective.Money.Equal(byGroup[g.Name].Decimal) || !days.Equal(g.Effective.Money.Decimal) {
				t.Fatalf("%s: %s, its days %s, its resources %s", g.Name, digits(g.Effective), days.Decimal, byGroup[g.Name].Decimal)
			}
		}
	})
}

// A row that the window cuts in two costs what it costs: what two windows beside
// each other have adds up to what both together have, but for rounding.
func TestWindowsAddUp(t *testing.T) {
	o := options(t)
	o.Want = drawnWant()
	rapid.Check(t, func(t *rapid.T) {
		row, whole := drawRow(t)
		cut := window.Start.Add(seconds(rapid.IntRange(1, 31*24*3600-1).Draw(t, "cut")))
		first, second := o, o
		first.Window.End, second.Window.Start = cut, cut
		var sum decimal.Decimal
		for _, o := range []bill.Options{first, second} {
			b, err := bill.Read(context.Background(), o, file("b", drawnHeader+row))
			if err != nil {
				t.Fatal(err)
			}
			sum = sum.Add(b.Effective().Money.Decimal)
		}
		if off := sum.Sub(whole).Abs(); off.GreaterThan(decimal.New(1, -12)) {
			t.Fatalf("%s of %s", sum, whole)
		}
	})
}

func TestTheOrderOfRowsChangesNothing(t *testing.T) {
	o := options(t)
	o.Want = drawnWant()
	rapid.Check(t, func(t *rapid.T) {
		var rows []string
		for range rapid.IntRange(1, 30).Draw(t, "rows") {
			row, _ := drawRow(t)
			rows = append(rows, row)
		}
		one := laid(t, o, rows)
		if diff := cmp.Diff(one, laid(t, o, rapid.Permutation(rows).Draw(t, "order"))); diff != "" {
			t.Fatal(diff)
		}
	})
}

func laid(t *rapid.T, o bill.Options, rows []string) string {
	half := len(rows) / 2
	b, err := bill.Read(context.Background(), o, file("b", drawnHeader+strings.Join(rows[:half], "")), file("a", drawnHeader+strings.Join(rows[half:], "")))
	if err != nil {
		t.Skip(err) // two files with the same rows
	}
	for i := range b.Files {
		b.Files[i].SHA256 = "of other bytes"
	}
	return lay(b)
}
