package patch

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"

	"sigs.k8s.io/kustomize/api/konfig"
)

// foreign is what Git says of clusters that were not read: which folders of the tree
// they build. A change there would reach a cluster that nobody looked at.
//
// A manifest is accounted for where what applies it was read: then its cluster's
// builders were read with it. In a repository as flux bootstrap makes it, those of
// clusters/prod are, once prod was read, and those of clusters/dr are not. So is one
// that was applied by hand (argocd/root.yaml) where an object of its name and path
// was read, as many as there are such manifests. All others count, whatever their
// folder is called: an example among the documents counts too, until it says by
// kustomize's annotation config.kubernetes.io/local-config that no cluster gets it.
// A wrong refusal says its reason; a wrong change does not.
type foreign struct {
	dirs map[string]*use // by folder with a kustomization that one builds, or loads
	uses []*use
	all  []*declared
}

// use is one folder, or several, that a declared builder builds.
type use struct {
	*declared
	target
	base string // where it is a kustomization that builds on it by this tree's own address
}

// refusal says why a change of dir may reach a cluster that was not read, nil where
// nothing says so.
func (m *maker) refusal(ctx context.Context, dir string) error {
	if !m.indexed().whole {
		return m.unclear(dir)
	}
	x, err := m.strangers(ctx)
	if err != nil {
		return err
	}
	u := x.of(m, dir)
	if u == nil {
		return m.unpinned(dir)
	}
	return u.refuses(dir)
}

// unclear says why a folder or file stays in a tree that is not known.
func (m *maker) unclear(name string) error {
	return fmt.Errorf("the tree has more than %d files, or folders that can't be read, so whether a cluster that was not read takes in %s can't be told", maxEntries, name)
}

// whatToDo ends a refusal.
const whatToDo = "; read that cluster too, or, if none gets it, annotate the manifest with " + konfig.IgnoredByKustomizeAnnotation + `: "true"`

// refuses says why dir stays.
func (u *use) refuses(dir string) error {
	var text string
	switch {
	case u.base != "":
		return fmt.Errorf("%s builds on %s by this repository's own address, and what a change does there can't be proved", u.base, u.path)
	case u.vague != "":
		text = fmt.Sprintf("%s may build %s too, for a cluster that was not read (%s)", u.file, dir, u.vague)
	case u.how == fromArtifact:
		text = fmt.Sprintf("%s may build %s too, for a cluster that was not read, as its artifact may be pushed from here", u.file, dir)
	case u.how == prefixed:
		text = fmt.Sprintf("%s may build %s too, for a cluster that was not read, as the rest of its path %s… is a variable", u.file, dir, u.path)
	case u.path != dir:
		text = fmt.Sprintf("%s builds %s, which takes in %s, for a cluster that was not read", u.file, u.path, dir)
	default:
		text = fmt.Sprintf("%s builds %s too, for a cluster that was not read", u.file, dir)
	}
	return errors.New(text + whatToDo)
}

// readsValues says why a value file stays: a manifest for a cluster that was not read
// takes values from it too. It errs too when ctx ends.
func (m *maker) readsValues(ctx context.Context, file string) error {
	if !m.indexed().whole {
		return m.unclear(file)
	}
	x, err := m.strangers(ctx)
	if err != nil {
		return err
	}
	for _, d := range x.all {
		if d.vague != "" || slices.ContainsFunc(d.values, func(t target) bool { return t.covers(file) }) {
			return fmt.Errorf("%s may read %s too, for a cluster that was not read%s", d.file, file, whatToDo)
		}
	}
	return nil
}

// of is the first that builds or loads dir, nil where none does.
func (x *foreign) of(m *maker, dir string) *use {
	if u := x.dirs[dir]; u != nil {
		return u
	}
	for at := dir; ; at = path.Dir(at) { // a folder without a kustomization takes in all that is prefixed
		if m.plain.kustomizationFile(at) == "" {
			if n := slices.IndexFunc(x.uses, func(u *use) bool { return u.covers(at) }); n >= 0 {
				return x.uses[n]
			}
		}
		if at == "." {
			return nil
		}
	}
}

// strangers reads the manifests of the tree once, and follows those that are not
// accounted for from folder to folder. It errs only when ctx ends.
func (m *maker) strangers(ctx context.Context) (*foreign, error) {
	if m.foreign != nil {
		return m.foreign, nil
	}
	x := &foreign{dirs: map[string]*use{}}
	for _, dir := range m.indexed().dirs {
		for _, base := range m.scanned(dir).webs {
			if at, ok := m.owners.rule.within(base); ok {
				x.add(m, &use{&declared{file: dir}, target{at, exactly}, path.Join(dir, m.scanned(dir).file)})
			}
		}
	}
	all := m.readManifests()
	a := m.newAccount(all)
	todo, err := a.unaccounted(ctx)
	if err != nil {
		return nil, err
	}
	for len(todo) > 0 {
		d := todo[0]
		todo = todo[1:]
		if slices.Contains(x.all, d) || a.elsewhere(d) {
			continue
		}
		x.all = append(x.all, d)
		for _, t := range d.builds() {
			x.add(m, &use{d, t, ""})
			more, err := a.appliedBy(ctx, t)
			if err != nil {
				return nil, err
			}
			todo = append(todo, more...)
		}
	}
	m.foreign = x
	return x, nil
}

// add notes u's folders, and all that they load.
func (x *foreign) add(m *maker, u *use) {
	x.uses = append(x.uses, u)
	for _, dir := range m.covered(u.target) {
		for base := range m.takesIn(dir) {
			if x.dirs[base] == nil {
				x.dirs[base] = u
			}
		}
	}
}

// covered are the folders of the tree that a target may be: of a path that is not
// whole, those with a kustomization.
func (m *maker) covered(t target) []string {
	if t.how == exactly {
		if m.plain.isDir(t.path) {
			return []string{t.path}
		}
		return nil
	}
	return slices.DeleteFunc(slices.Clone(m.indexed().dirs), func(dir string) bool { return !t.covers(dir) })
}
