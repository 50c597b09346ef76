package chart

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"sigs.k8s.io/yaml"
)

var update = flag.Bool("update", false, "renew the golden parts of testdata/*.txtar")

var live = Release{Name: "live", Namespace: "shop", KubeVersion: "v1.34.2"}

// fixture is one testdata file: comment, what is wanted, chart, value files, and
// the golden answer or refusal.
type fixture struct {
	archive *txtar.Archive
	want    []Set
	layers  [][]byte
}

func loadFixture(t testing.TB, name string) *fixture {
	t.Helper()
	a, err := txtar.ParseFile(name)
	must(t, err)
	f := &fixture{archive: a}
	var input struct {
		Want []struct{ Name, Path, Value string }
	}
	for _, file := range a.Files {
		switch {
		case file.Name == "input.yaml":
			must(t, yaml.UnmarshalStrict(file.Data, &input))
		case strings.HasPrefix(file.Name, "values/"):
			f.layers = append(f.layers, file.Data)
		}
	}
	for _, w := range input.Want {
		f.want = append(f.want, Set{Field{"apps/v1", "Deployment", "shop", w.Name, pathOf(w.Path)}, w.Value})
	}
	return f
}

// pathOf reads a.b[name=x].c. "cpu:app", "memory:app" and "climits:app" are short
// for the requests and the CPU limit of the container app.
func pathOf(s string) []string {
	what, name, ok := strings.Cut(s, ":")
	if ok {
		s = "spec.template.spec.containers[name=" + name + "].resources." + map[string]string{
			"cpu": "requests.cpu", "memory": "requests.memory", "climits": "limits.cpu"}[what]
	}
	return strings.Split(strings.ReplaceAll(s, "[", ".["), ".")
}

// tree is the fixture's files as a file system.
func (f *fixture) tree() fs.FS {
	tree := fstest.MapFS{}
	for _, file := range f.archive.Files {
		tree[file.Name] = &fstest.MapFile{Data: file.Data}
	}
	return tree
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// open reads and parses the chart in dir.
func open(fsys fs.FS, dir string) (*Chart, error) {
	f, err := Read(fsys, dir)
	if err != nil {
		return nil, err
	}
	return f.Chart()
}

// find is the answer, the chart and the user's values, or why there is none.
func (f *fixture) find(t testing.TB, want []Set) (*Answer, *Chart, map[string]any, error) {
	t.Helper()
	c, err := open(f.tree(), "chart")
	must(t, err)
	layers, err := Merge(f.layers...)
	must(t, err)
	answer, err := c.Find(context.Background(), live, layers.Values(), want)
	return answer, c, layers.Values(), err
}

func TestFixtures(t *testing.T) {
	for _, name := range fixtures(t) {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			t.Parallel()
			f := loadFixture(t, name)
			answer, c, values, err := f.find(t, f.want)
			got := summary(t, answer, err)
			if err == nil {
				proved(t, c, values, f.want, answer)
			}
			reversed := slices.Clone(f.want)
			slices.Reverse(reversed)
			answer, _, _, err = f.find(t, reversed)
			if diff := cmp.Diff(got, summary(t, answer, err)); diff != "" {
				t.Errorf("the order of what is wanted changes the answer:\n%s", diff)
			}
			if *update {
				f.renew(t, name, got)
				return
			}
			if diff := cmp.Diff(string(f.golden()), got); diff != "" {
				t.Errorf("-want +got, -update to renew:\n%s", diff)
			}
		})
	}
}

func fixtures(t testing.TB) []string {
	t.Helper()
	names, err := filepath.Glob("testdata/*.txtar")
	must(t, err)
	if len(names) == 0 {
		t.Fatal("no fixtures")
	}
	return names
}

func summary(t testing.TB, a *Answer, err error) string {
	t.Helper()
	if err != nil {
		return "refused: " + err.Error() + "\n"
	}
	var b strings.Builder
	for _, v := range a.Values {
		before, err := json.Marshal(v.Before)
		must(t, err)
		after, err := json.Marshal(v.After)
		must(t, err)
		fmt.Fprintf(&b, "%s: %s -> %s\n", dotted(v.Path), before, after)
	}
	fmt.Fprintf(&b, "after %d tries\n", a.Tries)
	return b.String()
}

// proved renders before and after by the public API alone, and compares whole
// objects: with the wanted fields set back, nothing differs.
func proved(t testing.TB, c *Chart, values map[string]any, want []Set, a *Answer) {
	t.Helper()
	after := values
	for _, v := range a.Values {
		var ok bool
		if after, ok = with(after, v.Path, v.After); !ok {
			t.Fatalf("%s can't be set in the user's values", dotted(v.Path))
		}
	}
	was, err := c.Render(context.Background(), live, values)
	must(t, err)
	is, err := c.Render(context.Background(), live, after)
	must(t, err)
	for i := range is {
		for _, w := range want {
			if metadata(object{data: is[i]})["name"] != w.Field.Name {
				continue
			}
			now, _ := lookUp(is[i], w.Field.Path)
			if text(now) != w.Value {
				t.Errorf("%s is %v, want %s", w.Field, now, w.Value)
			}
			for _, objects := range [][]map[string]any{is, was} {
				var ok bool
				if objects[i], ok = with(objects[i], w.Field.Path, "the same"); !ok {
					t.Fatalf("%s can't be set back", w.Field)
				}
			}
		}
	}
	if diff := cmp.Diff(was, is); diff != "" {
		t.Errorf("more than the wanted fields differ:\n%s", diff)
	}
}

func (f *fixture) golden() []byte {
	for _, file := range f.archive.Files {
		if file.Name == "want.txt" {
			return file.Data
		}
	}
	return nil
}

func (f *fixture) renew(t *testing.T, name, got string) {
	t.Helper()
	f.archive.Files = slices.DeleteFunc(f.archive.Files, func(file txtar.File) bool { return file.Name == "want.txt" })
	f.archive.Files = append(f.archive.Files, txtar.File{Name: "want.txt", Data: []byte(got)})
	must(t, os.WriteFile(name, txtar.Format(f.archive), 0o644))
}
