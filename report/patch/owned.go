package patch

import (
	"bytes"
	"errors"
	"fmt"
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
)

// owned is one patch file of tuppence's: a strategic-merge patch of one object,
// or the JSON 6902 operations on it.
type owned struct {
	object   string // as identity gives it
	findings []string
	ops      bool
	doc      *yaml.Node // a map, or a list of operations
	crlf     bool
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
	case o.doc.Kind == yaml.SequenceNode:
		o.ops = true
	case o.doc.Kind != yaml.MappingNode:
		return nil, errors.New("it is neither a patch nor a list of operations")
	}
	stripComments(o.doc)
	return o, nil
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

// operate appends what sets the field at s to value, or removes it where value
// is nil, to a list of operations. work is the object as the operations so far
// leave it, and is changed along. Elements of lists are tested by name first, so
// that a patch never lands on another container when the base is reordered.
func (o *owned) operate(work map[string]any, path []string, value any) error {
	s, err := locate(work, path)
	if err != nil {
		return err
	}
	for i, step := range path {
		field, want, ok := selector(step)
		if _, there := dig(work, s.steps[:i+1]); ok && there && o.op("add", pointer(s.steps[:i+1])) == nil {
			o.appendOp("test", pointer(append(slices.Clone(s.steps[:i+1]), field)), want)
		}
	}
	if value == nil {
		if s.found {
			o.appendOp("remove", pointer(s.steps), nil)
		}
		return nil
	}
	within, err := o.setWithin(s.steps, path, value)
	if err != nil {
		return err
	}
	if s.found {
		if !within && !o.updateOp(pointer(s.steps), value) {
			o.appendOp("replace", pointer(s.steps), value)
		}
		return assign(work, s.steps, value)
	}
	n := 1 // steps up to the first that is not there
	for n < len(s.steps) {
		if _, there := dig(work, s.steps[:n]); !there {
			break
		}
		n++
	}
	missing, err := nest(path[n:], value)
	if err != nil {
		return err
	}
	if field, want, ok := selector(path[n-1]); ok {
		m, isMap := missing.(map[string]any)
		if !isMap {
			return fmt.Errorf("%s is no map", pointer(s.steps[:n]))
		}
		m[field] = want
	}
	if !within {
		o.appendOp("add", pointer(s.steps[:n]), missing)
	}
	return assign(work, s.steps[:n], missing)
}

func (o *owned) appendOp(op, at string, value any) {
	node := &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{
		stringNode("op"), stringNode(op), stringNode("path"), stringNode(at)}}
	if op != "remove" {
		node.Content = append(node.Content, stringNode("value"), valueNode(value))
	}
	if op == "test" && slices.ContainsFunc(o.doc.Content, func(n *yaml.Node) bool { return sameNode(n, node) }) {
		return
	}
	o.doc.Content = append(o.doc.Content, node)
}

// op is the last operation of the name on exactly at, nil where there is none.
func (o *owned) op(name, at string) *yaml.Node {
	for _, n := range slices.Backward(o.doc.Content) {
		if op, p := get(n, "op"), get(n, "path"); op != nil && p != nil && op.Value == name && p.Value == at {
			return n
		}
	}
	return nil
}

// setWithin sets the field inside the map that an operation of this file adds.
func (o *owned) setWithin(steps []any, path []string, value any) (bool, error) {
	for n := len(steps) - 1; n > 0; n-- {
		if op := o.op("add", pointer(steps[:n])); op != nil {
			if v := get(op, "value"); v != nil && v.Kind == yaml.MappingNode {
				return true, setNode(v, path[n:], valueNode(value))
			}
		}
	}
	return false, nil
}

// updateOp gives the last operation on exactly at the new value, if it sets one.
func (o *owned) updateOp(at string, value any) bool {
	for _, n := range slices.Backward(o.doc.Content) {
		if get(n, "path") == nil || get(n, "path").Value != at {
			continue
		}
		op, old := get(n, "op"), get(n, "value")
		if op == nil || old == nil || op.Value != "add" && op.Value != "replace" {
			return false
		}
		*old = *valueNode(value)
		return true
	}
	return false
}

// nest wraps value in the maps and lists that the rest of a path asks for.
func nest(path []string, value any) (any, error) {
	for _, step := range slices.Backward(path) {
		field, want, ok := selector(step)
		if !ok {
			value = map[string]any{step: value}
			continue
		}
		m, isMap := value.(map[string]any)
		if !isMap {
			return nil, fmt.Errorf("the path ends at %s, which is no field", step)
		}
		m[field] = want
		value = []any{m}
	}
	return value, nil
}

// dig follows concrete steps.
func dig(at any, steps []any) (any, bool) {
	for _, s := range steps {
		switch v := at.(type) {
		case map[string]any:
			name, ok := s.(string)
			if at = v[name]; !ok || at == nil {
				return nil, false
			}
		case []any:
			i, ok := s.(int)
			if !ok || i < 0 || i >= len(v) {
				return nil, false
			}
			at = v[i]
		default:
			return nil, false
		}
	}
	return at, true
}

// assign sets what concrete steps lead to, whose parent is there.
func assign(obj map[string]any, steps []any, value any) error {
	parent, ok := dig(obj, steps[:len(steps)-1])
	if !ok {
		return fmt.Errorf("%s has no parent", pointer(steps))
	}
	switch v := parent.(type) {
	case map[string]any:
		if name, ok := steps[len(steps)-1].(string); ok {
			v[name] = value
			return nil
		}
	case []any:
		i, ok := steps[len(steps)-1].(int)
		if ok && i < len(v) {
			v[i] = value
			return nil
		}
		if ok && i == len(v) {
			return assign(obj, steps[:len(steps)-1], append(v, value))
		}
	}
	return errors.New(pointer(steps) + " can't be set")
}
