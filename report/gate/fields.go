package gate

import (
	"fmt"
	"reflect"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/tuppence-dev/tuppence/recommend"
)

// field is a place in an object at which two builds of it differ; before or after
// is nil where it isn't there.
type field struct {
	path          []string // with "[name=app]" for elements of lists that have names of their own
	before, after any
}

func (f field) String() string {
	return recommend.Change{Path: f.path}.Field()
}

// differences appends the fields on which before and after differ, the deepest
// there are. An empty map or list that comes or goes is one too.
func differences(path []string, before, after any, out []field) []field {
	if reflect.DeepEqual(before, after) {
		return out
	}
	bm, bIsMap := before.(map[string]any)
	am, aIsMap := after.(map[string]any)
	if (bIsMap || before == nil) && (aIsMap || after == nil) && len(bm)+len(am) > 0 {
		for _, name := range keysOf(bm, am) {
			out = differences(step(path, name), bm[name], am[name], out)
		}
		return out
	}
	bl, bIsList := before.([]any)
	al, aIsList := after.([]any)
	if (bIsList || before == nil) && (aIsList || after == nil) && len(bl)+len(al) > 0 {
		return elements(path, bl, al, out)
	}
	if number(before) && number(after) && text(before) == text(after) {
		return out // 2 as an int and as a float64
	}
	return append(out, field{path, before, after})
}

// elements compares two lists: by name where all elements of both have one of
// their own, else by place.
func elements(path []string, before, after []any, out []field) []field {
	b, a := named(before), named(after)
	if b == nil || a == nil {
		for i := range max(len(before), len(after)) {
			out = differences(step(path, fmt.Sprintf("[%d]", i)), item(before, i), item(after, i), out)
		}
		return out
	}
	last := -1
	for i, e := range after {
		name := nameOf(e)
		j, ok := b[name]
		if !ok {
			out = differences(step(path, "[name="+name+"]"), nil, after[i], out)
			continue
		}
		if j < last { // the order counts for init containers
			out = append(out, field{step(path, "[name="+name+"]"), before, after})
		}
		last = max(last, j)
	}
	for j, e := range before {
		name := nameOf(e)
		i, ok := a[name]
		if !ok {
			i = -1
		}
		out = differences(step(path, "[name="+name+"]"), before[j], item(after, i), out)
	}
	return out
}

// named is where each element of list is by its name, nil where one has none or
// shares it.
func named(list []any) map[string]int {
	names := make(map[string]int, len(list))
	for i, e := range list {
		name := nameOf(e)
		if _, shared := names[name]; shared || name == "" {
			return nil
		}
		names[name] = i
	}
	return names
}

// nameOf is the element's name, empty where it has none.
func nameOf(e any) string {
	m, _ := e.(map[string]any)
	name, _ := m["name"].(string)
	return name
}

func item(list []any, i int) any {
	if i < 0 || i >= len(list) {
		return nil
	}
	return list[i]
}

// step is path with one more step, in memory of its own.
func step(path []string, next string) []string {
	return append(slices.Clone(path), next)
}

func keysOf(a, b map[string]any) []string {
	keys := make([]string, 0, len(a)+len(b))
	for k := range a {
		keys = append(keys, k)
	}
	for k := range b {
		if _, ok := a[k]; !ok {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	return keys
}

func number(v any) bool {
	switch v.(type) {
	case int, int64, float64:
		return true
	}
	return false
}

func plain(v any) bool {
	switch v.(type) {
	case map[string]any, []any:
		return false
	}
	return true
}

// same reports whether two values of the field at path mean one thing:
// quantities by amount ("1" is "1000m"), durations by length ("60m" is "1h").
func same(path []string, a, b string) bool {
	if a == b {
		return true
	}
	if slices.Contains(path, "resources") {
		qa, errA := resource.ParseQuantity(a)
		qb, errB := resource.ParseQuantity(b)
		return errA == nil && errB == nil && qa.Cmp(qb) == 0
	}
	da, errA := time.ParseDuration(a)
	db, errB := time.ParseDuration(b)
	return errA == nil && errB == nil && da == db
}
