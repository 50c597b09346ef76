package interval

import (
	"slices"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
)

// placed is a setting whose place a patch can reach.
type placed struct {
	collector.Setting
	flag string // by which a container has it
}

// place is the setting of that name, and whether it is known where to write it: a
// flag of a container, or a key of a ConfigMap. What a variable holds is often
// another object's.
func (p program) place(name string) (placed, bool) {
	if p.Controller == nil {
		return placed{}, false
	}
	s, ok := p.Setting(name)
	at := placed{Setting: s}
	if row := collector.ProgramNamed(p.name); row != nil {
		for _, k := range row.Knobs {
			if k.Name() == name {
				at.flag = k.Flag
			}
		}
	}
	reached := s.In == collector.InConfigMap || s.In == collector.InFlag && s.Container != "" && at.flag != ""
	return at, ok && reached && s.Object.Name != "" && (s.Value != "" || !s.Set)
}

// byHand says of a setting that no patch can reach where a person sets it.
func (s placed) byHand(name string) string {
	switch {
	case s.Name == "":
		return "where " + name + " stands was not read: find out, and set it there"
	case s.In == collector.InConfigMap && s.Object.Name == "":
		return "the ConfigMap that would hold " + name + " is not there: make argocd-cmd-params-cm with it"
	case s.In == collector.InEnv && s.Object.Name != "":
		return "a variable of " + s.Object.Kind + " " + s.Object.Namespace + "/" + s.Object.Name + " sets " + name + ", and its value may be another object's: set it there"
	}
	return "no patch can reach where " + name + " stands: set it there"
}

// change sets it.
func (s placed) change(cluster, value string) recommend.Change {
	c := recommend.Change{After: value, Object: recommend.Object{Cluster: cluster, APIVersion: s.Object.APIVersion, Kind: s.Object.Kind,
		Namespace: s.Object.Namespace, Name: s.Object.Name}}
	if s.Set {
		c.Before = s.Value
	}
	c.Path = []string{"data", s.Name}
	if s.In == collector.InFlag {
		c.Path = slices.Concat(recommend.PodSpec(s.Object.Kind), []string{"containers", "[name=" + s.Container + "]", "args", "[" + s.flag + "]"})
	}
	return c
}
