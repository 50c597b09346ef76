package patch

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/api/konfig"

	"github.com/tuppence-dev/tuppence/collector"
)

// declared is a manifest of the tree that tells a cluster to build folders of it: a
// Flux Kustomization (or the FluxInstance that makes one), an Argo CD Application or
// an ApplicationSet.
type declared struct {
	file      string
	kind      string // Kustomization, Application or ApplicationSet
	namespace string // empty where it is left to what applies it
	name      string
	source    collector.Origin // of a Kustomization
	targets   []target         // folders that it builds
	values    []target         // value files that it reads
	vague     string           // why what it builds can't be told: it may be any folder
	pathless  bool             // it names no path, which is the root's, or a patch leaves it
}

// target is what a declared path may mean.
type target struct {
	path string
	how  how
}

type how int

const (
	exactly      how = iota // the path
	prefixed                // whatever begins with it, as its rest is a variable
	fromArtifact            // it is in an artifact, which may have been pushed from any folder
)

// anything is any folder of the tree.
var anything = target{"", prefixed}

// covers tells whether the target may be dir.
func (t target) covers(dir string) bool {
	switch t.how {
	case prefixed:
		return strings.HasPrefix(dir, t.path) || dir == strings.TrimSuffix(t.path, "/")
	case fromArtifact:
		return t.path == "." || dir == t.path || strings.HasSuffix(dir, "/"+t.path)
	default:
		return dir == t.path
	}
}

// variableStart begins a variable: of Flux, of an ApplicationSet, of a ResourceSet.
var variableStart = regexp.MustCompile(`\$\{|\{\{|<<`)

// aim reads a path as it is declared. From a variable on it may be anything, as it may
// where SOPS encrypts it. It is nothing where the path leaves the repository, which no
// cluster builds.
func aim(spec string) []target {
	if strings.HasPrefix(spec, "ENC[") {
		return []target{anything}
	}
	if at := variableStart.FindStringIndex(spec); at != nil {
		literal := strings.TrimLeft(strings.TrimPrefix(spec[:at[0]], "./"), "/")
		if strings.Contains(literal, "./") {
			literal = ""
		}
		return []target{{literal, prefixed}}
	}
	dir, err := folder(spec)
	if err != nil {
		return nil
	}
	return []target{{dir, exactly}}
}

// declaredBy is what obj declares, nil where that is no builder of this tree, or obj
// says that it is for no cluster: by the annotation of kustomize's own, with which a
// manifest is in no build.
func declaredBy(file string, obj map[string]any, rule *sourceRule) *declared {
	if annotationsOf(obj)[konfig.IgnoredByKustomizeAnnotation] == "true" {
		return nil
	}
	d := &declared{file: file, kind: text(obj["kind"]), namespace: text(valueAt(obj, "metadata", "namespace")), name: text(valueAt(obj, "metadata", "name"))}
	switch groupOf(text(obj["apiVersion"])) + " " + d.kind {
	case "kustomize.toolkit.fluxcd.io Kustomization":
		ref, _ := valueAt(obj, "spec", "sourceRef").(map[string]any)
		d.source = collector.Origin{Kind: text(ref["kind"]), Namespace: cmp.Or(text(ref["namespace"]), d.namespace), Name: text(ref["name"])}
		d.targets = fluxTargets(text(valueAt(obj, "spec", "path")), d.source.Kind)
		d.pathless = valueAt(obj, "spec", "path") == nil
	case "fluxcd.controlplane.io FluxInstance":
		sync, _ := valueAt(obj, "spec", "sync").(map[string]any)
		if sync == nil || rule.elsewhere(text(sync["url"]), refOf(collector.ArgoSource{Ref: text(sync["ref"])})) {
			return nil
		}
		d.kind, d.name = "Kustomization", cmp.Or(text(sync["name"]), d.namespace, "flux-system")
		d.targets = fluxTargets(text(sync["path"]), text(sync["kind"]))
	case "fluxcd.controlplane.io ResourceSet":
		if made := text(valueAt(obj, "spec", "resourcesTemplate")); groupLine.MatchString(made) && kindLine.MatchString(made) {
			d.vague = "its resourcesTemplate makes what builds folders"
		}
	case "argoproj.io Application", "argoproj.io ApplicationSet":
		sources := sourcesIn(obj["spec"])
		for _, source := range sources {
			d.ofArgo(source, sources, rule)
		}
		if strings.Contains(text(valueAt(obj, "spec", "templatePatch")), "path") {
			d.vague = "its templatePatch may set the path"
		}
	}
	if len(d.targets) == 0 && len(d.values) == 0 && d.vague == "" {
		return nil
	}
	return d
}

// fluxTargets are those of a Kustomization's path. An artifact (OCIRepository,
// Bucket) does not say here which repository it was pushed from, nor which folder.
func fluxTargets(spec, source string) []target {
	list := aim(spec)
	if source != "" && source != "GitRepository" {
		for n := range list {
			if list[n].how == exactly {
				list[n].how = fromArtifact
			} else {
				list[n] = anything
			}
		}
	}
	return list
}

// sourcesIn are the sources of an Application, or those of all the templates of an
// ApplicationSet, wherever its generators have some.
func sourcesIn(v any) []map[string]any {
	var out []map[string]any
	switch v := v.(type) {
	case map[string]any:
		for _, name := range sortedKeys(v) {
			one, isMap := v[name].(map[string]any)
			list, _ := v[name].([]any)
			switch {
			case isMap && (name == "source" || name == "drySource"):
				out = append(out, one)
			case name == "sources":
				for _, item := range list {
					if one, ok := item.(map[string]any); ok {
						out = append(out, one)
					}
				}
			default:
				out = append(out, sourcesIn(v[name])...)
			}
		}
	case []any:
		for _, item := range v {
			out = append(out, sourcesIn(item)...)
		}
	}
	return out
}

// ofArgo adds what one source of an Application builds, and the value files that it
// reads: of this source's own folder, or of one that another source names.
// https://argo-cd.readthedocs.io/en/stable/user-guide/multiple_sources/
func (d *declared) ofArgo(source map[string]any, all []map[string]any, rule *sourceRule) {
	here := func(s map[string]any) bool {
		return !rule.elsewhere(text(s["repoURL"]), refOf(collector.ArgoSource{Ref: text(s["targetRevision"])}))
	}
	spec, hasPath := source["path"].(string)
	if here(source) && hasPath && text(source["chart"]) == "" {
		d.targets = append(d.targets, aim(spec)...)
	}
	files, _ := valueAt(source, "helm", "valueFiles").([]any)
	for _, item := range files {
		file := text(item)
		name, rest, named := strings.Cut(strings.TrimPrefix(file, "$"), "/")
		switch {
		case strings.Contains(file, "://"):
		case strings.HasPrefix(file, "$") && !strings.HasPrefix(file, "${") && named:
			if slices.ContainsFunc(all, func(s map[string]any) bool { return text(s["ref"]) == name && here(s) }) {
				d.values = append(d.values, aim(rest)...)
			}
		case !here(source):
		case strings.HasPrefix(file, "/"):
			d.values = append(d.values, aim(file)...)
		default:
			d.values = append(d.values, aim(spec+"/"+file)...)
		}
	}
}

// builds are the folders that it builds.
func (d *declared) builds() []target {
	if d.vague != "" {
		return []target{anything}
	}
	return d.targets
}
