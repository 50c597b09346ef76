package prom

import (
	"context"
	"math"

	"github.com/prometheus/common/model"

	"github.com/tuppence-dev/tuppence/collector"
)

// traffic adds up what the pods of a batch sent on a day, where the network costs
// daemon of Kubecost or OpenCost counts it. Nothing else is read for it, and
// nothing is said where there is none: most clusters have none.
func (r *run) traffic(ctx context.Context, h *homes, size *extent, b batch, d day) {
	if !r.has(egressMetric) {
		return
	}
	sent := false
	whole := r.pieces(ctx, size, b, d, "traffic", func(p piece) error {
		answer, err := r.vector(ctx, egressQuery(r.selector(p), p.to.Sub(p.from)), p.to)
		for _, s := range answer {
			pod := collector.PodRef{Namespace: label(s.Metric, "namespace"), Name: string(s.Metric["pod_name"])}
			if i := h.guess(pod, 0); i >= 0 {
				bill(&r.spent[i].traffic, s)
			}
			sent = true
		}
		return err
	})
	for _, ns := range b.namespaces {
		for _, i := range r.index.byNamespace[ns] {
			r.spent[i].unsent = r.spent[i].unsent || !whole
		}
	}
	if sent {
		r.mu.Lock()
		r.sent[d.Day] = true
		r.mu.Unlock()
	}
}

// bill adds a series to what is billed by where it went: out of the cloud, to
// another region, to another zone. What stays in the zone is free.
func bill(t *collector.Traffic, s *model.Sample) {
	v := float64(s.Value)
	if !(v >= 0 && v <= float64(collector.MaxMemory)) { // NaN too
		return
	}
	t.Measured = true
	same := func(snake, camel model.LabelName) string { return string(s.Metric[snake]) + string(s.Metric[camel]) }
	var into *collector.Bytes
	switch {
	case s.Metric["internet"] == "true":
		into = &t.Internet
	case same("same_region", "sameRegion") == "false":
		into = &t.CrossRegion
	case same("same_zone", "sameZone") == "false":
		into = &t.CrossZone
	default:
		return
	}
	// What is over the most that a recording takes stays just over it.
	n := collector.Bytes(math.Round(v))
	*into = min(*into, collector.MaxMemory+1-n) + n
}

// settleTraffic writes the traffic of workloads of which every day was read.
func (r *run) settleTraffic(all []day) {
	var partly, beyond []string
	for i := range r.c.Workloads {
		w, s := &r.c.Workloads[i], &r.spent[i]
		w.Traffic = collector.Traffic{}
		switch t := s.traffic; {
		case !t.Measured:
		case s.unsent:
			partly = append(partly, w.Namespace+"/"+w.Name)
		case max(t.Internet, t.CrossRegion, t.CrossZone) > collector.MaxMemory:
			beyond = append(beyond, w.Namespace+"/"+w.Name)
		default:
			w.Traffic = t
		}
	}
	if len(partly) > 0 {
		r.note("the traffic of %d workloads is not known, as a part of the window was not read, e.g. %s", len(partly), some(partly))
	}
	if len(beyond) > 0 {
		r.note("the traffic of %d workloads is more than any could send, e.g. %s: it is not taken", len(beyond), some(beyond))
	}
	var empty []string
	for _, d := range all {
		if !r.sent[d.Day] && !r.broken[d.Day] {
			empty = append(empty, string(d.Day))
		}
	}
	if len(r.sent) > 0 && len(empty) > 0 {
		r.note("%s has no samples on %d of %d days (%s): traffic is that of the others", egressMetric, len(empty), len(all), daysText(empty))
	}
}
