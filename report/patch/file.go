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

// sheet is one document of a snippet: a strategic-merge patch of an object or, under a
// comment that says so, what is to stand somewhere in it.
type sheet struct {
	object recommend.Object
	head   string
	doc    *yaml.Node
}

// snippet is the strategic-merge patch that a person would need, an object a document.
// Of what such a patch can't set, as it would replace a list as a whole, it gives the
// words of a container's args, or the field with its place.
func snippet(f *recommend.Finding) string {
	var sheets []*sheet
	for i := range f.Changes {
		c := &f.Changes[i]
		flag := slices.IndexFunc(c.Path, recommend.IsFlag)
		if len(c.Path) == 0 || flag == 0 || flag > 0 && flag < len(c.Path)-1 {
			return "" // a path that leads nowhere: nothing to show
		}
		head := spoken(c)
		at := slices.IndexFunc(sheets, func(s *sheet) bool { return s.object == c.Object && s.head == head })
		if at < 0 {
			at, sheets = len(sheets), append(sheets, newSheet(c.Object, head))
		}
		if sheets[at].show(c) != nil {
			return ""
		}
	}
	var docs []string
	for _, s := range sheets {
		data, err := yaml.MarshalWithOptions(s.doc, &yaml.EncoderOptions{SeqIndent: yaml.WideSequenceStyle})
		if err != nil {
			return ""
		}
		docs = append(docs, s.head+string(data))
	}
	return strings.Join(docs, "---\n")
}

func newSheet(o recommend.Object, head string) *sheet {
	if head != "" {
		return &sheet{o, head, &yaml.Node{Kind: yaml.MappingNode}}
	}
	k := key{groupOf(o.APIVersion), o.Kind, o.Namespace, o.Name}
	return &sheet{o, "", newOwned(k, false, meta{o.APIVersion, k.kind, k.namespace, k.name}).doc}
}

// spoken is a comment on where a change is to be made that no strategic-merge patch
// makes; empty where one does.
func spoken(c *recommend.Change) string {
	where := "a field of a list:"
	if _, isFlag := flagOf(c.Path); isFlag {
		where = "in " + recommend.Change{Path: c.Path[:len(c.Path)-2]}.Field() + ", beside what stands there:"
		if c.After == "" {
			where = "in " + recommend.Change{Path: c.Path[:len(c.Path)-2]}.Field() + ", the word that is to go, with its value:"
		}
	} else if !slices.ContainsFunc(c.Path, digits.MatchString) {
		return ""
	}
	return "# " + brief(fmt.Sprintf("%s %s/%s, %s", c.Object.Kind, c.Object.Namespace, c.Object.Name, where)) + "\n"
}

// show adds a change to the document.
func (s *sheet) show(c *recommend.Change) error {
	value := valueNode(typed(c.After, nil, c.Path))
	name, isFlag := flagOf(c.Path)
	switch {
	case s.head == "":
		return setNode(s.doc, c.Path, value)
	case !isFlag:
		return setNode(s.doc, []string{c.Field()}, value)
	}
	list := c.Path[len(c.Path)-2]
	words := get(s.doc, list)
	if words == nil {
		words = &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
		s.doc.Content = append(s.doc.Content, stringNode(list), words)
	}
	if c.After != "" {
		name += "=" + c.After
	}
	word := stringNode(name)
	word.Style = yaml.DoubleQuotedStyle
	words.Content = append(words.Content, word)
	return nil
}
