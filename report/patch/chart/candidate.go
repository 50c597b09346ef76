package chart

import (
	"cmp"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"helm.sh/helm/v4/pkg/chart/common/util"
	helm "helm.sh/helm/v4/pkg/chart/v2"
	chartutil "helm.sh/helm/v4/pkg/chart/v2/util"
)

// maxPaths bounds the paths of values that are considered.
const maxPaths = 50_000

// known is a path of the values that the chart or its user mentions.
type known struct {
	path []string
	kind kind
}

// kind is what a path of the values holds.
type kind int

const (
	unset kind = iota // nothing, or a null
	table             // a map
	plainValue
)

// catalogue gathers the paths that values, defaults, schemas and templates
// mention, in order and each once.
type catalogue struct {
	paths  []known
	seen   map[string]bool
	merged map[string]any // the chart's own values with the user's over them
}

// selfRunning is a value that runs tpl; .Values.x is how templates name values.
var (
	selfRunning = regexp.MustCompile(`\{\{[^}]*\btpl\b`)
	mention     = regexp.MustCompile(`\.Values((?:\.[A-Za-z_]\w*)+)`)
)

func (c *Chart) catalogue(values map[string]any) *catalogue {
	out := &catalogue{seen: map[string]bool{}}
	ch := clone(c.helm)
	if err := chartutil.ProcessDependencies(ch, values); err != nil {
		return out // rendering has passed the same, so this is not reached
	}
	merged, err := util.CoalesceValues(ch, values)
	if err != nil {
		return out
	}
	out.merged = merged
	out.walk(nil, map[string]any(merged))
	out.chart(nil, ch)
	return out
}

// chart adds what a chart and its subcharts mention beyond the values that are set.
func (k *catalogue) chart(prefix []string, c *helm.Chart) {
	k.walk(prefix, c.Values) // nulls, which merging drops, included
	var schema map[string]any
	if json.Unmarshal(c.Schema, &schema) == nil {
		k.schema(prefix, schema, schema, 0)
	}
	for _, t := range c.Templates {
		for _, m := range mention.FindAllSubmatch(t.Data, -1) {
			k.add(append(slices.Clone(prefix), strings.Split(string(m[1][1:]), ".")...), unset)
		}
	}
	for _, sub := range c.Dependencies() {
		k.chart(append(slices.Clone(prefix), sub.Name()), sub)
	}
}

func (k *catalogue) add(path []string, holds kind) {
	key := strings.Join(path, "\x00")
	// A subchart's copy of the globals is not where people set them.
	if len(k.paths) >= maxPaths || k.seen[key] || len(path) > 1 && slices.Contains(path[1:], "global") {
		return
	}
	k.seen[key] = true
	k.paths = append(k.paths, known{slices.Clone(path), holds})
}

// walk adds the paths of v. Elements of lists count where each has a name of its own.
func (k *catalogue) walk(path []string, v any) {
	path = slices.Clip(path)
	switch v := v.(type) {
	case map[string]any:
		if len(path) > 0 {
			k.add(path, table)
		}
		for _, key := range sortedKeys(v) {
			k.walk(append(path, key), v[key])
		}
	case []any:
		for _, item := range v {
			m, _ := item.(map[string]any)
			if step := "[name=" + text(m["name"]) + "]"; text(m["name"]) != "" && element(v, step) >= 0 {
				k.walk(append(path, step), m)
			}
		}
	case nil:
		k.add(path, unset)
	default:
		k.add(path, plainValue)
	}
}

// schema adds the properties that a schema names.
func (k *catalogue) schema(path []string, root, at map[string]any, depth int) {
	if depth > 20 || len(k.paths) >= maxPaths {
		return
	}
	if ref, ok := at["$ref"].(string); ok {
		var to any = root
		for step := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
			to, _ = childOf(to, step)
		}
		if m, ok := to.(map[string]any); ok {
			k.schema(path, root, m, depth+1)
		}
	}
	properties, _ := at["properties"].(map[string]any)
	for _, name := range sortedKeys(properties) {
		below := append(slices.Clone(path), name)
		k.add(below, unset)
		if m, ok := properties[name].(map[string]any); ok {
			k.schema(below, root, m, depth+1)
		}
	}
}

// candidate is a path of the values that may set a field: base, which stands for
// the first steps of the field's tail, and the rest of the tail. For app.resources
// and the tail resources.requests.cpu, from is 1 and path app.resources.requests.cpu.
type candidate struct {
	base []string
	from int
	path []string
}

// candidates are the paths that may set f, likeliest first: those whose names are
// near the container's, the object's and the field's, then the shorter.
func (k *catalogue) candidates(f Field) []candidate {
	_, tail := f.tail()
	var out []candidate
	seen := map[string]bool{}
	add := func(c candidate) {
		if key := strings.Join(c.path, "\x00"); !seen[key] {
			seen[key] = true
			out = append(out, c)
		}
	}
	for _, p := range k.paths {
		if p.kind != table && fits(p.path, tail) {
			add(candidate{base: p.path, from: len(tail), path: p.path})
		}
		if p.kind == plainValue {
			continue
		}
		name := strings.ToLower(p.path[len(p.path)-1])
		for i, step := range tail[:len(tail)-1] {
			if strings.HasSuffix(name, strings.ToLower(step)) {
				add(candidate{base: p.path, from: i + 1, path: append(slices.Clone(p.path), tail[i+1:]...)})
			}
		}
	}
	near := nearness(f)
	slices.SortFunc(out, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(near(b.path), near(a.path)), cmp.Compare(len(a.path), len(b.path)), slices.Compare(a.path, b.path))
	})
	return out
}

// fits tells whether the names of a path are those of a field's tail: cpuRequest and
// cpu.request for requests.cpu.
func fits(path, tail []string) bool {
	last := strings.ToLower(path[len(path)-1])
	return strings.Contains(strings.ToLower(strings.Join(path, ".")), stem(tail[len(tail)-1])) &&
		slices.ContainsFunc(tail, func(step string) bool { return strings.Contains(last, stem(step)) })
}

// nearness scores a path by the words that it shares with the field: two for each
// of the container's, one for each of the object's name and of the field's own.
// Globals come last: they reach further.
func nearness(f Field) func(path []string) int {
	head, tail := f.tail()
	weights := map[string]int{}
	for _, w := range append(words(f.Name), words(strings.Join(tail, "."))...) {
		weights[w] = 1
	}
	for _, step := range head {
		if name, ok := strings.CutPrefix(step, "[name="); ok {
			for _, w := range words(name) {
				weights[w] = 2
			}
		}
	}
	return func(path []string) int {
		score := 0
		if path[0] == "global" {
			score = -10
		}
		list := words(strings.Join(path, "."))
		slices.Sort(list)
		for _, w := range slices.Compact(list) {
			score += weights[w]
		}
		return score
	}
}

// words are the words of a name, small and without a plural's s: cpuRequests is cpu
// and request.
func words(s string) []string {
	var b strings.Builder
	lower := false
	for _, r := range s {
		if lower && unicode.IsUpper(r) {
			b.WriteByte(' ')
		}
		lower = unicode.IsLower(r) || unicode.IsDigit(r)
		if !lower && !unicode.IsUpper(r) {
			r = ' '
		}
		b.WriteRune(r)
	}
	list := strings.Fields(b.String())
	for i := range list {
		list[i] = stem(list[i])
	}
	return list
}

func stem(s string) string { return strings.TrimSuffix(strings.ToLower(s), "s") }

// defaults are the values that the chart and its subcharts bring.
func (c *Chart) defaults() []map[string]any {
	var out []map[string]any
	var walk func(*helm.Chart)
	walk = func(ch *helm.Chart) {
		out = append(out, ch.Values)
		for _, sub := range ch.Dependencies() {
			walk(sub)
		}
	}
	walk(c.helm)
	return out
}
