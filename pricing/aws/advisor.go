package aws

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/tuppence-dev/tuppence/pricing"
)

// advice is the Spot Instance Advisor's table of what was interrupted in the last
// month.
type advice struct {
	Ranges []struct {
		Index int `json:"index"`
		Max   int `json:"max"`
	} `json:"ranges"`
	SpotAdvisor map[string]json.RawMessage `json:"spot_advisor"` // by region
}

// linuxAdvice is one region of it.
type linuxAdvice struct {
	Linux map[string]struct {
		R int `json:"r"`
	}
}

// buckets are the upper ends of the advisor's ranges, in per cent; the labels say
// <5, 5–10, 10–15, 15–20 and >20 %.
var buckets = []int{5, 11, 16, 22, 100}

// interruptions sets the bucket of every machine that the advisor knows.
func (r *reader) interruptions(ctx context.Context) error {
	var a advice
	if err := r.client.GetJSON(ctx, r.o.AdvisorURL, nil, &a); err != nil {
		return fmt.Errorf("how often spot capacity is interrupted is missing: %w", err)
	}
	linux, err := a.linux(r.region)
	if err != nil {
		return fmt.Errorf("how often spot capacity is interrupted is missing: %w", err)
	}
	for _, k := range r.list.Keys() {
		t, known := linux.Linux[k.Type]
		if k.Kind != pricing.Machine || !known {
			continue
		}
		if t.R < 0 || t.R >= len(buckets) {
			r.list.Leave(k.String(), fmt.Sprintf("%d is no bucket of interruptions; the price stays", t.R))
			continue
		}
		r.list.Quote(k).Price.Interruption = new(t.R)
	}
	return nil
}

// linux is the advice on a region's Linux machines, as long as the buckets mean
// what they did.
func (a *advice) linux(region string) (linuxAdvice, error) {
	var l linuxAdvice
	var ends []int
	for i, rg := range a.Ranges {
		if rg.Index != i {
			break
		}
		ends = append(ends, rg.Max)
	}
	if !slices.Equal(ends, buckets) {
		return l, fmt.Errorf("the advisor's buckets end at %v %% and not at %v", ends, buckets)
	}
	if len(a.SpotAdvisor[region]) == 0 {
		return l, errors.New("the advisor has nothing for the region")
	}
	if err := json.Unmarshal(a.SpotAdvisor[region], &l); err != nil {
		return l, fmt.Errorf("the advisor's table of the region: %w", err)
	}
	return l, nil
}
