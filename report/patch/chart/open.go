package chart

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"helm.sh/helm/v4/pkg/chart/loader/archive"
	helm "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"helm.sh/helm/v4/pkg/ignore"
)

// Bounds on a chart. The largest charts in use, with all their subcharts, have
// some 600 files and 10 MiB; the templates of one are under 200 KiB each.
const (
	maxFiles    = 2000
	maxBytes    = 64 << 20
	maxTemplate = 1 << 20 // nested as deep as its size allows, Go's parser takes some 150 MiB of stack
	maxDepth    = 8       // charts within charts
)

// Files are a chart as it lies in a tree: bytes that nothing has looked into yet.
type Files struct {
	Dir  string // of the tree, a slash path
	List []File
}

// File is one of a chart's files. Name is a slash path within the chart.
type File struct {
	Name string
	Data []byte
}

// Read reads the chart in the folder dir of fsys, a slash path. Subcharts are the
// ones under charts/, as folders or packed. Errors say what is missing or refused.
func Read(fsys fs.FS, dir string) (*Files, error) {
	r := &reader{fsys: fsys, dir: dir, rules: ignore.Empty()}
	if err := r.readAll(); err != nil {
		return nil, fmt.Errorf("the chart in %s can't be read: %w", dir, err)
	}
	return &Files{dir, r.files}, nil
}

// Chart is a chart that can be rendered. It never changes, and several may render
// it at once.
type Chart struct {
	dir  string
	helm *helm.Chart
}

// Chart parses the files. Errors say what is missing or refused.
func (f *Files) Chart() (*Chart, error) {
	dir := f.Dir
	c, err := load(f.List)
	if err != nil {
		return nil, fmt.Errorf("the chart in %s can't be read: %s", dir, brief(err.Error()))
	}
	switch {
	case strings.EqualFold(c.Metadata.Type, "library"):
		return nil, fmt.Errorf("the chart in %s is a library, which renders nothing; name the chart that uses it", dir)
	case c.Metadata.APIVersion != helm.APIVersionV1 && c.Metadata.APIVersion != helm.APIVersionV2:
		return nil, fmt.Errorf("the chart in %s has apiVersion %q, and only v1 and v2 are read", dir, brief(c.Metadata.APIVersion))
	}
	if err := order(c, 0); err != nil {
		return nil, fmt.Errorf("the chart in %s can't be read: %w", dir, err)
	}
	return &Chart{dir, c}, nil
}

// load is Helm's loader, which panics on some files that are no chart's.
func load(list []File) (c *helm.Chart, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in Helm's loader: %v", p)
		}
	}()
	files := make([]*archive.BufferedFile, len(list))
	for i, f := range list {
		files[i] = &archive.BufferedFile{Name: f.Name, Data: f.Data}
	}
	return loader.LoadFiles(files)
}

// order sorts the subcharts, which the loader gives in the order of a map, and
// refuses those within each other without end.
func order(c *helm.Chart, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("it has charts within charts to a depth of more than %d", maxDepth)
	}
	subs := c.Dependencies()
	slices.SortStableFunc(subs, func(a, b *helm.Chart) int {
		return cmp.Or(cmp.Compare(a.Name(), b.Name()), cmp.Compare(a.Metadata.Version, b.Metadata.Version))
	})
	for _, sub := range subs {
		if err := order(sub, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// reader gathers a chart's files within the bounds.
type reader struct {
	fsys  fs.FS
	dir   string
	rules *ignore.Rules
	files []File
	bytes int
}

func (r *reader) readAll() error {
	if !fs.ValidPath(r.dir) {
		return errors.New("its path leaves the repository")
	}
	for at := r.dir; at != "."; at = path.Dir(at) {
		if info, err := fs.Lstat(r.fsys, at); err == nil && info.Mode()&fs.ModeSymlink != 0 {
			return fmt.Errorf("%s is a symbolic link, which is not followed", at)
		}
	}
	if info, err := fs.Stat(r.fsys, path.Join(r.dir, "Chart.yaml")); err != nil || !info.Mode().IsRegular() {
		return errors.New("it has no file Chart.yaml")
	}
	if info, err := fs.Lstat(r.fsys, path.Join(r.dir, ignore.HelmIgnore)); err == nil && info.Mode().IsRegular() && info.Size() <= maxTemplate {
		data, err := fs.ReadFile(r.fsys, path.Join(r.dir, ignore.HelmIgnore))
		if err != nil {
			return fmt.Errorf("%s: %w", ignore.HelmIgnore, plain(err))
		}
		if r.rules, err = ignore.Parse(bytes.NewReader(data)); err != nil {
			return fmt.Errorf("%s: %w", ignore.HelmIgnore, err)
		}
	}
	r.rules.AddDefaults()
	return fs.WalkDir(r.fsys, r.dir, r.visit)
}

func (r *reader) visit(at string, d fs.DirEntry, err error) error {
	name := strings.TrimPrefix(strings.TrimPrefix(at, r.dir), "/")
	if r.dir == "." {
		name = at
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, plain(err))
	}
	if at == r.dir {
		return nil
	}
	info, err := d.Info()
	if err != nil {
		return fmt.Errorf("%s: %w", name, plain(err))
	}
	ignored := r.rules.Ignore(name, info)
	switch {
	case ignored && d.IsDir():
		return fs.SkipDir
	case ignored, d.IsDir():
		return nil
	case d.Type()&fs.ModeSymlink != 0:
		return fmt.Errorf("%s is a symbolic link, which is not followed", name)
	case !d.Type().IsRegular():
		return fmt.Errorf("%s is no ordinary file", name)
	case info.Size() > maxBytes:
		return errTooLarge
	}
	data, err := fs.ReadFile(r.fsys, at)
	if err != nil {
		return fmt.Errorf("%s: %w", name, plain(err))
	}
	return r.add(name, data, 0)
}

var errTooLarge = fmt.Errorf("it is larger than %d files or %d MiB", maxFiles, maxBytes>>20)

// add keeps a file, or the files of a packed subchart.
func (r *reader) add(name string, data []byte, depth int) error {
	if path.Base(path.Dir(name)) == "charts" && path.Ext(name) == ".tgz" && strings.IndexAny(path.Base(name), "_.") != 0 {
		return r.unpack(name, data, depth)
	}
	r.bytes += len(data)
	switch template := strings.HasPrefix(name, "templates/") || strings.Contains(name, "/templates/"); {
	case len(r.files) >= maxFiles || r.bytes > maxBytes:
		return errTooLarge
	case template && len(data) > maxTemplate:
		return fmt.Errorf("%s is larger than the %d MiB that a template may have", name, maxTemplate>>20)
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")) // as Helm's loader does
	r.files = append(r.files, File{name, data})
	return nil
}

// unpack keeps a packed subchart's files as a folder beside it, so that they count
// against the same bounds however deep they are packed.
func (r *reader) unpack(name string, data []byte, depth int) error {
	if depth >= maxDepth {
		return fmt.Errorf("%s is packed to a depth of more than %d", name, maxDepth)
	}
	zipped, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if n, err := io.Copy(io.Discard, io.LimitReader(zipped, maxBytes+1)); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	} else if n > maxBytes {
		return errTooLarge
	}
	files, err := archive.LoadArchiveFiles(bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("%s: %s", name, brief(err.Error()))
	}
	for _, f := range files {
		if err := r.add(name+"~/"+f.Name, f.Data, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// plain takes the path out of a path error: it may be the machine's.
func plain(err error) error {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		return pe.Err
	}
	return err
}

// brief is text in one line of at most 300 characters.
func brief(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > 300 {
		return string(r[:299]) + "…"
	}
	return s
}
