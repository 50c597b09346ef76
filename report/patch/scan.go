package patch

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"strings"

	"sigs.k8s.io/kustomize/api/konfig"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/yaml"
)

// Kustomize fetches whatever looks like an address: over HTTP for any file, and
// by git for a base. Nothing is ever fetched here, so a kustomization that asks
// for it is refused before it is built.
var (
	// webFile is what kustomize loads over HTTP.
	webFile = regexp.MustCompile(`(?i)^\s*https?:`)
	// gitBase is what kustomize clones: a scheme, a forced protocol, user@host, or
	// GitHub without a scheme.
	gitBase = regexp.MustCompile(`(?i)^\s*((git::)?(https?:|ssh:|file:|[^/]*@|(www\.)?github\.com[:/])|git::|gh:)|://`)
)

// kustDir is one folder with a kustomization: what it holds, the folders it
// builds on, and why it can't be built here, if so.
type kustDir struct {
	file  string // name of the kustomization file
	kust  types.Kustomization
	bases []string
	webs  []string // bases that are remote
	err   error
}

// kustomizationFile is the name of the kustomization file in dir, "" where there
// is none.
func (t *tree) kustomizationFile(dir string) string {
	for _, name := range konfig.RecognizedKustomizationFileNames() {
		if t.isFile(path.Join(dir, name)) {
			return name
		}
	}
	return ""
}

// scan reads the kustomization of dir, and what it loads by name.
func (t *tree) scan(dir string) *kustDir {
	k := &kustDir{file: t.kustomizationFile(dir)}
	file := path.Join(dir, k.file)
	data, err := t.read(file)
	if err != nil {
		k.err = err
		return k
	}
	if err := k.kust.Unmarshal(data); err != nil {
		_, old, broken := parseKustomization(data)
		if errors.Is(broken, errEncrypted) {
			err = broken
		}
		for _, field := range []string{"resources", "bases", "components"} { // another version may build it
			list, _ := old[field].([]any)
			for _, entry := range list {
				k.loads(t, dir, text(entry))
			}
		}
		k.err = fmt.Errorf("%s: %w", file, err)
		return k
	}
	k.kust.FixKustomization() // old fields (bases) move to their new places
	if err := k.check(t, dir); err != nil {
		k.err = fmt.Errorf("%s: %w", file, err)
	}
	return k
}

// loads notes the entry of dir's kustomization where it is a folder of the tree, or
// a remote one.
func (k *kustDir) loads(t *tree, dir, entry string) {
	if gitBase.MatchString(entry) {
		k.webs = append(k.webs, entry)
	} else if at := path.Join(dir, entry); t.isDir(at) {
		k.bases = append(k.bases, at)
	}
}

func (k *kustDir) check(t *tree, dir string) error {
	kust := &k.kust
	entries := append(append([]string{}, kust.Resources...), kust.Components...)
	for _, entry := range entries { // first: what can't be built here may be elsewhere
		k.loads(t, dir, entry)
	}
	if len(kust.HelmCharts) > 0 || len(kust.HelmChartInflationGenerator) > 0 || kust.HelmGlobals != nil {
		return fmt.Errorf("it inflates a Helm chart, which is not rendered here")
	}
	for _, entry := range entries {
		if gitBase.MatchString(entry) {
			return fmt.Errorf("it builds on %q, which is remote and is never fetched", brief(entry))
		}
	}
	for _, file := range files(kust) {
		if webFile.MatchString(file) {
			return fmt.Errorf("it loads %q, which is remote and is never fetched", brief(file))
		}
	}
	for _, list := range [][]string{kust.Generators, kust.Transformers, kust.Validators} {
		for _, entry := range list {
			if err := k.plugin(t, dir, entry); err != nil {
				return err
			}
		}
	}
	return nil
}

// files are the names that kust loads as files, whether or not each is one: a
// patch written inline holds no address at its start.
func files(kust *types.Kustomization) []string {
	var names []string
	names = append(append(append(names, kust.Crds...), kust.Configurations...), patchFiles(kust)...)
	for _, r := range kust.Replacements {
		names = append(names, r.Path)
	}
	for _, name := range kust.OpenAPI {
		names = append(names, name)
	}
	sources := func(s types.KvPairSources) {
		names = append(append(names, s.EnvSources...), s.EnvSource)
		for _, file := range s.FileSources {
			_, value, found := strings.Cut(file, "=")
			if !found {
				value = file
			}
			names = append(names, value)
		}
	}
	for _, g := range kust.ConfigMapGenerator {
		sources(g.KvPairSources)
	}
	for _, g := range kust.SecretGenerator {
		sources(g.KvPairSources)
	}
	return names
}

// patchFiles are those of files that are patches.
func patchFiles(kust *types.Kustomization) []string {
	var names []string
	//nolint:staticcheck // deprecated fields, which users' kustomizations still have
	for _, p := range append(append([]types.Patch{}, kust.Patches...), kust.PatchesJson6902...) {
		names = append(names, p.Path)
	}
	//nolint:staticcheck // as above
	for _, p := range kust.PatchesStrategicMerge {
		names = append(names, string(p))
	}
	return names
}

// plugin checks a generator, transformer or validator: a configuration written
// inline, a file with some, or a folder that is built. A built-in one can load
// files too, so none may hold an address anywhere.
func (k *kustDir) plugin(t *tree, dir, entry string) error {
	if !strings.Contains(entry, "\n") {
		if gitBase.MatchString(entry) {
			return fmt.Errorf("it builds on %q, which is remote and is never fetched", brief(entry))
		}
		at := path.Join(dir, entry)
		if t.isDir(at) {
			return fmt.Errorf("its plugins in %s are a kustomization of their own, which is not built here", at)
		}
		if data, err := t.read(at); err == nil {
			entry = string(data)
		}
	}
	for doc := range strings.SplitSeq(entry, "\n---") {
		var value any
		if err := yaml.Unmarshal([]byte(doc), &value); err != nil {
			return fmt.Errorf("a plugin's configuration: %w", err)
		}
		if found := address(value); found != "" {
			return fmt.Errorf("a plugin loads %q, which is remote and is never fetched", brief(found))
		}
	}
	return nil
}

// address is the first string in value that holds an address, "" where none does.
func address(value any) string {
	switch v := value.(type) {
	case string:
		if webFile.MatchString(v) || strings.Contains(v, "://") {
			return v
		}
	case map[string]any:
		for _, key := range sortedKeys(v) {
			if found := address(v[key]); found != "" {
				return found
			}
		}
	case []any:
		for _, item := range v {
			if found := address(item); found != "" {
				return found
			}
		}
	}
	return ""
}

// closure is every folder that building dir loads, dir included, and the first
// reason why it can't be built here.
func (m *maker) closure(dir string) (map[string]bool, error) {
	if c, ok := m.closures[dir]; ok {
		return c.dirs, c.err
	}
	m.plain.reads, m.plain.bytes = 0, 0 // the bounds are a build's
	c := closed{dirs: map[string]bool{}}
	todo := []string{dir}
	if m.plain.kustomizationFile(dir) == "" {
		c.dirs[dir] = true
		todo, c.err = m.generatedBases(dir)
	}
	for len(todo) > 0 {
		next := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if c.dirs[next] {
			continue
		}
		c.dirs[next] = true
		k := m.scanned(next)
		if k.err != nil && c.err == nil {
			c.err = k.err
		}
		todo = append(todo, k.bases...)
	}
	m.closures[dir] = c
	return c.dirs, c.err
}

type closed struct {
	dirs map[string]bool
	err  error
}
