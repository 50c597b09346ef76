package patch

import (
	"slices"

	"sigs.k8s.io/kustomize/kyaml/yaml"
	jsonyaml "sigs.k8s.io/yaml"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
)

// held are the patches that a file of tuppence's puts within k, an object that patches
// what it applies, and where they stand in it; none where the file holds anything else.
func (o *owned) held(k key) (h holder, docs []*inlineDoc) {
	h, ok := holderOf("", &collector.Reconciler{Kind: k.kind})
	if !ok || !o.ops {
		return h, nil
	}
	var list []any
	for _, op := range o.doc.Content {
		items, ok := h.itemsOf(op)
		if !ok {
			return h, nil
		}
		list = append(list, items...)
	}
	others, docs := parted(list, h.nested)
	if len(others) > 0 {
		return h, nil
	}
	return h, docs
}

// itemsOf are the elements that an operation adds to the holder's list; false where it
// does something else.
func (h holder) itemsOf(op *yaml.Node) ([]any, bool) {
	if get(op, "op").Value != "add" {
		return nil, false
	}
	data, err := yaml.MarshalWithOptions(get(op, "value"), &yaml.EncoderOptions{})
	var value any
	if err != nil || jsonyaml.Unmarshal(data, &value) != nil {
		return nil, false
	}
	at := get(op, "path").Value
	if at == pointer(anySteps(h.path))+"/-" {
		return []any{value}, true
	}
	for n := 1; n <= len(h.path); n++ {
		if at == pointer(anySteps(h.path[:n])) {
			return only(value, h.path[n:])
		}
	}
	return nil, false
}

// only is the list that the steps lead to, where nothing else stands on the way.
func only(value any, steps []string) ([]any, bool) {
	for _, step := range steps {
		m, _ := value.(map[string]any)
		if len(m) != 1 {
			return nil, false
		}
		value = m[step]
	}
	list, ok := value.([]any)
	return list, ok
}

// unasked tells whether no cluster that the builders apply to has any of the patches
// within k in force, while no finding asks to change what they are for.
func (m *maker) unasked(docs []*inlineDoc, builders []*builder, k key, wanted map[[2]string]bool) bool {
	for _, d := range docs {
		for _, b := range builders {
			found := m.owners.targets(b.cluster, k, d.target)
			if len(found) == 0 || slices.ContainsFunc(found, func(o recommend.Object) bool { return !m.owners.lacks(d, o, wanted) }) {
				return false
			}
		}
	}
	return len(docs) > 0
}

// targets are the objects of a cluster that k applies there and a patch within it
// selects.
func (x *owners) targets(cluster string, k key, target map[string]any) []recommend.Object {
	var out []recommend.Object
	for o, from := range x.origins {
		applied := from.Kind == k.kind && from.Name == k.name && (from.Namespace == k.namespace || from.Namespace == "" && k.kind == "Application")
		if applied && o.Cluster == cluster && o.Kind == text(target["kind"]) && o.Name == text(target["name"]) &&
			(target["namespace"] == nil || o.Namespace == text(target["namespace"])) {
			out = append(out, o)
		}
	}
	return out
}

// lacks tells whether an object is known to lack all that a patch sets in it,
// while no finding asks to change it.
func (x *owners) lacks(d *inlineDoc, o recommend.Object, wanted map[[2]string]bool) bool {
	k := key{text(d.target["group"]), o.Kind, o.Namespace, o.Name}
	sets := d.owned.fields(skeleton(o, x.workloads[o], x.settings[o]))
	if len(sets) == 0 || wanted[[2]string{o.Cluster, identity(k)}] || x.unmeasured(o.Cluster, k) {
		return false
	}
	return !slices.ContainsFunc(sets, func(s fieldValue) bool {
		now, known := x.live(o.Cluster, k, s.path)
		return !known || same(s.path, now, s.value)
	})
}
