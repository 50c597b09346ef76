package kube

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/tuppence-dev/tuppence/collector"
)

// Argo Rollouts' one kind that runs pods.
// https://argoproj.github.io/argo-rollouts/features/specification/
const rolloutVersion = "argoproj.io/v1alpha1"

var rolloutResource = schema.GroupVersionResource{Group: "argoproj.io", Version: "v1alpha1", Resource: "rollouts"}

// rollout converts one Rollout. Its own template, or the name of the Deployment
// that it takes one from.
func rollout(u *unstructured.Unstructured) workload {
	m := metav1.ObjectMeta{
		Namespace: u.GetNamespace(), Name: u.GetName(), CreationTimestamp: u.GetCreationTimestamp(),
		Labels: u.GetLabels(), Annotations: u.GetAnnotations(),
	}
	spec, _, _ := unstructured.NestedMap(u.Object, "spec")
	t, err := rolloutTemplate(spec)
	w := newWorkload(rolloutVersion, "Rollout", &m, nil, t)
	if err != nil {
		w.problem = fmt.Sprintf("rollout %s/%s: its pod template cannot be read: %v", w.Namespace, w.Name, err)
	}
	if n, ok := spec["replicas"].(int64); ok {
		w.Replicas = int(min(max(n, 0), collector.MaxPods))
	}
	if ref := refAt(u.Object, w.Namespace, "spec", "workloadRef"); ref.Kind != "" && ref.Name != "" {
		w.borrows = ref
	}
	w.Rollout = rolloutStrategy(spec)
	return w
}

func rolloutTemplate(spec map[string]any) (*corev1.PodTemplateSpec, error) {
	raw, found, err := unstructured.NestedMap(spec, "template")
	if err != nil || !found {
		return nil, err
	}
	t := &corev1.PodTemplateSpec{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(raw, t); err != nil {
		return nil, err
	}
	// The API server does not look into a Rollout's template as it does into a pod.
	named := map[string]bool{}
	for _, c := range slices.Concat(t.Spec.InitContainers, t.Spec.Containers) {
		if c.Name == "" || named[c.Name] {
			return nil, fmt.Errorf("container %q has no name of its own", c.Name)
		}
		named[c.Name] = true
	}
	return t, nil
}

func rolloutStrategy(spec map[string]any) collector.Strategy {
	strategy, _, _ := unstructured.NestedMap(spec, "strategy")
	if canary, ok := strategy["canary"].(map[string]any); ok {
		return collector.Strategy{
			Type:           "Canary",
			MaxUnavailable: intOrString(canary["maxUnavailable"]),
			MaxSurge:       intOrString(canary["maxSurge"]),
		}
	}
	if _, ok := strategy["blueGreen"]; ok {
		return collector.Strategy{Type: "BlueGreen"}
	}
	return collector.Strategy{}
}
