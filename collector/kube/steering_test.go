package kube

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/tuppence-dev/tuppence/collector"
)

const (
	canaries  = "/apis/flagger.app/v1beta1/canaries"
	verticals = "/apis/autoscaling.k8s.io/v1/verticalpodautoscalers"
)

func aCanary(name, kind, target, scaler string) string {
	return fmt.Sprintf(`{"metadata":{"namespace":"shop","name":%q},"spec":{"targetRef":{"apiVersion":"apps/v1","kind":%q,"name":%q},"autoscalerRef":%s}}`, name, kind, target, scaler)
}

func aVertical(name, target, policy string) string {
	return fmt.Sprintf(`{"metadata":{"namespace":"shop","name":%q},"spec":{"targetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":%q},"updatePolicy":%s}}`, name, target, policy)
}

func scaling(name, target string) *autoscalingv2.HorizontalPodAutoscaler {
	h := &autoscalingv2.HorizontalPodAutoscaler{ObjectMeta: aMeta("shop", name)}
	h.Spec.ScaleTargetRef = autoscalingv2.CrossVersionObjectReference{APIVersion: "apps/v1", Kind: "Deployment", Name: target}
	return h
}

// workloadNamed is the one workload of c of that kind and name.
func workloadNamed(t *testing.T, c *collector.Cluster, kind, name string) *collector.Workload {
	t.Helper()
	i := slices.IndexFunc(c.Workloads, func(w collector.Workload) bool { return w.Kind == kind && w.Name == name })
	if i < 0 {
		t.Fatalf("no %s %s", kind, name)
	}
	return &c.Workloads[i]
}

func TestFlaggersCopyLeadsToWhatItIsACopyOf(t *testing.T) {
	const hpa = `{"apiVersion":"autoscaling/v2","kind":"HorizontalPodAutoscaler","name":"scale-web"}`
	web := collector.WorkloadRef{APIVersion: "apps/v1", Kind: "Deployment", Namespace: "shop", Name: "web"}
	apps := collector.Origin{Kind: "Kustomization", Namespace: "flux-system", Name: "apps"}
	for rule, tc := range map[string]struct {
		canaries []string
		target   collector.WorkloadRef
		origin   collector.Origin
		hpa      string
	}{
		"with its HPA":                    {[]string{aCanary("web", "Deployment", "web", hpa)}, web, apps, "scale-web"},
		"with KEDA's, which is no copy":   {[]string{aCanary("web", "Deployment", "web", strings.Replace(hpa, "HorizontalPodAutoscaler", "ScaledObject", 1))}, web, apps, ""},
		"with none":                       {[]string{aCanary("web", "Deployment", "web", "null")}, web, apps, ""},
		"of two canaries by the first":    {[]string{aCanary("b", "Deployment", "web", "null"), aCanary("a", "Deployment", "web", hpa)}, web, apps, "scale-web"},
		"not by its name alone":           {nil, collector.WorkloadRef{}, collector.Origin{}, ""},
		"not by a canary of another":      {[]string{aCanary("web", "Deployment", "other", hpa)}, collector.WorkloadRef{}, collector.Origin{}, ""},
		"not by a canary of another kind": {[]string{aCanary("web", "DaemonSet", "web", hpa)}, collector.WorkloadRef{}, collector.Origin{}, ""},
		"not by a canary that names none": {[]string{`{"metadata":{"namespace":"shop","name":"web"},"spec":{"targetRef":"web"}}`}, collector.WorkloadRef{}, collector.Origin{}, ""},
	} {
		t.Run(rule, func(t *testing.T) {
			for range 2 {
				target := aDeployment("web", 0)
				target.Labels = labelled{"kustomize.toolkit.fluxcd.io/name": "apps", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"}
				f := small()
				f.objects["/apis/apps/v1/deployments"] = []runtime.Object{target, aDeployment("web-primary", 2)}
				f.objects["/apis/autoscaling/v2/horizontalpodautoscalers"] = []runtime.Object{scaling("scale-web", "web"), scaling("scale-web-primary", "web-primary")}
				f.raw = map[string]string{canaries: "[" + strings.Join(tc.canaries, ",") + "]"}
				c, err := collect(t, f)
				if err != nil || len(c.Gaps) > 0 {
					t.Fatal(err, gapLines(c))
				}
				w := workloadNamed(t, c, "Deployment", "web-primary")
				if w.Target != tc.target || w.Origin != tc.origin || w.HPA.Name != "scale-web-primary" || w.HPA.Target != tc.hpa {
					t.Errorf("target %+v, origin %v, HPA %+v", w.Target, w.Origin, w.HPA)
				}
				if other := workloadNamed(t, c, "Deployment", "web"); other.Target != (collector.WorkloadRef{}) || other.HPA.Target != "" {
					t.Errorf("the target leads to %+v, its HPA to %q", other.Target, other.HPA.Target)
				}
				slices.Reverse(tc.canaries)
			}
		})
	}
}

// The copies' pods run though what they are copies of may not be listed.
func TestFlaggersCopyOfWhatIsNotListedIsStillACopy(t *testing.T) {
	inv := inventory{canaries: []canary{canaryOf(anObject([]byte(aCanary("agent", "DaemonSet", "agent", "null"))))},
		daemonSets: []workload{daemonSet(&appsv1.DaemonSet{ObjectMeta: aMeta("shop", "agent-primary")})}}
	got, _ := inv.assemble()
	if want := (collector.WorkloadRef{APIVersion: "apps/v1", Kind: "DaemonSet", Namespace: "shop", Name: "agent"}); len(got) != 1 || got[0].Target != want {
		t.Errorf("%+v", got)
	}
}

func TestARolloutLeadsToTheObjectWhoseTemplateItBorrows(t *testing.T) {
	for rule, tc := range map[string]struct {
		ref  string
		want collector.WorkloadRef
	}{
		"a Deployment, in the version that it was listed in": {`{"apiVersion":"apps/v1beta1","kind":"Deployment","name":"web"}`, collector.WorkloadRef{APIVersion: "apps/v1", Kind: "Deployment", Namespace: "shop", Name: "web"}},
		"what was not listed, as it is named":                {`{"apiVersion":"v1","kind":"PodTemplate","name":"web"}`, collector.WorkloadRef{APIVersion: "v1", Kind: "PodTemplate", Namespace: "shop", Name: "web"}},
		"none":                                               {`null`, collector.WorkloadRef{}},
		"a reference that isn't":                             {`{"name":7,"kind":"Deployment"}`, collector.WorkloadRef{}},
	} {
		u := anObject([]byte(`{"metadata":{"namespace":"shop","name":"web"},"spec":{"workloadRef":` + tc.ref + `}}`))
		inv := inventory{deployments: []workload{deployment(aDeployment("web", 0))}, rollouts: []workload{rollout(u)}}
		got, _ := inv.assemble()
		i := slices.IndexFunc(got, func(w collector.Workload) bool { return w.Kind == "Rollout" })
		if got[i].Target != tc.want {
			t.Errorf("%s: %+v", rule, got[i].Target)
		}
	}
}

func TestTheVPAInChargeOfAWorkload(t *testing.T) {
	for rule, tc := range map[string]struct {
		verticals []string
		want      *collector.VPA
	}{
		"none":                           {nil, nil},
		"without a policy it is Auto":    {[]string{aVertical("v", "web", "null")}, &collector.VPA{Name: "v", Mode: "Auto"}},
		"its mode":                       {[]string{aVertical("v", "web", `{"updateMode":"InPlaceOrRecreate"}`)}, &collector.VPA{Name: "v", Mode: "InPlaceOrRecreate"}},
		"one that only looks":            {[]string{aVertical("v", "web", `{"updateMode":"Off"}`)}, &collector.VPA{Name: "v", Mode: "Off"}},
		"of another workload":            {[]string{aVertical("v", "api", "null")}, nil},
		"one in charge before one not":   {[]string{aVertical("a", "web", `{"updateMode":"Off"}`), aVertical("b", "web", `{"updateMode":"Initial"}`)}, &collector.VPA{Name: "b", Mode: "Initial"}},
		"of two in charge the first":     {[]string{aVertical("b", "web", "null"), aVertical("a", "web", `{"updateMode":"Recreate"}`)}, &collector.VPA{Name: "a", Mode: "Recreate"}},
		"of two that look the first too": {[]string{aVertical("b", "web", `{"updateMode":"Off"}`), aVertical("a", "web", `{"updateMode":"Off"}`)}, &collector.VPA{Name: "a", Mode: "Off"}},
	} {
		t.Run(rule, func(t *testing.T) {
			for range 2 {
				f := small()
				f.raw = map[string]string{verticals: "[" + strings.Join(tc.verticals, ",") + "]"}
				c, err := collect(t, f)
				if err != nil || len(c.Gaps) > 0 {
					t.Fatal(err, gapLines(c))
				}
				if d := cmp.Diff(tc.want, c.Workloads[0].VPA); d != "" {
					t.Error(d)
				}
				slices.Reverse(tc.verticals)
			}
		})
	}
}

func TestWhoWantsNoAdviceIsRead(t *testing.T) {
	ignore := labelled{collector.IgnoreAnnotation: "spot"}
	f := small()
	web, bare := aDeployment("web", 2), aPod("shop", "bare", "n1", "", "", "")
	web.Annotations, bare.Annotations = ignore, ignore
	web.Spec.Template.Annotations = labelled{collector.IgnoreAnnotation: "true"} // which is about pods, not about their workload
	owned := f.objects["/api/v1/pods"][0].(*corev1.Pod)
	owned.Annotations = labelled{collector.IgnoreAnnotation: "true"}
	f.objects["/apis/apps/v1/deployments"] = []runtime.Object{web, aDeployment("api", 1)}
	f.objects["/api/v1/pods"] = append(f.objects["/api/v1/pods"], bare)
	shop, plain := &corev1.Namespace{ObjectMeta: aMeta("", "shop")}, &corev1.Namespace{ObjectMeta: aMeta("", "plain")}
	shop.Annotations = labelled{collector.IgnoreAnnotation: "true", "other": "s3cr3t"}
	plain.Annotations = labelled{collector.IgnoreAnnotation: "false"}
	f.objects["/api/v1/namespaces"] = []runtime.Object{shop, plain}
	f.raw = map[string]string{"/apis/argoproj.io/v1alpha1/rollouts": `[{"metadata":{"namespace":"shop","name":"r","annotations":{"tuppence.dev/ignore":"rightsize"}},"spec":{}}]`}
	c, err := collect(t, f)
	if err != nil || len(c.Gaps) > 0 {
		t.Fatal(err, gapLines(c))
	}
	got := map[string]string{}
	for _, w := range c.Workloads {
		got[w.Kind+" "+w.Name] = w.Ignore
	}
	if d := cmp.Diff(map[string]string{"Deployment web": "spot", "Deployment api": "", "Pod bare": "spot", "Rollout r": "rightsize"}, got); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]collector.Namespace{{Name: "shop", Ignore: "true"}}, c.Namespaces); d != "" {
		t.Error(d)
	}
}

// FuzzSteering holds hostile custom resources to what a recording takes.
func FuzzSteering(f *testing.F) {
	f.Add([]byte(aCanary("a", "Deployment", "web", `{"kind":"HorizontalPodAutoscaler","name":7}`)))
	f.Add([]byte(aVertical("a", "web", `["x"]`)))
	f.Add([]byte(`{"spec":{"targetRef":[],"updatePolicy":{"updateMode":null}}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		u := anObject(b)
		if u == nil {
			return
		}
		c, v := canaryOf(u), verticalOf(u)
		for _, s := range []string{c.target.APIVersion, c.target.Kind, c.target.Name, c.hpa, v.target.Name, v.vpa.Mode} {
			if len(s) > collector.MaxText {
				t.Errorf("a text of %d bytes", len(s))
			}
		}
		if v.vpa.Mode == "" {
			t.Error("a VPA without a mode")
		}
	})
}
