package patch

import (
	"path"
	"slices"
	"strings"
)

// maxEntries bounds the files and folders that are looked at for kustomizations.
const maxEntries = 500_000

// index knows every kustomization of the tree, whether or not the fleet that was
// read builds it: what is changed must not reach a cluster that nobody looked at.
type index struct {
	dirs  []string            // folders with a kustomization, in order
	roots map[string]bool     // those that no other kustomization builds on
	users map[string][]string // by folder: the roots that load it, in order
	whole bool                // false: the tree is too large, or a part can't be read

	manifests []string // files that may hold objects, in order of folders
}

// indexed looks at the whole tree once.
func (m *maker) indexed() *index {
	if m.index == nil {
		m.index = m.newIndex()
	}
	return m.index
}

func (m *maker) newIndex() *index {
	x := &index{roots: map[string]bool{}, users: map[string][]string{}, whole: true}
	seen := 0
	var walk func(dir string)
	walk = func(dir string) {
		names, err := m.plain.names(dir)
		if err != nil {
			x.whole = false
			return
		}
		if m.plain.kustomizationFile(dir) != "" {
			x.dirs = append(x.dirs, dir)
		}
		for _, name := range names {
			if seen++; seen > maxEntries {
				x.whole = false
				return
			}
			at := path.Join(dir, name)
			if name != ".git" && m.plain.isDir(at) {
				walk(at)
			} else if slices.Contains([]string{".yaml", ".yml", ".json"}, path.Ext(name)) {
				x.manifests = append(x.manifests, at)
			}
		}
	}
	walk(".")
	slices.Sort(x.dirs)
	used := map[string]bool{}
	for _, dir := range x.dirs {
		for _, base := range m.scanned(dir).bases {
			used[base] = true
		}
	}
	for _, dir := range x.dirs {
		if used[dir] {
			continue
		}
		x.roots[dir] = true
		loads, _ := m.closure(dir)
		for base := range loads {
			x.users[base] = append(x.users[base], dir)
		}
	}
	return x
}

// scanned is the kustomization of dir, read once.
func (m *maker) scanned(dir string) *kustDir {
	k, ok := m.scans[dir]
	if !ok {
		m.plain.reads, m.plain.bytes = 0, 0 // the bounds are a build's
		k = m.plain.scan(dir)
		m.scans[dir] = k
	}
	return k
}

// reaching are the other folders that load dir, in order: those that the fleet
// builds, by name or because Flux lists everything below them, and those that
// nothing else builds on, which some other cluster may build.
func (m *maker) reaching(dir string) []string {
	out, ok := m.reach[dir]
	if !ok {
		out = m.reachingNow(dir)
		m.reach[dir] = out
	}
	return out
}

func (m *maker) reachingNow(dir string) []string {
	out := slices.Clone(m.indexed().users[dir])
	for other := range m.owners.dirs {
		if !m.plain.isDir(other) {
			continue
		}
		loads, _ := m.closure(other)
		swept := m.plain.kustomizationFile(other) == "" && (other == "." || strings.HasPrefix(dir, other+"/"))
		if loads[dir] || swept {
			out = append(out, other)
		}
	}
	slices.Sort(out)
	return slices.DeleteFunc(slices.Compact(out), func(other string) bool { return other == dir })
}
