package chart

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestRender(t *testing.T) {
	for name, test := range map[string]struct {
		release  Release
		template string
		values   map[string]any
		want     string // YAML of "kind: A" with a field v, or
		refused  string // part of the error
	}{
		"the release and the cluster are known to templates": {
			template: `v: {{ .Release.Name }} {{ .Release.Namespace }} {{ .Capabilities.KubeVersion.Version }} {{ .Capabilities.APIVersions.Has "a.example/v1" }} {{ .Capabilities.APIVersions.Has "apps/v1" }}`,
			want:     "live shop v1.34.2 true true"},
		"a lookup finds nothing":               {template: `v: {{ lookup "v1" "Secret" "a" "b" | len }}`, want: "0"},
		"names are not resolved":               {template: `v: x{{ getHostByName "git.example" }}`, want: "x"},
		"a file of the chart may be read":      {template: `v: {{ .Files.Get "a.txt" }}`, want: "text"},
		"a file outside may not":               {template: `v: x{{ .Files.Get "../outside" }}`, want: "x"},
		"values may be templates":              {template: `v: {{ tpl .Values.a . }}`, values: map[string]any{"a": "{{ .Release.Name }}"}, want: "live"},
		"what is random is not":                {template: `v: {{ randAlphaNum 3 }}{{ uuidv4 | len }}{{ randInt 4 9 }}{{ shuffle "ab" }}{{ randBytes 2 | len }}`, want: "000364ab2"},
		"the clock stands":                     {template: `v: {{ now | date "2006" }}{{ ago now }}`, want: "19700s"},
		"certificates are stand-ins":           {template: `v: {{ $ca := genCA "a" 1 }}{{ (genSignedCert "a" nil nil 1 $ca).Key }} {{ genPrivateKey "rsa" }}`, want: "key key"},
		"sequences are as sprig has them":      {template: `v: {{ seq 3 }}, {{ seq 2 4 }}, {{ seq 0 2 4 }}, {{ seq 2 0 }}, {{ until 2 }}, {{ untilStep 4 0 -2 }}`, want: "1 2 3, 2 3 4, 0 2 4, 2 1 0, [0 1], [4 2]"},
		"text is indented as sprig does":       {template: `v:{{ nindent 2 "a" }}`, want: "a"},
		"a version that the chart wants":       {release: Release{KubeVersion: "v1.20.0"}, refused: "wants Kubernetes >=1.25.0-0"},
		"a version that is none":               {release: Release{KubeVersion: "new"}, refused: `Kubernetes version "new" is none`},
		"an error has its file and line":       {template: "v: 1\n{{ fail \"no\" }}", refused: "templates/a.yaml:4:3"},
		"a template that can't be parsed":      {template: "{{ if }}", refused: "templates/a.yaml:3"},
		"output that is no YAML":               {template: "a: b: c", refused: "templates/a.yaml"},
		"a tpl that fails keeps its text":      {template: `{{ tpl .Values.a . }}`, values: map[string]any{"a": "{{ hunter2 }}"}, refused: "a value"},
		"a template that includes itself":      {template: `{{ define "a" }}{{ include "a" . }}{{ end }}{{ include "a" . }}`, refused: "nested reference"},
		"a value that runs itself":             {template: `{{ tpl .Values.a . }}`, values: map[string]any{"a": "{{ tpl .Values.a . }}"}, refused: "no end that can be told"},
		"a text repeated without measure":      {template: `{{ repeat 1000000000 "x" }}`, refused: "repeated"},
		"a list without measure":               {template: `{{ until 1000000000 | len }}`, refused: "more than"},
		"a random text without measure":        {template: `{{ randAlphaNum 1000000000 }}`, refused: "repeated"},
		"more output than is read":             {template: `{{ $x := repeat 1000000 "x" }}{{ range until 34 }}{{ $x }}{{ end }}`, refused: "more than 32 MiB"},
		"output too deep":                      {template: `v: {{ repeat 1100 "[" }}{{ repeat 1100 "]" }}`, refused: "too deep"},
		"a value where a subchart wants a map": {values: map[string]any{"sub": "text"}, refused: "type mismatch"},
		"values too deep":                      {values: deep(1100), refused: "too deep"},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := open(files("Chart.yaml", shopYAML+"kubeVersion: '>=1.25.0-0'\n", "a.txt", "text", "charts/sub/Chart.yaml", strings.Replace(shopYAML, "shop", "sub", 1),
				"templates/a.yaml", "apiVersion: v1\nkind: A\n"+test.template), ".")
			must(t, err)
			r := test.release
			if r.KubeVersion == "" {
				r = live
				r.APIVersions = []string{"a.example/v1"}
			}
			objects, err := c.Render(context.Background(), r, test.values)
			if test.refused != "" {
				if err == nil || !strings.Contains(err.Error(), test.refused) {
					t.Fatalf("got %v, %v; want an error with %q", objects, err, test.refused)
				}
				if strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), "{{ hunter2") {
					t.Errorf("more than a line, or a value: %q", err)
				}
				return
			}
			must(t, err)
			if diff := cmp.Diff(test.want, text(objects[0]["v"])); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func deep(n int) map[string]any {
	m := map[string]any{}
	for range n {
		m = map[string]any{"a": m}
	}
	return m
}

// Lists are taken apart, hooks and notes left out, kinds in the order of installing.
func TestRenderGivesWhatHelmApplies(t *testing.T) {
	c, err := open(files("Chart.yaml", shopYAML,
		"templates/a.yaml", "kind: Deployment\nspec: {replicas: 3, half: 0.5}\n---\n# nothing\n---\nkind: ServiceAccount\n",
		"templates/b.yaml", "kind: ConfigMapList\nitems:\n- kind: ConfigMap\n",
		"templates/hook.yaml", "kind: Job\nmetadata: {annotations: {helm.sh/hook: pre-install}}\n",
		"templates/_a.tpl", "nothing", "templates/NOTES.txt", "kind: no"), ".")
	must(t, err)
	got, err := c.Render(context.Background(), live, nil)
	must(t, err)
	want := []map[string]any{{"kind": "ServiceAccount"}, {"kind": "Deployment", "spec": map[string]any{"replicas": int64(3), "half": 0.5}}, {"kind": "ConfigMap"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A schema is held, and nothing that it refers to is read or fetched.
func TestSchemas(t *testing.T) {
	for name, test := range map[string]struct{ schema, refused string }{
		"fits":                   {`{"properties": {"a": {"type": "string"}}}`, ""},
		"the first by name":      {`{"properties": {"b": {"type": "integer"}, "a": {"type": "integer"}}}`, "the value a does not fit"},
		"a value that is wanted": {`{"required": ["c"]}`, "the value as a whole does not fit"},
		"a document elsewhere":   {`{"$ref": "https://schemas.example/a.json"}`, "nothing is fetched"},
		"a file of the machine":  {`{"$ref": "file:///etc/passwd"}`, "nothing is fetched"},
		"no JSON":                {`{`, "no JSON"},
		"no schema":              {`{"type": 4}`, "no valid JSON schema"},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := open(files("Chart.yaml", shopYAML, "values.schema.json", test.schema), ".")
			must(t, err)
			_, err = c.Render(context.Background(), live, map[string]any{"a": "hunter2", "b": "hunter2"})
			if test.refused == "" && err != nil || test.refused != "" && (err == nil || !strings.Contains(err.Error(), test.refused) || strings.Contains(err.Error(), "hunter2")) {
				t.Errorf("got %v, want %q", err, test.refused)
			}
		})
	}
}

// Waiting ends with the context, and loops that ask for numbers end too.
func TestRenderEndsWithItsContext(t *testing.T) {
	c, err := open(files("Chart.yaml", shopYAML, "templates/a.yaml", `{{ range until 1000000 }}{{ range until 1000000 }}{{ end }}{{ end }}`), ".")
	must(t, err)
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if _, err := c.Render(ctx, live, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

// Rendering never changes the chart or the values, and is the same each time.
func TestRenderTwice(t *testing.T) {
	for _, name := range fixtures(t) {
		f := loadFixture(t, name)
		c, err := open(f.tree(), "chart")
		must(t, err)
		layers, err := Merge(f.layers...)
		must(t, err)
		values := layers.Values()
		first, err1 := c.Render(context.Background(), live, values)
		second, err2 := c.Render(context.Background(), live, values)
		if diff := cmp.Diff(first, second); diff != "" || (err1 == nil) != (err2 == nil) {
			t.Errorf("%s: %v, %v:\n%s", name, err1, err2, diff)
		}
		if diff := cmp.Diff(layers.Values(), values); diff != "" {
			t.Errorf("%s: the values changed:\n%s", name, diff)
		}
	}
}
