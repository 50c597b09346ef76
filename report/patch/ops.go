package patch

import (
	"errors"
	"fmt"
	"slices"

	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// operate appends what sets the field at s to value, or removes it where value
// is nil, to a list of operations. work is the object as the operations so far
// leave it, and is changed along. Elements of lists are tested by name first, so
// that a patch never lands on another container when the base is reordered, and so is
// what tells one from another where they have no names.
func (o *owned) operate(work map[string]any, path []string, value any) error {
	s, err := locate(work, path)
	if err != nil {
		return err
	}
	o.testNames(work, s.steps, path)
	if _, ok := flagOf(path); ok {
		return o.setFlag(work, s, path, value)
	}
	if o.op("add", pointer(s.steps)) == nil && o.op("replace", pointer(s.steps)) == nil {
		o.testPlace(work, s.steps, path)
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
	n := missingAt(work, s.steps)
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

// testNames tests the names of the elements that the path selects.
func (o *owned) testNames(work map[string]any, steps []any, path []string) {
	for i, step := range path {
		field, want, ok := selector(step)
		if _, there := dig(work, steps[:i+1]); ok && there && o.op("add", pointer(steps[:i+1])) == nil {
			o.appendOp("test", pointer(append(slices.Clone(steps[:i+1]), field)), want)
		}
	}
}

// tellApart are the fields by which people tell the elements of a list apart: of a
// generator its repository, or where else it takes its values from.
var tellApart = []string{"name", "repoURL", "configMapRef"}

// testPlace tests what stands at the last place in a list that the path gives by its
// number: a field that tells it apart, of the map that holds the field to set or of
// one around it, else all of the map.
func (o *owned) testPlace(work map[string]any, steps []any, path []string) {
	last := -1
	for n, step := range path {
		if _, isPlace := steps[n].(int); isPlace && digits.MatchString(step) {
			last = n
		}
	}
	if last < 0 {
		return
	}
	for n := len(steps) - 1; n > last; n-- {
		for _, field := range tellApart {
			at := append(slices.Clone(steps[:n]), field)
			if v, ok := dig(work, at); ok {
				o.appendOp("test", pointer(at), v)
				return
			}
		}
	}
	around := steps[:len(steps)-1]
	v, _ := dig(work, around)
	o.appendOp("test", pointer(around), v)
}

// put gives the field at path a value, making what is missing on the way; nil takes
// it away.
func put(obj map[string]any, path []string, value any) error {
	s, err := locate(obj, path)
	if err != nil {
		return err
	}
	if value == nil {
		parent, _ := dig(obj, s.steps[:len(s.steps)-1])
		if m, ok := parent.(map[string]any); ok {
			delete(m, path[len(path)-1])
		}
		return nil
	}
	n := missingAt(obj, s.steps)
	if n == len(s.steps) {
		return assign(obj, s.steps, s.written(value))
	}
	missing, err := nest(path[n:], value)
	if err != nil {
		return err
	}
	return assign(obj, s.steps[:n], missing)
}

// missingAt counts the steps up to the first that leads to nothing, all where none
// before the last does.
func missingAt(obj map[string]any, steps []any) int {
	n := 1
	for n < len(steps) {
		if _, there := dig(obj, steps[:n]); !there {
			break
		}
		n++
	}
	return n
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

// checkOps errs unless each element of a list is an operation as tuppence writes them, on
// whose parts the rest relies: people edit its patches too.
func checkOps(list *yaml.Node) error {
	for n, item := range list.Content {
		op, at, value := get(item, "op"), get(item, "path"), get(item, "value")
		switch {
		case op == nil || op.Kind != yaml.ScalarNode || at == nil || at.Kind != yaml.ScalarNode:
			return fmt.Errorf("element %d of it is no operation with an op and a path", n+1)
		case value == nil && op.Value != "remove":
			return fmt.Errorf("operation %d of it, %s, has no value", n+1, brief(op.Value))
		}
	}
	return nil
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
	if name, ok := flagOf(path); ok {
		value, path = []any{name + "=" + text(value)}, path[:len(path)-1]
	}
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
