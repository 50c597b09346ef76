package kube

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/tuppence-dev/tuppence/collector"
)

func TestStrategiesAndReplicasByKind(t *testing.T) {
	quarter, one := intstr.FromString("25%"), intstr.FromInt32(1)
	d := aDeployment("web", 4)
	d.Spec.Strategy = appsv1.DeploymentStrategy{Type: "RollingUpdate", RollingUpdate: &appsv1.RollingUpdateDeployment{MaxUnavailable: &quarter, MaxSurge: &one}}
	s := &appsv1.StatefulSet{ObjectMeta: aMeta("shop", "db")}
	s.Spec.UpdateStrategy = appsv1.StatefulSetUpdateStrategy{Type: "RollingUpdate", RollingUpdate: &appsv1.RollingUpdateStatefulSetStrategy{MaxUnavailable: &one}}
	ds := &appsv1.DaemonSet{ObjectMeta: aMeta("shop", "agent"), Status: appsv1.DaemonSetStatus{DesiredNumberScheduled: 7}}
	ds.Spec.UpdateStrategy = appsv1.DaemonSetUpdateStrategy{Type: "RollingUpdate", RollingUpdate: &appsv1.RollingUpdateDaemonSet{MaxUnavailable: &quarter}}
	for _, tc := range []struct {
		got      workload
		replicas int
		want     collector.Strategy
	}{
		{deployment(d), 4, collector.Strategy{Type: "RollingUpdate", MaxUnavailable: "25%", MaxSurge: "1"}},
		{statefulSet(s), 1, collector.Strategy{Type: "RollingUpdate", MaxUnavailable: "1"}},
		{daemonSet(ds), 7, collector.Strategy{Type: "RollingUpdate", MaxUnavailable: "25%"}},
	} {
		if tc.got.Replicas != tc.replicas || tc.got.Rollout != tc.want {
			t.Errorf("%s: %d replicas, %+v", tc.got.Kind, tc.got.Replicas, tc.got.Rollout)
		}
	}
}

func TestAFinishedOrSuspendedJobWantsNoPods(t *testing.T) {
	yes := true
	suspended := aJob("s", "", 0)
	suspended.Spec.Suspend = &yes
	for rule, tc := range map[string]struct {
		job  *batchv1.Job
		want int
	}{"running": {aJob("r", "", 0), 1}, "finished": {aJob("f", "", 2), 0}, "suspended": {suspended, 0}} {
		if got := job(tc.job, window.End).Replicas; got != tc.want {
			t.Errorf("%s: %d", rule, got)
		}
	}
}

func TestACronJobBetweenRunsKeepsItsShapeAndItsParallelism(t *testing.T) {
	w := cronJob(aCronJob("backup"))
	if w.Replicas != 3 || len(w.template.containers) != 1 || w.template.traits.GracePeriod.Duration != 30*time.Second {
		t.Errorf("%+v", w)
	}
}

func TestSpotReadyMayStandOnTheObjectItself(t *testing.T) {
	d := aDeployment("web", 1)
	d.Annotations = map[string]string{spotReady: "false"}
	if got := deployment(d).template.traits.SpotReady; got != "false" {
		t.Errorf("got %q", got)
	}
}

func TestAnOldRevisionKeepsNoTemplate(t *testing.T) {
	zero := int32(0)
	r := aReplicaSet("web-1", "web")
	r.Spec.Replicas = &zero
	if w := replicaSet(r); w.template != nil || w.owner.Name != "web" {
		t.Errorf("%+v", w)
	}
}

func TestClaimsKeepTheirModesInOrder(t *testing.T) {
	c := claimOf(&corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "a"},
		Spec: corev1.PersistentVolumeClaimSpec{AccessModes: []corev1.PersistentVolumeAccessMode{"ReadWriteOnce", "ReadOnlyMany"}}})
	if want := []string{"ReadOnlyMany", "ReadWriteOnce"}; c.namespace != "shop" || !slices.Equal(c.modes, want) {
		t.Error(cmp.Diff(want, c.modes))
	}
}
