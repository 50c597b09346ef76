package kube

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/tuppence-dev/tuppence/collector"
)

func TestTraitsOfAPlainPodAreTheAPIsDefaults(t *testing.T) {
	got := traits(nil, &corev1.PodSpec{Containers: []corev1.Container{{}}})
	if d := cmp.Diff(collector.PodTraits{GracePeriod: collector.Duration{Duration: 30 * time.Second}}, got); d != "" {
		t.Error(d)
	}
}

func TestTraitsTellWhatSurvivesAnInterruption(t *testing.T) {
	grace := int64(90)
	probed := corev1.Container{ReadinessProbe: &corev1.Probe{}}
	spec := &corev1.PodSpec{
		Containers:                    []corev1.Container{probed, probed},
		TerminationGracePeriodSeconds: &grace, HostNetwork: true, PriorityClassName: "high",
		TopologySpreadConstraints: []corev1.TopologySpreadConstraint{{}},
		NodeSelector:              map[string]string{"karpenter.sh/capacity-type": "on-demand", "team": "alices"},
		Tolerations:               []corev1.Toleration{{Key: "kubernetes.azure.com/scalesetpriority", Operator: "Equal", Value: "spot", Effect: "NoSchedule"}},
		Volumes: []corev1.Volume{
			{Name: "tmp", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}},
			{Name: "shm", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{Medium: corev1.StorageMediumMemory}}},
			{Name: "logs", VolumeSource: corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{}}},
			{Name: "data", VolumeSource: corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "pg"}}},
			{Name: "scratch", VolumeSource: corev1.VolumeSource{Ephemeral: &corev1.EphemeralVolumeSource{
				VolumeClaimTemplate: &corev1.PersistentVolumeClaimTemplate{Spec: corev1.PersistentVolumeClaimSpec{AccessModes: []corev1.PersistentVolumeAccessMode{"ReadWriteOnce"}}}}}},
		},
	}
	want := collector.PodTraits{
		GracePeriod: collector.Duration{Duration: 90 * time.Second}, ReadinessProbe: true, HostPath: true, HostNetwork: true, Spread: true,
		EmptyDirs:    []collector.EmptyDir{{Name: "tmp"}, {Name: "shm", Memory: true}},
		Claims:       []collector.Claim{{Name: "pg"}, {Name: "scratch", AccessModes: []string{"ReadWriteOnce"}}},
		Tolerations:  []collector.Toleration{{Key: "kubernetes.azure.com/scalesetpriority", Operator: "Equal", Value: "spot", Effect: "NoSchedule"}},
		NodeSelector: []collector.Label{{Key: "karpenter.sh/capacity-type", Value: "on-demand"}},
		DoNotDisrupt: "karpenter.sh/do-not-disrupt=true", SpotReady: "true", Priority: "high",
	}
	got := traits(map[string]string{"karpenter.sh/do-not-disrupt": "true", "spot.kubecost.com/spot-ready": "true"}, spec)
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestReadinessNeedsAProbeOnEveryAppContainer(t *testing.T) {
	spec := &corev1.PodSpec{Containers: []corev1.Container{{ReadinessProbe: &corev1.Probe{}}, {}}}
	if traits(nil, spec).ReadinessProbe {
		t.Error("one container of two has no probe")
	}
}

func TestARequiredAffinityForOneValueIsANodeSelector(t *testing.T) {
	in := func(values ...string) corev1.NodeSelectorTerm {
		return corev1.NodeSelectorTerm{MatchExpressions: []corev1.NodeSelectorRequirement{{Key: "kubernetes.io/arch", Operator: corev1.NodeSelectorOpIn, Values: values}}}
	}
	for rule, tc := range map[string]struct {
		terms []corev1.NodeSelectorTerm
		want  []collector.Label
	}{
		"one value":              {[]corev1.NodeSelectorTerm{in("arm64")}, []collector.Label{{Key: "kubernetes.io/arch", Value: "arm64"}}},
		"a choice of values":     {[]corev1.NodeSelectorTerm{in("arm64", "amd64")}, nil},
		"terms are alternatives": {[]corev1.NodeSelectorTerm{in("arm64"), in("amd64")}, nil},
	} {
		spec := &corev1.PodSpec{Affinity: &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{
			RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{NodeSelectorTerms: tc.terms}}}}
		if d := cmp.Diff(tc.want, nodeSelector(spec)); d != "" {
			t.Errorf("%s: %s", rule, d)
		}
	}
}

func TestWhatForbidsEviction(t *testing.T) {
	for _, tc := range []struct {
		annotations map[string]string
		want        string
	}{
		{nil, ""},
		{map[string]string{"karpenter.sh/do-not-disrupt": "true"}, "karpenter.sh/do-not-disrupt=true"},
		{map[string]string{"karpenter.sh/do-not-disrupt": "false"}, ""},
		{map[string]string{"cluster-autoscaler.kubernetes.io/safe-to-evict": "false"}, "cluster-autoscaler.kubernetes.io/safe-to-evict=false"},
		{map[string]string{"cluster-autoscaler.kubernetes.io/safe-to-evict": "true"}, ""},
	} {
		if got := doNotDisrupt(tc.annotations); got != tc.want {
			t.Errorf("%v: %q, want %q", tc.annotations, got, tc.want)
		}
	}
}

func command(words ...string) *corev1.LifecycleHandler {
	return &corev1.LifecycleHandler{Exec: &corev1.ExecAction{Command: words}}
}

func TestPreStopSleepsAreRead(t *testing.T) {
	for _, tc := range []struct {
		rule string
		hook *corev1.LifecycleHandler
		want time.Duration
	}{
		{"the sleep action", &corev1.LifecycleHandler{Sleep: &corev1.SleepAction{Seconds: 20}}, 20 * time.Second},
		{"a plain command", command("sleep", "15"), 15 * time.Second},
		{"a path", command("/bin/sleep", "15"), 15 * time.Second},
		{"a shell", command("/bin/sh", "-c", "sleep 5 && nginx -s quit; sleep 10"), 15 * time.Second},
		{"a unit", command("sleep", "1.5m"), 90 * time.Second},
		{"a variable can't be read", command("sh", "-c", "sleep $DELAY"), 0},
		{"not the word", command("oversleep", "9"), 0},
		{"an HTTP hook", &corev1.LifecycleHandler{HTTPGet: &corev1.HTTPGetAction{}}, 0},
		{"a year at most", command("sleep", "999999999d"), 365 * 24 * time.Hour},
	} {
		if got := preStop(tc.hook); got != tc.want {
			t.Errorf("%s: %v, want %v", tc.rule, got, tc.want)
		}
	}
	spec := &corev1.PodSpec{Containers: []corev1.Container{
		{Lifecycle: &corev1.Lifecycle{PreStop: command("sleep", "5")}}, {Lifecycle: &corev1.Lifecycle{PreStop: command("sleep", "9")}}, {}}}
	if got := longestPreStop(spec); got != 9*time.Second {
		t.Errorf("the longest of 5 s and 9 s: %v", got)
	}
}

func FuzzPreStop(f *testing.F) {
	f.Add("sleep 1")
	f.Add("sleep 99999999999999999999d; sleep 1.5h")
	f.Fuzz(func(t *testing.T, s string) {
		if d := preStop(command("sh", "-c", s)); d < 0 || d > 365*24*time.Hour {
			t.Errorf("%q: %v", s, d)
		}
	})
}
