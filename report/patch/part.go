package patch

import "slices"

// part is what goes to one patch file: the intents on one object in one form.
type part struct {
	key     key
	ops     bool
	ids     []string
	intents []*intent
}

// split groups the candidates' intents by object and form, in order of objects,
// strategic merges first: kustomize applies patches in the order listed.
func split(list []*candidate, built objects) []*part {
	var parts []*part
	for _, c := range list {
		for _, i := range c.intents {
			ops := i.inline != nil || needsOps(i.key, i.change.Path, built[i.key])
			at := slices.IndexFunc(parts, func(p *part) bool { return p.key == i.key && p.ops == ops })
			if at < 0 {
				at = len(parts)
				parts = append(parts, &part{key: i.key, ops: ops})
			}
			parts[at].ids = append(parts[at].ids, c.ids...)
			parts[at].intents = append(parts[at].intents, i)
		}
	}
	slices.SortStableFunc(parts, func(a, b *part) int {
		if c := compareKeys(a.key, b.key); c != 0 {
			return c
		}
		switch {
		case a.ops == b.ops:
			return 0
		case b.ops:
			return -1
		}
		return 1
	})
	return parts
}

// builtIn are the groups whose lists kustomize merges by its own schema.
var builtIn = []string{"", "apps", "batch"}

// needsOps tells whether a change of obj needs JSON 6902 operations: where its path
// goes through a list that a strategic merge would replace as a whole. That is any
// list of a custom resource (a Rollout's containers), since kustomize has no
// schema of it, and of the built-in kinds all but the containers here: the words of
// their args too.
func needsOps(k key, path []string, obj map[string]any) bool {
	for _, step := range path {
		if _, _, ok := selector(step); ok && (!slices.Contains(builtIn, k.group) || !mergedByName(path, step)) {
			return true
		}
	}
	s, _ := locate(obj, path)
	for n, at := range s.steps {
		_, inList := at.(int)
		if _, _, named := selector(path[n]); inList && !named {
			return true
		}
	}
	return false
}

// mergedByName tells whether step selects a container of a pod template by name.
func mergedByName(path []string, step string) bool {
	at := slices.Index(path, step)
	field, _, ok := selector(step)
	return ok && field == "name" && at > 0 && (path[at-1] == "containers" || path[at-1] == "initContainers")
}
