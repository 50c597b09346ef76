package pricing

import (
	"fmt"
	"maps"
	"slices"

	"github.com/tuppence-dev/tuppence/collector"
)

// Weights say what a core, a GiB of memory and a GPU weigh against each other
// when the price of a node is shared out. Only their ratio matters.
type Weights struct {
	CPU    int64 `json:"cpu"`    // of a core
	Memory int64 `json:"memory"` // of a GiB
	GPU    int64 `json:"gpu"`    // of a GPU
}

// Policy is how a node's price is split between its processor, its memory and
// its GPUs.
type Policy struct {
	Name    string  `json:"name"`
	Weights Weights `json:"weights"`
	// ByProvider are the weights for nodes of the providers named.
	ByProvider map[collector.Provider]Weights `json:"byProvider,omitempty"`
}

// For returns the weights for nodes of p.
func (p *Policy) For(provider collector.Provider) Weights {
	if w, ok := p.ByProvider[provider]; ok {
		return w
	}
	return p.Weights
}

// NineToOne is the split of AWS split cost allocation data: price ÷ (9 × vCPU +
// 1 × GB). A node of 4 vCPU and 16 GiB puts 36/52, 69 %, on its cores. On nodes
// with GPUs AWS weighs a GPU 9, a vCPU 0.9 and a GB 0.1: ten times these.
// https://docs.aws.amazon.com/cur/latest/userguide/split-cost-allocation-data.html
var NineToOne = Policy{Name: "weights 9:1", Weights: Weights{9, 1, 90}}

// OpenCost is the split by OpenCost's default rates, a million times the
// dollars an hour: a core 0.031611, a GiB 0.004237 (7.46:1), a GPU 0.95; on
// Azure a core 0.039 and a GiB 0.001917 (20.3:1). A node of 4 vCPU and 16 GiB
// puts 65 % on its cores, on Azure 84 %.
// https://github.com/opencost/opencost/tree/develop/configs
var OpenCost = Policy{Name: "opencost", Weights: Weights{31611, 4237, 950_000},
	ByProvider: map[collector.Provider]Weights{collector.Azure: {39_000, 1_917, 950_000}}}

// ProviderPrices is the split by what each provider itself asks for a core and
// for a GiB more in London, a million times the dollars an hour, solved from the
// price list. Google Cloud prices both apart: e2-standard-8 has 8 vCPU and 32 GiB
// for 0.34534224, e2-highmem-8 has 64 GiB for 0.46585488, so that a GiB is
// (0.46585488 − 0.34534224) ÷ 32 = 0.003766 and a core (0.34534224 − 32 ×
// 0.003766) ÷ 8 = 0.028104. AWS and Azure publish neither: m6i.2xlarge and
// r6i.2xlarge, as well as Standard_D8s_v5 and Standard_E8s_v5, cost 0.444 and
// 0.592 with 32 and 64 GiB, so that a GiB is 0.004625 and a core 0.037. A GPU
// counts as OpenCost's 0.95.
var ProviderPrices = Policy{Name: "provider prices", Weights: Weights{37_000, 4_625, 950_000},
	ByProvider: map[collector.Provider]Weights{collector.GCP: {28_104, 3_766, 950_000}}}

// Policies are the named splits that a configuration can choose.
func Policies() []Policy { return []Policy{NineToOne, OpenCost, ProviderPrices} }

// MaxWeight is the largest weight. It keeps a node's units within maxUnits: 1,000
// cores at a million are 1e18 units, and what is more is clamped.
const MaxWeight = 1_000_000

// Valid returns an error where p cannot split a price: weights must be 0 to
// 1,000,000, and those of a core and a GiB not both 0.
func (p *Policy) Valid() error {
	check := func(w Weights) error {
		if min(w.CPU, w.Memory, w.GPU) < 0 || max(w.CPU, w.Memory, w.GPU) > MaxWeight || w.CPU+w.Memory == 0 {
			return fmt.Errorf("split policy %q: weights %d:%d:%d of core, GiB and GPU: each must be 0 to %d, and one of the first two more than 0",
				p.Name, w.CPU, w.Memory, w.GPU, MaxWeight)
		}
		return nil
	}
	if err := check(p.Weights); err != nil {
		return err
	}
	for _, provider := range slices.Sorted(maps.Keys(p.ByProvider)) {
		if err := check(p.ByProvider[provider]); err != nil {
			return err
		}
	}
	return nil
}
