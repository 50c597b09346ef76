package prom

import (
	"context"
	"errors"
	"maps"
	"math"
	"slices"
	"time"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"

	"github.com/tuppence-dev/tuppence/collector"
)

// meter asks the questions whose answers only intervals need. What it could not be
// told is a gap of theirs; after a failure that is no matter of size it asks no more.
type meter struct {
	*run
	deaf bool
}

// meters fills what is known of controllers at work.
func (r *run) meters(ctx context.Context) {
	m := &meter{run: r}
	o := r.owned()
	m.works(ctx, o)
	m.argoWorks(ctx)
	m.costs(ctx, o)
}

// sortedTimes are the steps of m in order: sums of floats hang on it.
func sortedTimes(m map[model.Time]float64) []model.Time { return slices.Sorted(maps.Keys(m)) }

// series asks for values as they are, from from to the window's end, in as many
// pieces as the server wants it, and joins the pieces of each series.
func (m *meter) series(ctx context.Context, query, what string, from time.Time, step time.Duration) (all []*model.SampleStream, ok bool) {
	if m.deaf || ctx.Err() != nil {
		return nil, false
	}
	to := m.w.End.Truncate(step)
	from = to.Add(-to.Sub(from).Truncate(step))
	found := map[model.Fingerprint]*model.SampleStream{}
	size := &extent{namespaces: 1, span: to.Sub(from)}
	err := m.divide([]piece{{from: from, to: to}}, size, step, func(p piece) error {
		answer, err := m.matrix(ctx, query, v1.Range{Start: p.from, End: p.to, Step: step})
		for _, s := range answer {
			f := s.Metric.Fingerprint()
			if found[f] == nil {
				found[f] = &model.SampleStream{Metric: s.Metric}
				all = append(all, found[f])
			}
			found[f].Values = join(found[f].Values, s.Values)
		}
		return err
	})
	if err != nil && ctx.Err() == nil {
		m.miss(err, what)
	}
	return all, err == nil
}

// miss notes a question without an answer.
func (m *meter) miss(err error, what string) {
	f, ok := errors.AsType[*Fault](err)
	if !ok {
		return
	}
	m.deaf = f.kind != heavy && f.kind != slow
	m.c.AddGap(collector.Intervals, "asking for "+what+": "+advised(f).Error())
}

// join adds later values to earlier ones, the one that both have once.
func join(earlier, later []model.SamplePair) []model.SamplePair {
	if n := len(earlier); n > 0 && len(later) > 0 && later[0].Timestamp <= earlier[n-1].Timestamp {
		later = later[1:]
	}
	return append(earlier, later...)
}

// flow is what counters grew by together, in each step in which all of them were
// seen whole, by the end of the step.
type flow struct {
	by     map[model.Time]float64
	broken map[model.Time]bool // steps of which a part was not seen
	reset  bool
	pods   map[string]bool
	step   time.Duration
}

func newFlow(step time.Duration) *flow {
	return &flow{by: map[model.Time]float64{}, broken: map[model.Time]bool{}, pods: map[string]bool{}, step: step}
}

// most is how much a counter may grow in a step: far more than any does, and far
// less than what sums of it could not bear.
const most = 1e12

// add adds one counter, each value worth so much, over the steps from from to to. In
// the step in which it starts, ends, falls or has no value, how far it grew is not
// known, and so neither is what all of them did.
func (f *flow) add(s *model.SampleStream, weight float64, from, to model.Time) {
	step := model.Time(f.step.Milliseconds())
	f.pods[podOf(s.Metric).Name] = true
	for i, v := range s.Values {
		switch {
		case i == 0 && v.Timestamp > from:
			f.broken[v.Timestamp] = true
		case i > 0 && v.Timestamp-s.Values[i-1].Timestamp != step:
			f.broken[v.Timestamp], f.broken[s.Values[i-1].Timestamp+step] = true, true
		case i > 0:
			by := float64(v.Value - s.Values[i-1].Value)
			f.reset = f.reset || by < 0
			if by >= 0 && by < most { // not NaN either
				f.by[v.Timestamp] += by * weight
			} else {
				f.broken[v.Timestamp] = true
			}
		}
		if i == len(s.Values)-1 && v.Timestamp < to {
			f.broken[v.Timestamp+step] = true
		}
	}
}

// at is what the counters grew by in a step, where that was seen whole.
func (f *flow) at(t model.Time) (float64, bool) {
	if f == nil || f.broken[t] {
		return 0, false
	}
	by, ok := f.by[t]
	return by, ok
}

// total is what they grew by in all steps in which any was seen, broken ones
// included: a part of a count is no less true for what is missing.
func (f *flow) total() (sum float64, span time.Duration) {
	if f == nil {
		return 0, 0
	}
	for _, t := range sortedTimes(f.by) {
		sum += f.by[t]
	}
	return sum, time.Duration(len(f.by)) * f.step
}

// peak is the most that they grew by in a step that was seen whole.
func (f *flow) peak() float64 {
	highest := 0.0
	for t := range f.by {
		if by, ok := f.at(t); ok {
			highest = max(highest, by)
		}
	}
	return highest
}

func (f *flow) counted() collector.Counted {
	sum, span := f.total()
	return collector.Counted{Count: whole(sum), Span: collector.Duration{Duration: span}}
}

// whole is v as a count that a recording takes.
func whole(v float64) int64 { return min(int64(math.Round(min(v, 1e18))), mostRequests) }

// seconds is v as a time that a recording takes: a hundred years of workers at most.
func seconds(v float64) collector.Duration {
	const century = 100 * 365 * 24 * 3600
	return collector.Duration{Duration: time.Duration(min(v, century) * float64(time.Second)).Round(time.Millisecond)}
}

// edges are the ends of the steps that a window is read in.
func (m *meter) edges(from time.Time, step time.Duration) (first, last model.Time) {
	to := m.w.End.Truncate(step)
	return model.TimeFromUnixNano(to.Add(-to.Sub(from).Truncate(step)).UnixNano()), model.TimeFromUnixNano(to.UnixNano())
}
