package recommend

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
)

// settle decides what f may change, prices it, and where it is proposed takes
// its effect into the running demand.
func (r *running) settle(f *Finding) {
	nothing := pricing.Known(pricing.Money{})
	f.Saving = Saving{Allocated: nothing, Realisable: nothing}
	if f.Status == Proposed {
		r.claim(f)
	}
	e := f.effect
	if e == nil || e.Workload < 0 || e.Workload >= len(r.c.Workloads) || f.Status != Proposed && f.Status != Advised {
		return
	}
	demand, spot := r.pass.Demand[e.Workload], r.spot[e.Workload]
	before, in := r.cost(e.Workload, demand, spot)
	if e.Requests != nil {
		demand = e.Requests
	}
	if low := within(e.SpotLow); low.IsPositive() {
		spot = low
	}
	after, left := r.cost(e.Workload, demand, spot)
	f.Saving.Allocated = before.Minus(after)
	f.Saving.Realisable = pricing.Amount{} // realise fills it in for proposed findings
	if f.Status == Proposed {
		r.pass.Demand[e.Workload], r.spot[e.Workload] = demand, spot
		for p := range in {
			f.saved = append(f.saved, in[p].Minus(left[p]))
		}
	}
}

// claim takes the fields of f's changes, or makes f superseded where an earlier
// finding has one of them.
func (r *running) claim(f *Finding) {
	for _, c := range f.Changes {
		if by, ok := r.taken[fieldKey(c)]; ok {
			f.Status = Superseded
			f.Reason = fmt.Sprintf("%s already changes %s", by, c.Field())
			return
		}
	}
	for _, c := range f.Changes {
		r.taken[fieldKey(c)] = f.ID
	}
}

func fieldKey(c Change) string {
	o := c.Object
	return strings.Join(append([]string{o.APIVersion, o.Kind, o.Namespace, o.Name}, c.Path...), "\x00")
}

// cost is what workload w costs a month at this demand, with the share spot of
// its on-demand part taken off, in all and in each pool of nodes.
func (r *running) cost(w int, demand []collector.Resources, spot decimal.Decimal) (pricing.Amount, []pricing.Money) {
	in := make([]pricing.Money, len(r.pools))
	var saved pricing.Money // by moving to spot
	whole := r.l.CostsAt(w, demand, func(node int, cost pricing.Amount) {
		if off := r.off(w, node, spot); off.IsPositive() {
			part := cost.Money.Times(off)
			cost.Money, saved = cost.Money.Minus(part), saved.Plus(part)
		}
		in[r.poolOf[node]] = in[r.poolOf[node]].Plus(cost.Money)
	})
	return pricing.Amount{Money: whole.Money.Minus(saved), Known: whole.Known && (!spot.IsPositive() || r.pass.SpotRates[w].Known)}, in
}

// off is the share of workload w's cost on the node that moving to spot takes
// off: none where the price there is not known.
func (r *running) off(w, node int, spot decimal.Decimal) decimal.Decimal {
	if !r.leaves(spot, node) || !r.pass.SpotRates[w].Known {
		return decimal.Zero
	}
	return spot
}

// leaves reports whether a workload of which moving to spot takes the share spot
// off has left the node.
func (r *running) leaves(spot decimal.Decimal, node int) bool {
	return spot.IsPositive() && r.l.Charges[node].Key.CapacityType == collector.OnDemand
}

var one = decimal.NewFromInt(1)

// within holds a share to 0 and 1.
func within(d decimal.Decimal) decimal.Decimal {
	return decimal.Max(decimal.Zero, decimal.Min(one, d))
}

// lengthen gives findings that share an id longer ones, and those that are of
// one recommender and subject a number, so that every id names one finding.
func lengthen(found []Finding) {
	for digits := 8; digits <= sha256.Size; digits += 4 {
		shared := map[string][]int{}
		for i := range found {
			shared[found[i].ID] = append(shared[found[i].ID], i)
		}
		clash := false
		for _, same := range shared {
			for _, i := range same {
				if len(same) > 1 {
					clash = true
					found[i].ID = found[i].Recommender + "-" + hex.EncodeToString(hashOf(found[i].Subject))[:2*digits]
				}
			}
		}
		if !clash {
			return
		}
	}
	// Only findings of one recommender and one subject still share an id.
	seen := map[string]int{}
	for i := range found {
		if seen[found[i].ID]++; seen[found[i].ID] > 1 {
			found[i].ID = fmt.Sprintf("%s-%d", found[i].ID, seen[found[i].ID])
		}
	}
}
