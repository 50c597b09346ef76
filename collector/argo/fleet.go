package argo

import (
	"time"

	"github.com/tuppence-dev/tuppence/collector"
)

// fleet is what was read of all instances of a cluster.
type fleet struct {
	apps     []application
	settings []settings
	homes    []string // of each Application: the namespace of its instance, empty where it is not known
	names    map[name]bool
}

type name struct{ namespace, name string }

func newFleet(apps []application, found []settings) *fleet {
	f := &fleet{apps: apps, settings: found, names: map[name]bool{}}
	instances := map[string]bool{}
	for i := range found {
		instances[found[i].Metadata.Namespace] = true
	}
	for i := range apps {
		a := &apps[i]
		home := a.instance()
		switch {
		case instances[home]:
		case a.Status.ControllerNamespace == "" && len(found) == 1:
			// One in another namespace, not compared yet or by a version
			// that does not tell; there is only one instance that it can be.
			home = found[0].Metadata.Namespace
		default:
			home = ""
		}
		f.homes = append(f.homes, home)
		f.names[name{a.Metadata.Namespace, a.Metadata.Name}] = true
	}
	return f
}

func (f *fleet) known(namespace, n string) bool { return f.names[name{namespace, n}] }

// reconcilers are the Applications; what c cannot be told of them is a gap of it.
func (f *fleet) reconcilers(c *collector.Cluster, end time.Time) []collector.Reconciler {
	all := make([]collector.Reconciler, len(f.apps))
	for i := range f.apps {
		all[i] = f.apps[i].reconciler(end)
		if f.homes[i] != all[i].Namespace {
			all[i].Instance = f.homes[i]
		}
		c.Wish(&all[i], f.apps[i].Metadata.Annotations)
		all[i].Origin = f.apps[i].Metadata.origin("argoproj.io/v1alpha1", "Application", f.homes[i], f.known)
	}
	return all
}

func (f *fleet) controllers() (all []collector.Controller, problems []string) {
	for i := range f.settings {
		s := &f.settings[i]
		c, bad := s.controller()
		c.Origin = s.Metadata.origin("v1", "ConfigMap", s.Metadata.Namespace, f.known)
		for _, home := range f.homes {
			if home == s.Metadata.Namespace {
				c.Applications++
			}
		}
		all, problems = append(all, c), append(problems, bad...)
	}
	return all, problems
}

// homeless counts the Applications whose instance is not known.
func (f *fleet) homeless() int {
	n := 0
	for _, home := range f.homes {
		if home == "" {
			n++
		}
	}
	return n
}

// places are the namespaces that may hold an instance; true where one surely
// does, because its workloads are there or an Application says so.
func places(apps []application, workloads []collector.Workload) map[string]bool {
	found := map[string]bool{}
	for ns := range instances(workloads) {
		found[ns] = true
	}
	for i := range apps {
		ns := apps[i].instance()
		found[ns] = found[ns] || apps[i].Status.ControllerNamespace != ""
	}
	delete(found, "")
	return found
}
