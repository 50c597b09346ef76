package pull

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/config"
	"github.com/go-git/go-git/v5/plumbing"
)

// Tip is the commit at a branch's end.
type Tip struct {
	Hash  string
	Ours  bool   // tuppence made it, and it is as tuppence made it
	Files string // FilesDigest of what it changes, where it is Ours
}

// maxBranches bounds the branches that Tips looks at: a request each, and what
// was left of some.
const maxBranches = 1000

// Tips returns the ends of the remote's branches whose names begin with prefix,
// as they are now.
func (c *Checkout) Tips(ctx context.Context, prefix string) (_ map[string]Tip, err error) {
	via, err := c.remote.access(ctx)
	defer func() { err = c.remote.explain("read the branches of", via, err) }()
	if err != nil {
		return nil, err
	}
	remote, err := c.repo.Remote(git.DefaultRemoteName)
	if err != nil {
		return nil, err
	}
	refs, err := remote.ListContext(ctx, &git.ListOptions{Auth: via.auth, CABundle: via.ca})
	if err != nil {
		return nil, err
	}
	tips := map[string]Tip{}
	fetch := &git.FetchOptions{Auth: via.auth, CABundle: via.ca, Depth: 1, Tags: git.NoTags, Force: true}
	for _, ref := range refs {
		branch, ok := strings.CutPrefix(ref.Name().String(), "refs/heads/")
		if !ok || !strings.HasPrefix(branch, prefix) || ref.Type() != plumbing.HashReference {
			continue
		}
		tips[branch] = Tip{Hash: ref.Hash().String()}
		if c.repo.Storer.HasEncodedObject(ref.Hash()) != nil {
			fetch.RefSpecs = append(fetch.RefSpecs, config.RefSpec("+"+ref.Name().String()+":refs/tuppence/"+branch))
		}
		if len(tips) > maxBranches {
			return nil, fmt.Errorf("more than %d begin with %s; delete those that are not needed", maxBranches, prefix)
		}
	}
	if len(fetch.RefSpecs) > 0 {
		if err := remote.FetchContext(ctx, fetch); err != nil && !errors.Is(err, git.NoErrAlreadyUpToDate) {
			return nil, err
		}
	}
	for branch, tip := range tips {
		// A branch that moved since it was listed has a commit that was not fetched,
		// and counts as somebody else's.
		if commit, err := c.repo.CommitObject(plumbing.NewHash(tip.Hash)); err == nil {
			tip.Files, tip.Ours = sealed(commit)
			tips[branch] = tip
		}
	}
	return tips, nil
}

// Push puts the remote's branch at the commit, only where it still stands at
// expect (empty: it must not be there). The remote compares and moves in one step.
func (c *Checkout) Push(ctx context.Context, branch, hash, expect string) error {
	spec := config.RefSpec(hash + ":" + plumbing.NewBranchReferenceName(branch).String())
	if expect != "" {
		spec = "+" + spec
	}
	// Without an expectation the push is not forced: it fails on a branch that is
	// there, but for one at our base, where there is nothing to lose.
	return c.move(ctx, "push "+branch+" to", branch, spec, expect)
}

// DeleteBranch removes the remote's branch, only where it still stands at expect.
func (c *Checkout) DeleteBranch(ctx context.Context, branch, expect string) error {
	if expect == "" {
		return fmt.Errorf("delete %s: where it stands is not known", branch)
	}
	spec := config.RefSpec(":" + plumbing.NewBranchReferenceName(branch).String())
	return c.move(ctx, "delete "+branch+" of", branch, spec, expect)
}

func (c *Checkout) move(ctx context.Context, doing, branch string, spec config.RefSpec, expect string) (err error) {
	via, err := c.remote.access(ctx)
	defer func() { err = c.remote.explain(doing, via, err) }()
	if err != nil {
		return err
	}
	if branch == c.Branch {
		return errors.New("it is the branch that requests go into, which only people move")
	}
	o := &git.PushOptions{Auth: via.auth, CABundle: via.ca, RefSpecs: []config.RefSpec{spec}}
	if expect != "" {
		o.RequireRemoteRefs = []config.RefSpec{config.RefSpec(expect + ":" + plumbing.NewBranchReferenceName(branch).String())}
	}
	err = c.repo.PushContext(ctx, o)
	if errors.Is(err, git.NoErrAlreadyUpToDate) {
		return nil
	}
	return err
}
