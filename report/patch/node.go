package patch

import (
	"fmt"
	"regexp"

	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// get is the value of a map's key, nil where it is not there.
func get(n *yaml.Node, name string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return n.Content[i+1]
		}
	}
	return nil
}

// setNode sets the field that path leads to from n, a map, making what is missing
// on the way. A "[name=x]" step takes the element of a list or adds one. Unlike
// kyaml's PathGetter it takes every other step as a key, "8080" and "-" too.
func setNode(n *yaml.Node, path []string, value *yaml.Node) error {
	for i, step := range path {
		last := i == len(path)-1
		field, want, isSelector := selector(step)
		if isSelector {
			if last {
				return fmt.Errorf("the path ends at %s, which is no field", step)
			}
			next, err := listElement(n, field, want)
			if err != nil {
				return err
			}
			n = next
			continue
		}
		if n.Kind == 0 || n.Kind == yaml.ScalarNode {
			*n = yaml.Node{Kind: yaml.MappingNode}
		}
		if n.Kind != yaml.MappingNode {
			return fmt.Errorf("%q is asked of what is no map", step)
		}
		child := get(n, step)
		if child == nil {
			child = &yaml.Node{}
			n.Content = append(n.Content, stringNode(step), child)
		}
		if last {
			*child = *value
			return nil
		}
		n = child
	}
	return fmt.Errorf("the path is empty")
}

func listElement(n *yaml.Node, field, want string) (*yaml.Node, error) {
	if n.Kind == 0 || n.Kind == yaml.ScalarNode {
		*n = yaml.Node{Kind: yaml.SequenceNode}
	}
	if n.Kind != yaml.SequenceNode {
		return nil, fmt.Errorf("[%s=%s] is asked of what is no list", field, want)
	}
	for _, element := range n.Content {
		if v := get(element, field); v != nil && v.Value == want {
			return element, nil
		}
	}
	element := &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{stringNode(field), stringNode(want)}}
	n.Content = append(n.Content, element)
	return element, nil
}

// yaml11 is what YAML 1.1 reads as a truth value or a sexagesimal number, and YAML
// 1.2 as text. The writer leaves it bare, but Kubernetes' reader knows 1.1.
var yaml11 = regexp.MustCompile(`^(?i:y|n|yes|no|on|off)$|^[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?$`)

// stringNode is a string, quoted where YAML would read something else.
func stringNode(s string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: yaml.NodeTagString, Value: s}
	if yaml11.MatchString(s) {
		n.Style = yaml.DoubleQuotedStyle
	}
	return n
}

// valueNode is value as YAML; nil is null.
func valueNode(value any) *yaml.Node {
	switch v := value.(type) {
	case nil:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: yaml.NodeTagNull, Value: "null"}
	case string:
		return stringNode(v)
	case map[string]any:
		n := &yaml.Node{Kind: yaml.MappingNode}
		for _, name := range sortedKeys(v) {
			n.Content = append(n.Content, stringNode(name), valueNode(v[name]))
		}
		return n
	case []any:
		n := &yaml.Node{Kind: yaml.SequenceNode}
		for _, item := range v {
			n.Content = append(n.Content, valueNode(item))
		}
		return n
	case bool:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: yaml.NodeTagBool, Value: fmt.Sprint(v)}
	default:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: yaml.NodeTagInt, Value: fmt.Sprint(v)}
	}
}

func sameNode(a, b *yaml.Node) bool {
	if a.Kind != b.Kind || a.Value != b.Value || len(a.Content) != len(b.Content) {
		return false
	}
	for i := range a.Content {
		if !sameNode(a.Content[i], b.Content[i]) {
			return false
		}
	}
	return true
}

// stripComments leaves the values: the header is written anew.
func stripComments(n *yaml.Node) {
	n.HeadComment, n.LineComment, n.FootComment = "", "", ""
	for _, child := range n.Content {
		stripComments(child)
	}
}
