package book

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/collector"
)

// tolerance is how far a size's price per vCPU may be from its family's median:
// 1 %, which prices rounded to three decimals keep to. A Windows meter among
// Linux ones is 10 % (Azure's B series) to 92 % (D as v5) away.
var tolerance = decimal.New(1, -2)

var (
	azureSize = regexp.MustCompile(`^(Standard_[A-Z]+)[0-9]+`)
	gcpSize   = regexp.MustCompile(`-[0-9]+$`)
)

// family is the sizes that cost the same per vCPU: m6i of m6i.large,
// Standard_Das_v5 of Standard_D4as_v5, n2-standard of n2-standard-8.
func (m machine) family() machine {
	f := m
	switch m.provider {
	case collector.AWS:
		f.instanceType, _, _ = strings.Cut(m.instanceType, ".")
	case collector.Azure:
		f.instanceType = azureSize.ReplaceAllString(m.instanceType, "$1")
	case collector.GCP:
		f.instanceType = gcpSize.ReplaceAllString(m.instanceType, "")
	}
	return f
}

// checkFamilies returns an error where a size is not priced in proportion to
// its family. Where most sizes of a family are wrong in the same way it names a
// right one; where all are, it sees nothing.
func (b *Book) checkFamilies() error {
	rows := b.sorted()
	families := map[machine][]decimal.Decimal{}
	for _, r := range rows {
		if !r.own {
			f := r.family()
			families[f] = append(families[f], r.perVCPU())
		}
	}
	for _, prices := range families {
		slices.SortFunc(prices, decimal.Decimal.Cmp)
	}
	for _, r := range rows {
		if r.own {
			continue
		}
		prices := families[r.family()]
		median := prices[(len(prices)-1)/2]
		off := r.perVCPU().Sub(median)
		if off.Abs().GreaterThan(median.Mul(tolerance)) {
			return fmt.Errorf("price book: line %d: on_demand: %s is %s a vCPU, %s %% off its family's median of %s: "+
				"is it another system's price? If it is right, write own in the column scale",
				r.line, r.machine, r.perVCPU(), off.Mul(decimal.NewFromInt(100)).DivRound(median, 1), median)
		}
	}
	return nil
}

// perVCPU is the on-demand price of one vCPU for an hour.
func (r *row) perVCPU() decimal.Decimal {
	return r.onDemand.DivRound(decimal.NewFromInt(int64(r.vcpu)), 8)
}
