package patch

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
)

// maxGuessed bounds the folders that are built to find the one that an artifact was
// pushed from.
const maxGuessed = 50

// pushed is a Kustomization whose artifact was pushed from the tree at hand. Its
// path is below whatever folder `flux push artifact --path` was given, which the
// artifact does not say.
type pushed struct {
	builder *builder
	source  collector.Origin
	path    string
	local   string // its name as its cluster's objects know it
}

// pushed tells whether the artifact that r applies was pushed from the branch at hand
// of the tree at hand, by what the artifact says of itself.
func (s *sourceRule) pushed(c *collector.Cluster, r *collector.Reconciler) bool {
	if r.Kind != "Kustomization" || r.Remote || r.Source.Kind != "OCIRepository" || s.url == "" {
		return false
	}
	from := s.artifacts[ownerKey(c.Name, cmp.Or(r.Source.Namespace, r.Namespace), r.Source.Name)]
	if from == nil || normaliseURL(from.Artifact.Source) != s.url {
		return false
	}
	branch, _, named := strings.Cut(from.Artifact.Revision, "@")
	branch = strings.TrimPrefix(branch, "refs/heads/")
	return !named || s.branch == "" || branch == s.branch || versionName.MatchString(strings.TrimPrefix(branch, "refs/tags/"))
}

// unpinned tells whether what r applies may have been pushed from the tree at hand, and
// does not say so.
func (s *sourceRule) unpinned(c *collector.Cluster, r *collector.Reconciler) bool {
	if r.Kind != "Kustomization" || r.Source.Kind == "GitRepository" || r.Source.Kind == "" {
		return false
	}
	from := s.artifacts[ownerKey(c.Name, cmp.Or(r.Source.Namespace, r.Namespace), r.Source.Name)]
	return from == nil || r.Source.Kind != "OCIRepository" || from.Artifact.Source == ""
}

// settle finds the folder of each Kustomization whose artifact was pushed from the
// tree and that the findings change: the one folder that its path may mean which
// builds all the objects to change. It errs only when ctx ends.
func (m *maker) settle(ctx context.Context, findings []recommend.Finding, o Options) error {
	wanted := map[string][]recommend.Object{}
	for i := range findings {
		if !o.wants(&findings[i]) {
			continue
		}
		for _, c := range findings[i].Changes {
			object := c.Object
			object.APIVersion = ""
			by := m.owners.origins[object]
			at := ownerKey(c.Object.Cluster, by.Kind, by.Namespace, by.Name)
			wanted[at] = append(wanted[at], c.Object)
		}
	}
	var left []*pushed
	for _, p := range m.owners.pushed {
		if objects := wanted[p.local]; len(objects) > 0 {
			if err := m.settleOne(ctx, p, objects); err != nil {
				return err
			}
		}
		if m.owners.found[p.local] == nil {
			left = append(left, p)
		}
	}
	m.mayReach(left)
	return nil
}

// mayReach counts each that has no folder of its own to those who build the settled
// folders that its path may mean: a change there may reach its cluster.
func (m *maker) mayReach(left []*pushed) {
	for _, p := range m.owners.pushed {
		if m.owners.found[p.local] == nil {
			continue
		}
		for _, other := range left {
			list := m.owners.dirs[p.builder.dir]
			if slices.Contains(m.meant(other.path), p.builder.dir) && !slices.Contains(list, other.builder) {
				m.owners.dirs[p.builder.dir] = append(list, other.builder)
			}
		}
	}
}

func (m *maker) settleOne(ctx context.Context, p *pushed, wanted []recommend.Object) error {
	dirs := m.meant(p.path)
	if len(dirs) > maxGuessed {
		m.owners.refuse(p, fmt.Sprintf("%d folders of this tree may be its %s", len(dirs), p.path))
		return nil
	}
	var hits []string
	for _, dir := range dirs {
		b, err := m.before(ctx, dir)
		if ctx.Err() != nil {
			return fmt.Errorf("build %s: %w", dir, ctx.Err())
		}
		missing := func(o recommend.Object) bool { _, ok := b.find(o); return !ok }
		if err == nil && !slices.ContainsFunc(wanted, missing) {
			hits = append(hits, dir)
		}
	}
	switch len(hits) {
	case 1:
		p.builder.dir = hits[0]
		m.owners.settled(p)
	case 0:
		m.owners.refuse(p, fmt.Sprintf("no folder of this tree that may be its %s builds all that is to change", p.path))
	default:
		m.owners.refuse(p, fmt.Sprintf("several folders of this tree may be its %s: %s", p.path, strings.Join(hits, ", ")))
	}
	return nil
}

// meant are the folders of the tree that a path of an artifact may mean, in order.
// A folder without a kustomization is meant only where it has the whole path.
func (m *maker) meant(path string) []string {
	x := m.indexed()
	if !x.whole {
		return nil
	}
	out := slices.DeleteFunc(slices.Clone(x.dirs), func(dir string) bool {
		return path != "." && dir != path && !strings.HasSuffix(dir, "/"+path)
	})
	if path != "." && m.plain.isDir(path) && !slices.Contains(out, path) {
		out = append(out, path)
	}
	slices.Sort(out)
	return out
}

// settled makes p's builder known by its folder.
func (x *owners) settled(p *pushed) {
	b := p.builder
	b.note = joinNotes("it takes effect once a new artifact is pushed", b.note)
	x.dirs[b.dir] = append(x.dirs[b.dir], b)
	x.found[p.local] = b
	delete(x.refused, p.local)
}

// refuse gives the reason why p has no folder.
func (x *owners) refuse(p *pushed, reason string) {
	x.refused[p.local] = fmt.Sprintf("%s: its source %s was pushed from this tree, and %s", p.builder, p.source, reason)
}

// unpinned says why dir may be built for another cluster that was read: a Kustomization
// applies an object of dir's there, from an artifact or a bucket that does not say which
// repository it was filled from, by a path that may mean dir or what builds on it.
func (m *maker) unpinned(dir string) error {
	built := m.befores[dir].rendering
	for _, p := range m.owners.unpinned {
		meant := m.meant(p.path)
		if built == nil || !slices.ContainsFunc(append(slices.Clone(m.reaching(dir)), dir), func(at string) bool { return slices.Contains(meant, at) }) {
			continue
		}
		for _, k := range built.keys() {
			o := recommend.Object{Cluster: p.builder.home, Kind: k.kind, Namespace: k.namespace, Name: k.name}
			if by := m.owners.origins[o]; by.Kind == p.builder.kind && by.Namespace == p.builder.namespace && by.Name == p.builder.name {
				return fmt.Errorf("%s may build %s too: it applies %s from %s, which does not say where it was pushed from", p.builder, dir, k, p.source)
			}
		}
	}
	return nil
}
