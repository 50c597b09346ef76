package kube

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/tuppence-dev/tuppence/collector"
)

func utilisation(resource corev1.ResourceName, percent int32) autoscalingv2.MetricSpec {
	return autoscalingv2.MetricSpec{Type: autoscalingv2.ResourceMetricSourceType, Resource: &autoscalingv2.ResourceMetricSource{
		Name: resource, Target: autoscalingv2.MetricTarget{Type: autoscalingv2.UtilizationMetricType, AverageUtilization: &percent}}}
}

func TestAutoscalerTargetsAreUtilisationAndAllElseIsOther(t *testing.T) {
	two := int32(2)
	container := autoscalingv2.MetricSpec{Type: autoscalingv2.ContainerResourceMetricSourceType,
		ContainerResource: &autoscalingv2.ContainerResourceMetricSource{Name: "cpu", Container: "app", Target: utilisation("cpu", 60).Resource.Target}}
	value := autoscalingv2.MetricSpec{Type: autoscalingv2.ResourceMetricSourceType, Resource: &autoscalingv2.ResourceMetricSource{
		Name: "cpu", Target: autoscalingv2.MetricTarget{Type: autoscalingv2.AverageValueMetricType}}}
	for _, tc := range []struct {
		rule    string
		min     *int32
		metrics []autoscalingv2.MetricSpec
		want    collector.HPA
	}{
		{"min defaults to 1", nil, []autoscalingv2.MetricSpec{utilisation("cpu", 70)}, collector.HPA{Min: 1, CPUTarget: 70}},
		{"both resources", &two, []autoscalingv2.MetricSpec{utilisation("cpu", 70), utilisation("memory", 80)}, collector.HPA{Min: 2, CPUTarget: 70, MemoryTarget: 80}},
		{"a container's", nil, []autoscalingv2.MetricSpec{container}, collector.HPA{Min: 1, CPUTarget: 60}},
		{"the lower of two", nil, []autoscalingv2.MetricSpec{utilisation("cpu", 70), container, utilisation("cpu", 90)}, collector.HPA{Min: 1, CPUTarget: 60}},
		{"a value is no share of the request", nil, []autoscalingv2.MetricSpec{value}, collector.HPA{Min: 1, Other: true}},
		{"an external metric", nil, []autoscalingv2.MetricSpec{{Type: autoscalingv2.ExternalMetricSourceType}}, collector.HPA{Min: 1, Other: true}},
		{"another resource", nil, []autoscalingv2.MetricSpec{utilisation("ephemeral-storage", 5)}, collector.HPA{Min: 1, Other: true}},
	} {
		h := &autoscalingv2.HorizontalPodAutoscaler{ObjectMeta: aMeta("shop", "web")}
		h.Spec = autoscalingv2.HorizontalPodAutoscalerSpec{MinReplicas: tc.min, MaxReplicas: 9, Metrics: tc.metrics,
			ScaleTargetRef: autoscalingv2.CrossVersionObjectReference{APIVersion: "apps/v1", Kind: "Deployment", Name: "web"}}
		tc.want.Name, tc.want.Max = "web", 9
		got := autoscalerOf(h)
		if got.hpa != tc.want || got.target != (collector.WorkloadRef{APIVersion: "apps/v1", Kind: "Deployment", Namespace: "shop", Name: "web"}) {
			t.Errorf("%s: %+v, want %+v", tc.rule, got, tc.want)
		}
	}
}

func aBudget(namespace, name string, selector *metav1.LabelSelector, allowed int32) *policyv1.PodDisruptionBudget {
	half := intstr.FromString("50%")
	return &policyv1.PodDisruptionBudget{ObjectMeta: aMeta(namespace, name),
		Spec:   policyv1.PodDisruptionBudgetSpec{Selector: selector, MinAvailable: &half},
		Status: policyv1.PodDisruptionBudgetStatus{DisruptionsAllowed: allowed}}
}

func TestBudgetsSelectByLabelsAndTheStrictestStands(t *testing.T) {
	web := &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}
	for _, tc := range []struct {
		rule    string
		budgets []*policyv1.PodDisruptionBudget
		want    string
	}{
		{"none", nil, ""},
		{"a match", []*policyv1.PodDisruptionBudget{aBudget("shop", "a", web, 1)}, "a"},
		{"another namespace", []*policyv1.PodDisruptionBudget{aBudget("other", "a", web, 1)}, ""},
		{"no selector selects nothing", []*policyv1.PodDisruptionBudget{aBudget("shop", "a", nil, 1)}, ""},
		{"an empty selector selects all", []*policyv1.PodDisruptionBudget{aBudget("shop", "a", &metav1.LabelSelector{}, 1)}, "a"},
		{"the fewest disruptions", []*policyv1.PodDisruptionBudget{aBudget("shop", "a", web, 1), aBudget("shop", "b", web, 0)}, "b"},
		{"then the name", []*policyv1.PodDisruptionBudget{aBudget("shop", "b", web, 1), aBudget("shop", "a", web, 1)}, "a"},
	} {
		var all []budget
		for _, b := range tc.budgets {
			all = append(all, budgetOf(b))
		}
		got := budgetFor(all, "shop", map[string]string{"app": "web", "tier": "front"})
		if (got == nil) != (tc.want == "") || got != nil && (got.Name != tc.want || got.MinAvailable != "50%" || got.MaxUnavailable != "") {
			t.Errorf("%s: %+v, want %q", tc.rule, got, tc.want)
		}
	}
}

func TestNamespacesCarryTheirRangesAndQuotas(t *testing.T) {
	lr := limitRange(&corev1.LimitRange{ObjectMeta: aMeta("shop", "defaults"), Spec: corev1.LimitRangeSpec{Limits: []corev1.LimitRangeItem{
		{Type: corev1.LimitTypeContainer, Default: quantities("500m", "512Mi"), DefaultRequest: quantities("100m", "128Mi"), Max: quantities("2", "2Gi")},
		{Type: corev1.LimitTypePersistentVolumeClaim, Max: corev1.ResourceList{"storage": resource.MustParse("1Ti")}},
	}}})
	q := quota(&corev1.ResourceQuota{ObjectMeta: aMeta("shop", "team"),
		Spec: corev1.ResourceQuotaSpec{Hard: corev1.ResourceList{
			"cpu": resource.MustParse("12"), "requests.cpu": resource.MustParse("10"), "memory": resource.MustParse("8Gi"), "limits.memory": resource.MustParse("16Gi"), "pods": resource.MustParse("50")}},
		Status: corev1.ResourceQuotaStatus{Used: corev1.ResourceList{"requests.cpu": resource.MustParse("4"), "limits.memory": resource.MustParse("5Gi")}}})
	objects := quota(&corev1.ResourceQuota{ObjectMeta: aMeta("other", "objects"), Spec: corev1.ResourceQuotaSpec{Hard: corev1.ResourceList{"pods": resource.MustParse("5")}}})
	want := []collector.Namespace{{
		Name: "shop",
		Limits: []collector.LimitRange{{Name: "defaults", Type: "Container",
			Max:            collector.Resources{CPU: 2000, Memory: 2 * collector.GiB},
			Default:        collector.Resources{CPU: 500, Memory: 512 * collector.MiB},
			DefaultRequest: collector.Resources{CPU: 100, Memory: 128 * collector.MiB}}},
		Quotas: []collector.Quota{{Name: "team",
			HardRequests: collector.Resources{CPU: 10000, Memory: 8 * collector.GiB}, UsedRequests: collector.Resources{CPU: 4000},
			HardLimits: collector.Resources{Memory: 16 * collector.GiB}, UsedLimits: collector.Resources{Memory: 5 * collector.GiB}}},
	}}
	if d := cmp.Diff(want, namespaces([]collector.Namespace{lr}, []collector.Namespace{q, objects})); d != "" {
		t.Error(d)
	}
}
