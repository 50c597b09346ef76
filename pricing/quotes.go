package pricing

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/collector"
)

// rateDigits is the precision of a price of one unit in pounds, the one place
// where a division is rounded: at most £0.0000000004 a month.
const rateDigits = 12

// maxPrice is the most that one unit of anything can cost, in any currency: the
// dearest machine there is costs a few hundred dollars an hour.
var maxPrice = decimal.NewFromInt(10_000)

// quote is what one key costs, or why that is not known.
type quote struct {
	rate   *Rate
	reason string
}

// quoteAll puts the list price on every charge. Each key is looked up once, in
// the order of the keys.
func quoteAll(bills []*bill, cat Catalog, x *exchange) {
	byKey := map[Key]*quote{}
	for _, b := range bills {
		for i := range b.charges {
			byKey[b.charges[i].Key] = &quote{}
		}
	}
	for _, k := range slices.SortedFunc(maps.Keys(byKey), Key.Compare) {
		byKey[k].ask(k, cat, x)
	}
	for _, b := range bills {
		for i := range b.charges {
			c := &b.charges[i]
			c.Rate, c.Reason = byKey[c.Key].rate, byKey[c.Key].reason
			if c.Rate == nil {
				continue
			}
			list := Known(c.Rate.PerUnit)
			c.Units, c.Terms = UnitCosts{list, list, list}, "list"
			if c.Key.CapacityType == collector.Reserved {
				c.Units.Effective, c.Reason = Amount{}, "what a reservation costs stands in its contract: set pricing.commitments, or give a bill"
			}
		}
	}
}

// ask fills in the rate or the reason why there is none.
func (q *quote) ask(k Key, cat Catalog, x *exchange) {
	if q.reason = missing(k); q.reason != "" {
		return
	}
	if k.CapacityType == collector.Reserved {
		k.CapacityType = collector.OnDemand // which the list has, and which commitments are measured by
	}
	price, err := cat.Lookup(k)
	if err != nil {
		q.reason = reason(err)
		return
	}
	if q.reason = absurd(k, &price); q.reason != "" {
		return
	}
	rate, err := x.rate(price.Currency)
	if err != nil {
		q.reason = err.Error()
		return
	}
	unit := price.PerUnit.DivRound(rate.PerGBP, rateDigits)
	if unit.IsZero() && !price.PerUnit.IsZero() {
		q.reason = "the catalogue's price, " + price.PerUnit.String() + " " + price.Currency + ", is nothing in pounds"
		return
	}
	q.rate = &Rate{PerUnit: Pounds(unit), Price: price, FX: rate}
}

// absurd is why a catalogue's price can't be one; empty where it can. Only a
// control plane can be free (AKS's Free tier is).
func absurd(k Key, p *ListPrice) string {
	switch {
	case p.PerUnit.IsZero() && k.Kind == ControlPlane:
		return ""
	case !p.PerUnit.IsPositive():
		return "the catalogue's price, " + p.PerUnit.String() + ", is not more than zero"
	case p.PerUnit.GreaterThan(maxPrice):
		return "the catalogue's price, " + p.PerUnit.String() + " " + p.Currency + ", is absurd: more than " + maxPrice.String()
	case p.Unit != k.Kind.Unit():
		return "the catalogue's price is per " + string(cmp.Or(p.Unit, "?")) + ", not per " + string(k.Kind.Unit())
	case p.Currency == "":
		return "the catalogue's price has no currency"
	}
	return ""
}

// missing names what of the key was not known, empty where nothing was.
func missing(k Key) string {
	machine := k.Kind == Machine || k.Kind == Accelerator
	switch {
	case k.Provider == "" && machine:
		return "the node's provider is not known from its provider id"
	case k.Provider == "":
		return "its provider is not known, and the cluster's nodes do not share one"
	case k.Region == "" && machine:
		return "the node has no label topology.kubernetes.io/region"
	case k.Region == "":
		return "its region is not known, and the cluster's nodes do not share one"
	}
	switch {
	case k.Kind == Machine && k.Type == "":
		return "the node has no label node.kubernetes.io/instance-type"
	case k.Kind == Accelerator && k.Type == "":
		return "the node has no label that names its GPUs, such as cloud.google.com/gke-accelerator"
	case k.Kind == Storage && k.Type == "":
		return "the volume's storage class does not tell its type"
	case k.Kind == ControlPlane && k.Type[len(k.Type)-1] == '/':
		return "the tier of " + k.Type[:len(k.Type)-1] + " can't be read from the cluster: set clusters[].controlPlane.tier"
	case k.Type == "":
		return "its type is not known"
	}
	return ""
}

// exchange asks for each currency's rate once.
type exchange struct {
	fx    FX
	at    time.Time
	found map[string]exchanged
}

type exchanged struct {
	rate FXRate
	err  error
}

func (x *exchange) rate(currency string) (FXRate, error) {
	e, ok := x.found[currency]
	if !ok {
		e.rate, e.err = x.fx.Rate(currency, x.at)
		if e.err == nil && !e.rate.PerGBP.IsPositive() {
			e.err = &UnknownRate{currency, x.at.UTC().Format(month), "the rate given, " + e.rate.PerGBP.String() + ", is not more than zero"}
		}
		x.found[currency] = e
	}
	return e.rate, e.err
}

// month is how periods are written.
const month = "2006-01"

// used lists the rates that were found, by currency.
func (x *exchange) used() []FXRate {
	var rates []FXRate
	for _, e := range x.found {
		if e.err == nil {
			rates = append(rates, e.rate)
		}
	}
	slices.SortFunc(rates, func(a, b FXRate) int { return cmp.Compare(a.Currency, b.Currency) })
	return rates
}
