package kube

import (
	"context"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tuppence-dev/tuppence/collector"
)

// listing is one resource to list.
type listing struct {
	resource string // plural.group, as RBAC names it
	vital    bool   // without any of these there is no cluster to report on
	read     func(context.Context) error
	err      error
}

// lists is every resource that is read, and where in inv it goes. Each writes
// its own field, so all may run at once. The largest come first.
func (s *Source) lists(inv *inventory, w collector.Window) []listing {
	core, apps, batch := s.typed.CoreV1(), s.typed.AppsV1(), s.typed.BatchV1()
	all := metav1.NamespaceAll
	return []listing{
		{resource: "pods", vital: true, read: into(&inv.pods, core.Pods(all).List, func(l *corev1.PodList) []pod {
			return each(l.Items, func(p *corev1.Pod) pod { return podOf(p, w.Start) })
		})},
		{resource: "replicasets.apps", vital: true, read: into(&inv.replicaSets, apps.ReplicaSets(all).List,
			func(l *appsv1.ReplicaSetList) []workload { return each(l.Items, replicaSet) })},
		{resource: "nodes", vital: true, read: into(&inv.nodes, core.Nodes().List,
			func(l *corev1.NodeList) []machine { return each(l.Items, machineOf) })},
		{resource: "deployments.apps", vital: true, read: into(&inv.deployments, apps.Deployments(all).List,
			func(l *appsv1.DeploymentList) []workload { return each(l.Items, deployment) })},
		{resource: "statefulsets.apps", vital: true, read: into(&inv.statefulSets, apps.StatefulSets(all).List,
			func(l *appsv1.StatefulSetList) []workload { return each(l.Items, statefulSet) })},
		{resource: "daemonsets.apps", vital: true, read: into(&inv.daemonSets, apps.DaemonSets(all).List,
			func(l *appsv1.DaemonSetList) []workload { return each(l.Items, daemonSet) })},
		{resource: "jobs.batch", vital: true, read: into(&inv.jobs, batch.Jobs(all).List, func(l *batchv1.JobList) []workload {
			return each(l.Items, func(j *batchv1.Job) workload { return job(j, w.End) })
		})},
		{resource: "cronjobs.batch", vital: true, read: into(&inv.cronJobs, batch.CronJobs(all).List,
			func(l *batchv1.CronJobList) []workload { return each(l.Items, cronJob) })},
		{resource: "rollouts.argoproj.io", read: func(ctx context.Context) (err error) {
			inv.rollouts, err = custom(ctx, s, rolloutResource, rollout)
			return err
		}},
		{resource: "canaries.flagger.app", read: func(ctx context.Context) (err error) {
			inv.canaries, err = custom(ctx, s, canaryResource, canaryOf)
			return err
		}},
		{resource: "verticalpodautoscalers.autoscaling.k8s.io", read: func(ctx context.Context) (err error) {
			inv.verticals, err = custom(ctx, s, verticalResource, verticalOf)
			return err
		}},
		{resource: "horizontalpodautoscalers.autoscaling", read: into(&inv.autoscalers,
			s.typed.AutoscalingV2().HorizontalPodAutoscalers(all).List,
			func(l *autoscalingv2.HorizontalPodAutoscalerList) []autoscaler { return each(l.Items, autoscalerOf) })},
		{resource: "poddisruptionbudgets.policy", read: into(&inv.budgets, s.typed.PolicyV1().PodDisruptionBudgets(all).List,
			func(l *policyv1.PodDisruptionBudgetList) []budget { return each(l.Items, budgetOf) })},
		{resource: "limitranges", read: into(&inv.limitRanges, core.LimitRanges(all).List,
			func(l *corev1.LimitRangeList) []collector.Namespace { return each(l.Items, limitRange) })},
		{resource: "resourcequotas", read: into(&inv.quotas, core.ResourceQuotas(all).List,
			func(l *corev1.ResourceQuotaList) []collector.Namespace { return each(l.Items, quota) })},
		{resource: "persistentvolumeclaims", read: into(&inv.claims, core.PersistentVolumeClaims(all).List,
			func(l *corev1.PersistentVolumeClaimList) []claim { return each(l.Items, claimOf) })},
		{resource: "persistentvolumes", read: into(&inv.disks, core.PersistentVolumes().List,
			func(l *corev1.PersistentVolumeList) []volume { return each(l.Items, volumeOf) })},
		{resource: "storageclasses.storage.k8s.io", read: into(&inv.classes, s.typed.StorageV1().StorageClasses().List,
			func(l *storagev1.StorageClassList) []storageClass { return each(l.Items, storageClassOf) })},
		{resource: "services", read: into(&inv.services, core.Services(all).List,
			func(l *corev1.ServiceList) []service { return each(l.Items, serviceOf) })},
		{resource: "ingresses.networking.k8s.io", read: into(&inv.ingresses, s.typed.NetworkingV1().Ingresses(all).List,
			func(l *networkingv1.IngressList) []ingress { return each(l.Items, ingressOf) })},
		{resource: "namespaces", read: into(&inv.namespaces, core.Namespaces().List,
			func(l *corev1.NamespaceList) []space { return each(l.Items, spaceOf) })},
	}
}

// into returns a read that lists to field.
func into[L metav1.ListInterface, T any](field *[]T, call func(context.Context, metav1.ListOptions) (L, error), convert func(L) []T) func(context.Context) error {
	return func(ctx context.Context) (err error) {
		*field, err = list(ctx, call, convert)
		return err
	}
}
