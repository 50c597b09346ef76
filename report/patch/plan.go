package patch

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
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
}

// Unplaced is a finding that could not be placed, with the reason in one line
// and the strategic-merge patch that a person would need.
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

	root   string
	rename func(from, to string) error // nil: on disk; a test makes it fail
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
	all := m.candidates(findings, o)
	if err := m.plan(ctx, all); err != nil {
		return nil, err
	}
	p := &Plan{root: root}
	for _, c := range all {
		p.add(c)
	}
	return p, p.files(d, m.accepted)
}

// maker is the state of one Make.
type maker struct {
	disk     *disk
	plain    *tree // the tree as it stands
	owners   *owners
	accepted map[string][]byte // files planned so far
	scans    map[string]*kustDir
	closures map[string]closed
	lists    map[string]listed
	builds   int
}

func newMaker(ctx context.Context, d *disk, f *collector.Fleet, o Options) *maker {
	return &maker{
		disk: d, plain: d.layer(ctx), owners: indexOwners(f, o), accepted: map[string][]byte{},
		scans: map[string]*kustDir{}, closures: map[string]closed{}, lists: map[string]listed{},
	}
}

// plan places the candidates, folder by folder.
func (m *maker) plan(ctx context.Context, all []*candidate) error {
	for _, dir := range m.dirs(all) {
		var list []*candidate
		for _, c := range all {
			if c.dir == dir && c.err == nil {
				list = append(list, c)
			}
		}
		if err := m.overlay(ctx, dir, list); err != nil {
			return err
		}
	}
	return nil
}

// candidate is a finding on its way into the plan.
type candidate struct {
	finding *recommend.Finding
	dir     string
	intents []*intent // changes to make
	already []*intent // changes that Git holds
	err     error     // why it can't be placed
}

// intent is one change with the object it falls on in a folder's build.
type intent struct {
	change *recommend.Change
	owner  *builder
	key    key
	git    string // value in Git
	value  any    // value to set, typed; nil removes
	note   string
	file   string
}

// candidates resolves each proposed finding's owner.
func (m *maker) candidates(findings []recommend.Finding, o Options) []*candidate {
	var all []*candidate
	for i := range findings {
		f := &findings[i]
		if f.Status != recommend.Proposed || len(f.Changes) == 0 {
			continue
		}
		if len(o.Clusters) > 0 && !slices.Contains(o.Clusters, f.Subject.Cluster) {
			continue
		}
		c := &candidate{finding: f}
		for j := range f.Changes {
			change := &f.Changes[j]
			owner, err := m.owners.find(change.Object)
			if err != nil {
				c.err = err
				break
			}
			if j > 0 && owner.dir != c.dir {
				c.err = fmt.Errorf("its changes belong to two folders, %s and %s, and a finding is placed in one", c.dir, owner.dir)
				break
			}
			c.dir = owner.dir
			c.intents = append(c.intents, &intent{change: change, owner: owner, note: owner.note})
		}
		all = append(all, c)
	}
	return all
}

func (m *maker) dirs(all []*candidate) []string {
	var dirs []string
	for _, c := range all {
		if c.err == nil {
			dirs = append(dirs, c.dir)
		}
	}
	slices.Sort(dirs)
	return slices.Compact(dirs)
}

// add lists what became of c.
func (p *Plan) add(c *candidate) {
	if c.err != nil {
		p.Unplaced = append(p.Unplaced, Unplaced{c.finding.ID, c.finding.Changes[0].Object, brief(c.err.Error()), snippet(c.finding)})
		return
	}
	for _, i := range c.intents {
		p.Placed = append(p.Placed, Placed{c.finding.ID, *i.change, i.file, i.git, i.note})
	}
	for _, i := range c.already {
		p.Already = append(p.Already, Placed{Finding: c.finding.ID, Change: *i.change, Git: i.git, Note: i.note})
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
