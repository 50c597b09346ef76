package pull

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/tuppence-dev/tuppence/report/patch"
)

// Author is who makes a commit, and how.
type Author struct {
	Name, Email string
	SignOff     bool // adds Signed-off-by
	// KeyFile holds an armoured OpenPGP private key without a passphrase, which
	// signs the commit; empty: it is not signed.
	KeyFile string
}

// Commit makes a commit on top of Base with the files changed, and returns its
// hash. Only objects are written: the working tree and the branches stay as they
// are. The same files, message, author and time give the same hash. It errs where
// a file is not, at Base, what the change was made on.
func (c *Checkout) Commit(ctx context.Context, files []patch.FileChange, message string, by Author, when time.Time) (string, error) {
	hash, err := c.commit(ctx, files, message, by, when)
	if err != nil {
		return "", fmt.Errorf("make a commit on %s: %w", c.Branch, err)
	}
	return hash, nil
}

func (c *Checkout) commit(ctx context.Context, files []patch.FileChange, message string, by Author, when time.Time) (string, error) {
	if err := by.check(); err != nil {
		return "", err
	}
	base, err := c.base.Tree()
	if err != nil {
		return "", err
	}
	tree, err := c.tree(ctx, base, inOrder(files), "")
	if err != nil {
		return "", err
	}
	if tree == c.base.TreeHash {
		return "", errors.New("the files are what they are to become already; there is nothing to commit")
	}
	who := object.Signature{Name: by.Name, Email: by.Email, When: when.UTC().Truncate(time.Second)}
	o := &object.Commit{Author: who, Committer: who, TreeHash: tree, ParentHashes: []plumbing.Hash{c.base.Hash}}
	o.Message = strings.TrimSpace(strings.ReplaceAll(message, sealTrailer, "")) + "\n\n"
	if by.SignOff {
		o.Message += fmt.Sprintf("Signed-off-by: %s <%s>\n", by.Name, by.Email)
	}
	o.Message += filesTrailer + FilesDigest(files) + "\n"
	seal(o)
	if by.KeyFile != "" {
		if o.PGPSignature, err = sign(o, by.KeyFile); err != nil {
			return "", err
		}
	}
	obj := c.repo.Storer.NewEncodedObject()
	if err := o.Encode(obj); err != nil {
		return "", err
	}
	hash, err := c.repo.Storer.SetEncodedObject(obj)
	return hash.String(), err
}

// check refuses a name that would end its line of the commit.
func (a Author) check() error {
	for _, s := range []string{a.Name, a.Email} {
		if strings.TrimSpace(s) == "" || strings.ContainsAny(s, "<>\r\n\x00") {
			return errors.New("the author needs a name and an address without <, > or a line end")
		}
	}
	return nil
}

// inOrder returns the files by path.
func inOrder(files []patch.FileChange) []patch.FileChange {
	return slices.SortedFunc(slices.Values(files), func(a, b patch.FileChange) int { return cmp.Compare(a.Path, b.Path) })
}

// tree returns the hash of base with the files changed, whose paths all lie below
// dir; zero where nothing is left in it. A nil base is a folder that is not there.
func (c *Checkout) tree(ctx context.Context, base *object.Tree, files []patch.FileChange, dir string) (plumbing.Hash, error) {
	if err := ctx.Err(); err != nil {
		return plumbing.ZeroHash, err
	}
	entries := map[string]object.TreeEntry{}
	if base != nil {
		for _, e := range base.Entries {
			entries[e.Name] = e
		}
	}
	for len(files) > 0 {
		name, rest, below := strings.Cut(strings.TrimPrefix(files[0].Path, dir), "/")
		n := 1
		var changed object.TreeEntry
		var err error
		if below {
			prefix := dir + name + "/"
			for n < len(files) && strings.HasPrefix(files[n].Path, prefix) {
				n++
			}
			changed, err = c.folder(ctx, entries[name], files[:n], prefix)
		} else {
			changed, err = c.file(entries[name], files[0])
		}
		if err == nil && (!validName(name) || below && rest == "") {
			err = fmt.Errorf("%q is no path of a file", files[0].Path)
		}
		if err != nil {
			return plumbing.ZeroHash, err
		}
		files = files[n:]
		if delete(entries, name); !changed.Hash.IsZero() {
			changed.Name = name
			entries[name] = changed
		}
	}
	return c.store(entries)
}

// validName refuses what Git refuses to check out.
func validName(name string) bool {
	return fs.ValidPath(name) && name != "." && !strings.EqualFold(name, ".git") && !strings.ContainsAny(name, "\\\x00:")
}

func (c *Checkout) folder(ctx context.Context, e object.TreeEntry, files []patch.FileChange, prefix string) (object.TreeEntry, error) {
	var base *object.Tree
	if !e.Hash.IsZero() {
		if e.Mode != filemode.Dir {
			return e, fmt.Errorf("%s is no folder", path.Clean(prefix))
		}
		var err error
		if base, err = c.repo.TreeObject(e.Hash); err != nil {
			return e, err
		}
	}
	hash, err := c.tree(ctx, base, files, prefix)
	return object.TreeEntry{Mode: filemode.Dir, Hash: hash}, err
}

// file stores what f is to become, and keeps the mode of one that is there.
func (c *Checkout) file(e object.TreeEntry, f patch.FileChange) (object.TreeEntry, error) {
	if (e.Hash.IsZero()) != (f.Before == nil) {
		return e, fmt.Errorf("%s has come or gone since the plan was made; plan again", f.Path)
	}
	if f.Before != nil {
		if e.Mode != filemode.Regular && e.Mode != filemode.Executable {
			return e, fmt.Errorf("%s is a link or a folder, not a file", f.Path)
		}
		if plumbing.ComputeHash(plumbing.BlobObject, f.Before) != e.Hash {
			return e, fmt.Errorf("%s is not what the plan was made on; plan again", f.Path)
		}
	}
	if f.After == nil {
		return object.TreeEntry{}, nil
	}
	mode := e.Mode
	if f.Before == nil {
		mode = filemode.Regular
		if f.Mode&0o111 != 0 {
			mode = filemode.Executable
		}
	}
	obj := c.repo.Storer.NewEncodedObject()
	obj.SetType(plumbing.BlobObject)
	w, err := obj.Writer()
	if err != nil {
		return e, err
	}
	_, err = w.Write(f.After)
	if err := errors.Join(err, w.Close()); err != nil {
		return e, err
	}
	hash, err := c.repo.Storer.SetEncodedObject(obj)
	return object.TreeEntry{Mode: mode, Hash: hash}, err
}

func (c *Checkout) store(entries map[string]object.TreeEntry) (plumbing.Hash, error) {
	if len(entries) == 0 {
		return plumbing.ZeroHash, nil
	}
	t := &object.Tree{}
	for _, e := range entries {
		t.Entries = append(t.Entries, e)
	}
	sort.Sort(object.TreeEntrySorter(t.Entries))
	obj := c.repo.Storer.NewEncodedObject()
	if err := t.Encode(obj); err != nil {
		return plumbing.ZeroHash, err
	}
	return c.repo.Storer.SetEncodedObject(obj)
}

// sign returns the armoured signature of c. It is the same each time for keys
// whose signatures are (RSA, EdDSA).
func sign(c *object.Commit, keyFile string) (string, error) {
	data, err := ReadSmall("the signing key", keyFile)
	if err != nil {
		return "", err
	}
	ring, err := openpgp.ReadArmoredKeyRing(bytes.NewReader(data))
	if err != nil {
		return "", fmt.Errorf("read the signing key in %s: %w", keyFile, err)
	}
	if len(ring) != 1 || ring[0].PrivateKey == nil || ring[0].PrivateKey.Encrypted {
		return "", fmt.Errorf("read the signing key in %s: it must hold one private key without a passphrase", keyFile)
	}
	obj := &plumbing.MemoryObject{}
	if err := c.EncodeWithoutSignature(obj); err != nil {
		return "", err
	}
	r, err := obj.Reader()
	if err != nil {
		return "", err
	}
	defer r.Close()
	salted := false
	at := c.Committer.When
	config := &packet.Config{Time: func() time.Time { return at }, NonDeterministicSignaturesViaNotation: &salted}
	var out bytes.Buffer
	if err := openpgp.ArmoredDetachSign(&out, ring[0], io.Reader(r), config); err != nil {
		return "", fmt.Errorf("sign the commit with the key in %s: %w", keyFile, err)
	}
	return out.String() + "\n", nil
}
