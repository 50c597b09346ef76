package book_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
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

func thing(kind pricing.Kind, p collector.Provider, region, name string) pricing.Key {
	return pricing.Key{Kind: kind, Provider: p, Region: region, Type: name}
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
		key("aws", "*", "m6i.large", collector.OnDemand),
		thing(pricing.Storage, "azure", "ukwest", "Premium_LRS"),
		thing(pricing.Storage, "aws", "eu-west-2", "gp9"),
		thing(pricing.ControlPlane, "aws", "eu-west-2", "gke/standard"),
		{Kind: pricing.Storage, Provider: "aws", Region: "eu-west-2", Type: "gp3", CapacityType: collector.Spot},
		{Kind: pricing.Accelerator, Provider: "gcp", Region: "europe-west2", Type: "nvidia-tesla-t4", CapacityType: collector.OnDemand},
		{Provider: "aws", Region: "eu-west-2", Type: "m6i.large", CapacityType: collector.OnDemand},
	})
	if !slices.IsSortedFunc(known, pricing.Key.Compare) {
		t.Error("All is not in order")
	}
}

// The numbers of rows are those of the tables that the figures came from.
func TestDefaultBookIsWhole(t *testing.T) {
	got := map[string]int{}
	for k := range load(t).All() {
		what := string(k.CapacityType)
		if what == "" {
			what = string(k.Kind)
		}
		got[k.Region+" "+what]++
	}
	for what, want := range map[string]int{
		"eu-west-2 on-demand": 161, "eu-west-2 spot": 161, "uksouth on-demand": 235, "ukwest on-demand": 214,
		"europe-west2 on-demand": 294, "europe-west2 spot": 294,
		"eu-west-2 storage": 7, "uksouth storage": 1, "europe-west2 storage": 5, "eu-west-2 load-balancer": 3, "* load-balancer": 4,
		"* control-plane": 7, "eu-west-2 traffic": 3, "* traffic": 2, "europe-west2 traffic": 2,
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
		{thing(pricing.Storage, "aws", "eu-west-2", "gp3"), "0.0928", "2026-09-25", 0, false, -1},
		{thing(pricing.Storage, "gcp", "europe-west2", "pd-ssd"), "0.204", "2025-03-06", 0, false, -1},
		{thing(pricing.Balancer, "aws", "eu-west-2", "nlb"), "0.02646", "2026-09-11", 0, false, -1},
		{thing(pricing.ControlPlane, "aws", "eu-west-2", "eks/standard"), "0.1", "2026-09-28", 0, false, -1},
		{thing(pricing.ControlPlane, "azure", "", "aks/free"), "0", "2026-11-01", 0, false, -1}, // a true zero, wherever it is
		{thing(pricing.Egress, "aws", "eu-west-2", "internet"), "0.09", "2026-11-01", 0, true, -1},
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
		if p.PerUnit.String() != c.perHour || p.AsOf != c.asOf || p.VCPU != c.vcpu || p.Estimate != c.estimate || bucket != c.interruption || p.Currency != "USD" || p.Unit != c.key.Kind.Unit() {
			t.Errorf("%s: %+v (bucket %d)", c.key, p, bucket)
		}
	}
}

const (
	a1   = "machine,aws,eu-west-2,m6i.large,amd64,2,8,,hour,USD,0.10,,list,2026-01-02,0.03,market,2026-01-03,2\n"
	a2   = "machine,aws,eu-west-2,m6i.xlarge,amd64,4,16,,hour,USD,0.20,,list,2026-01-02,,,,\n"
	disk = "storage,aws,eu-west-2,gp3,,,,,GiB-month,USD,0.09,,list,2026-01-02,,,,\n"
	free = "control-plane,azure,*,aks/free,,,,,hour,USD,0,,list,2026-01-02,,,,\n"
	gpu  = "accelerator,gcp,europe-west2,nvidia-tesla-t4,,,,,hour,USD,0.4,estimate,list,2026-01-02,0.1,market,2026-01-03,\n"
)

func TestReadRefuses(t *testing.T) {
	for name, c := range map[string]struct{ rows, want string }{
		"no rows":                          {"", "it has no rows"},
		"too few fields":                   {"aws,eu-west-2\n", "line 2: wrong number of fields"},
		"an unknown provider":              {strings.Replace(a1, "aws", "oci", 1), `line 2: provider: "oci" must be one of`},
		"an empty region":                  {strings.Replace(a1, "eu-west-2", "", 1), "line 2: region"},
		"a control character":              {strings.Replace(a1, "m6i", "m6\x1bi", 1), "line 2: type"},
		"an unknown architecture":          {strings.Replace(a1, "amd64", "sparc", 1), "line 2: arch"},
		"half a processor":                 {strings.Replace(a1, ",2,8,", ",0.5,8,", 1), "line 2: vcpu"},
		"no memory":                        {strings.Replace(a1, ",2,8,", ",2,0,", 1), "line 2: memory_gib"},
		"a scale that means nothing":       {strings.Replace(a1, "8,,", "8,most,", 1), "line 2: scale"},
		"a currency of four letters":       {strings.Replace(a1, "USD", "EURO", 1), "line 2: currency"},
		"a price of zero":                  {strings.Replace(a1, "0.10", "0.00", 1), `line 2: price: "0.00" is not greater than zero`},
		"a negative price":                 {strings.Replace(a1, "0.10", "-0.10", 1), "line 2: price"},
		"an exponent":                      {strings.Replace(a1, "0.10", "1e999999999", 1), "line 2: price"},
		"not a number":                     {strings.Replace(a1, "0.10", "NaN", 1), "line 2: price"},
		"an absurd price":                  {strings.Replace(a1, "0.10", "20000", 1), "line 2: price: 20000 is more than 10000"},
		"a date that is none":              {strings.Replace(a1, "2026-01-02", "2026-02-31", 1), "line 2: as_of"},
		"spot as dear as on demand":        {strings.Replace(a1, "0.03", "0.10", 1), "line 2: spot: 0.1 is not less than the on-demand price, 0.1"},
		"a spot price without its date":    {strings.Replace(a1, "2026-01-03", "", 1), "line 2: spot_as_of"},
		"a spot date without its price":    {strings.Replace(a1, "0.03", "", 1), "line 2: spot"},
		"a bucket of five":                 {strings.Replace(a1, ",2\n", ",5\n", 1), "line 2: interruption"},
		"a kind that is none":              {strings.Replace(disk, "storage", "floppy", 1), `line 2: kind: "floppy" must be one of`},
		"a volume by the hour":             {strings.Replace(disk, "GiB-month", "hour", 1), `line 2: unit: "hour" must be one of ["GiB-month"]`},
		"a volume with processors":         {strings.Replace(disk, "gp3,,", "gp3,,2", 1), `line 2: vcpu: "2": leave it empty`},
		"a volume that is its own family":  {strings.Replace(disk, ",GiB-month", "own,GiB-month", 1), "line 2: scale"},
		"a volume on spot":                 {strings.Replace(disk, "2026-01-02,", "2026-01-02,0.01", 1), "line 2: spot"},
		"a free volume":                    {strings.Replace(disk, "0.09", "0", 1), "line 2: price"},
		"a free control plane, long":       {strings.Replace(free, ",0,", ",0.00,", 1), "line 2: price"},
		"a bucket of an accelerator":       {strings.Replace(gpu, "03,\n", "03,1\n", 1), "line 2: interruption"},
		"a guess that says it is one":      {strings.Replace(gpu, "estimate", "guess", 1), "line 2: estimate"},
		"a machine everywhere":             {strings.Replace(a1, "eu-west-2", "*", 1), `line 2: region: "*" does not go with the kind machine`},
		"three lines at once":              {strings.Replace(disk, "USD", "", 1) + a1 + strings.Replace(a2, "0.20", "x", 1) + "a,b\n", "line 2: currency"},
		"the third of three":               {strings.Replace(disk, "USD", "", 1) + a1 + strings.Replace(a2, "0.20", "x", 1) + "a,b\n", "; line 4: price: \"x\" is not a plain figure such as 0.1234; record on line 5: wrong number of fields"},
		"more lines than one can read":     {strings.Repeat(strings.Replace(disk, "USD", "", 1), 11), "line 11: currency: \"\" must be an ISO 4217 code such as USD; what follows was not checked"},
		"a machine twice":                  {a1 + a2 + a1, "line 4: aws eu-west-2 m6i.large is on line 2 already"},
		"another system's price in a size": {a1 + a2 + strings.Replace(strings.Replace(a2, "xlarge", "4xlarge", 1), "4,16,,hour,USD,0.20", "16,64,,hour,USD,1.536", 1), "line 4: price: aws eu-west-2 m6i.4xlarge is 0.096 a vCPU, 92 % off its family's median of 0.05"},
		"a size 1.1 % off":                 {a1 + a2 + strings.Replace(strings.Replace(a2, "xlarge", "2xlarge", 1), "4,16,,hour,USD,0.20", "8,32,,hour,USD,0.4044", 1), "line 4: price"},
	} {
		_, err := book.Read(strings.NewReader(book.Header + "\n" + c.rows))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: more than one line: %v", name, err)
		}
	}
	for name, table := range map[string]string{"nothing": "", "another header": "a,b\n1,2\n", "a column short": book.Header[:40] + "\n", "an older one, short": book.MachineHeader[:40] + "\n"} {
		if _, err := book.Read(strings.NewReader(table)); err == nil || !strings.Contains(err.Error(), book.Header) {
			t.Errorf("%s: got %v, want the header named", name, err)
		}
	}
}

func TestReadTakes(t *testing.T) {
	for name, rows := range map[string]string{
		"comments":                        "# ours\n" + a1 + "# theirs\n" + a2,
		"rows in any order":               a2 + a1,
		"a size 0.9 % off":                a1 + a2 + strings.Replace(strings.Replace(a2, "xlarge", "2xlarge", 1), "4,16,,hour,USD,0.20", "8,32,,hour,USD,0.4036", 1),
		"a size marked as priced apart":   a1 + a2 + strings.Replace(strings.Replace(a2, "xlarge", "4xlarge", 1), "4,16,,hour,USD,0.20", "16,64,own,hour,USD,1.536", 1),
		"every kind":                      a1 + disk + free + gpu,
		"the same name of another kind":   disk + strings.Replace(strings.Replace(disk, "storage", "traffic", 1), "GiB-month", "GiB", 1),
		"a family in two currencies":      a1 + strings.Replace(a2, "USD,0.20", "GBP,0.15", 1),
		"the same type in another region": a1 + strings.Replace(strings.Replace(a1, "eu-west-2", "eu-west-1", 1), "0.10", "0.15", 1),
	} {
		if _, err := book.Read(strings.NewReader(book.Header + "\n" + rows)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Tables that people have from before books held more than machines.
func TestReadTakesTablesOfMachines(t *testing.T) {
	const older = "aws,eu-west-2,m6i.large,amd64,2,8,,USD,0.10,list,2026-01-02,0.03,market,2026-01-03,2\n"
	old, err := book.Read(strings.NewReader(book.MachineHeader + "\n" + older))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(written(t, read(t, a1)), written(t, old)); diff != "" {
		t.Error(diff)
	}
	_, err = book.Read(strings.NewReader(book.MachineHeader + "\n" + strings.Replace(older, "0.10", "-1", 1)))
	if err == nil || !strings.Contains(err.Error(), "line 2: on_demand") {
		t.Errorf("got %v, want the column as the table names it", err)
	}
}

func read(t testing.TB, rows string) *book.Book {
	t.Helper()
	b, err := book.Read(strings.NewReader(book.Header + "\n" + rows))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func written(t testing.TB, b *book.Book) string {
	t.Helper()
	var s strings.Builder
	if err := book.Write(&s, b); err != nil {
		t.Fatal(err)
	}
	return s.String()
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
	f.Add([]byte(book.Header + "\n" + a1 + a2 + disk + free + gpu))
	f.Add([]byte(book.MachineHeader + "\naws,eu-west-2,m6i.large,amd64,2,8,,USD,0.10,list,2026-01-02,,,,\n"))
	f.Add([]byte(book.Header + "\n\"" + a1))
	f.Add([]byte("\xef\xbb\xbf" + book.Header))
	if bundled, err := os.ReadFile("book.csv"); err == nil {
		f.Add(bundled[:4000])
	}
	f.Fuzz(func(t *testing.T, table []byte) {
		b, err := book.Read(strings.NewReader(string(table)))
		if err != nil {
			if b != nil || len(err.Error()) > 10000 {
				t.Errorf("book %v beside an error of %d characters", b, len(err.Error()))
			}
			return
		}
		n := 0
		for k, p := range b.All() {
			n++
			if !p.PerUnit.IsPositive() && k.Kind != pricing.ControlPlane || p.PerUnit.IsNegative() || p.PerUnit.GreaterThan(decimal.NewFromInt(10000)) || p.Source == "" || p.AsOf == "" {
				t.Errorf("%s: %+v", k, p)
			}
		}
		if n == 0 {
			t.Error("a book without a price was taken")
		}
		again, err := book.Read(strings.NewReader(written(t, b)))
		if err != nil || written(t, again) != written(t, b) {
			t.Errorf("written and read again: %v", err)
		}
	})
}

// The book is a source like the providers' lists, in every region that it has.
func TestTheBookKeepsTheRulesOfSources(t *testing.T) {
	for _, region := range []string{"eu-west-2", "uksouth", "ukwest", "europe-west2"} {
		t.Run(region, func(t *testing.T) {
			pricingtest.Source(t, pricingtest.Priced{Region: region, Unknown: "mars-north-1", New: func(string) pricing.Source { return load(t) }})
		})
	}
}
