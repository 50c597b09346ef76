package main

import (
	"fmt"
	"os"
	"slices"

	git "github.com/go-git/go-git/v5"
	"github.com/spf13/cobra"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/report/patch"
)

func (a *app) patch() *cobra.Command {
	n := &analysis{}
	var repo string
	var clusters []string
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "patch --repo DIR",
		Short: "Write the findings into a Git working tree as Kustomize patches",
		Long: `patch finds the place in Git that owns each change, writes a Kustomize patch
there and proves by building the overlay before and after that exactly the
intended fields change. It prints the diff, and what it could not place with the
reason. It writes all of it or nothing, and commits nothing.`,
		Args:    usageArgs(cobra.NoArgs),
		Example: "  tuppence patch --recording " + bundled + " --repo fixtures/testbed/fleet --dry-run",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if info, err := os.Stat(repo); err != nil || !info.IsDir() {
				return usagef("--repo %q is not a folder: name the Git working tree of the fleet", repo)
			}
			s, err := n.settle(cmd)
			if err != nil {
				return err
			}
			f, err := n.fleet(cmd.Context(), a, cmd)
			if err != nil {
				return err
			}
			for _, c := range clusters {
				if !slices.ContainsFunc(f.Clusters, func(k collector.Cluster) bool { return k.Name == c }) {
					return usagef("--cluster %s: there is no such cluster in what was read", c)
				}
			}
			r, err := analyseFleet(f, s.recommenders, s.minSaving)
			if err != nil {
				return err
			}
			plan, err := patch.Make(cmd.Context(), repo, f, r.Findings, options(repo, clusters))
			if err != nil {
				return err
			}
			fmt.Fprint(a.out, plan.Diff())
			a.remarks(plan)
			if !dryRun {
				if err := plan.Apply(); err != nil {
					return err
				}
			}
			a.summary(plan, repo, dryRun)
			printGaps(a, r.Gaps)
			return n.strictly(r.Gaps)
		},
	}
	n.flags(cmd)
	cmd.Flags().StringVar(&repo, "repo", "", "the Git working tree to write into")
	cmd.Flags().StringArrayVar(&clusters, "cluster", nil, "place only the findings of this cluster; may be given again")
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "show the diff, write nothing")
	return cmd
}

// remarks says on stderr what a reader of the diff must know.
func (a *app) remarks(plan *patch.Plan) {
	for _, p := range append(slices.Clone(plan.Placed), plan.Already...) {
		if p.Note != "" {
			fmt.Fprintf(a.err, "note: %s (%s): %s\n", p.Finding, p.Change.Object, p.Note)
		}
	}
	for _, u := range plan.Unplaced {
		fmt.Fprintf(a.err, "not placed: %s (%s): %s\n", u.Finding, u.Object, u.Reason)
	}
}

func (a *app) summary(plan *patch.Plan, repo string, dryRun bool) {
	verb := "wrote"
	if dryRun {
		verb = "would write"
	}
	if len(plan.Files) == 0 {
		fmt.Fprintf(a.err, "nothing to write: %d changes stand in %s already, %d findings not placed\n", len(plan.Already), repo, len(plan.Unplaced))
		return
	}
	fmt.Fprintf(a.err, "%s %d files in %s: %d changes placed, %d findings not placed\n", verb, len(plan.Files), repo, len(plan.Placed), len(plan.Unplaced))
}

// options says which repository and branch the tree is of, so that a change goes
// only into the one that its source follows. Both stay empty where the tree is
// no repository of its own.
func options(repo string, clusters []string) patch.Options {
	o := patch.Options{Clusters: clusters}
	r, err := git.PlainOpen(repo)
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
