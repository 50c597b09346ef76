package patch

import (
	"path"
	"slices"
)

// home is the folder whose kustomization lists the patches of an object that dir
// builds from a file. Of a folder without one, which Flux lists anew each time, it is
// the folder below that the file belongs to and that has one, if there is: of what
// flux bootstrap writes to clusters/prod/flux-system, that folder, so that Flux goes
// on to take in whatever else comes to clusters/prod.
func (m *maker) home(dir, from string) string {
	if m.plain.kustomizationFile(dir) != "" || from == "" || !m.plain.isDir(dir) {
		return dir
	}
	var homes []string
	for _, base := range m.homes(dir) {
		if below, err := m.closure(base); err == nil && below[path.Dir(from)] {
			homes = append(homes, base)
		}
	}
	if len(homes) != 1 {
		return dir
	}
	return homes[0]
}

// homes are the folders below dir that have a kustomization and that Flux lists for
// it, which has none.
func (m *maker) homes(dir string) []string {
	if m.plain.kustomizationFile(dir) != "" || !m.plain.isDir(dir) {
		return nil
	}
	bases, _ := m.generatedBases(dir) // what can't be listed is not built either
	return bases
}

// beside are the other folders that load dir, or the home of one of the files.
func (m *maker) beside(dir string, files map[string][]byte) []string {
	out := slices.Clone(m.reaching(dir))
	for name := range files {
		if at := path.Dir(name); at != dir {
			out = append(out, m.reaching(at)...)
		}
	}
	slices.Sort(out)
	return slices.DeleteFunc(slices.Compact(out), func(other string) bool { return other == dir })
}
