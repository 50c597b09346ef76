package collector

import (
	"path"
	"slices"
	"strings"
)

// Program is a program that has objects come round, by the name that a Controller
// has as its Kind, with the settings that decide how often and how hard it works.
// There is one table of them (programtable.go).
type Program struct {
	Name string
	// Of is the software that it is a part of: flux, argocd, external-secrets …
	Of string
	// Images are the names of its image, without registry, tag or digest. One with a
	// slash is the end of a repository's path, one that ends in * its beginning.
	Images []string
	// Not are the ends of the names of workloads that run another program of the same
	// image.
	Not []string
	// Workloads are the names that its Deployment usually has, for images under
	// another name; Container, where not empty, is what its container is called then.
	Workloads []string
	Container string
	Knobs     []Knob
}

// Knob is one setting of a program, and where it may stand. Of several places the
// flag goes first, then the variable, then the key of a ConfigMap.
type Knob struct {
	Flag      string // --concurrent
	Env       string // DEFAULT_REQUEUE_TIME
	ConfigMap string // argocd-cm, in the namespace of the program
	Key       string // of the ConfigMap
	// Default holds where it stands nowhere; empty: it differs between versions, or
	// is nothing at all.
	Default string
}

// Name is what a Setting of the knob is called: its key, its flag or its variable.
func (k Knob) Name() string {
	switch {
	case k.Key != "":
		return k.Key
	case k.Flag != "":
		return k.Flag
	}
	return k.Env
}

// GitOps reports whether the program applies what Git says: that makes it one of a
// cluster's Controllers, and any other one of its Operators.
func (p *Program) GitOps() bool { return p.Of == "flux" || p.Of == "argocd" }

// The places of settings.
const (
	InFlag      = "flag"
	InEnv       = "env"
	InConfigMap = "configmap"
)

// Programs returns every program of the table. It must not be changed.
func Programs() []Program { return programs }

// ProgramNamed returns the row of a program; nil where the table has none.
func ProgramNamed(name string) *Program {
	i := slices.IndexFunc(programs, func(p Program) bool { return p.Name == name })
	if i < 0 {
		return nil
	}
	return &programs[i]
}

// ProgramOf returns the program that a Deployment or a StatefulSet runs, wherever it
// stands and whatever a shard of it is named, and the name of its container. An
// image tells, and of one under another name the workload's own name. Argo CD's
// parts have one image, so that only their names tell them apart. nil: none of the
// table.
func ProgramOf(w *Workload) (*Program, string) {
	if w.Kind != "Deployment" && w.Kind != "StatefulSet" {
		return nil, ""
	}
	for i := range w.Containers {
		c := &w.Containers[i]
		for j := range programs {
			if c.Role == App && programs[j].mayBe(w) && slices.ContainsFunc(programs[j].Images, func(pattern string) bool { return isImage(c.Image, pattern) }) {
				return &programs[j], c.Name
			}
		}
	}
	for j := range programs {
		p := &programs[j]
		if !p.mayBe(w) || !slices.ContainsFunc(p.Workloads, func(name string) bool {
			return w.Name == name || p.Container == "" && strings.HasSuffix(w.Name, "-"+name)
		}) {
			continue
		}
		i := slices.IndexFunc(w.Containers, func(c Container) bool { return c.Role == App && (p.Container == "" || c.Name == p.Container) })
		if i >= 0 {
			return p, w.Containers[i].Name
		}
	}
	return nil, ""
}

// mayBe reports whether the workload's name is none that tells another program.
func (p *Program) mayBe(w *Workload) bool {
	return !slices.ContainsFunc(p.Not, func(name string) bool { return strings.HasSuffix(w.Name, name) })
}

// isImage reports whether an image is of a pattern of Program.Images.
func isImage(image, pattern string) bool {
	image, _, _ = strings.Cut(image, "@")
	base, _, _ := strings.Cut(path.Base(image), ":")
	if stem, prefix := strings.CutSuffix(pattern, "*"); prefix {
		return strings.HasPrefix(base, stem)
	}
	if dir, name := path.Split(pattern); dir != "" {
		return base == name && strings.HasSuffix(path.Dir(image)+"/", "/"+dir)
	}
	return base == pattern
}
