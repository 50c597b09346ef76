package patch

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"

	"sigs.k8s.io/kustomize/api/konfig"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
	"github.com/tuppence-dev/tuppence/report/patch/chart"
)

// Options narrow what Make plans, and say which tree it plans for.
type Options struct {
	// Clusters are the clusters whose findings are placed; empty means all.
	Clusters []string
	// RemoteURL is the tree's origin address in any form git takes; empty is
	// unknown. It is needed where the fleet's Flux sources have several.
	RemoteURL string
	// Branch is the branch checked out; empty is unknown. It is needed where the
	// fleet follows several of this repository.
	Branch string
	// Tolerance is by how many percent the wishes of clusters that build on one base
	// may differ for the base to be changed for all of them (see DefaultTolerance).
	// Negative: a base is never changed.
	Tolerance int
	// Only are the findings, by ID, to place; nil means all.
	Only []string
	// Partial leaves the patches of earlier runs where they are, whether or not
	// anything still asks for them: for where the findings are not all that there are.
	Partial bool
	// Sweep are the patch files that may be taken out; nil means all.
	Sweep []string
	// Judge, where it is set, decides on each finding once its changes are proved:
	// one that does not pass is left out, with the reason.
	Judge Judge
	// Renderer renders the charts that lie in the tree; nil is chart.Here, which is
	// for trees whose charts are trusted.
	Renderer chart.Renderer
}

// FileChange is one file to write. Path is relative to the root, with slashes.
type FileChange struct {
	Path   string
	Before []byte // nil: the file is new
	After  []byte // nil: the file goes
	Mode   fs.FileMode
}

// Placed is a change that has its place in Git.
type Placed struct {
	Finding string           // its ID
	Change  recommend.Change // as the finding has it
	File    string           // the patch file; empty for one that Git holds already
	Git     string           // the value in Git before; empty: not set there
	Note    string           // what to know: Git and the cluster disagree, the Kustomization is suspended
	// Clusters are those that the folder of the file is built for, in order; "" is one
	// that is not known. None where a base changes, on which clusters agreed.
	Clusters []string
}

// Unplaced is a finding that could not be placed, with the reason in one line
// and the patch that a person would need.
type Unplaced struct {
	Finding string
	Object  recommend.Object
	Reason  string
	Snippet string
}

// Plan is what is to be written. Files is in order of paths; the rest follows
// the order of the findings.
type Plan struct {
	Files    []FileChange
	Placed   []Placed
	Already  []Placed // Git holds the value already: merged, but not yet in the cluster that was read
	Unplaced []Unplaced
	Stale    []Stale // patches of earlier runs that go, in order of their folders and names
	// Checks are what the judge said of a finding, by its ID.
	Checks map[string][]recommend.Check

	root   string
	rename func(from, to string) error // nil: on disk; a test makes it fail
}

// Lists are the kustomizations that the plan makes in folders of which Flux made the
// list anew each time until now. Each lists what its folder holds as the plan is made.
func (p *Plan) Lists() []string {
	var out []string
	for _, f := range p.Files {
		if f.Before == nil && path.Base(f.Path) == konfig.DefaultKustomizationFileName() {
			out = append(out, f.Path)
		}
	}
	return out
}

// Make plans where the proposed findings' changes go in the Git working tree at
// root, and proves each by building what it touches before and after. It writes
// nothing. A finding is placed whole or not at all, since half of one (a request
// without its limit) may not be valid. It errs only where the tree can't be
// opened or ctx ends; whatever else fails is in Plan.Unplaced.
func Make(ctx context.Context, root string, f *collector.Fleet, findings []recommend.Finding, o Options) (*Plan, error) {
	d, err := openDisk(root)
	if err != nil {
		return nil, err
	}
	defer d.root.Close()
	m := newMaker(ctx, d, f, o)
	if err := m.settle(ctx, findings, o); err != nil {
		return nil, err
	}
	all := m.candidates(findings, o)
	if err := m.plan(ctx, all); err != nil {
		return nil, err
	}
	p := &Plan{root: root, Checks: m.checks}
	if !o.Partial {
		if p.Stale, err = m.sweep(ctx, f, findings, all, o); err != nil {
			return nil, err
		}
	}
	for _, c := range all {
		p.add(c, m.owners.clusters(c.dir))
	}
	return p, p.files(d, m.accepted)
}

// maker is the state of one Make.
type maker struct {
	disk      *disk
	plain     *tree // the tree as it stands
	owners    *owners
	tolerance int
	accepted  map[string][]byte    // files planned so far
	done      map[string][]*intent // by folder: what they change
	scans     map[string]*kustDir
	closures  map[string]closed
	lists     map[string]listed
	befores   map[string]outcome
	proving   objects            // the last build after a change
	afters    map[string]objects // by folder: as proved
	judge     Judge
	renderer  chart.Renderer
	checks    map[string][]recommend.Check // by finding
	refusals  int                          // by the judge, so far
	index     *index
	reach     map[string][]string // by folder: those that load it
	builds    map[string]int      // by folder
	foreign   *foreign
}

func newMaker(ctx context.Context, d *disk, f *collector.Fleet, o Options) *maker {
	return &maker{
		disk: d, plain: d.layer(ctx), owners: indexOwners(f, o), tolerance: o.Tolerance,
		scans: map[string]*kustDir{}, closures: map[string]closed{}, lists: map[string]listed{},
		befores: map[string]outcome{}, builds: map[string]int{}, reach: map[string][]string{},
		afters: map[string]objects{}, judge: o.Judge, checks: map[string][]recommend.Check{},
		renderer: cmp.Or(o.Renderer, chart.Renderer(chart.Here{})),
	}
}

// plan places the candidates: in the bases that they agree on, else each in its
// own folder. Where a base turns out not to bear its change, all is planned anew
// without it; so each folder is built twice when all is well.
func (m *maker) plan(ctx context.Context, all []*candidate) error {
	ofChart := func(c *candidate) bool { return c.chart != nil }
	if err := m.planFolders(ctx, slices.DeleteFunc(slices.Clone(all), ofChart)); err != nil {
		return err
	}
	return m.charts(ctx, all)
}

func (m *maker) planFolders(ctx context.Context, all []*candidate) error {
	if err := m.refine(ctx, all); err != nil {
		return err
	}
	for _, dir := range dirs(all) {
		list := within(all, dir)
		before, err := m.before(ctx, dir)
		if ctx.Err() != nil {
			return fmt.Errorf("build %s: %w", dir, ctx.Err())
		}
		for _, c := range list {
			if c.err = err; err == nil {
				c.prepare(before.objects)
				m.stay(c)
			}
			if c.err == nil && len(c.intents) > 0 {
				if c.err = m.refusal(ctx, dir); ctx.Err() != nil {
					return ended(ctx)
				}
			}
		}
		m.agree(dir, list)
	}
	groups, err := m.consensus(ctx, all)
	if err != nil {
		return err
	}
	for {
		refusals := m.refusals
		failed, err := m.attempt(ctx, all, groups)
		if err != nil || failed == nil {
			return err
		}
		if m.refusals == refusals {
			failed.dissolve()
			groups = slices.DeleteFunc(groups, func(g *group) bool { return g == failed })
			continue
		}
		for _, g := range groups { // they agree without those that were refused, or are alone
			g.dissolve()
		}
		if groups, err = m.consensus(ctx, all); err != nil {
			return err
		}
	}
}

// attempt drafts and proves everything, and returns the first group that does not
// hold, nil where all do. It errs only when ctx ends.
func (m *maker) attempt(ctx context.Context, all []*candidate, groups []*group) (*group, error) {
	m.accepted, m.done = map[string][]byte{}, map[string][]*intent{}
	touched := map[string]bool{}
	shared := map[*candidate]bool{}
	for _, g := range groups {
		draft, err := m.draft(ctx, g.dir, m.befores[g.dir].rendering, []*candidate{g.base})
		if ctx.Err() != nil {
			return nil, fmt.Errorf("plan the change of %s: %w", g.dir, ctx.Err())
		}
		if err != nil {
			return g, nil //nolint:nilerr // its members then go to their own folders
		}
		maps.Copy(m.accepted, draft)
		for _, dir := range m.reaching(g.dir) {
			touched[dir] = len(m.owners.dirs[dir]) > 0 || m.indexed().roots[dir]
		}
		for _, c := range g.members {
			shared[c] = true
		}
	}
	own := slices.DeleteFunc(slices.Clone(all), func(c *candidate) bool { return shared[c] })
	for _, c := range own {
		c.failed = nil
		touched[c.dir] = touched[c.dir] || c.err == nil && len(c.intents) > 0
	}
	for _, dir := range sortedNames(touched) {
		if !touched[dir] {
			continue
		}
		if failed, err := m.overlay(ctx, dir, within(own, dir), groups); failed != nil || err != nil {
			return failed, err
		}
	}
	return nil, nil
}

// within are the candidates of a folder that still have something to place.
func within(all []*candidate, dir string) []*candidate {
	var list []*candidate
	for _, c := range all {
		if c.dir == dir && c.err == nil {
			list = append(list, c)
		}
	}
	return list
}

// dirs are the folders of the candidates, in order.
func dirs(all []*candidate) []string {
	names := map[string]bool{}
	for _, c := range all {
		if c.err == nil {
			names[c.dir] = true
		}
	}
	return sortedNames(names)
}

// candidate is a finding on its way into the plan.
type candidate struct {
	finding *recommend.Finding
	ids     []string // the findings that it is for
	dir     string
	intents []*intent // changes to make
	already []*intent // changes that Git holds
	err     error     // why it can't be placed
	failed  error     // why it can't be with the bases as they are planned
	chart   *chartApp // whose values it changes, in the place of a folder
	covered bool      // another's change of a value file brings it about
	pin     bool      // keeps what stands, where a base changes
	alone   bool      // the judge refused it what others agree on: it is for its own value
}

// intent is one change with the object it falls on in a folder's build.
type intent struct {
	change *recommend.Change
	owner  *builder
	key    key
	git    string  // value in Git
	value  any     // value to set, typed; nil removes
	want   any     // the value that its finding asks for; value is more where clusters agree on a base's
	base   *intent // the base's, which brings it about
	agreed string  // on what
	inline *inline // a patch within the change's object, whose list it is; After says what it sets
	listed []any   // that list in Git
	note   string
	file   string

	fulfils []*recommend.Change // those of the finding that change, a variable's or a chart's value, brings about
	shown   []Rendered          // the objects that they are in, as far as those are known
	exact   any                 // the value with its type, where that is known
}

// candidates resolves each proposed finding's owner.
func (m *maker) candidates(findings []recommend.Finding, o Options) []*candidate {
	var all []*candidate
	for i := range findings {
		f := &findings[i]
		if !o.wants(f) {
			continue
		}
		if o.Only != nil && !slices.Contains(o.Only, f.ID) {
			continue
		}
		c := &candidate{finding: f, ids: []string{f.ID}}
		m.own(c)
		all = append(all, c)
	}
	return all
}

// wants tells whether a finding is to be placed.
func (o Options) wants(f *recommend.Finding) bool {
	return f.Status == recommend.Proposed && len(f.Changes) > 0 && (len(o.Clusters) == 0 || slices.Contains(o.Clusters, f.Subject.Cluster))
}

// changes are those of the finding that the intent brings about.
func (i *intent) changes() []*recommend.Change {
	switch {
	case i.inline != nil:
		return i.inline.changes
	case len(i.fulfils) > 0:
		return i.fulfils
	}
	return []*recommend.Change{i.change}
}

// own finds the owner of each of the candidate's changes: they must have one folder.
func (m *maker) own(c *candidate) {
	for j := range c.finding.Changes {
		change := &c.finding.Changes[j]
		owner, err := m.owners.find(change.Object)
		i := &intent{change: change, owner: owner}
		if err != nil {
			i, err = m.ownInline(c, change, err)
		}
		if err != nil {
			i, err = nil, m.viaChart(c, change, err)
		}
		switch {
		case err != nil:
			c.err = err
			return
		case i == nil: // it joined one that is there
			continue
		case len(c.intents) > 0 && i.owner.dir != c.dir:
			c.err = fmt.Errorf("its changes belong to two folders, %s and %s, and a finding is placed in one", c.dir, i.owner.dir)
			return
		}
		c.dir, i.note = i.owner.dir, joinNotes(atStart(change.Object), i.owner.note)
		c.intents = append(c.intents, i)
	}
}

// atStart is what to know of the ConfigMap that Argo CD's manifests hand on to its
// programs as variables.
// https://argo-cd.readthedocs.io/en/stable/operator-manual/server-commands/additional-configuration-method/
func atStart(o recommend.Object) string {
	if o.Kind != "ConfigMap" || o.Name != "argocd-cmd-params-cm" {
		return ""
	}
	return "Argo CD reads it as it starts: it takes effect once its pods are restarted"
}

// ownInline is an intent for a patch within what applies the change's object; nil
// where the change joins one of c's. why is the reason why there is no folder.
func (m *maker) ownInline(c *candidate, change *recommend.Change, why error) (*intent, error) {
	for _, i := range c.intents {
		if i.inline != nil && i.inline.changes[0].Object == change.Object {
			return nil, i.inline.add(change)
		}
	}
	n, owner, err := m.inlineOf(change.Object, why)
	if err != nil {
		return nil, err
	}
	n.ids = c.ids
	return &intent{change: &recommend.Change{Object: n.holder.object, Path: n.holder.path}, owner: owner, inline: n}, n.add(change)
}

// add lists what became of c, whose folder is built for the clusters.
func (p *Plan) add(c *candidate, clusters []string) {
	if c.err = cmp.Or(c.err, c.failed); c.err != nil {
		p.Unplaced = append(p.Unplaced, Unplaced{c.finding.ID, c.finding.Changes[0].Object, brief(c.err.Error()), snippet(c.finding)})
		return
	}
	for _, i := range c.intents {
		if i.base != nil {
			i.file, clusters = i.base.file, nil
		}
		for _, change := range i.changes() {
			p.Placed = append(p.Placed, Placed{c.finding.ID, *change, i.file, i.git, joinNotes(i.agreed, i.note), clusters})
		}
	}
	for _, i := range c.already {
		for _, change := range i.changes() {
			p.Already = append(p.Already, Placed{Finding: c.finding.ID, Change: *change, Git: i.git, Note: i.note})
		}
	}
}

// files fills in the plan's files from those accepted.
func (p *Plan) files(d *disk, accepted map[string][]byte) error {
	for name, after := range accepted {
		change := FileChange{Path: path.Clean(name), After: after, Mode: 0o644}
		if info, err := d.stat(name); err == nil {
			before, err := d.read(name)
			if err != nil {
				return fmt.Errorf("read what a patch changes: %w", err)
			}
			change.Before, change.Mode = before, info.Mode().Perm()
		}
		if change.Before != nil && string(change.Before) == string(after) {
			continue
		}
		p.Files = append(p.Files, change)
	}
	slices.SortFunc(p.Files, func(a, b FileChange) int {
		if a.Path < b.Path {
			return -1
		}
		return 1
	})
	return nil
}
