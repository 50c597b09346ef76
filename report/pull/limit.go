package pull

import (
	"fmt"
	"os"
	"sync/atomic"

	"github.com/go-git/go-billy/v5"
)

// bounded is a file system that takes so many bytes and no more: a remote may
// send what it likes.
type bounded struct {
	billy.Filesystem
	left  *atomic.Int64
	limit int64
}

func bound(fs billy.Filesystem, limit int64) *bounded {
	b := &bounded{Filesystem: fs, left: new(atomic.Int64), limit: limit}
	b.left.Store(limit)
	return b
}

// perFile is what a file, a link or a folder counts beside its bytes: a million
// empty ones fill a disk too.
const perFile = 512

func (b *bounded) take(n int) error {
	if b.left.Add(-int64(n)) < 0 {
		return fmt.Errorf("the repository is larger than %d MiB; raise the bound or give it more room", b.limit>>20)
	}
	return nil
}

func (b *bounded) file(f billy.File, err error) (billy.File, error) {
	if err != nil {
		return nil, err
	}
	return &boundedFile{File: f, of: b}, nil
}

func (b *bounded) Create(name string) (billy.File, error) {
	if err := b.take(perFile); err != nil {
		return nil, err
	}
	return b.file(b.Filesystem.Create(name))
}

func (b *bounded) OpenFile(name string, flag int, perm os.FileMode) (billy.File, error) {
	if flag&os.O_CREATE != 0 {
		if err := b.take(perFile); err != nil {
			return nil, err
		}
	}
	return b.file(b.Filesystem.OpenFile(name, flag, perm))
}

func (b *bounded) TempFile(dir, prefix string) (billy.File, error) {
	if err := b.take(perFile); err != nil {
		return nil, err
	}
	return b.file(b.Filesystem.TempFile(dir, prefix))
}

func (b *bounded) Symlink(target, link string) error {
	if err := b.take(perFile + len(target)); err != nil {
		return err
	}
	return b.Filesystem.Symlink(target, link)
}

func (b *bounded) Chroot(path string) (billy.Filesystem, error) {
	fs, err := b.Filesystem.Chroot(path)
	if err != nil {
		return nil, err
	}
	return &bounded{Filesystem: fs, left: b.left, limit: b.limit}, nil
}

type boundedFile struct {
	billy.File
	of *bounded
}

func (f *boundedFile) Write(p []byte) (int, error) {
	if err := f.of.take(len(p)); err != nil {
		return 0, err
	}
	return f.File.Write(p)
}
