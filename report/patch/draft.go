package patch

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/api/konfig"
	"sigs.k8s.io/kustomize/api/types"
)

// headGenerated starts a kustomization that takes the place of Flux's own.
const headGenerated = "# Written once by tuppence, for its patches to stand in: until now Flux made this list anew each time.\n" +
	"# It is yours from here on. List new manifests of this folder here, or Flux will not apply them.\n"

// draft returns the files that would make the candidates' changes in dir: a patch
// file an object, and the kustomization that lists them.
func (m *maker) draft(ctx context.Context, dir string, before *rendering, list []*candidate) (map[string][]byte, error) {
	t := m.disk.layer(ctx, m.accepted)
	if err := joinAll(list); err != nil {
		return nil, err
	}
	if m.plainFolder(dir) {
		out, err := inPlace(t, before, list)
		if err != nil {
			return nil, err
		}
		return out, m.unlisted(out)
	}
	parts := split(list, before.objects)
	now, err := m.found(ctx, dir, before.objects, parts)
	if err != nil {
		return nil, err
	}
	by := map[string][]*part{}
	for _, p := range parts {
		home := m.home(ctx, dir, before.from[p.key])
		by[home] = append(by[home], p)
	}
	out := map[string][]byte{}
	for _, home := range sortedNames(by) {
		if err := m.draftIn(t, home, by[home], now, out); err != nil {
			return nil, err
		}
	}
	return out, kept(t, dir, out)
}

// draftIn adds the files that make the parts' changes in one folder to out. now are
// the objects as the patches find them.
func (m *maker) draftIn(t *tree, dir string, parts []*part, now objects, out map[string][]byte) error {
	file, src, kust, err := m.kustomization(t, dir)
	if err != nil {
		return err
	}
	_, old, err := parseKustomization(src)
	if err != nil {
		return fmt.Errorf("%s: %w", path.Join(dir, file), err)
	}
	listed := listedPatches(old)
	var entries []entry
	work := objects{}
	for _, p := range parts {
		if work[p.key] == nil {
			work[p.key], _ = clone(now[p.key]).(map[string]any)
		}
		names := layerMeta(now[p.key], p.key, kust)
		name, o, err := m.ownedFile(t, dir, p, names, listed)
		if err != nil {
			return err
		}
		o.findings = append(o.findings, p.ids...)
		o.crlf = o.crlf || strings.Contains(string(src), "\r\n")
		for _, i := range p.intents {
			if err := o.apply(work[p.key], i); err != nil {
				return fmt.Errorf("%s of %s: %w", i.change.Field(), p.key, err)
			}
			i.file = path.Join(dir, name)
		}
		if !p.ops {
			for _, i := range p.intents {
				o.align(now[p.key], i.change.Path)
			}
		}
		if out[path.Join(dir, name)], err = o.bytes(); err != nil {
			return err
		}
		t.over[path.Join(dir, name)] = out[path.Join(dir, name)] // taken, for the objects that follow
		entries = append(entries, entry{name, names})
	}
	if out[path.Join(dir, file)], err = addPatches(src, entries); err != nil {
		return fmt.Errorf("%s: %w", path.Join(dir, file), err)
	}
	return nil
}

// found are the objects as the patches of dir find them: where one is a list of
// operations, whose tests are put to that, with what changes in the bases.
func (m *maker) found(ctx context.Context, dir string, before objects, parts []*part) (objects, error) {
	if !slices.ContainsFunc(parts, func(p *part) bool { return p.ops }) {
		return before, nil
	}
	loads, _ := m.closure(dir)
	for name := range m.accepted {
		if at := path.Dir(name); at != dir && loads[at] {
			b, err := m.build(ctx, dir, false, m.accepted)
			if err != nil {
				return nil, err
			}
			return b.objects, nil
		}
	}
	return before, nil
}

// inPlace makes the candidates' changes where the values stand.
func inPlace(t *tree, before *rendering, list []*candidate) (map[string][]byte, error) {
	out := map[string][]byte{}
	for _, c := range list {
		for _, i := range c.intents {
			file := before.from[i.key]
			if file == "" {
				return nil, fmt.Errorf("which file %s comes from can't be told", i.key)
			}
			src, err := t.read(file)
			if err != nil {
				return nil, err
			}
			if out[file], err = setInPlace(src, i.key, i.change.Path, i.value); err != nil {
				return nil, fmt.Errorf("%s: %w", file, err)
			}
			t.over[file] = out[file]
			i.file = file
		}
	}
	return out, nil
}

// unlisted errs where a kustomization of another folder lists one of the files by
// name: what changes where it stands changes there too.
func (m *maker) unlisted(files map[string][]byte) error {
	for _, dir := range m.indexed().dirs {
		kust := &m.scanned(dir).kust
		for _, entry := range kust.Resources {
			if at := path.Join(dir, entry); files[at] != nil {
				return fmt.Errorf("%s is listed in %s too, where it would change along", at, dir)
			}
		}
	}
	return nil
}

// kept errs where Flux would leave a new file out of its artifact.
func kept(t *tree, dir string, files map[string][]byte) error {
	ignored, err := ignores(t, dir)
	if err != nil {
		return err
	}
	for name := range files {
		if ignored(name, false) {
			return fmt.Errorf("a .sourceignore keeps %s out of Flux's artifact", name)
		}
	}
	return nil
}

// apply puts an intent into its patch file. work is the object with the intents
// so far, so that operations fit what the earlier patches leave.
func (o *owned) apply(work map[string]any, i *intent) error {
	if i.inline != nil {
		return o.replaceList(work, i)
	}
	if o.ops {
		return o.operate(work, i.change.Path, i.value)
	}
	if err := o.merge(i.change.Path, i.value); err != nil {
		return err
	}
	s, err := locate(work, i.change.Path)
	if err != nil || i.value == nil {
		return err
	}
	if !s.found {
		// The parents are made by the merge: the operations that follow find them.
		for n := 1; n < len(s.steps); n++ {
			if _, there := dig(work, s.steps[:n]); !there {
				if err := assign(work, s.steps[:n], map[string]any{}); err != nil {
					return err
				}
			}
		}
	}
	return assign(work, s.steps, i.value)
}

// kustomization returns dir's kustomization file and what it holds: Flux's own
// list, under a header, where there is none.
func (m *maker) kustomization(t *tree, dir string) (string, []byte, *types.Kustomization, error) {
	name := t.kustomizationFile(dir)
	if name == "" {
		data, err := m.generate(t, dir)
		return konfig.DefaultKustomizationFileName(), append([]byte(headGenerated), data...), &types.Kustomization{}, err
	}
	src, err := t.read(path.Join(dir, name))
	kust := &types.Kustomization{}
	if k := m.scans[dir]; k != nil {
		kust = &k.kust
	}
	return name, src, kust, err
}

// layerMeta is the object as the patches of its kustomization see it: they run
// before the same kustomization's name prefix, suffix and namespace.
func layerMeta(obj map[string]any, k key, kust *types.Kustomization) meta {
	m := meta{apiVersion: text(obj["apiVersion"]), kind: k.kind, name: k.name, namespace: k.namespace}
	m.name = strings.TrimSuffix(strings.TrimPrefix(m.name, kust.NamePrefix), kust.NameSuffix)
	if kust.Namespace != "" {
		m.namespace = ""
	}
	return m
}
