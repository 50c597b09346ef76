package gate

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/tuppence-dev/tuppence/recommend"
)

// key names an object as people do. Its namespace may be left out of Git, where
// the applier sets it.
type key struct{ group, kind, namespace, name string }

func (k key) String() string {
	if k.namespace == "" {
		return k.kind + " " + k.name
	}
	return k.kind + " " + k.namespace + "/" + k.name
}

func keyOf(obj map[string]any) key {
	k := key{group: groupOf(str(obj, "apiVersion")), kind: str(obj, "kind")}
	k.namespace, k.name = str(obj, "metadata", "namespace"), str(obj, "metadata", "name")
	return k
}

// keyOfObject is the key of an object that a finding names.
func keyOfObject(o recommend.Object) key {
	return key{groupOf(o.APIVersion), o.Kind, o.Namespace, o.Name}
}

// is reports whether both name one object: versions and a namespace that is left
// out don't count.
func (k key) is(o key) bool {
	return k.group == o.group && k.kind == o.kind && k.name == o.name &&
		(k.namespace == o.namespace || k.namespace == "" || o.namespace == "")
}

func groupOf(apiVersion string) string {
	group, _, grouped := strings.Cut(apiVersion, "/")
	if !grouped {
		return ""
	}
	return group
}

// key of the object, from the side that there is.
func (r Rendered) key() key {
	if r.After != nil {
		return keyOf(r.After)
	}
	return keyOf(r.Before)
}

// at follows keys of maps; nil where one isn't there.
func at(obj map[string]any, path ...string) any {
	var v any = obj
	for _, step := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[step]
	}
	return v
}

// str is the string at path, empty where there is none.
func str(obj map[string]any, path ...string) string {
	s, _ := at(obj, path...).(string)
	return s
}

// text is a plain value as a Change writes it: 2 for two cores, also where it was
// decoded as a float64.
func text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return fmt.Sprint(v)
}

// decode reads the part of an object at path into a type of the API. It takes
// unknown fields, which api-valid looks at, and errs on values of another type.
func decode[T any](obj map[string]any, path ...string) (T, error) {
	var out T
	data, err := json.Marshal(at(obj, path...))
	if err == nil {
		err = json.Unmarshal(data, &out)
	}
	if err != nil {
		return out, fmt.Errorf("%s can't be read: %w", keyOf(obj), err)
	}
	return out, nil
}

// find is the object that k names, of those that the change reaches.
func (c *Case) find(k key) (Rendered, bool) {
	for _, r := range c.Objects {
		if r.key().is(k) {
			return r, true
		}
	}
	return Rendered{}, false
}

// pods is the object with the workload's pod template: the workload itself, or
// the one other that the change reaches and that has containers, as where a
// Rollout borrows a Deployment's template or Flagger copies one.
func (c *Case) pods() (Rendered, bool) {
	w := c.Workload
	if r, ok := c.find(key{groupOf(w.APIVersion), w.Kind, w.Namespace, w.Name}); ok && r.hasPods() {
		return r, true
	}
	var found []Rendered
	for _, r := range c.Objects {
		if r.hasPods() {
			found = append(found, r)
		}
	}
	if len(found) != 1 {
		return Rendered{}, false
	}
	return found[0], true
}

// hasPods reports whether r runs containers after the change.
func (r Rendered) hasPods() bool {
	list, ok := at(r.After, slices.Concat(recommend.PodSpec(str(r.After, "kind")), []string{"containers"})...).([]any)
	return ok && len(list) > 0
}

// podSpec decodes the spec of obj's pods, empty where it has none.
func podSpec(obj map[string]any) (corev1.PodSpec, error) {
	return decode[corev1.PodSpec](obj, recommend.PodSpec(str(obj, "kind"))...)
}
