package spot

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
)

// Name of the recommender, and the start of its findings' ids.
const Name = "spot"

// New returns the recommender with these settings, or an error where they are
// not valid.
func New(s Settings) (recommend.Recommender, error) {
	if err := s.Valid(); err != nil {
		return recommend.Recommender{}, err
	}
	return recommend.Recommender{
		Name: Name,
		Doc:  "Find workloads that can run on spot capacity, with a range of what that saves.",
		Func: s.findings,
	}, nil
}

func (s Settings) findings(p *recommend.Pass) []recommend.Finding {
	places := s.placesOf(p.Cluster, p.Demand)
	var found []recommend.Finding
	for i := range p.Cluster.Workloads {
		w := &p.Cluster.Workloads[i]
		if w.Kind == "DaemonSet" || i >= len(p.SpotRates) || !places.onDemand(w) {
			continue
		}
		found = append(found, s.judge(p, i, places))
	}
	return found
}

// judge puts one workload through every check. Those of the workload come
// first, then its owner's word, then what only prices and nodes decide.
func (s Settings) judge(p *recommend.Pass, i int, places *places) recommend.Finding {
	w, rate := &p.Cluster.Workloads[i], p.SpotRates[i]
	f := recommend.Finding{
		Recommender: Name, Subject: recommend.Subject(p.Cluster.Name, w),
		Status: recommend.Proposed, Confidence: recommend.Medium,
	}
	f.ID = recommend.FindingID(Name, f.Subject)
	low, high := s.net(rate)
	provider := places.provider(w)
	f.Checks = s.checksOf(p.Cluster, w, provider)
	overridden := w.Pod.SpotReady == "true"
	own := len(f.Checks)
	f.Checks = append(f.Checks, word(w))
	demand := recommend.PodOf(w.Containers, p.Demand[i])
	place := places.find(w, provider, demand)
	f.Checks = append(f.Checks, price(rate), gain(rate, low), place.check, movable(w))

	var reasons []string
	for k, c := range f.Checks {
		if c.Verdict == recommend.Passed || overridden && k < own {
			continue
		}
		switch {
		case c.Verdict == recommend.Failed && f.Status != recommend.Withheld:
			f.Status, reasons = recommend.Withheld, nil
		case c.Verdict == recommend.Undecided && f.Status == recommend.Withheld:
			continue
		case c.Verdict == recommend.Undecided:
			f.Status = recommend.Advised
		}
		reasons = append(reasons, c.Name+": "+c.Detail)
	}
	if !rate.Known || rate.Interruption == nil || f.Status == recommend.Advised {
		f.Confidence = recommend.Low // something that it rests on could not be read
	}
	f.Reason = strings.Join(reasons, "; ")
	f.Title = title(f.Status, rate, low, high)
	if f.Status == recommend.Withheld {
		return f // what it would have brought is no one's concern
	}
	if rate.Known {
		f.Evidence = s.assumed(rate, low, high)
	}
	if place.label.Key != "" {
		f.Evidence = append(f.Evidence, recommend.Evidence{Name: "spot nodes", Value: place.detail + "; with this selector pods wait where there is no spot capacity: prefer it by node affinity to fall back on demand"})
		f.Changes = []recommend.Change{{
			Object: f.Subject, Before: selected(w, place.label.Key), After: place.label.Value,
			Path: slices.Concat(recommend.PodSpec(w.Kind), []string{"nodeSelector", place.label.Key}),
		}}
	}
	if f.Status == recommend.Proposed && p.Ignored(Name, f.Subject) == "" {
		places.take(demand)
	}
	return f.WithEffect(recommend.Effect{Workload: i, SpotLow: low, SpotHigh: high})
}

// title shows the range: the discount of the day is in the evidence.
func title(s recommend.Status, r recommend.SpotRate, low, high decimal.Decimal) string {
	switch {
	case s == recommend.Withheld:
		return "Keep it on demand"
	case !r.Known:
		return "Consider spot capacity"
	}
	return fmt.Sprintf("Run it on spot capacity, %s to %s cheaper", pct(low), pct(high))
}

// word is what the workload's owner says.
func word(w *collector.Workload) recommend.Check {
	const name = "owner's word"
	switch w.Pod.SpotReady {
	case "true":
		return yes(name, true, "spot.kubecost.com/spot-ready is true: it overrides the checks above", "")
	case "":
		return yes(name, true, "none", "")
	}
	return yes(name, false, "", "spot.kubecost.com/spot-ready is "+w.Pod.SpotReady)
}

func price(r recommend.SpotRate) recommend.Check {
	if !r.Known {
		return unknown("spot price known", r.Reason)
	}
	return yes("spot price known", true, "", "")
}

// gain passes where even the low end of the range is a saving: so at the worst
// interruption rate of its bucket, or the widest range where none is known.
func gain(r recommend.SpotRate, low decimal.Decimal) recommend.Check {
	const name = "saves at the worst interruption rate"
	if !r.Known {
		return unknown(name, "the price is not known")
	}
	return yes(name, low.IsPositive(), "at least "+pct(low), "at the low end of the range nothing is left")
}

// movable is undecided where a change of the template would not reach the pods.
func movable(w *collector.Workload) recommend.Check {
	const name = "can be changed"
	switch w.Kind {
	case "Job":
		return unknown(name, "a Job's template cannot be changed: set it on the next one")
	case "Pod":
		return unknown(name, "a bare Pod must be deleted and made again")
	case "ReplicaSet":
		return unknown(name, "a bare ReplicaSet does not replace its pods when its template changes")
	}
	return yes(name, true, "", "")
}
