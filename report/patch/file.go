package patch

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/tuppence-dev/tuppence/recommend"
)

var unfit = regexp.MustCompile(`[^a-z0-9.-]+`)

// ownedFile returns the name of an object's patch file in dir, and what is in it:
// the one that stands there, if it is tuppence's, listed and this object's, else
// a new one. Where the plain name is taken ("a-b/c" and "a/b-c" share one, or a
// file of somebody's own stands there), a digest of the object tells them apart.
func (m *maker) ownedFile(t *tree, dir string, p *part, names meta, listed map[string]bool) (string, *owned, error) {
	base := ownedPrefix + strings.Trim(unfit.ReplaceAllString(strings.ToLower(strings.Join([]string{p.key.kind, p.key.namespace, p.key.name}, "-")), "-"), "-.")
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
// document; none where a list would have to be given as a whole.
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
		if len(c.Path) == 0 || slices.ContainsFunc(c.Path, func(s string) bool { return recommend.IsFlag(s) || digits.MatchString(s) }) || o.merge(c.Path, typed(c.After, nil, c.Path)) != nil {
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
