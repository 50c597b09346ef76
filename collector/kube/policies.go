package kube

import (
	"cmp"
	"slices"
	"strconv"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/tuppence-dev/tuppence/collector"
)

// autoscaler is an HPA with what it scales.
type autoscaler struct {
	target collector.WorkloadRef
	hpa    collector.HPA
}

func autoscalerOf(h *autoscalingv2.HorizontalPodAutoscaler) autoscaler {
	t := h.Spec.ScaleTargetRef
	out := autoscaler{
		target: collector.WorkloadRef{APIVersion: t.APIVersion, Kind: t.Kind, Namespace: h.Namespace, Name: t.Name},
		hpa:    collector.HPA{Name: h.Name, Min: 1, Max: int(h.Spec.MaxReplicas)},
	}
	if h.Spec.MinReplicas != nil {
		out.hpa.Min = int(*h.Spec.MinReplicas)
	}
	for i := range h.Spec.Metrics {
		addMetric(&out.hpa, &h.Spec.Metrics[i])
	}
	return out
}

// addMetric notes a target of utilisation, which is a percentage of the request
// and so moves when the request does; everything else is Other. Where two metrics
// name one resource the lower target stands: it scales first.
func addMetric(hpa *collector.HPA, m *autoscalingv2.MetricSpec) {
	var name corev1.ResourceName
	var target autoscalingv2.MetricTarget
	switch {
	case m.Type == autoscalingv2.ResourceMetricSourceType && m.Resource != nil:
		name, target = m.Resource.Name, m.Resource.Target
	case m.Type == autoscalingv2.ContainerResourceMetricSourceType && m.ContainerResource != nil:
		name, target = m.ContainerResource.Name, m.ContainerResource.Target
	}
	field := map[corev1.ResourceName]*int{
		corev1.ResourceCPU: &hpa.CPUTarget, corev1.ResourceMemory: &hpa.MemoryTarget}[name]
	if field == nil || target.Type != autoscalingv2.UtilizationMetricType || target.AverageUtilization == nil {
		hpa.Other = true
		return
	}
	percent := int(*target.AverageUtilization)
	if *field == 0 || percent < *field {
		*field = percent
	}
}

// budget is a PodDisruptionBudget with the pods it selects.
type budget struct {
	namespace string
	selector  labels.Selector
	pdb       collector.PDB
}

func budgetOf(p *policyv1.PodDisruptionBudget) budget {
	selector, err := metav1.LabelSelectorAsSelector(p.Spec.Selector)
	if err != nil {
		selector = labels.Nothing() // the API server refuses such a selector
	}
	return budget{namespace: p.Namespace, selector: selector, pdb: collector.PDB{
		Name:               p.Name,
		MinAvailable:       bound(p.Spec.MinAvailable),
		MaxUnavailable:     bound(p.Spec.MaxUnavailable),
		DisruptionsAllowed: int(max(0, p.Status.DisruptionsAllowed)),
	}}
}

func bound(v *intstr.IntOrString) string {
	switch {
	case v == nil:
		return ""
	case v.Type == intstr.Int:
		return strconv.Itoa(int(v.IntVal))
	}
	return v.StrVal
}

// budgetFor returns the budget that selects pods of these labels, nil where none
// does. Of several the one that allows the fewest disruptions now stands, then
// the first by name; the eviction API refuses pods that have more than one.
func budgetFor(budgets []budget, namespace string, podLabels map[string]string) *collector.PDB {
	var found []collector.PDB
	for _, b := range budgets {
		if b.namespace == namespace && b.selector.Matches(labels.Set(podLabels)) {
			found = append(found, b.pdb)
		}
	}
	if len(found) == 0 {
		return nil
	}
	first := slices.MinFunc(found, func(a, b collector.PDB) int {
		return cmp.Or(cmp.Compare(a.DisruptionsAllowed, b.DisruptionsAllowed), cmp.Compare(a.Name, b.Name))
	})
	return &first
}

// limitRange returns the items of l that bound CPU, memory or GPUs.
func limitRange(l *corev1.LimitRange) collector.Namespace {
	out := collector.Namespace{Name: l.Namespace}
	for _, i := range l.Spec.Limits {
		item := collector.LimitRange{
			Name: l.Name, Type: string(i.Type),
			Min: resources(i.Min), Max: resources(i.Max),
			Default: resources(i.Default), DefaultRequest: resources(i.DefaultRequest),
		}
		if item != (collector.LimitRange{Name: l.Name, Type: string(i.Type)}) {
			out.Limits = append(out.Limits, item)
		}
	}
	return out
}

// quota returns q where it bounds CPU, memory or GPUs. A quota with scopes counts for
// all pods: to a change of requests that errs on the side of care.
func quota(q *corev1.ResourceQuota) collector.Namespace {
	hard, used := q.Spec.Hard, q.Status.Used
	out := collector.Quota{
		Name:         q.Name,
		HardRequests: requestsOf(hard), UsedRequests: requestsOf(used),
		HardLimits: limitsOf(hard), UsedLimits: limitsOf(used),
	}
	if out.HardRequests == (collector.Resources{}) && out.HardLimits == (collector.Resources{}) {
		return collector.Namespace{Name: q.Namespace}
	}
	return collector.Namespace{Name: q.Namespace, Quotas: []collector.Quota{out}}
}

// requestsOf reads a quota's requests, which may be written with or without
// "requests."; the stricter of the two stands.
func requestsOf(l corev1.ResourceList) collector.Resources {
	short := resources(l)
	long := collector.Resources{CPU: milli(l[corev1.ResourceRequestsCPU]), Memory: byteCount(l[corev1.ResourceRequestsMemory]),
		GPU: gpus(l, corev1.DefaultResourceRequestsPrefix)}
	return collector.Resources{CPU: smaller(short.CPU, long.CPU), Memory: smaller(short.Memory, long.Memory), GPU: smaller(short.GPU, long.GPU)}
}

func limitsOf(l corev1.ResourceList) collector.Resources {
	return collector.Resources{CPU: milli(l[corev1.ResourceLimitsCPU]), Memory: byteCount(l[corev1.ResourceLimitsMemory])}
}

// smaller is the smaller of two bounds of which zero means none.
func smaller[T ~int64](a, b T) T {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

// namespaces joins the policies of each namespace, leaving out those that bound
// nothing and whose owner wants advice.
func namespaces(parts ...[]collector.Namespace) []collector.Namespace {
	byName := map[string]*collector.Namespace{}
	for _, p := range slices.Concat(parts...) {
		if len(p.Limits)+len(p.Quotas) == 0 && p.Ignore == "" {
			continue
		}
		n := byName[p.Name]
		if n == nil {
			n = &collector.Namespace{Name: p.Name}
			byName[p.Name] = n
		}
		n.Limits = append(n.Limits, p.Limits...)
		n.Quotas = append(n.Quotas, p.Quotas...)
		n.Ignore = cmp.Or(n.Ignore, p.Ignore)
	}
	var out []collector.Namespace
	for _, n := range byName {
		out = append(out, *n)
	}
	slices.SortFunc(out, func(a, b collector.Namespace) int { return cmp.Compare(a.Name, b.Name) })
	return out
}
