package bill_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/pricing/bill"
)

// FuzzRead: whatever the bytes, Read neither panics nor says more than it knows,
// and what it says is text of a bounded length.
func FuzzRead(f *testing.F) {
	for _, name := range []string{"aws.csv", "azure.csv", "gcp.csv"} {
		content, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(content))
		f.Add(packed(string(content)))
	}
	f.Add(header + charge + with(",2,", ",1e999999999,", "EC2", "\x1b[2J"))
	f.Add(header + `"` + charge)
	o := options(f)
	f.Fuzz(func(t *testing.T, content string) {
		b, err := bill.Read(context.Background(), o, file("b", content))
		if err != nil {
			if b != nil || len(err.Error()) > 1000 {
				t.Errorf("a bill beside %.2000s", err)
			}
			return
		}
		if b.Bad > b.Files[0].Rows || b.Outside > b.Files[0].Rows {
			t.Errorf("%d bad and %d outside of %d rows", b.Bad, b.Outside, b.Files[0].Rows)
		}
		if sum := b.Effective().Money; sum.Abs().GreaterThan(decimal.New(1, 12).Mul(decimal.NewFromInt(int64(b.Files[0].Rows + 1)))) {
			t.Errorf("£%s of %d rows", sum.Decimal, b.Files[0].Rows)
		}
		for _, w := range b.Warnings {
			if s := w.String(); len(s) > 2000 || strings.ContainsAny(s, "\n\x1b") {
				t.Errorf("%q", s)
			}
		}
		for _, r := range b.Resources {
			if r.Covered < 0 || r.Covered > o.Window.Length() {
				t.Errorf("%s covered", r.Covered)
			}
		}
	})
}
