package chart

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Field is one field of one rendered object. Path leads to it from the object's
// root; a step "[name=app]" selects the element of a list. An object that the chart
// gives no namespace is in the release's.
type Field struct {
	APIVersion, Kind, Namespace, Name string
	Path                              []string
}

func (f Field) String() string {
	return dotted(f.Path) + " of " + f.Kind + " " + f.Namespace + "/" + f.Name
}

// dotted is a path as people write it.
func dotted(path []string) string {
	return strings.ReplaceAll(strings.Join(path, "."), ".[", "[")
}

// tail is the path below the last selected element, without what leads to a pod:
// resources.requests.cpu. head is what stands before it.
func (f Field) tail() (head, tail []string) {
	n := 0
	for i, step := range f.Path {
		if strings.HasPrefix(step, "[") || step == "spec" {
			n = i + 1
		}
	}
	n = min(n, len(f.Path)-1)
	return f.Path[:n], f.Path[n:]
}

// leaf is a place in a rendering: an object and a JSON pointer (RFC 6901) in it.
type leaf struct {
	object  string // kind namespace/name, with #2 for a second of one name
	pointer string
}

func (l leaf) String() string {
	return l.object + " " + strings.ReplaceAll(strings.TrimPrefix(l.pointer, "/"), "/", ".")
}

// rendering is what a chart renders, by places. Empty maps and lists are leaves too;
// a null is not there.
type rendering struct {
	objects []object
	names   []string // of objects, as leaf has them
	leaves  map[leaf]any
}

func newRendering(objects []object, namespace string) *rendering {
	r := &rendering{objects: objects, leaves: map[leaf]any{}}
	seen := map[string]int{}
	for _, o := range objects {
		name := text(o.data["kind"]) + " " + objectNamespace(o, namespace) + "/" + text(metadata(o)["name"])
		if seen[name]++; seen[name] > 1 {
			name += " #" + strconv.Itoa(seen[name])
		}
		r.names = append(r.names, name)
		r.add(leaf{name, ""}, o.data)
	}
	return r
}

func metadata(o object) map[string]any {
	m, _ := o.data["metadata"].(map[string]any)
	return m
}

func objectNamespace(o object, namespace string) string {
	return cmp.Or(text(metadata(o)["namespace"]), namespace)
}

func (r *rendering) add(at leaf, v any) {
	switch v := v.(type) {
	case nil:
		return
	case map[string]any:
		for k, item := range v {
			r.add(leaf{at.object, at.pointer + "/" + escape(k)}, item)
		}
		if len(v) > 0 {
			return
		}
	case []any:
		for i, item := range v {
			r.add(leaf{at.object, at.pointer + "/" + strconv.Itoa(i)}, item)
		}
		if len(v) > 0 {
			return
		}
	}
	r.leaves[at] = v
}

var escaper = strings.NewReplacer("~", "~0", "/", "~1")

func escape(step string) string { return escaper.Replace(step) }

// locate returns where f is, or would be, the index of its object, and its value
// now: nil where it is not set.
func (r *rendering) locate(f Field, namespace string) (at leaf, index int, value any, err error) {
	index = slices.IndexFunc(r.objects, func(o object) bool {
		return text(o.data["kind"]) == f.Kind && text(metadata(o)["name"]) == f.Name &&
			objectNamespace(o, namespace) == cmp.Or(f.Namespace, namespace) && group(text(o.data["apiVersion"])) == group(f.APIVersion)
	})
	if index < 0 {
		return leaf{}, -1, nil, fmt.Errorf("renders no %s %s/%s with these values", f.Kind, f.Namespace, f.Name)
	}
	var b strings.Builder
	value = r.objects[index].data
	for _, step := range f.Path {
		if !strings.HasPrefix(step, "[") {
			m, isMap := value.(map[string]any)
			if value != nil && !isMap {
				return leaf{}, -1, nil, fmt.Errorf("has no map at %q of %s", step, f)
			}
			value = m[step]
			b.WriteString("/" + escape(step))
			continue
		}
		if strings.HasPrefix(step, "[-") {
			return leaf{}, -1, nil, fmt.Errorf("renders a list of words for %s, and values are looked for of plain fields alone", f)
		}
		list, _ := value.([]any)
		i := element(list, step)
		if i < 0 {
			return leaf{}, -1, nil, fmt.Errorf("renders no one element %s for %s", step, f)
		}
		value = list[i]
		b.WriteString("/" + strconv.Itoa(i))
	}
	return leaf{r.names[index], b.String()}, index, value, nil
}

func group(apiVersion string) string {
	g, _, found := strings.Cut(apiVersion, "/")
	if !found {
		return ""
	}
	return g
}

// differ lists the places where two renderings differ, in order.
func differ(before, after *rendering) []leaf {
	var out []leaf
	for at, b := range before.leaves {
		if a, ok := after.leaves[at]; !ok || !same(a, b) {
			out = append(out, at)
		}
	}
	for at := range after.leaves {
		if _, ok := before.leaves[at]; !ok {
			out = append(out, at)
		}
	}
	slices.SortFunc(out, func(a, b leaf) int {
		return cmp.Or(cmp.Compare(a.object, b.object), cmp.Compare(a.pointer, b.pointer))
	})
	return out
}

// same compares leaves: plain values, and maps and lists that are empty.
func same(a, b any) bool {
	if hollow(a) || hollow(b) {
		return hollow(a) && hollow(b)
	}
	return a == b
}

// hollow tells whether v is an empty map or list.
func hollow(v any) bool {
	switch v.(type) {
	case map[string]any, []any:
		return true // leaves hold no others
	}
	return false
}

// text is a plain value as people write it; "" for nil, maps and lists.
func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case bool, int64:
		return fmt.Sprint(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return ""
}

func sortedKeys(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }
