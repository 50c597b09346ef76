package flux

import (
	"cmp"

	"github.com/tuppence-dev/tuppence/collector"
)

// everyName is the name of a Receiver's target that stands for all objects with
// the labels that it gives; without labels, notification-controller refuses it.
const everyName = "*"

// hooks is which objects Receivers wake, by name and by label. It is of use only
// while collecting: labels are not recorded.
type hooks struct {
	labels map[collector.Origin]map[string]any // of each object
	named  map[collector.Origin]bool
	chosen []choice
}

type choice struct {
	kind, namespace string
	labels          map[string]any
}

func newHooks() *hooks {
	return &hooks{labels: map[collector.Origin]map[string]any{}, named: map[collector.Origin]bool{}}
}

func identity(r *collector.Reconciler) collector.Origin {
	return collector.Origin{Kind: r.Kind, Namespace: r.Namespace, Name: r.Name}
}

// see takes note of an object, and of what a Receiver targets. One that is
// suspended, or not ready as its Secret is missing, wakes nothing.
func (h *hooks) see(r *collector.Reconciler, content map[string]any) {
	labels, _ := at(content, "metadata.labels").(map[string]any)
	h.labels[identity(r)] = labels
	if r.Kind != "Receiver" || r.Suspended || r.Ready == "False" {
		return
	}
	for _, t := range r.Targets {
		h.named[t] = true
	}
	targets, _ := at(content, "spec.resources").([]any)
	for _, t := range targets {
		by, ok := at(t, "matchLabels").(map[string]any)
		if !ok || at(t, "name") != everyName {
			continue
		}
		kind, _ := at(t, "kind").(string)
		space, _ := at(t, "namespace").(string)
		h.chosen = append(h.chosen, choice{kind, cmp.Or(space, r.Namespace), by})
	}
}

// mark tells each object whether a webhook wakes it.
func (h *hooks) mark(all []collector.Reconciler) {
	for i := range all {
		r := &all[i]
		r.Hooked = h.named[identity(r)]
		for _, c := range h.chosen {
			r.Hooked = r.Hooked || c.kind == r.Kind && c.namespace == r.Namespace && carries(h.labels[identity(r)], c.labels)
		}
	}
}

func carries(labels, wanted map[string]any) bool {
	for k, v := range wanted {
		if labels[k] != v {
			return false
		}
	}
	return true
}

// targets are what a Receiver wakes.
func (o *object) targets() []collector.Origin {
	var found []collector.Origin
	for i, t := range o.list("spec.resources") {
		if i == collector.MaxTimers {
			o.problem("spec.resources has more than %d entries", collector.MaxTimers)
			break
		}
		text := func(field string) string {
			s, _ := at(t, field).(string)
			return o.short("spec.resources "+field, s)
		}
		target := collector.Origin{Kind: text("kind"), Namespace: cmp.Or(text("namespace"), o.namespace()), Name: text("name")}
		if target.Kind == "" || target.Name == "" {
			o.problem("spec.resources has an entry without a kind or a name")
			continue
		}
		found = append(found, target)
	}
	return found
}
