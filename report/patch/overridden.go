package patch

import (
	"context"
	"fmt"
	"strings"

	jsonyaml "sigs.k8s.io/yaml"
)

// overridden errs where what applies a folder puts patches of its own on, which set
// the field after whatever a patch in the folder does. Where its own object stands in
// no tree at hand, it is not known.
func (m *maker) overridden(ctx context.Context, c *candidate, built *rendering) error {
	for _, i := range c.intents {
		r := m.owners.reconcilers[i.owner.object()]
		k, ok := built.find(i.change.Object)
		if r == nil || i.inline != nil || !ok {
			continue
		}
		h, _ := holderOf(i.owner.home, r)
		s, err := m.standing(ctx, i.owner)
		if err != nil {
			continue
		}
		at, err := locate(s.built, h.path)
		list, _ := at.value.([]any)
		if err != nil || len(list) == 0 {
			continue
		}
		if err := m.outlives(i, k, built, list); err != nil {
			return fmt.Errorf("%s of %s, put on after what %s builds: %w", strings.Join(h.path, "."), s.object, i.owner.dir, err)
		}
	}
	return nil
}

// outlives errs unless the change stands once the patches are put on its object.
func (m *maker) outlives(i *intent, k key, built *rendering, list []any) error {
	obj, _ := clone(built.objects[k]).(map[string]any)
	s, err := locate(obj, i.change.Path)
	if err != nil {
		return nil //nolint:nilerr // prepare says so
	}
	value := typed(i.change.After, s.value, i.change.Path)
	if value != nil || s.found {
		if err := put(obj, i.change.Path, value); err != nil {
			return nil //nolint:nilerr // a field that has no place to stand in, as prepare says
		}
	}
	if scanned := m.scans[i.owner.dir]; scanned != nil {
		rename(obj, layerMeta(obj, k, &scanned.kust))
	}
	after, err := kustomized(obj, aimed(list, obj))
	if err != nil {
		return err
	}
	if reached(objects{k: after}, []*intent{{change: i.change, key: k, value: value}}) != nil {
		return fmt.Errorf("one of these patches sets %s, so that one in the folder has no effect; change it there", i.change.Field())
	}
	return nil
}

// rename gives obj the name that its kustomization's patches see.
func rename(obj map[string]any, names meta) {
	if metadata, ok := obj["metadata"].(map[string]any); ok {
		metadata["name"], metadata["namespace"] = names.name, names.namespace
		if names.namespace == "" {
			delete(metadata, "namespace")
		}
	}
}

// aimed are the patches that may be for obj: those with a target, of which kustomize
// takes the right ones, and those that name it.
func aimed(list []any, obj map[string]any) []any {
	metadata, _ := obj["metadata"].(map[string]any)
	var out []any
	for _, item := range list {
		patch, _ := item.(map[string]any)
		if patch["target"] == nil {
			var body map[string]any
			err := jsonyaml.Unmarshal([]byte(text(patch["patch"])), &body)
			names, _ := body["metadata"].(map[string]any)
			if err != nil || body["kind"] != obj["kind"] || text(names["name"]) != text(metadata["name"]) {
				continue
			}
		}
		out = append(out, item)
	}
	return out
}
