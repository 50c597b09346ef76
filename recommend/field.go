package recommend

import (
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/tuppence-dev/tuppence/collector"
)

// CPU writes an amount of processor time in the API's canonical form: 250m,
// and 2 for two cores. Zero, which is not set, is the empty string.
func CPU(m collector.MilliCPU) string {
	if m == 0 {
		return ""
	}
	return resource.NewMilliQuantity(int64(m), resource.DecimalSI).String()
}

// Memory writes an amount of memory in the API's canonical form: 512Mi, and
// 1Gi for 1024Mi. Zero, which is not set, is the empty string.
func Memory(b collector.Bytes) string {
	if b == 0 {
		return ""
	}
	return resource.NewQuantity(int64(b), resource.BinarySI).String()
}

// Interval writes a duration as people write intervals: 30m and 1h, not 30m0s
// and 1h0m0s. It is in Flux's pattern ([0-9]+(ms|s|m|h))+ for every whole
// number of milliseconds.
func Interval(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// PodSpec is the path from a workload of this kind to its pods' spec: spec for
// a Pod, spec.jobTemplate.spec.template.spec for a CronJob, and
// spec.template.spec for every other.
func PodSpec(kind string) []string {
	switch kind {
	case "Pod":
		return []string{"spec"}
	case "CronJob":
		return []string{"spec", "jobTemplate", "spec", "template", "spec"}
	default:
		return []string{"spec", "template", "spec"}
	}
}

// Subject names the workload as an Object of cluster.
func Subject(cluster string, w *collector.Workload) Object {
	return Object{Cluster: cluster, APIVersion: w.APIVersion, Kind: w.Kind, Namespace: w.Namespace, Name: w.Name}
}

// PodOf is what one pod asks of the scheduler when each container has the
// amount at its index: an amount that is missing is none.
func PodOf(containers []collector.Container, amounts []collector.Resources) collector.Resources {
	i := -1
	return collector.PodRequests(containers, func(*collector.Container) collector.Resources {
		if i++; i < len(amounts) {
			return amounts[i]
		}
		return collector.Resources{}
	})
}

// Room is how many pods fit, by request, into what is free. Pods that ask for
// nothing fit anywhere, in a number that no node reaches.
func Room(free, perPod collector.Resources) int {
	n := int64(1 << 20)
	if perPod.CPU > 0 {
		n = min(n, int64(free.CPU/perPod.CPU))
	}
	if perPod.Memory > 0 {
		n = min(n, int64(free.Memory/perPod.Memory))
	}
	if perPod.GPU > 0 {
		n = min(n, int64(free.GPU/perPod.GPU))
	}
	return int(max(n, 0))
}

// Static reports whether w is a static pod, which the kubelet runs from a file of
// its node and names with it: it comes and goes with the node, as a DaemonSet's
// pods do.
func Static(w *collector.Workload) bool {
	return w.Kind == "Pod" && len(w.Placements) == 1 && w.Placements[0].Node != "" && strings.HasSuffix(w.Name, "-"+w.Placements[0].Node)
}
