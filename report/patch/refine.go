package patch

import (
	"context"
	"fmt"
	"slices"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
)

// refine looks at what stands in Git around each candidate's objects: an annotation
// that keeps changes away, a variable that the value comes from, a patch that would
// be put on after the one to make. Where a change goes to another object then, it looks
// around that too. What can't be built is left to plan, which says so. It errs only
// when ctx ends.
func (m *maker) refine(ctx context.Context, all []*candidate) error {
	for _, c := range all {
		if c.err != nil {
			continue
		}
		was := c.intents
		err := m.look(ctx, c, ignoredInGit, m.overridden, m.viaVariables, m.viaValues)
		if err == nil && !slices.Equal(was, c.intents) {
			err = m.look(ctx, c, ignoredInGit, m.overridden)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// look takes the steps with what c's folder builds, up to the first that refuses c.
func (m *maker) look(ctx context.Context, c *candidate, steps ...func(context.Context, *candidate, *rendering) error) error {
	built, err := m.before(ctx, c.dir)
	if ctx.Err() != nil {
		return fmt.Errorf("build %s: %w", c.dir, ctx.Err())
	}
	if err != nil {
		return nil //nolint:nilerr // plan says so
	}
	for _, step := range steps {
		if c.err == nil {
			c.err = step(ctx, c, built)
		}
	}
	if ctx.Err() != nil {
		return fmt.Errorf("build what applies %s: %w", c.dir, ctx.Err())
	}
	return nil
}

// ignoredInGit errs where an object that c changes in Git, or its namespace or that of
// what it is for, says there that it is to be left alone, whether or not the cluster has
// got that yet, or is encrypted.
func ignoredInGit(_ context.Context, c *candidate, built *rendering) error {
	for _, i := range c.intents {
		k, ok := built.find(i.change.Object)
		if !ok {
			continue
		}
		if built.objects[k]["sops"] != nil {
			return fmt.Errorf("%s in Git: %w", k, errEncrypted)
		}
		for _, at := range []key{k, {kind: "Namespace", name: i.change.Object.Namespace}, {kind: "Namespace", name: i.changes()[0].Object.Namespace}} {
			if collector.Ignores(collector.IgnoreOf(annotationsOf(built.objects[at])), c.finding.Recommender) {
				return fmt.Errorf("%s has the annotation %s in Git", at, collector.IgnoreAnnotation)
			}
		}
	}
	return nil
}

func annotationsOf(obj map[string]any) map[string]string {
	metadata, _ := obj["metadata"].(map[string]any)
	list, _ := metadata["annotations"].(map[string]any)
	out := map[string]string{}
	for name, value := range list {
		out[name] = text(value)
	}
	return out
}

// standing is the object of a builder itself, where it stands in Git.
type standing struct {
	object recommend.Object
	owner  *builder // what applies it
	built  map[string]any
}

// standing finds b's own object, or says why it is not known.
func (m *maker) standing(ctx context.Context, b *builder) (*standing, error) {
	s := &standing{object: b.object()}
	r := m.owners.reconcilers[s.object]
	if r == nil {
		return nil, fmt.Errorf("%s was not read from the cluster", b)
	}
	s.object.APIVersion = r.APIVersion
	var err error
	if s.owner, err = m.owners.find(s.object); err != nil {
		return nil, fmt.Errorf("%s has no folder here: %w", b, err)
	}
	built, err := m.before(ctx, s.owner.dir)
	if err != nil {
		return nil, err
	}
	k, ok := built.find(s.object)
	if !ok {
		return nil, fmt.Errorf("%s builds no %s %s/%s", s.owner.dir, b.kind, b.namespace, b.name)
	}
	s.built = built.objects[k]
	return s, nil
}
