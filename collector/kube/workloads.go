package kube

import (
	"cmp"
	"slices"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/tuppence-dev/tuppence/collector"
)

// workload is a collector.Workload with what is needed to join it to pods.
type workload struct {
	collector.Workload
	own      map[string]string     // its own labels
	template *template             // nil: none could be read, a pod tells
	borrows  collector.WorkloadRef // whose template it has: a Rollout with workloadRef
	owner    collector.WorkloadRef // of a ReplicaSet or Job that another object controls
	problem  string                // what of it could not be understood
	command  collector.Command     // how it runs a program that comes round; zero: it runs none
}

func newWorkload(apiVersion, kind string, m *metav1.ObjectMeta, replicas *int32, t *corev1.PodTemplateSpec) workload {
	w := workload{Workload: collector.Workload{
		APIVersion: apiVersion, Kind: kind, Namespace: m.Namespace, Name: m.Name, Created: created(m),
		Replicas: desired(replicas),
	}, own: m.Labels}
	w.Origin = collector.OriginOf(w.Ref(), m.Labels, m.Annotations)
	w.Ignore = collector.IgnoreOf(m.Annotations)
	if t != nil {
		w.template = templateOf(&t.ObjectMeta, &t.Spec)
		w.command = commandOf(&w, &t.Spec)
	}
	if ready := m.Annotations[spotReady]; ready != "" && w.template != nil {
		w.template.traits.SpotReady = ready // the annotation may stand on either
	}
	return w
}

// desired is a count that the API defaults to 1, at most what a recording holds.
func desired(n *int32) int {
	if n == nil {
		return 1
	}
	return min(max(0, int(*n)), collector.MaxPods)
}

func deployment(d *appsv1.Deployment) workload {
	w := newWorkload("apps/v1", "Deployment", &d.ObjectMeta, d.Spec.Replicas, &d.Spec.Template)
	w.Rollout.Type = string(d.Spec.Strategy.Type)
	if r := d.Spec.Strategy.RollingUpdate; r != nil {
		w.Rollout.MaxUnavailable, w.Rollout.MaxSurge = bound(r.MaxUnavailable), bound(r.MaxSurge)
	}
	return w
}

func statefulSet(s *appsv1.StatefulSet) workload {
	w := newWorkload("apps/v1", "StatefulSet", &s.ObjectMeta, s.Spec.Replicas, &s.Spec.Template)
	w.Rollout.Type = string(s.Spec.UpdateStrategy.Type)
	if r := s.Spec.UpdateStrategy.RollingUpdate; r != nil {
		w.Rollout.MaxUnavailable = bound(r.MaxUnavailable)
	}
	for i := range s.Spec.VolumeClaimTemplates {
		c := &s.Spec.VolumeClaimTemplates[i]
		w.template.traits.Claims = append(w.template.traits.Claims,
			collector.Claim{Name: c.Name, AccessModes: modeNames(c.Spec.AccessModes)})
	}
	return w
}

func daemonSet(d *appsv1.DaemonSet) workload {
	w := newWorkload("apps/v1", "DaemonSet", &d.ObjectMeta, &d.Status.DesiredNumberScheduled, &d.Spec.Template)
	w.Rollout.Type = string(d.Spec.UpdateStrategy.Type)
	if r := d.Spec.UpdateStrategy.RollingUpdate; r != nil {
		w.Rollout.MaxUnavailable, w.Rollout.MaxSurge = bound(r.MaxUnavailable), bound(r.MaxSurge)
	}
	return w
}

// replicaSet converts one that stands alone in full. Of a controlled one that
// has no pods, an old revision, only the names are kept.
func replicaSet(r *appsv1.ReplicaSet) workload {
	owner := controller(&r.ObjectMeta)
	t := &r.Spec.Template
	if owner.Kind != "" && desired(r.Spec.Replicas) == 0 {
		t = nil
	}
	w := newWorkload("apps/v1", "ReplicaSet", &r.ObjectMeta, r.Spec.Replicas, t)
	w.owner = owner
	return w
}

// job converts j as of the time end. A finished or suspended Job wants no pods,
// so its Replicas are 0; they are its parallelism otherwise.
func job(j *batchv1.Job, end time.Time) workload {
	w := newWorkload("batch/v1", "Job", &j.ObjectMeta, j.Spec.Parallelism, &j.Spec.Template)
	w.owner = controller(&j.ObjectMeta)
	finished, done := jobFinished(j)
	if done || j.Spec.Suspend != nil && *j.Spec.Suspend {
		w.Replicas = 0
	}
	if !done {
		finished = end // it has run at least until now
	}
	if s := j.Status.StartTime; s != nil && finished.After(s.Time) {
		w.LongestJob.Duration = finished.Sub(s.Time)
	}
	return w
}

// jobFinished tells when j ended, in success or in failure.
func jobFinished(j *batchv1.Job) (time.Time, bool) {
	i := slices.IndexFunc(j.Status.Conditions, func(c batchv1.JobCondition) bool {
		return c.Status == corev1.ConditionTrue && (c.Type == batchv1.JobComplete || c.Type == batchv1.JobFailed)
	})
	switch {
	case j.Status.CompletionTime != nil:
		return j.Status.CompletionTime.Time, true
	case i >= 0:
		return j.Status.Conditions[i].LastTransitionTime.Time, true
	}
	return time.Time{}, false
}

func cronJob(c *batchv1.CronJob) workload {
	spec := &c.Spec.JobTemplate.Spec
	return newWorkload("batch/v1", "CronJob", &c.ObjectMeta, spec.Parallelism, &spec.Template)
}

// claim is the access modes of one PersistentVolumeClaim.
type claim struct {
	namespace, name string
	modes           []string
}

func claimOf(c *corev1.PersistentVolumeClaim) claim {
	return claim{c.Namespace, c.Name, modeNames(c.Spec.AccessModes)}
}

// fillClaims gives each claim of w the access modes that the cluster's claims
// have, keyed by "namespace/name".
func (w *workload) fillClaims(modes map[string][]string) {
	for i := range w.Pod.Claims {
		c := &w.Pod.Claims[i]
		if len(c.AccessModes) == 0 {
			c.AccessModes = modes[w.Namespace+"/"+c.Name]
		}
	}
	slices.SortStableFunc(w.Pod.Claims, func(a, b collector.Claim) int { return cmp.Compare(a.Name, b.Name) })
}

// intOrString reads a bound of an object that is not typed: 2, "2" or "25%".
func intOrString(v any) string {
	switch v := v.(type) {
	case int64:
		return bound(&intstr.IntOrString{Type: intstr.Int, IntVal: int32(min(max(v, 0), 1<<30))})
	case string:
		return v
	}
	return ""
}
