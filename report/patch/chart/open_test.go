package chart

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

// files is a file system of texts.
func files(pairs ...string) fstest.MapFS {
	out := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		out[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	return out
}

const shopYAML = "apiVersion: v2\nname: shop\nversion: 1.0.0\n"

// packed is a chart as helm package writes it.
func packed(t testing.TB, folder string, pairs ...string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for i := 0; i < len(pairs); i += 2 {
		must(t, w.WriteHeader(&tar.Header{Name: folder + "/" + pairs[i], Mode: 0o644, Size: int64(len(pairs[i+1]))}))
		_, err := w.Write([]byte(pairs[i+1]))
		must(t, err)
	}
	must(t, w.Close())
	must(t, z.Close())
	return b.String()
}

func TestOpenRefuses(t *testing.T) {
	bomb := "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
	for i := 'b'; i < 'k'; i++ {
		bomb += fmt.Sprintf("%c: &%c [*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c]\n", i, i, i-1, i-1, i-1, i-1, i-1, i-1, i-1, i-1, i-1, i-1)
	}
	many := files("c/Chart.yaml", shopYAML)
	for i := range maxFiles {
		many[fmt.Sprintf("c/files/%d", i)] = &fstest.MapFile{}
	}
	link := files("c/Chart.yaml", shopYAML, "secret", "x")
	link["c/templates/a.yaml"] = &fstest.MapFile{Data: []byte("../../secret"), Mode: fs.ModeSymlink}
	nested := packed(t, "shop", "Chart.yaml", shopYAML)
	for range maxDepth + 1 {
		nested = packed(t, "shop", "Chart.yaml", shopYAML, "charts/a.tgz", nested)
	}
	for name, test := range map[string]struct {
		tree fs.FS
		dir  string
		want string
	}{
		"a folder without a chart":       {files("c/values.yaml", "a: 1"), "c", "the chart in c can't be read: it has no file Chart.yaml"},
		"a path that climbs":             {files("c/Chart.yaml", shopYAML), "../c", "leaves the repository"},
		"an absolute path":               {files("c/Chart.yaml", shopYAML), "/c", "leaves the repository"},
		"a library":                      {files("c/Chart.yaml", shopYAML+"type: library\n"), "c", "is a library"},
		"another generation of charts":   {files("c/Chart.yaml", "apiVersion: v3\nname: shop\nversion: 1.0.0\n"), "c", `apiVersion "v3"`},
		"no name":                        {files("c/Chart.yaml", "apiVersion: v2\nversion: 1.0.0\n"), "c", "name is required"},
		"a name that is a path":          {files("c/Chart.yaml", "apiVersion: v2\nname: ../../a\nversion: 1.0.0\n"), "c", "is invalid"},
		"values that are no YAML":        {files("c/Chart.yaml", shopYAML, "c/values.yaml", "\t{"), "c", "values.yaml"},
		"aliases without measure":        {files("c/Chart.yaml", shopYAML, "c/values.yaml", bomb), "c", "excessive aliasing"},
		"more files than are read":       {many, "c", "larger than 2000 files"},
		"a template of two MiB":          {files("c/Chart.yaml", shopYAML, "c/templates/a.yaml", strings.Repeat("#", 2<<20)), "c", "larger than the 1 MiB"},
		"a symbolic link":                {link, "c", "templates/a.yaml is a symbolic link"},
		"a package in a package in …":    {files("c/Chart.yaml", shopYAML, "c/charts/a.tgz", nested), "c", "packed to a depth"},
		"a package that is none":         {files("c/Chart.yaml", shopYAML, "c/charts/a.tgz", "x"), "c", "charts/a.tgz"},
		"a package of 65 MiB, all zeros": {files("c/Chart.yaml", shopYAML, "c/charts/a.tgz", packed(t, "a", "Chart.yaml", shopYAML, "zero", strings.Repeat("\x00", 65<<20))), "c", "larger than"},
		"a package that climbs":          {files("c/Chart.yaml", shopYAML, "c/charts/a.tgz", packed(t, "a", "../../x", "")), "c", "charts/a.tgz"},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := open(test.tree, test.dir)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got %v, %v; want an error with %q", c, err, test.want)
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("more than a line: %q", err)
			}
		})
	}
}

// A folder of the disk behind os.Root is read as it is; a link in it is seen.
func TestOpenReadsADisk(t *testing.T) {
	dir := t.TempDir()
	for name, f := range files("shop/Chart.yaml", shopYAML, "shop/templates/a.yaml", "kind: A") {
		must(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755))
		must(t, os.WriteFile(filepath.Join(dir, name), f.Data, 0o644))
	}
	root, err := os.OpenRoot(dir)
	must(t, err)
	defer root.Close()
	_, err = open(root.FS(), "shop")
	must(t, err)
	must(t, os.Symlink("shop", filepath.Join(dir, "other")))
	if _, err := open(root.FS(), "other"); err == nil || !strings.Contains(err.Error(), "symbolic link") {
		t.Errorf("a linked folder: %v", err)
	}
	must(t, os.Symlink("/etc/hostname", filepath.Join(dir, "shop/values.yaml")))
	if _, err := open(root.FS(), "shop"); err == nil || strings.Contains(err.Error(), dir) {
		t.Errorf("a link out of the tree, without the machine's path: %v", err)
	}
}

// What .helmignore names is not the chart's, and a packed subchart is as good as a folder.
func TestOpenIgnoresAndUnpacks(t *testing.T) {
	c, err := open(files("Chart.yaml", shopYAML, ".helmignore", "*.bak\nold/\n",
		"templates/a.yaml.bak", "kind: {{ fail \"ignored\" }}", "old/huge.yaml", "x",
		"charts/sub-1.0.0.tgz", packed(t, "sub", "Chart.yaml", strings.Replace(shopYAML, "shop", "sub", 1), "templates/b.yaml", "kind: B")), ".")
	must(t, err)
	objects, err := c.Render(context.Background(), live, nil)
	must(t, err)
	if len(objects) != 1 || objects[0]["kind"] != "B" {
		t.Errorf("got %v", objects)
	}
}
