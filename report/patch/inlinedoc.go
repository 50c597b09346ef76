package patch

import (
	"cmp"
	"reflect"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// join returns the holder's list with the patches of the findings in it: those of
// others first, as they stand, then tuppence's, one an object.
func join(old []any, list []*inline) ([]any, error) {
	others, docs := parted(old, list[0].holder.nested)
	for _, n := range list {
		for _, c := range n.changes {
			_, isFlag := flagOf(c.Path)
			at := indexDoc(docs, n.target, isFlag)
			if at < 0 {
				at = len(docs)
				docs = append(docs, &inlineDoc{target: n.target, owned: newOwned(key{}, isFlag, meta{text(n.subject["apiVersion"]), text(n.target["kind"]), "", text(n.target["name"])})})
			}
			d := docs[at]
			d.owned.findings = append(d.owned.findings, n.ids...)
			if isFlag {
				if err := d.owned.addFlag(n.subject, c.Path, c.After); err != nil {
					return nil, err
				}
				continue
			}
			if err := d.owned.merge(c.Path, typed(c.After, nil, c.Path)); err != nil {
				return nil, err
			}
			d.owned.align(n.subject, c.Path)
		}
	}
	slices.SortFunc(docs, func(a, b *inlineDoc) int { // of one target the merge first
		return cmp.Or(cmp.Compare(text(a.target), text(b.target)), cmp.Compare(b.owned.doc.Kind, a.owned.doc.Kind))
	})
	var ours []any
	for _, d := range docs {
		body, err := d.text()
		if err != nil {
			return nil, err
		}
		ours = append(ours, map[string]any{"patch": body, "target": d.target})
	}
	if list[0].holder.nested {
		ours = []any{map[string]any{"kustomize": map[string]any{"patches": ours}}}
	}
	return append(others, ours...), nil
}

// indexDoc is the patch for the target in that form, -1 where there is none.
func indexDoc(docs []*inlineDoc, target map[string]any, ops bool) int {
	return slices.IndexFunc(docs, func(d *inlineDoc) bool { return d.owned.ops == ops && reflect.DeepEqual(d.target, target) })
}

// inlineDoc is one of tuppence's inline patches.
type inlineDoc struct {
	target map[string]any
	owned  *owned
}

func (d *inlineDoc) text() (string, error) {
	slices.Sort(d.owned.findings)
	quoteLines(d.owned.doc)
	body, err := yaml.MarshalWithOptions(d.owned.doc, &yaml.EncoderOptions{SeqIndent: yaml.WideSequenceStyle})
	return inlineMark + strings.Join(slices.Compact(d.owned.findings), ", ") + "\n" + string(body), err
}

// quoteLines writes values of several lines in one: kustomize takes the last line end
// off a patch, and with it that of a block of text at its end.
func quoteLines(n *yaml.Node) {
	if n.Kind == yaml.ScalarNode && strings.Contains(n.Value, "\n") {
		n.Style = yaml.DoubleQuotedStyle
	}
	for _, child := range n.Content {
		quoteLines(child)
	}
}

// parted are the elements of a holder's list that are somebody's own, and the
// patches that are tuppence's.
func parted(list []any, nested bool) (others []any, ours []*inlineDoc) {
	for _, item := range list {
		patches := []any{item}
		if nested {
			m, _ := item.(map[string]any)
			k, _ := m["kustomize"].(map[string]any)
			patches, _ = k["patches"].([]any)
		}
		docs := make([]*inlineDoc, 0, len(patches))
		for _, p := range patches {
			if d := ownedInline(p); d != nil {
				docs = append(docs, d)
			}
		}
		if len(docs) == 0 || len(docs) < len(patches) {
			others = append(others, item)
			continue
		}
		ours = append(ours, docs...)
	}
	return others, ours
}

// ownedInline reads one patch of tuppence's; nil where it is somebody's own, as one is
// that somebody edited into what tuppence would not write.
func ownedInline(item any) *inlineDoc {
	m, _ := item.(map[string]any)
	target, _ := m["target"].(map[string]any)
	rest, ok := strings.CutPrefix(text(m["patch"]), inlineMark)
	ids, body, cut := strings.Cut(rest, "\n")
	if !ok || !cut || target == nil || boundedAliases([]byte(body)) != nil {
		return nil
	}
	node, err := yaml.Parse(body)
	if err != nil || node.YNode() == nil || node.YNode().Kind == yaml.ScalarNode {
		return nil
	}
	o := &owned{doc: node.YNode(), ops: node.YNode().Kind == yaml.SequenceNode}
	if o.ops && checkOps(o.doc) != nil {
		return nil
	}
	for id := range strings.SplitSeq(ids, ",") {
		o.findings = append(o.findings, strings.TrimSpace(id))
	}
	return &inlineDoc{target, o}
}
