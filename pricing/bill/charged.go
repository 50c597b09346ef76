package bill

import (
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/pricing"
)

var _ pricing.Bill = (*Bill)(nil)

// Charged implements pricing.Bill: what the bill says of id, or of the scale set
// that it is of.
func (b *Bill) Charged(id string) (pricing.Charged, bool) {
	if r := b.Find(id); r != nil {
		return r.charged(), true
	}
	i := slices.IndexFunc(b.ScaleSets, func(s ScaleSet) bool {
		_, member := slices.BinarySearch(s.Members, id)
		return member
	})
	if i < 0 {
		return pricing.Charged{}, false
	}
	c := b.ScaleSets[i].charged()
	c.Set = b.ScaleSets[i].ID
	return c, true
}

func (c *Charges) charged() pricing.Charged {
	return pricing.Charged{List: c.List, Contracted: c.Contracted, Effective: c.Effective,
		Hours: decimal.NewFromInt(int64(c.Covered)).DivRound(decimal.NewFromInt(int64(time.Hour)), 9)}
}
