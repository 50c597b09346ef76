package patch

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fluxcd/pkg/kustomize"
	"github.com/fluxcd/pkg/sourceignore"
	"github.com/fluxcd/pkg/sourceignore/gitignore"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/yaml"
)

// maxScanned bounds the files that a generated kustomization may list.
const maxScanned = 20_000

// generated returns the kustomization that Flux generates for a folder without
// one: every manifest below it, and every sub-folder that has a kustomization of
// its own. Flux's own code makes the list, on a copy of the manifests in a
// temporary folder, since it works on a disk. What the tree's .sourceignore
// files keep out of the artifact is not copied: Flux never sees it.
func generated(t *tree, dir string) ([]byte, error) {
	temp, err := os.MkdirTemp("", "tuppence-")
	if err != nil {
		return nil, fmt.Errorf("a temporary folder for the manifests of %s: %w", dir, err)
	}
	defer os.RemoveAll(temp)
	if temp, err = filepath.EvalSymlinks(temp); err != nil {
		return nil, fmt.Errorf("a temporary folder for the manifests of %s: %w", dir, plain(err))
	}
	if err := copyManifests(t, dir, temp); err != nil {
		return nil, err
	}
	g := kustomize.NewGenerator(temp, unstructured.Unstructured{Object: map[string]any{}})
	schema.Lock()
	data, _, _, err := g.GenerateManifest(temp)
	schema.Unlock()
	if err != nil {
		text := strings.ReplaceAll(err.Error(), temp, path.Join(".", dir))
		return nil, fmt.Errorf("the manifests of %s can't be listed as Flux would: %s", dir, text)
	}
	return data, nil
}

// copyManifests copies what Flux would look at below dir to the folder to.
func copyManifests(t *tree, dir, to string) error {
	ignored, err := ignores(t, dir)
	if err != nil {
		return err
	}
	count := 0
	var walk func(below string) error
	walk = func(below string) error {
		names, err := t.names(path.Join(dir, below))
		if err != nil {
			return err
		}
		for _, name := range names {
			at, from := path.Join(below, name), path.Join(dir, below, name)
			if count++; count > maxScanned {
				return fmt.Errorf("%s holds more than %d files", dir, maxScanned)
			}
			isDir := t.isDir(from)
			if ignored(from, isDir) {
				continue
			}
			target := filepath.Join(to, filepath.FromSlash(at))
			switch {
			case isDir && t.kustomizationFile(from) != "":
				// Only that it's there counts: Flux lists the folder and goes no deeper.
				file := t.kustomizationFile(from)
				if ignored(path.Join(from, file), false) {
					err = walk(at)
				} else {
					err = writeCopy(filepath.Join(target, file), nil)
				}
			case isDir:
				err = walk(at)
			case t.isFile(from) && (path.Ext(name) == ".yaml" || path.Ext(name) == ".yml"):
				var data []byte
				if data, err = t.read(from); err == nil {
					err = writeCopy(target, data)
				}
			}
			if err != nil {
				return err
			}
		}
		return nil
	}
	return walk(".")
}

func writeCopy(name string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return fmt.Errorf("copy manifests to a temporary folder: %w", plain(err))
	}
	if err := os.WriteFile(name, data, 0o600); err != nil {
		return fmt.Errorf("copy manifests to a temporary folder: %w", plain(err))
	}
	return nil
}

// ignores returns what Flux's source-controller leaves out of its artifacts: its
// defaults (version control, CI, images, archives) and the .sourceignore files
// from the root down to dir and below.
func ignores(t *tree, dir string) (func(rel string, isDir bool) bool, error) {
	var patterns []gitignore.Pattern
	read := func(at string) error {
		file := path.Join(at, sourceignore.IgnoreFile)
		if !t.isFile(file) {
			return nil
		}
		data, err := t.read(file)
		if err != nil {
			return err
		}
		patterns = append(patterns, sourceignore.ReadPatterns(strings.NewReader(string(data)), parts(at))...)
		return nil
	}
	at := "."
	errs := read(at)
	for _, step := range parts(dir) {
		at = path.Join(at, step)
		errs = errors.Join(errs, read(at))
	}
	if errs != nil {
		return nil, errs
	}
	if err := below(t, dir, 0, read); err != nil {
		return nil, err
	}
	matcher := sourceignore.NewDefaultMatcher(patterns, nil)
	return func(rel string, isDir bool) bool { return matcher.Match(parts(rel), isDir) }, nil
}

// below calls f on every folder under dir, to a bounded depth.
func below(t *tree, dir string, depth int, f func(string) error) error {
	if depth > 100 {
		return fmt.Errorf("%s is nested more than 100 folders deep", dir)
	}
	names, err := t.names(dir)
	if err != nil {
		return err
	}
	for _, name := range names {
		at := path.Join(dir, name)
		if name == ".git" || !t.isDir(at) {
			continue
		}
		if err := f(at); err != nil {
			return err
		}
		if err := below(t, at, depth+1, f); err != nil {
			return err
		}
	}
	return nil
}

func parts(rel string) []string {
	if rel == "." {
		return nil
	}
	return strings.Split(rel, "/")
}

// generatedBases are the folders that the generated kustomization of dir lists.
func (m *maker) generatedBases(dir string) ([]string, error) {
	data, err := m.generate(m.plain, dir)
	if err != nil {
		return nil, err
	}
	var kust types.Kustomization
	if err := yaml.Unmarshal(data, &kust); err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	var dirs []string
	for _, r := range kust.Resources {
		if at := path.Join(dir, r); m.plain.isDir(at) {
			dirs = append(dirs, at)
		}
	}
	return dirs, nil
}

// plainFolder tells whether dir is applied as it is, by Argo CD alone and without
// a kustomization: the manifests in it are then edited where they stand.
func (m *maker) plainFolder(dir string) bool {
	builders := m.owners.dirs[dir]
	return m.plain.kustomizationFile(dir) == "" && len(builders) > 0 &&
		!slices.ContainsFunc(builders, func(b *builder) bool { return b.kind != "Application" })
}

// manifests is a kustomization that lists what Argo CD reads of a plain folder: the
// YAML and JSON files that lie in it, not those below, unless the Application says
// otherwise, which is not read.
// https://argo-cd.readthedocs.io/en/stable/user-guide/directory/
func manifests(t *tree, dir string) ([]byte, error) {
	names, err := t.names(dir)
	if err != nil {
		return nil, err
	}
	kust := types.Kustomization{Resources: []string{}}
	for _, name := range names {
		if at := path.Join(dir, name); slices.Contains([]string{".yaml", ".yml", ".json"}, path.Ext(name)) && t.isFile(at) {
			kust.Resources = append(kust.Resources, name)
		}
	}
	return yaml.Marshal(kust)
}

// generate is generated, remembered for the tree as it stands on disk.
func (m *maker) generate(t *tree, dir string) ([]byte, error) {
	if m.plainFolder(dir) {
		return manifests(t, dir)
	}
	if t != m.plain && len(t.over) > 0 {
		return generated(t, dir)
	}
	if g, ok := m.lists[dir]; ok {
		return g.data, g.err
	}
	data, err := generated(t, dir)
	m.lists[dir] = listed{data, err}
	return data, err
}

type listed struct {
	data []byte
	err  error
}
