package main

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

var errClosed = errors.New("nobody reads")

type closedPipe struct{}

func (closedPipe) Write([]byte) (int, error) { return 0, errClosed }

// snapshot is every file below root with what is in it.
func snapshot(t *testing.T, root string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		files[path] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func copyFleet(t *testing.T, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS("../../fixtures/testbed/fleet")); err != nil {
		t.Fatal(err)
	}
}

func TestPatchesAreWrittenWholeThoughNobodyReadsTheDiff(t *testing.T) {
	tree := filepath.Join(t.TempDir(), "fleet")
	copyFleet(t, tree)
	before := snapshot(t, tree)
	var stderr bytes.Buffer
	a := &app{out: closedPipe{}, err: &stderr}
	if code := run(context.Background(), a, []string{"patch", "--recording", filepath.Join("../..", bundled), "--repo", tree}); code != exitFailed {
		t.Errorf("exit status %d, want %d: %s", code, exitFailed, &stderr)
	}
	if !strings.Contains(stderr.String(), errClosed.Error()) {
		t.Errorf("stderr: %s", &stderr)
	}
	after := snapshot(t, tree)
	if len(after) <= len(before) {
		t.Fatal("no patch was written")
	}
	for name := range after {
		if strings.Contains(filepath.Base(name), ".tuppence-") {
			t.Errorf("%s was left behind", name)
		}
	}
	a = &app{out: &bytes.Buffer{}, err: &stderr}
	run(context.Background(), a, []string{"patch", "--recording", filepath.Join("../..", bundled), "--repo", tree})
	if out := a.out.(*bytes.Buffer); out.Len() > 0 {
		t.Errorf("a second run has more to write:\n%s", out)
	}
}

// TestAReadOnlyTreeIsLeftAsItIs runs as nobody where the test itself is root,
// whom no permission holds.
func TestAReadOnlyTreeIsLeftAsItIs(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil { // nobody must get in
		t.Fatal(err)
	}
	tree, recording := filepath.Join(dir, "fleet"), filepath.Join(dir, "recording.jsonl.gz")
	copyFleet(t, tree)
	data, err := os.ReadFile(filepath.Join("../..", bundled))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(recording, data, 0o644); err != nil {
		t.Fatal(err)
	}
	before := snapshot(t, tree)
	// One folder that is planned late can't be written: those before it are taken back.
	late := filepath.Join(tree, "infrastructure/uk-hybrid")
	open := func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.IsDir() {
			err = os.Chmod(path, 0o777)
		}
		return err
	}
	if err := filepath.WalkDir(tree, open); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(late, 0o555); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(late, 0o755) })

	cmd := tuppence(t, dir, "patch", "--recording", recording, "--repo", tree)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	err = cmd.Run()
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok || exit.ExitCode() != exitFailed {
		t.Fatalf("got %v: %s", err, &stderr)
	}
	if want := "infrastructure/uk-hybrid"; !strings.Contains(stderr.String(), want) || !strings.Contains(stderr.String(), "nothing was written") {
		t.Errorf("no %q and %q in %s", want, "nothing was written", &stderr)
	}
	after := snapshot(t, tree)
	for name, text := range after {
		if before[name] != text {
			t.Errorf("%s is new or changed", name)
		}
	}
	if len(after) < len(before) {
		t.Error("a file is gone")
	}
}

// tuppence is this binary under that name, see TestMain, as somebody without
// privileges.
func tuppence(t *testing.T, dir string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, args...)
	if os.Getuid() == 0 {
		// The folder of a test binary is closed to others, and so a copy runs.
		data, err := os.ReadFile(self)
		if err != nil {
			t.Fatal(err)
		}
		cmd.Path = filepath.Join(dir, "tuppence")
		if err := os.WriteFile(cmd.Path, data, 0o755); err != nil {
			t.Fatal(err)
		}
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	cmd.Args[0] = "tuppence"
	return cmd
}
