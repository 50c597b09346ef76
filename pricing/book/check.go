package book

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
)

// How far a quote may be from what the book has before it is taken for another
// thing's price. listFactor is for the list price of the same key: it moves by
// percents in years, and by ten where a point is misplaced. spotFactor is for its
// spot price, which a market moves between some 10 and 90 % of the list price.
// regionFactor is for a machine of a family that the book does not have, against
// the region's median price per vCPU: in London 0.009 to 0.10 dollars, 0.05 in
// the middle, and GPU machines up to some ten times as much.
var (
	listFactor   = decimal.NewFromInt(3)
	spotFactor   = decimal.NewFromInt(10)
	regionFactor = decimal.NewFromInt(10)
)

// Options say how Check judges.
type Options struct {
	Now time.Time // no price may be dated after it
	// Accept names keys whose figures a person has checked, as Key.String writes
	// them or as patterns of path.Match over that: "aws eu-west-2 g5.* on-demand".
	// They may be off their family's scale or far from the book's price.
	Accept []string
}

func (o Options) accepts(k pricing.Key) bool {
	name := k.String()
	return slices.ContainsFunc(o.Accept, func(a string) bool {
		match, err := path.Match(a, name)
		return a == name || match && err == nil
	})
}

// Refusal is a quote that Check did not accept.
type Refusal struct {
	Quote  pricing.Quote
	Reason string // what is wrong, with both figures where it is a comparison
}

func (r Refusal) String() string { return r.Quote.Key.String() + ": " + r.Reason }

// checker holds one list of quotes against a book.
type checker struct {
	Options
	base    *Book
	refused []Refusal
}

// Check holds quotes, such as a pricing.Source gives, against the rules of
// tables and against b: units, currencies and dates, prices above zero, spot
// below on demand, no key with two prices, sizes in proportion to their family
// as in Read, and no price that is more than three times or less than a third of
// b's in the same currency (ten on spot). Both answers are in the order of the
// keys, whatever that of quotes.
func (b *Book) Check(quotes []pricing.Quote, o Options) (accepted []pricing.Quote, refused []Refusal) {
	c := &checker{Options: o, base: b}
	quotes = c.keep(slices.Clone(quotes), c.malformed) // before anything that computes with a figure
	slices.SortFunc(quotes, compareQuotes)
	quotes = c.unique(quotes)
	quotes = c.keep(quotes, c.outlier)
	quotes = c.keep(quotes, c.scale(quotes))
	quotes = c.keep(quotes, c.spot(quotes))
	slices.SortStableFunc(c.refused, func(a, d Refusal) int {
		return cmp.Or(a.Quote.Key.Compare(d.Quote.Key), cmp.Compare(a.Reason, d.Reason))
	})
	return quotes, c.refused
}

// compareQuotes orders by key; of one key, the newest comes first.
func compareQuotes(a, b pricing.Quote) int {
	p, q := a.Price, b.Price
	return cmp.Or(a.Key.Compare(b.Key), cmp.Compare(q.AsOf, p.AsOf), cmp.Compare(p.Currency, q.Currency), p.PerUnit.Cmp(q.PerUnit),
		cmp.Compare(p.Source, q.Source), cmp.Compare(p.VCPU, q.VCPU), cmp.Compare(a.Arch, b.Arch), a.Memory.Cmp(b.Memory))
}

// keep is the quotes that judge says nothing against.
func (c *checker) keep(quotes []pricing.Quote, judge func(pricing.Quote) string) []pricing.Quote {
	return slices.DeleteFunc(quotes, func(q pricing.Quote) bool {
		reason := judge(q)
		if reason != "" {
			c.refused = append(c.refused, Refusal{q, reason})
		}
		return reason != ""
	})
}

// unique is the quotes with each key once; where two do not agree on the price,
// none of them is right.
func (c *checker) unique(quotes []pricing.Quote) []pricing.Quote {
	different := map[pricing.Key]string{}
	for i := 1; i < len(quotes); i++ {
		a, b := quotes[i-1], quotes[i]
		if a.Key == b.Key && (!a.Price.PerUnit.Equal(b.Price.PerUnit) || a.Price.Currency != b.Price.Currency) {
			different[a.Key] = fmt.Sprintf("the list has it at %s %s and at %s %s: leave one", a.Price.PerUnit, a.Price.Currency, b.Price.PerUnit, b.Price.Currency)
		}
	}
	quotes = c.keep(quotes, func(q pricing.Quote) string { return different[q.Key] })
	return slices.CompactFunc(quotes, func(a, b pricing.Quote) bool { return a.Key == b.Key })
}

// outlier compares q with b's price of the same key.
func (c *checker) outlier(q pricing.Quote) string {
	old, err := c.base.Lookup(q.Key)
	p, factor := q.Price, listFactor
	if isSpot(q.Key) {
		factor = spotFactor
	}
	if err != nil || old.Currency != p.Currency || old.PerUnit.IsZero() || p.PerUnit.IsZero() || within(p.PerUnit, old.PerUnit, factor) {
		return ""
	}
	return c.unless(q.Key, fmt.Sprintf("%s %s is more than %s times away from the book's %s (%s, %s)", p.PerUnit, p.Currency, factor, old.PerUnit, old.Source, old.AsOf))
}

func within(a, b, factor decimal.Decimal) bool {
	return a.LessThanOrEqual(b.Mul(factor)) && b.LessThanOrEqual(a.Mul(factor))
}

// unless is reason with what to do, or nothing where the key is accepted.
func (c *checker) unless(k pricing.Key, reason string) string {
	if c.accepts(k) {
		return ""
	}
	return fmt.Sprintf("%s; if it is right, accept %q", reason, k)
}

// scale judges machines by their family's median, of quotes and of the rows that
// stay beside them, and families that b does not have by the region's.
func (c *checker) scale(quotes []pricing.Quote) func(pricing.Quote) string {
	rows := put(c.base.rows, slices.DeleteFunc(slices.Clone(quotes), func(q pricing.Quote) bool { return isSpot(q.Key) }))
	known := medians(c.base.rows, (*row).family, func(*row) bool { return true })
	middle := scaleWithout(rows, func(r *row) bool { return c.accepts(r.key(collector.OnDemand)) })
	regional := medians(c.base.rows, func(r *row) family { return family{r.place, "", r.currency} }, func(*row) bool { return true })
	return func(q pricing.Quote) string {
		r := rows[itemOf(q.Key)]
		if q.Key.Kind != pricing.Machine || isSpot(q.Key) || r.own {
			return ""
		}
		f := r.family()
		if off := r.offScale(middle[f]); off != "" {
			return c.unless(q.Key, off)
		}
		typical, ok := regional[family{r.place, "", r.currency}]
		if _, has := known[f]; has || !ok || within(r.perVCPU(), typical, regionFactor) {
			return ""
		}
		return c.unless(q.Key, fmt.Sprintf("%s a vCPU is more than %s times away from the region's median of %s", r.perVCPU(), regionFactor, typical))
	}
}

// scaleWithout is the families' medians over the rows that are neither own nor
// accepted; of families that have no others, over the accepted ones.
func scaleWithout(rows map[item]row, accepted func(*row) bool) map[family]decimal.Decimal {
	middle := medians(rows, (*row).family, func(r *row) bool { return !r.own })
	maps.Copy(middle, medians(rows, (*row).family, func(r *row) bool { return !r.own && !accepted(r) }))
	return middle
}

// spot judges spot prices by the price on demand that they would stand beside.
func (c *checker) spot(quotes []pricing.Quote) func(pricing.Quote) string {
	rows := put(c.base.rows, slices.DeleteFunc(slices.Clone(quotes), func(q pricing.Quote) bool { return isSpot(q.Key) }))
	return func(q pricing.Quote) string {
		r, ok := rows[itemOf(q.Key)]
		p := q.Price
		switch {
		case !isSpot(q.Key):
			return ""
		case !ok:
			return "there is no on-demand price that it could stand beside"
		case r.currency != p.Currency:
			return fmt.Sprintf("it is in %s, the on-demand price in %s", p.Currency, r.currency)
		case !p.PerUnit.LessThan(r.price):
			return fmt.Sprintf("%s %s is not less than the on-demand price, %s", p.PerUnit, p.Currency, r.price)
		}
		return ""
	}
}

func isSpot(k pricing.Key) bool { return k.CapacityType == collector.Spot }
