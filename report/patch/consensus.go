package patch

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/tuppence-dev/tuppence/recommend"
)

// DefaultTolerance is by how many percent clusters' wishes may differ for their
// base to be changed once for all of them, to the largest.
const DefaultTolerance = 10

// group is a change of a base that most of the folders which build on it want.
type group struct {
	dir     string
	base    *candidate            // the base's own intents
	members []*candidate          // the findings that it fulfils
	shared  map[string][]*intent  // by folder: what changes there by it, as intended
	kept    map[string]*candidate // by folder: what the folder pins, so that it stays as it is
}

// consensus finds the bases to change. Each folder that more than one overlay
// loads is looked at, those of the most overlays first: where more than half of
// the overlays that take a field from it want it changed, and to values that lie
// within the tolerance, the base changes and the rest keep their values by patches
// of their own. A base that reaches a cluster which nobody looked at stays, and all do
// while what a cluster builds could not be read.
func (m *maker) consensus(ctx context.Context, all []*candidate) ([]*group, error) {
	if m.tolerance < 0 || !m.indexed().whole {
		return nil, nil
	}
	pools := map[string][]*candidate{}
	for _, c := range all {
		if c.err != nil || c.alone || len(c.intents) == 0 {
			continue
		}
		bases := m.sharedBases(c)
		if err := m.agreedBefore(ctx, c, bases); err != nil {
			return nil, err
		}
		for _, base := range bases {
			if len(c.intents) > 0 {
				pools[base] = append(pools[base], c)
			}
		}
	}
	if m.owners.unread {
		return nil, nil
	}
	bases := sortedNames(pools)
	slices.SortStableFunc(bases, func(a, b string) int { return cmp.Compare(len(m.reaching(b)), len(m.reaching(a))) })
	var groups []*group
	taken := map[*candidate]bool{}
	claimed := map[string]bool{} // a field of one manifest changes in one base only
	for _, base := range bases {
		v, err := m.view(ctx, base)
		if err != nil {
			return nil, err
		}
		if v == nil {
			continue
		}
		for _, list := range v.bySites(pools[base], taken) {
			g := m.agreement(v, list, claimed)
			if g == nil {
				continue
			}
			for _, c := range g.members {
				taken[c] = true
			}
			if len(g.base.intents) > 0 {
				groups = append(groups, g)
				continue
			}
			for _, c := range g.members { // the base has it already
				c.already, c.intents = append(c.already, c.intents...), nil
			}
		}
	}
	for _, g := range groups {
		m.keep(g, all, taken)
	}
	return groups, nil
}

// sharedBases are the folders that c's folder loads, which others load too, and
// from whose files c's objects may come.
func (m *maker) sharedBases(c *candidate) []string {
	loads, _ := m.closure(c.dir)
	b := m.befores[c.dir].rendering
	var out []string
	for base := range loads {
		if base == c.dir || len(m.owners.dirs[base]) > 0 || m.scanned(base).kust.Kind == "Component" || len(m.reaching(base)) < 2 {
			continue
		}
		below, _ := m.closure(base)
		holds := func(i *intent) bool {
			from := b.from[i.key]
			return i.inline == nil && from != "" && below[path.Dir(from)]
		}
		if !slices.ContainsFunc(c.intents, func(i *intent) bool { return !holds(i) }) {
			out = append(out, base)
		}
	}
	slices.Sort(out)
	return out
}

// agreedBefore takes c for placed where a base has, by tuppence's own patch, about
// what c asks for: its cluster agreed on that with the others once.
func (m *maker) agreedBefore(ctx context.Context, c *candidate, bases []string) error {
	for _, base := range bases {
		list := m.ownedIn(base)
		if len(list) == 0 {
			continue
		}
		b, err := m.before(ctx, base)
		if ctx.Err() != nil {
			return fmt.Errorf("build %s: %w", base, ctx.Err())
		}
		if err != nil {
			continue
		}
		stands := func(i *intent) bool {
			k, ok := counterpart(i.key, m.befores[c.dir].rendering, b)
			if !ok || !standsFor(i.change.Path, i.change.After, i.git, m.tolerance) {
				return false
			}
			s, err := locate(b.objects[k], i.change.Path)
			return err == nil && text(s.value) == i.git && slices.ContainsFunc(list, func(o *owned) bool { return o.sets(k, i.change.Path, pointer(s.steps)) })
		}
		if !slices.ContainsFunc(c.intents, func(i *intent) bool { return !stands(i) }) {
			for _, i := range c.intents {
				i.note = joinNotes(fmt.Sprintf("%s has %s, on which clusters agreed", base, i.git), i.note)
			}
			c.already, c.intents = append(c.already, c.intents...), nil
			return nil
		}
	}
	return nil
}

// view is a base with everything that loads it, as built.
type view struct {
	dir   string
	built *rendering
	users map[string]*rendering // by folder: those that a cluster builds
	names []string              // of users, in order
}

// view is nil where the base can't be changed: it does not build by itself, or it
// reaches a folder that does not build, or that no cluster which was read builds.
func (m *maker) view(ctx context.Context, base string) (*view, error) {
	b, err := m.before(ctx, base)
	if ctx.Err() != nil {
		return nil, fmt.Errorf("build %s: %w", base, ctx.Err())
	}
	if err != nil {
		return nil, nil //nolint:nilerr // then nothing is changed there, and the overlays are
	}
	if err := m.refusal(ctx, base); err != nil {
		return nil, ended(ctx)
	}
	v := &view{dir: base, built: b, users: map[string]*rendering{}}
	for _, user := range m.reaching(base) {
		builders := m.owners.dirs[user]
		if len(builders) == 0 && !m.indexed().roots[user] {
			continue // a base itself: those that build on it count
		}
		if len(builders) == 0 || slices.ContainsFunc(builders, func(b *builder) bool { return b.cluster == "" }) {
			return nil, nil
		}
		u, err := m.before(ctx, user)
		if ctx.Err() != nil {
			return nil, fmt.Errorf("build %s: %w", user, ctx.Err())
		}
		if err != nil {
			return nil, nil //nolint:nilerr // as above
		}
		v.users[user] = u
		v.names = append(v.names, user)
	}
	return v, nil
}

// bySites parts candidates by the fields of the base that they set, in order.
func (v *view) bySites(pool []*candidate, taken map[*candidate]bool) [][]*candidate {
	lists := map[string][]*candidate{}
	for _, c := range pool {
		if taken[c] {
			continue
		}
		var sites []string
		for _, i := range c.intents {
			k, ok := counterpart(i.key, v.users[c.dir], v.built)
			if !ok {
				sites = nil
				break
			}
			sites = append(sites, k.String()+"\x00"+k.group+"\x00"+strings.Join(i.change.Path, "\x00"))
		}
		if len(sites) > 0 {
			slices.Sort(sites)
			name := strings.Join(sites, "\x01")
			lists[name] = append(lists[name], c)
		}
	}
	var out [][]*candidate
	for _, name := range sortedNames(lists) {
		out = append(out, lists[name])
	}
	return out
}

// counterpart is the object of another build that comes from the same manifest as
// k of this one; of several, the one whose name is k's, or is part of it.
func counterpart(k key, in, other *rendering) (key, bool) {
	if in == nil || in.from[k] == "" {
		return key{}, false
	}
	var same, like []key
	for o, from := range other.from {
		if from != in.from[k] || o.kind != k.kind || o.group != k.group {
			continue
		}
		switch {
		case o.name == k.name:
			same = append(same, o)
		case strings.Contains(k.name, o.name) || strings.Contains(o.name, k.name):
			like = append(like, o)
		}
	}
	if len(same) == 1 {
		return same[0], true
	}
	if len(same) == 0 && len(like) == 1 {
		return like[0], true
	}
	return key{}, false
}

// wish is what one folder wants of the fields of a base.
type wish struct {
	dir        string
	candidates []*candidate
	after      []string // by field, in the order of the fields
}

// agreement is the group that most users of the base want, nil where there is none.
// All of list set the same fields.
func (m *maker) agreement(v *view, list []*candidate, claimed map[string]bool) *group {
	fields := m.fields(v, list[0])
	var wishes []*wish
	inheriting := 0
	for _, dir := range v.names {
		if !v.inherits(dir, fields) {
			continue
		}
		inheriting++
		w := &wish{dir: dir}
		for _, c := range list {
			if c.dir == dir {
				w.candidates = append(w.candidates, c)
				w.after = afters(fields, c, v)
			}
		}
		if len(w.candidates) > 0 {
			wishes = append(wishes, w)
		}
	}
	best, most := m.largest(fields, wishes)
	if len(most) < 2 || 2*len(most) <= inheriting {
		return nil
	}
	var names []string
	for _, f := range fields {
		names = append(names, v.built.from[f.key]+"\x00"+f.field())
	}
	if slices.ContainsFunc(names, func(name string) bool { return claimed[name] }) {
		return nil
	}
	for _, name := range names {
		claimed[name] = true
	}
	return m.group(v, fields, best, most, inheriting)
}

// fields are the base's intents that fulfil c, without their values.
func (m *maker) fields(v *view, c *candidate) []*intent {
	var out []*intent
	for _, i := range c.intents {
		k, _ := counterpart(i.key, v.users[c.dir], v.built)
		out = append(out, &intent{change: i.change, owner: i.owner, key: k})
	}
	slices.SortFunc(out, func(a, b *intent) int { return cmp.Compare(a.field(), b.field()) })
	return out
}

// afters are c's values of the fields, in their order.
func afters(fields []*intent, c *candidate, v *view) []string {
	out := make([]string, len(fields))
	for n, f := range fields {
		for _, i := range c.intents {
			if k, ok := counterpart(i.key, v.users[c.dir], v.built); ok && k == f.key && slices.Equal(i.change.Path, f.change.Path) {
				out[n] = i.change.After
			}
		}
	}
	return out
}

// inherits tells whether a folder takes all the fields from the base as they are.
func (v *view) inherits(dir string, fields []*intent) bool {
	for _, f := range fields {
		k, ok := counterpart(f.key, v.built, v.users[dir])
		if !ok {
			return false
		}
		in, err1 := locate(v.users[dir].objects[k], f.change.Path)
		of, err2 := locate(v.built.objects[f.key], f.change.Path)
		if err1 != nil || err2 != nil || in.found != of.found || text(in.value) != text(of.value) {
			return false
		}
	}
	return true
}

// largest is the largest set of wishes that lie within the tolerance below one of
// them, and that one; of equal sets the one of the larger values.
func (m *maker) largest(fields []*intent, wishes []*wish) (best *wish, most []*wish) {
	for _, anchor := range wishes {
		var with []*wish
		for _, w := range wishes {
			if m.bears(fields, w.after, anchor.after) {
				with = append(with, w)
			}
		}
		if len(with) > len(most) || len(with) == len(most) && len(with) > 0 && m.bears(fields, best.after, anchor.after) && !slices.Equal(best.after, anchor.after) {
			best, most = anchor, with
		}
	}
	return best, most
}

// bears tells whether every value is at most the anchor's, and at least so much
// that the tolerance bears the difference.
func (m *maker) bears(fields []*intent, values, anchor []string) bool {
	for n, f := range fields {
		if !near(f.change.Path, values[n], anchor[n], m.tolerance) {
			return false
		}
	}
	return true
}

// group makes the group: the base's intents at the anchor's values, and in each
// member's folder what it amounts to.
func (m *maker) group(v *view, fields []*intent, anchor *wish, most []*wish, of int) *group {
	g := &group{dir: v.dir, shared: map[string][]*intent{}, kept: map[string]*candidate{}}
	g.base = &candidate{dir: v.dir, finding: &recommend.Finding{}}
	for n, f := range fields {
		s, _ := locate(v.built.objects[f.key], f.change.Path)
		f.git, f.value = text(s.value), typed(anchor.after[n], s.value, f.change.Path)
		if !s.found || !same(f.change.Path, f.git, anchor.after[n]) {
			g.base.intents = append(g.base.intents, f)
		}
	}
	for _, w := range most {
		for _, c := range w.candidates {
			g.members = append(g.members, c)
			g.base.ids = append(g.base.ids, c.finding.ID)
			for _, i := range c.intents {
				k, _ := counterpart(i.key, v.users[c.dir], v.built)
				for n, f := range fields {
					if f.key != k || !slices.Equal(f.change.Path, i.change.Path) {
						continue
					}
					i.value, i.base = f.value, f
					i.agreed = fmt.Sprintf("%d of the %d folders that build on %s agree", len(most), of, v.dir)
					if !same(f.change.Path, anchor.after[n], i.change.After) {
						i.agreed += fmt.Sprintf(", on %s, the largest that one of them asks for", anchor.after[n])
					}
				}
			}
			g.shared[c.dir] = append(g.shared[c.dir], c.intents...)
		}
	}
	return g
}

// dissolve gives the members their own wishes back.
func (g *group) dissolve() {
	for _, c := range g.members {
		for _, i := range c.intents {
			i.value, i.base, i.agreed = i.want, nil, ""
		}
	}
}

// release lets the members go that were refused a value which is not their own: each
// is judged again at what it asks for, in its own folder. At its own it stays refused.
func (m *maker) release(refused []*candidate) {
	for _, c := range refused {
		if slices.ContainsFunc(c.intents, func(i *intent) bool { return text(i.value) != text(i.want) }) {
			c.alone, c.err = true, nil
			delete(m.checks, c.finding.ID)
		}
	}
}

// keep pins the group's fields in the folders that take them from the base and do
// not want the change, but for those that their own findings set.
func (m *maker) keep(g *group, all []*candidate, taken map[*candidate]bool) {
	base := m.befores[g.dir].rendering
	for _, dir := range m.reaching(g.dir) {
		if len(g.shared[dir]) > 0 || len(m.owners.dirs[dir]) == 0 {
			continue
		}
		user := m.befores[dir].rendering
		pin := &candidate{dir: dir, ids: g.base.ids, finding: &recommend.Finding{}, pin: true}
		for _, f := range g.base.intents {
			k, ok := counterpart(f.key, base, user)
			if !ok {
				continue
			}
			s, err := locate(user.objects[k], f.change.Path)
			own := &intent{change: f.change, owner: m.owners.dirs[dir][0], key: k, git: text(s.value), value: s.value}
			if err != nil || text(s.value) != f.git || slices.ContainsFunc(all, func(c *candidate) bool {
				return c.dir == dir && c.err == nil && !taken[c] && slices.ContainsFunc(c.intents, func(i *intent) bool { return i.field() == own.field() })
			}) {
				continue
			}
			pin.intents = append(pin.intents, own)
		}
		if len(pin.intents) > 0 {
			g.kept[dir] = pin
		}
	}
}

func sortedNames[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
