package patch

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"unicode/utf8"

	"sigs.k8s.io/kustomize/kyaml/yaml"
	jsonyaml "sigs.k8s.io/yaml"

	"github.com/tuppence-dev/tuppence/recommend"
)

// errEncrypted is about a file with the key that SOPS adds.
var errEncrypted = errors.New("it is encrypted with SOPS, whose files are never changed")

// setInPlace gives a field of one object of a manifest another value, or removes
// it where value is nil, where the object stands. All the other bytes stay: the
// value is written over the old one, or a line is added or taken out. It errs where
// that can't be done, and where anything else would change.
func setInPlace(src []byte, k key, path []string, value any) ([]byte, error) {
	docs, err := documents(src)
	if err != nil {
		return nil, err
	}
	at := -1
	for n, doc := range docs {
		if !sameObject(doc, k) {
			continue
		}
		if at >= 0 {
			return nil, fmt.Errorf("it holds %s twice", k)
		}
		at = n
	}
	switch {
	case at < 0:
		return nil, fmt.Errorf("it does not hold %s by that name", k)
	case get(docs[at], "sops") != nil:
		return nil, errEncrypted
	}
	out, err := editNode(src, docs[at], path, value)
	if err != nil {
		return nil, err
	}
	return out, onlyChanges(src, out, at, path, value)
}

// documents are the roots of the manifest's documents that are maps.
func documents(src []byte) ([]*yaml.Node, error) {
	if !utf8.Valid(src) || bytes.IndexByte(src, 0) >= 0 {
		return nil, errors.New("it is not UTF-8 text")
	}
	if err := boundedAliases(src); err != nil {
		return nil, err
	}
	decoder := yaml.NewDecoder(bytes.NewReader(src))
	var docs []*yaml.Node
	for {
		var doc yaml.Node
		err := decoder.Decode(&doc)
		if errors.Is(err, io.EOF) {
			return docs, nil
		}
		if err != nil {
			return nil, fmt.Errorf("it does not parse: %s", brief(err.Error()))
		}
		if len(doc.Content) == 1 && doc.Content[0].Kind == yaml.MappingNode {
			if err := plainKeys(doc.Content[0], func(s string) string { return s }); err != nil {
				return nil, err
			}
			docs = append(docs, doc.Content[0])
		}
	}
}

// sameObject tells whether the document is k, by what it says of itself.
func sameObject(doc *yaml.Node, k key) bool {
	value := func(n *yaml.Node, name string) string {
		if v := get(n, name); v != nil {
			return v.Value
		}
		return ""
	}
	metadata := get(doc, "metadata")
	ns := value(metadata, "namespace")
	return groupOf(value(doc, "apiVersion")) == k.group && value(doc, "kind") == k.kind && value(metadata, "name") == k.name && (ns == "" || ns == k.namespace)
}

// editNode follows path from the root as far as it goes, and writes there.
func editNode(src []byte, root *yaml.Node, path []string, value any) ([]byte, error) {
	object, err := decoded(root)
	if err != nil {
		return nil, err
	}
	s, err := locate(object, path)
	if err != nil {
		return nil, err
	}
	_, isFlag := flagOf(path)
	at := root
	for n, step := range s.steps {
		next, name, err := child(at, step)
		if err != nil {
			return nil, err
		}
		last := n == len(path)-1
		switch {
		case next == nil && value == nil:
			return src, nil
		case next == nil && at.Kind == yaml.SequenceNode && !isFlag:
			field, want, _ := selector(path[n])
			return nil, fmt.Errorf("there is no element with %s %q", field, want)
		case next == nil && at.Kind == yaml.SequenceNode:
			return addWord(src, at, s.written(value))
		case next == nil:
			return addLines(src, at, path[n:], value)
		case last && value == nil:
			return dropLine(src, at, name, next)
		case last && (next.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 || strings.Contains(text(value), "\n")):
			return rewrite(src, at, name, next, value)
		case last:
			return overwrite(src, next, s.written(value))
		}
		at = next
	}
	return nil, errors.New("the path is empty")
}

// child is the node that a step leads to and, of a map, its key; nil where there is
// none yet.
func child(at *yaml.Node, step any) (node, name *yaml.Node, err error) {
	if at.Kind == yaml.AliasNode || at.Anchor != "" {
		return nil, nil, errors.New("the value is shared by a YAML anchor")
	}
	if i, inList := step.(int); inList && at.Kind == yaml.SequenceNode {
		if i < len(at.Content) {
			return at.Content[i], nil, nil
		}
		return nil, nil, nil
	}
	if at.Kind != yaml.MappingNode {
		return nil, nil, fmt.Errorf("%q leads nowhere", fmt.Sprint(step))
	}
	for i := 0; i+1 < len(at.Content); i += 2 {
		if at.Content[i].Value == step {
			return at.Content[i+1], at.Content[i], nil
		}
	}
	return nil, nil, nil
}

// overwrite writes a plain value over another that stands in one line.
func overwrite(src []byte, n *yaml.Node, value any) ([]byte, error) {
	if n.Kind != yaml.ScalarNode || n.Anchor != "" || n.Style&(yaml.LiteralStyle|yaml.FoldedStyle|yaml.TaggedStyle) != 0 {
		return nil, errors.New("the value is no plain one of one line")
	}
	start := offset(src, n.Line, n.Column)
	old := n.Value
	if quote := map[yaml.Style]string{yaml.SingleQuotedStyle: "'", yaml.DoubleQuotedStyle: `"`}[n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle)]; quote != "" {
		old = quote + old + quote // one with escapes is not found, and refused
	}
	if !bytes.HasPrefix(src[start:], []byte(old)) || old == "" {
		return nil, errors.New("the value can't be found where it should stand")
	}
	text, err := scalarText(value, n.Style)
	if err != nil {
		return nil, err
	}
	return splice(src, start, start+len(old), text), nil
}

// scalarText is value in YAML, in the style of quotes that stood there.
func scalarText(value any, style yaml.Style) (string, error) {
	n := valueNode(value)
	if n.Kind != yaml.ScalarNode {
		return "", errors.New("the new value is no plain one")
	}
	if _, ok := value.(string); ok && style != 0 {
		n.Style = style & (yaml.SingleQuotedStyle | yaml.DoubleQuotedStyle)
	}
	data, err := yaml.MarshalWithOptions(n, &yaml.EncoderOptions{})
	return strings.TrimSuffix(string(data), "\n"), err
}

// onlyChanges errs unless the two manifests differ in the field alone.
func onlyChanges(src, out []byte, doc int, path []string, value any) error {
	before, err := objectsOf(src)
	if err != nil {
		return err
	}
	after, err := objectsOf(out)
	if err != nil {
		return err
	}
	if len(before) != len(after) || doc >= len(before) {
		return errors.New("the edit would change how many objects it holds")
	}
	s, err := locate(after[doc], path)
	if err != nil || s.found != (value != nil) || s.found && text(s.value) != text(value) {
		return errors.New("the edit would not set the value")
	}
	for n := range before {
		if n == doc {
			k := key{}
			i := &intent{change: &recommend.Change{Path: path}, key: k, value: value}
			if d := unintended(objects{k: before[n]}, objects{k: after[n]}, []*intent{i}); len(d) > 0 {
				return fmt.Errorf("the edit would also change %s", describe(d))
			}
		} else if !reflect.DeepEqual(before[n], after[n]) {
			return errors.New("the edit would change another object")
		}
	}
	return nil
}

// objectsOf are the manifest's documents that are maps, decoded.
func objectsOf(src []byte) ([]map[string]any, error) {
	docs, err := documents(src)
	if err != nil {
		return nil, err
	}
	out := make([]map[string]any, len(docs))
	for n, doc := range docs {
		if out[n], err = decoded(doc); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func decoded(doc *yaml.Node) (out map[string]any, err error) {
	data, err := yaml.MarshalWithOptions(doc, &yaml.EncoderOptions{})
	if err != nil {
		return nil, err
	}
	if err := jsonyaml.Unmarshal(data, &out); err != nil {
		return nil, fmt.Errorf("it does not parse: %s", brief(err.Error()))
	}
	return out, nil
}
