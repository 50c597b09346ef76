package chart

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
)

// A chart of 20 deployments, each with a service and resources of its own, and one
// whose resources no value sets, so that all 20 are tried in vain.
func BenchmarkFind(b *testing.B) {
	tree := files("Chart.yaml", shopYAML)
	var values strings.Builder
	for i := range 20 {
		name := fmt.Sprintf("c%d", i)
		fmt.Fprintf(&values, "%s:\n  replicas: 1\n  resources: {}\n  env: {a: 1, b: 2}\n", name)
		tree["templates/"+name+".yaml"] = &fstest.MapFile{Data: []byte(strings.ReplaceAll(`apiVersion: apps/v1
kind: Deployment
metadata:
  name: x
  labels: {{- include "labels" . | nindent 4 }}
spec:
  replicas: {{ .Values.x.replicas }}
  template:
    spec:
      containers:
      - name: app
        env: {{- range $k, $v := .Values.x.env }}
        - {name: {{ $k }}, value: {{ $v | quote }}}{{ end }}
        resources: {{- toYaml .Values.x.resources | nindent 10 }}
---
apiVersion: v1
kind: Service
metadata: {name: x}
spec: {selector: {{ include "labels" . | fromYaml | toJson }}}
`, "x", name))}
	}
	tree["templates/hard.yaml"] = &fstest.MapFile{Data: []byte("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: hard}\nspec: {template: {spec: {containers: [{name: app}]}}}\n")}
	tree["values.yaml"] = &fstest.MapFile{Data: []byte(values.String())}
	tree["templates/_labels.tpl"] = &fstest.MapFile{Data: []byte(`{{- define "labels" }}app: {{ .Chart.Name }}{{ end }}`)}
	c, err := open(tree, ".")
	must(b, err)
	for name, field := range map[string]Field{
		"near":    {"apps/v1", "Deployment", "shop", "c7", pathOf("cpu:app")},
		"in vain": {"apps/v1", "Deployment", "shop", "hard", pathOf("cpu:app")},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				_, err := c.Find(context.Background(), live, nil, []Set{{field, "200m"}})
				if (err == nil) != (name == "near") {
					b.Fatal(err)
				}
			}
		})
	}
}
