package kube

import (
	"path"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/tuppence-dev/tuppence/collector"
)

// containers returns what spec runs, in the order it starts in: init containers
// and native sidecars, then app containers.
func containers(spec *corev1.PodSpec) []collector.Container {
	out := make([]collector.Container, 0, len(spec.InitContainers)+len(spec.Containers))
	for i := range spec.InitContainers {
		c := &spec.InitContainers[i]
		role := collector.Init
		if c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways {
			role = collector.Sidecar
		}
		out = append(out, container(c, role))
	}
	for i := range spec.Containers {
		out = append(out, container(&spec.Containers[i], collector.App))
	}
	return out
}

func container(c *corev1.Container, role collector.Role) collector.Container {
	out := collector.Container{
		Name:     c.Name,
		Role:     role,
		Image:    c.Image,
		Runtime:  runtimeOf(c),
		Requests: resources(c.Resources.Requests),
		Limits:   resources(c.Resources.Limits),
	}
	// The API server does this to pods, but leaves templates as they are
	// written: a limit of 500m without a request asks for 500m.
	if _, set := c.Resources.Requests[corev1.ResourceCPU]; !set {
		out.Requests.CPU = out.Limits.CPU
	}
	if _, set := c.Resources.Requests[corev1.ResourceMemory]; !set {
		out.Requests.Memory = out.Limits.Memory
	}
	out.Requests.GPU = max(out.Requests.GPU, out.Limits.GPU) // the API server takes them only where they are equal
	return out
}

// jvmEnv are the variables that set a JVM's options. Only their presence is
// looked at: values may hold secrets.
var jvmEnv = []string{"JAVA_TOOL_OPTIONS", "JAVA_OPTS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS"}

func runtimeOf(c *corev1.Container) string {
	if slices.ContainsFunc(c.Env, func(e corev1.EnvVar) bool { return slices.Contains(jvmEnv, e.Name) }) {
		return "jvm"
	}
	for _, arg := range slices.Concat(c.Command, c.Args) {
		for word := range strings.FieldsSeq(arg) { // "sh -c 'exec java -jar app.jar'" too
			if path.Base(word) == "java" || strings.HasPrefix(word, "-Xmx") {
				return "jvm"
			}
		}
	}
	return ""
}

// inForce joins a template's containers with those of the newest live pod, in
// the pod's order: image from the template, requests and limits from the pod,
// where a LimitRange or a webhook may have filled them in. A container that only
// the pod has was injected. What only the template has comes last: the pod is
// then older than it.
func inForce(template, newest []collector.Container) []collector.Container {
	if newest == nil {
		return slices.Clone(template)
	}
	out := make([]collector.Container, 0, len(newest))
	for _, c := range newest {
		i := slices.IndexFunc(template, func(t collector.Container) bool { return t.Name == c.Name })
		if i < 0 {
			c.Injected = true
		} else {
			c.Image = template[i].Image
			c.Runtime = max(c.Runtime, template[i].Runtime)
		}
		out = append(out, c)
	}
	for _, t := range template {
		if !slices.ContainsFunc(newest, func(c collector.Container) bool { return c.Name == t.Name }) {
			out = append(out, t)
		}
	}
	return out
}
