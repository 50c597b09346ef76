package patch

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/tuppence-dev/tuppence/collector"
)

// account tells which of the tree's manifests the builders that were read account for.
type account struct {
	m       *maker
	all     *declarations
	listed  map[string][]string // by file: the folders whose kustomizations list it
	bare    map[string][]string // by file: the folders that take it in as no kustomization picks what is applied
	charts  map[string]string   // by file: the chart whose template it is
	strange map[string]bool     // folders that something else builds than what was read
	read    map[string][]readAs // by kind and name: what was read from clusters
	known   map[string]bool     // by cluster, kind and name: those whose manifest is found
	seen    map[string]bool     // folders of which appliedBy has told
}

// takesIn are the folders that building dir loads. Where what a folder without a
// kustomization holds can't be listed, they are all below it.
func (m *maker) takesIn(dir string) map[string]bool {
	loads, err := m.closure(dir)
	if err == nil || m.plain.kustomizationFile(dir) != "" {
		return loads
	}
	all := maps.Clone(loads)
	for _, at := range m.indexed().dirs {
		if dir == "." || strings.HasPrefix(at, dir+"/") {
			more, _ := m.closure(at)
			maps.Copy(all, more)
		}
	}
	m.closures[dir] = closed{all, err}
	return all
}

type readAs struct {
	cluster string
	*collector.Reconciler
}

func (m *maker) newAccount(all *declarations) *account {
	a := &account{m: m, all: all, listed: map[string][]string{}, bare: map[string][]string{}, charts: map[string]string{}, strange: map[string]bool{}, read: map[string][]readAs{}, known: map[string]bool{}, seen: map[string]bool{}}
	a.index()
	for o, r := range m.owners.reconcilers {
		if r == nil || o.Namespace == "" {
			continue
		}
		at := r.Kind + "/" + r.Name
		a.read[at] = append(a.read[at], readAs{o.Cluster, r})
		if r.OwnerSet != "" {
			a.read["ApplicationSet/"+r.OwnerSet] = append(a.read["ApplicationSet/"+r.OwnerSet], readAs{o.Cluster, r})
		}
	}
	taken := map[string]bool{}
	for dir, builders := range m.owners.dirs {
		if slices.ContainsFunc(builders, func(b *builder) bool { return b.cluster == "" }) {
			a.strange[dir] = true
			continue
		}
		for base := range m.takesIn(dir) {
			taken[base] = true
		}
	}
	for root := range m.indexed().roots {
		if !taken[root] {
			a.strange[root] = true
		}
	}
	return a
}

// index notes what lists each manifest, and leaves out patches of Kustomizations that
// say nothing of the folder.
func (a *account) index() {
	files, patches := map[string]bool{}, map[string]bool{}
	for _, d := range a.all.builders {
		files[d.file] = true
	}
	for _, dir := range a.m.indexed().dirs {
		k := a.m.scanned(dir)
		list := func(entry string) bool {
			at := path.Join(dir, entry)
			if files[at] && !slices.Contains(a.listed[at], dir) {
				a.listed[at] = append(a.listed[at], dir)
			}
			return files[at]
		}
		for _, entry := range k.kust.Resources {
			list(entry)
		}
		if k.err != nil && len(k.kust.Resources) == 0 { // another version may read it
			for file := range files {
				if path.Dir(file) == dir {
					list(path.Base(file))
				}
			}
		}
		for _, entry := range patchFiles(&k.kust) {
			if at := path.Join(dir, entry); len(a.listed[at]) == 0 && list(entry) {
				patches[at] = true
			}
		}
	}
	a.all.builders = slices.DeleteFunc(a.all.builders, func(d *declared) bool { return d.pathless && patches[d.file] })
	for file := range files {
		picked := false
		for dir := path.Dir(file); ; dir = path.Dir(dir) {
			if picked = picked || a.m.plain.kustomizationFile(dir) != ""; !picked {
				a.bare[file] = append(a.bare[file], dir)
			}
			if dir == "." {
				break
			}
			if path.Base(dir) == "templates" && a.m.plain.isFile(path.Join(path.Dir(dir), "Chart.yaml")) {
				a.charts[file] = path.Dir(dir)
			}
		}
	}
}

// applies tells whether building dir applies the manifest.
func (a *account) applies(dir string, d *declared) bool {
	if chart := a.charts[d.file]; chart != "" {
		return dir == chart
	}
	loads := a.m.takesIn(dir)
	return slices.Contains(a.bare[d.file], dir) || slices.ContainsFunc(a.listed[d.file], func(at string) bool { return loads[at] })
}

// accounts tells whether b applies the manifest to a cluster that was read. Whether
// Argo CD takes in folders below a plain one is not read; there, and where not all
// of the cluster was, what the manifest declares must have been.
func (a *account) accounts(b *builder, d *declared) bool {
	if b.cluster == "" || !a.applies(b.dir, d) {
		return false
	}
	deep := a.charts[d.file] == "" && a.m.plainFolder(b.dir) && path.Dir(d.file) != b.dir
	return a.m.owners.whole[b.cluster] && !deep || slices.ContainsFunc(a.readAs(d), func(r readAs) bool { return r.cluster == b.cluster })
}

// readAs are the objects of the manifest's kind, name and path that were read.
func (a *account) readAs(d *declared) []readAs {
	return slices.DeleteFunc(slices.Clone(a.read[d.kind+"/"+d.name]), func(r readAs) bool {
		other := func(t target) bool {
			return !slices.ContainsFunc(alone(r.Reconciler), func(one *collector.Reconciler) bool {
				dir, err := folder(one.Path)
				return err == nil && t.covers(dir)
			})
		}
		return d.namespace != "" && d.namespace != r.Namespace || slices.ContainsFunc(d.targets, other) && d.kind != "ApplicationSet"
	})
}
