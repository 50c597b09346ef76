package patch

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/fluxcd/pkg/kustomize"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/kustomize/api/provider"

	"github.com/tuppence-dev/tuppence/recommend"
)

// A Kustomization may put values in the place of ${VAR} in what it builds.
// https://fluxcd.io/flux/components/kustomize/kustomizations/#post-build-variable-substitution

// wholeVariable is a value that is one variable, perhaps with a default.
var wholeVariable = regexp.MustCompile(`^\$\{([_A-Za-z][_A-Za-z0-9]*)(?::?[=-][^${}]*)?\}$`)

// substituted is where variables stand in a Kustomization.
var substituted = []string{"spec", "postBuild", "substitute"}

// viaVariables makes the changes of fields that are variables in Git where the
// Kustomization sets the variable, or errs with the reason why they can't be. All
// changes of a finding must then belong to one folder.
func (m *maker) viaVariables(ctx context.Context, c *candidate, built *rendering) error {
	by := map[string][]*intent{}
	var kept []*intent
	for _, i := range c.intents {
		k, ok := built.find(i.change.Object)
		s, err := locate(built.objects[k], i.change.Path)
		if i.inline != nil || !ok || err != nil || !strings.Contains(text(s.value), "${") || i.owner.kind != "Kustomization" {
			kept = append(kept, i)
			continue
		}
		value := text(s.value)
		name := wholeVariable.FindStringSubmatch(value)
		if name == nil {
			return fmt.Errorf("%s is %s in Git, of which a variable of postBuild is a part; set it by hand", i.change.Field(), brief(value))
		}
		i.key, i.git = k, value
		by[name[1]] = append(by[name[1]], i)
	}
	for _, name := range sortedNames(by) {
		i, err := m.variable(ctx, name, by[name], built.objects)
		if err != nil {
			first := by[name][0]
			return fmt.Errorf("%s is %s in Git, a variable of postBuild: %w", first.change.Field(), brief(first.git), err)
		}
		kept = append(kept, i)
	}
	for _, i := range kept {
		if i.owner.dir != kept[0].owner.dir {
			return fmt.Errorf("its changes belong to two folders, %s and %s, since some are variables of postBuild, and a finding is placed in one", kept[0].owner.dir, i.owner.dir)
		}
	}
	if len(by) > 0 {
		c.dir, c.intents = kept[0].owner.dir, kept
	}
	return nil
}

// variable is the intent that sets the variable to what all of the list ask for.
func (m *maker) variable(ctx context.Context, name string, list []*intent, built objects) (*intent, error) {
	first := list[0]
	s, err := m.standing(ctx, first.owner)
	if err != nil {
		return nil, fmt.Errorf("set it where the variable is set; %w", err)
	}
	path := append(slices.Clone(substituted), name)
	at, err := locate(s.built, path)
	if err != nil {
		return nil, err
	}
	value, plain := at.value.(string)
	if !plain {
		return nil, notSet(s, name)
	}
	change := &recommend.Change{Object: s.object, Path: path, Before: value, After: first.change.After}
	i := &intent{change: change, owner: s.owner, note: joinNotes(first.note, s.owner.note)}
	used := map[string]bool{}
	for _, one := range list {
		if one.change.After == "" || one.change.After != change.After {
			return nil, errors.New("the finding's changes want different values of it, or none")
		}
		at, err := locate(built[one.key], one.change.Path)
		if err != nil {
			return nil, err
		}
		used[one.key.String()+" "+pointer(at.steps)] = true
		if i.fulfils = append(i.fulfils, one.change); !same(one.change.Path, value, one.change.Before) {
			change.Before = one.change.Before
		}
	}
	if same(first.change.Path, value, change.After) { // in another notation
		change.After = value
	}
	if other := elsewhere(built, name, used); other != "" {
		return nil, fmt.Errorf("%s stands in %s too, which would change along", name, other)
	}
	if err := substitutes(ctx, s.built, name, list, built); err != nil {
		return nil, err
	}
	i.shown, err = showing(list, built)
	return i, err
}

// showing are the objects of the list as they are with the variables' values before
// and after.
func showing(list []*intent, built objects) ([]Rendered, error) {
	by := map[key]*Rendered{}
	var order []key
	for _, one := range list {
		r := by[one.key]
		if r == nil {
			r = &Rendered{clone(built[one.key]).(map[string]any), clone(built[one.key]).(map[string]any)}
			by[one.key] = r
			order = append(order, one.key)
		}
		at, err := locate(r.Before, one.change.Path)
		if err != nil {
			return nil, err
		}
		if err := errors.Join(assign(r.Before, at.steps, at.written(one.change.Before)), assign(r.After, at.steps, at.written(one.change.After))); err != nil {
			return nil, err
		}
	}
	var out []Rendered
	for _, k := range order {
		out = append(out, *by[k])
	}
	return out, nil
}

// notSet says where a variable comes from that the Kustomization does not set itself.
func notSet(s *standing, name string) error {
	from, _ := locate(s.built, []string{"spec", "postBuild", "substituteFrom"})
	list, _ := from.value.([]any)
	var sources []string
	for _, item := range list {
		if m, ok := item.(map[string]any); ok {
			sources = append(sources, text(m["kind"])+" "+text(m["name"]))
		}
	}
	if len(sources) > 0 {
		return fmt.Errorf("%s does not set %s itself, which may come from %s", s.object, name, brief(strings.Join(sources, ", ")))
	}
	return fmt.Errorf("%s does not set %s, so its default holds; set it there", s.object, name)
}

// elsewhere is the first place of the build, other than those used, where the
// variable stands.
func elsewhere(built objects, name string, used map[string]bool) string {
	stands := regexp.MustCompile(`\$\{[^A-Za-z0-9_}]*` + name + `(?:[^A-Za-z0-9_]|$)`)
	var find func(v any, at string) string
	find = func(v any, at string) string {
		switch v := v.(type) {
		case map[string]any:
			for _, field := range sortedKeys(v) {
				if stands.MatchString(field) {
					return at
				}
				if found := find(v[field], at+"/"+escape(field)); found != "" {
					return found
				}
			}
		case []any:
			for n, item := range v {
				if found := find(item, at+"/"+strconv.Itoa(n)); found != "" {
					return found
				}
			}
		case string:
			if stands.MatchString(v) && !used[at] {
				return at
			}
		}
		return ""
	}
	for _, k := range built.keys() {
		if found := find(built[k], k.String()+" "); found != "" {
			return found
		}
	}
	return ""
}

// substitutes errs unless Flux, with the variable at its new value, gives each field
// the value that its change asks for.
func substitutes(ctx context.Context, kustomization map[string]any, name string, list []*intent, built objects) error {
	with := clone(kustomization).(map[string]any)
	after := objects{}
	for _, i := range list {
		if err := assign(with, anySteps(append(slices.Clone(substituted), name)), i.change.After); err != nil {
			return err
		}
		i.value = i.change.After
		schema.Lock()
		res, err := provider.NewDefaultDepProvider().GetResourceFactory().FromMap(clone(built[i.key]).(map[string]any))
		if err == nil {
			res, err = kustomize.SubstituteVariables(ctx, nil, unstructured.Unstructured{Object: with}, res, kustomize.SubstituteWithDryRun(true))
		}
		schema.Unlock()
		if err != nil {
			return fmt.Errorf("its substitution fails: %s", brief(err.Error()))
		}
		if res == nil {
			return fmt.Errorf("%s is kept out of substitution", i.key)
		}
		if after[i.key], err = res.Map(); err != nil {
			return err
		}
	}
	return reached(after, list)
}
