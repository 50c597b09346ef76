package main

import (
	"bytes"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/tuppence-dev/tuppence/report/patch/chart"
)

// The program is the process that renders charts for itself, and its help keeps that
// to itself.
func TestTheProgramRendersCharts(t *testing.T) {
	r, err := chartRenderer()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	f, err := chart.Read(fstest.MapFS{
		"shop/Chart.yaml":       {Data: []byte("apiVersion: v2\nname: shop\nversion: 1.0.0\n")},
		"shop/templates/a.yaml": {Data: []byte("kind: {{ .Values.kind }}")},
	}, "shop")
	if err != nil {
		t.Fatal(err)
	}
	objects, err := r.Render(t.Context(), f, chart.Release{Name: "shop", Namespace: "shop", KubeVersion: "v1.34.0"}, map[string]any{"kind": "ConfigMap"})
	if err != nil || len(objects) != 1 || objects[0]["kind"] != "ConfigMap" {
		t.Errorf("got %v, %v", objects, err)
	}
	for _, args := range [][]string{{"--help"}, {"__complete", ""}} {
		var out, stderr bytes.Buffer
		if code := run(t.Context(), &app{out: &out, err: &stderr}, args); code != exitDone || strings.Contains(out.String(), "render-charts") || !strings.Contains(out.String(), "analyse") {
			t.Errorf("%v: %d, %s", args, code, &out)
		}
	}
}
