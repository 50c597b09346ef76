package budget_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tuppence-dev/tuppence/pricing/budget"
)

func BenchmarkAssess(b *testing.B) {
	series := days("2026-04-01", strings.Fields(strings.Repeat("100 103 99 101 98 30 28 ", 26))...)
	plan := budget.Budget{Name: "prod", Amount: pounds("30000")}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := budget.Assess(plan, series, "2026-09-30", budget.FromApril); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkHistory reads, adds a night to and writes 100 budgets of a year.
func BenchmarkHistory(b *testing.B) {
	var year, night []budget.Record
	for i := range 100 {
		name := fmt.Sprintf("team-%02d", i)
		for _, d := range steady("2026-04-01", 366) {
			r := budget.Record{Day: d.Day, Budget: name, Cost: d.Cost, Source: "prometheus"}
			if d.Day == "2027-04-01" {
				night = append(night, r)
			} else {
				year = append(year, r)
			}
		}
	}
	h, err := budget.History{}.Merge(year)
	if err != nil {
		b.Fatal(err)
	}
	file := text(b, h)
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		h, err := budget.Read(strings.NewReader(file))
		if err != nil {
			b.Fatal(err)
		}
		if h, err = h.Merge(night); err != nil {
			b.Fatal(err)
		}
		text(b, h)
	}
}
