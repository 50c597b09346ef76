package report

import (
	"cmp"
	"fmt"
	"iter"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
)

// focusRows makes the rows of a table.
type focusRows struct {
	*pricedFleet
	yield func(*focusRow) bool
	uses  map[string]*pricing.CommitmentUse // by name
	used  map[string]focusUse               // of each commitment, by the rows so far
	tax   focusTax
}

// rows are the clusters' charges in their order, then commitments, then tax. A
// row holds until the next.
func (d *pricedFleet) rows() iter.Seq[*focusRow] {
	return func(yield func(*focusRow) bool) {
		if d == nil { // a report that was read back
			return
		}
		f := &focusRows{pricedFleet: d, yield: yield, uses: map[string]*pricing.CommitmentUse{}, used: map[string]focusUse{}, tax: focusTax{}}
		for i := range d.ledger.Commitments {
			f.uses[d.ledger.Commitments[i].Name] = &d.ledger.Commitments[i]
		}
		ledgers := map[string]*pricing.ClusterLedger{}
		for i := range d.ledger.Clusters {
			ledgers[d.ledger.Clusters[i].Cluster] = &d.ledger.Clusters[i]
		}
		for i := range d.fleet.Clusters {
			c := &d.fleet.Clusters[i]
			if l := ledgers[c.Name]; l != nil && !f.cluster(c, l) {
				return
			}
		}
		if f.commitments() {
			f.taxes()
		}
	}
}

// put hands a row on, and reports whether more are wanted.
func (f *focusRows) put(r *focusRow) bool {
	if f.vat != nil {
		f.tax.add(r)
	}
	return f.yield(r)
}

func (f *focusRows) cluster(c *collector.Cluster, l *pricing.ClusterLedger) bool {
	targets := newFocusTargets(c)
	end := 0
	for i := range l.Charges {
		start := end
		for end < len(l.Lines) && l.Lines[end].Charge == i {
			end++
		}
		if !f.charge(l, i, l.Lines[start:end], targets) {
			return false
		}
	}
	return true
}

// charge makes the rows of one charge: for each of its parts and each month one
// of each line.
func (f *focusRows) charge(l *pricing.ClusterLedger, i int, lines []pricing.Line, targets *focusTargets) bool {
	c := &l.Charges[i]
	parts := f.parts(c)
	if len(parts) == 0 || !c.Window.IsPositive() {
		return true
	}
	base := f.describe(l.Cluster, c)
	for _, part := range parts {
		for _, period := range byMonth(c.Life(l.Span), c.Window) {
			origin := base
			origin.period = period
			if part.use != nil {
				terms := part.use.Of()
				origin.commitment, origin.status, origin.pricing = &terms, "Used", "Committed"
			}
			for k := range lines {
				if lines[k].Share.IsPositive() && !f.share(&origin, &part, &lines[k], targets.of(&lines[k])) {
					return false
				}
			}
		}
	}
	return true
}

// share makes the row of one line of a part of a charge.
func (f *focusRows) share(origin *focusCharge, part *focusPart, l *pricing.Line, to *focusTarget) bool {
	whole := origin.period.quantity.Mul(l.Share)
	quantity := whole.Mul(part.share)
	r := &focusRow{
		focusCharge: origin, to: to, class: string(l.Class), ratio: decimal.NewNullDecimal(l.Share),
		quantity: decimal.NewNullDecimal(quantity),
		list:     quantity.Mul(origin.listUnit.Decimal), contracted: quantity.Mul(origin.contractedUnit.Decimal),
		effective: whole.Mul(part.effective),
	}
	if part.use == nil {
		r.billed = r.effective
	} else {
		committed, _ := r.committed()
		f.used[part.use.Name] = f.used[part.use.Name].plus(committed.Decimal, r.effective)
	}
	return f.put(r)
}

// focusPart is the part of a charge that one commitment pays for, or none.
type focusPart struct {
	use       *pricing.CommitmentUse
	share     decimal.Decimal // of the charge
	effective decimal.Decimal // pounds for one unit of the whole charge
}

// parts are the parts of c whose cost is known. They add up to its effective
// price, the last having the remainder of rounding. Worked: of £0.068 an hour, of
// which a reservation pays 80 % at £0.06, £0.048 are the reservation's, and £0.02
// are paid on demand.
func (f *focusRows) parts(c *pricing.Charge) []focusPart {
	var parts []focusPart
	left, rest := decimal.NewFromInt(1), c.Units.Effective
	for _, cover := range c.Covers {
		if use := f.uses[cover.Commitment]; use != nil {
			parts = append(parts, focusPart{use, cover.Share, cover.Paid.Decimal})
			left, rest = left.Sub(cover.Share), rest.Minus(pricing.Known(cover.Paid))
		}
	}
	switch {
	case !rest.Known:
	case left.IsPositive():
		parts = append(parts, focusPart{nil, left, rest.Money.Decimal})
	default:
		last := &parts[len(parts)-1]
		last.effective = last.effective.Add(rest.Money.Decimal)
	}
	return parts
}

// describe is what all rows of c have in common.
func (f *focusRows) describe(cluster string, c *pricing.Charge) focusCharge {
	k := &c.Key
	d := focusCharge{
		category: "Usage", frequency: "Usage-Based", pricing: "Standard",
		provider: k.Provider, account: f.account(k.Provider), service: serviceOf(k.Provider, k.Kind),
		description: fmt.Sprintf("%s %s of cluster %s: %s", k.Kind.Noun(1), c.Name, cluster, c.Terms),
		cluster:     cluster, zone: c.Zone, region: k.Region,
		unit: focusUnits[k.Kind.Unit()], method: cmp.Or(focusMethods[k.Kind], f.ledger.Policy.Name),
		terms: c.Terms, rate: c.Rate,
	}
	if k.CapacityType == collector.Spot {
		d.pricing = "Dynamic"
	}
	if k.Kind != pricing.Egress { // what is sent is no resource
		d.resourceName, d.kind = c.Name, k.Kind.Noun(1)
		d.resource = cmp.Or(c.ProviderID, strings.Join([]string{cluster, string(k.Kind), k.Type, c.Name}, "/"))
	}
	vcpu := 0
	if c.Rate != nil {
		vcpu = c.Rate.Price.VCPU
	}
	d.setSKU(k, vcpu)
	d.setPrices(c)
	return d
}

// setPrices fills in the prices of a unit. Where one is unknown the next that is
// known stands in for it.
func (d *focusCharge) setPrices(c *pricing.Charge) {
	list, contracted := c.Units.List, c.Units.Contracted
	var unknown []string
	if !contracted.Known {
		unknown, contracted = append(unknown, "ContractedUnitPrice"), c.Units.Effective
	}
	if !list.Known {
		unknown, list = append(unknown, "ListUnitPrice"), contracted
	}
	d.unknown = strings.Join(unknown, " ")
	d.listUnit, d.contractedUnit = decimal.NewNullDecimal(list.Money.Decimal), decimal.NewNullDecimal(contracted.Money.Decimal)
	d.currency, d.perGBP = "GBP", decimal.NewFromInt(1)
	d.currencyList, d.currencyContract = d.listUnit, d.contractedUnit
	if c.Rate != nil && len(unknown) == 0 {
		d.currency, d.perGBP = c.Rate.Price.Currency, c.Rate.FX.PerGBP
		d.currencyList = decimal.NewNullDecimal(c.Rate.Price.PerUnit)
		d.currencyContract = decimal.NewNullDecimal(contracted.Money.Mul(d.perGBP))
		if contracted.Money.Equal(list.Money.Decimal) {
			d.currencyContract = d.currencyList
		}
	}
}

func (d *pricedFleet) account(p collector.Provider) string {
	return cmp.Or(d.accounts[p], "tuppence:"+string(cmp.Or(p, "unknown")))
}
