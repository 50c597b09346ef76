package main

import (
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
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
			return nil
		},
	})
}

func TestEveryCommandHasAnExampleOnTheBundledRecording(t *testing.T) {
	a := &app{now: func() time.Time { return time.Unix(0, 0) }}
	for _, cmd := range a.root().Commands() {
		if cmd.Name() == "completion" || cmd.Name() == "help" {
			continue
		}
		if cmd.Example == "" || cmd.Short == "" {
			t.Errorf("%s has no example or no summary", cmd.Name())
		}
	}
	if _, err := os.Stat(filepath.Join("../..", bundled)); err != nil {
		t.Errorf("the recording of the examples: %v", err)
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
