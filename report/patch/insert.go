package patch

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// emptyPatches is a patches key with nothing, or an empty list, in its line.
var emptyPatches = regexp.MustCompile(`^(patches\s*:)\s*(?:\[\s*\]|null|~)?\s*(#.*)?$`)

// insertTight puts the entries right after the last line of the list, before any
// comment that leads to the next key.
func insertTight(src []byte, root *yaml.Node, entries []entry) ([]byte, error) {
	return insert(src, root, entries, true)
}

// insertLoose puts the entries right before the next key, for a list that ends in
// a block of text in which a line looks like a comment.
func insertLoose(src []byte, root *yaml.Node, entries []entry) ([]byte, error) {
	return insert(src, root, entries, false)
}

func insert(src []byte, root *yaml.Node, entries []entry, tight bool) ([]byte, error) {
	if root.Style&yaml.FlowStyle != 0 || root.Column != 1 {
		return nil, errors.New("its keys don't start their lines")
	}
	eol := "\n"
	if i := bytes.IndexByte(src, '\n'); i > 0 && src[i-1] == '\r' {
		eol = "\r\n"
	}
	lines := strings.SplitAfter(string(src), "\n")
	if last := len(lines) - 1; lines[last] == "" {
		lines = lines[:last]
	} else {
		lines[last] += eol
	}
	keyNode, list, end := patchesAt(root, len(lines))
	indent := siblingIndent(root)
	var head string
	switch {
	case keyNode == nil:
		head = "patches:" + eol
	case list.Kind == yaml.SequenceNode && list.Style&yaml.FlowStyle == 0 && len(list.Content) > 0:
		indent = list.Column - 1
		if tight {
			end = trimTail(lines, list.Line, end, indent)
		}
	default:
		at := keyNode.Line - 1
		m := emptyPatches.FindStringSubmatch(strings.TrimRight(lines[at], "\r\n"))
		if m == nil {
			return nil, errors.New("its patches are not a list in block style")
		}
		lines[at] = strings.TrimRight(m[1]+" "+m[2], " ") + eol
		end = at + 1
	}
	text, err := entryLines(entries, indent, eol)
	if err != nil {
		return nil, err
	}
	return []byte(strings.Join(lines[:end], "") + head + text + strings.Join(lines[end:], "")), nil
}

// patchesAt returns the patches key and its value, nil where there is none, and
// the number of lines before the key that follows.
func patchesAt(root *yaml.Node, lines int) (name, list *yaml.Node, end int) {
	for i := 0; i+1 < len(root.Content); i += 2 {
		if !strings.EqualFold(root.Content[i].Value, "patches") {
			continue
		}
		if i+2 < len(root.Content) {
			lines = root.Content[i+2].Line - 1
		}
		return root.Content[i], root.Content[i+1], lines
	}
	return nil, nil, lines
}

// trimTail steps back from end over blank lines, and over comments that stand no
// deeper than the list.
func trimTail(lines []string, from, end, indent int) int {
	for end > from {
		line := strings.TrimRight(lines[end-1], "\r\n")
		bare := strings.TrimLeft(line, " ")
		if bare != "" && (bare[0] != '#' || len(line)-len(bare) > indent) {
			break
		}
		end--
	}
	return end
}

// siblingIndent is how far the file indents its lists: as the first one does, two
// where there is none.
func siblingIndent(root *yaml.Node) int {
	for i := 1; i < len(root.Content); i += 2 {
		if n := root.Content[i]; n.Kind == yaml.SequenceNode && n.Style&yaml.FlowStyle == 0 && len(n.Content) > 0 {
			return n.Column - 1
		}
	}
	return 2
}

func entryLines(entries []entry, indent int, eol string) (string, error) {
	list := &yaml.Node{Kind: yaml.SequenceNode}
	for _, e := range entries {
		list.Content = append(list.Content, e.node())
	}
	data, err := yaml.MarshalWithOptions(list, &yaml.EncoderOptions{SeqIndent: yaml.CompactSequenceStyle})
	if err != nil {
		return "", fmt.Errorf("write the entry: %w", err)
	}
	var b strings.Builder
	for line := range strings.Lines(string(data)) {
		b.WriteString(strings.Repeat(" ", indent) + strings.TrimRight(line, "\n") + eol)
	}
	return b.String(), nil
}

// reencode adds the entries to the parsed document and writes it anew.
func reencode(src []byte, _ *yaml.Node, entries []entry) ([]byte, error) {
	doc, err := yaml.Parse(string(src))
	if err != nil {
		return nil, err
	}
	root := doc.YNode()
	_, list, _ := patchesAt(root, 0)
	switch {
	case list == nil:
		list = &yaml.Node{Kind: yaml.SequenceNode}
		root.Content = append(root.Content, stringNode("patches"), list)
	case list.Kind == yaml.ScalarNode && list.Tag == yaml.NodeTagNull:
		*list = yaml.Node{Kind: yaml.SequenceNode}
	case list.Kind != yaml.SequenceNode || list.Anchor != "":
		return nil, errors.New("its patches are not a list of their own")
	}
	for _, e := range entries {
		list.Content = append(list.Content, e.node())
	}
	out, err := doc.String()
	if err != nil {
		return nil, err
	}
	if bytes.Contains(src, []byte("\r\n")) {
		out = strings.ReplaceAll(strings.ReplaceAll(out, "\r\n", "\n"), "\n", "\r\n")
	}
	return []byte(out), nil
}
