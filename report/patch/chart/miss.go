package chart

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	helm "helm.sh/helm/v4/pkg/chart/v2"
)

var errNoEffect = errors.New("does not set it")

// own tells whether all that changed besides lies in the map that w's tail begins
// with, such as its container's resources.
func (f *finder) own(w *wanted, extra []leaf) bool {
	head, tail := w.Field.tail()
	root := w.at.pointer
	for range len(w.Field.Path) - len(head) - 1 {
		root = root[:strings.LastIndexByte(root, '/')]
	}
	return len(tail) > 1 && !slices.ContainsFunc(extra, func(at leaf) bool {
		return at.object != w.at.object || at.pointer != root && !strings.HasPrefix(at.pointer, root+"/")
	})
}

// fill sets, beside w, everything else that its map holds now, so that a chart whose
// preset gives way to any explicit value renders the same.
func (f *finder) fill(w *wanted, c candidate) []assignment {
	head, tail := w.Field.tail()
	whole := w.Field
	whole.Path = append(slices.Clone(head), tail[0])
	_, _, value, err := f.now.locate(whole, f.release.Namespace)
	if err != nil {
		return nil
	}
	var plan []assignment
	var walk func(path []string, v any)
	walk = func(path []string, v any) {
		m, isMap := v.(map[string]any)
		if !isMap {
			if old, _ := lookUp(f.known.merged, path); !same(old, v) {
				plan = append(plan, assignment{path, v})
			}
			return
		}
		for _, key := range sortedKeys(m) {
			walk(append(slices.Clone(path), key), m[key])
		}
	}
	walk(c.base, value)
	plan = slices.DeleteFunc(plan, func(a assignment) bool { return slices.Equal(a.path, c.path) })
	return append(plan, f.plans(w, c)[0]...)
}

// miss gathers why no value sets a field.
type miss struct {
	want  *wanted
	tried int
	why   []string
}

// add keeps the first three reasons that tell a person something.
func (m *miss) add(c candidate, extra []leaf, err error) {
	var why string
	switch {
	case len(extra) > 0:
		why = fmt.Sprintf("the value %s would also change %s", dotted(c.path), list(extra))
	case errors.Is(err, errNoEffect):
		return
	default:
		why = fmt.Sprintf("the value %s, %s", dotted(c.path), err)
	}
	if len(m.why) < 3 && !slices.Contains(m.why, why) {
		m.why = append(m.why, why)
	}
}

func (m *miss) error(f *finder) error {
	what := fmt.Sprintf("no value of the chart in %s sets only %s", f.chart.dir, m.want.Field)
	switch at := f.chart.hardCoded(m.want); {
	case len(m.why) > 0:
		return fmt.Errorf("%s: %s", what, strings.Join(m.why, "; "))
	case at != "":
		return fmt.Errorf("%s: it is hard-coded in %s", what, at)
	}
	return fmt.Errorf("%s: it is rendered by %s, and none of the %d values with a fitting name sets it", what, m.want.file, m.tried)
}

// hardCoded is the file and line of the template that has the field's value as it
// is, or "" where none can be told.
func (c *Chart) hardCoded(w *wanted) string {
	_, tail := w.Field.tail()
	if text(w.before) == "" {
		return ""
	}
	line := regexp.MustCompile(`(?m)^.*\b` + regexp.QuoteMeta(tail[len(tail)-1]) + `:\s*["']?` + regexp.QuoteMeta(text(w.before)) + `["']?\s*(?:[,}#].*)?$`)
	source := sourceOf(c.helm, w.file)
	places := line.FindAllIndex(source, 2)
	switch len(places) {
	case 0:
		return ""
	case 1:
		return fmt.Sprintf("%s:%d", w.file, 1+strings.Count(string(source[:places[0][0]]), "\n"))
	}
	return w.file
}

// sourceOf is the source of a template by its path within the chart.
func sourceOf(c *helm.Chart, file string) []byte {
	for _, t := range c.Templates {
		if t.Name == file {
			return t.Data
		}
	}
	name, rest, _ := strings.Cut(strings.TrimPrefix(file, "charts/"), "/")
	for _, sub := range c.Dependencies() {
		if sub.Name() == name {
			return sourceOf(sub, rest)
		}
	}
	return nil
}

// list names the first three places and counts the rest.
func list(places []leaf) string {
	var names []string
	for _, p := range places[:min(3, len(places))] {
		names = append(names, p.String())
	}
	text := strings.Join(names, ", ")
	if more := len(places) - len(names); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
