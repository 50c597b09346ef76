package patch

import (
	"context"
	"path"
	"slices"
)

// home is the folder whose kustomization lists the patches of an object that dir
// builds from a file. Of a folder without one, which Flux lists anew each time, it is
// the folder below that the file belongs to and that has one, if there is: of what
// flux bootstrap writes to clusters/prod/flux-system, that folder, so that Flux goes
// on to take in whatever else comes to clusters/prod. Where a cluster that was not
// read may build that too, it is dir itself.
func (m *maker) home(ctx context.Context, dir, from string) string {
	if from == "" {
		return dir
	}
	for _, base := range m.homes(dir) {
		if below, err := m.closure(base); err == nil && below[path.Dir(from)] && m.refusal(ctx, base) == nil {
			return base
		}
	}
	return dir
}

// homes are the folders with a kustomization that Flux lists for dir, which has none,
// and that nothing else loads.
func (m *maker) homes(dir string) []string {
	if m.plain.kustomizationFile(dir) != "" || !m.plain.isDir(dir) {
		return nil
	}
	bases, _ := m.generatedBases(dir) // what can't be listed is not built either
	return slices.DeleteFunc(bases, func(base string) bool {
		return slices.ContainsFunc(m.reaching(base), func(other string) bool { return other != dir })
	})
}
