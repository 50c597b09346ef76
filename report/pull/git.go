package pull

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/storage/filesystem"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/report"
)

// Remote is a repository and the branch that requests go into.
type Remote struct {
	URL    string // https, ssh or a path; without user information over HTTPS
	Branch string // empty: the one that the remote calls its default
	Auth   Auth
	CAFile string // certificates to trust beside the system's, PEM
	// TempDir is where the clone goes; empty: the system's folder for such.
	TempDir string
	// MaxBytes bounds what a clone may write, history and files; 0 means 4 GiB.
	MaxBytes int64
}

// Checkout is a clone of one branch's last commit in a folder of its own.
type Checkout struct {
	Dir    string // its working tree
	Branch string
	Base   string // the commit that is checked out, in hex

	remote Remote
	repo   *git.Repository
	base   *object.Commit
}

// Clone fetches the last commit of the branch into a temporary folder, which
// Close removes. Submodules, tags and history stay where they are; no hook or
// filter of the repository is run.
func Clone(ctx context.Context, r Remote) (_ *Checkout, err error) {
	via, err := r.access(ctx)
	defer func() { err = r.explain("clone", via, err) }()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(r.TempDir, "tuppence-clone-")
	if err != nil {
		return nil, err
	}
	c := &Checkout{Dir: dir, remote: r}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.Close())
		}
	}()
	limit := r.MaxBytes
	if limit == 0 {
		limit = 4 << 30
	}
	files := bound(osfs.New(dir, osfs.WithBoundOS()), limit)
	dot, err := files.Chroot(git.GitDirName)
	if err != nil {
		return nil, err
	}
	o := &git.CloneOptions{URL: r.URL, Auth: via.auth, CABundle: via.ca, SingleBranch: true, Depth: 1, Tags: git.NoTags}
	if r.Branch != "" {
		o.ReferenceName = plumbing.NewBranchReferenceName(r.Branch)
	}
	store := filesystem.NewStorage(dot, cache.NewObjectLRUDefault())
	if c.repo, err = git.CloneContext(ctx, store, files, o); err != nil {
		return nil, err
	}
	head, err := c.repo.Head()
	if err != nil {
		return nil, err
	}
	c.Branch, c.Base = head.Name().Short(), head.Hash().String()
	c.base, err = c.repo.CommitObject(head.Hash())
	return c, err
}

// Close removes the folder.
func (c *Checkout) Close() error {
	// What Git keeps is written without the right to write, which some systems
	// want before a file may go.
	_ = filepath.WalkDir(c.Dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			return os.Chmod(path, 0o700)
		}
		return nil
	})
	if err := os.RemoveAll(c.Dir); err != nil {
		return fmt.Errorf("remove the clone: %w", err)
	}
	return nil
}

// maxReason bounds what an error tells of a remote's answer, in bytes.
const maxReason = 300

// explain says what was being done on which remote, in one bounded line without
// the token, whatever the remote answered.
func (r Remote) explain(doing string, a access, err error) error {
	if err == nil {
		return nil
	}
	text := string(collector.HideCredentials([]byte(err.Error()), a.secret))
	if text != err.Error() {
		err = errors.New("a remote that repeats what it was sent") // what lies below holds the token
	}
	if text = report.Plain(text); len(text) > maxReason {
		text = cut(text, maxReason) + "…"
	}
	return &gitError{text: doing + " " + report.Plain(collector.CleanURL(r.URL)) + ": " + text, err: err}
}

// gitError is a failure of Git.
type gitError struct {
	text string
	err  error
}

func (e *gitError) Error() string { return e.text }
func (e *gitError) Unwrap() error { return e.err }
