package pull

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	"github.com/go-git/go-git/v5/plumbing"

	"github.com/tuppence-dev/tuppence/report/patch"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// gitIn runs git in dir, with no settings but its own.
func gitIn(t testing.TB, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=Human", "GIT_AUTHOR_EMAIL=human@example.org", "GIT_COMMITTER_NAME=Human", "GIT_COMMITTER_EMAIL=human@example.org",
		"GIT_AUTHOR_DATE=2026-11-23T12:00:00Z", "GIT_COMMITTER_DATE=2026-11-23T12:00:00Z")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// origin makes a bare repository with two commits on main and returns its path.
func origin(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	bare, work := filepath.Join(dir, "fleet.git"), filepath.Join(dir, "work")
	gitIn(t, dir, "init", "-q", "--bare", "-b", "main", bare)
	gitIn(t, bare, "config", "http.receivepack", "true")
	gitIn(t, dir, "clone", "-q", bare, work)
	gitIn(t, work, "checkout", "-q", "-b", "main")
	write := func(name, data string, mode os.FileMode) {
		must(t, os.MkdirAll(filepath.Join(work, filepath.Dir(name)), 0o755))
		must(t, os.WriteFile(filepath.Join(work, name), []byte(data), mode))
	}
	write("README.md", "fleet\n", 0o644)
	gitIn(t, work, "add", ".")
	gitIn(t, work, "commit", "-q", "-m", "first")
	write("apps/shop/kustomization.yaml", "resources: [cart.yaml]\n", 0o644)
	write("apps/shop/cart.yaml", "cart\r\n", 0o644)
	write("apps/tool.sh", "#!/bin/sh\n", 0o755)
	write("apps.yaml", "sorted before the folder apps, by Git's order\n", 0o644)
	must(t, os.Symlink("shop", filepath.Join(work, "apps", "link")))
	gitIn(t, work, "add", ".")
	gitIn(t, work, "commit", "-q", "-m", "second")
	gitIn(t, work, "push", "-q", "origin", "main")
	return bare
}

// human commits a change of a file on a branch of the bare repository.
func human(t testing.TB, bare, branch, file, data string) string {
	t.Helper()
	work := t.TempDir()
	gitIn(t, work, "clone", "-q", "--branch", branch, bare, ".")
	must(t, os.MkdirAll(filepath.Dir(filepath.Join(work, file)), 0o755))
	must(t, os.WriteFile(filepath.Join(work, file), []byte(data), 0o644))
	gitIn(t, work, "add", ".")
	gitIn(t, work, "commit", "-q", "-m", "by hand")
	gitIn(t, work, "push", "-q", "origin", branch)
	return gitIn(t, work, "rev-parse", "HEAD")
}

func clone(t testing.TB, r Remote) *Checkout {
	t.Helper()
	r.TempDir = t.TempDir()
	c, err := Clone(context.Background(), r)
	must(t, err)
	t.Cleanup(func() { must(t, c.Close()) })
	return c
}

var (
	someone = Author{Name: "tuppence", Email: "tuppence@example.org", SignOff: true}
	noon    = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
)

func commit(t testing.TB, c *Checkout, files ...patch.FileChange) string {
	t.Helper()
	hash, err := c.Commit(context.Background(), files, "Lower the requests of cart\n\nby a lot", someone, noon)
	must(t, err)
	return hash
}

var addPatch = patch.FileChange{Path: "apps/shop/tuppence-cart.yaml", After: []byte("cpu: 100m\n"), Mode: 0o644}

// remotes are the ways to reach one bare repository.
func remotes(t *testing.T, bare string) map[string]Remote {
	return map[string]Remote{"by path": {URL: bare, Branch: "main"}, "over HTTPS": serve(t, bare, "s3cret")}
}

// serve puts the repository behind git's own HTTPS service, which takes the token.
func serve(t *testing.T, bare, token string) Remote {
	t.Helper()
	backend := filepath.Join(gitIn(t, bare, "--exec-path"), "git-http-backend")
	git := &cgi.Handler{Path: backend, Env: []string{"GIT_PROJECT_ROOT=" + filepath.Dir(bare), "GIT_HTTP_EXPORT_ALL=1"}}
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "git" || password != token {
			w.Header().Set("WWW-Authenticate", "Basic")
			http.Error(w, "no: "+r.Header.Get("Authorization"), http.StatusUnauthorized)
			return
		}
		git.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	ca, secret := filepath.Join(t.TempDir(), "ca.pem"), filepath.Join(t.TempDir(), "token")
	must(t, os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o600))
	must(t, os.WriteFile(secret, []byte(token+"\n"), 0o600))
	return Remote{URL: s.URL + "/" + filepath.Base(bare), Branch: "main", CAFile: ca, Auth: Auth{Token: TokenFile(secret)}}
}

func TestCloneTakesTheLastCommitAndNothingElse(t *testing.T) {
	bare := origin(t)
	head := gitIn(t, bare, "rev-parse", "main")
	for name, r := range remotes(t, bare) {
		t.Run(name, func(t *testing.T) {
			r.Branch = ""
			c := clone(t, r)
			if c.Branch != "main" || c.Base != head {
				t.Errorf("checked out %s at %s, want main at %s", c.Branch, c.Base, head)
			}
			data, err := os.ReadFile(filepath.Join(c.Dir, "apps/shop/cart.yaml"))
			if err != nil || string(data) != "cart\r\n" {
				t.Errorf("cart.yaml is %q (%v), want its line end kept", data, err)
			}
			if n := gitIn(t, c.Dir, "rev-list", "--count", "HEAD"); n != "1" {
				t.Errorf("%s commits were fetched, want 1", n)
			}
			if status := gitIn(t, c.Dir, "status", "--porcelain"); status != "" {
				t.Errorf("the working tree differs from the commit:\n%s", status)
			}
		})
	}
}

func TestCloseRemovesTheClone(t *testing.T) {
	c, err := Clone(context.Background(), Remote{URL: origin(t), TempDir: t.TempDir()})
	must(t, err)
	must(t, c.Close())
	if _, err := os.Stat(c.Dir); !os.IsNotExist(err) {
		t.Errorf("the folder is still there: %v", err)
	}
}

func TestCloneThatFailsLeavesNothingAndNoSecret(t *testing.T) {
	bare := origin(t)
	good := serve(t, bare, "s3cret")
	wrong := filepath.Join(t.TempDir(), "wrong")
	must(t, os.WriteFile(wrong, []byte("wr0ng"), 0o600))
	unset := func(change func(*Remote)) Remote { r := good; change(&r); return r }
	for name, tc := range map[string]struct {
		remote Remote
		want   string
	}{
		"a wrong token is refused":                   {unset(func(r *Remote) { r.Auth.Token = TokenFile(wrong) }), "authentication required"},
		"a certificate nobody vouches for":           {unset(func(r *Remote) { r.CAFile = "" }), "certificate"},
		"a token is not sent in the clear":           {unset(func(r *Remote) { r.URL = "http://git.example/fleet.git" }), "use https"},
		"a password in the address is refused":       {unset(func(r *Remote) { r.URL = "https://me:pa55@git.example/fleet.git" }), "leave them out"},
		"a branch that is not there":                 {Remote{URL: bare, Branch: "none"}, "refs/heads/none"},
		"SSH without known hosts is refused":         {Remote{URL: "git@git.example:fleet.git", Auth: Auth{KeyFile: "key"}}, "known_hosts"},
		"git's own protocol, which proves no server": {Remote{URL: "git://git.example/fleet.git"}, "not supported"},
		"a repository larger than the bound":         {Remote{URL: bare, MaxBytes: 2000}, "larger than"},
		"an empty token file":                        {unset(func(r *Remote) { r.Auth.Token = TokenFile(os.DevNull) }), "holds none"},
	} {
		t.Run(name, func(t *testing.T) {
			tc.remote.TempDir = t.TempDir()
			c, err := Clone(context.Background(), tc.remote)
			if err == nil {
				_ = c.Close()
				t.Fatal("it was cloned")
			}
			if !strings.Contains(err.Error(), tc.want) {
				t.Errorf("the error is %q, want it to say %q", err, tc.want)
			}
			for _, secret := range []string{"wr0ng", "s3cret", "pa55", "Z2l0Ond"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the error %q tells %q", err, secret)
				}
			}
			if left, _ := os.ReadDir(tc.remote.TempDir); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

func TestCommitChangesTheFilesAndNothingElse(t *testing.T) {
	bare := origin(t)
	c := clone(t, Remote{URL: bare})
	files := []patch.FileChange{
		addPatch,
		{Path: "apps/tool.sh", Before: []byte("#!/bin/sh\n"), After: []byte("#!/bin/bash\n"), Mode: 0o644},
		{Path: "apps/shop/cart.yaml", Before: []byte("cart\r\n")},
		{Path: "new/deep/run", After: []byte{}, Mode: 0o755},
	}
	hash := commit(t, c, files...)
	again := commit(t, c, files[3], files[1], files[0], files[2])
	if hash != again {
		t.Errorf("the order of the files changes the commit: %s and %s", hash, again)
	}
	if status := gitIn(t, c.Dir, "status", "--porcelain"); status != "" {
		t.Errorf("the working tree was touched:\n%s", status)
	}
	want := `:100644 000000 apps/shop/cart.yaml D
:000000 100644 apps/shop/tuppence-cart.yaml A
:100755 100755 apps/tool.sh M
:000000 100755 new/deep/run A`
	var got []string
	for line := range strings.Lines(gitIn(t, c.Dir, "diff-tree", "-r", c.Base, hash)) {
		f := strings.Fields(line)
		got = append(got, f[0]+" "+f[1]+" "+f[5]+" "+f[4])
	}
	if strings.Join(got, "\n") != want {
		t.Errorf("changed:\n%s\nwant\n%s", strings.Join(got, "\n"), want)
	}
	if out := gitIn(t, c.Dir, "fsck", "--strict", "--no-dangling", hash); out != "" {
		t.Errorf("git finds fault with the objects: %s", out)
	}
	message := gitIn(t, c.Dir, "log", "-1", "--format=%an %cn %aI%n%B", hash)
	for _, want := range []string{"tuppence tuppence 2026-11-24T12:00:00+00:00\nLower the requests", "\n\nSigned-off-by: tuppence <tuppence@example.org>\nTuppence-Files: "} {
		if !strings.Contains(message, want) {
			t.Errorf("the commit says\n%s\nwant %q in it", message, want)
		}
	}
	if out := gitIn(t, c.Dir, "log", "-1", "--format=%(trailers:key=Tuppence-Seal,valueonly)", hash); len(out) != digestLen {
		t.Errorf("git reads the seal's trailer as %q", out)
	}
}

func TestCommitRefuses(t *testing.T) {
	c := clone(t, Remote{URL: origin(t)})
	for name, f := range map[string]patch.FileChange{
		"a file that is not what the plan was made on": {Path: "README.md", Before: []byte("other\n"), After: []byte("x")},
		"a new file where one is":                      {Path: "README.md", After: []byte("x")},
		"a change of a file that is not there":         {Path: "none", Before: []byte("x"), After: []byte("y")},
		"a file in the place of a folder":              {Path: "apps", After: []byte("x")},
		"a folder in the place of a file":              {Path: "README.md/x", After: []byte("x")},
		"a path through a link":                        {Path: "apps/link/x", After: []byte("x")},
		"a change of a link":                           {Path: "apps/link", Before: []byte("shop"), After: []byte("/etc")},
		"a path that leaves the tree":                  {Path: "../x", After: []byte("x")},
		"an absolute path":                             {Path: "/x", After: []byte("x")},
		"a path into .git":                             {Path: "apps/.GIT/config", After: []byte("x")},
		"a path that ends in a slash":                  {Path: "apps/", After: []byte("x")},
		"an empty path":                                {Path: "", After: []byte("x")},
		"nothing to change":                            {Path: "README.md", Before: []byte("fleet\n"), After: []byte("fleet\n")},
	} {
		t.Run(name, func(t *testing.T) {
			if hash, err := c.Commit(context.Background(), []patch.FileChange{f}, "m", someone, noon); err == nil {
				t.Errorf("made %s", hash)
			}
		})
	}
	t.Run("an author who ends the line", func(t *testing.T) {
		if _, err := c.Commit(context.Background(), []patch.FileChange{addPatch}, "m", Author{Name: "a\nb", Email: "c"}, noon); err == nil {
			t.Error("it was taken")
		}
	})
}

func TestASignedCommitIsVerifiedAndAlwaysTheSame(t *testing.T) {
	c := clone(t, Remote{URL: origin(t)})
	made := time.Date(2024, 5, 1, 12, 0, 0, 0, time.UTC)
	entity, err := openpgp.NewEntity("tuppence", "", "tuppence@example.org", &packet.Config{Time: func() time.Time { return made }})
	must(t, err)
	var private, public bytes.Buffer
	w, err := armor.Encode(&private, openpgp.PrivateKeyType, nil)
	must(t, err)
	must(t, entity.SerializePrivate(w, nil))
	must(t, w.Close())
	w, err = armor.Encode(&public, openpgp.PublicKeyType, nil)
	must(t, err)
	must(t, entity.Serialize(w))
	must(t, w.Close())
	key := filepath.Join(t.TempDir(), "key.asc")
	must(t, os.WriteFile(key, private.Bytes(), 0o600))

	by, later := someone, made.Add(time.Hour) // a key signs nothing from before it was made
	by.KeyFile = key
	first, err := c.Commit(context.Background(), []patch.FileChange{addPatch}, "m", by, later)
	must(t, err)
	second, err := c.Commit(context.Background(), []patch.FileChange{addPatch}, "m", by, later)
	must(t, err)
	if first != second {
		t.Errorf("signed twice, two commits: %s and %s", first, second)
	}
	o, err := c.repo.CommitObject(plumbing.NewHash(first))
	must(t, err)
	if _, err := o.Verify(public.String()); err != nil {
		t.Errorf("the signature: %v", err)
	}
	if _, ok := sealed(o); !ok {
		t.Error("a signed commit is not known as tuppence's")
	}
	by.KeyFile = filepath.Join(t.TempDir(), "none")
	if _, err := c.Commit(context.Background(), []patch.FileChange{addPatch}, "m", by, later); err == nil {
		t.Error("without its key it was committed all the same")
	}
}

func TestPushMovesABranchOnlyFromWhereItIsExpected(t *testing.T) {
	for _, way := range []string{"by path", "over HTTPS"} {
		t.Run(way, func(t *testing.T) {
			bare := origin(t)
			ctx, c := context.Background(), clone(t, remotes(t, bare)[way])
			first := commit(t, c, addPatch)
			other := addPatch
			other.After = []byte("cpu: 50m\n")
			second := commit(t, c, other)
			at := func() string {
				return gitIn(t, bare, "for-each-ref", "--format=%(objectname)", "refs/heads/tuppence/x")
			}

			must(t, c.Push(ctx, "tuppence/x", first, ""))
			if at() != first {
				t.Fatalf("the branch is at %s, want %s", at(), first)
			}
			if err := c.Push(ctx, "tuppence/x", second, ""); err == nil || at() != first {
				t.Errorf("a branch that was to be new was moved (%v)", err)
			}
			if err := c.Push(ctx, "tuppence/x", second, second[:39]+"0"); err == nil || at() != first {
				t.Errorf("a branch was moved from where it was not expected (%v)", err)
			}
			must(t, c.Push(ctx, "tuppence/x", second, first))
			if at() != second {
				t.Errorf("the branch is at %s, want %s", at(), second)
			}
			theirs := human(t, bare, "tuppence/x", "apps/shop/more.yaml", "more\n")
			if err := c.Push(ctx, "tuppence/x", first, second); err == nil || at() != theirs {
				t.Errorf("somebody's commit was overwritten (%v)", err)
			}
			if err := c.DeleteBranch(ctx, "tuppence/x", second); err == nil || at() != theirs {
				t.Errorf("somebody's commit was deleted (%v)", err)
			}
			must(t, c.DeleteBranch(ctx, "tuppence/x", theirs))
			if at() != "" {
				t.Errorf("the branch is still at %s", at())
			}
			if err := c.DeleteBranch(ctx, "tuppence/x", theirs); err == nil {
				t.Error("a branch that is not there was deleted")
			}
			if err := c.Push(ctx, "main", first, c.Base); err == nil || gitIn(t, bare, "rev-parse", "main") != c.Base {
				t.Errorf("the base branch was pushed to (%v)", err)
			}
		})
	}
}

func TestTipsKnowTheirOwnCommits(t *testing.T) {
	for _, way := range []string{"by path", "over HTTPS"} {
		t.Run(way, func(t *testing.T) {
			bare := origin(t)
			ctx, c := context.Background(), clone(t, remotes(t, bare)[way])
			first := commit(t, c, addPatch)
			for _, branch := range []string{"ours", "on-top", "amended", "reset"} {
				must(t, c.Push(ctx, "tuppence/"+branch, first, ""))
			}
			onTop := human(t, bare, "tuppence/on-top", "more.yaml", "more\n")
			work := t.TempDir()
			gitIn(t, work, "clone", "-q", "--branch", "tuppence/amended", bare, ".")
			gitIn(t, work, "commit", "-q", "--amend", "--no-edit")
			gitIn(t, work, "push", "-q", "--force", "origin", "tuppence/amended")
			gitIn(t, bare, "update-ref", "refs/heads/tuppence/reset", "main")
			moved := human(t, bare, "main", "apps/other.yaml", "other\n")

			later := clone(t, remotes(t, bare)[way])
			if later.Base != moved {
				t.Fatalf("the base is %s, want %s", later.Base, moved)
			}
			tips, err := later.Tips(ctx, "tuppence/")
			must(t, err)
			want := map[string]Tip{
				"tuppence/ours":    {Hash: first, Ours: true, Files: FilesDigest([]patch.FileChange{addPatch})},
				"tuppence/on-top":  {Hash: onTop},
				"tuppence/amended": {Hash: gitIn(t, work, "rev-parse", "HEAD")},
				"tuppence/reset":   {Hash: c.Base},
			}
			if fmt.Sprint(tips) != fmt.Sprint(want) {
				t.Errorf("tips are\n%v, want\n%v", tips, want)
			}
			// What was fetched is no hindrance to a push on the new base.
			must(t, later.Push(ctx, "tuppence/ours", commit(t, later, addPatch), first))
			if parent := gitIn(t, bare, "rev-parse", "tuppence/ours^"); parent != moved {
				t.Errorf("the new commit is on %s, want %s", parent, moved)
			}
		})
	}
}

// A push of one file to a repository with a large one sends next to nothing.
func TestPushSendsOnlyWhatIsNew(t *testing.T) {
	bare := origin(t)
	noise := make([]byte, 256<<10)
	_, err := rand.Read(noise)
	must(t, err)
	human(t, bare, "main", "large", hex.EncodeToString(noise))
	r := serve(t, bare, "s3cret")
	c := clone(t, r)
	before := gitIn(t, bare, "count-objects", "-v")
	must(t, c.Push(context.Background(), "tuppence/x", commit(t, c, addPatch), ""))
	gitIn(t, bare, "fsck", "--strict")
	if after := gitIn(t, bare, "count-objects", "-v"); objects(after) != objects(before)+5 {
		t.Errorf("objects before and after:\n%s\n%s\nwant five more: the file, three folders, the commit", before, after)
	}
}

func objects(counted string) int {
	var loose, packed int
	for line := range strings.Lines(counted) {
		_, _ = fmt.Sscanf(line, "count: %d", &loose)
		_, _ = fmt.Sscanf(line, "in-pack: %d", &packed)
		if loose > 0 && packed > 0 {
			break
		}
	}
	return loose + packed
}
