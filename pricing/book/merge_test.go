package book_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/pricing/book"
)

// books draws a table: a few machines of each provider, sizes in proportion, and
// a few other things.
func books() *rapid.Generator[string] {
	machine := rapid.Custom(func(t *rapid.T) string {
		family := rapid.SampledFrom([]string{"a1", "b2", "c3"}).Draw(t, "family")
		vcpu := rapid.SampledFrom([]int{2, 4, 8, 16}).Draw(t, "vcpu")
		cents := 5 * vcpu * map[string]int{"a1": 1, "b2": 2, "c3": 3}[family]
		spot := ",,,"
		if rapid.Bool().Draw(t, "spot") {
			spot = fmt.Sprintf("0.0%d,market,2026-08-0%d,%s", rapid.IntRange(1, 9).Draw(t, "price"), rapid.IntRange(1, 9).Draw(t, "day"),
				rapid.SampledFrom([]string{"", "0", "4"}).Draw(t, "bucket"))
		}
		return fmt.Sprintf("machine,aws,eu-west-2,%s.%dx,arm64,%d,%d.5,,hour,USD,%d.%02d,%s,list,2026-01-0%d,%s",
			family, vcpu, vcpu, vcpu*4, cents/100, cents%100, rapid.SampledFrom([]string{"", "estimate"}).Draw(t, "estimate"), rapid.IntRange(1, 9).Draw(t, "day"), spot)
	})
	other := rapid.Custom(func(t *rapid.T) string {
		kind := rapid.SampledFrom([]pricing.Kind{pricing.Storage, pricing.Balancer, pricing.ControlPlane, pricing.Egress}).Draw(t, "kind")
		return fmt.Sprintf(`%s,%s,%s,%s,,,,,%s,GBP,0.%d,,"a list, quoted",2026-01-01,,,,`, kind, rapid.SampledFrom([]string{"aws", "azure", "gcp"}).Draw(t, "provider"),
			rapid.SampledFrom([]string{"eu-west-2", "*"}).Draw(t, "region"), rapid.SampledFrom([]string{"x", "y/z"}).Draw(t, "type"), kind.Unit(), rapid.IntRange(1, 99).Draw(t, "price"))
	})
	thingOf := func(row string) string { return strings.Join(strings.Split(row, ",")[:4], ",") }
	return rapid.Custom(func(t *rapid.T) string {
		rows := append(rapid.SliceOfNDistinct(machine, 1, 6, thingOf).Draw(t, "machines"), rapid.SliceOfNDistinct(other, 0, 6, thingOf).Draw(t, "others")...)
		return book.Header + "\n" + strings.Join(rapid.Permutation(rows).Draw(t, "rows"), "\n") + "\n"
	})
}

func drawBook(t *rapid.T, name string) *book.Book {
	b, err := book.Read(strings.NewReader(books().Draw(t, name)))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func text(t *rapid.T, b *book.Book) string {
	var s strings.Builder
	if err := book.Write(&s, b); err != nil {
		t.Fatal(err)
	}
	return s.String()
}

func TestWhatIsWrittenReadsAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := drawBook(t, "book")
		again, err := book.Read(strings.NewReader(text(t, b)))
		if err != nil {
			t.Fatal(err)
		}
		if text(t, again) != text(t, b) || again.Except(b).Len() > 0 || b.Except(again).Len() > 0 {
			t.Fatalf("%s\nread again:\n%s", text(t, b), text(t, again))
		}
	})
}

func TestMergeTakesTheUpperRow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lower, upper := drawBook(t, "lower"), drawBook(t, "upper")
		merged := book.Merge(lower, upper)
		if got := book.Merge(lower, merged.Except(lower)); text(t, got) != text(t, merged) {
			t.Fatalf("what differs, laid over again:\n%s\nwant\n%s", text(t, got), text(t, merged))
		}
		if rest := upper.Except(merged); rest.Len() > 0 {
			t.Fatalf("rows of the upper book are missing:\n%s", text(t, rest))
		}
		over := maps.Collect(upper.All())
		for k, want := range lower.All() {
			if k.CapacityType == collector.Spot {
				continue // a whole row goes
			}
			if up, ok := over[k]; ok {
				want = up
			}
			if got, err := merged.Lookup(k); err != nil || !got.PerUnit.Equal(want.PerUnit) {
				t.Fatalf("%s: %+v, %v; want %+v", k, got, err, want)
			}
		}
	})
}

// A row of the upper book hides the lower's spot price too: it is of another day.
func TestMergeTakesWholeRows(t *testing.T) {
	merged := book.Merge(read(t, a1), read(t, strings.Replace(a1, "0.03,market,2026-01-03,2", ",,,", 1)))
	if p, err := merged.Lookup(key("aws", "eu-west-2", "m6i.large", collector.Spot)); err == nil {
		t.Errorf("spot is %+v", p)
	}
}

// book.csv is what Write writes, so that a change by hand and one by a program
// differ in their rows only.
func TestTheBundledTableIsAsWriteWritesIt(t *testing.T) {
	table, err := os.ReadFile("book.csv")
	if err != nil {
		t.Fatal(err)
	}
	if got := written(t, load(t)); got != string(table) {
		t.Error("book.csv is not as Write writes it: write it again with Write")
	}
}

func TestQuotesAreThoseOfARegion(t *testing.T) {
	const here = "control-plane,azure,uksouth,aks/free,,,,,hour,GBP,0,,list,2026-01-02,,,,\n"
	b := read(t, a1+a2+disk+free+here+strings.Replace(free, "aks/free", "aks/standard", 1)+strings.Replace(disk, "aws", "azure", 1))
	for region, want := range map[string][]string{
		"uksouth":   {"azure uksouth aks/free (control-plane)", "azure uksouth aks/standard (control-plane)"},
		"eu-west-2": {"aws eu-west-2 m6i.large on-demand", "aws eu-west-2 m6i.large spot", "aws eu-west-2 m6i.xlarge on-demand", "azure eu-west-2 aks/free (control-plane)", "azure eu-west-2 aks/standard (control-plane)", "aws eu-west-2 gp3 (storage)", "azure eu-west-2 gp3 (storage)"},
	} {
		quotes, err := b.Quotes(t.Context(), region)
		var got []string
		for _, q := range quotes {
			got = append(got, q.Key.String())
			if p, err := b.Lookup(q.Key); err != nil || !p.PerUnit.Equal(q.Price.PerUnit) || p.Currency != q.Price.Currency {
				t.Errorf("%s: %+v, looked up %+v, %v", q.Key, q.Price, p, err)
			}
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: got %q, %v", region, got, err)
		}
	}
	if quotes, err := b.Quotes(t.Context(), "us-east-1"); err == nil || len(quotes) > 0 {
		t.Errorf("a region that is not there: %v, %v", quotes, err)
	}
}
