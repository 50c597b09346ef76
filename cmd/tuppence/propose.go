package main

import (
	"context"
	"errors"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
	"github.com/tuppence-dev/tuppence/report"
	"github.com/tuppence-dev/tuppence/report/patch"
	"github.com/tuppence-dev/tuppence/report/patch/chart/process"
	"github.com/tuppence-dev/tuppence/report/pull"
)

func (a *app) propose() *cobra.Command {
	n := &analysis{}
	var flags proposeConfig
	var minSaving *string
	var clusters []string
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "propose --repo URL",
		Short: "Open pull requests with the findings, and keep them up to date",
		Long: `propose clones the fleet's repository, places the findings in it as patch does,
puts each change through the gates, and opens one pull request for each wave and
the owners (CODEOWNERS) of the files that it changes: development, then staging,
then production after a soak. What waits is said with its reason. The next run
brings an open request up to date in place and closes it when nothing is left to
propose; where that can't be told, as something could not be read, it stays as it
is. A branch that somebody else has committed to is never pushed to, and a request
that was declined is not opened again until its evidence changes. Gates that a
change does not pass keep it out, with the reason.

With --dry-run the requests are shown, with their texts and diffs, and nothing is
changed. A folder may then be given as --repo: no request counts as open, and no
forge is asked.

Waves, soak, labels, the commits' author and a GitHub App in a token's place are
set in the configuration, under propose.`,
		Args:    cobra.NoArgs,
		Example: "  tuppence propose --recording " + bundled + " --repo fixtures/testbed/fleet --dry-run",
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := n.settle(cmd)
			if err != nil {
				return err
			}
			if s.minSaving, err = s.config.minSaving(cmd, *minSaving); err != nil {
				return err
			}
			p := s.Propose.with(cmd, &flags)
			if err := p.check(dryRun); err != nil {
				return err
			}
			if s.salt != nil {
				return usagef("propose needs names, and privacy hides them: leave out privacy.saltFile")
			}
			agent, err := p.agent(a.now, dryRun)
			if err != nil {
				return err
			}
			f, err := n.fleet(cmd.Context(), a, s.config)
			if err != nil {
				return err
			}
			if err := known(f, clusters); err != nil {
				return err
			}
			if f.Pseudonymised {
				return usagef("the recording's names are hidden, and propose needs them")
			}
			digest, err := recordingDigest(f)
			if err != nil {
				return err
			}
			r, _, err := s.of(cmd.Context(), f)
			if err != nil {
				return err
			}
			printGaps(a, r.Gaps)
			b := &proposing{app: a, config: &p, agent: agent, fleet: f, report: r, findings: s.findings, clusters: clusters, recording: digest, partial: len(n.only) > 0}
			if err := b.run(cmd.Context()); err != nil {
				return err
			}
			return n.strictly(r.Gaps)
		},
	}
	n.flags(cmd)
	minSaving = minSavingFlag(cmd)
	fl := cmd.Flags()
	fl.StringVar(&flags.Repo, "repo", "", "the fleet's repository, as it is cloned: https://… or ssh://…")
	fl.StringVar(&flags.Branch, "branch", "", "the branch that requests go into (default: the repository's own)")
	fl.StringVar(&flags.Forge, "forge", "", "github, gitlab or gitea (default: told from the host)")
	fl.StringVar(&flags.TokenFile, "token-file", "", "file with a token that may push branches and open pull requests")
	fl.StringVar(&flags.Audit, "audit", "", "add a JSON line for each finding proposed to this file")
	fl.IntVar(&flags.MaxOpen, "max-open", 0, "pull requests open at once (default 10)")
	fl.StringArrayVar(&clusters, "cluster", nil, "propose only the findings of this cluster; may be given again")
	fl.BoolVar(&dryRun, "dry-run", false, "show the requests with their texts and diffs, change nothing")
	return cmd
}

// with lays the flags that were given over the configuration.
func (p proposeConfig) with(cmd *cobra.Command, flags *proposeConfig) proposeConfig {
	given := cmd.Flags().Changed
	for name, set := range map[string]func(){
		"repo":       func() { p.Repo = flags.Repo },
		"branch":     func() { p.Branch = flags.Branch },
		"forge":      func() { p.Forge = flags.Forge },
		"token-file": func() { p.TokenFile, p.App = flags.TokenFile, githubAppConfig{} },
		"audit":      func() { p.Audit = flags.Audit },
		"max-open":   func() { p.MaxOpen = flags.MaxOpen },
	} {
		if given(name) {
			set()
		}
	}
	return p
}

// proposing is one run of propose.
type proposing struct {
	*app
	config    *proposeConfig
	agent     *agent
	fleet     *collector.Fleet
	report    *report.Report
	findings  []recommend.Finding // those that the report leaves out too
	clusters  []string
	recording string
	partial   bool // --only: the findings are not all that there are

	checkout *pull.Checkout
	owners   *pull.Owners
	judge    patch.Judge
	charts   *process.Renderer
}

func (b *proposing) run(ctx context.Context) (err error) {
	if b.agent.folder != "" {
		b.checkout = &pull.Checkout{Dir: b.agent.folder, Branch: b.agent.syncer.Policy.Base}
	} else {
		if b.checkout, err = b.agent.clone(ctx); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, b.checkout.Close()) }()
	}
	if b.owners, err = pull.ReadOwners(b.checkout.Dir); err != nil {
		return err
	}
	for _, line := range b.owners.Skipped {
		b.say("note: %s: %s", b.owners.File, line)
	}
	if b.judge, err = judge(ctx, b.fleet, b.checkout.Dir); err != nil {
		return err
	}
	if b.charts, err = chartRenderer(); err != nil {
		return err
	}
	defer b.charts.Close()
	seen := &pull.Seen{}
	if b.agent.folder == "" {
		if seen, err = b.agent.syncer.Look(ctx); err != nil {
			return err
		}
	}
	all, err := b.plan(ctx, patch.Options{Only: reported(b.report), Partial: b.partial})
	if err != nil {
		return err
	}
	b.remarks(b.narrow(all))
	groups, held, plans, err := b.groups(ctx, all, seen)
	if err != nil {
		return err
	}
	b.waits(held)
	proposals := slices.Concat(b.proposals(groups, plans), declined(held, groups, seen))
	wanted := b.keeping(seen, proposals)
	log, err := b.openAudit()
	if err != nil {
		return err
	}
	outcomes, failed := b.agent.syncer.Sync(ctx, seen, wanted)
	b.tell(outcomes, proposals, plans)
	return errors.Join(failed, b.write(log, outcomes, plans))
}

func (b *proposing) soak() time.Duration {
	if b.config.Soak > 0 {
		return time.Duration(b.config.Soak)
	}
	return pull.DefaultSoak
}

// plan plans what o says on the base branch.
func (b *proposing) plan(ctx context.Context, o patch.Options) (*patch.Plan, error) {
	tree := patch.Options{RemoteURL: b.config.Repo, Branch: b.checkout.Branch}
	if b.agent.folder != "" {
		tree = options(b.agent.folder, nil)
	}
	o.RemoteURL, o.Branch, o.Tolerance, o.Judge, o.Renderer = tree.RemoteURL, tree.Branch, patch.DefaultTolerance, b.judge, b.charts
	return patch.Make(ctx, b.checkout.Dir, b.fleet, b.findings, o)
}

// known refuses clusters that were not read.
func known(f *collector.Fleet, clusters []string) error {
	for _, name := range clusters {
		if !slices.ContainsFunc(f.Clusters, func(k collector.Cluster) bool { return k.Name == name }) {
			return usagef("--cluster %s: there is no such cluster in what was read", name)
		}
	}
	return nil
}

// isFolder refuses what is no folder.
func isFolder(flag, dir, what string) error {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return usagef("--%s %q is not a folder: name %s", flag, dir, what)
	}
	return nil
}
