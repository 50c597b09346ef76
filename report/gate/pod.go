package gate

import (
	"cmp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
)

// amounts is what one container asks for and may use at most. Zero is not set.
type amounts struct{ requests, limits collector.Resources }

// container is one of the workload's, as it is and as the change makes it.
type container struct {
	*collector.Container // its name, role and usage
	before, after        amounts
	live                 []string // figures of after that Git leaves out: "memory limit"
}

// containers joins the live ones, injected ones included, with Git's rendering.
// A figure that Git sets after the change stands; one that it sets on neither
// side is the live pod's, from a LimitRange or a webhook; one that the change
// takes away is not set. The second answer is the check to give where that can't
// be known, else nil.
func (c *Case) containers() ([]container, *recommend.Check) {
	if c.Workload == nil {
		return nil, new(beside("%s is not a workload", c.Finding.Subject.Kind))
	}
	r, ok := c.pods()
	if !ok {
		return nil, new(undecided("no object that the change reaches has the pod template of %s", c.Finding.Subject))
	}
	before, err := podSpec(r.Before)
	if err != nil {
		return nil, new(undecided("%s", brief(err.Error())))
	}
	after, err := podSpec(r.After)
	if err != nil {
		return nil, new(undecided("%s", brief(err.Error())))
	}
	old, fresh := written(&before), written(&after)
	var out []container
	for i := range c.Workload.Containers {
		k := container{Container: &c.Workload.Containers[i]}
		k.before = amounts{k.Requests, k.Limits}
		k.after = k.overlaid(old[k.Name], fresh[k.Name])
		out = append(out, k)
	}
	for i, spec := range containersOf(&after) {
		if !slices.ContainsFunc(out, func(k container) bool { return k.Name == spec.Name }) {
			out = append(out, unborn(&spec, i < len(after.InitContainers), old[spec.Name], fresh[spec.Name]))
		}
	}
	return out, nil
}

// containersOf is every container of spec in the order they start in.
func containersOf(spec *corev1.PodSpec) []corev1.Container {
	return slices.Concat(spec.InitContainers, spec.Containers)
}

// figures is what Git writes of one container; nil is left out.
type figures struct{ requestCPU, requestMemory, limitCPU, limitMemory *int64 }

// written is what Git writes of each container, by name. The API server asks for
// the limit where it is set and the request isn't.
func written(spec *corev1.PodSpec) map[string]figures {
	out := map[string]figures{}
	for _, k := range containersOf(spec) {
		f := figures{
			requestCPU: milli(k.Resources.Requests), requestMemory: byteCount(k.Resources.Requests),
			limitCPU: milli(k.Resources.Limits), limitMemory: byteCount(k.Resources.Limits),
		}
		f.requestCPU, f.requestMemory = cmp.Or(f.requestCPU, f.limitCPU), cmp.Or(f.requestMemory, f.limitMemory)
		out[k.Name] = f
	}
	return out
}

// milli is the list's processor time in millicores, rounded up as the scheduler
// does and at most what a recording holds.
func milli(l corev1.ResourceList) *int64 {
	q, ok := l[corev1.ResourceCPU]
	if !ok {
		return nil
	}
	if q.CmpInt64(int64(collector.MaxCPU)/1000) >= 0 {
		return new(int64(collector.MaxCPU))
	}
	return new(max(0, q.MilliValue()))
}

// byteCount is the list's memory in bytes, rounded up and bounded likewise.
func byteCount(l corev1.ResourceList) *int64 {
	q, ok := l[corev1.ResourceMemory]
	if !ok {
		return nil
	}
	if q.Cmp(*resource.NewQuantity(int64(collector.MaxMemory), resource.BinarySI)) >= 0 {
		return new(int64(collector.MaxMemory))
	}
	return new(max(0, q.Value()))
}

// overlaid is what k has after the change, from what Git writes before and after.
func (k *container) overlaid(old, fresh figures) amounts {
	pick := func(what string, old, fresh *int64, live int64) int64 {
		switch {
		case fresh != nil:
			return *fresh
		case old != nil:
			return 0 // the change takes it away
		case live > 0:
			k.live = append(k.live, what)
		}
		return live
	}
	return amounts{
		requests: collector.Resources{
			CPU:    collector.MilliCPU(pick("CPU request", old.requestCPU, fresh.requestCPU, int64(k.Requests.CPU))),
			Memory: collector.Bytes(pick("memory request", old.requestMemory, fresh.requestMemory, int64(k.Requests.Memory))),
			GPU:    k.Requests.GPU,
		},
		limits: collector.Resources{
			CPU:    collector.MilliCPU(pick("CPU limit", old.limitCPU, fresh.limitCPU, int64(k.Limits.CPU))),
			Memory: collector.Bytes(pick("memory limit", old.limitMemory, fresh.limitMemory, int64(k.Limits.Memory))),
			GPU:    k.Limits.GPU,
		},
	}
}

// unborn is a container that Git builds and no live pod has yet.
func unborn(spec *corev1.Container, init bool, old, fresh figures) container {
	k := container{Container: &collector.Container{Name: spec.Name}}
	switch {
	case spec.RestartPolicy != nil && *spec.RestartPolicy == corev1.ContainerRestartPolicyAlways:
		k.Role = collector.Sidecar
	case init:
		k.Role = collector.Init
	}
	k.before, k.after = k.overlaid(figures{}, old), k.overlaid(old, fresh)
	return k
}

// changes reports whether any figure of k changes.
func (k *container) changes() bool { return k.before != k.after }

// pod is what one pod asks of the scheduler when each container has the amount
// that of gives.
func pod(list []container, of func(*container) collector.Resources) collector.Resources {
	containers, amounts := make([]collector.Container, len(list)), make([]collector.Resources, len(list))
	for i := range list {
		containers[i], amounts[i] = *list[i].Container, of(&list[i])
	}
	return recommend.PodOf(containers, amounts)
}

func requestsBefore(k *container) collector.Resources { return k.before.requests }
func requestsAfter(k *container) collector.Resources  { return k.after.requests }
func limitsBefore(k *container) collector.Resources   { return k.before.limits }
func limitsAfter(k *container) collector.Resources    { return k.after.limits }

// resized reports whether the change gives any container another size.
func resized(list []container) bool {
	return slices.ContainsFunc(list, func(k container) bool { return k.changes() })
}

// said adds to a detail which of the figures that it rests on Git leaves out.
func said(list []container, detail string) string {
	var from []string
	for _, k := range list {
		if len(k.live) > 0 {
			from = append(from, k.Name+" "+strings.Join(k.live, ", "))
		}
	}
	if len(from) == 0 {
		return detail
	}
	slices.Sort(from)
	return detail + " (from the live pod, as Git leaves it out: " + strings.Join(from, "; ") + ")"
}
