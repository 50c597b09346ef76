package patch

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
)

// Apply writes the plan to the tree it was made for: every file, or none. Each
// is first written beside its place and then renamed into it; where one fails,
// those before it are put back. It errs, with nothing written, where a file is no
// longer what the plan was made on.
func (p *Plan) Apply() error {
	if len(p.Files) == 0 {
		return nil
	}
	root, err := os.OpenRoot(p.root)
	if err != nil {
		return fmt.Errorf("open the Git working tree: %w", err)
	}
	defer root.Close()
	for _, f := range p.Files {
		if err := unchanged(root, f); err != nil {
			return err
		}
	}
	w := &writer{root: root, rename: root.Rename}
	if p.rename != nil {
		w.rename = p.rename
	}
	if err := w.write(p.Files); err != nil {
		if undone := w.undo(); undone != nil {
			return fmt.Errorf("write the patches: %w; and not all could be taken back: %w", err, undone)
		}
		return fmt.Errorf("write the patches: %w; nothing was written", err)
	}
	return nil
}

// unchanged errs unless the file on disk is what the plan was made on.
func unchanged(root *os.Root, f FileChange) error {
	info, err := root.Lstat(f.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && f.Before == nil:
		return nil
	case err != nil:
		return fmt.Errorf("%s: %w; nothing was written", f.Path, plain(err))
	case f.Before == nil:
		return fmt.Errorf("%s was made by somebody since the plan; nothing was written, plan again", f.Path)
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is no file any more; nothing was written, plan again", f.Path)
	}
	now, err := root.ReadFile(f.Path)
	if err != nil {
		return fmt.Errorf("%s: %w; nothing was written", f.Path, plain(err))
	}
	if !bytes.Equal(now, f.Before) {
		return fmt.Errorf("%s was changed by somebody since the plan; nothing was written, plan again", f.Path)
	}
	return nil
}

// writer writes files and knows how to take them back.
type writer struct {
	root   *os.Root
	rename func(from, to string) error
	temps  []string
	done   []FileChange
}

func (w *writer) write(files []FileChange) error {
	staged := make([]string, len(files))
	for i, f := range files {
		if f.After == nil {
			continue
		}
		temp, err := w.stage(f.Path, f.After, f.Mode)
		if err != nil {
			return err
		}
		staged[i] = temp
	}
	for i, f := range files {
		var err error
		if f.After == nil {
			err = w.root.Remove(f.Path)
		} else {
			err = w.rename(staged[i], f.Path)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", f.Path, plain(err))
		}
		w.done = append(w.done, f)
	}
	w.temps = nil
	return nil
}

// stage writes data beside name, synced to disk, under a name of its own.
func (w *writer) stage(name string, data []byte, mode fs.FileMode) (string, error) {
	for n := range 100 {
		temp := path.Join(path.Dir(name), "."+path.Base(name)+".tuppence-"+strconv.Itoa(n))
		f, err := w.root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return "", fmt.Errorf("%s: %w", name, plain(err))
		}
		w.temps = append(w.temps, temp)
		_, err = f.Write(data)
		err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
		if err != nil {
			return "", fmt.Errorf("%s: %w", name, err)
		}
		return temp, nil
	}
	return "", fmt.Errorf("%s: a hundred temporary files stand beside it; remove them", name)
}

// undo takes back what was written, newest first.
func (w *writer) undo() error {
	var failed error
	for _, f := range slices.Backward(w.done) {
		if f.Before == nil {
			failed = errors.Join(failed, w.root.Remove(f.Path))
			continue
		}
		temp, err := w.stage(f.Path, f.Before, f.Mode)
		if err == nil {
			err = w.root.Rename(temp, f.Path)
		}
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("put %s back, by git checkout: %w", f.Path, err))
		}
	}
	for _, temp := range w.temps {
		if err := w.root.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
			failed = errors.Join(failed, err)
		}
	}
	return failed
}
