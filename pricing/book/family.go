package book

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
)

// tolerance is how far a size's price per vCPU may be from its family's median:
// 1 %, which prices rounded to three decimals keep to. A Windows meter among
// Linux ones is 10 % (Azure's B series) to 92 % (D as v5) away.
var tolerance = decimal.New(1, -2)

var (
	azureSize = regexp.MustCompile(`^(Standard_[A-Z]+)[0-9]+`)
	gcpSize   = regexp.MustCompile(`-[0-9]+$`)
)

// family is the sizes that cost the same per vCPU, in one region and currency:
// m6i of m6i.large, Standard_Das_v5 of Standard_D4as_v5, n2-standard of
// n2-standard-8.
type family struct {
	place
	name     string
	currency string
}

func (r *row) family() family {
	f := family{r.place, r.name, r.currency}
	switch r.provider {
	case collector.AWS:
		f.name, _, _ = strings.Cut(r.name, ".")
	case collector.Azure:
		f.name = azureSize.ReplaceAllString(r.name, "$1")
	case collector.GCP:
		f.name = gcpSize.ReplaceAllString(r.name, "")
	}
	return f
}

// perVCPU is the on-demand price of one vCPU for an hour.
func (r *row) perVCPU() decimal.Decimal {
	return r.price.DivRound(decimal.NewFromInt(int64(r.vcpu)), 8)
}

// medians are the middle prices per vCPU of the groups of the machines among
// rows that pass; of two in the middle, the lower.
func medians[G comparable](rows map[item]row, group func(*row) G, pass func(*row) bool) map[G]decimal.Decimal {
	prices := map[G][]decimal.Decimal{}
	for _, r := range rows {
		if r.kind == pricing.Machine && pass(&r) {
			prices[group(&r)] = append(prices[group(&r)], r.perVCPU())
		}
	}
	middle := make(map[G]decimal.Decimal, len(prices))
	for g, p := range prices {
		slices.SortFunc(p, decimal.Decimal.Cmp)
		middle[g] = p[(len(p)-1)/2]
	}
	return middle
}

// offScale says how far r is from its family's median where that is further than
// tolerance; else it is empty.
func (r *row) offScale(median decimal.Decimal) string {
	off := r.perVCPU().Sub(median)
	if off.Abs().LessThanOrEqual(median.Mul(tolerance)) {
		return ""
	}
	return fmt.Sprintf("%s is %s a vCPU, %s %% off its family's median of %s: is it another system's price?",
		r.item, r.perVCPU(), off.Mul(decimal.NewFromInt(100)).DivRound(median, 1), median)
}

// checkFamilies returns what is wrong where sizes are not priced in proportion
// to their family. Where most sizes of a family are wrong in the same way it
// names a right one; where all are, it sees nothing.
func (b *Book) checkFamilies() problems {
	var wrong problems
	middle := medians(b.rows, (*row).family, func(r *row) bool { return !r.own })
	byLine := slices.SortedFunc(maps.Values(b.rows), func(a, c row) int { return cmp.Compare(a.line, c.line) })
	for _, r := range byLine {
		if r.kind != pricing.Machine || r.own || wrong.full() {
			continue
		}
		if off := r.offScale(middle[r.family()]); off != "" {
			wrong.add(fmt.Sprintf("line %d: price: %s If it is right, write own in the column scale", r.line, off))
		}
	}
	return wrong
}
