package pull

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/tuppence-dev/tuppence/report/patch"
)

// A commit of tuppence's says so itself: its message ends in two trailers, the
// digest of the files it changes and a seal over all else in the commit. A
// request's body could not tell, since a branch and a body never move at once: a
// run that dies in between would take its own commit for somebody else's. Whoever
// amends, rebases, merges or builds on such a commit makes one without a valid
// seal, which tuppence then leaves alone.
const (
	filesTrailer = "Tuppence-Files: "
	sealTrailer  = "Tuppence-Seal: "
)

// A digest is cut to 32 hex digits, 128 bits: two that are made by accident are
// never alike.
const digestLen = 32

var trailers = regexp.MustCompile(`\n` + filesTrailer + `([0-9a-f]{32})\n` + sealTrailer + `([0-9a-f]{32})\n$`)

// seal adds the seal to the message of c, which is complete but for it.
func seal(c *object.Commit) {
	c.Message += sealTrailer + sealOf(c) + "\n"
}

// sealOf is the digest of everything in c but its signature and the seal itself.
func sealOf(c *object.Commit) string {
	h := sha256.New()
	fmt.Fprintf(h, "tree %s\nparents %s\n", c.TreeHash, c.ParentHashes)
	for _, who := range []object.Signature{c.Author, c.Committer} {
		fmt.Fprintf(h, "%q %q %d %s\n", who.Name, who.Email, who.When.Unix(), who.When.Format("-0700"))
	}
	body, _, _ := strings.Cut(c.Message, sealTrailer)
	fmt.Fprintf(h, "%s", body)
	return hex.EncodeToString(h.Sum(nil))[:digestLen]
}

// sealed tells whether c is a commit of tuppence's as it was made, and the digest
// of the files that it changes.
func sealed(c *object.Commit) (files string, ok bool) {
	m := trailers.FindStringSubmatch(c.Message)
	if m == nil || strings.Count(c.Message, sealTrailer) != 1 || m[2] != sealOf(c) {
		return "", false
	}
	return m[1], true
}

// FilesDigest is the digest of what files were and are to become. Two plans with
// one digest differ in nothing that a merge could trip over.
func FilesDigest(files []patch.FileChange) string {
	h := sha256.New()
	for _, f := range inOrder(files) {
		fmt.Fprintf(h, "%q %t %s %s\n", f.Path, f.Mode&0o111 != 0, contentDigest(f.Before), contentDigest(f.After))
	}
	return hex.EncodeToString(h.Sum(nil))[:digestLen]
}

// contentDigest tells an empty file from none.
func contentDigest(data []byte) string {
	if data == nil {
		return "none"
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
