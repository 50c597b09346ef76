package kube

import (
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/tuppence-dev/tuppence/collector"
)

// wholeGPUs are the resources that count whole GPUs, as the makers' device
// plug-ins name them. Intel's gpu.intel.com/millicores, tiles and memory.max are
// parts of what i915 and xe count already.
//
// https://kubernetes.io/docs/tasks/manage-gpus/scheduling-gpus/
// https://intel.github.io/intel-device-plugins-for-kubernetes/cmd/gpu_plugin/README.html
var wholeGPUs = [...]corev1.ResourceName{
	"nvidia.com/gpu", "amd.com/gpu", "gpu.intel.com/i915", "gpu.intel.com/xe", "habana.ai/gaudi",
}

// gpus is how many whole GPUs l holds under their names after prefix, which is
// empty but in a quota.
func gpus(l corev1.ResourceList, prefix corev1.ResourceName) collector.GPUs {
	var sum collector.GPUs
	for _, name := range wholeGPUs {
		q := l[prefix+name]
		if q.CmpInt64(int64(collector.MaxGPU)) >= 0 {
			return collector.MaxGPU
		}
		sum += collector.GPUs(max(0, q.Value()))
	}
	return min(sum, collector.MaxGPU)
}

// sliced reports whether l holds parts of GPUs: NVIDIA's MIG slices, or shares of
// one by time. A slice is no GPU, and how much of one it is depends on the model,
// so slices are added to nothing.
func sliced(l corev1.ResourceList) bool {
	for name, q := range l {
		slice := strings.HasPrefix(string(name), "nvidia.com/mig-") || name == "nvidia.com/gpu.shared"
		if slice && q.Sign() > 0 {
			return true
		}
	}
	return false
}

// gpuModel is what the labels call the node's GPU: NVIDIA's feature discovery,
// GKE, Karpenter on AWS, or the label that the cluster autoscaler on AWS goes by.
func gpuModel(labels map[string]string) string {
	return firstLabel(labels, "nvidia.com/gpu.product", "cloud.google.com/gke-accelerator",
		"karpenter.k8s.aws/instance-gpu-name", "k8s.amazonaws.com/accelerator")
}
