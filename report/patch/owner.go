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
}

func (b *builder) String() string {
	return fmt.Sprintf("%s %s/%s of %s", b.kind, b.namespace, b.name, b.home)
}

// owners answers which builder applies an object.
type owners struct {
	origins map[recommend.Object]collector.Origin // APIVersion left out
	found   map[string]*builder                   // by cluster, kind, namespace, name
	refused map[string]string                     // why one is no builder, likewise
	remote  map[string][]*builder                 // by kind, namespace, name: those that apply to another cluster than their own
	dirs    map[string][]*builder                 // by folder

	workloads   map[recommend.Object]*collector.Workload   // APIVersion left out
	reconcilers map[recommend.Object]*collector.Reconciler // likewise
}

// indexOwners reads the fleet once.
func indexOwners(f *collector.Fleet, o Options) *owners {
	x := &owners{
		origins: map[recommend.Object]collector.Origin{}, found: map[string]*builder{}, refused: map[string]string{},
		remote: map[string][]*builder{}, dirs: map[string][]*builder{},
		workloads: map[recommend.Object]*collector.Workload{}, reconcilers: map[recommend.Object]*collector.Reconciler{},
	}
	rule := newSourceRule(f, o)
	for i := range f.Clusters {
		c := &f.Clusters[i]
		for j := range c.Workloads {
			w := &c.Workloads[j]
			o := recommend.Object{Cluster: c.Name, Kind: w.Kind, Namespace: w.Namespace, Name: w.Name}
			x.origins[o], x.workloads[o] = w.Origin, w
		}
		for _, k := range c.Controllers {
			if k.Kind == "argocd" {
				for _, name := range []string{"argocd-cm", "argocd-cmd-params-cm"} {
					x.origins[recommend.Object{Cluster: c.Name, Kind: "ConfigMap", Namespace: k.Namespace, Name: name}] = k.Origin
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
	}
	var err error
	if b.note, err = rule.check(c, r); err == nil {
		b.dir, err = folder(r.Path)
	}
	if err == nil {
		x.dirs[b.dir] = append(x.dirs[b.dir], b)
		if r.Suspended {
			b.note = joinNotes(b.note, b.String()+" is suspended: it takes effect once that is resumed")
		}
	}
	if r.Remote {
		b.cluster = ""
	}
	for _, ns := range namespaces {
		x.enter(b, ownerKey(c.Name, r.Kind, ns, r.Name), ownerKey("", r.Kind, ns, r.Name), err)
	}
}

// enter keeps b, or the reason why it is no builder, under the names by which what
// it applies knows it: in its own cluster, and in whichever it applies to.
func (x *owners) enter(b *builder, local, anywhere string, err error) {
	switch {
	case x.found[local] != nil || x.refused[local] != "":
		delete(x.found, local)
		x.refused[local] = fmt.Sprintf("there are several of the name %s in %s, and what they apply does not say which is meant", b.name, b.home)
	case err != nil:
		x.refused[local] = fmt.Sprintf("%s: %s", b, err)
	case b.cluster == "":
		x.remote[anywhere] = append(x.remote[anywhere], b)
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
		return from[0], nil
	}
	if len(from) > 0 {
		var homes []string
		for _, b := range from {
			homes = append(homes, b.home)
		}
		return nil, fmt.Errorf("%s stands in another cluster, perhaps %s, and applies to this one; patch its folder by hand", origin, strings.Join(homes, " or "))
	}
	return nil, fmt.Errorf("%s was not read from the cluster, so its folder in Git is unknown", origin)
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

// sourceRule says whether a builder's source is the tree at hand.
type sourceRule struct {
	url, branch string
	urls        []string                         // every Git address of the fleet, normalised
	sources     map[string]*collector.Reconciler // by cluster, namespace, name
	branches    map[string][]string              // by normalised address
}

func newSourceRule(f *collector.Fleet, o Options) *sourceRule {
	s := &sourceRule{url: normaliseURL(o.RemoteURL), branch: o.Branch, sources: map[string]*collector.Reconciler{}, branches: map[string][]string{}}
	for i := range f.Clusters {
		c := &f.Clusters[i]
		for j := range c.Reconcilers {
			r := &c.Reconcilers[j]
			if r.Kind != "GitRepository" && (r.Kind != "Application" || r.URL == "" || isChart(r)) {
				continue
			}
			url := normaliseURL(r.URL)
			s.urls = append(s.urls, url)
			if r.Kind == "Application" {
				continue
			}
			s.sources[ownerKey(c.Name, r.Namespace, r.Name)] = r
			if branch := branchOf(r); branch != "" {
				s.branches[url] = append(s.branches[url], branch)
			}
		}
	}
	slices.Sort(s.urls)
	s.urls = slices.Compact(s.urls)
	for url, list := range s.branches {
		slices.Sort(list)
		s.branches[url] = slices.Compact(list)
	}
	return s
}

// isChart tells whether an Application's source is a chart of a chart repository.
func isChart(r *collector.Reconciler) bool { return r.Kind == "Application" && r.Ref.SemVer != "" }

// branchOf is the branch a source follows, "" where a tag or a commit is pinned.
// Flux follows master where nothing is set.
func branchOf(r *collector.Reconciler) string {
	if r.Ref.Commit != "" || r.Ref.SemVer != "" || r.Ref.Tag != "" {
		return ""
	}
	return cmp.Or(r.Ref.Branch, "master")
}

// check returns what to know of a change made in the tree for r, or why the tree
// is not r's source.
func (s *sourceRule) check(c *collector.Cluster, r *collector.Reconciler) (string, error) {
	source, what := r, "its source"
	switch {
	case isChart(r):
		return "", fmt.Errorf("its source is the Helm chart %s of a chart repository", brief(r.Path))
	case r.Kind == "Application" && r.URL == "":
		return "", errors.New("its source is not known")
	case r.Kind == "Application":
	case r.Source.Kind != "GitRepository":
		return "", fmt.Errorf("its source is %s, not a Git repository", cmp.Or(r.Source.String(), "not known"))
	default:
		what = r.Source.String()
		if source = s.sources[ownerKey(c.Name, cmp.Or(r.Source.Namespace, r.Namespace), r.Source.Name)]; source == nil {
			return "", fmt.Errorf("its source %s was not read, so its repository is unknown", r.Source)
		}
	}
	note, err := s.repository(source)
	if err != nil {
		return "", err
	}
	if r.Kind == "Application" && source.Ref == (collector.GitRef{}) {
		return note, nil // only the repository knows whether its revision is a branch, and which is the default
	}
	return s.revision(source, what, note)
}

// repository errs unless the source's repository is the tree at hand.
func (s *sourceRule) repository(source *collector.Reconciler) (note string, err error) {
	url := normaliseURL(source.URL)
	switch {
	case len(s.urls) > 1 && s.url == "":
		return "", fmt.Errorf("its source is one of %d repositories (%s), and this tree has no remote named origin to tell which it is", len(s.urls), brief(strings.Join(s.urls, ", ")))
	case len(s.urls) > 1 && s.url != url:
		return "", fmt.Errorf("its source is the repository %s, and this tree is %s", url, s.url)
	case s.url != "" && s.url != url: // the fleet's only one: perhaps by another name of its host
		return fmt.Sprintf("this tree's origin is %s and the fleet follows %s; make sure that they are one repository", s.url, url), nil
	}
	return "", nil
}

// revision errs unless the source follows the branch at hand, or what is pinned.
func (s *sourceRule) revision(source *collector.Reconciler, what, note string) (string, error) {
	branch := branchOf(source)
	switch list := s.branches[normaliseURL(source.URL)]; {
	case branch == "":
		return joinNotes(note, what+" is pinned to a tag or a commit: it takes effect once that moves"), nil
	case s.branch != "" && s.branch != branch:
		return "", fmt.Errorf("its source follows the branch %s, and this tree is on %s", branch, s.branch)
	case s.branch == "" && len(list) > 1:
		return "", fmt.Errorf("its source follows the branch %s, one of %d that the fleet follows (%s), and this tree is on no branch; check one out", branch, len(list), brief(strings.Join(list, ", ")))
	}
	return note, nil
}

func joinNotes(notes ...string) string {
	notes = slices.DeleteFunc(notes, func(s string) bool { return s == "" })
	return strings.Join(notes, "; ")
}
