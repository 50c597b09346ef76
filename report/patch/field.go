package patch

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"
)

// A field's path is concrete once every "[name=x]" is an index. Its text joins
// the steps as a JSON pointer does (RFC 6901), so that keys with dots and slashes
// stay one step: /metadata/annotations/a.b~1c.
func pointer(steps []any) string {
	var b strings.Builder
	for _, s := range steps {
		b.WriteByte('/')
		if i, ok := s.(int); ok {
			b.WriteString(strconv.Itoa(i))
			continue
		}
		b.WriteString(escape(s.(string)))
	}
	return b.String()
}

func escape(step string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(step)
}

// digits are a place in a list, where the object has one.
var digits = regexp.MustCompile(`^[0-9]{1,9}$`)

// selector splits "[name=x]".
func selector(step string) (field, value string, ok bool) {
	inner, open := strings.CutPrefix(step, "[")
	inner, shut := strings.CutSuffix(inner, "]")
	field, value, eq := strings.Cut(inner, "=")
	return field, value, open && shut && eq && field != ""
}

// location is where a path leads in an object.
type location struct {
	steps []any  // concrete as far as the object goes, indices for selectors
	value any    // nil where found is false
	found bool   // the field is there
	lost  string // the selector step that no element of an existing list matches, or whose list is not there

	// before is what stands before the value of a flag in its word, "--concurrent=";
	// empty where the value is all that stands at steps.
	before string
}

// locate follows path in obj. It errs where the object has another shape than
// the path: a list where a map should be, or two elements of one name. A flag's value
// is a string.
func locate(obj map[string]any, path []string) (location, error) {
	if len(path) == 0 {
		return location{}, fmt.Errorf("the path is empty")
	}
	var s location
	var at any = obj
	for n, step := range path {
		field, value, isSelector := selector(step)
		if name, ok := flagStep(step); ok && n == len(path)-1 && n > 1 {
			return s.flag(obj, name, at)
		}
		if at == nil { // beyond what is there
			if slices.ContainsFunc(path[:n], digits.MatchString) || digits.MatchString(step) && n < len(path)-1 {
				return s, fmt.Errorf("%s is not there, so the list is another than the one that was read", pointer(s.steps))
			}
			if isSelector {
				s.lost = step
				s.steps = append(s.steps, 0)
			} else {
				s.steps = append(s.steps, step)
			}
			continue
		}
		switch v := at.(type) {
		case map[string]any:
			if isSelector {
				return s, fmt.Errorf("%s is a map, and the path selects %s from a list", pointer(s.steps), step)
			}
			s.steps = append(s.steps, step)
			at = v[step]
		case []any:
			if digits.MatchString(step) {
				i, err := strconv.Atoi(step)
				if err != nil || i >= len(v) {
					return s, fmt.Errorf("%s has no element %s, so the list is another than the one that was read", pointer(s.steps), step)
				}
				s.steps, at = append(s.steps, i), v[i]
				continue
			}
			if !isSelector {
				return s, fmt.Errorf("%s is a list, and the path asks for the key %q", pointer(s.steps), step)
			}
			i, err := element(v, field, value)
			if err != nil {
				return s, fmt.Errorf("%s %w", pointer(s.steps), err)
			}
			if i < 0 {
				s.lost = step
				s.steps = append(s.steps, len(v))
				at = nil
				continue
			}
			s.steps = append(s.steps, i)
			at = v[i]
		default:
			return s, fmt.Errorf("%s is a plain value, and the path goes deeper", pointer(s.steps))
		}
	}
	s.value, s.found = at, at != nil
	return s, nil
}

// element is the index of the one element whose field has the value, -1 for none.
func element(list []any, field, value string) (int, error) {
	index := -1
	for i, item := range list {
		if m, ok := item.(map[string]any); ok && text(m[field]) == value {
			if index >= 0 {
				return 0, fmt.Errorf("has two elements with %s %q", field, value)
			}
			index = i
		}
	}
	return index, nil
}

// text is a plain value as Change writes it; "" for nil.
func text(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	case map[string]any, []any:
		data, _ := json.Marshal(v) // decoded from YAML, so it encodes
		return string(data)
	default:
		return fmt.Sprint(v)
	}
}

// same tells whether two values of the field at path mean one thing: quantities
// by amount ("1" is "1000m"), durations by length ("60m" is "1h"), all else by text.
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

// compareValues appends the leaves on which before and after differ. A map or a
// list that is absent on one side differs in each of its leaves.
func compareValues(k key, at string, before, after any, out *[]difference) {
	if reflect.DeepEqual(before, after) {
		return
	}
	bm, bIsMap := before.(map[string]any)
	am, aIsMap := after.(map[string]any)
	if (bIsMap || before == nil) && (aIsMap || after == nil) && len(bm)+len(am) > 0 {
		for _, name := range unionKeys(bm, am) {
			compareValues(k, at+"/"+escape(name), bm[name], am[name], out)
		}
		return
	}
	bl, bIsList := before.([]any)
	al, aIsList := after.([]any)
	if (bIsList || before == nil) && (aIsList || after == nil) && len(bl)+len(al) > 0 {
		for i := range max(len(bl), len(al)) {
			compareValues(k, at+"/"+strconv.Itoa(i), item(bl, i), item(al, i), out)
		}
		return
	}
	*out = append(*out, difference{k, at, before, after})
}

func item(list []any, i int) any {
	if i < len(list) {
		return list[i]
	}
	return nil
}

func sortedKeys(m map[string]any) []string { return unionKeys(m, nil) }

func unionKeys(a, b map[string]any) []string {
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

// brief is text in one line of at most 300 characters, without the mount's name.
func brief(s string) string {
	s = strings.ReplaceAll(s, mount+"/", "")
	s = strings.Join(strings.Fields(strings.ReplaceAll(s, mount, "the tree")), " ")
	if r := []rune(s); len(r) > 300 {
		return string(r[:299]) + "…"
	}
	return s
}
