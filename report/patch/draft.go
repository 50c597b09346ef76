package patch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/api/konfig"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/tuppence-dev/tuppence/recommend"
)

// headGenerated starts a kustomization that takes the place of Flux's own.
const headGenerated = "# Written once by tuppence, for its patches to stand in: until now Flux made this list anew each time.\n" +
	"# It is yours from here on. List new manifests of this folder here, or Flux will not apply them.\n"

// part is what goes to one patch file: the intents on one object in one form.
type part struct {
	key     key
	ops     bool
	ids     []string
	intents []*intent
}

// draft returns the files that would make the candidates' changes in dir: a patch
// file an object, and the kustomization that lists them.
func (m *maker) draft(ctx context.Context, dir string, before objects, list []*candidate) (map[string][]byte, error) {
	t := m.disk.layer(ctx, m.accepted)
	file, src, kust, err := m.kustomization(t, dir)
	if err != nil {
		return nil, err
	}
	_, old, err := parseKustomization(src)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path.Join(dir, file), err)
	}
	listed := listedPatches(old)
	crlf := strings.Contains(string(src), "\r\n")
	out := map[string][]byte{}
	var entries []entry
	work := map[key]map[string]any{}
	for _, p := range split(list) {
		if work[p.key] == nil {
			work[p.key] = clone(before[p.key]).(map[string]any)
		}
		names := layerMeta(before[p.key], p.key, kust)
		name, o, err := m.ownedFile(t, dir, p, names, listed)
		if err != nil {
			return nil, err
		}
		o.findings = append(o.findings, p.ids...)
		o.crlf = o.crlf || crlf
		for _, i := range p.intents {
			if err := o.apply(work[p.key], i); err != nil {
				return nil, fmt.Errorf("%s of %s: %w", i.change.Field(), p.key, err)
			}
			i.file = path.Join(dir, name)
		}
		if !p.ops {
			for _, i := range p.intents {
				o.align(before[p.key], i.change.Path)
			}
		}
		if out[path.Join(dir, name)], err = o.bytes(); err != nil {
			return nil, err
		}
		t.over[path.Join(dir, name)] = out[path.Join(dir, name)] // taken, for the objects that follow
		entries = append(entries, entry{name, names})
	}
	edited, err := addPatches(src, entries)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path.Join(dir, file), err)
	}
	out[path.Join(dir, file)] = edited
	return out, kept(t, dir, out)
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

// split groups the candidates' intents by object and form, in order of objects,
// strategic merges first: kustomize applies patches in the order listed.
func split(list []*candidate) []*part {
	var parts []*part
	for _, c := range list {
		for _, i := range c.intents {
			ops := needsOps(i.key, i.change.Path)
			at := slices.IndexFunc(parts, func(p *part) bool { return p.key == i.key && p.ops == ops })
			if at < 0 {
				at = len(parts)
				parts = append(parts, &part{key: i.key, ops: ops})
			}
			parts[at].ids = append(parts[at].ids, c.finding.ID)
			parts[at].intents = append(parts[at].intents, i)
		}
	}
	slices.SortStableFunc(parts, func(a, b *part) int {
		if c := compareKeys(a.key, b.key); c != 0 {
			return c
		}
		switch {
		case a.ops == b.ops:
			return 0
		case b.ops:
			return -1
		}
		return 1
	})
	return parts
}

// builtIn are the groups whose lists kustomize merges by its own schema.
var builtIn = []string{"", "apps", "batch"}

// needsOps tells whether a change needs JSON 6902 operations: where its path goes
// through a list that a strategic merge would replace as a whole. That is any
// list of a custom resource (a Rollout's containers), since kustomize has no
// schema of it, and of the built-in kinds all but the containers here.
func needsOps(k key, path []string) bool {
	for _, step := range path {
		if _, _, ok := selector(step); ok && !(slices.Contains(builtIn, k.group) && mergedByName(path, step)) {
			return true
		}
	}
	return false
}

// mergedByName tells whether step selects a container of a pod template by name.
func mergedByName(path []string, step string) bool {
	at := slices.Index(path, step)
	field, _, ok := selector(step)
	return ok && field == "name" && at > 0 && (path[at-1] == "containers" || path[at-1] == "initContainers")
}

var unfit = regexp.MustCompile(`[^a-z0-9.-]+`)

// ownedFile returns the name of an object's patch file in dir, and what is in it:
// the one that stands there, if it is tuppence's, listed and this object's, else
// a new one. Where the plain name is taken ("a-b/c" and "a/b-c" share one, or a
// file of somebody's own stands there), a digest of the object tells them apart.
func (m *maker) ownedFile(t *tree, dir string, p *part, names meta, listed map[string]bool) (string, *owned, error) {
	base := "tuppence-" + strings.Trim(unfit.ReplaceAllString(strings.ToLower(strings.Join([]string{p.key.kind, p.key.namespace, p.key.name}, "-")), "-"), "-.")
	base = strings.ReplaceAll(base, "--", "-") // no namespace
	base = base[:min(len(base), 200)]
	if p.ops {
		base += "-json6902"
	}
	sum := sha256.Sum256([]byte(identity(p.key)))
	free := ""
	for _, name := range []string{base + ".yaml", base + "-" + hex.EncodeToString(sum[:4]) + ".yaml"} {
		at := path.Join(dir, name)
		if _, err := t.disk.stat(at); err != nil && !t.isFile(at) {
			if free == "" && !t.isDir(at) && !linked(t, at) {
				free = name
			}
			continue
		}
		data, err := t.read(at)
		if err != nil {
			continue // a folder, or too large to be ours
		}
		o, err := parseOwned(data)
		if o == nil && err == nil || o != nil && (o.object != identity(p.key) || o.ops != p.ops) {
			continue
		}
		if !listed[name] {
			fresh := newOwned(p.key, p.ops, names)
			fresh.crlf = o != nil && o.crlf
			return name, fresh, nil // not in force: what stands in it is old
		}
		if err != nil {
			return "", nil, fmt.Errorf("%s is tuppence's but can't be read: %w; delete it and its entry", at, err)
		}
		return name, o, nil
	}
	if free == "" {
		return "", nil, fmt.Errorf("the names of its patch file, %s.yaml and one with a digest, are taken in %s", base, dir)
	}
	return free, newOwned(p.key, p.ops, names), nil
}

// linked tells whether a symbolic link stands at the path.
func linked(t *tree, rel string) bool {
	_, err := t.disk.root.Lstat(rel)
	return err == nil
}

// clone copies a decoded value.
func clone(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, x := range v {
			out[k] = clone(x)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = clone(x)
		}
		return out
	}
	return v
}

// snippet is the strategic-merge patch that a person would need, an object a
// document.
func snippet(f *recommend.Finding) string {
	var docs []string
	done := map[recommend.Object]*owned{}
	var order []recommend.Object
	for _, c := range f.Changes {
		o := done[c.Object]
		if o == nil {
			k := key{groupOf(c.Object.APIVersion), c.Object.Kind, c.Object.Namespace, c.Object.Name}
			o = newOwned(k, false, meta{c.Object.APIVersion, k.kind, k.namespace, k.name})
			done[c.Object] = o
			order = append(order, c.Object)
		}
		if len(c.Path) == 0 || o.merge(c.Path, typed(c.After, nil, c.Path)) != nil {
			return "" // a path that leads nowhere: nothing to show
		}
	}
	for _, object := range order {
		data, err := yaml.MarshalWithOptions(done[object].doc, &yaml.EncoderOptions{SeqIndent: yaml.WideSequenceStyle})
		if err != nil {
			return ""
		}
		docs = append(docs, string(data))
	}
	return strings.Join(docs, "---\n")
}
