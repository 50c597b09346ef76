package chart

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

func TestMerge(t *testing.T) {
	for name, test := range map[string]struct {
		layers  []string
		want    string
		refused string
	}{
		"nothing":                         {nil, "{}", ""},
		"an empty file":                   {[]string{"", "# nothing\n"}, "{}", ""},
		"maps merge, the later one wins":  {[]string{"a: {b: 1, c: 1}", "a: {c: 2}"}, "a: {b: 1, c: 2}", ""},
		"a list is replaced":              {[]string{"a: [1, 2]", "a: [3]"}, "a: [3]", ""},
		"a null stays, to remove a value": {[]string{"a: {b: 1}", "a: {b: null}"}, "a: {b: null}", ""},
		"a null removes what is below":    {[]string{"a: {b: 1}", "a: null", "a: {c: 1}"}, "a: {c: 1}", ""},
		"a list is no values":             {[]string{"a: 1", "[1]"}, "", "value file 2 is no map"},
		"no YAML, and no value is shown":  {[]string{"a: hunter2: b"}, "", "value file 1 is no map"},
		"aliases without measure": {[]string{"a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n" +
			"e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: &g [*f,*f,*f,*f,*f,*f,*f,*f,*f]\nh: [*g,*g,*g,*g,*g,*g,*g,*g,*g]\n"}, "", "aliases"},
		"a file of five MiB":      {[]string{strings.Repeat("#", 5<<20)}, "", "larger than 4 MiB"},
		"more files than merged":  {make([]string, maxLayers+1), "", "there are 101 value files"},
		"several documents merge": {[]string{"a: 1\n---\nb: 2"}, "{a: 1, b: 2}", ""},
	} {
		t.Run(name, func(t *testing.T) {
			var layers [][]byte
			for _, l := range test.layers {
				layers = append(layers, []byte(l))
			}
			got, err := Merge(layers...)
			if test.refused != "" {
				if err == nil || !strings.Contains(err.Error(), test.refused) || strings.Contains(err.Error(), "hunter2") {
					t.Fatalf("got %v, want an error with %q", err, test.refused)
				}
				return
			}
			must(t, err)
			var want map[string]any
			must(t, yaml.Unmarshal([]byte(test.want), &want))
			if diff := cmp.Diff(want, got.Values()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLayer(t *testing.T) {
	layers, err := Merge([]byte("a: {b: 1}\nw: [{name: mail, cpu: 1}, {name: tax}]\nr: {q: 1}"), []byte("a: {c: 1}\nr: null"), []byte("a: {b: 2}"))
	must(t, err)
	for path, want := range map[string]int{
		"a.b":              2,
		"a.c":              1,
		"a":                2,
		"a.d":              -1,
		"w[name=mail].cpu": 0,
		"w[name=tax].cpu":  0,
		"w[name=z].cpu":    0, // Helm replaces lists, so it has to stand in this one
		"r.q":              1, // removed there
		"none":             -1,
	} {
		if got := layers.Layer(pathOf(path)); got != want {
			t.Errorf("%s is set by %d, want %d", path, got, want)
		}
	}
	layers.Values()["a"].(map[string]any)["b"] = "changed"
	if got, _ := lookUp(layers.Values(), []string{"a", "b"}); got != 2.0 {
		t.Errorf("the values given out are not a copy: %v", got)
	}
}

// Maps, lists and plain values count, wherever they are.
func TestCountable(t *testing.T) {
	half := make([]any, maxNodes/2)
	for name, test := range map[string]struct {
		value any
		want  bool
	}{
		"as many as are read": {map[string]any{"a": half[3:], "b": half}, true},
		"one more":            {map[string]any{"a": half[2:], "b": half}, false},
		"as deep as is read":  {deep(maxNesting), true},
		"deeper":              {deep(maxNesting + 1), false},
	} {
		nodes := 0
		if got := countable(test.value, &nodes, 0); got != test.want {
			t.Errorf("%s: %v, %d nodes", name, got, nodes)
		}
	}
}
