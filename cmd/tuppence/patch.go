package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	git "github.com/go-git/go-git/v5"
	"github.com/spf13/cobra"

	"github.com/tuppence-dev/tuppence/recommend"
	"github.com/tuppence-dev/tuppence/report"
	"github.com/tuppence-dev/tuppence/report/patch"
)

func (a *app) patch() *cobra.Command {
	n := &analysis{}
	var repo string
	var minSaving *string
	var clusters []string
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "patch --repo DIR",
		Short: "Write the findings into a Git working tree as Kustomize patches",
		Long: `patch finds the place in Git that owns each change, writes a Kustomize patch
there and proves by building the overlay before and after that exactly the
intended fields change, and puts each change through the gates. It prints the diff,
and what it could not place with the reason. It writes all of it or nothing, and commits nothing.`,
		Args:    cobra.NoArgs,
		Example: "  tuppence patch --recording " + bundled + " --repo fixtures/testbed/fleet --dry-run",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if repo == "" {
				return usagef("patch needs --repo DIR, the Git working tree of the fleet")
			}
			if err := isFolder("repo", repo, "the Git working tree of the fleet"); err != nil {
				return err
			}
			s, err := n.settle(cmd)
			if err != nil {
				return err
			}
			if s.minSaving, err = s.config.minSaving(cmd, *minSaving); err != nil {
				return err
			}
			f, err := n.fleet(cmd.Context(), a, s.config)
			if err != nil {
				return err
			}
			if err := known(f, clusters); err != nil {
				return err
			}
			r, _, err := s.of(cmd.Context(), f)
			if err != nil {
				return err
			}
			o := options(repo, clusters)
			o.Only, o.Partial = reported(r), len(n.only) > 0
			if o.Judge, err = judge(cmd.Context(), f, repo); err != nil {
				return err
			}
			charts, err := chartRenderer()
			if err != nil {
				return err
			}
			defer charts.Close()
			o.Renderer = charts
			plan, err := patch.Make(cmd.Context(), repo, f, s.findings, o)
			if err != nil {
				return err
			}
			// Written first: a reader who closes the pipe ends the process.
			if !dryRun {
				if err := plan.Apply(); err != nil {
					return err
				}
			}
			if err := a.diff(plan); err != nil {
				return err
			}
			a.remarks(plan)
			a.summary(plan, repo, dryRun)
			printGaps(a, r.Gaps)
			return n.strictly(r.Gaps)
		},
	}
	n.flags(cmd)
	minSaving = minSavingFlag(cmd)
	cmd.Flags().StringVar(&repo, "repo", "", "the Git working tree to write into")
	cmd.Flags().StringArrayVar(&clusters, "cluster", nil, "place only the findings of this cluster; may be given again")
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "show the diff, write nothing")
	return cmd
}

// diff prints the plan: as it is into a pipe, for git apply; on a terminal in
// colour, and with what does not print written out.
func (a *app) diff(plan *patch.Plan) error {
	text := plan.Diff()
	if a.outTTY {
		var b strings.Builder
		for line := range strings.Lines(text) {
			line = report.Plain(strings.TrimSuffix(line, "\n"))
			if colour := diffColours[line[:min(1, len(line))]]; a.colour && colour != "" {
				line = colour + line + "\x1b[0m"
			}
			b.WriteString(line + "\n")
		}
		text = b.String()
	}
	_, err := io.WriteString(a.out, text)
	return err
}

// diffColours are git's, by what a line begins with.
var diffColours = map[string]string{"+": "\x1b[32m", "-": "\x1b[31m", "@": "\x1b[36m", "d": "\x1b[1m"}

// remarks says on stderr what a reader of the diff must know.
func (a *app) remarks(plan *patch.Plan) {
	for _, file := range plan.Lists() {
		a.say("note: %s is new: Flux listed that folder by itself until now; from here on a new manifest must be listed there, also one that comes to the folder before this does", file)
	}
	for _, stale := range plan.Stale {
		a.say("takes out: %s: %s", stale.File, stale.Reason)
	}
	var notes grouped
	for _, p := range append(slices.Clone(plan.Placed), plan.Already...) {
		if p.Note != "" {
			notes.add(p.Note, p.Finding, p.Change.Object)
		}
	}
	for _, g := range notes {
		a.say("note: %s: %s", g, g.text)
	}
	shared := map[string]int{}
	for _, u := range plan.Unplaced {
		shared[u.Reason]++
	}
	for _, u := range plan.Unplaced {
		a.say("not placed: %s (%s): %s", u.Finding, u.Object, u.Reason)
		// What holds back many at once lies in the tree, not in the changes.
		if shared[u.Reason] > few {
			continue
		}
		for line := range strings.Lines(u.Snippet) {
			a.say("    %s", strings.TrimSuffix(line, "\n"))
		}
	}
}

// say prints one line on stderr; what it quotes can't write to the terminal.
func (a *app) say(format string, args ...any) {
	fmt.Fprintln(a.err, report.Plain(fmt.Sprintf(format, args...)))
}

// few is how many findings that share a reason each come with their snippet.
const few = 3

// remark is one text about several findings.
type remark struct {
	text     string
	findings []string
	object   recommend.Object // of the first
}

// grouped are remarks in the order of their first findings.
type grouped []*remark

func (g *grouped) add(text, finding string, object recommend.Object) {
	at := slices.IndexFunc(*g, func(r *remark) bool { return r.text == text })
	if at < 0 {
		at = len(*g)
		*g = append(*g, &remark{text: text, object: object})
	}
	if r := (*g)[at]; !slices.Contains(r.findings, finding) {
		r.findings = append(r.findings, finding)
	}
}

// String names the findings, all of them.
func (r *remark) String() string {
	if len(r.findings) == 1 && r.object != (recommend.Object{}) {
		return fmt.Sprintf("%s (%s)", r.findings[0], r.object)
	}
	return strings.Join(r.findings, ", ")
}

func (a *app) summary(plan *patch.Plan, repo string, dryRun bool) {
	unplaced := report.Count(len(plan.Unplaced), "finding") + " not placed"
	if len(plan.Files) == 0 {
		a.say("nothing to write in %s: %s stand there already, %s", repo, report.Count(len(plan.Already), "change"), unplaced)
		return
	}
	verb := "wrote"
	if dryRun {
		verb = "would write"
	}
	a.say("%s %s in %s: %s placed, %s", verb, report.Count(len(plan.Files), "file"), repo, report.Count(len(plan.Placed), "change"), unplaced)
}

// reported are the findings to place: those that the report has. What is under the
// least saving is not placed, and a patch that it asks for is not taken out either.
func reported(r *report.Report) []string {
	ids := make([]string, len(r.Findings))
	for i := range r.Findings {
		ids[i] = r.Findings[i].ID
	}
	return ids
}

// options says which repository and branch the tree is of, so that a change goes
// only into the one that its source follows. Both stay empty where the tree is
// no repository of its own.
func options(repo string, clusters []string) patch.Options {
	o := patch.Options{Clusters: clusters, Tolerance: patch.DefaultTolerance}
	// A working tree made by git worktree has its settings in the main one's .git.
	r, err := git.PlainOpenWithOptions(repo, &git.PlainOpenOptions{EnableDotGitCommonDir: true})
	if err != nil {
		return o
	}
	if origin, err := r.Remote("origin"); err == nil && len(origin.Config().URLs) > 0 {
		o.RemoteURL = origin.Config().URLs[0]
	}
	if head, err := r.Head(); err == nil && head.Name().IsBranch() {
		o.Branch = head.Name().Short()
	}
	return o
}
