package patch

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// prove builds dir with the draft laid over it, and every other folder of the
// fleet that builds on dir, and errs unless exactly the candidates' fields differ.
func (m *maker) prove(ctx context.Context, dir string, before objects, draft map[string][]byte, list []*candidate) error {
	after, err := m.build(ctx, dir, m.accepted, draft)
	if err != nil {
		return fmt.Errorf("with the patch: %w", err)
	}
	var intents []*intent
	for _, c := range list {
		intents = append(intents, c.intents...)
	}
	if err := reached(after, intents); err != nil {
		return err
	}
	if d := unintended(before, after, intents); len(d) > 0 {
		return fmt.Errorf("the patch would also change %s", describe(d))
	}
	for _, other := range m.reaching(dir) {
		if err := m.proveOther(ctx, other, dir, draft, intents); err != nil {
			return err
		}
	}
	return nil
}

// proveOther holds that what changes in another folder's build is intended for
// every cluster that builds it.
func (m *maker) proveOther(ctx context.Context, other, dir string, draft map[string][]byte, intents []*intent) error {
	before, err := m.build(ctx, other, m.accepted)
	if err != nil {
		return fmt.Errorf("%s builds on %s, and what a patch would do there can't be proved: %w", other, dir, err)
	}
	after, err := m.build(ctx, other, m.accepted, draft)
	if err != nil {
		return fmt.Errorf("%s builds on %s, and with the patch: %w", other, dir, err)
	}
	for _, b := range m.owners.dirs[other] {
		own := slices.DeleteFunc(slices.Clone(intents), func(i *intent) bool { return b.remote || i.owner.cluster != b.cluster })
		if d := unintended(before, after, own); len(d) > 0 {
			return fmt.Errorf("%s builds on %s, and the patch would change %s there", b, dir, describe(d))
		}
	}
	return nil
}

// reaching are the other folders of the fleet's Kustomizations that build on dir:
// by name, or because Flux lists everything below them.
func (m *maker) reaching(dir string) []string {
	var out []string
	for other := range m.owners.dirs {
		if other == dir || !m.plain.isDir(other) {
			continue
		}
		dirs, _ := m.closure(other)
		swept := m.plain.kustomizationFile(other) == "" && (other == "." || strings.HasPrefix(dir, other+"/"))
		if dirs[dir] || swept {
			out = append(out, other)
		}
	}
	slices.Sort(out)
	return out
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
	for _, i := range intents {
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
		wanted[leaf{i.key, pointer(s.steps)}] = text(i.value)
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
