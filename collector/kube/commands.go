package kube

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/tuppence-dev/tuppence/collector"
)

// commandOf is what w sets of the program that it runs, where that is one of the
// table: the flags and variables that the table names, and no other.
func commandOf(w *workload, spec *corev1.PodSpec) collector.Command {
	p, name := collector.ProgramOf(&collector.Workload{Kind: w.Kind, Name: w.Name, Containers: w.template.containers})
	i := slices.IndexFunc(spec.Containers, func(c corev1.Container) bool { return c.Name == name })
	if p == nil || i < 0 {
		return collector.Command{}
	}
	c := &spec.Containers[i]
	env := func(name string) (value string, elsewhere, set bool) {
		for _, e := range slices.Backward(c.Env) { // of several the last one holds
			if e.Name == name {
				return e.Value, e.ValueFrom != nil, true
			}
		}
		return "", false, false
	}
	words := slices.Concat(c.Command, c.Args)
	return collector.Command{Program: p.Name, Container: name, Arguments: p.Arguments(words, env), Args: len(c.Args) > 0 && !collector.RunsShell(words)}
}

// commands are those of all workloads, by what they are.
func (inv *inventory) commands() map[collector.WorkloadRef]collector.Command {
	found := map[collector.WorkloadRef]collector.Command{}
	for _, listed := range [][]workload{inv.deployments, inv.statefulSets} {
		for i := range listed {
			if listed[i].command.Program != "" {
				found[listed[i].Ref()] = listed[i].command
			}
		}
	}
	return found
}
