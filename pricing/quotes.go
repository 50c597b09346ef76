package pricing

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/collector"
)

// rateDigits is the precision of an hourly rate in pounds, the one place where
// a division is rounded: at most £0.0000000004 a month.
const rateDigits = 12

// quote is what one key costs, or why that is not known.
type quote struct {
	rate    *Rate
	reason  string
	monthly Amount
	nodes   int
	cluster string // the only one that has such nodes, or AllClusters
}

// quotes are the rates of every key in a fleet: each is looked up once, in the
// order of the keys.
type quotes struct {
	byKey map[Key]*quote
	keys  []Key // sorted
	rates []FXRate
}

func newQuotes(f *collector.Fleet, cat Catalog, fx FX) *quotes {
	q := &quotes{byKey: map[Key]*quote{}}
	for i := range f.Clusters {
		c := &f.Clusters[i]
		for j := range c.Nodes {
			q.count(keyOf(&c.Nodes[j]), c.Name)
		}
	}
	q.keys = slices.SortedFunc(maps.Keys(q.byKey), Key.Compare)
	x := exchange{fx: fx, at: f.Window.End, found: map[string]exchanged{}}
	for _, k := range q.keys {
		q.byKey[k].ask(k, cat, &x)
	}
	q.rates = x.used()
	return q
}

func (q *quotes) count(k Key, cluster string) {
	e := q.byKey[k]
	if e == nil {
		e = &quote{cluster: cluster}
		q.byKey[k] = e
	}
	if e.cluster != cluster {
		e.cluster = AllClusters
	}
	e.nodes++
}

func keyOf(n *collector.Node) Key {
	return Key{Machine, n.Provider, n.Region, n.InstanceType, n.CapacityType}
}

// ask fills in the rate or the reason why there is none.
func (q *quote) ask(k Key, cat Catalog, x *exchange) {
	if q.reason = missing(k); q.reason != "" {
		return
	}
	price, err := cat.Lookup(k)
	if err != nil {
		q.reason = reason(err)
		return
	}
	if !price.PerUnit.IsPositive() {
		q.reason = "the catalogue's price, " + price.PerUnit.String() + ", is not more than zero"
		return
	}
	rate, err := x.rate(price.Currency)
	if err != nil {
		q.reason = err.Error()
		return
	}
	perHour := Pounds(price.PerUnit.DivRound(rate.PerGBP, rateDigits))
	q.rate = &Rate{PerUnit: perHour, Price: price, FX: rate}
	q.monthly = Known(perHour.Times(decimal.NewFromInt(HoursPerMonth)))
}

// missing says what a node lacks that a price depends on.
func missing(k Key) string {
	switch {
	case k.Provider == "":
		return "the node's provider is not known from its provider id"
	case k.Region == "":
		return "the node has no label topology.kubernetes.io/region"
	case k.Type == "":
		return "the node has no label node.kubernetes.io/instance-type"
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
