package kube

import (
	"bytes"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"

	"github.com/tuppence-dev/tuppence/collector"
)

func TestALabelIsTheWorkloadsElseItsTemplatesElseItsNamespaces(t *testing.T) {
	for _, tc := range []struct {
		rule                     string
		own, template, namespace labelled
		want                     string
	}{
		{"its own", labelled{"team": "a"}, labelled{"team": "b"}, labelled{"team": "c"}, "a"},
		{"its template's", nil, labelled{"team": "b"}, labelled{"team": "c"}, "b"},
		{"its namespace's", nil, nil, labelled{"team": "c"}, "c"},
		{"an empty one is none", labelled{"team": ""}, labelled{"team": "b"}, nil, "b"},
		{"what can be no label is none", labelled{"team": strings.Repeat("x", 64)}, labelled{"team": "two words"}, labelled{"team": "c"}, "c"},
		{"none", nil, labelled{"other": "b"}, nil, ""},
	} {
		d := aDeployment("web", 1)
		d.Labels = tc.own
		d.Spec.Template.Labels = tc.template
		inv := inventory{deployments: []workload{deployment(d)}, namespaces: []space{{"shop", tc.namespace, ""}, {"other", labelled{"team": "z"}, ""}}}
		found, _ := inv.assemble("cost-centre", "team")
		var want []collector.Label
		if tc.want != "" {
			want = []collector.Label{{Key: "team", Value: tc.want}}
		}
		if d := cmp.Diff(want, found[0].Labels); d != "" {
			t.Errorf("%s: %s", tc.rule, d)
		}
	}
}

// Labels and annotations hold names of people, tickets and worse: none leaves the
// cluster but the values of the keys that are allowed.
func TestNoLabelLeavesTheClusterButThoseAllowed(t *testing.T) {
	const secret = "s3cr3t"
	f := small()
	private := labelled{"owner": secret, "team.example/token": secret, "app.kubernetes.io/managed-by": secret}
	mark := func(m *metav1.ObjectMeta) {
		if m.Labels == nil {
			m.Labels = labelled{}
		}
		maps.Copy(m.Labels, private)
		m.Labels["team"] = "payments"
		m.Annotations = private
	}
	for _, list := range f.objects {
		for _, o := range list {
			switch o := o.(type) {
			case *corev1.Node:
				mark(&o.ObjectMeta)
			case *corev1.Pod:
				mark(&o.ObjectMeta)
			case *appsv1.Deployment:
				mark(&o.ObjectMeta)
				mark(&o.Spec.Template.ObjectMeta)
			case *appsv1.ReplicaSet:
				mark(&o.ObjectMeta)
				mark(&o.Spec.Template.ObjectMeta)
			}
		}
	}
	space := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "shop"}}
	disk := boundTo(aDisk("pv", "", csi("ebs.csi.aws.com", "vol-1")), "shop", "data")
	balancer := aService("web", "LoadBalancer")
	ingress := anIngress("shop", "web", "alb", nil, "web")
	for _, m := range []*metav1.ObjectMeta{&space.ObjectMeta, &disk.ObjectMeta, &balancer.ObjectMeta, &ingress.ObjectMeta} {
		mark(m)
	}
	f.objects["/api/v1/namespaces"] = []runtime.Object{space}
	f.objects["/api/v1/persistentvolumes"] = []runtime.Object{disk}
	f.objects["/api/v1/services"] = []runtime.Object{balancer}
	f.objects["/apis/networking.k8s.io/v1/ingresses"] = []runtime.Object{ingress}

	for _, allow := range [][]string{nil, {"team"}} {
		c, err := collectWith(t, f, Options{Labels: allow})
		if err != nil || len(c.Volumes) != 1 || len(c.LoadBalancers) != 2 {
			t.Fatal(err, len(c.Volumes), len(c.LoadBalancers))
		}
		var b bytes.Buffer
		if err := collector.Write(&b, &collector.Fleet{Window: window, Clusters: []collector.Cluster{*c}}); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(b.String(), secret) || strings.Contains(b.String(), "owner") {
			t.Errorf("allowed %q: the recording holds a secret: %s", allow, b.String())
		}
		if got := strings.Count(b.String(), "payments"); got != len(allow) {
			t.Errorf("allowed %q: the team stands in the recording %d times", allow, got)
		}
		if _, err := collector.Read(&b); err != nil {
			t.Error(err)
		}
	}
}

func TestLabelsThatCannotBeAreRefused(t *testing.T) {
	many := make([]string, collector.MaxLabels+1)
	for i := range many {
		many[i] = strings.Repeat("a", i+1)
	}
	for rule, labels := range map[string][]string{
		"no key at all": {""}, "two words": {"cost centre"}, "too long": {strings.Repeat("a", 64)}, "too many": many,
	} {
		if _, err := New(&rest.Config{Host: "http://127.0.0.1:1"}, Options{Labels: labels}); err == nil {
			t.Errorf("%s: no error", rule)
		}
	}
	s := must(New(&rest.Config{Host: "http://127.0.0.1:1"}, Options{Labels: []string{"team", "app.kubernetes.io/part-of", "team"}}))
	if d := cmp.Diff([]string{"app.kubernetes.io/part-of", "team"}, s.labels); d != "" {
		t.Error(d)
	}
}
