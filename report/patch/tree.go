package patch

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	maps0 "maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// mount is where kustomize sees the tree, so that no path of the machine stands
// in an error, and a path that climbs out of the tree is seen to.
const mount = "/tuppence-tree"

// Bounds on what one build reads. A repository of 10,000 manifests of 4 KiB is
// 40 MiB, well inside them; a bomb is not.
const (
	maxFile  = 10 << 20  // bytes of one file
	maxReads = 50_000    // files read by one build
	maxBytes = 512 << 20 // bytes read by one build
)

var (
	errReadOnly = errors.New("the tree is read-only while a plan is made")
	errFolder   = errors.New("it is a folder")
	errOutside  = errors.New("leaves the repository")
	errLink     = errors.New("is a symbolic link, which Flux leaves out of its artifacts")
)

// disk is the working tree on disk. Nothing is read through a symbolic link:
// Flux leaves links out of its artifacts, so what stands behind one is not what
// the cluster gets.
type disk struct {
	root *os.Root
	dirs map[string]bool // folders seen to be real ones, parents included
	safe map[string]bool // files whose aliases were seen to be bounded
}

func openDisk(root string) (*disk, error) {
	r, err := os.OpenRoot(root)
	if err != nil {
		return nil, fmt.Errorf("open the Git working tree: %w", err)
	}
	return &disk{root: r, dirs: map[string]bool{".": true}, safe: map[string]bool{}}, nil
}

// stat returns what stands at rel, a clean slash path below the root, without
// following any link.
func (d *disk) stat(rel string) (fs.FileInfo, error) {
	if rel != "." && !filepath.IsLocal(rel) {
		return nil, fmt.Errorf("%s: %w", rel, errOutside)
	}
	if dir := path.Dir(rel); rel != "." && !d.dirs[dir] {
		info, err := d.stat(dir)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			return nil, fmt.Errorf("%s: %w", rel, fs.ErrNotExist)
		}
		d.dirs[dir] = true
	}
	info, err := d.root.Lstat(rel)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", rel, plain(err))
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		return nil, fmt.Errorf("%s %w", rel, errLink)
	}
	if !info.IsDir() && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is neither a file nor a folder", rel)
	}
	return info, nil
}

// read returns the file at rel, bounded in size and in what its aliases expand to.
func (d *disk) read(rel string) ([]byte, error) {
	info, err := d.stat(rel)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return nil, fmt.Errorf("%s: %w", rel, errFolder)
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("%s is %d MiB; files of up to %d MiB are read", rel, info.Size()>>20, maxFile>>20)
	}
	data, err := d.root.ReadFile(rel)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", rel, plain(err))
	}
	if !d.safe[rel] {
		if err := boundedAliases(data); err != nil {
			return nil, fmt.Errorf("%s: %w", rel, err)
		}
		d.safe[rel] = true
	}
	return data, nil
}

// names lists the folder at rel in order of names.
func (d *disk) names(rel string) ([]string, error) {
	info, err := d.stat(rel)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("%s is not a folder", rel)
	}
	f, err := d.root.Open(rel)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", rel, plain(err))
	}
	defer f.Close()
	names, err := f.Readdirnames(-1)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", rel, plain(err))
	}
	slices.Sort(names)
	return names, nil
}

// plain takes the path out of a path error: the caller names the file.
func plain(err error) error {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		return pe.Err
	}
	if le, ok := errors.AsType[*os.LinkError](err); ok {
		return le.Err
	}
	return err
}

// tree is the disk with files laid over it, as a file system for kustomize. It
// never writes, and counts what one build reads.
type tree struct {
	ctx   context.Context
	disk  *disk
	over  map[string][]byte // by clean slash path below the root
	reads int
	bytes int
	// refused is the first file that is there and may not be read: kustomize
	// buries the reason in its own.
	refused error
}

// layer returns the disk with the files of each map laid over it, later ones on top.
func (d *disk) layer(ctx context.Context, maps ...map[string][]byte) *tree {
	t := &tree{ctx: ctx, disk: d, over: map[string][]byte{}}
	for _, m := range maps {
		maps0.Copy(t.over, m)
	}
	return t
}

// rel is the path below the root that kustomize means by name.
func rel(name string) (string, error) {
	clean := path.Clean(filepath.ToSlash(name))
	if clean == mount {
		return ".", nil
	}
	below, ok := strings.CutPrefix(clean, mount+"/")
	if !ok {
		return "", fmt.Errorf("%s: %w", strings.TrimPrefix(clean, "/"), errOutside)
	}
	return below, nil
}

// read returns the file at the path below the root.
func (t *tree) read(rel string) ([]byte, error) {
	if err := t.ctx.Err(); err != nil {
		return nil, err
	}
	data, ok := t.over[rel]
	if !ok {
		var err error
		if data, err = t.disk.read(rel); err != nil {
			if t.refused == nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, errFolder) {
				t.refused = err
			}
			return nil, err
		}
	}
	t.reads++
	t.bytes += len(data)
	if t.reads > maxReads || t.bytes > maxBytes {
		t.refused = fmt.Errorf("one build reads more than %d files or %d MiB", maxReads, maxBytes>>20)
		return nil, t.refused
	}
	return data, nil
}

// isFile tells whether a file stands at the path below the root.
func (t *tree) isFile(rel string) bool {
	if _, ok := t.over[rel]; ok {
		return true
	}
	info, err := t.disk.stat(rel)
	return err == nil && !info.IsDir()
}

func (t *tree) isDir(rel string) bool {
	info, err := t.disk.stat(rel)
	return err == nil && info.IsDir()
}

// names lists a folder, the files laid over it included.
func (t *tree) names(dir string) ([]string, error) {
	names, err := t.disk.names(dir)
	if err != nil {
		return nil, err
	}
	for name := range t.over {
		if path.Dir(name) == dir {
			names = append(names, path.Base(name))
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// The rest is the file system that kustomize asks for.

func (t *tree) Create(string) (filesys.File, error)  { return nil, errReadOnly }
func (t *tree) Mkdir(string) error                   { return errReadOnly }
func (t *tree) MkdirAll(string) error                { return errReadOnly }
func (t *tree) RemoveAll(string) error               { return errReadOnly }
func (t *tree) WriteFile(string, []byte) error       { return errReadOnly }
func (t *tree) Open(string) (filesys.File, error)    { return nil, errReadOnly }
func (t *tree) Glob(string) ([]string, error)        { return nil, errors.New("patterns are not read") }
func (t *tree) Walk(string, filepath.WalkFunc) error { return errors.New("folders are not walked") }
func (t *tree) Exists(name string) bool              { return t.IsDir(name) || t.isAt(name, t.isFile) }
func (t *tree) IsDir(name string) bool               { return t.isAt(name, t.isDir) }
func (t *tree) isAt(name string, f func(string) bool) bool {
	r, err := rel(name)
	return err == nil && f(r)
}

func (t *tree) ReadDir(name string) ([]string, error) {
	r, err := rel(name)
	if err != nil {
		return nil, err
	}
	return t.names(r)
}

func (t *tree) ReadFile(name string) ([]byte, error) {
	r, err := rel(name)
	if err != nil {
		t.refused = cmp.Or(t.refused, err)
		return nil, err
	}
	data, err := t.read(r)
	return bytes.Clone(data), err
}

func (t *tree) CleanedAbs(name string) (filesys.ConfirmedDir, string, error) {
	r, err := rel(name)
	if err != nil {
		return "", "", err
	}
	abs := path.Join(mount, r)
	if t.isDir(r) {
		return filesys.ConfirmedDir(abs), "", nil
	}
	if t.isFile(r) {
		return filesys.ConfirmedDir(path.Dir(abs)), path.Base(abs), nil
	}
	if _, err := t.disk.stat(r); err != nil {
		return "", "", err
	}
	return "", "", fmt.Errorf("%s: %w", r, fs.ErrNotExist)
}
