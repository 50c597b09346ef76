package patch

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/report/patch/chart/process"
)

const renderer = "renders charts"

// TestMain is also the process that renders charts.
func TestMain(m *testing.M) {
	if os.Args[0] != renderer {
		os.Exit(m.Run())
	}
	if process.Serve(context.Background(), os.Stdin, os.Stdout) != nil {
		os.Exit(1)
	}
}

func apart(t *testing.T) *process.Renderer {
	t.Helper()
	path, err := os.Executable()
	must(t, err)
	r := process.New(path, renderer)
	t.Cleanup(r.Close)
	return r
}

// A plan is the same wherever its charts are rendered.
func TestChartsInAProcessOfTheirOwn(t *testing.T) {
	r := apart(t)
	names, err := filepath.Glob("testdata/*helm*.txtar")
	must(t, err)
	rendered := 0
	for _, name := range names {
		f := loadFixture(t, name)
		if !slices.ContainsFunc(f.archive.Files, func(file txtar.File) bool { return strings.HasSuffix(file.Name, "/Chart.yaml") }) {
			continue
		}
		rendered++
		root := f.write(t)
		here := f.plan(t, root)
		there, err := Make(t.Context(), root, f.input.fleet(), f.input.findings(), Options{Clusters: f.input.Clusters, RemoteURL: f.input.RemoteURL,
			Branch: f.input.Branch, Tolerance: f.input.Tolerance, Renderer: r})
		must(t, err)
		if diff := cmp.Diff(summary(here)+here.Diff(), summary(there)+there.Diff()); diff != "" {
			t.Errorf("%s: -here +in a process:\n%s", name, diff)
		}
	}
	if rendered < 10 {
		t.Errorf("only %d fixtures have a chart", rendered)
	}
}

// A chart that exhausts whoever renders it costs the findings of what it renders, with
// the reason, and no other.
func TestAChartThatExhaustsItsProcess(t *testing.T) {
	f := loadFixture(t, "testdata/argo_helm.txtar")
	root := f.write(t)
	must(t, os.CopyFS(filepath.Join(root, "charts/bad"), os.DirFS(filepath.Join(root, "charts/web"))))
	must(t, os.WriteFile(filepath.Join(root, "charts/bad/templates/more.yaml"),
		[]byte(`{{ $d := dict }}{{ range $i := until 1000000 }}{{ $_ := set $d (toString $i) (repeat 1000000 "x") }}{{ end }}`), 0o644))
	first := f.input.Findings[0]
	f.input.Findings = nil
	for _, name := range []string{"bad", "worse", "web"} {
		app := f.input.Applications[0]
		app.Name = name
		if name != "web" {
			app.Sources = []collector.ArgoSource{{Path: "charts/bad", Type: "Helm", ValueFiles: app.Sources[0].ValueFiles}}
			app.Path = "charts/bad"
			f.input.Applications = append(f.input.Applications, app)
			object := f.input.Objects[0]
			object.Name, object.Origin = name, name
			f.input.Objects = append(f.input.Objects, object)
		}
		finding := first
		finding.ID, finding.Name = name+"-1", name
		f.input.Findings = append(f.input.Findings, finding)
	}
	p, err := Make(t.Context(), root, f.input.fleet(), f.input.findings(), Options{Renderer: apart(t)})
	must(t, err)
	if len(p.Placed) != 2 || p.Placed[0].Finding != "web-1" || len(p.Unplaced) != 2 {
		t.Fatal(summary(p))
	}
	for _, u := range p.Unplaced {
		if !strings.HasPrefix(u.Reason, "the chart in charts/bad ") || u.Reason != p.Unplaced[0].Reason {
			t.Errorf("%s: %s", u.Finding, u.Reason)
		}
	}
}
