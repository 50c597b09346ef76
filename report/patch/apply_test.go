package patch

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// fourFiles is a plan of four files: two of them new, in two folders.
func fourFiles(t *testing.T) (*Plan, string) {
	t.Helper()
	f := loadFixture(t, "testdata/sharedbase.txtar")
	f.input.Tolerance = -1
	in := f.input.Findings[0]
	in.ID, in.Cluster = "rightsize-2", "man"
	f.input.Findings = append(f.input.Findings, in)
	root := f.write(t)
	p := f.plan(t, root)
	if len(p.Files) != 4 || len(p.Placed) != 2 {
		t.Fatalf("the plan has %d files and %d changes, want 4 and 2:\n%s", len(p.Files), len(p.Placed), summary(p))
	}
	return p, root
}

func TestApplyIsAllOrNothing(t *testing.T) {
	for fail := range 4 {
		p, root := fourFiles(t)
		before := snapshot(t, root)
		n := 0
		p.rename = func(from, to string) error {
			if n++; n > fail {
				return errors.New("the disk is full")
			}
			return os.Rename(filepath.Join(root, from), filepath.Join(root, to))
		}
		err := p.Apply()
		if err == nil || !strings.Contains(err.Error(), p.Files[fail].Path+": the disk is full; nothing was written") {
			t.Errorf("failing at file %d: error %v, want one that names %s", fail, err, p.Files[fail].Path)
		}
		if diff := cmp.Diff(before, snapshot(t, root)); diff != "" {
			t.Errorf("failing at file %d changed the tree (-before +after):\n%s", fail, diff)
		}
	}
}

func TestApplyRefusesATreeThatChangedSinceThePlan(t *testing.T) {
	tests := map[string]func(t *testing.T, root string){
		"apps/lon/kustomization.yaml was changed by somebody": func(t *testing.T, root string) {
			must(t, os.WriteFile(filepath.Join(root, "apps/lon/kustomization.yaml"), []byte("resources: []\n"), 0o644))
		},
		"apps/man/tuppence-deployment-shop-web.yaml was made by somebody": func(t *testing.T, root string) {
			must(t, os.Mkdir(filepath.Join(root, "apps/man/tuppence-deployment-shop-web.yaml"), 0o755))
		},
		"apps/man/kustomization.yaml is no file any more": func(t *testing.T, root string) {
			name := filepath.Join(root, "apps/man/kustomization.yaml")
			must(t, os.Rename(name, name+".old"))
			must(t, os.Symlink("kustomization.yaml.old", name))
		},
		"apps/man/kustomization.yaml: no such file": func(t *testing.T, root string) {
			must(t, os.Remove(filepath.Join(root, "apps/man/kustomization.yaml")))
		},
	}
	for want, change := range tests {
		t.Run(want, func(t *testing.T) {
			p, root := fourFiles(t)
			change(t, root)
			before := snapshot(t, root)
			if err := p.Apply(); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("error %v, want %q", err, want)
			}
			if diff := cmp.Diff(before, snapshot(t, root)); diff != "" {
				t.Errorf("the tree changed (-before +after):\n%s", diff)
			}
		})
	}
}

func TestApplyLeavesAReadOnlyFolderWhole(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root writes to read-only folders; TestApplyIsAllOrNothing covers the undo")
	}
	p, root := fourFiles(t)
	before := snapshot(t, root)
	dir := filepath.Join(root, "apps/man")
	must(t, os.Chmod(dir, 0o555))
	t.Cleanup(func() { _ = os.Chmod(dir, 0o755) })
	if err := p.Apply(); err == nil || !strings.Contains(err.Error(), "nothing was written") {
		t.Errorf("error %v, want one that says nothing was written", err)
	}
	if diff := cmp.Diff(before, snapshot(t, root)); diff != "" {
		t.Errorf("the tree changed (-before +after):\n%s", diff)
	}
}

func TestApplyKeepsTheFileMode(t *testing.T) {
	f := loadFixture(t, "testdata/overlay.txtar")
	root := f.write(t)
	name := filepath.Join(root, "apps/kustomization.yaml")
	must(t, os.Chmod(name, 0o640))
	must(t, f.plan(t, root).Apply())
	info, err := os.Stat(name)
	must(t, err)
	if info.Mode().Perm() != 0o640 {
		t.Errorf("mode %o after Apply, want 640", info.Mode().Perm())
	}
}

func TestApplyRemovesAFileAndPutsItBackOnFailure(t *testing.T) {
	root := t.TempDir()
	must(t, os.WriteFile(filepath.Join(root, "a"), []byte("old\n"), 0o600))
	p := &Plan{root: root, Files: []FileChange{
		{Path: "a", Before: []byte("old\n"), Mode: 0o600},
		{Path: "b", After: []byte("new\n"), Mode: 0o644},
	}}
	p.rename = func(string, string) error { return errors.New("no") }
	if p.Apply() == nil {
		t.Fatal("Apply succeeded, and its rename fails")
	}
	if got := snapshot(t, root); len(got) != 1 || got["a"] != "old\n" {
		t.Errorf("the tree is %v, want a as it was", got)
	}
	p.rename = nil
	must(t, p.Apply())
	if got := snapshot(t, root); len(got) != 1 || got["b"] != "new\n" {
		t.Errorf("the tree is %v, want b alone", got)
	}
}

// Git itself takes every fixture's diff and comes to the tree that Apply writes.
func TestGitAppliesTheDiff(t *testing.T) {
	git, err := exec.LookPath("git")
	if err != nil {
		t.Skip("git is not installed")
	}
	for _, name := range []string{"overlay", "generated", "crlf", "comments", "flow", "owned", "tolerations", "twofindings", "stale_undone", "stale_gone", "argo_patches_plain", "flag_again", "flag_inplace", "params_inplace"} {
		f := loadFixture(t, "testdata/"+name+".txtar")
		root, twin := f.write(t), f.write(t)
		p := f.plan(t, root)
		must(t, p.Apply())
		cmd := exec.Command(git, "apply", "--whitespace=nowarn", "-")
		cmd.Dir = twin
		cmd.Env = []string{"GIT_CEILING_DIRECTORIES=" + filepath.Dir(twin), "GIT_CONFIG_NOSYSTEM=1", "HOME=" + t.TempDir(), "LC_ALL=C"}
		cmd.Stdin = strings.NewReader(p.Diff())
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: git apply: %v: %s\n%s", name, err, out, p.Diff())
			continue
		}
		if diff := cmp.Diff(snapshot(t, root), snapshot(t, twin)); diff != "" {
			t.Errorf("%s: git's tree differs (-Apply +git):\n%s", name, diff)
		}
	}
}
