package argo

import (
	"strings"

	"github.com/tuppence-dev/tuppence/collector"
)

// appSource holds the fields that are read of one source. Of values and parameters
// it only matters that there are any: they may hold secrets.
type appSource struct {
	RepoURL        string         `json:"repoURL"`
	Path           string         `json:"path"`
	Chart          string         `json:"chart"`
	TargetRevision string         `json:"targetRevision"`
	Ref            string         `json:"ref"`
	Kustomize      map[string]any `json:"kustomize"`
	Helm           struct {
		ReleaseName    string   `json:"releaseName"`
		ValueFiles     []string `json:"valueFiles"`
		Values         string   `json:"values"`
		ValuesObject   any      `json:"valuesObject"`
		Parameters     []any    `json:"parameters"`
		FileParameters []any    `json:"fileParameters"`
	} `json:"helm"`
}

// sources are where the manifests come from, of one source and of several, with
// the precedence that Argo CD has. How it renders a dry source it doesn't say: its
// status is about what was rendered.
func (a *application) sources() []collector.ArgoSource {
	spec, status := &a.Spec, &a.Status
	switch {
	case spec.SourceHydrator != nil:
		return []collector.ArgoSource{spec.SourceHydrator.DrySource.read("")}
	case len(spec.Sources) > 0:
		all := make([]collector.ArgoSource, len(spec.Sources))
		for i := range spec.Sources {
			kind := ""
			if len(status.SourceTypes) == len(spec.Sources) { // else it is about sources that were
				kind = status.SourceTypes[i]
			}
			all[i] = spec.Sources[i].read(kind)
		}
		return all
	case spec.Source != nil:
		return []collector.ArgoSource{spec.Source.read(status.SourceType)}
	}
	return nil
}

// read leaves user information out of addresses, also out of those of value files.
func (s *appSource) read(kind string) collector.ArgoSource {
	h := &s.Helm
	out := collector.ArgoSource{
		URL: collector.CleanURL(s.RepoURL), Path: s.Path, Chart: s.Chart, Ref: s.TargetRevision, Name: s.Ref, Type: kind,
		ReleaseName: h.ReleaseName,
		Inline:      h.Values != "" || h.ValuesObject != nil || len(h.Parameters)+len(h.FileParameters)+len(s.Kustomize) > 0,
	}
	for _, file := range h.ValueFiles {
		if strings.Contains(file, "://") {
			file = collector.CleanURL(file)
		}
		out.ValueFiles = append(out.ValueFiles, file)
	}
	return out
}
