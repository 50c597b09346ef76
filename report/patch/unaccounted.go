package patch

import (
	"context"
	"fmt"
	"path"
	"slices"
)

// unaccounted are the manifests for clusters that were not read.
func (a *account) unaccounted(ctx context.Context) ([]*declared, error) {
	var left []*declared
	for _, d := range a.all.builders {
		if a.elsewhere(d) {
			continue
		}
		accounted := false
		account := func(b *builder) {
			if a.accounts(b, d) {
				accounted = true
				a.known[ownerKey(b.cluster, d.kind, d.name)] = true
			}
		}
		for _, builders := range a.m.owners.dirs {
			for _, b := range builders {
				account(b)
			}
		}
		for _, app := range a.m.owners.chartList {
			account(app.builder)
		}
		if len(a.strangeRoots(d)) > 0 || !accounted && a.charts[d.file] == "" {
			left = append(left, d)
		}
	}
	left = a.unmatched(left)
	var out []*declared
	for _, d := range left {
		more, err := a.asBuilt(ctx, d)
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
	}
	return out, nil
}

// strangeRoots are the folders that apply the manifest and that no cluster which was
// read builds, in order.
func (a *account) strangeRoots(d *declared) []string {
	var out []string
	for _, dir := range a.listed[d.file] {
		for _, root := range append(slices.Clone(a.m.indexed().users[dir]), dir) {
			if a.strange[root] {
				out = append(out, root)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// unmatched are those of the manifests that are more than the objects of their name
// and path that were read, and whose own manifest is not known.
func (a *account) unmatched(list []*declared) []*declared {
	same := map[string][]*declared{}
	for _, d := range list {
		name := fmt.Sprint(d.kind, "/", d.name, d.targets)
		same[name] = append(same[name], d)
	}
	return slices.DeleteFunc(list, func(d *declared) bool {
		clusters := map[string]bool{}
		for _, r := range a.readAs(d) {
			o := (&builder{kind: r.Kind, namespace: r.Namespace, name: r.Name, home: r.cluster}).object()
			if _, err := a.m.owners.find(o); (err != nil || d.kind == "ApplicationSet") && !a.known[ownerKey(r.cluster, d.kind, d.name)] {
				clusters[r.cluster] = true
			}
		}
		return d.vague == "" && len(same[fmt.Sprint(d.kind, "/", d.name, d.targets)]) <= len(clusters)
	})
}

// asBuilt is what the manifest declares in the builds of the folders that are at fault,
// where patches may change its path; itself where that can't be told.
func (a *account) asBuilt(ctx context.Context, d *declared) ([]*declared, error) {
	roots := a.strangeRoots(d)
	if len(roots) == 0 || d.vague != "" {
		return []*declared{d}, nil
	}
	var out []*declared
	for _, root := range roots {
		if !a.patches(root) {
			out = append(out, d)
			continue
		}
		built, err := a.m.before(ctx, root)
		if ctx.Err() != nil {
			return nil, fmt.Errorf("build %s: %w", root, ctx.Err())
		}
		if err != nil || len(built.from) == 0 {
			out = append(out, d)
			continue
		}
		out = append(out, slices.DeleteFunc(a.declaredIn(root, built), func(o *declared) bool { return o.file != d.file })...)
	}
	return out, nil
}

// patches tells whether building dir may change what the manifests say.
func (a *account) patches(dir string) bool {
	for at := range a.m.takesIn(dir) {
		k := &a.m.scanned(at).kust
		if len(patchFiles(k))+len(k.Replacements)+len(k.Transformers)+len(k.Components)+len(k.Vars) > 0 { //nolint:staticcheck // vars are deprecated, and in use
			return true
		}
	}
	return false
}

// declaredIn is what a folder's objects declare.
func (a *account) declaredIn(dir string, built *rendering) []*declared {
	var out []*declared
	for _, k := range built.keys() {
		file := built.from[k]
		if file == "" {
			file = dir
		}
		if d := declaredBy(file, built.objects[k], a.m.owners.rule); d != nil {
			out = append(out, d)
		}
	}
	return out
}

// appliedBy is what the folders that a target may be declare in turn, told once for
// each folder.
func (a *account) appliedBy(ctx context.Context, t target) ([]*declared, error) {
	if t == anything {
		return nil, nil // all is said
	}
	var out []*declared
	for _, dir := range a.m.covered(t) {
		raw := slices.DeleteFunc(slices.Clone(a.all.builders), func(d *declared) bool { return !a.applies(dir, d) })
		if a.seen[dir] || len(raw) == 0 {
			continue
		}
		a.seen[dir] = true
		if !a.patches(dir) || a.m.plain.isFile(path.Join(dir, "Chart.yaml")) {
			out = append(out, raw...)
			continue
		}
		built, err := a.m.before(ctx, dir)
		if ctx.Err() != nil {
			return nil, fmt.Errorf("build %s: %w", dir, ctx.Err())
		}
		if err != nil {
			out = append(out, raw...)
			continue
		}
		out = append(out, a.declaredIn(dir, built)...)
	}
	if t.how != exactly {
		for _, d := range a.all.builders { // in folders without a kustomization
			if dir := path.Dir(d.file); t.covers(dir) && a.m.plain.kustomizationFile(dir) == "" {
				out = append(out, d)
			}
		}
	}
	return out, nil
}

// elsewhere tells whether the source that the manifest names is surely not the tree at
// hand: so are all that the tree declares by that name. One that it does not declare
// may be.
func (a *account) elsewhere(d *declared) bool {
	matches := 0
	for _, s := range a.all.sources {
		if s.Name != d.source.Name || d.source.Kind != s.Kind || s.Namespace != "" && d.source.Namespace != "" && s.Namespace != d.source.Namespace {
			continue
		}
		if !s.elsewhere {
			return false
		}
		matches++
	}
	return matches > 0
}
