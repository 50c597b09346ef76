package kube

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/client-go/rest"
)

// Objects of the tests, as the API server would give them.

func aMeta(namespace, name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: namespace, Name: name}
}

func ownedBy(apiVersion, kind, name string) []metav1.OwnerReference {
	if kind == "" {
		return nil
	}
	yes := true
	return []metav1.OwnerReference{{APIVersion: apiVersion, Kind: kind, Name: name, UID: "u", Controller: &yes}}
}

func aContainer(name, cpu string) corev1.Container {
	c := corev1.Container{Name: name, Image: "registry/" + name + ":1"}
	if cpu != "" {
		c.Resources.Requests = corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(cpu)}
	}
	return c
}

func aTemplate(app string, containers ...corev1.Container) corev1.PodTemplateSpec {
	return corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": app}},
		Spec:       corev1.PodSpec{Containers: containers},
	}
}

func aDeployment(name string, replicas int32) *appsv1.Deployment {
	return &appsv1.Deployment{ObjectMeta: aMeta("shop", name), Spec: appsv1.DeploymentSpec{
		Replicas: &replicas, Template: aTemplate(name, aContainer("app", "100m")),
	}}
}

func aReplicaSet(name, deployment string) *appsv1.ReplicaSet {
	r := &appsv1.ReplicaSet{ObjectMeta: aMeta("shop", name), Spec: appsv1.ReplicaSetSpec{
		Template: aTemplate(deployment, aContainer("app", "100m")),
	}}
	if deployment != "" {
		r.OwnerReferences = ownedBy("apps/v1", "Deployment", deployment)
	}
	return r
}

// aPod is a running pod; owner kind "" is a bare one.
func aPod(namespace, name, node, apiVersion, kind, owner string) *corev1.Pod {
	p := &corev1.Pod{ObjectMeta: aMeta(namespace, name)}
	p.OwnerReferences = ownedBy(apiVersion, kind, owner)
	p.Spec.Containers = []corev1.Container{aContainer("app", "100m")}
	p.Spec.NodeName = node
	p.Status.Phase = corev1.PodRunning
	return p
}

// anObject decodes b as the dynamic client does, nil where it is no object.
func anObject(b []byte) *unstructured.Unstructured {
	u := &unstructured.Unstructured{}
	if utiljson.Unmarshal(b, &u.Object) != nil || u.Object == nil {
		return nil
	}
	return u
}

func serve(t *testing.T, h http.Handler) *Source {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return must(New(&rest.Config{Host: server.URL}, Options{}))
}

func at(hour int) metav1.Time {
	return metav1.NewTime(time.Date(2026, 11, 20, hour, 0, 0, 0, time.UTC))
}
