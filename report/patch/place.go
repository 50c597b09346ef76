package patch

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// overlay places the candidates of one folder: all of them at once, and where
// that doesn't prove, one after another, so that each failure finds its culprit.
// So a folder is built twice when all is well. It errs only when ctx ends.
func (m *maker) overlay(ctx context.Context, dir string, list []*candidate) error {
	before, err := m.build(ctx, dir, m.accepted)
	if ctx.Err() != nil {
		return fmt.Errorf("build %s: %w", dir, ctx.Err())
	}
	if err != nil {
		for _, c := range list {
			c.err = err
		}
		return nil
	}
	for _, c := range list {
		c.prepare(before)
	}
	m.agree(dir, list)
	list = slices.DeleteFunc(list, func(c *candidate) bool { return c.err != nil || len(c.intents) == 0 })
	if len(list) == 0 {
		return nil
	}
	draft, err := m.draftAndProve(ctx, dir, before, list)
	if err == nil {
		m.accept(draft)
		return nil
	}
	bundles := bundle(list)
	if len(bundles) == 1 {
		return m.fail(ctx, bundles[0], err)
	}
	var kept []*candidate
	for _, b := range bundles {
		next, err := m.draftAndProve(ctx, dir, before, append(slices.Clone(kept), b...))
		if err != nil {
			if err := m.fail(ctx, b, err); err != nil {
				return err
			}
			continue
		}
		kept, draft = append(kept, b...), next
	}
	if len(kept) > 0 {
		m.accept(draft)
	}
	return nil
}

func (m *maker) fail(ctx context.Context, list []*candidate, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("prove the patches: %w", ctx.Err())
	}
	for _, c := range list {
		c.err = err
	}
	return nil
}

func (m *maker) accept(draft map[string][]byte) {
	maps.Copy(m.accepted, draft)
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
	i.value = typed(i.change.After, s.value, i.change.Path)
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
	integers = []string{"replicas", "minReplicas", "maxReplicas", "terminationGracePeriodSeconds", "tolerationSeconds", "weight", "maxSkew"}
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

func (m *maker) draftAndProve(ctx context.Context, dir string, before objects, list []*candidate) (map[string][]byte, error) {
	draft, err := m.draft(ctx, dir, before, list)
	if err != nil {
		return nil, err
	}
	return draft, m.prove(ctx, dir, before, draft, list)
}
