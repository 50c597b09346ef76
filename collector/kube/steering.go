package kube

import (
	"cmp"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/tuppence-dev/tuppence/collector"
)

// Custom resources that decide what a workload's pods ask for, or where that is
// written: VerticalPodAutoscalers, and Flagger's canaries.
var (
	verticalResource = schema.GroupVersionResource{Group: "autoscaling.k8s.io", Version: "v1", Resource: "verticalpodautoscalers"}
	canaryResource   = schema.GroupVersionResource{Group: "flagger.app", Version: "v1beta1", Resource: "canaries"}
)

// vertical is a VPA with what it sizes.
type vertical struct {
	target collector.WorkloadRef
	vpa    collector.VPA
}

// verticalOf converts one VPA. Without a mode it is Auto.
// https://github.com/kubernetes/autoscaler/blob/master/vertical-pod-autoscaler/docs/api.md
func verticalOf(u *unstructured.Unstructured) vertical {
	return vertical{
		target: refAt(u.Object, u.GetNamespace(), "spec", "targetRef"),
		vpa:    collector.VPA{Name: u.GetName(), Mode: cmp.Or(textAt(u.Object, "spec", "updatePolicy", "updateMode"), "Auto")},
	}
}

// inCharge gives each workload its VPA: of several one that is in charge, then the
// first by name.
func inCharge(all []vertical) map[key]collector.VPA {
	order := func(a, b collector.VPA) int {
		if off := a.Mode == "Off"; off != (b.Mode == "Off") {
			if off {
				return 1
			}
			return -1
		}
		return cmp.Compare(a.Name, b.Name)
	}
	found := map[key]collector.VPA{}
	for _, v := range all {
		k := keyOf(v.target)
		if other, ok := found[k]; !ok || order(v.vpa, other) < 0 {
			found[k] = v.vpa
		}
	}
	return found
}

// flagged marks what Flagger makes: its copy NAME-primary of a workload NAME runs
// the pods, and NAME is scaled to zero; likewise of an HPA.
// https://docs.flagger.app/usage/how-it-works#canary-target
const flagged = "-primary"

// canary is what Flagger makes copies of.
type canary struct {
	name   string
	target collector.WorkloadRef
	hpa    string // empty: none, or it is KEDA's
}

func canaryOf(u *unstructured.Unstructured) canary {
	c := canary{name: u.GetName(), target: refAt(u.Object, u.GetNamespace(), "spec", "targetRef")}
	if textAt(u.Object, "spec", "autoscalerRef", "kind") == "HorizontalPodAutoscaler" {
		c.hpa = textAt(u.Object, "spec", "autoscalerRef", "name")
	}
	return c
}

// aim gives workloads that a person edits elsewhere their Target: Rollouts that
// borrow a template, with that template, and Flagger's copies, with what applies
// the original, as Flagger leaves that out.
func (j *join) aim(canaries []canary) {
	for _, w := range j.workloads {
		if w.borrows.Name == "" {
			continue
		}
		w.Target = w.borrows
		if from := j.workloads[keyOf(w.borrows)]; from != nil {
			w.Target = from.Ref()
			if from.borrows.Name == "" { // one that has a template of its own
				w.template = cmp.Or(w.template, from.template)
			}
		}
	}
	sorted := slices.SortedFunc(slices.Values(canaries), func(a, b canary) int { return cmp.Compare(a.name, b.name) })
	for _, c := range sorted {
		k := keyOf(c.target)
		k.name += flagged
		copied := j.workloads[k]
		if copied == nil || copied.Target.Name != "" {
			continue
		}
		copied.Target, copied.hpaFrom = c.target, c.hpa
		if from := j.workloads[keyOf(c.target)]; from != nil {
			copied.Target, copied.Origin = from.Ref(), cmp.Or(copied.Origin, from.Origin)
		}
	}
}
