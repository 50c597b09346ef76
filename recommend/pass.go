package recommend

import (
	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/collector"
)

// Pass is what a recommender sees of one cluster. It must not change it.
type Pass struct {
	Window  collector.Window
	Cluster *collector.Cluster
	// Demand is each workload's containers' requests as the recommenders before
	// this one leave them, in the order of Cluster.Workloads and their Containers.
	Demand [][]collector.Resources
	// SpotRates are what moving a workload to spot would do to the price of its
	// nodes, by index into Cluster.Workloads. Ratios only: no pounds.
	SpotRates []SpotRate

	subjects *subjects // once asked for
}

// Ignored is why Run will withhold what the recommender says of o, in a sentence:
// its owner has set tuppence.dev/ignore on it, on the object that a person edits
// for it, or on its namespace. Empty: nobody has.
func (p *Pass) Ignored(recommender string, o Object) string {
	if p.subjects == nil {
		p.subjects = subjectsOf(p.Cluster)
	}
	return p.subjects.ignored(recommender, o)
}

// SpotRate is what is known of spot capacity for the nodes a workload runs on,
// weighted by its demand on them.
type SpotRate struct {
	Known        bool
	OnDemand     decimal.Decimal // share of the workload's demand that runs on demand now, 0 to 1
	Discount     decimal.Decimal // 1 − spot ÷ on-demand price, 0 to 1, over the on-demand part
	Interruption *int            // the worst bucket of AWS's Spot Advisor among its types; nil is unknown
	Reason       string          // why Known is false
}

// Effect is what a finding's changes do to a workload's cost.
type Effect struct {
	Workload int                   // index into Cluster.Workloads
	Requests []collector.Resources // new requests of its containers; nil: unchanged
	// SpotLow and SpotHigh bound the share of the on-demand cost that leaves when
	// the workload moves to spot, net of interruptions. Run takes SpotLow, so
	// that a saving is never promised at the top of its range.
	SpotLow, SpotHigh decimal.Decimal
}

// Recommender is one kind of advice. Func returns the findings of one cluster;
// it reads nothing but the Pass, so the same Pass gives the same findings.
type Recommender struct {
	Name string // lower case, one word: rightsize
	Doc  string // one sentence for --help
	Func func(*Pass) []Finding
	// Fleet is in Func's place where a cluster cannot be judged alone, since the
	// clusters share something: a Git host. It looks at the fleet once, and returns the
	// Func for its clusters, and advice that is of no one cluster, whose Subject has none.
	Fleet func(*collector.Fleet) (func(*Pass) []Finding, []Finding)
}

// Over is what judges the clusters of f, and what there is to say of all of them.
func (r *Recommender) Over(f *collector.Fleet) (func(*Pass) []Finding, []Finding) {
	if r.Fleet == nil {
		return r.Func, nil
	}
	return r.Fleet(f)
}

// Requests is what the containers of f's workload request once its changes are
// made, by index; nil where it changes no request.
func (f *Finding) Requests() []collector.Resources {
	if f.effect == nil {
		return nil
	}
	return f.effect.Requests
}

// WithEffect returns f with the effect that Run will price. Findings without one (intervals) save nothing that can be priced here, and say so.
func (f Finding) WithEffect(e Effect) Finding {
	f.effect = &e
	return f
}
