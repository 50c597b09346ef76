package rightsize

import (
	"fmt"
	"slices"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
)

// propose turns the sizes of container k into proposals, each with what stands
// in its way.
func (j *job) propose(k int, z sized) {
	c := &j.w.Containers[k]
	before := len(j.proposals)
	// A limit is never under the request that stands: an HPA may keep 1Gi of
	// request where 500Mi of limit would do, and the API server refuses that.
	request, _ := j.obstacle(c, "requests", "memory")
	if limit, _ := j.obstacle(c, "limits", "memory"); limit != request && z.limits.Memory > 0 {
		z.limits.Memory = max(z.limits.Memory, c.Requests.Memory)
	}
	j.one(k, "requests", "cpu", recommend.CPU(c.Requests.CPU), recommend.CPU(z.requests.CPU),
		func() { j.requests[k].CPU = z.requests.CPU })
	j.one(k, "requests", "memory", recommend.Memory(c.Requests.Memory), recommend.Memory(z.requests.Memory),
		func() { j.requests[k].Memory = z.requests.Memory })
	j.one(k, "limits", "cpu", recommend.CPU(c.Limits.CPU), recommend.CPU(z.limits.CPU),
		func() { j.limits[k].CPU = z.limits.CPU })
	j.one(k, "limits", "memory", recommend.Memory(c.Limits.Memory), recommend.Memory(z.limits.Memory),
		func() { j.limits[k].Memory = z.limits.Memory })
	if len(j.proposals) > before {
		j.evidence = append(j.evidence, z.evidence...)
	}
}

func (j *job) one(k int, field, resource, before, after string, apply func()) {
	if before == after {
		return
	}
	c := &j.w.Containers[k]
	list := "containers"
	if c.Role != collector.App {
		list = "initContainers"
	}
	name := map[string]string{"cpu": "CPU", "memory": "memory"}[resource]
	p := proposal{
		Change: recommend.Change{
			Object: j.subject, Before: before, After: after,
			Path: slices.Concat(recommend.PodSpec(j.w.Kind), []string{list, "[name=" + c.Name + "]", "resources", field, resource}),
		},
		text:   fmt.Sprintf("%s %s %s %s → %s", c.Name, name, field[:len(field)-1], none(before), none(after)),
		status: recommend.Proposed, apply: apply,
	}
	p.status, p.reason = j.obstacle(c, field, resource)
	if p.status != recommend.Proposed {
		j.check("owner", recommend.Failed, "%s: %s", p.text, p.reason)
	}
	j.proposals = append(j.proposals, p)
}

// obstacle returns what keeps a change from being proposed, the weightiest
// first, or Proposed.
func (j *job) obstacle(c *collector.Container, field, resource string) (recommend.Status, string) {
	w := j.w
	if s, reason := j.jobObstacle(); s == recommend.Withheld {
		return s, reason
	}
	if v := w.VPA; v != nil && v.Mode != "Off" {
		return recommend.Withheld, fmt.Sprintf("VPA %s sets its sizes (mode %s) and would undo the change: bound them there, or switch it off first", v.Name, v.Mode)
	}
	if h := w.HPA; h != nil {
		tied := field == "requests" || c.Requests.Memory == c.Limits.Memory
		switch {
		case resource == "cpu" && h.CPUTarget > 0:
			return recommend.Withheld, fmt.Sprintf("HPA %s scales at %d %% of the CPU request, so a new request would move the point at which it scales", h.Name, h.CPUTarget)
		case resource == "memory" && h.MemoryTarget > 0 && tied:
			return recommend.Withheld, fmt.Sprintf("HPA %s scales at %d %% of the memory request, so a new request would move the point at which it scales", h.Name, h.MemoryTarget)
		}
	}
	switch {
	case c.Injected:
		return recommend.Advised, fmt.Sprintf("a webhook adds container %s, so its sizes are set where the webhook is configured", c.Name)
	case c.Role == collector.Init:
		return recommend.Advised, fmt.Sprintf("how long init container %s runs is not known; runs under %s are too short for 5-minute samples", c.Name, recommend.Interval(j.ShortJob.Duration))
	case resource == "memory" && c.Runtime == "jvm":
		return recommend.Advised, fmt.Sprintf("%s runs a JVM: -Xmx or -XX:MaxRAMPercentage must change along with its memory", c.Name)
	case c.Usage.Source != "prometheus":
		return recommend.Advised, "one look at metrics.k8s.io is not a history: connect Prometheus before you act on it"
	}
	switch {
	case recommend.Static(w):
		return recommend.Advised, fmt.Sprintf("the kubelet runs it from a file on node %s, where its sizes are set", w.Placements[0].Node)
	case w.Kind == "Pod":
		return recommend.Advised, "a bare Pod must be deleted and made again to change its requests"
	case w.Kind == "ReplicaSet":
		return recommend.Advised, "a bare ReplicaSet does not replace its pods when its template changes"
	}
	return j.jobObstacle()
}

func (j *job) jobObstacle() (recommend.Status, string) {
	w := j.w
	if w.Kind != "Job" && w.Kind != "CronJob" {
		return recommend.Proposed, ""
	}
	switch {
	case w.LongestJob.Duration > 0 && w.LongestJob.Duration < j.ShortJob.Duration:
		return recommend.Withheld, fmt.Sprintf("its longest run took %s; runs under %s are too short for 5-minute samples",
			recommend.Interval(w.LongestJob.Duration), recommend.Interval(j.ShortJob.Duration))
	case w.Kind == "Job":
		return recommend.Advised, "a Job's template cannot be changed: size the next one"
	case w.LongestJob.Duration == 0:
		return recommend.Advised, fmt.Sprintf("how long its runs take is not known; runs under %s are too short for 5-minute samples", recommend.Interval(j.ShortJob.Duration))
	}
	return recommend.Proposed, ""
}

func none(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// qos is the pod's Quality of Service class with these requests and limits; nil
// means the containers' own.
// https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/
func qos(containers []collector.Container, requests, limits []Resources) string {
	guaranteed, some := true, false
	for i := range containers {
		r, l := containers[i].Requests, containers[i].Limits
		if requests != nil {
			r, l = requests[i], limits[i]
		}
		some = some || r != Resources{} || l != Resources{}
		guaranteed = guaranteed && l.CPU > 0 && l.Memory > 0 && r == l
	}
	switch {
	case !some:
		return "BestEffort"
	case guaranteed:
		return "Guaranteed"
	}
	return "Burstable"
}
