package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/tuppence-dev/tuppence/report"
)

// Exit statuses, as the help and the README promise them.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
	exitGaps   = 3
)

// app is what a command may touch of the world. Tests make their own.
type app struct {
	out, err       io.Writer
	now            func() time.Time
	outTTY, errTTY bool
	width          int  // columns of the terminal, 0 where there is none
	colour         bool // a terminal on stdout and no NO_COLOR
}

func systemIO() *app {
	a := &app{out: os.Stdout, err: os.Stderr, now: time.Now}
	a.outTTY = term.IsTerminal(int(os.Stdout.Fd()))
	a.errTTY = term.IsTerminal(int(os.Stderr.Fd()))
	if a.outTTY {
		a.width, _, _ = term.GetSize(int(os.Stdout.Fd()))
		a.colour = os.Getenv("NO_COLOR") == "" // https://no-color.org
	}
	return a
}

// usageError is a command line that can't be carried out as it stands.
type usageError struct{ error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// errGaps ends a --strict run that has gaps; they have been printed.
var errGaps = errors.New("there are gaps, and --strict was given")

// run carries out one command line and returns its exit status.
func run(ctx context.Context, a *app, args []string) int {
	root := a.root()
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	var usage usageError
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errGaps):
		fmt.Fprintln(a.err, "tuppence:", err)
		return exitGaps
	case errors.As(err, &usage):
		fmt.Fprintf(a.err, "tuppence: %s\nTry '%s --help'.\n", oneLine(err), cmd.CommandPath())
		return exitUsage
	default:
		fmt.Fprintln(a.err, "tuppence:", oneLine(err))
		return exitFailed
	}
}

// oneLine is err on one line. What it quotes may come from a cluster or a file,
// and must not write to the reader's terminal.
func oneLine(err error) string {
	return report.Plain(strings.Join(strings.FieldsFunc(err.Error(), func(r rune) bool { return r == '\n' }), "; "))
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "tuppence",
		Short: "What a GitOps fleet costs in pounds, and what to change in Git",
		Long: `tuppence reads what every cluster of a fleet uses and how hard its GitOps
controllers work, prices that in pounds and proposes changes to Git: right-sized
requests, workloads that can run on spot capacity, and reconcile intervals that
match how often things change. It only reads your clusters.

Exit status: 0 done (gaps are printed), 1 failed, 2 wrong usage, 3 with --strict
where there were gaps.`,
		Example:       "  tuppence analyse --recording " + bundled,
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return cmd.Help()
		},
	}
	root.SetOut(a.out) // before the completion command, which keeps it
	root.SetErr(a.err)
	root.SetVersionTemplate("tuppence {{.Version}}\n")
	root.SetUsageTemplate(usageTemplate)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.AddCommand(a.analyse(), a.record(), a.patch(), a.propose(), a.explain(), a.simulate(), a.prices(), a.versionCommand(), a.renderCharts())
	root.SetHelpCommand(helpCommand(root))
	root.InitDefaultCompletionCmd()
	finishCompletion(root)
	checkArguments(root)
	return root
}

// bundled is the recording that the repository carries; the examples of every
// command run on it.
const bundled = "fixtures/recordings/testbed.jsonl.gz"

// release is the released version; the release build sets it by -ldflags -X.
var release string

// version is the release, or the commit it was built from, or "devel".
func version() string {
	if release != "" {
		return release
	}
	info, ok := debug.ReadBuildInfo()
	if ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "devel"
}

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Args:    cobra.NoArgs,
		Example: "  tuppence version",
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(a.out, "tuppence", version())
			return err
		},
	}
}
