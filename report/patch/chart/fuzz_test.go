package chart

import (
	"context"
	"strings"
	"testing"
	"time"
)

// Whatever the files hold, reading and rendering end with a chart or one line, and
// what renders once renders the same again.
func FuzzRender(f *testing.F) {
	f.Add(shopYAML, "a: {b: 1}", `{"properties": {"a": {}}}`, "kind: A\nv: {{ .Values.a.b }}", "a: {b: 2}")
	f.Add(shopYAML+"dependencies: [{name: sub, version: 1.x.x, alias: x, condition: a.b, import-values: [a]}]", "a: &a [*a]", "{", "{{ include", "a: null")
	f.Add(shopYAML+"dependencies: [null]", "a: {{", `{"$ref": "#"}`, `{{ define "a" }}{{ template "a" . }}{{ end }}{{ template "a" . }}`, "sub: 1")
	f.Add("a", "[]", "[]", "---\n---\n- a\n", "- a")
	f.Fuzz(func(t *testing.T, meta, values, schema, template, layer string) {
		for _, s := range []string{meta, values, schema, template, layer} {
			if len(s) > 4<<10 {
				t.Skip()
			}
		}
		if strings.Contains(template, "tpl") || strings.Contains(template, "include") || strings.Contains(template, "range") {
			t.Skip() // known not to end in every case: see the package's comment
		}
		c, err := open(files("Chart.yaml", meta, "values.yaml", values, "values.schema.json", schema, "templates/a.yaml", template,
			"charts/sub/Chart.yaml", strings.Replace(shopYAML, "shop", "sub", 1), "charts/sub/templates/b.yaml", template), ".")
		if err != nil {
			oneLine(t, err)
			return
		}
		layers, err := Merge([]byte(layer))
		if err != nil {
			oneLine(t, err)
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		first, err := c.render(ctx, live, layers.Values())
		if err != nil {
			oneLine(t, err)
			return
		}
		second, err := c.render(ctx, live, layers.Values())
		must(t, err)
		if diff := differ(newRendering(first, "a"), newRendering(second, "a")); len(diff) > 0 {
			t.Errorf("two renderings differ in %v", diff)
		}
		_, err = c.Find(ctx, live, layers.Values(), []Set{{Field{"v1", "A", "", "", []string{"v"}}, "3"}})
		if err != nil {
			oneLine(t, err)
		}
	})
}

func oneLine(t *testing.T, err error) {
	t.Helper()
	if s := err.Error(); strings.ContainsAny(s, "\n\r") || len(s) > 4000 {
		t.Errorf("an error of %d bytes or of several lines: %.500q", len(s), s)
	}
}
