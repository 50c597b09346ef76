package gate

import (
	"cmp"
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
)

// namespace is the workload's, nil where none of its bounds was read.
func (c *Case) namespace() *collector.Namespace {
	for i := range c.Cluster.Namespaces {
		if c.Cluster.Namespaces[i].Name == c.Workload.Namespace {
			return &c.Cluster.Namespaces[i]
		}
	}
	return nil
}

// limitRange holds each container and the pod to the namespace's bounds, as the
// admission of its new pods will.
func limitRange(c *Case) recommend.Check {
	list, not := c.containers()
	if not != nil {
		return *not
	}
	if unread(c.Cluster, "limitranges") {
		return undecided("the LimitRanges of namespace %s could not be listed", c.Workload.Namespace)
	}
	ns := c.namespace()
	ratios, err := c.ratios()
	if err != nil {
		return undecided("%s", brief(err.Error()))
	}
	if (ns == nil || len(ns.Limits) == 0) && len(ratios) == 0 {
		return beside("namespace %s has no LimitRange", c.Workload.Namespace)
	}
	var wrong faults
	if ns != nil {
		for _, l := range ns.Limits {
			outside(&wrong, &l, list)
		}
	}
	for i := range ratios {
		overRatio(&wrong, &ratios[i], list)
	}
	if len(wrong) > 0 {
		return fail("%s", said(list, wrong.String()))
	}
	if len(ratios) == 0 {
		return pass("%s", said(list, "within its bounds; a maxLimitRequestRatio of a LimitRange that this overlay doesn't build is not known"))
	}
	return pass("%s", said(list, "within its bounds"))
}

// outside says what of the pod is beyond l. Where no limit is set admission fills
// in l's default.
func outside(wrong *faults, l *collector.LimitRange, list []container) {
	held := func(what string, a amounts) {
		low, high := a.requests, collector.Resources{CPU: max(a.requests.CPU, a.limits.CPU), Memory: max(a.requests.Memory, a.limits.Memory)}
		if low.CPU < l.Min.CPU || l.Max.CPU > 0 && high.CPU > l.Max.CPU {
			wrong.add("%s CPU of %s to %s is outside %s to %s of LimitRange %s", what,
				cpu(low.CPU), cpu(high.CPU), bound(cpu(l.Min.CPU), l.Min.CPU == 0), bound(cpu(l.Max.CPU), l.Max.CPU == 0), l.Name)
		}
		if low.Memory < l.Min.Memory || l.Max.Memory > 0 && high.Memory > l.Max.Memory {
			wrong.add("%s memory of %s to %s is outside %s to %s of LimitRange %s", what,
				memory(low.Memory), memory(high.Memory), bound(memory(l.Min.Memory), l.Min.Memory == 0), bound(memory(l.Max.Memory), l.Max.Memory == 0), l.Name)
		}
	}
	switch l.Type {
	case "Container":
		for i := range list {
			a := list[i].after
			a.limits = collector.Resources{CPU: cmp.Or(a.limits.CPU, l.Default.CPU), Memory: cmp.Or(a.limits.Memory, l.Default.Memory)}
			a.requests.CPU = cmp.Or(a.requests.CPU, l.DefaultRequest.CPU, a.limits.CPU)
			a.requests.Memory = cmp.Or(a.requests.Memory, l.DefaultRequest.Memory, a.limits.Memory)
			held(list[i].Name, a)
		}
	case "Pod":
		held("the pod's", amounts{pod(list, requestsAfter), pod(list, limitsAfter)})
	}
}

func bound(s string, none bool) string {
	if none {
		return "any"
	}
	return s
}

// ratios are the namespace's LimitRange items with a maxLimitRequestRatio, of
// those that the overlay builds: recordings don't hold them.
func (c *Case) ratios() ([]corev1.LimitRangeItem, error) {
	var out []corev1.LimitRangeItem
	for _, obj := range c.Build {
		k := keyOf(obj)
		if k.kind != "LimitRange" || k.group != "" || k.namespace != "" && k.namespace != c.Workload.Namespace {
			continue
		}
		l, err := decode[corev1.LimitRange](obj)
		if err != nil {
			return nil, err
		}
		for _, i := range l.Spec.Limits {
			if i.Type == corev1.LimitTypeContainer && len(i.MaxLimitRequestRatio) > 0 {
				out = append(out, i)
			}
		}
	}
	return out, nil
}

// overRatio says which container's limit is more times its request than allowed.
func overRatio(wrong *faults, item *corev1.LimitRangeItem, list []container) {
	for _, k := range list {
		for _, r := range []struct {
			name           corev1.ResourceName
			limit, request int64
		}{
			{corev1.ResourceCPU, int64(k.after.limits.CPU), int64(k.after.requests.CPU)},
			{corev1.ResourceMemory, int64(k.after.limits.Memory), int64(k.after.requests.Memory)},
		} {
			most, ok := item.MaxLimitRequestRatio[r.name]
			if !ok || r.request == 0 || r.limit == 0 {
				continue
			}
			if ratio := float64(r.limit) / float64(r.request); ratio > most.AsApproximateFloat64() {
				wrong.add("%s %s limit is %.3g times its request, over maxLimitRequestRatio %s", k.Name, r.name, ratio, most.String())
			}
		}
	}
}

// cpu and memory write an amount that may be none.
func cpu(m collector.MilliCPU) string { return cmp.Or(recommend.CPU(m), "0") }

func memory(b collector.Bytes) string { return cmp.Or(recommend.Memory(b), "0") }

// amount writes what is set of r.
func amount(r collector.Resources) string {
	return fmt.Sprintf("%s CPU and %s of memory", cpu(r.CPU), memory(r.Memory))
}
