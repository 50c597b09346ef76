package gate

import (
	"slices"

	"github.com/tuppence-dev/tuppence/recommend"
)

// requestWithinLimit holds each container's requests to its limits, which the API
// server does too, when it is too late.
func requestWithinLimit(c *Case) recommend.Check {
	list, not := c.containers()
	if not != nil {
		return *not
	}
	var wrong faults
	for _, k := range list {
		r, l := k.after.requests, k.after.limits
		if l.CPU > 0 && r.CPU > l.CPU {
			wrong.add("%s CPU request %s is over its limit %s", k.Name, cpu(r.CPU), cpu(l.CPU))
		}
		if l.Memory > 0 && r.Memory > l.Memory {
			wrong.add("%s memory request %s is over its limit %s", k.Name, memory(r.Memory), memory(l.Memory))
		}
	}
	if len(wrong) > 0 {
		return fail("%s", said(list, wrong.String()))
	}
	return pass("%s", said(list, "each request is within its limit"))
}

// qosClass holds that the pod's class stays, or that the finding's evidence says
// what becomes of it: the class decides who is evicted first and who may have
// processors of their own.
func qosClass(c *Case) recommend.Check {
	list, not := c.containers()
	if not != nil {
		return *not
	}
	before, after := class(list, func(k *container) amounts { return k.before }), class(list, func(k *container) amounts { return k.after })
	if before == after {
		return pass("%s", said(list, "stays "+after))
	}
	change := before + " → " + after
	if slices.Contains(c.Finding.Evidence, recommend.Evidence{Name: "QoS class", Value: change}) {
		return pass("%s", said(list, change+", as the finding says"))
	}
	return fail("%s", said(list, change+", which the finding does not say"))
}

// class is the pod's Quality of Service class.
// https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/
func class(list []container, of func(*container) amounts) string {
	guaranteed, some := true, false
	for i := range list {
		a := of(&list[i])
		a.requests.GPU, a.limits.GPU = 0, 0
		some = some || a != amounts{}
		guaranteed = guaranteed && a.limits.CPU > 0 && a.limits.Memory > 0 && a.requests == a.limits
	}
	switch {
	case !some:
		return "BestEffort"
	case guaranteed && len(list) > 0:
		return "Guaranteed"
	}
	return "Burstable"
}
