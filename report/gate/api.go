package gate

import (
	"encoding/json"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/runtime"
	serializer "k8s.io/apimachinery/pkg/runtime/serializer/json"
	"k8s.io/client-go/kubernetes/scheme"

	"github.com/tuppence-dev/tuppence/recommend"
)

// builds holds that what the change reaches is still among what is built.
func builds(c *Case) recommend.Check {
	if len(c.Objects) == 0 || len(c.Build) == 0 {
		return undecided("what Git builds after the change is not at hand")
	}
	built := map[key]bool{}
	for _, obj := range c.Build {
		built[keyOf(obj)] = true
	}
	var lost faults
	for _, r := range c.Objects {
		if r.After == nil || !built[keyOf(r.After)] {
			lost.add("%s is not built after the change", r.key())
		}
	}
	if len(lost) > 0 {
		return fail("%s", lost)
	}
	return pass("objects built: %d", len(c.Build))
}

// strict decodes built-in types, and refuses fields that they don't have.
var strict = serializer.NewSerializerWithOptions(serializer.DefaultMetaFactory, scheme.Scheme, scheme.Scheme, serializer.SerializerOptions{Strict: true})

// apiValid decodes each object strictly, as the API server does.
func apiValid(c *Case) recommend.Check {
	if len(c.Objects) == 0 {
		return undecided("what Git builds after the change is not at hand")
	}
	var wrong faults
	known := 0
	for _, r := range c.Objects {
		data, err := json.Marshal(r.After)
		if err != nil {
			wrong.add("%s can't be encoded: %s", r.key(), brief(err.Error()))
			continue
		}
		_, _, err = strict.Decode(data, nil, nil)
		if runtime.IsNotRegisteredError(err) {
			continue
		}
		known++
		if err != nil {
			wrong.add("%s: %s", r.key(), brief(err.Error()))
		} else if name, q := negative(r.After); name != "" {
			wrong.add("%s: %s is %s, under zero", r.key(), name, q)
		}
	}
	switch {
	case len(wrong) > 0:
		return fail("%s", wrong)
	case known == 0:
		return beside("no built-in type of the API is changed")
	}
	return pass("")
}

// negative finds a request or a limit under zero, which decodes and which the API
// server refuses.
func negative(obj map[string]any) (string, string) {
	spec, err := podSpec(obj)
	if err != nil {
		return "", "" // the strict decoder has said so
	}
	for _, k := range containersOf(&spec) {
		for _, l := range []corev1.ResourceList{k.Resources.Requests, k.Resources.Limits} {
			for _, name := range []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory} {
				if q := l[name]; q.Cmp(resource.Quantity{}) < 0 {
					return k.Name + " " + string(name), q.String()
				}
			}
		}
	}
	return "", ""
}
