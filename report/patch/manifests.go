package patch

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/api/konfig"

	"github.com/tuppence-dev/tuppence/collector"
)

// A document is parsed only where all of these are found in it: the CRDs and roles
// that flux bootstrap writes for every cluster have 10,000 lines.
var (
	groupLine = regexp.MustCompile(`apiVersion["']?\s*:[^\n]*(toolkit\.fluxcd\.io|controlplane\.io|argoproj\.io)/`)
	kindLine  = regexp.MustCompile(`kind["']?\s*:\s*["']?(Kustomization|Application|ApplicationSet|FluxInstance|GitRepository|OCIRepository)\b`)
)

// localLine is the annotation that keeps a manifest out of every build, in what does
// not parse.
var localLine = regexp.MustCompile(regexp.QuoteMeta(konfig.IgnoredByKustomizeAnnotation) + `["']?\s*:\s*["']?true`)

// declarations is what the tree's manifests declare, whether or not anything applies
// them.
type declarations struct {
	builders []*declared
	sources  []*declaredSource
}

// declaredSource is a source that a Kustomization may name.
type declaredSource struct {
	collector.Origin
	elsewhere bool // it is of another repository, or another branch
}

// readManifests reads every manifest of the tree once.
func (m *maker) readManifests() *declarations {
	x := &declarations{}
	for _, file := range m.indexed().manifests {
		m.readManifest(x, file)
	}
	return x
}

// readManifest adds what one manifest declares. What can't be read counts as what may
// build any folder.
func (m *maker) readManifest(x *declarations, file string) {
	vague := func(why string) { x.builders = append(x.builders, &declared{file: file, vague: brief(why)}) }
	data, err := m.disk.glance(file)
	switch {
	case errors.Is(err, errLink): // Flux leaves it out, and what it leads to is read itself
		return
	case err != nil:
		vague(err.Error())
		return
	case bytes.IndexByte(data, 0) >= 0:
		if data = bytes.ReplaceAll(data, []byte{0}, nil); groupLine.Match(data) && kindLine.Match(data) {
			vague("it is not UTF-8 text")
		}
		return
	}
	for doc := range bytes.SplitSeq(data, []byte("\n---")) {
		if !groupLine.Match(doc) || !kindLine.Match(doc) {
			continue
		}
		list, err := objectsOf(doc)
		if err != nil && !localLine.Match(doc) {
			vague(err.Error())
		}
		for _, obj := range flat(list) {
			if d := declaredBy(file, obj, m.owners.rule); d != nil {
				x.builders = append(x.builders, d)
			}
			if s := m.owners.rule.declaredSource(obj); s != nil {
				x.sources = append(x.sources, s)
			}
		}
	}
}

// flat are the objects, with the items of lists and what a ResourceSet of Flux
// Operator's makes in their places.
func flat(list []map[string]any) []map[string]any {
	var out []map[string]any
	for _, obj := range list {
		items, isList := obj["items"].([]any)
		if text(obj["kind"]) == "ResourceSet" {
			items, _ = valueAt(obj, "spec", "resources").([]any)
		}
		if !isList {
			out = append(out, obj)
		}
		for _, item := range items {
			if o, ok := item.(map[string]any); ok {
				out = append(out, o)
			}
		}
	}
	return out
}

// glance returns the file at rel, nil where it does not mention what declares
// builders. It errs where a file can't be read, or mentions them and is too large.
func (d *disk) glance(rel string) ([]byte, error) {
	info, err := d.stat(rel)
	if err != nil {
		return nil, err
	}
	f, err := d.root.Open(rel)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", rel, plain(err))
	}
	defer f.Close()
	const overlap = 32 // more than any name that is looked for has, in UTF-16
	buf := make([]byte, min(info.Size(), maxFile)+2*overlap)
	kept := 0
	for {
		n, err := io.ReadFull(f, buf[kept:])
		data := buf[:kept+n]
		switch seen := mentions(data); {
		case err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
			return nil, fmt.Errorf("%s: %w", rel, plain(err))
		case seen && info.Size() > maxFile:
			return nil, fmt.Errorf("%s is %d MiB; files of up to %d MiB are read", rel, info.Size()>>20, maxFile>>20)
		case seen:
			return data, nil
		case err != nil: // the end
			return nil, nil
		}
		kept = copy(buf, data[len(data)-overlap:])
	}
}

// mentions tells whether a manifest may declare a builder or its source.
func mentions(data []byte) bool {
	if bytes.IndexByte(data, 0) >= 0 {
		data = bytes.ReplaceAll(data, []byte{0}, nil)
	}
	return bytes.Contains(data, []byte("fluxcd")) || bytes.Contains(data, []byte("argoproj.io"))
}

// declaredSource is the source that obj is, nil where it is none.
func (s *sourceRule) declaredSource(obj map[string]any) *declaredSource {
	kind := text(obj["kind"])
	if groupOf(text(obj["apiVersion"])) != "source.toolkit.fluxcd.io" || kind != "GitRepository" && kind != "OCIRepository" {
		return nil
	}
	d := &declaredSource{Origin: collector.Origin{Kind: kind, Namespace: text(valueAt(obj, "metadata", "namespace")), Name: text(valueAt(obj, "metadata", "name"))}}
	url := text(valueAt(obj, "spec", "url"))
	if kind == "GitRepository" {
		ref, _ := valueAt(obj, "spec", "ref").(map[string]any)
		var follows collector.GitRef
		if len(ref) == 1 { // of several, Flux takes the others before the branch
			follows.Branch = text(ref["branch"])
		}
		d.elsewhere = s.elsewhere(url, follows)
		return d
	}
	for _, read := range s.artifacts { // the same artifact, as it says of itself where it was read
		d.elsewhere = d.elsewhere || normaliseURL(read.URL) == normaliseURL(url) && read.Artifact.Source != "" && !s.mayBe(read.Artifact.Source)
	}
	return d
}

// elsewhere tells whether a declared source is surely another repository than the
// tree at hand, or follows another branch. An address with a variable may be any.
func (s *sourceRule) elsewhere(url string, ref collector.GitRef) bool {
	if strings.Contains(url, "${") || strings.Contains(url, "{{") || url == "" {
		return false
	}
	variable := strings.Contains(ref.Branch, "${") || strings.Contains(ref.Branch, "{{")
	return !s.mayBe(url) || s.branch != "" && ref.Branch != "" && !variable && ref.Branch != s.branch
}

// mayBe tells whether the repository at url may be the tree at hand: it has the tree's
// address, or the one that the fleet follows in its place.
func (s *sourceRule) mayBe(url string) bool {
	name := normaliseURL(url)
	switch {
	case name == s.url || len(s.urls) == 1 && name == s.urls[0]:
		return true
	case s.url != "":
		return false
	}
	return len(s.urls) == 0 || slices.Contains(s.urls, name) // one of them, and which is not known
}

// within is the folder of the tree at hand that a remote base names by the tree's own
// address, and whether it does.
func (s *sourceRule) within(base string) (string, bool) {
	base = strings.TrimPrefix(strings.TrimSpace(base), "git::")
	base, _, _ = strings.Cut(base, "?")
	if rest, ok := strings.CutPrefix(base, "gh:"); ok {
		base = "github.com/" + rest
	}
	name := normaliseURL(base)
	for _, url := range append([]string{s.url}, s.urls...) {
		rest, ok := strings.CutPrefix(name, url)
		rest = strings.TrimPrefix(rest, ".git")
		if url == "" || !ok || rest != "" && rest[0] != '/' || !s.mayBe(url) {
			continue
		}
		return path.Clean(cmp.Or(strings.Trim(rest, "/"), ".")), true
	}
	return "", false
}
