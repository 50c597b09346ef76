package recommend

import (
	"fmt"
	"slices"

	"github.com/tuppence-dev/tuppence/collector"
)

// subjects are what the findings of one cluster can be about, with what their
// owners say of it.
type subjects struct {
	workloads map[Object]*collector.Workload
	ignore    map[Object]string // what tuppence.dev/ignore says on the object itself
	spaces    map[string]string // and on a namespace
}

func subjectsOf(c *collector.Cluster) *subjects {
	s := &subjects{workloads: map[Object]*collector.Workload{}, ignore: map[Object]string{}, spaces: map[string]string{}}
	note := func(o Object, ignore string) {
		if ignore != "" {
			s.ignore[o] = ignore
		}
	}
	for i := range c.Workloads {
		w := &c.Workloads[i]
		o := Subject(c.Name, w)
		s.workloads[o] = w
		note(o, w.Ignore)
	}
	for i := range c.Reconcilers {
		r := &c.Reconcilers[i]
		note(Object{Cluster: c.Name, APIVersion: r.APIVersion, Kind: r.Kind, Namespace: r.Namespace, Name: r.Name}, r.Ignore)
	}
	for i := range c.Controllers {
		if k := &c.Controllers[i]; k.Kind == "argocd" {
			note(Object{Cluster: c.Name, APIVersion: "v1", Kind: "ConfigMap", Namespace: k.Namespace, Name: k.Name}, k.Ignore)
			for _, set := range k.Settings {
				note(Object{Cluster: c.Name, APIVersion: set.Object.APIVersion, Kind: set.Object.Kind, Namespace: set.Object.Namespace, Name: set.Object.Name}, set.Ignore)
			}
		}
	}
	for i := range c.Namespaces {
		s.spaces[c.Namespaces[i].Name] = c.Namespaces[i].Ignore
	}
	return s
}

// ignored is Pass.Ignored.
func (s *subjects) ignored(recommender string, o Object) string {
	if collector.Ignores(s.ignore[o], recommender) {
		return collector.IgnoreAnnotation + " is set on it"
	}
	if w := s.workloads[o]; w != nil && w.Target.Name != "" {
		if target := targetOf(o.Cluster, w); collector.Ignores(s.ignore[target], recommender) {
			return fmt.Sprintf("%s is set on %s %s/%s", collector.IgnoreAnnotation, target.Kind, target.Namespace, target.Name)
		}
	}
	if collector.Ignores(s.spaces[o.Namespace], recommender) {
		return collector.IgnoreAnnotation + " is set on the namespace " + o.Namespace
	}
	return ""
}

// obey withholds f where the owner of its subject, or of an object that it would
// change, wants no advice about it.
func (s *subjects) obey(f *Finding) {
	why := s.ignored(f.Recommender, f.Subject)
	for i := range f.Changes {
		if o := f.Changes[i].Object; why == "" && collector.Ignores(s.ignore[o], f.Recommender) {
			why = fmt.Sprintf("%s is set on %s %s/%s", collector.IgnoreAnnotation, o.Kind, o.Namespace, o.Name)
		}
	}
	if why != "" {
		f.Status, f.Reason = Withheld, why
		f.Checks = append(slices.Clone(f.Checks), Check{Name: "not ignored", Verdict: Failed, Detail: why})
	}
}

// aim lets f's changes fall on what a person edits: on the Target of its subject
// where that has one, and on the HPA that Flagger copied. Its subject stays what
// runs. Where what a person edits is not known, or has its fields elsewhere, f is
// withheld.
func (s *subjects) aim(f *Finding) {
	w := s.workloads[f.Subject]
	if w == nil || w.Target.Name == "" {
		return
	}
	target := targetOf(f.Subject.Cluster, w)
	f.Changes = slices.Clone(f.Changes)
	why := ""
	for i := range f.Changes {
		o := &f.Changes[i].Object
		scaler := w.HPA != nil && o.Kind == "HorizontalPodAutoscaler" && o.Namespace == w.Namespace && o.Name == w.HPA.Name
		switch {
		case *o == f.Subject && slices.Contains(templated, target.Kind):
			*o = target
		case *o == f.Subject:
			why = fmt.Sprintf("its pods are described by %s %s/%s, a kind whose fields are not known here", target.Kind, target.Namespace, target.Name)
		case scaler && w.HPA.Target != "":
			o.Name = w.HPA.Target
		case scaler && w.Kind != "Rollout": // whose HPA is a person's own
			why = fmt.Sprintf("HPA %s scales Flagger's copy of %s %s/%s, and what that HPA is made from is not known",
				w.HPA.Name, target.Kind, target.Namespace, target.Name)
		}
	}
	if why != "" && (f.Status == Proposed || f.Status == Advised) {
		f.Status, f.Reason = Withheld, why
	}
}

// templated are the kinds with a pod template at spec.template.
var templated = []string{"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Rollout"}

func targetOf(cluster string, w *collector.Workload) Object {
	t := w.Target
	return Object{Cluster: cluster, APIVersion: t.APIVersion, Kind: t.Kind, Namespace: t.Namespace, Name: t.Name}
}
