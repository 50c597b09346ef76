package main

import (
	"github.com/spf13/cobra"

	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/report"
)

func (a *app) explain() *cobra.Command {
	n := &analysis{}
	cmd := &cobra.Command{
		Use:   "explain FINDING",
		Short: "Show the evidence behind one finding",
		Long: `explain shows what one finding rests on: its changes, evidence, checks, saving
and the prices behind it. FINDING is an ID as analyse prints it, or the start of one.`,
		Args: usageArgs(cobra.ExactArgs(1)),
		Example: "  tuppence analyse --recording " + bundled + "\n" +
			"  tuppence explain rightsize-… --recording " + bundled,
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := n.settle(cmd)
			if err != nil {
				return err
			}
			f, err := n.fleet(cmd.Context(), a, cmd)
			if err != nil {
				return err
			}
			// Whatever its saving: one that is asked for by name is shown.
			r, err := analyseFleet(f, s.recommenders, pricing.Money{})
			if err != nil {
				return err
			}
			if err := report.Explain(a.out, r, args[0], report.View{Width: a.width, Colour: a.colour}); err != nil {
				return err
			}
			return n.strictly(r.Gaps)
		},
	}
	n.flags(cmd)
	return cmd
}
