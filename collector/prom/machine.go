package prom

import (
	"cmp"
	"context"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"

	"github.com/tuppence-dev/tuppence/collector"
)

// describe makes nodes of lives, in their order, with what kube-state-metrics
// told of each when it was last seen. What it did not tell stays empty.
func (r *run) describe(ctx context.Context, past []life, all []day) []collector.Node {
	nodes := make([]collector.Node, len(past))
	for i, l := range past {
		nodes[i] = collector.Node{Name: l.name, ProviderID: l.id, Provider: collector.ProviderOf(l.id), Removed: l.last}
	}
	size := &extent{namespaces: 1, span: 24 * time.Hour}
	for _, d := range all {
		last := map[string][]int{} // by name: those last seen on this day
		within := day{from: d.to, to: d.from}
		for i, l := range past {
			if !l.last.After(d.from) || l.last.After(d.to) {
				continue
			}
			last[l.name] = append(last[l.name], i)
			within.from = earlier(within.from, l.last.Add(-r.cfg.Step))
			within.to = later(within.to, l.last)
		}
		for names := range slices.Chunk(sortedKeys(last), mostPods) {
			if ctx.Err() != nil {
				return nodes
			}
			err := r.divide(cut([]string{""}, 1, within, size.span), size, r.cfg.Step, func(p piece) error {
				answer, err := r.matrix(ctx, nodeDetailQuery(r.cluster, names),
					v1.Range{Start: p.from.Add(r.cfg.Step), End: p.to, Step: r.cfg.Step})
				for _, s := range answer {
					for _, i := range last[label(s.Metric, "node")] {
						detail(&nodes[i], s)
					}
				}
				return err
			})
			r.done(ctx, err, "nodes that went on "+string(d.Day), nil)
		}
	}
	return nodes
}

// detail takes what a series told of n when it was last seen, and at no other
// time: its name may have been another machine's.
func detail(n *collector.Node, s *model.SampleStream) {
	i := slices.IndexFunc(s.Values, func(v model.SamplePair) bool { return v.Timestamp.Time().Equal(n.Removed) })
	if i < 0 {
		return
	}
	v := float64(s.Values[i].Value)
	switch string(s.Metric[model.MetricNameLabel]) {
	case nodeCreatedMetric:
		if v > 0 && v <= float64(n.Removed.Unix()) {
			n.Created = time.Unix(int64(v), 0).UTC()
		}
	case nodeLabelsMetric:
		labelled(n, s.Metric)
	case capacityMetric:
		sized(&n.Capacity, string(s.Metric["resource"]), v)
	case allocatableMetric:
		sized(&n.Allocatable, string(s.Metric["resource"]), v)
	}
}

// labelled takes the labels that its price depends on. A node without a label of
// capacity is not taken to be on demand, as one that the API server lists is: the
// label may be there and not be exported.
func labelled(n *collector.Node, m model.Metric) {
	value := func(key string) string { return exported(m, key) }
	n.InstanceType = cmp.Or(value("node.kubernetes.io/instance-type"), value("beta.kubernetes.io/instance-type"))
	n.Region = cmp.Or(value("topology.kubernetes.io/region"), value("failure-domain.beta.kubernetes.io/region"))
	n.Zone = cmp.Or(value("topology.kubernetes.io/zone"), value("failure-domain.beta.kubernetes.io/zone"))
	n.Arch = cmp.Or(value("kubernetes.io/arch"), value("beta.kubernetes.io/arch"))
	n.GPUModel = cmp.Or(value("nvidia.com/gpu.product"), value("cloud.google.com/gke-accelerator"))
	capacity, by := collector.CapacityOf(value)
	if by.Key != "" {
		n.CapacityType, n.CapacityLabel = capacity, by
	}
}

// What a label's name loses in kube-state-metrics, whose version 2 writes
// capacityType as capacity_type:
// https://github.com/kubernetes/kube-state-metrics/blob/main/internal/store/utils.go
var (
	notInNames = regexp.MustCompile(`[^a-zA-Z0-9_]`)
	hump       = regexp.MustCompile(`([a-z0-9])([A-Z])`)
)

// exported reads a Kubernetes label off a series of kube_node_labels.
func exported(m model.Metric, key string) string {
	plain := "label_" + notInNames.ReplaceAllString(key, "_")
	snake := strings.ToLower(hump.ReplaceAllString(plain, "${1}_${2}"))
	return string(cmp.Or(m[model.LabelName(snake)], m[model.LabelName(plain)]))
}

// sized adds an amount of a resource, in cores, bytes or pieces, unless it is none
// or more than any node has.
func sized(into *collector.Resources, resource string, v float64) {
	within := func(v, most float64) bool { return v > 0 && v <= most }
	switch {
	case resource == "cpu" && within(v*1000, float64(collector.MaxCPU)):
		into.CPU = collector.MilliCPU(math.Ceil(v * 1000))
	case resource == "memory" && within(v, float64(collector.MaxMemory)):
		into.Memory = collector.Bytes(math.Ceil(v))
	case strings.HasSuffix(resource, "_com_gpu") && within(v, float64(collector.MaxGPU)):
		into.GPU = collector.GPUs(math.Ceil(v))
	}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
