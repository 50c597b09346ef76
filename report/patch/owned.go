package patch

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// The lines that a patch file of tuppence's starts with. A file without the
// first is somebody's own and is never touched.
const (
	headOwner    = "# Written by tuppence, which owns this file and rewrites it; to undo it, revert the commit."
	headObject   = "# Object: "
	headFindings = "# Findings: "
	ownedPrefix  = "tuppence-" // of the files' names
)

// owned is one patch file of tuppence's: a strategic-merge patch of one object,
// or the JSON 6902 operations on it.
type owned struct {
	object   string // as identity gives it
	findings []string
	ops      bool
	doc      *yaml.Node // a map, or a list of operations
	crlf     bool
	file     string // where it stands, if it does
}

// identity is the object a patch file is for, by its built name.
func identity(k key) string {
	kind := k.kind
	if k.group != "" {
		kind += "." + k.group
	}
	return kind + " " + strings.TrimPrefix(k.namespace+"/"+k.name, "/")
}

// newOwned is an empty patch file for k, in the form the object has before the
// kustomization's own name and namespace transformers: see names.
func newOwned(k key, ops bool, m meta) *owned {
	o := &owned{object: identity(k), ops: ops}
	if ops {
		o.doc = &yaml.Node{Kind: yaml.SequenceNode}
		return o
	}
	o.doc = &yaml.Node{Kind: yaml.MappingNode}
	set := func(value string, path ...string) {
		if value != "" {
			_ = setNode(o.doc, path, stringNode(value)) // an empty map takes any key
		}
	}
	set(m.apiVersion, "apiVersion")
	set(m.kind, "kind")
	set(m.name, "metadata", "name")
	set(m.namespace, "metadata", "namespace")
	return o
}

// parseOwned reads a patch file. It returns nil and no error where the file
// isn't tuppence's.
func parseOwned(data []byte) (*owned, error) {
	head := strings.Split(strings.ReplaceAll(string(data), "\r\n", "\n"), "\n")
	if len(head) < 3 || head[0] != headOwner {
		return nil, nil
	}
	o := &owned{crlf: bytes.Contains(data, []byte("\r\n"))}
	object, okObject := strings.CutPrefix(head[1], headObject)
	ids, okIDs := strings.CutPrefix(head[2], headFindings)
	if !okObject || !okIDs {
		return nil, errors.New("its header was changed")
	}
	o.object = object
	for id := range strings.SplitSeq(ids, ",") {
		if id = strings.TrimSpace(id); id != "" {
			o.findings = append(o.findings, id)
		}
	}
	if err := boundedAliases(data); err != nil {
		return nil, err
	}
	node, err := yaml.Parse(string(data))
	if err != nil {
		return nil, fmt.Errorf("it does not parse: %w", err)
	}
	o.doc = node.YNode()
	switch {
	case o.doc == nil:
		return nil, errors.New("it is empty")
	case get(o.doc, "sops") != nil:
		return nil, errEncrypted
	case o.doc.Kind == yaml.SequenceNode:
		if err := checkOps(o.doc); err != nil {
			return nil, err
		}
		o.ops = true
	case o.doc.Kind != yaml.MappingNode:
		return nil, errors.New("it is neither a patch nor a list of operations")
	}
	stripComments(o.doc)
	return o, nil
}

// FindingsOf are the findings that a patch file of tuppence's is for, as its head names
// them; none where the file is another's.
func FindingsOf(file []byte) []string {
	if o, err := parseOwned(file); err == nil && o != nil {
		return o.findings
	}
	return nil
}

// bytes is the file.
func (o *owned) bytes() ([]byte, error) {
	slices.Sort(o.findings)
	o.findings = slices.Compact(o.findings)
	body, err := yaml.MarshalWithOptions(o.doc, &yaml.EncoderOptions{SeqIndent: yaml.WideSequenceStyle})
	if err != nil {
		return nil, fmt.Errorf("write the patch of %s: %w", o.object, err)
	}
	out := headOwner + "\n" + headObject + o.object + "\n" + headFindings + strings.Join(o.findings, ", ") + "\n" + string(body)
	if o.crlf {
		out = strings.ReplaceAll(out, "\n", "\r\n")
	}
	return []byte(out), nil
}

// ownedIn are tuppence's patch files that the kustomization of dir lists, or those of
// its homes, in order of their names. What can't be read is left out: to write there
// errs then.
func (m *maker) ownedIn(dir string) []*owned {
	var out []*owned
	for _, home := range m.homes(dir) {
		out = append(out, m.ownedIn(home)...)
	}
	file := m.plain.kustomizationFile(dir)
	src, err := m.plain.read(path.Join(dir, file))
	if file == "" || err != nil {
		return out
	}
	_, kust, err := parseKustomization(src)
	if err != nil {
		return nil
	}
	for _, name := range sortedNames(listedPatches(kust)) {
		if path.Dir(name) != "." || !strings.HasPrefix(name, ownedPrefix) {
			continue
		}
		if data, err := m.plain.read(path.Join(dir, name)); err == nil {
			if o, err := parseOwned(data); err == nil && o != nil {
				o.file = path.Join(dir, name)
				out = append(out, o)
			}
		}
	}
	return out
}

// sets tells whether the patch is of k and gives the field a value.
func (o *owned) sets(k key, path []string, place string) bool {
	_, ok := o.value(path, place)
	return ok && o.object == identity(k)
}

// value is what the patch gives the field, as text, and whether it does: the last
// operation on the field's place, a pointer, or on one that ends so, where it is a
// list of operations.
func (o *owned) value(path []string, place string) (string, bool) {
	if name, ok := flagOf(path); ok && o.ops {
		return o.flagValue(place[:max(0, strings.LastIndexByte(place, '/'))], name)
	}
	if o.ops {
		for _, n := range slices.Backward(o.doc.Content) {
			if op, at := get(n, "op"), get(n, "path"); op != nil && at != nil && op.Value != "test" && strings.HasSuffix(at.Value, place) {
				return nodeText(get(n, "value")), true
			}
		}
		return "", false
	}
	at := o.doc
	for _, step := range path {
		field, want, ok := selector(step)
		switch {
		case !ok:
			at = get(at, step)
		case at == nil || at.Kind != yaml.SequenceNode:
			return "", false
		default:
			i := slices.IndexFunc(at.Content, func(n *yaml.Node) bool { v := get(n, field); return v != nil && v.Value == want })
			if i < 0 {
				return "", false
			}
			at = at.Content[i]
		}
		if at == nil {
			return "", false
		}
	}
	return nodeText(at), true
}

// merge puts a field into a strategic-merge patch. Empty removes it, by null.
func (o *owned) merge(path []string, value any) error {
	return setNode(o.doc, path, valueNode(value))
}

// align puts the containers that a strategic merge names in the object's order,
// with the names of those before them. Kustomize moves the elements that a merge
// names to the front: patching the second of [proxy, app] alone would give
// [app, proxy], another pod template and so a rollout for nothing.
func (o *owned) align(obj map[string]any, path []string) {
	at := slices.IndexFunc(path, func(step string) bool { return mergedByName(path, step) })
	if at < 0 {
		return
	}
	list := o.doc
	for _, step := range path[:at] {
		list = get(list, step)
	}
	s, err := locate(obj, path[:at])
	built, ok := s.value.([]any)
	if err != nil || !ok || list == nil || list.Kind != yaml.SequenceNode {
		return
	}
	named := map[string]*yaml.Node{}
	for _, n := range list.Content {
		if name := get(n, "name"); name != nil {
			named[name.Value] = n
		}
	}
	var order []*yaml.Node
	last := 0 // elements up to the last one with more than a name
	for _, c := range built {
		m, _ := c.(map[string]any)
		name := text(m["name"])
		n := named[name]
		if n == nil {
			n = &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{stringNode("name"), stringNode(name)}}
		}
		delete(named, name)
		order = append(order, n)
		if len(n.Content) > 2 {
			last = len(order)
		}
	}
	order = order[:last]
	for _, n := range list.Content { // what the object no longer has
		if name := get(n, "name"); name == nil || named[name.Value] == n {
			order = append(order, n)
		}
	}
	list.Content = order
}
