package focustest

import (
	"strings"
	"testing"
)

// BenchmarkCheck checks the sample's charges, 7,000 rows of 58 columns, by every rule.
func BenchmarkCheck(b *testing.B) {
	rules := Open(b, folder)
	header, rows, _ := strings.Cut(sample().String(), "\n")
	table := header + "\n" + strings.Repeat(rows, 1000)
	b.SetBytes(int64(len(table)))
	b.ReportAllocs()
	for b.Loop() {
		if result := checked(b, rules, table, everything(rules)...); result.Rows != 7000 || len(result.Violations) > 0 {
			b.Fatal(result.Rows, result.Violations)
		}
	}
}
