package gate

import (
	"cmp"
	"math"

	autoscalingv1 "k8s.io/api/autoscaling/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
)

// hpaConsistent holds that an HPA which scales by a share of a request scales
// where it did. At 80 % of 500m a pod is added from 400m of use; with a request of
// 400m and the same 80 % that would be 320m. A target of 100 % keeps it at 400m.
func hpaConsistent(c *Case) recommend.Check {
	list, not := c.containers()
	if not != nil {
		return *not
	}
	before, after, not := c.targets()
	if not != nil {
		return *not
	}
	var moved faults
	tied := false
	for t, old := range before {
		b, a := t.of(list, func(k *container) amounts { return k.before }), t.of(list, func(k *container) amounts { return k.after })
		fresh, still := after[t]
		if !still || b == a && old == fresh {
			continue
		}
		tied = true
		// The target that scales where the old one did, to the nearest whole percent.
		if want := math.Round(float64(old) * b / a); a <= 0 || math.Abs(want-float64(fresh)) > 0 {
			moved.add("%s scaled at %d %% of %s, and would at %d %% of %s", t, old, t.write(b), fresh, t.write(a))
		}
	}
	switch {
	case len(moved) > 0:
		return fail("%s", moved)
	case !tied:
		return beside("no HPA scales by a request that changes")
	}
	return pass("the targets move with the requests")
}

// target is what an HPA's metric is a share of: one container's request, or, with
// no name, the whole pod's.
type target struct {
	memory    bool
	container string
}

func (t target) String() string {
	name := "CPU"
	if t.memory {
		name = "memory"
	}
	if t.container == "" {
		return name
	}
	return t.container + " " + name
}

// of is the request in millicores or bytes. Init containers are no part of it.
func (t target) of(list []container, side func(*container) amounts) float64 {
	var sum float64
	for i := range list {
		k := &list[i]
		if k.Role == collector.Init || t.container != "" && k.Name != t.container {
			continue
		}
		if r := side(k).requests; t.memory {
			sum += float64(r.Memory)
		} else {
			sum += float64(r.CPU)
		}
	}
	return sum
}

func (t target) write(v float64) string {
	if t.memory {
		return memory(collector.Bytes(min(v, math.MaxInt64/2)))
	}
	return cpu(collector.MilliCPU(v))
}

// targets are the shares, in percent, at which the workload's HPA scales before
// and after the change: those that Git builds, where the change reaches the HPA or
// the overlay has it, else the live one's, which the change then leaves alone.
func (c *Case) targets() (before, after map[target]int, not *recommend.Check) {
	w := c.Workload
	found := Rendered{}
	for _, obj := range c.Build {
		if scales(obj, w) {
			found = Rendered{obj, obj}
		}
	}
	for _, r := range c.Objects {
		if scales(r.After, w) {
			found = r
		}
	}
	switch {
	case found.After != nil:
		before, err := shares(found.Before)
		if err != nil {
			return nil, nil, new(undecided("%s", brief(err.Error())))
		}
		after, err := shares(found.After)
		if err != nil {
			return nil, nil, new(undecided("%s", brief(err.Error())))
		}
		return before, after, nil
	case w.HPA != nil:
		before = map[target]int{}
		if w.HPA.CPUTarget > 0 {
			before[target{}] = w.HPA.CPUTarget
		}
		if w.HPA.MemoryTarget > 0 {
			before[target{memory: true}] = w.HPA.MemoryTarget
		}
		return before, before, nil
	case unread(c.Cluster, "horizontalpodautoscalers.autoscaling"):
		return nil, nil, new(undecided("the cluster's HPAs could not be listed"))
	}
	return nil, nil, nil
}

// scales reports whether obj is an HPA of w.
func scales(obj map[string]any, w *collector.Workload) bool {
	return str(obj, "kind") == "HorizontalPodAutoscaler" && aims(obj, w, "spec", "scaleTargetRef")
}

// aims reports whether the reference at path in obj names w.
func aims(obj map[string]any, w *collector.Workload, path ...string) bool {
	ref, ok := at(obj, path...).(map[string]any)
	if !ok {
		return false
	}
	k := key{groupOf(str(ref, "apiVersion")), str(ref, "kind"), str(obj, "metadata", "namespace"), str(ref, "name")}
	return k.is(key{groupOf(w.APIVersion), w.Kind, w.Namespace, w.Name})
}

// shares are the metrics of an HPA that are a share of a request. Of two of one
// name the lower stands: it scales first.
func shares(obj map[string]any) (map[target]int, error) {
	h, err := decode[autoscalingv2.HorizontalPodAutoscaler](obj)
	if err != nil {
		return nil, err
	}
	old, err := decode[autoscalingv1.HorizontalPodAutoscaler](obj)
	if err != nil {
		return nil, err
	}
	out := map[target]int{}
	add := func(name corev1.ResourceName, container string, share *int32) {
		t := target{memory: name == corev1.ResourceMemory, container: container}
		if share == nil || name != corev1.ResourceCPU && !t.memory {
			return
		}
		if lower, ok := out[t]; !ok || int(*share) < lower {
			out[t] = int(*share)
		}
	}
	add(corev1.ResourceCPU, "", old.Spec.TargetCPUUtilizationPercentage) // autoscaling/v1 has this alone
	for _, m := range h.Spec.Metrics {
		if r := m.Resource; r != nil {
			add(r.Name, "", r.Target.AverageUtilization)
		}
		if r := m.ContainerResource; r != nil {
			add(r.Name, r.Container, r.Target.AverageUtilization)
		}
	}
	return out, nil
}

// vpa holds that no VerticalPodAutoscaler sets the sizes that the change sets.
func vpa(c *Case) recommend.Check {
	list, not := c.containers()
	if not != nil {
		return *not
	}
	if !resized(list) {
		return beside("no size changes")
	}
	if w := c.Workload; w != nil && w.VPA != nil && w.VPA.Mode != "Off" {
		return fail("the cluster's VerticalPodAutoscaler %s sets its sizes itself (updateMode %s)", w.VPA.Name, cmp.Or(w.VPA.Mode, "Auto, the default"))
	}
	for _, obj := range c.Build {
		if str(obj, "kind") != "VerticalPodAutoscaler" || !aims(obj, c.Workload, "spec", "targetRef") {
			continue
		}
		mode := str(obj, "spec", "updatePolicy", "updateMode")
		switch mode {
		case "Off":
			return pass("%s only advises", keyOf(obj))
		case "":
			mode = "Auto, the default"
		}
		return fail("%s sets its sizes itself (updateMode %s)", keyOf(obj), mode)
	}
	return pass("none in charge, in the cluster or among what the overlay builds")
}
