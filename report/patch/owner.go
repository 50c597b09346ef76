package patch

import (
	"cmp"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
)

// builder is a Flux Kustomization of one cluster whose folder lies in the tree.
type builder struct {
	cluster, namespace, name string
	dir                      string // clean slash path below the root, "." for the root
	note                     string // what holds a change back once it is in Git
	remote                   bool   // applies to a cluster that isn't known: no finding is for it
}

func (b *builder) String() string {
	return fmt.Sprintf("Kustomization %s/%s of %s", b.namespace, b.name, b.cluster)
}

// owners answers which builder applies an object.
type owners struct {
	origins map[recommend.Object]collector.Origin // APIVersion left out
	found   map[string]*builder                   // by cluster, namespace, name
	refused map[string]string                     // why a Kustomization is no builder, likewise
	remote  map[string][]string                   // namespace/name of Kustomizations that apply to another cluster: which clusters hold them
	dirs    map[string][]*builder                 // by folder
}

// indexOwners reads the fleet once.
func indexOwners(f *collector.Fleet, o Options) *owners {
	x := &owners{
		origins: map[recommend.Object]collector.Origin{}, found: map[string]*builder{}, refused: map[string]string{},
		remote: map[string][]string{}, dirs: map[string][]*builder{},
	}
	rule := newSourceRule(f, o)
	for i := range f.Clusters {
		c := &f.Clusters[i]
		for j := range c.Workloads {
			w := &c.Workloads[j]
			x.origins[recommend.Object{Cluster: c.Name, Kind: w.Kind, Namespace: w.Namespace, Name: w.Name}] = w.Origin
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
	return x
}

func (x *owners) reconciler(c *collector.Cluster, r *collector.Reconciler, rule *sourceRule) {
	x.origins[recommend.Object{Cluster: c.Name, Kind: r.Kind, Namespace: r.Namespace, Name: r.Name}] = r.Origin
	if r.Kind != "Kustomization" {
		return
	}
	b := &builder{cluster: c.Name, namespace: r.Namespace, name: r.Name, remote: r.Remote}
	key := ownerKey(c.Name, r.Namespace, r.Name)
	var err error
	b.note, err = rule.check(c, r)
	if err == nil {
		b.dir, err = folder(r.Path)
	}
	if r.Remote {
		x.remote[r.Namespace+"/"+r.Name] = append(x.remote[r.Namespace+"/"+r.Name], c.Name)
		x.refused[key] = b.String() + " applies to another cluster (spec.kubeConfig), so it can't be told that this object is its own"
		if err == nil { // it owns nothing here, but what is changed in its folder reaches it
			x.dirs[b.dir] = append(x.dirs[b.dir], b)
		}
		return
	}
	if err != nil {
		x.refused[key] = fmt.Sprintf("%s: %s", b, err)
		return
	}
	if r.Suspended {
		b.note = joinNotes(b.note, b.String()+" is suspended: it takes effect once that is resumed")
	}
	x.found[key] = b
	x.dirs[b.dir] = append(x.dirs[b.dir], b)
}

// find returns the builder that applies o, or the reason why none is known.
func (x *owners) find(o recommend.Object) (*builder, error) {
	o.APIVersion = ""
	origin, read := x.origins[o]
	key := ownerKey(o.Cluster, origin.Namespace, origin.Name)
	switch {
	case !read:
		return nil, fmt.Errorf("%s was not read from the cluster, so what applies it is unknown", o)
	case origin.Kind == "":
		return nil, fmt.Errorf("no GitOps object applies it: it has no label of Flux or Argo CD, so somebody made it by hand or another tool did")
	case origin.Kind != "Kustomization":
		return nil, fmt.Errorf("%s applies it, and only a Flux Kustomization's folder is patched; set the value there", origin)
	case x.found[key] != nil:
		return x.found[key], nil
	case x.refused[key] != "":
		return nil, fmt.Errorf("%s", x.refused[key])
	}
	if from := x.remote[origin.Namespace+"/"+origin.Name]; len(from) > 0 {
		return nil, fmt.Errorf("%s stands in another cluster, perhaps %s, and applies to this one; patch its folder by hand", origin, strings.Join(from, " or "))
	}
	return nil, fmt.Errorf("%s was not read from the cluster, so its folder in Git is unknown", origin)
}

func ownerKey(cluster, namespace, name string) string {
	return cluster + "\x00" + namespace + "\x00" + name
}

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

// sourceRule says whether a Kustomization's source is the tree at hand.
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
			if r.Kind != "GitRepository" {
				continue
			}
			s.sources[ownerKey(c.Name, r.Namespace, r.Name)] = r
			url := normaliseURL(r.URL)
			s.urls = append(s.urls, url)
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
	if r.Source.Kind != "GitRepository" {
		return "", fmt.Errorf("its source is %s, not a Git repository", cmp.Or(r.Source.String(), "not known"))
	}
	source := s.sources[ownerKey(c.Name, cmp.Or(r.Source.Namespace, r.Namespace), r.Source.Name)]
	if source == nil {
		return "", fmt.Errorf("its source %s was not read, so its repository is unknown", r.Source)
	}
	url := normaliseURL(source.URL)
	switch {
	case len(s.urls) > 1 && s.url == "":
		return "", fmt.Errorf("its source is one of %d repositories (%s), and this tree has no remote named origin to tell which it is", len(s.urls), brief(strings.Join(s.urls, ", ")))
	case len(s.urls) > 1 && s.url != url:
		return "", fmt.Errorf("its source is the repository %s, and this tree is %s", url, s.url)
	}
	note := ""
	if s.url != "" && s.url != url { // the fleet's only one: perhaps by another name of its host
		note = fmt.Sprintf("this tree's origin is %s and the fleet follows %s; make sure that they are one repository", s.url, url)
	}
	branch := branchOf(source)
	switch list := s.branches[url]; {
	case branch == "":
		return joinNotes(note, fmt.Sprintf("%s is pinned to a tag or a commit: it takes effect once that moves", r.Source)), nil
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
