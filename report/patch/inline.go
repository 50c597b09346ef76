package patch

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/kustomize/kyaml/yaml"
	jsonyaml "sigs.k8s.io/yaml"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
)

// Where the manifests of an object are not in the tree, what applies them may be:
// a HelmRelease patches what its chart renders (spec.postRenderers), and a
// Kustomization what its artifact holds (spec.patches). Both take the patches of
// kustomize. The patch then stands in that object, in its own folder.

// inlineMark begins each inline patch of tuppence's; the findings' names follow.
const inlineMark = "# Written by tuppence, for "

// holder is an object that patches what it applies.
type holder struct {
	object recommend.Object
	path   []string // of its list
	nested bool     // elements are {kustomize: {patches: …}}
}

// holderOf is the object that patches what origin applies, the reconciler of which
// was read from the cluster; none for other kinds.
func holderOf(cluster string, r *collector.Reconciler) (holder, bool) {
	h := holder{object: recommend.Object{Cluster: cluster, APIVersion: r.APIVersion, Kind: r.Kind, Namespace: r.Namespace, Name: r.Name}}
	switch r.Kind {
	case "HelmRelease":
		h.path, h.nested = []string{"spec", "postRenderers"}, true
	case "Kustomization":
		h.path = []string{"spec", "patches"}
	default:
		return h, false
	}
	return h, true
}

// inline is what one finding wants of a holder's patches.
type inline struct {
	holder  holder
	changes []*recommend.Change
	target  map[string]any // as kustomize selects it
	subject map[string]any // the object as far as it is known
	shown   Rendered       // the same with the patch
	ids     []string
}

// inlineOf makes o's patch by what applies it, and the builder of that. why is the
// reason why it has no folder.
func (m *maker) inlineOf(o recommend.Object, why error) (*inline, *builder, error) {
	short := o
	short.APIVersion = ""
	origin := m.owners.origins[short]
	r := m.owners.reconcilers[recommend.Object{Cluster: o.Cluster, Kind: origin.Kind, Namespace: origin.Namespace, Name: origin.Name}]
	w := m.owners.workloads[short]
	if r == nil || w == nil || r.Remote {
		return nil, nil, why
	}
	h, ok := holderOf(o.Cluster, r)
	if !ok {
		return nil, nil, why
	}
	owner, err := m.owners.find(h.object)
	if err != nil {
		return nil, nil, fmt.Errorf("%w; and %s, which could hold the patch, has no folder here: %w", why, h.object, err)
	}
	n := &inline{holder: h, target: map[string]any{"kind": o.Kind, "name": o.Name}, subject: skeleton(o, w)}
	if group := groupOf(o.APIVersion); group != "" {
		n.target["group"] = group
	}
	if m.owners.namesake(o, origin) {
		n.target["namespace"] = o.Namespace
	}
	return n, owner, nil
}

// namesake tells whether the same origin applies an object of that kind and name in
// another namespace.
func (x *owners) namesake(o recommend.Object, origin collector.Origin) bool {
	for other, from := range x.origins {
		if from == origin && other.Cluster == o.Cluster && other.Kind == o.Kind && other.Name == o.Name && other.Namespace != o.Namespace {
			return true
		}
	}
	return false
}

// skeleton is a workload as far as the cluster told: its containers by name, in
// their order, with what they request. It stands for the manifest that can't be
// seen.
func skeleton(o recommend.Object, w *collector.Workload) map[string]any {
	var apps, inits []any
	for i := range w.Containers {
		c := &w.Containers[i]
		if c.Injected {
			continue
		}
		item := map[string]any{"name": c.Name, "image": cmp.Or(c.Image, "image")}
		if c.Role == collector.App {
			apps = append(apps, item)
		} else {
			inits = append(inits, item)
		}
	}
	spec := map[string]any{"containers": apps}
	if len(inits) > 0 {
		spec["initContainers"] = inits
	}
	template := map[string]any{"template": map[string]any{"spec": spec}}
	if o.Kind == "CronJob" {
		template = map[string]any{"jobTemplate": map[string]any{"spec": template}}
	}
	return map[string]any{"apiVersion": o.APIVersion, "kind": o.Kind, "metadata": map[string]any{"name": o.Name, "namespace": o.Namespace}, "spec": template}
}

// add puts the finding's change into the patch.
func (n *inline) add(c *recommend.Change) error {
	if needsOps(key{group: groupOf(c.Object.APIVersion), kind: c.Object.Kind}, c.Path) {
		return fmt.Errorf("%s of %s can't be set by a patch in %s, whose lists are replaced as a whole", c.Field(), c.Object, n.holder.object)
	}
	s, err := locate(n.subject, c.Path)
	if err != nil {
		return err
	}
	if s.lost != "" {
		return fmt.Errorf("%s has no %s of its own: a webhook adds it, or it came to the cluster by hand", c.Object, s.lost)
	}
	n.changes = append(n.changes, c)
	return nil
}

// text is what the patch sets, to compare findings by.
func (n *inline) text() string {
	var b strings.Builder
	for _, c := range n.changes {
		fmt.Fprintf(&b, "%s=%s\n", c.Field(), c.After)
	}
	return b.String()
}

// join returns the holder's list with the patches of the findings in it: those of
// others first, as they stand, then tuppence's, one an object.
func join(old []any, list []*inline) ([]any, error) {
	others, docs := parted(old, list[0].holder.nested)
	for _, n := range list {
		at := slices.IndexFunc(docs, func(d *inlineDoc) bool { return reflect.DeepEqual(d.target, n.target) })
		if at < 0 {
			at = len(docs)
			docs = append(docs, &inlineDoc{target: n.target, owned: newOwned(key{}, false, meta{text(n.subject["apiVersion"]), text(n.target["kind"]), "", text(n.target["name"])})})
		}
		d := docs[at]
		d.owned.findings = append(d.owned.findings, n.ids...)
		for _, c := range n.changes {
			if err := d.owned.merge(c.Path, typed(c.After, nil, c.Path)); err != nil {
				return nil, err
			}
			d.owned.align(n.subject, c.Path)
		}
	}
	slices.SortFunc(docs, func(a, b *inlineDoc) int { return cmp.Compare(text(a.target), text(b.target)) })
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

// inlineDoc is one of tuppence's inline patches.
type inlineDoc struct {
	target map[string]any
	owned  *owned
}

func (d *inlineDoc) text() (string, error) {
	slices.Sort(d.owned.findings)
	body, err := yaml.MarshalWithOptions(d.owned.doc, &yaml.EncoderOptions{SeqIndent: yaml.WideSequenceStyle})
	return inlineMark + strings.Join(slices.Compact(d.owned.findings), ", ") + "\n" + string(body), err
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

// ownedInline reads one patch of tuppence's; nil where it is somebody's own.
func ownedInline(item any) *inlineDoc {
	m, _ := item.(map[string]any)
	target, _ := m["target"].(map[string]any)
	rest, ok := strings.CutPrefix(text(m["patch"]), inlineMark)
	ids, body, cut := strings.Cut(rest, "\n")
	if !ok || !cut || target == nil || boundedAliases([]byte(body)) != nil {
		return nil
	}
	node, err := yaml.Parse(body)
	if err != nil || node.YNode() == nil || node.YNode().Kind != yaml.MappingNode {
		return nil
	}
	o := &owned{doc: node.YNode()}
	for id := range strings.SplitSeq(ids, ",") {
		o.findings = append(o.findings, strings.TrimSpace(id))
	}
	return &inlineDoc{target, o}
}

// provable errs unless the patch, put on the workload as far as it is known, by
// kustomize, sets what the findings ask for and nothing else.
func (n *inline) provable() error {
	list, err := join(nil, []*inline{n})
	if err != nil {
		return err
	}
	if n.holder.nested {
		list = list[0].(map[string]any)["kustomize"].(map[string]any)["patches"].([]any)
	}
	before, err := kustomized(n.subject, nil)
	if err != nil {
		return err
	}
	after, err := kustomized(n.subject, list)
	if err != nil {
		return err
	}
	n.shown = Rendered{before, after}
	k := key{}
	var intents []*intent
	for _, c := range n.changes {
		intents = append(intents, &intent{change: c, key: k, value: typed(c.After, nil, c.Path)})
	}
	if err := reached(objects{k: after}, intents); err != nil {
		return err
	}
	if d := unintended(objects{k: before}, objects{k: after}, intents); len(d) > 0 {
		return fmt.Errorf("the patch would also change %s", describe(d))
	}
	return nil
}

// kustomized is an object with patches put on it.
func kustomized(object map[string]any, patches []any) (map[string]any, error) {
	fsys := filesys.MakeFsInMemory()
	for name, content := range map[string]any{"object.yaml": object, "kustomization.yaml": map[string]any{"resources": []string{"object.yaml"}, "patches": patches}} {
		data, err := jsonyaml.Marshal(content)
		if err != nil {
			return nil, err
		}
		if err := fsys.WriteFile("/"+name, data); err != nil {
			return nil, err
		}
	}
	schema.Lock()
	defer schema.Unlock()
	out, err := krusty.MakeKustomizer(&krusty.Options{PluginConfig: types.DisabledPluginConfig()}).Run(fsys, "/")
	if err != nil {
		return nil, fmt.Errorf("kustomize can't put the patch on: %s", brief(err.Error()))
	}
	if out.Size() != 1 {
		return nil, fmt.Errorf("kustomize makes %d objects of one", out.Size())
	}
	return out.Resources()[0].Map()
}

// prepareInline finds the holder in the build, and whether it has the patch.
func (i *intent) prepareInline(before objects) (already bool, err error) {
	o := i.change.Object
	var there bool
	if i.key, there = before.find(o); !there {
		return false, fmt.Errorf("%s builds no %s %s/%s; another source may set its name or namespace", i.owner.dir, o.Kind, o.Namespace, o.Name)
	}
	if err := i.inline.provable(); err != nil {
		return false, err
	}
	s, err := locate(before[i.key], i.change.Path)
	if err != nil {
		return false, fmt.Errorf("%s in Git: %w", i.key, err)
	}
	list, isList := s.value.([]any)
	if s.found && !isList {
		return false, fmt.Errorf("%s of %s is no list in Git", i.change.Field(), i.key)
	}
	i.listed = list
	joined, err := join(list, []*inline{i.inline})
	if err != nil {
		return false, err
	}
	i.want, i.value = joined, joined
	return text(joined) == text(list), nil
}

// joinAll gives the inline intents of one draft that fall on one holder the list
// that holds all their patches.
func joinAll(list []*candidate) error {
	by := map[string][]*intent{}
	for _, c := range list {
		for _, i := range c.intents {
			if i.inline != nil {
				name := i.key.String() + strings.Join(i.change.Path, "/")
				by[name] = append(by[name], i)
			}
		}
	}
	for _, intents := range by {
		var all []*inline
		for _, i := range intents {
			all = append(all, i.inline)
		}
		joined, err := join(intents[0].listed, all)
		if err != nil {
			return err
		}
		for _, i := range intents {
			i.value = joined
		}
	}
	return nil
}

// replaceList makes the operations that put tuppence's own elements at the end of a
// holder's list, in the place of those that a patch of an earlier run added.
func (o *owned) replaceList(work map[string]any, i *intent) error {
	others, _ := parted(i.listed, i.inline.holder.nested)
	joined, _ := i.value.([]any)
	o.doc.Content = nil
	at := pointer(anySteps(i.change.Path))
	if len(others) == 0 {
		o.appendOp("add", at, i.value)
	} else {
		for _, item := range joined[len(others):] {
			o.appendOp("add", at+"/-", item)
		}
	}
	return assign(work, anySteps(i.change.Path), i.value)
}

func anySteps(path []string) []any {
	steps := make([]any, len(path))
	for n, s := range path {
		steps[n] = s
	}
	return steps
}
