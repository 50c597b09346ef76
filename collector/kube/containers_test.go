package kube

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/tuppence-dev/tuppence/collector"
)

func TestContainersComeInTheOrderThatThePodStartsThem(t *testing.T) {
	always := corev1.ContainerRestartPolicyAlways
	mesh := aContainer("mesh", "50m")
	mesh.RestartPolicy = &always
	got := containers(&corev1.PodSpec{
		InitContainers: []corev1.Container{mesh, aContainer("migrate", "1")},
		Containers:     []corev1.Container{aContainer("app", "")},
	})
	want := []collector.Container{
		{Name: "mesh", Role: collector.Sidecar, Image: "registry/mesh:1", Requests: collector.Resources{CPU: 50}},
		{Name: "migrate", Role: collector.Init, Image: "registry/migrate:1", Requests: collector.Resources{CPU: 1000}},
		{Name: "app", Image: "registry/app:1"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestALimitWithoutARequestIsTheRequest(t *testing.T) {
	c := corev1.Container{Resources: corev1.ResourceRequirements{
		Limits:   quantities("500m", "1Gi"),
		Requests: corev1.ResourceList{corev1.ResourceCPU: quantities("0", "0")[corev1.ResourceCPU]},
	}}
	got := container(&c, collector.App).Requests
	if want := (collector.Resources{CPU: 0, Memory: collector.GiB}); got != want {
		t.Errorf("got %+v, want %+v: a request of zero is set, one that is absent is not", got, want)
	}
}

func TestRuntimeIsReadFromTheCommandOrThePresenceOfAVariable(t *testing.T) {
	env := func(name string) corev1.Container {
		return corev1.Container{Env: []corev1.EnvVar{{Name: name, Value: "-Dpassword=hunter2"}}}
	}
	for rule, tc := range map[string]struct {
		c    corev1.Container
		want string
	}{
		"JAVA_TOOL_OPTIONS": {env("JAVA_TOOL_OPTIONS"), "jvm"},
		"JAVA_OPTS":         {env("JAVA_OPTS"), "jvm"},
		"another variable":  {env("JAVASCRIPT"), ""},
		"java in a path":    {corev1.Container{Command: []string{"/opt/jdk/bin/java"}}, "jvm"},
		"java in a script":  {corev1.Container{Args: []string{"-c", "exec java -jar /app.jar"}}, "jvm"},
		"a heap size":       {corev1.Container{Args: []string{"-Xmx512m"}}, "jvm"},
		"a word with java":  {corev1.Container{Args: []string{"javascript", "--java-less"}}, ""},
		"nothing":           {corev1.Container{}, ""},
	} {
		if got := runtimeOf(&tc.c); got != tc.want {
			t.Errorf("%s: %q, want %q", rule, got, tc.want)
		}
	}
}

func TestContainersInForce(t *testing.T) {
	c := func(name string, cpu collector.MilliCPU, image string) collector.Container {
		return collector.Container{Name: name, Image: image, Requests: collector.Resources{CPU: cpu}}
	}
	injected := c("mesh", 10, "mesh:1")
	injected.Injected = true
	for _, tc := range []struct {
		rule             string
		template, newest []collector.Container
		want             []collector.Container
	}{
		{"no live pod: the template", []collector.Container{c("app", 100, "app:2")}, nil, []collector.Container{c("app", 100, "app:2")}},
		{"the pod's requests, the template's image",
			[]collector.Container{c("app", 0, "app:2")}, []collector.Container{c("app", 250, "mirror/app:1")},
			[]collector.Container{c("app", 250, "app:2")}},
		{"what only the pod has was injected, and keeps its place",
			[]collector.Container{c("app", 1, "a")}, []collector.Container{c("mesh", 10, "mesh:1"), c("app", 1, "a")},
			[]collector.Container{injected, c("app", 1, "a")}},
		{"what only the template has is yet to come",
			[]collector.Container{c("new", 5, "n"), c("app", 1, "a")}, []collector.Container{c("app", 1, "a")},
			[]collector.Container{c("app", 1, "a"), c("new", 5, "n")}},
	} {
		if d := cmp.Diff(tc.want, inForce(tc.template, tc.newest)); d != "" {
			t.Errorf("%s: %s", tc.rule, d)
		}
	}
}
