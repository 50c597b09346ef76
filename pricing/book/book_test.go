package book_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/pricing/book"
	"github.com/tuppence-dev/tuppence/pricing/pricingtest"
)

func load(t testing.TB) *book.Book {
	t.Helper()
	b, err := book.Default()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func key(p collector.Provider, region, instanceType string, c collector.CapacityType) pricing.Key {
	return pricing.Key{Kind: pricing.Machine, Provider: p, Region: region, Type: instanceType, CapacityType: c}
}

func TestDefaultBookKeepsTheRulesOfCatalogues(t *testing.T) {
	b := load(t)
	var known []pricing.Key
	for k := range b.All() {
		known = append(known, k)
	}
	pricingtest.Catalog(t, b, known, []pricing.Key{
		{},
		key("aws", "eu-west-2", "m6i.large", collector.Reserved),
		key("aws", "eu-west-2", "m6i.large", ""),
		key("aws", "eu-west-2", "m6i.enormous", collector.OnDemand),
		key("aws", "us-east-1", "m6i.large", collector.OnDemand),
		key("azure", "uksouth", "Standard_D4s_v5", collector.Spot),
		key("gcp", "eu-west-2", "m6i.large", collector.OnDemand),
	})
	if !slices.IsSortedFunc(known, pricing.Key.Compare) {
		t.Error("All is not in order")
	}
}

// The numbers of rows are those of the tables that the figures came from.
func TestDefaultBookIsWhole(t *testing.T) {
	got := map[string]int{}
	for k := range load(t).All() {
		got[k.Region+" "+string(k.CapacityType)]++
	}
	for what, want := range map[string]int{
		"eu-west-2 on-demand": 161, "eu-west-2 spot": 161, "uksouth on-demand": 235, "ukwest on-demand": 214,
		"europe-west2 on-demand": 294, "europe-west2 spot": 294,
	} {
		if got[what] != want {
			t.Errorf("%s: %d prices, want %d", what, got[what], want)
		}
		delete(got, what)
	}
	if len(got) > 0 {
		t.Errorf("also: %v", got)
	}
}

func TestPricesAreThoseOfTheSources(t *testing.T) {
	for _, c := range []struct {
		key          pricing.Key
		perHour      string
		asOf         string
		vcpu         int
		estimate     bool
		interruption int // -1: unknown
	}{
		{key("aws", "eu-west-2", "m6i.xlarge", collector.OnDemand), "0.222", "2025-04-04", 4, false, -1},
		{key("aws", "eu-west-2", "t3.small", collector.Spot), "0.0095", "2026-08-06", 2, true, 1},
		{key("azure", "uksouth", "Standard_D4as_v5", collector.OnDemand), "0.2", "2025-10-28", 4, false, -1}, // not the Windows 0.384
		{key("azure", "ukwest", "Standard_D4s_v5", collector.OnDemand), "0.232", "2026-06-18", 4, false, -1},
		{key("gcp", "europe-west2", "e2-standard-4", collector.OnDemand), "0.17267112", "2026-08-03", 4, false, -1},
		{key("gcp", "europe-west2", "e2-standard-4", collector.Spot), "0.054744", "2026-08-03", 4, true, -1},
	} {
		p, err := load(t).Lookup(c.key)
		if err != nil {
			t.Errorf("%s: %v", c.key, err)
			continue
		}
		bucket := -1
		if p.Interruption != nil {
			bucket = *p.Interruption
		}
		if p.PerUnit.String() != c.perHour || p.AsOf != c.asOf || p.VCPU != c.vcpu || p.Estimate != c.estimate || bucket != c.interruption || p.Currency != "USD" {
			t.Errorf("%s: %+v (bucket %d)", c.key, p, bucket)
		}
	}
}

const (
	a1 = "aws,eu-west-2,m6i.large,amd64,2,8,,USD,0.10,list,2026-01-02,0.03,market,2026-01-03,2\n"
	a2 = "aws,eu-west-2,m6i.xlarge,amd64,4,16,,USD,0.20,list,2026-01-02,,,,\n"
)

func TestReadRefuses(t *testing.T) {
	for name, c := range map[string]struct{ rows, want string }{
		"no rows":                          {"", "it has no rows"},
		"too few fields":                   {"aws,eu-west-2\n", "line 2: wrong number of fields"},
		"an unknown provider":              {strings.Replace(a1, "aws", "oci", 1), `line 2: provider: "oci" must be one of`},
		"an empty region":                  {strings.Replace(a1, "eu-west-2", "", 1), "line 2: region"},
		"a control character":              {strings.Replace(a1, "m6i", "m6\x1bi", 1), "line 2: instance_type"},
		"an unknown architecture":          {strings.Replace(a1, "amd64", "sparc", 1), "line 2: arch"},
		"half a processor":                 {strings.Replace(a1, ",2,8,", ",0.5,8,", 1), "line 2: vcpu"},
		"no memory":                        {strings.Replace(a1, ",2,8,", ",2,0,", 1), "line 2: memory_gib"},
		"a scale that means nothing":       {strings.Replace(a1, "8,,", "8,most,", 1), "line 2: scale"},
		"a currency of four letters":       {strings.Replace(a1, "USD", "EURO", 1), "line 2: currency"},
		"a price of zero":                  {strings.Replace(a1, "0.10", "0.00", 1), `line 2: on_demand: "0.00" is not greater than zero`},
		"a negative price":                 {strings.Replace(a1, "0.10", "-0.10", 1), "line 2: on_demand"},
		"an exponent":                      {strings.Replace(a1, "0.10", "1e999999999", 1), "line 2: on_demand"},
		"not a number":                     {strings.Replace(a1, "0.10", "NaN", 1), "line 2: on_demand"},
		"an absurd price":                  {strings.Replace(a1, "0.10", "20000", 1), "line 2: on_demand: 20000 is more than 10000"},
		"a date that is none":              {strings.Replace(a1, "2026-01-02", "2026-02-31", 1), "line 2: as_of"},
		"spot as dear as on demand":        {strings.Replace(a1, "0.03", "0.10", 1), "line 2: spot: 0.1 is not less than the on-demand price, 0.1"},
		"a spot price without its date":    {strings.Replace(a1, "2026-01-03", "", 1), "line 2: spot_as_of"},
		"a spot date without its price":    {strings.Replace(a1, "0.03", "", 1), "line 2: spot"},
		"a bucket of five":                 {strings.Replace(a1, ",2\n", ",5\n", 1), "line 2: interruption"},
		"a machine twice":                  {a1 + a2 + a1, "line 4: aws eu-west-2 m6i.large is on line 2 already"},
		"another system's price in a size": {a1 + a2 + strings.Replace(strings.Replace(a2, "xlarge", "4xlarge", 1), "4,16,,USD,0.20", "16,64,,USD,1.536", 1), "line 4: on_demand: aws eu-west-2 m6i.4xlarge is 0.096 a vCPU, 92 % off its family's median of 0.05"},
		"a size 1.1 % off":                 {a1 + a2 + strings.Replace(strings.Replace(a2, "xlarge", "2xlarge", 1), "4,16,,USD,0.20", "8,32,,USD,0.4044", 1), "line 4: on_demand"},
	} {
		_, err := book.Read(strings.NewReader(book.Header + "\n" + c.rows))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: more than one line: %v", name, err)
		}
	}
	for name, table := range map[string]string{"nothing": "", "another header": "a,b\n1,2\n", "a column short": book.Header[:40] + "\n"} {
		if _, err := book.Read(strings.NewReader(table)); err == nil || !strings.Contains(err.Error(), book.Header) {
			t.Errorf("%s: got %v, want the header named", name, err)
		}
	}
}

func TestReadTakes(t *testing.T) {
	for name, rows := range map[string]string{
		"comments":                        "# ours\n" + a1 + "# theirs\n" + a2,
		"rows in any order":               a2 + a1,
		"a size 0.9 % off":                a1 + a2 + strings.Replace(strings.Replace(a2, "xlarge", "2xlarge", 1), "4,16,,USD,0.20", "8,32,,USD,0.4036", 1),
		"a size marked as priced apart":   a1 + a2 + strings.Replace(strings.Replace(a2, "xlarge", "4xlarge", 1), "4,16,,USD,0.20", "16,64,own,USD,1.536", 1),
		"the same type in another region": a1 + strings.Replace(strings.Replace(a1, "eu-west-2", "eu-west-1", 1), "0.10", "0.15", 1),
	} {
		if _, err := book.Read(strings.NewReader(book.Header + "\n" + rows)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReadIsBounded(t *testing.T) {
	endless := strings.NewReader(book.Header + "\n" + strings.Repeat("# a comment that never ends\n", 1<<20))
	if _, err := book.Read(endless); err == nil || !strings.Contains(err.Error(), "more than 16 MiB") {
		t.Error(err)
	}
}

// FuzzRead: whatever the bytes, Read neither panics nor lets through what the
// rules of catalogues forbid.
func FuzzRead(f *testing.F) {
	f.Add([]byte(book.Header + "\n" + a1 + a2))
	f.Add([]byte(book.Header + "\n\"" + a1))
	f.Add([]byte("\xef\xbb\xbf" + book.Header))
	if bundled, err := os.ReadFile("book.csv"); err == nil {
		f.Add(bundled[:4000])
	}
	f.Fuzz(func(t *testing.T, table []byte) {
		b, err := book.Read(strings.NewReader(string(table)))
		if err != nil {
			if b != nil || len(err.Error()) > 1000 {
				t.Errorf("book %v beside an error of %d characters", b, len(err.Error()))
			}
			return
		}
		n := 0
		for k, p := range b.All() {
			n++
			if !p.PerUnit.IsPositive() || p.PerUnit.GreaterThan(decimal.NewFromInt(10000)) || p.Source == "" || p.AsOf == "" {
				t.Errorf("%s: %+v", k, p)
			}
		}
		if n == 0 {
			t.Error("a book without a price was taken")
		}
	})
}
