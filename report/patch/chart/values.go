package chart

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"helm.sh/helm/v4/pkg/chart/v2/loader"
)

// Bounds on values: layers given to Merge, bytes of each, and the nodes of all and
// their depth, which are bounds on what is rendered too.
const (
	maxLayers  = 100
	maxLayer   = 4 << 20
	maxNodes   = 500_000
	maxNesting = 1000
)

// Layers are value files and inline values merged.
type Layers struct {
	layers []map[string]any
	merged map[string]any
}

// Merge merges values, each YAML, as Helm does: maps merge, all else is replaced by
// what comes later, and a null stays, to remove the chart's own value. An error
// names the layer by its number from 1.
func Merge(layers ...[]byte) (*Layers, error) {
	if len(layers) > maxLayers {
		return nil, fmt.Errorf("there are %d value files; up to %d are merged", len(layers), maxLayers)
	}
	out := &Layers{merged: map[string]any{}}
	for i, data := range layers {
		if len(data) > maxLayer {
			return nil, fmt.Errorf("value file %d is larger than %d MiB", i+1, maxLayer>>20)
		}
		values, err := loadValues(data)
		if err != nil {
			return nil, fmt.Errorf("value file %d is no map in YAML, or its aliases expand without measure", i+1) // the parser's own words may hold values
		}
		out.layers = append(out.layers, values)
		out.merged = loader.MergeMaps(out.merged, values)
	}
	return out, nil
}

// loadValues is Helm's reader. The YAML library below it refuses documents that
// are mostly expanded aliases.
func loadValues(data []byte) (values map[string]any, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errors.New("panic in Helm's reader")
		}
	}()
	return loader.LoadValues(bytes.NewReader(data))
}

// Values are the layers merged, a copy.
func (l *Layers) Values() map[string]any { return cloneMap(l.merged) }

// Layer returns the index of the layer that decides the path: the last that sets it,
// or that replaces something above it by a list, a plain value or null. It is -1
// where none does, and any may set it.
func (l *Layers) Layer(path []string) int {
	for i, values := range slices.Backward(l.layers) {
		if decides(values, path) {
			return i
		}
	}
	return -1
}

func decides(values map[string]any, path []string) bool {
	var at any = values
	for _, step := range path {
		if _, isMap := at.(map[string]any); !isMap {
			return true
		}
		var ok bool
		if at, ok = childOf(at, step); !ok {
			return false
		}
	}
	return true
}

// childOf is what the step leads to from at: a key, or "[name=x]" the element of a
// list. Two elements of one name lead nowhere.
func childOf(at any, step string) (any, bool) {
	switch v := at.(type) {
	case map[string]any:
		child, ok := v[step]
		return child, ok
	case []any:
		if i := element(v, step); i >= 0 {
			return v[i], true
		}
	}
	return nil, false
}

// element is the index of the one element that the step "[name=x]" selects, or -1.
func element(list []any, step string) int {
	key, want, ok := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(step, "["), "]"), "=")
	index := -1
	for i, item := range list {
		if m, isMap := item.(map[string]any); ok && isMap && text(m[key]) == want {
			if index >= 0 {
				return -1
			}
			index = i
		}
	}
	return index
}

// lookUp follows a path.
func lookUp(values map[string]any, path []string) (any, bool) {
	var at any = values
	for _, step := range path {
		var ok bool
		if at, ok = childOf(at, step); !ok {
			return nil, false
		}
	}
	return at, true
}

// with returns a copy of values with the path set. Maps on the way that are
// missing are made; lists on the way must be there. It fails where the path leads
// through a plain value.
func with(values map[string]any, path []string, value any) (map[string]any, bool) {
	out := maps.Clone(values)
	if out == nil {
		out = map[string]any{}
	}
	set, ok := setIn(out[path[0]], path[1:], value)
	out[path[0]] = set
	return out, ok
}

func setIn(at any, path []string, value any) (any, bool) {
	if len(path) == 0 {
		return value, true
	}
	switch v := at.(type) {
	case nil:
		return setIn(map[string]any{}, path, value)
	case map[string]any:
		return with(v, path, value)
	case []any:
		i := element(v, path[0])
		if i < 0 {
			return nil, false
		}
		out := slices.Clone(v)
		set, ok := setIn(v[i], path[1:], value)
		out[i] = set
		return out, ok
	}
	return nil, false
}

func cloneMap(m map[string]any) map[string]any { return cloneAny(m).(map[string]any) }

func cloneAny(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, item := range v {
			out[k] = cloneAny(item)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = cloneAny(item)
		}
		return out
	}
	return v
}

// bounded refuses values too large, and texts that Helm's tpl would run without
// end: it counts how often templates include each other, but not how often a text
// runs itself.
func (c *Chart) bounded(values map[string]any) error {
	nodes := 0
	for _, v := range append([]map[string]any{values}, c.defaults()...) {
		switch {
		case !countable(v, &nodes, 0):
			return errors.New("its values are too many or too deep")
		case runsItself(v):
			return errors.New("a value is a template that runs tpl or template itself, which has no end that can be told")
		}
	}
	return nil
}

// countable adds the maps, lists and plain values of v to nodes, and tells whether
// they are within the bounds.
func countable(v any, nodes *int, depth int) bool {
	if *nodes++; *nodes > maxNodes || depth > maxNesting {
		return false
	}
	switch v := v.(type) {
	case map[string]any:
		for _, item := range v {
			if !countable(item, nodes, depth+1) {
				return false
			}
		}
	case []any:
		for _, item := range v {
			if !countable(item, nodes, depth+1) {
				return false
			}
		}
	}
	return true
}

func runsItself(v any) bool {
	switch v := v.(type) {
	case map[string]any:
		for _, item := range v {
			if runsItself(item) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, runsItself)
	case string:
		return selfRunning.MatchString(v)
	}
	return false
}
