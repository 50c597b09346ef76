package kube

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tuppence-dev/tuppence/collector"
)

func quantities(cpu, memory string) corev1.ResourceList {
	return corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(cpu), corev1.ResourceMemory: resource.MustParse(memory)}
}

func TestNodeCarriesWhatItsPriceDependsOn(t *testing.T) {
	n := &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: "ip-10", CreationTimestamp: metav1.NewTime(time.Date(2026, 1, 2, 3, 0, 0, 0, time.FixedZone("BST", 3600))), Labels: map[string]string{
			"node.kubernetes.io/instance-type": "m6i.large", "beta.kubernetes.io/instance-type": "old",
			"topology.kubernetes.io/region": "eu-west-2", "topology.kubernetes.io/zone": "eu-west-2a",
			"kubernetes.io/arch": "amd64", "karpenter.sh/capacity-type": "spot",
		}},
		Spec:   corev1.NodeSpec{ProviderID: "aws:///eu-west-2a/i-1", Taints: []corev1.Taint{{Key: "k", Value: "v", Effect: corev1.TaintEffectNoSchedule}}},
		Status: corev1.NodeStatus{Capacity: quantities("2", "8Gi"), Allocatable: quantities("1930m", "7Gi")},
	}
	want := collector.Node{
		Name: "ip-10", ProviderID: "aws:///eu-west-2a/i-1", Provider: collector.AWS, InstanceType: "m6i.large",
		Region: "eu-west-2", Zone: "eu-west-2a", Arch: "amd64", CapacityType: collector.Spot, CapacityLabel: collector.Label{Key: "karpenter.sh/capacity-type", Value: "spot"},
		Capacity:    collector.Resources{CPU: 2000, Memory: 8 * collector.GiB},
		Allocatable: collector.Resources{CPU: 1930, Memory: 7 * collector.GiB},
		Taints:      []collector.Taint{{Key: "k", Value: "v", Effect: "NoSchedule"}},
		Created:     time.Date(2026, 1, 2, 2, 0, 0, 0, time.UTC),
	}
	if d := cmp.Diff(want, node(n)); d != "" {
		t.Error(d)
	}
}

func TestOldLabelsAndTheKubeletsOwnWordStandInForMissingLabels(t *testing.T) {
	n := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{
		"beta.kubernetes.io/instance-type":         "Standard_D4s_v5",
		"failure-domain.beta.kubernetes.io/region": "uksouth",
		"failure-domain.beta.kubernetes.io/zone":   "uksouth-1",
	}}, Status: corev1.NodeStatus{NodeInfo: corev1.NodeSystemInfo{Architecture: "arm64"}}}
	got := node(n)
	if got.InstanceType != "Standard_D4s_v5" || got.Region != "uksouth" || got.Zone != "uksouth-1" || got.Arch != "arm64" || !got.Created.IsZero() {
		t.Errorf("got %+v", got)
	}
}

func TestCapacityTypeByLabel(t *testing.T) {
	for _, tc := range []struct {
		rule   string
		labels map[string]string
		want   collector.CapacityType
	}{
		{"no label is on demand", nil, collector.OnDemand},
		{"karpenter spot", map[string]string{"karpenter.sh/capacity-type": "spot"}, collector.Spot},
		{"karpenter reserved", map[string]string{"karpenter.sh/capacity-type": "reserved"}, collector.Reserved},
		{"karpenter wins over the convention", map[string]string{"karpenter.sh/capacity-type": "on-demand", "node.kubernetes.io/lifecycle": "spot"}, collector.OnDemand},
		{"EKS managed group, spot", map[string]string{"eks.amazonaws.com/capacityType": "SPOT"}, collector.Spot},
		{"EKS managed group, on demand", map[string]string{"eks.amazonaws.com/capacityType": "ON_DEMAND"}, collector.OnDemand},
		{"GKE spot", map[string]string{"cloud.google.com/gke-spot": "true"}, collector.Spot},
		{"GKE provisioning", map[string]string{"cloud.google.com/gke-provisioning": "spot"}, collector.Spot},
		{"GKE standard", map[string]string{"cloud.google.com/gke-provisioning": "standard"}, collector.OnDemand},
		{"AKS scale set", map[string]string{"kubernetes.azure.com/scalesetpriority": "spot"}, collector.Spot},
		{"the convention", map[string]string{"node.kubernetes.io/lifecycle": "spot"}, collector.Spot},
		{"a value nobody knows is passed over", map[string]string{"karpenter.sh/capacity-type": "?", "cloud.google.com/gke-spot": "true"}, collector.Spot},
	} {
		got, by := capacityType(tc.labels)
		if got != tc.want {
			t.Errorf("%s: %q, want %q", tc.rule, got, tc.want)
		}
		if tc.labels[by.Key] != by.Value || (by.Key == "") != (len(tc.labels) == 0) {
			t.Errorf("%s: by label %v", tc.rule, by)
		}
	}
}

func TestQuantitiesRoundUpAndStayWithinWhatARecordingHolds(t *testing.T) {
	for _, tc := range []struct {
		cpu, memory string
		want        collector.Resources
	}{
		{"100u", "1", collector.Resources{CPU: 1, Memory: 1}},
		{"0.5", "1500m", collector.Resources{CPU: 500, Memory: 2}},
		{"1.0001", "1.5Gi", collector.Resources{CPU: 1001, Memory: 3 * collector.GiB / 2}},
		{"-1", "-1Gi", collector.Resources{}},
		{"1e40", "9Ei", collector.Resources{CPU: collector.MaxCPU, Memory: collector.MaxMemory}},
	} {
		if got := resources(quantities(tc.cpu, tc.memory)); got != tc.want {
			t.Errorf("%s, %s: %+v, want %+v", tc.cpu, tc.memory, got, tc.want)
		}
	}
}
