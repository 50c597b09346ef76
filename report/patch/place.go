package patch

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// overlay places the candidates of one folder beside what the groups change in it,
// and leaves out those that the judge refuses. It returns the group that is at
// fault, if one is, and errs only when ctx ends.
func (m *maker) overlay(ctx context.Context, dir string, list []*candidate, groups []*group) (*group, error) {
	list = slices.DeleteFunc(list, func(c *candidate) bool { return len(c.intents) == 0 })
	x := &step{dir: dir}
	var reach []*group
	for _, g := range groups {
		if pin := g.kept[dir]; pin != nil {
			x.pins = append(x.pins, pin)
		}
		if x.shared = append(x.shared, g.shared[dir]...); slices.Contains(m.reaching(g.dir), dir) {
			reach = append(reach, g)
		}
	}
	for {
		kept, fits, err := m.place(ctx, x, list, len(reach) > 0)
		if err != nil {
			return nil, err
		}
		if !fits {
			return reach[0], nil
		}
		for _, g := range reach {
			if refused := m.judged(ctx, m.provedIn(dir), within(g.members, dir)); len(refused) > 0 {
				m.release(refused)
				return g, ended(ctx)
			}
		}
		refused := m.judged(ctx, m.provedIn(dir), kept)
		if len(refused) == 0 {
			return nil, ended(ctx)
		}
		list = slices.DeleteFunc(kept, func(c *candidate) bool { return slices.Contains(refused, c) })
	}
}

// place places all of the candidates at once, and where that doesn't prove, one
// after another, so that each failure finds its culprit. It returns those that were
// placed, and false where what the bases change in the folder does not hold.
func (m *maker) place(ctx context.Context, x *step, list []*candidate, shared bool) (kept []*candidate, fits bool, err error) {
	failure := m.try(ctx, x, list)
	if failure == nil || ctx.Err() != nil {
		return list, true, ended(ctx)
	}
	if shared && m.try(ctx, x, nil) != nil {
		return nil, false, ended(ctx)
	}
	bundles := bundle(list)
	if len(bundles) == 1 {
		return nil, true, m.fail(ctx, bundles[0], failure)
	}
	for _, b := range bundles {
		if err := m.try(ctx, x, append(slices.Clone(kept), b...)); err != nil {
			if err := m.fail(ctx, b, err); err != nil {
				return nil, false, err
			}
			continue
		}
		kept = append(kept, b...)
	}
	return kept, true, nil
}

// step is one folder, with what is to change in it besides its own candidates'.
type step struct {
	dir    string
	pins   []*candidate
	shared []*intent         // by bases
	draft  map[string][]byte // accepted of it so far
}

func ended(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("prove the patches: %w", err)
	}
	return nil
}

func (m *maker) fail(ctx context.Context, list []*candidate, err error) error {
	for _, c := range list {
		c.failed = err
	}
	return ended(ctx)
}

// try drafts and proves the candidates, and accepts them where that succeeds, in
// the place of those that were accepted before.
func (m *maker) try(ctx context.Context, x *step, list []*candidate) error {
	for name := range x.draft {
		delete(m.accepted, name)
	}
	draft, err := m.draftAndProve(ctx, x, append(slices.Clone(x.pins), list...))
	if err == nil {
		x.draft = draft
		m.afters[x.dir] = m.proving
		m.done[x.dir] = slices.Clone(x.shared)
		for _, c := range list {
			m.done[x.dir] = append(m.done[x.dir], c.intents...)
		}
	}
	maps.Copy(m.accepted, x.draft)
	return err
}

// prepare finds each change's object and field in the build, and parts the
// changes that Git holds already from those to make.
func (c *candidate) prepare(before objects) {
	var todo []*intent
	for _, i := range c.intents {
		done, err := i.prepare(before)
		if err != nil {
			c.err = err
			return
		}
		if done {
			c.already = append(c.already, i)
		} else {
			todo = append(todo, i)
		}
	}
	c.intents = todo
}

func (i *intent) prepare(before objects) (already bool, err error) {
	if i.inline != nil {
		return i.prepareInline(before)
	}
	o := i.change.Object
	var there bool
	if i.key, there = before.find(o); !there {
		return false, fmt.Errorf("%s builds no %s %s/%s; another source may set its name or namespace", i.owner.dir, o.Kind, o.Namespace, o.Name)
	}
	s, err := locate(before[i.key], i.change.Path)
	if err != nil {
		return false, fmt.Errorf("%s in Git: %w", i.key, err)
	}
	if field, name, _ := selector(s.lost); field == "name" && mergedByName(i.change.Path, s.lost) {
		return false, fmt.Errorf("%s has no container %q in Git: a webhook adds it, or it came to the cluster by hand", i.key, name)
	}
	i.git = text(s.value)
	if strings.Contains(i.git, "${") {
		return false, fmt.Errorf("%s is %s in Git, a variable of postBuild; set it where the variable is set", i.change.Field(), brief(i.git))
	}
	switch s.value.(type) {
	case map[string]any, []any:
		return false, fmt.Errorf("%s of %s is no plain value in Git", i.change.Field(), i.key)
	}
	if s.found == (i.change.After != "") && same(i.change.Path, i.git, i.change.After) {
		return true, nil
	}
	i.want = typed(i.change.After, s.value, i.change.Path)
	if i.exact != nil {
		i.want = i.exact
	}
	i.value = i.want
	switch {
	case s.found && !same(i.change.Path, i.git, i.change.Before):
		i.note = joinNotes(fmt.Sprintf("Git has %s where the cluster had %s", i.git, orNothing(i.change.Before)), i.note)
	case !s.found && i.change.Before != "":
		i.note = joinNotes(fmt.Sprintf("Git does not set it; the cluster had %s, from a default or a webhook", i.change.Before), i.note)
	}
	return false, nil
}

func orNothing(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}

// integers and booleans are fields whose type can't be seen from a value in Git
// where there is none: the ones of pods and controllers that findings may set.
var (
	integers = []string{"replicas", "minReplicas", "maxReplicas", "terminationGracePeriodSeconds", "tolerationSeconds", "weight", "maxSkew", "requeueAfterSeconds"}
	booleans = []string{"suspend", "wait", "prune", "force"}
)

// typed is after in the type of the value that Git has, or of its field; nil
// where after is empty.
func typed(after string, git any, path []string) any {
	if after == "" {
		return nil
	}
	last := path[len(path)-1]
	spec := path[0] == "spec"
	switch git.(type) {
	case string:
		return after
	case int, int64, float64:
		spec = true
		last = "replicas"
	case bool:
		spec, last = true, "suspend"
	}
	if n, err := strconv.ParseInt(after, 10, 64); err == nil && spec && slices.Contains(integers, last) {
		return n
	}
	if b, err := strconv.ParseBool(after); err == nil && spec && slices.Contains(booleans, last) {
		return b
	}
	return after
}

func (m *maker) draftAndProve(ctx context.Context, x *step, list []*candidate) (map[string][]byte, error) {
	before, err := m.before(ctx, x.dir)
	if err != nil {
		return nil, fmt.Errorf("what a change of its base does there can't be proved: %w", err)
	}
	draft := map[string][]byte{}
	intents := slices.Clone(x.shared)
	if len(list) > 0 {
		if draft, err = m.draft(ctx, x.dir, before, list); err != nil {
			return nil, err
		}
		for _, c := range list {
			intents = append(intents, c.intents...)
		}
	}
	return draft, m.prove(ctx, x.dir, before.objects, draft, intents)
}
