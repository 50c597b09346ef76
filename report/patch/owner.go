package patch

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
)

// builder is what builds a folder of the tree and applies it: a Flux Kustomization
// or an Argo CD Application.
type builder struct {
	kind, namespace, name string
	home                  string // the cluster that it stands in
	cluster               string // the one that it applies to; empty: another, not known which
	dir                   string // clean slash path below the root, "." for the root
	note                  string // what holds a change back once it is in Git
	why                   error  // where it applies to another cluster: why it has no folder here
}

func (b *builder) String() string {
	return fmt.Sprintf("%s %s/%s of %s", b.kind, b.namespace, b.name, b.home)
}

// object is b itself, its APIVersion left out.
func (b *builder) object() recommend.Object {
	return recommend.Object{Cluster: b.home, Kind: b.kind, Namespace: b.namespace, Name: b.name}
}

// owners answers which builder applies an object.
type owners struct {
	origins  map[recommend.Object]collector.Origin // APIVersion left out
	found    map[string]*builder                   // by cluster, kind, namespace, name
	refused  map[string]string                     // why one is no builder, likewise
	remote   map[string][]*builder                 // by kind, namespace, name: those that apply to another cluster than their own
	dirs     map[string][]*builder                 // by folder
	pushed   []*pushed                             // those whose folder is to be found
	unpinned []*pushed                             // those that may have one, which nothing says
	unread   bool                                  // a cluster may have builders that were not read
	whole    map[string]bool                       // clusters of which all builders were read

	charts      map[string]*chartApp   // by cluster, kind, namespace, name
	hubCharts   map[*builder]*chartApp // those that apply to another cluster than their own
	chartList   []*chartApp
	rule        *sourceRule
	versions    map[string]string                          // of Kubernetes, by cluster
	workloads   map[recommend.Object]*collector.Workload   // APIVersion left out
	reconcilers map[recommend.Object]*collector.Reconciler // likewise
	settings    map[recommend.Object][]collector.Setting   // of controllers, by what holds them, likewise
}

// indexOwners reads the fleet once.
func indexOwners(f *collector.Fleet, o Options) *owners {
	x := &owners{
		origins: map[recommend.Object]collector.Origin{}, found: map[string]*builder{}, refused: map[string]string{},
		remote: map[string][]*builder{}, dirs: map[string][]*builder{}, whole: map[string]bool{},
		workloads: map[recommend.Object]*collector.Workload{}, versions: map[string]string{}, settings: map[recommend.Object][]collector.Setting{}, charts: map[string]*chartApp{}, hubCharts: map[*builder]*chartApp{}, reconcilers: map[recommend.Object]*collector.Reconciler{},
	}
	rule := newSourceRule(f, o)
	x.rule = rule
	for i := range f.Clusters {
		c := &f.Clusters[i]
		x.versions[c.Name] = c.Version
		x.whole[c.Name] = !unread(c)
		x.unread = x.unread || unread(c)
		for j := range c.Workloads {
			w := &c.Workloads[j]
			o := recommend.Object{Cluster: c.Name, Kind: w.Kind, Namespace: w.Namespace, Name: w.Name}
			x.origins[o], x.workloads[o] = w.Origin, w
		}
		for _, k := range c.Controllers {
			if k.Kind == "argocd" {
				x.origins[recommend.Object{Cluster: c.Name, Kind: "ConfigMap", Namespace: k.Namespace, Name: "argocd-cm"}] = k.Origin
			}
		}
		for _, k := range slices.Concat(c.Controllers, c.Operators) {
			for _, s := range k.Settings {
				o := recommend.Object{Cluster: c.Name, Kind: s.Object.Kind, Namespace: s.Object.Namespace, Name: s.Object.Name}
				x.settings[o] = append(x.settings[o], s)
				if _, known := x.origins[o]; !known && o.Kind == "ConfigMap" { // argocd-cmd-params-cm
					x.origins[o] = s.Origin
				}
			}
		}
		for j := range c.Reconcilers {
			x.reconciler(c, &c.Reconcilers[j], rule)
		}
	}
	x.resolve()
	return x
}

// unread tells whether c may have builders that were not read. A gap of the cluster's
// own objects counts where it is of all of them: what applies them is read after.
func unread(c *collector.Cluster) bool {
	return slices.ContainsFunc(c.Gaps, func(g collector.Gap) bool {
		return g.Source == "flux" || g.Source == "argocd" || g.Source == "kubernetes" && len(c.Reconcilers) == 0
	})
}

func (x *owners) reconciler(c *collector.Cluster, r *collector.Reconciler, rule *sourceRule) {
	o := recommend.Object{Cluster: c.Name, Kind: r.Kind, Namespace: r.Namespace, Name: r.Name}
	x.origins[o], x.reconcilers[o] = r.Origin, r
	if r.Kind != "Kustomization" && r.Kind != "Application" {
		return
	}
	b := &builder{home: c.Name, cluster: c.Name, kind: r.Kind, namespace: r.Namespace, name: r.Name}
	namespaces := []string{r.Namespace}
	if r.Kind == "Application" {
		namespaces = append(namespaces, "") // what it applies does not name Argo CD's own namespace
		o.Namespace = ""
		_, several := x.reconcilers[o]
		if x.reconcilers[o] = r; several {
			x.reconcilers[o] = nil
		}
	}
	from, err := rule.chosen(r)
	if err != nil {
		x.mayBuild(b, c, r, rule)
	} else {
		b.note, err = rule.check(c, from)
	}
	if err == nil || errors.Is(err, errUnread) { // what may build the folder counts
		dir, bad := folder(from.Path)
		if err = cmp.Or(err, bad); bad == nil {
			b.dir, x.dirs[dir] = dir, append(x.dirs[dir], b)
		}
	}
	if r.Suspended {
		b.note = joinNotes(b.note, b.String()+" is suspended: it takes effect once that is resumed")
	}
	app, appErr := x.chartAppOf(c, r)
	if appErr != nil {
		app, err = nil, appErr
	}
	if app != nil {
		x.chartList = append(x.chartList, app)
	}
	if r.Remote {
		b.cluster, b.why = "", err
		if app != nil {
			x.hubCharts[b] = app
		}
	}
	for _, ns := range namespaces {
		if name := ownerKey(c.Name, r.Kind, ns, r.Name); app != nil && !r.Remote {
			if _, several := x.charts[name]; several {
				app = nil
			}
			x.charts[name] = app
		}
		x.enter(b, ownerKey(c.Name, r.Kind, ns, r.Name), ownerKey("", r.Kind, ns, r.Name), err)
	}
	if below, err := folder(r.Path); err == nil {
		p := &pushed{builder: b, source: r.Source, path: below, local: ownerKey(c.Name, r.Kind, r.Namespace, r.Name)}
		if rule.pushed(c, r) {
			x.pushed = append(x.pushed, p)
		} else if rule.unpinned(c, r) {
			x.unpinned = append(x.unpinned, p)
		}
	}
}

// mayBuild counts an Application of which no source can be chosen to those who build
// the folders of this tree that its sources name, for a cluster that is not known.
func (x *owners) mayBuild(b *builder, c *collector.Cluster, r *collector.Reconciler, rule *sourceRule) {
	other := *b
	other.cluster = ""
	for _, one := range alone(r) {
		_, err := rule.check(c, one)
		dir, bad := folder(one.Path)
		if err == nil && bad == nil && one.Path != "" && one.Sources[0].Type != "Helm" {
			x.dirs[dir] = append(x.dirs[dir], &other)
		}
	}
}

// enter keeps b, or the reason why it is no builder, under the names by which what
// it applies knows it: in its own cluster, and in whichever it applies to.
func (x *owners) enter(b *builder, local, anywhere string, err error) {
	if b.cluster == "" {
		x.remote[anywhere] = append(x.remote[anywhere], b)
	}
	switch {
	case x.found[local] != nil || x.refused[local] != "":
		delete(x.found, local)
		x.refused[local] = fmt.Sprintf("there are several of the name %s in %s, and what they apply does not say which is meant", b.name, b.home)
	case err != nil:
		x.refused[local] = fmt.Sprintf("%s: %s", b, err)
	case b.cluster == "":
		x.refused[local] = b.String() + " applies to another cluster, so it can't be told that this object is its own"
	default:
		x.found[local] = b
	}
}

// resolve finds the cluster that each remote builder applies to: the one whose
// objects name it while no builder of that name stands there. One that is named by
// two, or one of two builders with one name, stays unknown.
func (x *owners) resolve() {
	targets := map[*builder][]string{}
	for o, origin := range x.origins {
		if local := ownerKey(o.Cluster, origin.Kind, origin.Namespace, origin.Name); x.found[local] != nil || x.refused[local] != "" {
			continue
		}
		if list := x.remote[ownerKey("", origin.Kind, origin.Namespace, origin.Name)]; len(list) == 1 && list[0].home != o.Cluster && !slices.Contains(targets[list[0]], o.Cluster) {
			targets[list[0]] = append(targets[list[0]], o.Cluster)
		}
	}
	for b, clusters := range targets {
		if len(clusters) == 1 {
			b.cluster = clusters[0]
		}
	}
	for b, app := range x.hubCharts {
		app.cluster, app.release.KubeVersion = b.cluster, x.versions[b.cluster]
	}
}

// find returns the builder that applies o, or the reason why none is known.
func (x *owners) find(o recommend.Object) (*builder, error) {
	o.APIVersion = ""
	origin, read := x.origins[o]
	key := ownerKey(o.Cluster, origin.Kind, origin.Namespace, origin.Name)
	switch {
	case !read:
		return nil, fmt.Errorf("%s was not read from the cluster, so what applies it is unknown", o)
	case origin.Kind == "":
		return nil, fmt.Errorf("no GitOps object applies it: it has no label of Flux or Argo CD, so somebody made it by hand or another tool did")
	case origin.Kind != "Kustomization" && origin.Kind != "Application":
		return nil, fmt.Errorf("%s applies it, and only the folder of a Flux Kustomization or an Argo CD Application is patched; set the value there", origin)
	case x.found[key] != nil:
		return x.found[key], nil
	case x.refused[key] != "":
		return nil, fmt.Errorf("%s", x.refused[key])
	}
	from := x.remote[ownerKey("", origin.Kind, origin.Namespace, origin.Name)]
	if len(from) == 1 && from[0].cluster == o.Cluster {
		if from[0].why != nil {
			return nil, fmt.Errorf("%s: %w", from[0], from[0].why)
		}
		return from[0], nil
	}
	if len(from) > 0 {
		var homes []string
		for _, b := range from {
			homes = append(homes, b.home)
		}
		homes = slices.Compact(homes)
		return nil, fmt.Errorf("%s stands in another cluster, perhaps %s, and applies to this one; patch its folder by hand", origin, strings.Join(homes, " or "))
	}
	return nil, fmt.Errorf("%s was not read from the cluster, so its folder in Git is unknown", origin)
}

// clusters are those that a folder is built for, in order; "" is one that is not known.
func (x *owners) clusters(dir string) []string {
	var names []string
	for _, b := range x.dirs[dir] {
		names = append(names, b.cluster)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func ownerKey(parts ...string) string { return strings.Join(parts, "\x00") }

// folder is a Flux spec.path as a clean path below the root.
func folder(spec string) (string, error) {
	clean := path.Clean(strings.TrimLeft(filepath.ToSlash(spec), "/"))
	if spec == "" || clean == "." {
		return ".", nil
	}
	if !filepath.IsLocal(clean) {
		return "", fmt.Errorf("its path %q leaves the repository", brief(spec))
	}
	return clean, nil
}

func joinNotes(notes ...string) string {
	notes = slices.DeleteFunc(notes, func(s string) bool { return s == "" })
	return strings.Join(notes, "; ")
}
