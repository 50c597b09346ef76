package recommend

import (
	"errors"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
)

// shareDigits is the precision of shares: 12 decimal places, rounded down.
const shareDigits = 12

// spotQuote is what spot would do to the price of one kind of node.
type spotQuote struct {
	discount     decimal.Decimal
	interruption *int
	reason       string // why there is none
}

// spotRates asks the catalogue for the spot price of every type of node that
// runs on demand in the cluster, once each, and weighs them for each workload by
// its cost on them.
func spotRates(c *collector.Cluster, l *pricing.ClusterLedger, cat pricing.Catalog) []SpotRate {
	quotes := map[pricing.Key]spotQuote{}
	rates := make([]SpotRate, len(c.Workloads))
	for w := range c.Workloads {
		rates[w] = spotRate(w, l, func(n *pricing.Charge) spotQuote {
			q, ok := quotes[n.Key]
			if !ok {
				q = quoteSpot(n, cat)
				quotes[n.Key] = q
			}
			return q
		})
	}
	return rates
}

func spotRate(w int, l *pricing.ClusterLedger, quote func(*pricing.Charge) spotQuote) SpotRate {
	var all, onDemand, off pricing.Money
	var rate SpotRate
	var unrated bool
	for line, node := range l.LinesOf(w) {
		if node.Key.Kind != pricing.Machine {
			continue
		}
		if !line.Cost.Known {
			rate.Reason = node.Reason
			continue
		}
		all = all.Plus(line.Cost.Money)
		if node.Key.CapacityType != collector.OnDemand {
			continue
		}
		q := quote(node)
		if q.reason != "" {
			rate.Reason = q.reason
			continue
		}
		onDemand = onDemand.Plus(line.Cost.Money)
		off = off.Plus(line.Cost.Money.Times(q.discount))
		switch {
		case q.interruption == nil:
			unrated = true
		case rate.Interruption == nil || *q.interruption > *rate.Interruption:
			rate.Interruption = q.interruption
		}
	}
	if unrated {
		rate.Interruption = nil
	}
	switch {
	case rate.Reason != "":
	case !all.IsPositive():
		rate.Reason = "it has no cost on any node"
	default:
		rate.Known = true
		rate.OnDemand, _ = onDemand.QuoRem(all.Decimal, shareDigits)
	}
	if onDemand.IsPositive() {
		rate.Discount, _ = off.QuoRem(onDemand.Decimal, shareDigits)
	}
	return rate
}

// quoteSpot compares the node's own on-demand price with spot of the same type.
func quoteSpot(n *pricing.Charge, cat pricing.Catalog) spotQuote {
	key := n.Key
	key.CapacityType = collector.Spot
	spot, err := cat.Lookup(key)
	var unknown *pricing.UnknownPrice
	switch {
	case errors.As(err, &unknown):
		return spotQuote{reason: "spot price of " + key.Type + " in " + key.Region + ": " + unknown.Reason}
	case err != nil:
		return spotQuote{reason: err.Error()}
	case n.Rate == nil || !n.Rate.Price.PerUnit.IsPositive() || !spot.PerUnit.IsPositive():
		return spotQuote{reason: "no on-demand price of " + key.Type + " to compare with"}
	case spot.Currency != n.Rate.Price.Currency:
		return spotQuote{reason: "spot and on-demand prices of " + key.Type + " are in different currencies"}
	}
	part, _ := spot.PerUnit.QuoRem(n.Rate.Price.PerUnit, shareDigits)
	return spotQuote{discount: within(one.Sub(part)), interruption: spot.Interruption}
}
