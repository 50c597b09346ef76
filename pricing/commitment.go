package pricing

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

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
	PercentOff decimal.Decimal // of a savings plan: off the contracted price, 0 to less than 100
}

func (c *Commitment) valid() error {
	switch {
	case c.Kind != Reservation && c.Kind != SavingsPlan:
		return fmt.Errorf("commitment %q: kind %q: there are %s and %s", c.Name, c.Kind, Reservation, SavingsPlan)
	case c.Kind == Reservation && !c.Machines.IsPositive():
		return fmt.Errorf("commitment %q: %s machines: a reservation has some", c.Name, c.Machines)
	case !c.Price.PerUnit.IsPositive():
		return fmt.Errorf("commitment %q: a price of %s an hour: it must be more than zero", c.Name, c.Price.PerUnit)
	case !percentage(c.PercentOff) || c.PercentOff.Equal(hundred):
		return fmt.Errorf("commitment %q: %s %% off: it must be 0 to less than 100", c.Name, c.PercentOff)
	}
	return nil
}

// CommitmentUse is what a commitment costs a month, and how much of it was used:
// what it pays of the charges that it covers, each rounded down to 1e-12 pounds an
// hour. Committed is Used and Unused to the last digit.
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
	Paid       Money           // pounds that it pays for one unit of the whole charge
}

// cover is a charge that commitments may pay a part of.
type cover struct {
	charge *Charge
	left   decimal.Decimal // the part that none pays yet, 0 to 1
	paid   decimal.Decimal // pounds for an hour of it that commitments pay so far
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
	fitting := c.fitting(covers, hours)
	// price is what an hour of a machine costs under the commitment, and committed
	// and wanted are counted in need: machine hours of a reservation, pounds of a
	// savings plan.
	committed, price, need := c.Machines.Mul(hours), func(*cover) decimal.Decimal { return perHour }, func(*cover) decimal.Decimal { return one }
	use.Committed = Known(Pounds(committed.Mul(perHour)))
	if c.Kind == SavingsPlan {
		committed = hours.Mul(perHour)
		kept := hundred.Sub(c.PercentOff).Shift(-2)
		price = func(v *cover) decimal.Decimal { return v.charge.Units.Contracted.Money.Mul(kept) }
		need, use.Committed = price, Known(Pounds(committed))
	}
	wanted := decimal.Zero
	for _, v := range fitting {
		wanted = wanted.Add(v.charge.Quantity.Mul(v.left).Mul(need(v)))
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
		pays := covered.Mul(price(v)).Truncate(rateDigits)
		v.left, v.paid = v.left.Sub(covered), v.paid.Add(pays)
		v.charge.Covers = append(v.charge.Covers, Cover{c.Name, covered, Pounds(pays)})
		v.by = append(v.by, fmt.Sprintf("%s %% by %s", covered.Shift(2).Round(1), c.Name))
		used = used.Add(pays.Mul(v.charge.Quantity))
		use.Covered++
	}
	use.Used = Known(Pounds(used))
	use.Unused = use.Committed.Minus(use.Used)
	return use, nil
}

// fitting are the machines that the commitment can pay for. A savings plan does
// not pay for those of capacity type reserved.
func (c *Commitment) fitting(covers []*cover, hours decimal.Decimal) []*cover {
	var fit []*cover
	for _, v := range covers {
		k := &v.charge.Key
		if hours.IsPositive() && v.left.IsPositive() && c.fits(k) && (c.Kind == Reservation || k.CapacityType == collector.OnDemand) {
			fit = append(fit, v)
		}
	}
	return fit
}

// settle writes what commitments cost into the charge.
func (v *cover) settle() {
	c := v.charge
	if len(v.by) == 0 {
		return
	}
	c.Terms = strings.Join(append(v.by, "else "+c.Terms), ", ")
	if v.left.IsPositive() && c.Key.CapacityType == collector.Reserved {
		c.Reason = fmt.Sprintf("commitments pay for %s %% of it, and what the rest costs stands in a contract", one.Sub(v.left).Shift(2).Round(1))
		return
	}
	rest := c.Units.Contracted.Money.Mul(v.left).Round(rateDigits)
	c.Units.Effective, c.Reason, c.paid = Known(Pounds(v.paid.Add(rest))), "", v.paid
}

var one = decimal.NewFromInt(1)
