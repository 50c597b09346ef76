package flux

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
)

// object reads fields of an unstructured object. A field that is missing or null
// reads as zero; one of the wrong shape does too, and is noted as a problem.
type object struct {
	apiVersion, kind string
	content          map[string]any
	problems         []string
}

func (o *object) namespace() string { return o.text("metadata.namespace") }
func (o *object) name() string      { return o.text("metadata.name") }

func (o *object) String() string {
	ns, name := at(o.content, "metadata.namespace"), at(o.content, "metadata.name")
	return fmt.Sprintf("%s %.100v/%.100v", o.kind, ns, name)
}

func (o *object) problem(format string, args ...any) {
	o.problems = append(o.problems, o.String()+": "+fmt.Sprintf(format, args...))
}

// at is the value at a dotted path, nil where there is none.
func at(v any, path string) any {
	for key := range strings.SplitSeq(path, ".") {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[key]
	}
	return v
}

// get is the value of type T at path, and whether it is there.
func get[T any](o *object, path, want string) (T, bool) {
	v := at(o.content, path)
	t, ok := v.(T)
	if !ok && v != nil {
		o.problem("%s is not %s", path, want)
	}
	return t, ok
}

func (o *object) text(path string) string {
	s, _ := get[string](o, path, "a string")
	return o.short(path, s)
}

// short is s, or nothing where it is longer than a recording takes.
func (o *object) short(path, s string) string {
	if len(s) > collector.MaxText {
		o.problem("%s is longer than %d bytes", path, collector.MaxText)
		return ""
	}
	return s
}

// textAt is text at a path of the table of kinds; none at no path.
func (o *object) textAt(path []string) string {
	if len(path) == 0 {
		return ""
	}
	var v any = o.content
	for _, key := range path {
		m, _ := v.(map[string]any)
		v = m[key]
	}
	s, ok := v.(string)
	if !ok && v != nil {
		o.problem("%s is not a string", named(path))
	}
	return o.short(named(path), s)
}

func (o *object) durationAt(path []string) collector.Duration {
	return o.parseDuration(named(path), o.textAt(path))
}

// named is how people write a path: spec.interval, annotation a.example/b.
func named(path []string) string {
	if len(path) == 3 && path[1] == "annotations" {
		return "annotation " + path[2]
	}
	return strings.Join(path, ".")
}

func (o *object) flag(path string) bool {
	b, _ := get[bool](o, path, "true or false")
	return b
}

func (o *object) list(path string) []any {
	l, _ := get[[]any](o, path, "a list")
	return l
}

func (o *object) has(path string) bool {
	m, ok := get[map[string]any](o, path, "an object")
	return ok && m != nil
}

// duration is the duration at path. Flux's definitions allow decimal numbers
// with the units ms, s, m and h, such as 1h30m.
func (o *object) duration(path string) collector.Duration {
	return o.parseDuration(path, o.text(path))
}

func (o *object) parseDuration(what, s string) collector.Duration {
	if s == "" {
		return collector.Duration{}
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 {
		o.problem("%s %.40q is not a duration; write it like 10m", what, s)
		return collector.Duration{}
	}
	return collector.Duration{Duration: d}
}

// annotation looks a key up: it holds dots, so it is no path.
func (o *object) annotation(key string) string {
	return entry(at(o.content, "metadata.annotations"), key)
}

func entry(v any, key string) string {
	m, _ := v.(map[string]any)
	s, _ := m[key].(string)
	return s
}

// wholeNumber is v as a count from 0 to a thousand million, the most that sums
// and weights here can bear.
func wholeNumber(v any) (int, bool) {
	var f float64
	switch n := v.(type) {
	case int64:
		f = float64(n)
	case float64:
		f = n
	default:
		return 0, false
	}
	if f != math.Trunc(f) || f < 0 || f > 1e9 { // also false for NaN
		return 0, false
	}
	return int(f), true
}
