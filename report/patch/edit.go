package patch

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"sigs.k8s.io/kustomize/kyaml/yaml"
	jsonyaml "sigs.k8s.io/yaml"
)

// entry is one item to stand in a kustomization's patches.
type entry struct {
	path string
	meta meta
}

// meta is an object as a kustomization's patches see it.
type meta struct{ apiVersion, kind, namespace, name string }

// node is the item. The target is named in full, since a patch file without one
// is matched by its namespace too, which an overlay may only set afterwards.
// Kustomize reads the names of a target as regular expressions.
func (e entry) node() *yaml.Node {
	target := &yaml.Node{Kind: yaml.MappingNode}
	for _, f := range [][2]string{{"group", groupOf(e.meta.apiVersion)}, {"kind", e.meta.kind},
		{"name", regexp.QuoteMeta(e.meta.name)}, {"namespace", regexp.QuoteMeta(e.meta.namespace)}} {
		if f[1] != "" {
			target.Content = append(target.Content, stringNode(f[0]), stringNode(f[1]))
		}
	}
	return &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{
		stringNode("path"), stringNode(e.path), stringNode("target"), target}}
}

// addPatches returns the kustomization src with entries at the end of its patches,
// those left out whose file is listed already. The text around them stays as it
// is, byte for byte, line endings too; only where that can't be done (a list in
// flow style) is the file written anew by kyaml, its comments and order kept. It
// errs rather than lose anything that stood there.
func addPatches(src []byte, entries []entry) ([]byte, error) {
	doc, old, err := parseKustomization(src)
	if err != nil {
		return nil, err
	}
	listed := listedPatches(old)
	entries = slices.DeleteFunc(slices.Clone(entries), func(e entry) bool { return listed[path.Clean(e.path)] })
	if len(entries) == 0 {
		return src, nil
	}
	var tried error
	for _, edit := range []func([]byte, *yaml.Node, []entry) ([]byte, error){insertTight, insertLoose, reencode} {
		out, err := edit(src, doc, entries)
		if err == nil {
			err = keeps(old, out, entries)
		}
		if err == nil {
			return out, nil
		}
		tried = err
	}
	return nil, fmt.Errorf("the patch can't be listed in it without changing what stands there: %w", tried)
}

// parseKustomization returns the document's root map, and what kustomize reads.
func parseKustomization(src []byte) (*yaml.Node, map[string]any, error) {
	if !utf8.Valid(src) || bytes.IndexByte(src, 0) >= 0 {
		return nil, nil, errors.New("it is not UTF-8 text")
	}
	if err := boundedAliases(src); err != nil {
		return nil, nil, err
	}
	decoder := yaml.NewDecoder(bytes.NewReader(src))
	var doc, more yaml.Node
	if err := decoder.Decode(&doc); err != nil {
		return nil, nil, fmt.Errorf("it does not parse: %s", brief(err.Error()))
	}
	if err := decoder.Decode(&more); !errors.Is(err, io.EOF) {
		return nil, nil, errors.New("it holds more than one document")
	}
	if len(doc.Content) != 1 || doc.Content[0].Kind != yaml.MappingNode {
		return nil, nil, errors.New("it is no map")
	}
	root := doc.Content[0]
	if get(root, "sops") != nil {
		return nil, nil, errEncrypted
	}
	if err := plainKeys(root, strings.ToLower); err != nil {
		return nil, nil, err
	}
	old, err := values(src)
	return root, old, err
}

// plainKeys refuses a map with a key twice, as fold sees them, or with one that
// is no string: which of them a reader takes is chance. Kustomize reads its own
// keys, those of the root, in any case.
func plainKeys(n *yaml.Node, fold func(string) string) error {
	if n.Kind == yaml.MappingNode {
		seen := map[string]bool{}
		for i := 0; i < len(n.Content); i += 2 {
			k := n.Content[i]
			if k.Kind != yaml.ScalarNode || k.ShortTag() != yaml.NodeTagString && k.ShortTag() != "!!merge" {
				return errors.New("it has a key that is no string")
			}
			name := fold(k.Value)
			if seen[name] {
				return fmt.Errorf("it has the key %q twice", brief(k.Value))
			}
			seen[name] = true
		}
	}
	for _, child := range n.Content {
		if err := plainKeys(child, func(s string) string { return s }); err != nil {
			return err
		}
	}
	return nil
}

func values(src []byte) (map[string]any, error) {
	var out map[string]any
	if err := jsonyaml.Unmarshal(src, &out); err != nil {
		return nil, fmt.Errorf("it does not parse: %s", brief(err.Error()))
	}
	return out, nil
}

// patchesKey is the name under which a kustomization holds its patches, "" where
// it has none.
func patchesKey(m map[string]any) string {
	for _, name := range sortedKeys(m) {
		if strings.EqualFold(name, "patches") {
			return name
		}
	}
	return ""
}

// listedPatches are the files that a kustomization's patches name.
func listedPatches(m map[string]any) map[string]bool {
	out := map[string]bool{}
	list, _ := m[patchesKey(m)].([]any)
	for _, item := range list {
		if p, ok := item.(map[string]any); ok {
			if name, ok := p["path"].(string); ok {
				out[path.Clean(name)] = true
			}
		}
	}
	return out
}

// keeps tells whether out is what old was, with entries at the end of its patches.
func keeps(old map[string]any, out []byte, entries []entry) error {
	_, now, err := parseKustomization(out)
	if err != nil {
		return err
	}
	name := patchesKey(now)
	list, _ := now[name].([]any)
	before, _ := old[patchesKey(old)].([]any)
	if len(list) != len(before)+len(entries) {
		return errors.New("an entry of its patches would be lost")
	}
	for i, item := range list {
		var want any
		if i < len(before) {
			want = before[i]
		} else {
			data, err := yaml.MarshalWithOptions(entries[i-len(before)].node(), &yaml.EncoderOptions{})
			if err != nil {
				return err
			}
			if want, err = values(data); err != nil {
				return err
			}
		}
		if !reflect.DeepEqual(item, want) {
			return fmt.Errorf("entry %d of its patches would change", i+1)
		}
	}
	for _, key := range unionKeys(old, now) {
		if !strings.EqualFold(key, "patches") && !reflect.DeepEqual(old[key], now[key]) {
			return fmt.Errorf("its %s would change", brief(key))
		}
	}
	return nil
}
