package patch

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// prove builds dir with the draft laid over it, and every other folder that loads
// dir, and errs unless exactly the intended fields differ.
func (m *maker) prove(ctx context.Context, dir string, before objects, draft map[string][]byte, intents []*intent) error {
	after, err := m.build(ctx, dir, false, m.accepted, draft)
	if err != nil {
		return fmt.Errorf("with the patch: %w", err)
	}
	m.proving = after.objects
	if err := reached(after.objects, intents); err != nil {
		return err
	}
	if d := unintended(before, after.objects, intents); len(d) > 0 {
		return fmt.Errorf("the patch would also change %s", describe(d))
	}
	if len(draft) == 0 {
		return nil // nothing of it changes for those that load it
	}
	for _, other := range m.reaching(dir) {
		if err := m.proveOther(ctx, other, dir, draft, intents); err != nil {
			return err
		}
	}
	return nil
}

// proveOther holds that what changes in another folder's build is intended for
// every cluster that builds it. A folder that no cluster which was read builds
// may not change at all.
func (m *maker) proveOther(ctx context.Context, other, dir string, draft map[string][]byte, intents []*intent) error {
	before, err := m.before(ctx, other)
	if err != nil {
		return fmt.Errorf("%s builds on %s, and what a patch would do there can't be proved: %w", other, dir, err)
	}
	after, err := m.build(ctx, other, false, m.accepted, draft)
	if err != nil {
		return fmt.Errorf("%s builds on %s, and with the patch: %w", other, dir, err)
	}
	builders := m.owners.dirs[other]
	for _, b := range builders {
		own := slices.DeleteFunc(slices.Clone(intents), func(i *intent) bool { return b.cluster == "" || i.owner.cluster != b.cluster })
		own = append(own, m.done[other]...)
		if d := unintended(before.objects, after.objects, own); len(d) > 0 {
			return fmt.Errorf("%s builds on %s, and the patch would change %s there", b, dir, describe(d))
		}
	}
	if d := unintended(before.objects, after.objects, nil); len(builders) == 0 && len(d) > 0 {
		return fmt.Errorf("%s builds on %s, no cluster that was read builds it, and the patch would change %s there", other, dir, describe(d))
	}
	return nil
}

// reached errs unless every intent's field has its value in the build.
func reached(after objects, intents []*intent) error {
	for _, i := range intents {
		obj, ok := after[i.key]
		if !ok {
			return fmt.Errorf("with the patch, %s is built no more", i.key)
		}
		s, err := locate(obj, i.change.Path)
		if err != nil {
			return fmt.Errorf("with the patch, %s: %w", i.key, err)
		}
		if s.found != (i.value != nil) || s.found && text(s.value) != text(i.value) {
			now := "is not set"
			if s.found {
				now = "stays " + brief(text(s.value))
			}
			return fmt.Errorf("%s of %s %s with the patch: something later in the kustomization sets it, or the patch does not match", i.change.Field(), i.key, now)
		}
	}
	return nil
}

// unintended are the differences that no intent asks for.
func unintended(before, after objects, intents []*intent) []difference {
	type leaf struct {
		key  key
		path string
	}
	wanted := map[leaf]string{}
	var whole []leaf // lists, which reached holds as a whole
	for _, i := range intents {
		if _, ok := i.value.([]any); ok {
			whole = append(whole, leaf{i.key, pointer(anySteps(i.change.Path))})
			continue
		}
		side := after
		if i.value == nil {
			side = before
		}
		obj := side[i.key]
		if obj == nil {
			continue
		}
		s, err := locate(obj, i.change.Path)
		if err != nil {
			continue
		}
		wanted[leaf{i.key, pointer(s.steps)}] = text(s.written(i.value))
		for n, step := range i.change.Path {
			// A new element of a list brings the name it is selected by.
			if field, value, ok := selector(step); ok {
				if old, _ := dig(before[i.key], s.steps[:n+1]); old == nil {
					wanted[leaf{i.key, pointer(s.steps[:n+1]) + "/" + escape(field)}] = value
				}
			}
		}
	}
	return slices.DeleteFunc(compare(before, after), func(d difference) bool {
		if value, ok := wanted[leaf{d.key, d.path}]; ok && d.path != "" && text(d.after) == value {
			return true
		}
		if slices.ContainsFunc(whole, func(w leaf) bool {
			return w.key == d.key && (d.path == w.path || strings.HasPrefix(d.path, w.path+"/"))
		}) {
			return true
		}
		if !hollow(d.before) || !hollow(d.after) {
			return false
		}
		for w := range wanted { // a map that the field leaves empty, or fills
			if w.key == d.key && strings.HasPrefix(w.path, d.path+"/") {
				return true
			}
		}
		return false
	})
}

// hollow tells whether nothing is in v.
func hollow(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case map[string]any:
		return len(v) == 0
	case []any:
		return len(v) == 0
	}
	return false
}

// describe names the first differences and counts the rest.
func describe(list []difference) string {
	var names []string
	for _, d := range list[:min(3, len(list))] {
		names = append(names, d.String())
	}
	text := strings.Join(names, ", ")
	if more := len(list) - len(names); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
