package patch

import (
	"bytes"
	"errors"
	"strings"
	"unicode/utf8"

	"sigs.k8s.io/kustomize/kyaml/yaml"
)

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
	return insertLines(src, line, first.Column, string(data)), nil
}

// insertLines puts lines after the line of that number, from a column on.
func insertLines(src []byte, line, column int, lines string) []byte {
	eol := "\n"
	if i := bytes.IndexByte(src, '\n'); i > 0 && src[i-1] == '\r' {
		eol = "\r\n"
	}
	var b strings.Builder
	for text := range strings.Lines(lines) {
		if text = strings.TrimSuffix(text, "\n"); text != "" {
			text = strings.Repeat(" ", column-1) + text
		}
		b.WriteString(text + eol)
	}
	start := offset(src, line+1, 1)
	if start > 0 && src[start-1] != '\n' {
		return splice(src, start, start, eol+strings.TrimSuffix(b.String(), eol))
	}
	return splice(src, start, start, b.String())
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

// addWord adds a word to the end of a list in block style, in a line of its own.
func addWord(src []byte, list *yaml.Node, value any) ([]byte, error) {
	if list.Style&yaml.FlowStyle != 0 || len(list.Content) == 0 {
		return nil, errors.New("the value would stand in a list in brackets, or in an empty one")
	}
	last := list.Content[len(list.Content)-1]
	if last.Kind != yaml.ScalarNode || last.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 || strings.Contains(last.Value, "\n") {
		return nil, errors.New("the list ends in more than a line")
	}
	word, err := scalarText(value, last.Style)
	if err != nil {
		return nil, err
	}
	return insertLines(src, last.Line, list.Column, "- "+word+"\n"), nil
}

// rewrite writes a key and its value anew, where one of the values has more than one
// line.
func rewrite(src []byte, at, name, n *yaml.Node, value any) ([]byte, error) {
	if name == nil || at.Style&yaml.FlowStyle != 0 || n.Kind != yaml.ScalarNode || n.Anchor != "" || !startsLine(src, name) || n.Line != name.Line {
		return nil, errors.New("the value can't be written anew by itself")
	}
	start, end := offset(src, name.Line, 1), offset(src, name.Line+1, 1)
	if bytes.Contains(src[start:end], []byte(" #")) {
		return nil, errors.New("a comment stands beside the value")
	}
	if n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		at := end
		for line := range bytes.Lines(src[end:]) { // the block goes on in what stands deeper, over blank lines
			bare := bytes.TrimLeft(line, " ")
			blank := len(bytes.TrimSpace(bare)) == 0
			if !blank && len(line)-len(bare) < name.Column {
				break
			}
			if at += len(line); !blank {
				end = at
			}
		}
	}
	data, err := yaml.MarshalWithOptions(valueNode(map[string]any{name.Value: value}), &yaml.EncoderOptions{})
	if err != nil {
		return nil, err
	}
	return insertLines(splice(src, start, end, ""), name.Line-1, name.Column, string(data)), nil
}
