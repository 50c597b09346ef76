package kube

import (
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tuppence-dev/tuppence/collector"
)

func node(n *corev1.Node) collector.Node {
	out := collector.Node{
		Name:         n.Name,
		ProviderID:   n.Spec.ProviderID,
		Provider:     collector.ProviderOf(n.Spec.ProviderID),
		InstanceType: firstLabel(n.Labels, corev1.LabelInstanceTypeStable, corev1.LabelInstanceType),
		Region:       firstLabel(n.Labels, corev1.LabelTopologyRegion, corev1.LabelFailureDomainBetaRegion),
		Zone:         firstLabel(n.Labels, corev1.LabelTopologyZone, corev1.LabelFailureDomainBetaZone),
		Arch:         firstLabel(n.Labels, corev1.LabelArchStable, "beta.kubernetes.io/arch"),
		Capacity:     resources(n.Status.Capacity),
		Allocatable:  resources(n.Status.Allocatable),
		GPUModel:     gpuModel(n.Labels),
		Created:      created(&n.ObjectMeta),
	}
	out.CapacityType, out.CapacityLabel = capacityType(n.Labels)
	if out.Arch == "" {
		out.Arch = n.Status.NodeInfo.Architecture
	}
	for _, t := range n.Spec.Taints {
		out.Taints = append(out.Taints, collector.Taint{Key: t.Key, Value: t.Value, Effect: string(t.Effect)})
	}
	return out
}

func firstLabel(labels map[string]string, keys ...string) string {
	for _, k := range keys {
		if v := labels[k]; v != "" {
			return v
		}
	}
	return ""
}

// capacityType is how a node with these labels was bought, and the label that
// says so.
func capacityType(labels map[string]string) (collector.CapacityType, collector.Label) {
	return collector.CapacityOf(func(key string) string { return labels[key] })
}

func resources(l corev1.ResourceList) collector.Resources {
	return collector.Resources{CPU: milli(l[corev1.ResourceCPU]), Memory: byteCount(l[corev1.ResourceMemory]), GPU: gpus(l, "")}
}

// milli is q in millicores, rounded up as the scheduler does: "100u" is 1.
func milli(q resource.Quantity) collector.MilliCPU {
	if q.CmpInt64(int64(collector.MaxCPU)/1000) >= 0 {
		return collector.MaxCPU
	}
	return collector.MilliCPU(max(0, q.MilliValue()))
}

// byteCount is q in bytes, rounded up.
func byteCount(q resource.Quantity) collector.Bytes {
	if q.CmpInt64(int64(collector.MaxMemory)) >= 0 {
		return collector.MaxMemory
	}
	return collector.Bytes(max(0, q.Value()))
}

func created(m *metav1.ObjectMeta) time.Time {
	if m.CreationTimestamp.IsZero() {
		return time.Time{}
	}
	return m.CreationTimestamp.UTC()
}
