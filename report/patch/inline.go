package patch

import (
	"fmt"
	"strings"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	jsonyaml "sigs.k8s.io/yaml"

	"github.com/tuppence-dev/tuppence/recommend"
)

// Where the manifests of an object are not in the tree, what applies them may be:
// a HelmRelease patches what its chart renders (spec.postRenderers), a Kustomization
// what its artifact holds (spec.patches), an Application what its repository holds
// (spec.source.kustomize.patches), and a FluxInstance the controllers that it makes
// (spec.kustomize.patches). All take the patches of kustomize. The patch then stands
// in that object, in its own folder.

// inlineMark begins each inline patch of tuppence's; the findings' names follow.
const inlineMark = "# Written by tuppence, for "

// add puts the finding's change into the patch.
func (n *inline) add(c *recommend.Change) error {
	flag, isFlag := flagOf(c.Path)
	switch {
	case isFlag && c.After == "":
		return fmt.Errorf("%s of %s can't be taken out by a patch in %s, as it can't be seen where it stands", c.Field(), c.Object, n.holder.object)
	case !isFlag && needsOps(key{group: groupOf(c.Object.APIVersion), kind: c.Object.Kind}, c.Path, n.subject):
		return fmt.Errorf("%s of %s can't be set by a patch in %s, whose lists are replaced as a whole", c.Field(), c.Object, n.holder.object)
	}
	if at, err := locate(n.subject, c.Path[:len(c.Path)-1]); err == nil && isFlag && at.lost == "" && !at.found {
		return fmt.Errorf("whether %s hands its args on to a program is not known, as its manifest is not in this repository; set %s where it comes from", c.Object, flag)
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
	if err := i.inline.takes(before[i.key]); err != nil {
		return false, err
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
	steps := anySteps(i.change.Path)
	n := missingAt(work, steps)
	for up := 1; up < n; up++ { // work has what the earlier patch added, and what it is put on has not
		if o.op("add", pointer(steps[:up])) != nil {
			n = up
		}
	}
	o.doc.Content = nil
	if len(others) > 0 {
		for _, item := range joined[len(others):] {
			o.appendOp("add", pointer(steps)+"/-", item)
		}
		return assign(work, steps, i.value)
	}
	missing, err := nest(i.change.Path[n:], i.value)
	if err != nil {
		return err
	}
	o.appendOp("add", pointer(steps[:n]), missing)
	return assign(work, steps[:n], missing)
}

func anySteps(path []string) []any {
	steps := make([]any, len(path))
	for n, s := range path {
		steps[n] = s
	}
	return steps
}
