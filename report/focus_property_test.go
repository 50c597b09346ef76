package report

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/collector/collectortest"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/pricing/book"
	"github.com/tuppence-dev/tuppence/pricing/pricingtest"
)

func focusGenerated(t testing.TB, clusters, workloads int) Input {
	t.Helper()
	prices, err := book.Default()
	if err != nil {
		t.Fatal(err)
	}
	f := collectortest.Generate(clusters, workloads, 1)
	l, err := pricing.Price(f, pricing.Terms{Prices: prices, FX: pricingtest.Rates{"USD": "1.3554"}, Policy: pricing.NineToOne})
	if err != nil {
		t.Fatal(err)
	}
	return Input{Fleet: f, Ledger: l}
}

func drawTerms(t *rapid.T, prices pricing.Catalog) pricing.Terms {
	terms := pricing.Terms{Prices: prices, FX: pricingtest.Rates{"USD": "1.3554"}, Policy: rapid.SampledFrom(pricing.Policies()).Draw(t, "policy")}
	price := func() pricing.ListPrice {
		return pricing.ListPrice{PerUnit: decimal.New(rapid.Int64Range(1, 3000).Draw(t, "price"), -4), Unit: pricing.Hour, Currency: "USD", Source: "contract", AsOf: "2026-01-01"}
	}
	for _, name := range []string{"r1", "r2"} {
		if rapid.Bool().Draw(t, name) {
			terms.Commitments = append(terms.Commitments, pricing.Commitment{Name: name, Kind: pricing.Reservation,
				Scope:    pricing.Scope{Type: rapid.SampledFrom([]string{"", "m6i.large", "m7g.*"}).Draw(t, "type")},
				Machines: decimal.New(rapid.Int64Range(1, 60).Draw(t, "machines"), -1), Price: price()})
		}
	}
	if rapid.Bool().Draw(t, "plan") {
		terms.Commitments = append(terms.Commitments, pricing.Commitment{Name: "plan", Kind: pricing.SavingsPlan,
			PercentOff: decimal.NewFromInt(rapid.Int64Range(0, 99).Draw(t, "off")), Price: price(),
			Scope: pricing.Scope{Until: collectortest.End.AddDate(0, 0, -rapid.IntRange(0, 20).Draw(t, "ends"))}})
	}
	if rapid.Bool().Draw(t, "discount") {
		terms.Discounts = []pricing.Discount{{PercentOff: decimal.New(rapid.Int64Range(0, 1000).Draw(t, "percent"), -1)}}
	}
	return terms
}

// TestFocusAddsUp draws fleets and terms: shares of an origin charge add up to 1,
// costs to the ledger's, each commitment's use to its purchase, and tax to its
// part of them, all to the last digit.
func TestFocusAddsUp(t *testing.T) {
	prices, err := book.Default()
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		f := collectortest.Fleet().Draw(t, "fleet")
		days := rapid.SampledFrom([]int{0, 0, 20, -15}).Draw(t, "later by")
		f.Window.Start, f.Window.End = f.Window.Start.AddDate(0, 0, days), f.Window.End.AddDate(0, 0, days)
		drawLives(t, f)
		l, err := pricing.Price(f, drawTerms(t, prices))
		if err != nil {
			t.Fatal(err)
		}
		vat := &VAT{decimal.New(rapid.Int64Range(0, 250).Draw(t, "VAT"), -1), decimal.NewFromInt(rapid.Int64Range(0, 100).Draw(t, "recoverable"))}
		var b strings.Builder
		if err := writeFocus(focus13)(&b, Build(Input{Fleet: f, Ledger: l, VAT: vat}), View{}); err != nil {
			t.Fatal(err)
		}
		rows := readFocus(t, b.String()).rows
		checkProducts(t, rows)
		checkRatios(t, rows, f)
		equal(t, "the charges", sumOf(rows, "EffectiveCost", allocatedRow), chargesOf(l))
		equal(t, "what is billed", sumOf(rows, "BilledCost", untaxed), sumOf(rows, "EffectiveCost", untaxed))
		checkCommitments(t, rows, f, l)
		for _, column := range []string{"BilledCost", "EffectiveCost", "ListCost", "ContractedCost"} {
			equal(t, "tax of "+column, sumOf(rows, column, taxRow), sumOf(rows, column, untaxed).Mul(vat.RatePercent).Shift(-2))
		}
	})
}

// drawLives makes some nodes come and go within the window.
func drawLives(t *rapid.T, f *collector.Fleet) {
	for i := range f.Clusters {
		for j := range f.Clusters[i].Nodes {
			n := &f.Clusters[i].Nodes[j]
			if rapid.Bool().Draw(t, "young") {
				n.Created = f.Window.Start.Add(time.Duration(rapid.SampledFrom([]int64{1, 86_400e9, 777_777_777_777_777}).Draw(t, "age")))
			}
		}
	}
}

func allocatedRow(r map[string]string) bool { return r["AllocatedMethodId"] != "" }
func taxRow(r map[string]string) bool       { return r["ChargeCategory"] == "Tax" }
func untaxed(r map[string]string) bool      { return !taxRow(r) }

func sumOf(rows []map[string]string, column string, which func(map[string]string) bool) decimal.Decimal {
	var sum decimal.Decimal
	for _, r := range rows {
		if which(r) {
			sum = sum.Add(digits(r[column]))
		}
	}
	return sum
}

func equal(t *rapid.T, what string, got, want decimal.Decimal) {
	t.Helper()
	if !got.Equal(want) {
		t.Fatalf("%s: the rows have %s, it is %s", what, got, want)
	}
}

func checkProducts(t *rapid.T, rows []map[string]string) {
	for _, r := range rows {
		if taxRow(r) {
			continue
		}
		for _, kind := range []string{"List", "Contracted"} {
			equal(t, kind+" price × quantity", digits(r[kind+"Cost"]), digits(r[kind+"UnitPrice"]).Mul(digits(r["PricingQuantity"])))
		}
		if r["ChargePeriodStart"] < r["BillingPeriodStart"] || r["ChargePeriodEnd"] > r["BillingPeriodEnd"] || r["ChargePeriodStart"] >= r["ChargePeriodEnd"] {
			t.Fatalf("charged for %s to %s, billed for %s to %s", r["ChargePeriodStart"], r["ChargePeriodEnd"], r["BillingPeriodStart"], r["BillingPeriodEnd"])
		}
	}
}

// joinedAgain reports whether two nodes of the fleet have one provider id.
func joinedAgain(f *collector.Fleet) bool {
	ids := map[string]bool{}
	for i := range f.Clusters {
		for _, n := range slices.Concat(f.Clusters[i].Nodes, f.Clusters[i].PastNodes) {
			if n.ProviderID != "" && ids[n.ProviderID] {
				return true
			}
			ids[n.ProviderID] = true
		}
	}
	return false
}

func checkRatios(t *rapid.T, rows []map[string]string, f *collector.Fleet) {
	ratios := map[string]decimal.Decimal{}
	for _, r := range rows {
		if allocatedRow(r) {
			origin := strings.Join([]string{r["x_Cluster"], r["ResourceId"], r["ChargeDescription"], r["SkuId"], r["ChargePeriodStart"], r["CommitmentDiscountId"]}, " ")
			_, after, _ := strings.Cut(r["AllocatedMethodDetails"], `"AllocatedRatio":`)
			ratio, _, _ := strings.Cut(after, ",")
			ratios[origin] = ratios[origin].Add(digits(ratio))
		}
	}
	// A machine can be two origin charges: one that joined its cluster again.
	for _, origin := range slices.Sorted(maps.Keys(ratios)) {
		if sum := ratios[origin]; !sum.IsInteger() || !sum.IsPositive() || !joinedAgain(f) && !sum.Equal(decimal.NewFromInt(1)) {
			t.Fatalf("the ratios of %s add up to %s", origin, sum)
		}
	}
}

// chargesOf is what the ledger's charges cost within the window, as far as that
// is known.
func chargesOf(l *pricing.Ledger) decimal.Decimal {
	var sum decimal.Decimal
	for i := range l.Clusters {
		for j := range l.Clusters[i].Charges {
			c := &l.Clusters[i].Charges[j]
			if c.Units.Effective.Known {
				sum = sum.Add(c.Units.Effective.Money.Mul(c.Window))
				continue
			}
			for _, part := range c.Covers {
				sum = sum.Add(part.Paid.Mul(c.Window))
			}
		}
	}
	return sum
}

// checkCommitments checks that used and unused parts add up to the purchase, and
// that the purchase is what was committed to.
func checkCommitments(t *rapid.T, rows []map[string]string, f *collector.Fleet, l *pricing.Ledger) {
	for i := range l.Commitments {
		use := &l.Commitments[i]
		terms := use.Of()
		of := func(category string) func(map[string]string) bool {
			return func(r map[string]string) bool {
				return r["CommitmentDiscountId"] == use.Name && r["ChargeCategory"] == category
			}
		}
		bought := sumOf(rows, "BilledCost", of("Purchase"))
		window := terms.Within(f.Window)
		if window.Length() <= 0 {
			continue
		}
		equal(t, use.Name, sumOf(rows, "EffectiveCost", of("Usage")), bought)
		want := use.PerHour().Money.Mul(decimal.NewFromFloat(window.Length().Hours()))
		if terms.Kind == pricing.Reservation {
			want = want.Mul(terms.Machines)
		}
		if bought.Sub(want).Abs().GreaterThan(decimal.New(1, -6)) {
			t.Fatalf("%s: bought for %s, committed to %s", use.Name, bought, want)
		}
	}
}
