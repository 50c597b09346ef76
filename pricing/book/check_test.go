package book_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/pricing/book"
)

var today = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)

// quote is a machine of AWS in London at so much an hour.
func quote(instanceType string, vcpu int, price string, c collector.CapacityType) pricing.Quote {
	return pricing.Quote{
		Key:  key("aws", "eu-west-2", instanceType, c),
		Arch: "amd64", Memory: decimal.NewFromInt(8),
		Price: pricing.ListPrice{
			PerUnit: decimal.RequireFromString(price), Unit: pricing.Hour, Currency: "USD",
			Source: "a test", AsOf: "2026-11-24", VCPU: vcpu, Estimate: c == collector.Spot,
		},
	}
}

func volume(name, price string) pricing.Quote {
	return pricing.Quote{Key: thing(pricing.Storage, "aws", "eu-west-2", name), Price: pricing.ListPrice{
		PerUnit: decimal.RequireFromString(price), Unit: pricing.GiBMonth, Currency: "USD", Source: "a test", AsOf: "2026-11-24",
	}}
}

// with is q changed.
func with(q pricing.Quote, change func(*pricing.Quote)) pricing.Quote {
	change(&q)
	return q
}

// The book that quotes are held against: m6i at 0.05 dollars a vCPU, one size
// with a spot price of 0.03.
const base = a1 + a2 + disk + free

func TestCheckRefuses(t *testing.T) {
	large := quote("m6i.large", 2, "0.1", collector.OnDemand)
	bad := func(change func(*pricing.Quote)) []pricing.Quote { return []pricing.Quote{with(large, change)} }
	for name, c := range map[string]struct {
		quotes []pricing.Quote
		want   string
	}{
		"an unknown kind":       {bad(func(q *pricing.Quote) { q.Key.Kind = "floppy" }), `its kind, "floppy", must be one of`},
		"an unknown provider":   {bad(func(q *pricing.Quote) { q.Key.Provider = "oci" }), `its provider, "oci"`},
		"no region":             {bad(func(q *pricing.Quote) { q.Key.Region = "" }), "its region"},
		"a machine everywhere":  {bad(func(q *pricing.Quote) { q.Key.Region = "*" }), "the kind machine needs a region"},
		"a type with a newline": {bad(func(q *pricing.Quote) { q.Key.Type = "m6i\n" }), "its type"},
		"a reservation":         {bad(func(q *pricing.Quote) { q.Key.CapacityType = collector.Reserved }), `capacity type "reserved"`},
		"a volume on demand":    {[]pricing.Quote{with(volume("gp3", "0.09"), func(q *pricing.Quote) { q.Key.CapacityType = collector.OnDemand })}, `capacity type "on-demand"`},
		"another unit":          {bad(func(q *pricing.Quote) { q.Price.Unit = pricing.GiB }), `its unit, "GiB", is not that of its kind, hour`},
		"a currency in words":   {bad(func(q *pricing.Quote) { q.Price.Currency = "dollars" }), "its currency"},
		"no source":             {bad(func(q *pricing.Quote) { q.Price.Source = "" }), "its source"},
		"a date that is none":   {bad(func(q *pricing.Quote) { q.Price.AsOf = "2026-02-31" }), "its date"},
		"a date to come":        {bad(func(q *pricing.Quote) { q.Price.AsOf = "2026-11-25" }), "its date, 2026-11-25, is in the future (today is 2026-11-24)"},
		"a price of zero":       {bad(func(q *pricing.Quote) { q.Price.PerUnit = decimal.Decimal{} }), "the price, 0, is not greater than zero"},
		"a negative price":      {bad(func(q *pricing.Quote) { q.Price.PerUnit = decimal.NewFromInt(-1) }), "not greater than zero"},
		"an absurd price":       {bad(func(q *pricing.Quote) { q.Price.PerUnit = decimal.NewFromInt(20000) }), "is more than 10000"},
		"an exponent":           {bad(func(q *pricing.Quote) { q.Price.PerUnit = decimal.New(1, 999999999) }), "too many digits"},
		"exponents that are compared": {[]pricing.Quote{
			with(large, func(q *pricing.Quote) { q.Price.PerUnit = decimal.New(1, 999999999) }),
			with(large, func(q *pricing.Quote) {
				q.Price.PerUnit, q.Memory = decimal.New(2, 999999999), decimal.New(1, -999999999)
			}),
		}, "too many digits"},
		"a memory of exponents":  {bad(func(q *pricing.Quote) { q.Memory = decimal.New(1, 999999999) }), "its memory"},
		"a volume of a size":     {[]pricing.Quote{with(volume("gp3", "0.09"), func(q *pricing.Quote) { q.Memory = decimal.NewFromInt(8) })}, "it has the size of a machine"},
		"a machine of no arch":   {bad(func(q *pricing.Quote) { q.Arch = "" }), "its architecture"},
		"a machine of no vCPU":   {bad(func(q *pricing.Quote) { q.Price.VCPU = 0 }), "its vCPU, 0"},
		"a machine of no memory": {bad(func(q *pricing.Quote) { q.Memory = decimal.Decimal{} }), "its memory"},
		"a bucket on demand":     {bad(func(q *pricing.Quote) { q.Price.Interruption = new(1) }), "its interruption bucket"},
		"two prices of one key":  {[]pricing.Quote{large, quote("m6i.large", 2, "0.101", collector.OnDemand)}, "the list has it at 0.1 USD and at 0.101 USD: leave one"},
		"three times the price":  {[]pricing.Quote{volume("gp3", "0.271")}, `0.271 USD is more than 3 times away from the book's 0.09 (list, 2026-01-02); if it is right, accept "aws eu-west-2 gp3 (storage)"`},
		"a third of the price":   {[]pricing.Quote{volume("gp3", "0.0299")}, "0.0299 USD is more than 3 times away"},
		"a size off its family": {[]pricing.Quote{quote("m6i.2xlarge", 8, "0.768", collector.OnDemand)},
			`aws eu-west-2 m6i.2xlarge is 0.096 a vCPU, 92 % off its family's median of 0.05: is it another system's price?; if it is right, accept "aws eu-west-2 m6i.2xlarge on-demand"`},
		"ten times the region's":  {[]pricing.Quote{quote("c9.large", 2, "1.01", collector.OnDemand)}, "0.505 a vCPU is more than 10 times away from the region's median of 0.05"},
		"spot above on demand":    {[]pricing.Quote{quote("m6i.large", 2, "0.12", collector.Spot)}, "0.12 USD is not less than the on-demand price, 0.1"},
		"spot above the new list": {[]pricing.Quote{quote("m6i.large", 2, "0.0996", collector.OnDemand), quote("m6i.large", 2, "0.0997", collector.Spot)}, "not less than the on-demand price, 0.0996"},
		"spot on its own":         {[]pricing.Quote{quote("m6i.metal", 2, "0.03", collector.Spot)}, "there is no on-demand price that it could stand beside"},
		"spot in pounds":          {[]pricing.Quote{with(quote("m6i.large", 2, "0.03", collector.Spot), func(q *pricing.Quote) { q.Price.Currency = "GBP" })}, "it is in GBP, the on-demand price in USD"},
		"a tenth of the old spot": {[]pricing.Quote{quote("m6i.large", 2, "0.002", collector.Spot)}, "0.002 USD is more than 10 times away from the book's 0.03"},
	} {
		_, refused := read(t, base).Check(c.quotes, book.Options{Now: today})
		if len(refused) == 0 || !strings.Contains(refused[0].Reason, c.want) {
			t.Errorf("%s: got %v, want %q", name, refused, c.want)
		}
	}
}

func TestCheckAccepts(t *testing.T) {
	for name, c := range map[string]struct {
		quotes []pricing.Quote
		accept []string
	}{
		"the same again":                {quotes: []pricing.Quote{quote("m6i.large", 2, "0.1", collector.OnDemand), volume("gp3", "0.09")}},
		"the same key twice, agreeing":  {quotes: []pricing.Quote{volume("gp3", "0.09"), volume("gp3", "0.09")}},
		"a new size of a family":        {quotes: []pricing.Quote{quote("m6i.2xlarge", 8, "0.4", collector.OnDemand), quote("m6i.2xlarge", 8, "0.1", collector.Spot)}},
		"a new family":                  {quotes: []pricing.Quote{quote("c9.large", 2, "0.08", collector.OnDemand)}},
		"a whole family at a new price": {quotes: []pricing.Quote{quote("m6i.large", 2, "0.11", collector.OnDemand), quote("m6i.xlarge", 4, "0.22", collector.OnDemand)}},
		"a kind that the book has nothing of": {quotes: []pricing.Quote{{Key: thing(pricing.Egress, "gcp", "europe-west2", "internet"), Price: pricing.ListPrice{
			PerUnit: decimal.NewFromInt(1), Unit: pricing.GiB, Currency: "USD", Source: "a test", AsOf: "2026-11-24"}}}},
		"a control plane of no price": {quotes: []pricing.Quote{{Key: thing(pricing.ControlPlane, "azure", "uksouth", "aks/free"), Price: pricing.ListPrice{
			Unit: pricing.Hour, Currency: "USD", Source: "a test", AsOf: "2026-11-24"}}}},
		"what a person has checked, by name":    {[]pricing.Quote{volume("gp3", "0.9")}, []string{"aws eu-west-2 gp3 (storage)"}},
		"what a person has checked, by pattern": {[]pricing.Quote{quote("m6i.2xlarge", 8, "0.768", collector.OnDemand)}, []string{"aws eu-west-2 m6i.* on-demand"}},
	} {
		accepted, refused := read(t, base).Check(c.quotes, book.Options{Now: today, Accept: c.accept})
		if len(refused) > 0 || len(accepted) == 0 {
			t.Errorf("%s: %v", name, refused)
			continue
		}
		next := read(t, base).With(accepted, book.Options{Now: today, Accept: c.accept})
		for _, q := range accepted {
			p, err := next.Lookup(q.Key)
			if err != nil || !p.PerUnit.Equal(q.Price.PerUnit) || p.Source != "a test" {
				t.Errorf("%s: %s: %+v, %v", name, q.Key, p, err)
			}
		}
		if again, err := book.Read(strings.NewReader(written(t, next))); err != nil || written(t, again) != written(t, next) {
			t.Errorf("%s: written and read again: %v", name, err)
		}
	}
}

// One wrong price holds nothing else up, and does not spoil what it stands by.
func TestCheckRefusesOnlyWhatIsWrong(t *testing.T) {
	quotes := []pricing.Quote{
		quote("m6i.large", 2, "0.1", collector.OnDemand), quote("m6i.large", 2, "0.04", collector.Spot),
		quote("m6i.2xlarge", 8, "0.768", collector.OnDemand), quote("m6i.2xlarge", 8, "0.1", collector.Spot),
		volume("gp3", "0.0928"), volume("gp2", "-1"),
	}
	accepted, refused := read(t, base).Check(quotes, book.Options{Now: today})
	var got []string
	for _, q := range accepted {
		got = append(got, q.Key.String())
	}
	for _, r := range refused {
		got = append(got, "not "+r.Quote.Key.String())
	}
	want := []string{
		"aws eu-west-2 m6i.large on-demand", "aws eu-west-2 m6i.large spot", "aws eu-west-2 gp3 (storage)",
		"not aws eu-west-2 m6i.2xlarge on-demand", "not aws eu-west-2 m6i.2xlarge spot", "not aws eu-west-2 gp2 (storage)",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A list price that comes under the spot price beside it takes that away: it is
// of another day.
func TestSpotGoesWhereItNoLongerFits(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*pricing.Quote)
		kept   bool
	}{
		"a list price still above":   {func(*pricing.Quote) {}, true},
		"a list price now below":     {func(q *pricing.Quote) { q.Price.PerUnit = decimal.RequireFromString("0.02") }, false},
		"a list price now in pounds": {func(q *pricing.Quote) { q.Price.Currency = "GBP" }, false},
	} {
		next := read(t, a1).With([]pricing.Quote{with(quote("m6i.large", 2, "0.1", collector.OnDemand), c.change)}, book.Options{})
		_, err := next.Lookup(key("aws", "eu-west-2", "m6i.large", collector.Spot))
		if (err == nil) != c.kept {
			t.Errorf("%s: spot: %v", name, err)
		}
	}
}

// Whatever the order of a list, Check gives the same answers.
func TestCheckDoesNotMindTheOrder(t *testing.T) {
	b := read(t, base)
	quotes := []pricing.Quote{
		quote("m6i.large", 2, "0.1", collector.OnDemand), quote("m6i.large", 2, "0.102", collector.OnDemand), quote("m6i.large", 2, "0.03", collector.Spot),
		quote("m6i.xlarge", 4, "0.2", collector.OnDemand), quote("m6i.2xlarge", 8, "0.5", collector.OnDemand), quote("c9.large", 2, "9", collector.OnDemand),
		volume("gp3", "0.09"), volume("gp3", "0.09"), volume("gp2", "-1"), volume("st1", "0.05"),
	}
	accepted, refused := b.Check(quotes, book.Options{Now: today})
	rapid.Check(t, func(t *rapid.T) {
		a, r := b.Check(rapid.Permutation(quotes).Draw(t, "quotes"), book.Options{Now: today})
		if diff := cmp.Diff(accepted, a); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(refused, r); diff != "" {
			t.Error(diff)
		}
	})
}

// The bundled book holds to its own rules: all that it says is accepted, and
// changes nothing.
func TestTheBundledBookAcceptsItself(t *testing.T) {
	b := load(t)
	for _, region := range []string{"eu-west-2", "uksouth", "ukwest", "europe-west2"} {
		quotes, err := b.Quotes(t.Context(), region)
		if err != nil {
			t.Fatal(err)
		}
		slices.Reverse(quotes)
		accepted, refused := b.Check(quotes, book.Options{Now: today})
		if len(accepted) != len(quotes) || len(refused) > 0 {
			t.Errorf("%s: of %d accepted %d: %v", region, len(quotes), len(accepted), refused)
		}
		next := b.With(accepted, book.Options{Now: today})
		for k, p := range b.All() {
			if q, err := next.Lookup(k); err != nil || !q.PerUnit.Equal(p.PerUnit) {
				t.Errorf("%s: %+v, %v; want %+v", k, q, err, p)
			}
		}
	}
}

func BenchmarkCheck(b *testing.B) {
	bundled := load(b)
	quotes, err := bundled.Quotes(b.Context(), "europe-west2")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		bundled.Check(quotes, book.Options{Now: today})
	}
}
