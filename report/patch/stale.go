package patch

import (
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
)

// Stale is a patch file of an earlier run that goes, with its entry: what asked for
// it has gone.
type Stale struct {
	File     string   // relative to the root
	Object   string   // as the file names it: Deployment.apps shop/web
	Findings []string // as the file names them
	Clusters []string // as Placed has them
	Gone     bool     // its folder builds no such object any more: without it nothing changes
	Reason   string
}

// sweep takes out the patches that nothing asks for any more: of objects that their
// folder builds no more, and those that no cluster has in force while no finding is
// proposed for the object. A merged change is in force, so it stays. It errs only
// when ctx ends.
func (m *maker) sweep(ctx context.Context, f *collector.Fleet, findings []recommend.Finding, all []*candidate, o Options) ([]Stale, error) {
	whole := map[string]bool{} // clusters of which everything was read that may show an object
	for i := range f.Clusters {
		c := &f.Clusters[i]
		whole[c.Name] = (len(o.Clusters) == 0 || slices.Contains(o.Clusters, c.Name)) &&
			!slices.ContainsFunc(c.Gaps, func(g collector.Gap) bool { return slices.Contains([]string{"kubernetes", "flux", "argocd"}, g.Source) })
	}
	wanted := wantedObjects(findings, all)
	var out []Stale
	for _, dir := range sortedNames(m.owners.dirs) {
		unsure := func(b *builder) bool { return !whole[b.home] || !whole[b.cluster] }
		list := m.ownedIn(dir)
		if len(list) == 0 || slices.ContainsFunc(m.owners.dirs[dir], unsure) || len(m.reaching(dir)) > 0 {
			continue
		}
		if m.refusal(ctx, dir) != nil { // a cluster that was not read may have it
			continue
		}
		built, err := m.before(ctx, dir)
		if ctx.Err() != nil {
			return nil, fmt.Errorf("build %s: %w", dir, ctx.Err())
		}
		if err != nil {
			continue
		}
		for _, patch := range list {
			if m.refusal(ctx, path.Dir(patch.file)) != nil {
				continue
			}
			reason, gone := m.stale(patch, dir, built.objects, wanted)
			if reason == "" || o.Sweep != nil && !slices.Contains(o.Sweep, patch.file) {
				continue
			}
			draft, err := m.without(ctx, dir, patch)
			if ctx.Err() != nil {
				return nil, ended(ctx)
			}
			if err != nil {
				continue // it stays, as whatever can't be proved
			}
			maps.Copy(m.accepted, draft)
			out = append(out, Stale{patch.file, patch.object, patch.findings, m.owners.clusters(dir), gone, reason})
		}
	}
	return out, nil
}

// wantedObjects are those that a finding asks to change, by cluster and identity, and
// those that its changes fall on, by folder and identity. Of findings that are not
// proposed, as they lack data or are ignored, it has the names: what they asked for
// before they may ask for again.
func wantedObjects(findings []recommend.Finding, all []*candidate) map[[2]string]bool {
	wanted := map[[2]string]bool{}
	for i := range findings {
		if findings[i].Status != recommend.Proposed {
			wanted[[2]string{"", findings[i].ID}] = true
			continue
		}
		for _, c := range findings[i].Changes {
			o := c.Object
			wanted[[2]string{o.Cluster, identity(key{groupOf(o.APIVersion), o.Kind, o.Namespace, o.Name})}] = true
		}
	}
	for _, c := range all {
		for _, i := range slices.Concat(c.intents, c.already) {
			wanted[[2]string{c.dir + "/", identity(i.key)}] = true
		}
	}
	return wanted
}

// stale says why nothing asks for the patch any more, and whether its object has gone
// from the folder; empty where something may ask for it.
func (m *maker) stale(patch *owned, dir string, built objects, wanted map[[2]string]bool) (reason string, gone bool) {
	if _, planned := m.accepted[patch.file]; planned || wanted[[2]string{dir + "/", patch.object}] ||
		slices.ContainsFunc(patch.findings, func(id string) bool { return wanted[[2]string{"", id}] }) {
		return "", false
	}
	var k key
	for other := range built {
		if identity(other) == patch.object {
			k = other
		}
	}
	if k == (key{}) {
		return dir + " builds no such object any more", true
	}
	if collector.IgnoreOf(annotationsOf(built[k])) != "" {
		return "", false
	}
	if _, docs := patch.held(k); m.unasked(docs, m.owners.dirs[dir], k, wanted) {
		return notInForce, false
	}
	sets := patch.fields(built[k])
	if len(sets) == 0 {
		return "", false
	}
	for _, b := range m.owners.dirs[dir] {
		if wanted[[2]string{b.cluster, patch.object}] || m.owners.unmeasured(b.cluster, k) {
			return "", false
		}
		for _, s := range sets {
			if now, known := m.owners.live(b.cluster, k, s.path); !known || same(s.path, now, s.value) {
				return "", false
			}
		}
	}
	return notInForce, false
}

const notInForce = "no cluster has it in force, and no finding asks for it"

// without returns the files that take the patch out of dir, and errs unless the
// build then differs in what the patch set, and in nothing else.
func (m *maker) without(ctx context.Context, dir string, patch *owned) (map[string][]byte, error) {
	t := m.disk.layer(ctx, m.accepted)
	home := path.Dir(patch.file)
	file := path.Join(home, t.kustomizationFile(home))
	src, err := t.read(file)
	if err != nil {
		return nil, err
	}
	draft := map[string][]byte{patch.file: nil}
	if draft[file], err = dropPatch(src, path.Base(patch.file)); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	before, err := m.build(ctx, dir, false, m.accepted)
	if err != nil {
		return nil, err
	}
	after, err := m.build(ctx, dir, false, m.accepted, draft)
	if err != nil {
		return nil, err
	}
	for _, d := range compare(before.objects, after.objects) {
		if h, docs := patch.held(d.key); len(docs) > 0 && identity(d.key) == patch.object && strings.HasPrefix(d.path, pointer(anySteps(h.path))+"/") {
			continue
		}
		sets := patch.fields(before.objects[d.key])
		its := identity(d.key) == patch.object && slices.ContainsFunc(sets, func(s fieldValue) bool {
			at, err := locate(before.objects[d.key], s.path)
			return err == nil && (pointer(at.steps) == d.path || hollow(d.before) && hollow(d.after) && strings.HasPrefix(pointer(at.steps), d.path+"/"))
		})
		if !its {
			return nil, fmt.Errorf("without %s, %s would change too", patch.file, d)
		}
	}
	return draft, nil
}
