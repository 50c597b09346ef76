package patch

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
)

// holder is an object that patches what it applies.
type holder struct {
	object recommend.Object
	path   []string // of its list
	nested bool     // elements are {kustomize: {patches: …}}
}

// holderOf is the object that patches what origin applies, the reconciler of which
// was read from the cluster; none for other kinds.
func holderOf(cluster string, r *collector.Reconciler) (holder, bool) {
	h := holder{object: recommend.Object{Cluster: cluster, APIVersion: r.APIVersion, Kind: r.Kind, Namespace: r.Namespace, Name: r.Name}}
	switch r.Kind {
	case "HelmRelease":
		h.path, h.nested = []string{"spec", "postRenderers"}, true
	case "Kustomization":
		h.path = []string{"spec", "patches"}
	case "Application":
		h.path = []string{"spec", "source", "kustomize", "patches"}
	case "FluxInstance": // put on last, after the patches of its cluster's type and size
		h.path = []string{"spec", "kustomize", "patches"}
	default:
		return h, false
	}
	return h, true
}

// inline is what one finding wants of a holder's patches.
type inline struct {
	holder  holder
	changes []*recommend.Change
	target  map[string]any // as kustomize selects it
	subject map[string]any // the object as far as it is known
	shown   Rendered       // the same with the patch
	ids     []string
}

// inlineOf makes o's patch by what applies it, and the builder of that. why is the
// reason why it has no folder.
func (m *maker) inlineOf(o recommend.Object, why error) (*inline, *builder, error) {
	short := o
	short.APIVersion = ""
	origin := m.owners.origins[short]
	r := m.owners.reconcilers[recommend.Object{Cluster: o.Cluster, Kind: origin.Kind, Namespace: origin.Namespace, Name: origin.Name}]
	w := m.owners.workloads[short]
	if r == nil || r.Remote || w == nil && o.Kind != "ConfigMap" {
		return nil, nil, why
	}
	h, ok := holderOf(o.Cluster, r)
	if !ok || r.Kind == "Application" && (len(r.Sources) == 0 || r.Sources[0].Type != "Kustomize") {
		return nil, nil, why
	}
	if err := single(r); err != nil {
		return nil, nil, fmt.Errorf("%w; and %w", why, err)
	}
	owner, err := m.owners.find(h.object)
	if err != nil {
		return nil, nil, fmt.Errorf("%w; and %s, which could hold the patch, has no folder here: %w", why, h.object, err)
	}
	if shard := m.owners.shardOf(o, origin); shard != "" {
		return nil, nil, fmt.Errorf("%s makes %s from the same manifest, which a patch of %s would change along; patch them by hand", origin, shard, o.Name)
	}
	n := &inline{holder: h, target: map[string]any{"kind": o.Kind, "name": o.Name}, subject: skeleton(o, w, m.owners.settings[short])}
	if group := groupOf(o.APIVersion); group != "" {
		n.target["group"] = group
	}
	if m.owners.namesake(o, origin) && r.Kind != "FluxInstance" { // whose objects are all in its own namespace
		n.target["namespace"] = o.Namespace
	}
	return n, owner, nil
}

// namesake tells whether the same origin applies an object of that kind and name in
// another namespace.
func (x *owners) namesake(o recommend.Object, origin collector.Origin) bool {
	for other, from := range x.origins {
		if from == origin && other.Cluster == o.Cluster && other.Kind == o.Kind && other.Name == o.Name && other.Namespace != o.Namespace {
			return true
		}
	}
	return false
}

// shardOf is a Deployment that a FluxInstance makes from o's manifest for one of its
// shards, empty where there is none: kustomize takes a patch of o's name for that too,
// whose name is o's and more.
// https://fluxoperator.dev/docs/instance/sharding/
func (x *owners) shardOf(o recommend.Object, origin collector.Origin) string {
	if origin.Kind != "FluxInstance" {
		return ""
	}
	var shards []string
	for other, from := range x.origins {
		if from == origin && other.Cluster == o.Cluster && other.Kind == o.Kind && strings.HasPrefix(other.Name, o.Name+"-") {
			shards = append(shards, other.Name)
		}
	}
	if len(shards) == 0 {
		return ""
	}
	return slices.Min(shards)
}

// skeleton is an object as far as the cluster told: a workload's containers by name, in
// their order, and the flags that are known. It stands for the manifest that can't be
// seen.
func skeleton(o recommend.Object, w *collector.Workload, settings []collector.Setting) map[string]any {
	obj := map[string]any{"apiVersion": o.APIVersion, "kind": o.Kind, "metadata": map[string]any{"name": o.Name, "namespace": o.Namespace}}
	if w == nil {
		return obj
	}
	var apps, inits []any
	for i := range w.Containers {
		c := &w.Containers[i]
		if c.Injected {
			continue
		}
		item := map[string]any{"name": c.Name, "image": cmp.Or(c.Image, "image")}
		if args := argsOf(c.Name, settings); args != nil {
			item["args"] = args
		}
		if c.Role == collector.App {
			apps = append(apps, item)
		} else {
			inits = append(inits, item)
		}
	}
	spec := map[string]any{"containers": apps}
	if len(inits) > 0 {
		spec["initContainers"] = inits
	}
	template := map[string]any{"template": map[string]any{"spec": spec}}
	if o.Kind == "CronJob" {
		template = map[string]any{"jobTemplate": map[string]any{"spec": template}}
	}
	obj["spec"] = template
	return obj
}

// argsOf are a container's args as far as they are known: some words, and the flags
// that were read. nil where it is not known to have args, or to hand further ones on to
// its program.
func argsOf(container string, settings []collector.Setting) []any {
	var args []any
	for _, s := range settings {
		if s.Container != container || !s.Args {
			continue
		}
		if args == nil {
			args = []any{"…"}
		}
		if s.Set && s.In == collector.InFlag {
			args = append(args, settingFlag(s)+"="+cmp.Or(s.Value, "$(VARIABLE)")) // or kept elsewhere
		}
	}
	return args
}

// single errs where patches in an Application would change others too, or where Argo
// CD would put them on one of several sources.
func single(r *collector.Reconciler) error {
	switch {
	case r.Kind != "Application":
	case r.OwnerSet != "":
		return fmt.Errorf("ApplicationSet %s made it, whose template would change all of its Applications", r.OwnerSet)
	case len(r.Sources) > 1:
		return fmt.Errorf("of its %d sources, which one a patch of its own would be put on is not said", len(r.Sources))
	}
	return nil
}

// takes errs where what applies the object, as it stands in Git, has its patches put on
// under another name or namespace than the object has in the cluster, so that this one
// would select nothing, or on another source than its one.
func (n *inline) takes(built map[string]any) error {
	spec, _ := built["spec"].(map[string]any)
	options, moves := spec, false // of kustomize, which puts patches on before it renames
	own := ""                     // the namespace of manifests that name none
	switch n.holder.object.Kind {
	case "Kustomization":
		moves = spec["targetNamespace"] != nil
	case "Application":
		source, _ := spec["source"].(map[string]any)
		if source == nil || spec["sources"] != nil || spec["sourceHydrator"] != nil {
			return fmt.Errorf("%s has no spec.source of its own in Git to hold the patch", n.holder.object)
		}
		options, _ = source["kustomize"].(map[string]any)
		moves = options["namespace"] != nil
		own = text(valueAt(spec, "destination", "namespace"))
	case "HelmRelease":
		options = nil
		own = cmp.Or(text(spec["targetNamespace"]), n.holder.object.Namespace)
	default:
		return nil
	}
	namespace := text(n.target["namespace"])
	switch {
	case options["namePrefix"] != nil || options["nameSuffix"] != nil:
		return fmt.Errorf("%s renames what it applies, and a patch of its own would be put on before that", n.holder.object)
	case namespace != "" && (moves || namespace == own):
		return fmt.Errorf("%s applies several of the name %s, and which namespace the manifest of this one has can't be seen; patch it by hand", n.holder.object, text(n.target["name"]))
	}
	return nil
}
