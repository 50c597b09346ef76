package collector

import (
	"slices"
	"strings"
)

// MaxSettings is how many settings a controller may have.
const MaxSettings = 256

// Setting is one setting of a controller that bears on how often or how hard it
// works: those of the table of programs, and no other.
type Setting struct {
	// Name is as people write it: --concurrent, CRON_SYNC_PERIOD, or a key of Argo
	// CD's ConfigMaps, such as controller.status.processors.
	Name string `json:"name"`
	// Value is as written; where the setting is not Set, the program's default, and
	// empty where that is not known. Empty and Set: it is kept elsewhere, in an object
	// that is not read, or its presence is all that is looked at.
	Value string `json:"value,omitempty"`
	Set   bool   `json:"set,omitempty"`
	In    string `json:"in"` // flag, env, configmap: where it stands, or would
	// Object is the Deployment, StatefulSet or ConfigMap that holds it, and Container
	// which of its containers. None: it would stand in a ConfigMap that is not there.
	Object    WorkloadRef `json:"object,omitzero"`
	Container string      `json:"container,omitempty"`
	// Origin and Ignore are those of a ConfigMap beside the one that the Controller has
	// them of (argocd-cmd-params-cm).
	Origin Origin `json:"origin,omitzero"`
	Ignore string `json:"ignore,omitempty"`
	// Args tells that the container has args, at whose end a flag would hold.
	Args bool `json:"args,omitempty"`
}

// Command is how a workload runs a program of the table: what it sets of the
// program's knobs. It lives only while collecting.
type Command struct {
	Program   string
	Container string
	Arguments []Argument
	Args      bool // as a Setting has it
}

// Argument is one flag or variable that a container sets. Elsewhere: the value is
// kept in another object, or is another variable's.
type Argument struct {
	Name, Value string
	Elsewhere   bool
}

// Settings are all settings of the program that a workload runs by cmd. maps are
// the ConfigMaps of its namespace that were read, by name; of one that was not,
// nothing is told.
func (p *Program) Settings(ref WorkloadRef, cmd Command, maps map[string]map[string]string) []Setting {
	var all []Setting
	for _, k := range p.Knobs {
		if s, ok := k.setting(ref, cmd, maps); ok {
			all = append(all, s)
		}
	}
	return all
}

func (k Knob) setting(ref WorkloadRef, cmd Command, maps map[string]map[string]string) (Setting, bool) {
	s := Setting{Name: k.Name(), In: InFlag, Object: ref, Container: cmd.Container, Args: cmd.Args}
	for _, place := range []struct{ name, in string }{{k.Flag, InFlag}, {k.Env, InEnv}} {
		i := slices.IndexFunc(cmd.Arguments, func(a Argument) bool { return place.name != "" && a.Name == place.name })
		if i < 0 || k.ConfigMap != "" && cmd.Arguments[i].Elsewhere {
			continue // the variable only hands the ConfigMap's key on
		}
		s.Value, s.Set, s.In = cmd.Arguments[i].Value, true, place.in
		return s, true
	}
	if k.ConfigMap != "" {
		data, read := maps[k.ConfigMap]
		s.In, s.Container, s.Args = InConfigMap, "", false
		s.Object = WorkloadRef{APIVersion: "v1", Kind: "ConfigMap", Namespace: ref.Namespace, Name: k.ConfigMap}
		if !read {
			return s, false
		}
		s.Value, s.Set = data[k.Key]
	} else if k.Flag == "" {
		s.In = InEnv
	}
	if len(s.Value) > MaxText {
		s.Value = ""
	}
	if !s.Set {
		s.Value = k.Default
	}
	return s, s.Set || k.Default != ""
}

// Setting returns the controller's setting of that name, and whether it is known.
func (k *Controller) Setting(name string) (Setting, bool) {
	i := slices.IndexFunc(k.Settings, func(s Setting) bool { return s.Name == name })
	if i < 0 {
		return Setting{}, false
	}
	return k.Settings[i], true
}

// Arguments picks the knobs of the program out of a container's words and
// variables. A flag has one hyphen or two, and its value behind = or as the next
// word; a flag alone is true. env gives the variables by name: their values, and
// whether those are kept elsewhere.
func (p *Program) Arguments(words []string, env func(name string) (value string, elsewhere, set bool)) []Argument {
	var found []Argument
	for _, k := range p.Knobs {
		if k.Env != "" {
			if value, elsewhere, set := env(k.Env); set {
				found = append(found, argument(k.Env, value, elsewhere))
			}
		}
		if k.Flag == "" {
			continue
		}
		if at, _, value := FlagIn(words, k.Flag); at >= 0 {
			found = append(found, argument(k.Flag, value, false))
		}
	}
	return found
}

// maxSetting is how long a value may be: a selector of labels is the longest. What
// is longer is not what the knob takes.
const maxSetting = 253

// argument of a value, which $(NAME) takes from a variable.
func argument(name, value string, elsewhere bool) Argument {
	if elsewhere || strings.Contains(value, "$(") || len(value) > maxSetting {
		return Argument{Name: name, Elsewhere: true}
	}
	return Argument{Name: name, Value: value}
}
