package pricing

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/collector"
)

// CommitmentKind is what sort of promise a commitment is.
type CommitmentKind string

// The kinds of commitments. A Reservation pays for so many machines of a type
// whether they run or not; a SavingsPlan for so much money an hour, at which
// machines cost PercentOff less.
const (
	Reservation CommitmentKind = "reservation"
	SavingsPlan CommitmentKind = "savings-plan"
)

// Commitment is a reservation or a savings plan of the fleet. It covers the
// machines of its scope that run on demand (a reservation also those of capacity
// type reserved), all alike: whichever machine a provider puts it on, the fleet
// pays the same, so each bears the same part of it.
//
// Worked: 4 reserved m6i.large at £0.06 an hour, 5 running at £0.10: 80 % of each
// is covered, and an hour of it costs 0.8 × 0.06 + 0.2 × 0.10 = £0.068. Were 2
// running, each would cost £0.06, and 2 × 730 × £0.06 a month stand unused.
type Commitment struct {
	Name string
	Kind CommitmentKind
	Scope
	Machines decimal.Decimal // of a reservation
	// Price is what an hour of one reserved machine costs, upfront payments spread
	// over it, or the money an hour that a savings plan commits to.
	Price      ListPrice
	PercentOff decimal.Decimal // of a savings plan: off the contracted price, 0 to 100
}

func (c *Commitment) valid() error {
	switch {
	case c.Kind != Reservation && c.Kind != SavingsPlan:
		return fmt.Errorf("commitment %q: kind %q: there are %s and %s", c.Name, c.Kind, Reservation, SavingsPlan)
	case c.Kind == Reservation && !c.Machines.IsPositive():
		return fmt.Errorf("commitment %q: %s machines: a reservation has some", c.Name, c.Machines)
	case !c.Price.PerUnit.IsPositive():
		return fmt.Errorf("commitment %q: a price of %s an hour: it must be more than zero", c.Name, c.Price.PerUnit)
	case !percentage(c.PercentOff):
		return fmt.Errorf("commitment %q: %s %% off: it must be 0 to 100", c.Name, c.PercentOff)
	}
	return nil
}

// CommitmentUse is what a commitment costs a month, and how much of it was used.
type CommitmentUse struct {
	Name      string         `json:"name"`
	Kind      CommitmentKind `json:"kind"`
	Committed Amount         `json:"committed"`
	Used      Amount         `json:"used"`
	Unused    Amount         `json:"unused"`
	Covered   int            `json:"covered"` // charges that it pays a part of
	Price     ListPrice      `json:"price"`
	FX        FXRate         `json:"fx"`

	of      Commitment
	perHour Money
}

// Of is the commitment itself.
func (u *CommitmentUse) Of() Commitment { return u.of }

// PerHour is what an hour of it costs in pounds: of one machine of a reservation,
// or of a whole savings plan. It is unknown where Committed is.
func (u *CommitmentUse) PerHour() Amount { return Amount{u.perHour, u.Committed.Known} }

// Cover is the part of a charge that one commitment pays for.
type Cover struct {
	Commitment string          // its name
	Share      decimal.Decimal // of the charge, 0 to 1
	PerUnit    Money           // pounds for one unit of that part
}

// cover is a charge that commitments may pay a part of.
type cover struct {
	charge *Charge
	left   decimal.Decimal // the part that none pays yet, 0 to 1
	paid   decimal.Decimal // pounds an hour of it that commitments have cost so far
	by     []string
}

// commit lets the commitments pay for machines. Those that the bill has a cost
// for are paid already. It returns a warning for each commitment that can't be
// priced.
func (t *Terms) commit(bills []*bill, w collector.Window, x *exchange) ([]CommitmentUse, []collector.Gap) {
	var covers []*cover
	for _, b := range bills {
		for i := range b.charges {
			c := &b.charges[i]
			if c.Key.Kind == Machine && c.Terms != billTerms && c.Units.Contracted.Known && c.Quantity.IsPositive() &&
				(c.Key.CapacityType == collector.OnDemand || c.Key.CapacityType == collector.Reserved) {
				covers = append(covers, &cover{charge: c, left: one})
			}
		}
	}
	all := slices.SortedFunc(slices.Values(t.Commitments), func(a, b Commitment) int {
		// Reservations first, as the providers do: a savings plan pays for what they leave.
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
	})
	var uses []CommitmentUse
	var gaps []collector.Gap
	for i := range all {
		use, err := all[i].use(covers, w, x)
		if err != nil {
			gaps = append(gaps, collector.Gap{Cluster: AllClusters, Source: gapSource,
				Reason: fmt.Sprintf("commitment %q: %v: what it costs is unknown", all[i].Name, err)})
		}
		uses = append(uses, use)
	}
	for _, c := range covers {
		c.settle()
	}
	slices.SortFunc(uses, func(a, b CommitmentUse) int { return cmp.Compare(a.Name, b.Name) })
	return uses, gaps
}

// use spreads the commitment evenly over what it fits.
func (c *Commitment) use(covers []*cover, w collector.Window, x *exchange) (CommitmentUse, error) {
	use := CommitmentUse{Name: c.Name, Kind: c.Kind, Price: c.Price, of: *c}
	rate, err := x.rate(c.Price.Currency)
	if err != nil {
		return use, err
	}
	use.FX = rate
	perHour := c.Price.PerUnit.DivRound(rate.PerGBP, rateDigits)
	use.perHour = Pounds(perHour)
	hours := hoursPerMonth.Mul(c.active(w)) // of a month
	fitting := slices.DeleteFunc(slices.Clone(covers), func(v *cover) bool {
		k := &v.charge.Key
		return !hours.IsPositive() || !v.left.IsPositive() || !c.fits(k) || c.Kind == SavingsPlan && k.CapacityType != collector.OnDemand
	})
	var committed, wanted decimal.Decimal // machine hours, or pounds
	price := func(*cover) decimal.Decimal { return perHour }
	if c.Kind == Reservation {
		committed = c.Machines.Mul(hours)
		for _, v := range fitting {
			wanted = wanted.Add(v.charge.Quantity.Mul(v.left))
		}
		use.Committed = Known(Pounds(committed.Mul(perHour)))
	} else {
		committed = hours.Mul(perHour)
		kept := one.Sub(c.PercentOff.Div(hundred))
		price = func(v *cover) decimal.Decimal { return v.charge.Units.Contracted.Money.Mul(kept).Round(rateDigits) }
		for _, v := range fitting {
			wanted = wanted.Add(v.charge.Quantity.Mul(v.left).Mul(price(v)))
		}
		use.Committed = Known(Pounds(committed))
	}
	part := one
	if wanted.GreaterThan(committed) {
		part, _ = committed.QuoRem(wanted, shareDigits)
	}
	used := decimal.Zero
	for _, v := range fitting {
		covered := v.left.Mul(part).Truncate(shareDigits)
		if !covered.IsPositive() {
			continue
		}
		v.left = v.left.Sub(covered)
		v.paid = v.paid.Add(covered.Mul(price(v)))
		v.charge.Covers = append(v.charge.Covers, Cover{c.Name, covered, Pounds(price(v))})
		v.by = append(v.by, fmt.Sprintf("%s %% by %s", covered.Mul(hundred).Round(1), c.Name))
		used = used.Add(covered.Mul(price(v)).Mul(v.charge.Quantity))
		use.Covered++
	}
	use.Used = Known(Pounds(used))
	use.Unused = use.Committed.Minus(use.Used)
	return use, nil
}

// settle writes what commitments cost into the charge.
func (v *cover) settle() {
	c := v.charge
	if len(v.by) == 0 {
		return
	}
	rest := c.Units.Contracted.Money.Mul(v.left)
	c.Units.Effective = Known(Pounds(v.paid.Add(rest).Round(rateDigits)))
	c.paid = v.paid.Round(rateDigits)
	c.Reason = ""
	for _, by := range v.by {
		c.Terms = by + ", else " + c.Terms
	}
	if v.left.IsPositive() && c.Key.CapacityType == collector.Reserved {
		c.Units.Effective, c.Reason = Amount{}, fmt.Sprintf("commitments pay for %s %% of it, and what the rest costs stands in a contract",
			one.Sub(v.left).Mul(hundred).Round(1))
	}
}

var one = decimal.NewFromInt(1)
