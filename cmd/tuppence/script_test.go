package main

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "renew the golden parts of the scripts")

// TestMain lets scripts and benchmarks run tuppence as a process of its own:
// this binary under that name.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"tuppence": main})
}

// TestScripts runs the command line as a person would: testdata/script.
func TestScripts(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"status": status},
		Setup: func(e *testscript.Env) error {
			e.Setenv("RECORDING", filepath.Join(root, bundled))
			e.Setenv("FLEET", filepath.Join(root, "fixtures/testbed/fleet"))
			e.Setenv("BOOK", filepath.Join(root, "pricing/book/book.csv"))
			return nil
		},
	})
}

// TestEveryHelpEndsWithAnExampleThatWorks runs the last line of each command's
// help, from the root of the repository.
func TestEveryHelpEndsWithAnExampleThatWorks(t *testing.T) {
	t.Chdir("../..")
	silent := &app{out: io.Discard, err: io.Discard}
	for _, cmd := range append(silent.root().Commands(), silent.root()) {
		if cmd.Hidden { // nobody runs it
			continue
		}
		if cmd.Short == "" {
			t.Errorf("%s has no summary", cmd.Name())
		}
		var help, stderr bytes.Buffer
		a := &app{out: &help, err: &stderr}
		path := strings.Fields(cmd.CommandPath())[1:]
		if code := run(t.Context(), a, append(path, "--help")); code != exitDone || stderr.Len() > 0 {
			t.Errorf("%s --help: status %d, %s", cmd.CommandPath(), code, &stderr)
		}
		lines := strings.Split(strings.TrimSpace(help.String()), "\n")
		example, ok := strings.CutPrefix(lines[len(lines)-1], "  tuppence ")
		if cmd.Name() == "completion" {
			example, ok = "completion bash", strings.Contains(lines[len(lines)-1], "tuppence completion bash")
		}
		if !ok {
			t.Errorf("%s: its help ends with %q, no example", cmd.CommandPath(), lines[len(lines)-1])
			continue
		}
		var out bytes.Buffer
		a = &app{out: &out, err: &stderr, now: time.Now}
		if code := run(t.Context(), a, strings.Fields(example)); code != exitDone || out.Len() == 0 {
			t.Errorf("tuppence %s: status %d: %s", example, code, &stderr)
		}
	}
}

// TestTheReadmeShowsRealOutput holds the README's excerpt, up to its "…", to what
// make run prints.
func TestTheReadmeShowsRealOutput(t *testing.T) {
	t.Chdir("../..")
	var out bytes.Buffer
	if code := run(t.Context(), &app{out: &out, err: io.Discard}, []string{"analyse", "--recording", bundled}); code != exitDone {
		t.Fatalf("status %d", code)
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	head, rest, _ := strings.Cut(string(readme), "```\n")
	excerpt, tail, ok := strings.Cut(rest, "…\n```\n")
	if !ok {
		t.Fatal("the README has no excerpt that ends in …")
	}
	lines := strings.SplitAfter(out.String(), "\n")
	want := strings.Join(lines[:min(len(lines), strings.Count(excerpt, "\n"))], "")
	if excerpt == want {
		return
	}
	if !*update {
		t.Fatalf("the README shows\n%s\nwhere the report begins with\n%s\nrenew it by make golden", excerpt, want)
	}
	if err := os.WriteFile("README.md", []byte(head+"```\n"+want+"…\n```\n"+tail), 0o644); err != nil {
		t.Fatal(err)
	}
}

// status is the script command "status N COMMAND…": it runs the command and
// holds its exit status to N.
func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N command [args]")
	}
	err := ts.Exec(args[1], args[2:]...)
	code := 0
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("%q exited with %d, want %s", args[1:], code, args[0])
	}
}
