package kube

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"github.com/tuppence-dev/tuppence/collector"
)

// outline is one line a workload: kind, name, replicas, placements, containers.
func outline(workloads []collector.Workload) []string {
	var out []string
	for _, w := range workloads {
		slices.SortFunc(w.Placements, func(a, b collector.Placement) int { return strings.Compare(a.Node, b.Node) })
		line := []string{w.Kind, w.Name, fmt.Sprintf("×%d", w.Replicas)}
		for _, p := range w.Placements {
			line = append(line, fmt.Sprintf("%s:%d", p.Node, p.Pods))
		}
		for _, c := range w.Containers {
			if c.Injected {
				c.Name += "(injected)"
			}
			line = append(line, c.Name)
		}
		out = append(out, strings.Join(line, " "))
	}
	slices.Sort(out)
	return out
}

// aJob starts at 1 o'clock and ends at the hour to, 0 if it still runs.
func aJob(name, cron string, to int) *batchv1.Job {
	start := at(1)
	j := &batchv1.Job{ObjectMeta: aMeta("shop", name)}
	j.Spec.Template = aTemplate(name, aContainer("app", "100m"))
	j.Status.StartTime = &start
	if to > 0 {
		end := at(to)
		j.Status.CompletionTime = &end
	}
	if cron != "" {
		j.OwnerReferences = ownedBy("batch/v1", "CronJob", cron)
	}
	return j
}

func aCronJob(name string) *batchv1.CronJob {
	three := int32(3)
	c := &batchv1.CronJob{ObjectMeta: aMeta("shop", name)}
	c.Spec.JobTemplate.Spec = batchv1.JobSpec{Parallelism: &three, Template: aTemplate(name, aContainer("app", "100m"))}
	return c
}

func pods(all ...*corev1.Pod) []pod {
	return each(all, func(p **corev1.Pod) pod { return podOf(*p, window.Start) })
}

func withHash(p *corev1.Pod, hash string) *corev1.Pod {
	p.Labels = map[string]string{"pod-template-hash": hash}
	return p
}

func phase(p *corev1.Pod, phase corev1.PodPhase) *corev1.Pod {
	p.Status.Phase = phase
	return p
}

func TestPodsGoToTheObjectThatAPersonWouldEdit(t *testing.T) {
	const shop, apps, batch = "shop", "apps/v1", "batch/v1"
	mirror := aPod("shop", "etcd-cp1", "cp1", "v1", "Node", "cp1")
	foo := replicaSet(aReplicaSet("foo-1", ""))
	foo.owner = collector.WorkloadRef{APIVersion: "example.com/v1", Kind: "Foo", Namespace: shop, Name: "foo"}
	for _, tc := range []struct {
		rule string
		inv  inventory
		want []string
	}{
		{"through the ReplicaSet to the Deployment; a pod without a node is pending", inventory{
			deployments: []workload{deployment(aDeployment("web", 3))},
			replicaSets: []workload{replicaSet(aReplicaSet("web-1", "web"))},
			pods: pods(aPod(shop, "web-1-a", "n1", apps, "ReplicaSet", "web-1"), aPod(shop, "web-1-b", "n2", apps, "ReplicaSet", "web-1"),
				phase(aPod(shop, "web-1-c", "", apps, "ReplicaSet", "web-1"), corev1.PodPending)),
		}, []string{"Deployment web ×3 :1 n1:1 n2:1 app"}},
		{"through the Job to the CronJob; what has ended has no place", inventory{
			cronJobs: []workload{cronJob(aCronJob("backup"))},
			jobs:     []workload{job(aJob("backup-29", "backup", 0), window.End)},
			pods: pods(aPod(shop, "backup-29-a", "n1", batch, "Job", "backup-29"),
				phase(aPod(shop, "backup-28-a", "n1", batch, "Job", "backup-28"), corev1.PodSucceeded)),
		}, []string{"CronJob backup ×3 n1:1 app"}},
		{"a bare ReplicaSet, Job and Pod stand alone", inventory{
			replicaSets: []workload{replicaSet(aReplicaSet("rs", ""))},
			jobs:        []workload{job(aJob("import", "", 0), window.End), job(aJob("done", "", 2), window.End)},
			pods: pods(aPod(shop, "rs-a", "n1", apps, "ReplicaSet", "rs"), aPod(shop, "import-a", "n1", batch, "Job", "import"),
				aPod(shop, "debug", "n1", "", "", ""), phase(aPod(shop, "ended", "n1", "", "", ""), corev1.PodFailed)),
		}, []string{"Job done ×0 app", "Job import ×1 n1:1 app", "Pod debug ×1 n1:1 app", "Pod ended ×0 app", "ReplicaSet rs ×1 n1:1 app"}},
		{"a static pod keeps the node in its name", inventory{pods: pods(mirror)}, []string{"Pod etcd-cp1 ×1 cp1:1 app"}},
		{"an owner of a kind of its own is a workload", inventory{
			pods: pods(aPod(shop, "kafka-0", "n1", "kafka.strimzi.io/v1", "StrimziPodSet", "kafka"), aPod(shop, "kafka-1", "n2", "kafka.strimzi.io/v1", "StrimziPodSet", "kafka")),
		}, []string{"StrimziPodSet kafka ×2 n1:1 n2:1 app"}},
		{"a kind of its own may own ReplicaSets", inventory{
			replicaSets: []workload{foo},
			pods:        pods(aPod(shop, "foo-1-a", "n1", apps, "ReplicaSet", "foo-1")),
		}, []string{"Foo foo ×1 n1:1 app"}},
		{"deployments denied: their ReplicaSets tell", inventory{
			replicaSets: []workload{replicaSet(aReplicaSet("web-1", "web"))},
			pods:        pods(aPod(shop, "web-1-a", "n1", apps, "ReplicaSet", "web-1")),
		}, []string{"Deployment web ×1 n1:1 app"}},
		{"replicasets denied: the name tells", inventory{
			deployments: []workload{deployment(aDeployment("web", 1))},
			pods:        pods(withHash(aPod(shop, "web-7d4f-a", "n1", apps, "ReplicaSet", "web-7d4f"), "7d4f")),
		}, []string{"Deployment web ×1 n1:1 app"}},
		{"jobs denied: the name tells", inventory{
			cronJobs: []workload{cronJob(aCronJob("backup"))},
			pods:     pods(aPod(shop, "backup-29-a", "n1", batch, "Job", "backup-29")),
		}, []string{"CronJob backup ×3 n1:1 app"}},
		{"a name that fits no workload is not forced on one", inventory{
			deployments: []workload{deployment(aDeployment("web", 1))},
			pods:        pods(withHash(aPod(shop, "api-7d4f-a", "n1", apps, "ReplicaSet", "api-7d4f"), "7d4f")),
		}, []string{"Deployment web ×1 app", "ReplicaSet api-7d4f ×1 n1:1 app"}},
		{"pods denied: workloads stand without places", inventory{
			deployments: []workload{deployment(aDeployment("web", 2))},
		}, []string{"Deployment web ×2 app"}},
		{"owners that own each other end", inventory{
			replicaSets: []workload{{Workload: collector.Workload{APIVersion: apps, Kind: "ReplicaSet", Namespace: shop, Name: "a"}, owner: collector.WorkloadRef{APIVersion: apps, Kind: "ReplicaSet", Namespace: shop, Name: "a"}}},
			pods:        pods(aPod(shop, "a-1", "n1", apps, "ReplicaSet", "a")),
		}, []string{"ReplicaSet a ×1 n1:1 app"}},
	} {
		got, _ := tc.inv.assemble()
		if d := cmp.Diff(tc.want, outline(got)); d != "" {
			t.Errorf("%s: %s", tc.rule, d)
		}
	}
}

func TestARolloutBorrowsTheTemplateOfItsDeploymentWhichStaysAtZero(t *testing.T) {
	u := anObject([]byte(`{"metadata":{"namespace":"shop","name":"web"},"spec":{"replicas":2,"workloadRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"web"},"strategy":{"blueGreen":{}}}}`))
	rs := aReplicaSet("web-5", "")
	rs.OwnerReferences = ownedBy("argoproj.io/v1alpha1", "Rollout", "web")
	p := aPod("shop", "web-5-a", "n1", "apps/v1", "ReplicaSet", "web-5")
	p.Spec.Containers = append(p.Spec.Containers, aContainer("mesh", "10m"))
	inv := inventory{deployments: []workload{deployment(aDeployment("web", 0))}, rollouts: []workload{rollout(u)},
		replicaSets: []workload{replicaSet(rs)}, pods: pods(p)}
	got, owners := inv.assemble()
	want := []string{"Deployment web ×0 app", "Rollout web ×2 n1:1 app mesh(injected)"}
	if d := cmp.Diff(want, outline(got)); d != "" {
		t.Error(d)
	}
	if o := owners[collector.PodRef{Namespace: "shop", Name: "web-5-a"}]; o.Kind != "Rollout" || o.APIVersion != "argoproj.io/v1alpha1" {
		t.Errorf("owner %+v", o)
	}
}

func TestRequestsAreThoseOfTheNewestLivePod(t *testing.T) {
	pod := func(name, cpu string, hour int, p corev1.PodPhase) *corev1.Pod {
		out := phase(aPod("shop", name, "n1", "apps/v1", "StatefulSet", "db"), p)
		out.Spec.Containers = []corev1.Container{aContainer("app", cpu)}
		out.CreationTimestamp = at(hour)
		return out
	}
	db := statefulSet(&appsv1.StatefulSet{ObjectMeta: aMeta("shop", "db"), Spec: appsv1.StatefulSetSpec{Template: aTemplate("db", aContainer("app", "1"))}})
	for _, order := range [][]int{{0, 1, 2}, {2, 1, 0}, {1, 2, 0}} {
		all := []*corev1.Pod{pod("db-0", "200m", 1, corev1.PodRunning), pod("db-1", "300m", 2, corev1.PodRunning), pod("db-2", "400m", 3, corev1.PodSucceeded)}
		inv := inventory{statefulSets: []workload{db}, pods: pods(all[order[0]], all[order[1]], all[order[2]])}
		got, _ := inv.assemble()
		if cpu := got[0].Containers[0].Requests.CPU; cpu != 300 {
			t.Errorf("order %v: %d", order, cpu)
		}
	}
}

func TestRestartsAndKillsOfTheWindowAreSummedOverPods(t *testing.T) {
	killed := func(hour int) corev1.ContainerState {
		finished := at(hour)
		if hour < 0 {
			finished = metav1.NewTime(window.Start.Add(-time.Hour))
		}
		return corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{Reason: "OOMKilled", FinishedAt: finished}}
	}
	with := func(p *corev1.Pod, s corev1.ContainerStatus) *corev1.Pod {
		s.Name = "app"
		p.Status.ContainerStatuses = []corev1.ContainerStatus{s}
		return p
	}
	pod := func(name string) *corev1.Pod {
		p := aPod("shop", name, "n1", "apps/v1", "StatefulSet", "db")
		p.CreationTimestamp = at(1)
		return p
	}
	old := func(name string) *corev1.Pod {
		p := pod(name)
		p.CreationTimestamp = metav1.NewTime(window.Start.Add(-300 * 24 * time.Hour))
		return p
	}
	inv := inventory{pods: pods(
		with(pod("a"), corev1.ContainerStatus{RestartCount: 4, LastTerminationState: killed(3)}),
		with(old("b"), corev1.ContainerStatus{RestartCount: 90, LastTerminationState: killed(-1)}),         // all before the window
		with(old("d"), corev1.ContainerStatus{RestartCount: 90, LastTerminationState: killed(4)}),          // at least the last within it
		with(phase(pod("c"), corev1.PodFailed), corev1.ContainerStatus{RestartCount: 2, State: killed(5)}), // not live: the kill counts
	)}
	got, _ := inv.assemble()
	if u := got[0].Containers[0].Usage; u.Restarts != 5 || u.OOMKills != 3 || u.Source != "" {
		t.Errorf("usage %+v", u)
	}
}

func TestTheLongestRunOfACronJobIsThatOfItsJobs(t *testing.T) {
	failed := aJob("backup-3", "backup", 0)
	failed.Status.Conditions = []batchv1.JobCondition{{Type: batchv1.JobFailed, Status: corev1.ConditionTrue, LastTransitionTime: at(4)}}
	inv := inventory{cronJobs: []workload{cronJob(aCronJob("backup"))}, jobs: []workload{
		job(aJob("backup-1", "backup", 3), window.End), job(aJob("backup-2", "backup", 2), window.End), job(failed, window.End)}}
	got, _ := inv.assemble()
	if d := got[0].LongestJob.Duration; d != 3*time.Hour {
		t.Errorf("2 h, 1 h and a failure after 3 h: %v", d)
	}
	if d := job(aJob("on", "", 0), at(11).Time).LongestJob.Duration; d != 10*time.Hour {
		t.Errorf("still running after 10 h: %v", d)
	}
}

func TestPoliciesAndClaimsAreJoined(t *testing.T) {
	set := &appsv1.StatefulSet{ObjectMeta: aMeta("shop", "db"), Spec: appsv1.StatefulSetSpec{Template: aTemplate("db", aContainer("app", "1"))}}
	set.Spec.VolumeClaimTemplates = []corev1.PersistentVolumeClaim{{ObjectMeta: metav1.ObjectMeta{Name: "data"},
		Spec: corev1.PersistentVolumeClaimSpec{AccessModes: []corev1.PersistentVolumeAccessMode{"ReadWriteOnce"}}}}
	set.Spec.Template.Spec.Volumes = []corev1.Volume{{Name: "shared", VolumeSource: corev1.VolumeSource{
		PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "assets"}}}}
	h := &autoscalingv2.HorizontalPodAutoscaler{ObjectMeta: aMeta("shop", "db")}
	h.Spec.ScaleTargetRef = autoscalingv2.CrossVersionObjectReference{APIVersion: "apps/v1beta2", Kind: "StatefulSet", Name: "db"}
	inv := inventory{statefulSets: []workload{statefulSet(set)}, autoscalers: []autoscaler{autoscalerOf(h)},
		budgets: []budget{budgetOf(aBudget("shop", "db", &metav1.LabelSelector{MatchLabels: map[string]string{"app": "db"}}, 0))},
		claims:  []claim{{"shop", "assets", []string{"ReadWriteMany"}}, {"other", "data", []string{"ReadOnlyMany"}}}}
	got, _ := inv.assemble()
	w := got[0]
	if w.HPA == nil || w.HPA.Name != "db" || w.PDB == nil || w.PDB.Name != "db" {
		t.Errorf("HPA %+v, PDB %+v", w.HPA, w.PDB)
	}
	want := []collector.Claim{{Name: "assets", AccessModes: []string{"ReadWriteMany"}}, {Name: "data", AccessModes: []string{"ReadWriteOnce"}}}
	if d := cmp.Diff(want, w.Pod.Claims); d != "" {
		t.Error(d)
	}
}

func TestResourcesOfAWholePodAreAGap(t *testing.T) {
	f := small()
	f.objects["/apis/apps/v1/deployments"] = append(f.objects["/apis/apps/v1/deployments"], aDeployment("sized", 1), aDeployment("plain", 1))
	sized := f.objects["/apis/apps/v1/deployments"][1].(*appsv1.Deployment)
	sized.Spec.Template.Spec.Resources = &corev1.ResourceRequirements{Requests: quantities("2", "1Gi")}
	boxed := f.objects["/api/v1/pods"][0].(*corev1.Pod)
	boxed.Spec.Overhead = quantities("250m", "120Mi")
	c, err := collect(t, f)
	want := []string{"2 workloads have resources set on the whole pod (spec.resources, or a RuntimeClass's overhead), " +
		"e.g. Deployment shop/sized: only what their containers ask for is counted"}
	if d := cmp.Diff(want, gapLines(c)); err != nil || d != "" {
		t.Error(err, d)
	}
}

// What a cluster can hold can be recorded: else one odd object would make the
// recording of the whole fleet one that can't be read.
func TestOddObjectsLeaveARecordingThatReadsBack(t *testing.T) {
	const most = 1<<31 - 1
	f := small()
	huge := aDeployment("huge", most)
	huge.Spec.Template.Spec.Containers[0].Resources.Limits = quantities("9e18", "9e18")
	f.objects["/apis/apps/v1/deployments"] = append(f.objects["/apis/apps/v1/deployments"], huge)
	f.raw = map[string]string{"/apis/argoproj.io/v1alpha1/rollouts": `[
		{"metadata":{"namespace":"shop","name":"many"},"spec":{"replicas":2147483647,"template":{"spec":{"containers":[{"name":"c"}]}}}},
		{"metadata":{"namespace":"shop","name":"twins"},"spec":{"template":{"spec":{"containers":[{"name":"c"},{"name":"c"}]}}}},
		{"metadata":{"namespace":"shop","name":"nameless"},"spec":{"template":{"spec":{"initContainers":[{"image":"x"}]}}}}]`}
	c, err := collect(t, f)
	if err != nil || len(c.Gaps) != 2 {
		t.Fatal(err, gapLines(c))
	}
	c.Name = "c"
	for i := range c.Gaps {
		c.Gaps[i].Cluster = c.Name
	}
	var b bytes.Buffer
	if err := collector.Write(&b, &collector.Fleet{Window: window, Clusters: []collector.Cluster{*c}}); err != nil {
		t.Fatal(err)
	}
	if _, err := collector.Read(&b); err != nil {
		t.Error(err)
	}
}

// No pod vanishes: each has an owner that is among the workloads, and the places
// of all workloads count every live pod once, whatever was denied.
func TestEveryPodHasAWorkloadWhateverWasListed(t *testing.T) {
	name := rapid.SampledFrom([]string{"a", "b", "a-1", "b-1", "a-22"})
	kind := rapid.SampledFrom([]string{"", "ReplicaSet", "StatefulSet", "Job", "Node", "Foo"})
	api := map[string]string{"ReplicaSet": "apps/v1", "StatefulSet": "apps/v1", "Job": "batch/v1", "Node": "v1", "Foo": "example.com/v1"}
	rapid.Check(t, func(t *rapid.T) {
		var inv inventory
		if rapid.Bool().Draw(t, "deployments") {
			inv.deployments = []workload{deployment(aDeployment("a", 1))}
		}
		if rapid.Bool().Draw(t, "replicaSets") {
			inv.replicaSets = []workload{replicaSet(aReplicaSet("a-1", "a")), replicaSet(aReplicaSet("b-1", ""))}
		}
		if rapid.Bool().Draw(t, "jobs") {
			inv.cronJobs = []workload{cronJob(aCronJob("a"))}
			inv.jobs = []workload{job(aJob("a-22", "a", 0), window.End)}
		}
		live := 0
		for i := range rapid.IntRange(0, 12).Draw(t, "pods") {
			k := kind.Draw(t, "kind")
			p := aPod("shop", fmt.Sprint("p", i), rapid.SampledFrom([]string{"", "n1", "n2"}).Draw(t, "node"), api[k], k, name.Draw(t, "owner"))
			if rapid.Bool().Draw(t, "ended") {
				p.Status.Phase = corev1.PodSucceeded
			} else {
				live++
			}
			inv.pods = append(inv.pods, pods(p)...)
		}
		workloads, owners := inv.assemble()
		known, placed := map[collector.WorkloadRef]bool{}, 0
		for _, w := range workloads {
			if known[w.Ref()] {
				t.Errorf("%+v stands twice", w.Ref())
			}
			known[w.Ref()] = true
			for _, p := range w.Placements {
				placed += p.Pods
			}
		}
		if placed != live || len(owners) != len(inv.pods) {
			t.Errorf("%d pods placed of %d live, %d owners of %d pods", placed, live, len(owners), len(inv.pods))
		}
		for p, o := range owners {
			if !known[o] {
				t.Errorf("pod %s belongs to %+v, which is no workload", p.Name, o)
			}
		}
	})
}
