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
	at := root
	for n, step := range path {
		next, name, err := child(at, step)
		if err != nil {
			return nil, err
		}
		last := n == len(path)-1
		switch {
		case next == nil && value == nil:
			return src, nil
		case next == nil:
			return addLines(src, at, path[n:], value)
		case last && value == nil:
			return dropLine(src, at, name, next)
		case last:
			return overwrite(src, next, value)
		}
		at = next
	}
	return nil, errors.New("the path is empty")
}

// child is the node that a step leads to and, of a map, its key; nil where there is
// none yet.
func child(at *yaml.Node, step string) (node, name *yaml.Node, err error) {
	if at.Kind == yaml.AliasNode || at.Anchor != "" {
		return nil, nil, errors.New("the value is shared by a YAML anchor")
	}
	field, want, isSelector := selector(step)
	switch {
	case isSelector && at.Kind != yaml.SequenceNode, !isSelector && at.Kind != yaml.MappingNode:
		return nil, nil, fmt.Errorf("%q leads nowhere", step)
	case isSelector:
		for _, element := range at.Content {
			if v := get(element, field); v != nil && v.Value == want {
				return element, nil, nil
			}
		}
		return nil, nil, fmt.Errorf("there is no element with %s %q", field, want)
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

// addLines adds the rest of a path to a map in block style, after its first key
// where that stands in one line.
func addLines(src []byte, at *yaml.Node, path []string, value any) ([]byte, error) {
	if at.Kind != yaml.MappingNode || at.Style&yaml.FlowStyle != 0 || len(at.Content) < 2 {
		return nil, errors.New("the value would stand in a list in brackets or an empty map")
	}
	nested, err := nest(path, value)
	if err != nil {
		return nil, err
	}
	data, err := yaml.MarshalWithOptions(valueNode(nested), &yaml.EncoderOptions{SeqIndent: yaml.WideSequenceStyle})
	if err != nil {
		return nil, err
	}
	first := at.Content[0]
	var line int // lines before the new ones
	switch next := at.Content[1]; {
	case next.Kind == yaml.ScalarNode && next.Style&(yaml.LiteralStyle|yaml.FoldedStyle) == 0 && (len(at.Content) == 2 || at.Content[2].Line == first.Line+1):
		line = first.Line
	case startsLine(src, first):
		line = first.Line - 1
	default:
		return nil, errors.New("there is no line of its own to add the value in")
	}
	eol := "\n"
	if i := bytes.IndexByte(src, '\n'); i > 0 && src[i-1] == '\r' {
		eol = "\r\n"
	}
	var b strings.Builder
	for text := range strings.Lines(string(data)) {
		b.WriteString(strings.Repeat(" ", first.Column-1) + strings.TrimSuffix(text, "\n") + eol)
	}
	start := offset(src, line+1, 1)
	if start > 0 && src[start-1] != '\n' {
		return splice(src, start, start, eol+strings.TrimSuffix(b.String(), eol)), nil
	}
	return splice(src, start, start, b.String()), nil
}

// dropLine takes out a key whose value stands in its line, unless its map would be
// left empty.
func dropLine(src []byte, at, name, n *yaml.Node) ([]byte, error) {
	if name == nil || n.Kind != yaml.ScalarNode || n.Line != name.Line || n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 ||
		at.Style&yaml.FlowStyle != 0 || len(at.Content) == 2 || !startsLine(src, name) {
		return nil, errors.New("the value can't be taken out by itself")
	}
	return splice(src, offset(src, name.Line, 1), offset(src, name.Line+1, 1), ""), nil
}

// startsLine tells whether nothing but spaces stands before n.
func startsLine(src []byte, n *yaml.Node) bool {
	return len(bytes.TrimLeft(src[offset(src, n.Line, 1):offset(src, n.Line, n.Column)], " ")) == 0
}

// offset is where a line and column, counted from 1, begin; columns count
// characters. The end of src where there is no such line.
func offset(src []byte, line, column int) int {
	at := 0
	for ; line > 1; line-- {
		i := bytes.IndexByte(src[at:], '\n')
		if i < 0 {
			return len(src)
		}
		at += i + 1
	}
	for ; column > 1 && at < len(src); column-- {
		_, size := utf8.DecodeRune(src[at:])
		at += size
	}
	return at
}

func splice(src []byte, from, to int, text string) []byte {
	return append(append(bytes.Clone(src[:from]), text...), src[to:]...)
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
		data, err := yaml.MarshalWithOptions(doc, &yaml.EncoderOptions{})
		if err != nil {
			return nil, err
		}
		if err := jsonyaml.Unmarshal(data, &out[n]); err != nil {
			return nil, fmt.Errorf("it does not parse: %s", brief(err.Error()))
		}
	}
	return out, nil
}
