package kube

import (
	"maps"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tuppence-dev/tuppence/collector"
)

// template is what a pod template says, or what a pod says where there is none.
type template struct {
	labels     map[string]string // for budgets and Services to select, and for the allow-list
	containers []collector.Container
	traits     collector.PodTraits
	podLevel   bool // the pod itself asks for resources, or its RuntimeClass does
}

func templateOf(meta *metav1.ObjectMeta, spec *corev1.PodSpec) *template {
	return &template{
		labels:     maps.Clone(meta.Labels),
		containers: containers(spec),
		traits:     traits(meta.Annotations, spec),
		podLevel:   spec.Resources != nil && len(spec.Resources.Requests)+len(spec.Resources.Limits) > 0 || len(spec.Overhead) > 0,
	}
}

// pod is what is kept of a pod: enough to count it for its workload.
type pod struct {
	ref      collector.PodRef
	owner    collector.WorkloadRef // its controller; zero for a bare pod
	hash     string                // of its ReplicaSet's template
	node     string                // empty: pending
	claims   []string              // names of the claims that it mounts, while it lives
	live     bool                  // neither succeeded nor failed
	created  time.Time
	origin   collector.Origin // of a bare pod, as is ignore
	ignore   string
	template *template
	statuses []containerStatus
}

// containerStatus counts what went wrong in one container.
type containerStatus struct {
	name               string
	restarts, oomKills int
}

// podOf keeps what is needed of p. Restarts and OOM kills before since are left out.
func podOf(p *corev1.Pod, since time.Time) pod {
	out := pod{
		ref:      collector.PodRef{Namespace: p.Namespace, Name: p.Name},
		owner:    controller(&p.ObjectMeta),
		hash:     firstLabel(p.Labels, "pod-template-hash", "rollouts-pod-template-hash"),
		node:     p.Spec.NodeName,
		live:     p.Status.Phase != corev1.PodSucceeded && p.Status.Phase != corev1.PodFailed,
		created:  created(&p.ObjectMeta),
		template: templateOf(&p.ObjectMeta, &p.Spec),
	}
	if out.live {
		out.claims = claimsOf(p)
	}
	if out.owner.Kind == "Node" { // a static pod: the kubelet's, named with its node
		out.owner = collector.WorkloadRef{}
	}
	if out.owner.Kind == "" {
		out.origin = collector.OriginOf(out.self(), p.Labels, p.Annotations)
		out.ignore = collector.IgnoreOf(p.Annotations)
	}
	for _, list := range [][]corev1.ContainerStatus{p.Status.InitContainerStatuses, p.Status.ContainerStatuses} {
		for i := range list {
			if s := statusOf(&list[i], &out, since); s.restarts+s.oomKills > 0 {
				out.statuses = append(out.statuses, s)
			}
		}
	}
	return out
}

// claimsOf are the claims that p mounts. An ephemeral volume's is made for the
// pod, and named after both.
func claimsOf(p *corev1.Pod) []string {
	var claims []string
	for i := range p.Spec.Volumes {
		switch v := &p.Spec.Volumes[i]; {
		case v.PersistentVolumeClaim != nil:
			claims = append(claims, v.PersistentVolumeClaim.ClaimName)
		case v.Ephemeral != nil:
			claims = append(claims, p.Name+"-"+v.Name)
		}
	}
	return claims
}

// self is the reference of a pod that is a workload of its own.
func (p *pod) self() collector.WorkloadRef {
	return collector.WorkloadRef{APIVersion: "v1", Kind: "Pod", Namespace: p.ref.Namespace, Name: p.ref.Name}
}

// statusOf counts the restarts since then of a live pod's container and the OOM
// kills that its status still tells of: the one before the last restart and, in a
// pod that is not restarted, the last one. Of a pod that is older than since the
// status tells only of the last restart: its count goes back to the pod's start.
func statusOf(s *corev1.ContainerStatus, p *pod, since time.Time) containerStatus {
	out := containerStatus{name: s.Name}
	last := s.LastTerminationState.Terminated
	switch {
	case !p.live || s.RestartCount <= 0:
	case !p.created.Before(since):
		out.restarts = int(s.RestartCount)
	case last != nil && !last.FinishedAt.Time.Before(since):
		out.restarts = 1
	}
	for _, state := range []corev1.ContainerState{s.LastTerminationState, s.State} {
		if t := state.Terminated; t != nil && t.Reason == "OOMKilled" && !t.FinishedAt.Time.Before(since) {
			out.oomKills++
		}
	}
	return out
}

// controller is the owner that controls the object of m, zero where none does.
func controller(m *metav1.ObjectMeta) collector.WorkloadRef {
	o := metav1.GetControllerOfNoCopy(m)
	if o == nil {
		return collector.WorkloadRef{}
	}
	return collector.WorkloadRef{APIVersion: o.APIVersion, Kind: o.Kind, Namespace: m.Namespace, Name: o.Name}
}
