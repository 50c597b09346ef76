package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/tuppence-dev/tuppence/report"
)

func (a *app) explain() *cobra.Command {
	n := &analysis{}
	cmd := &cobra.Command{
		Use:   "explain FINDING|WORKLOAD",
		Short: "Show the evidence behind one finding, or the sum behind a cost",
		Long: `explain shows what one finding rests on: its changes, evidence, checks, saving
and the prices behind it. FINDING is an ID as analyse prints it, or the start of one.

With a WORKLOAD, written cluster/namespace/name, it shows what that costs: for each
node and volume that it has a share of, price × quantity × share, with the source
and the date of the price and the exchange rate.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 || args[0] == "" {
				return usagef("explain takes the ID of one finding, as analyse lists them, or a workload as cluster/namespace/name")
			}
			return nil
		},
		Example: "  tuppence explain prod-london/shop/api --recording " + bundled + "\n" +
			"  tuppence explain rightsize-64a224cb --recording " + bundled,
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := n.settle(cmd) // whatever its saving: one that is asked for by name is shown
			if err != nil {
				return err
			}
			f, err := n.fleet(cmd.Context(), a, s.config)
			if err != nil {
				return err
			}
			r, _, err := s.of(cmd.Context(), f)
			if err != nil {
				return err
			}
			explain := report.Explain
			if strings.Contains(args[0], "/") {
				explain = report.ExplainCost
			}
			if err := explain(a.out, r, args[0], report.View{Width: a.width, Colour: a.colour}); err != nil {
				return err
			}
			return n.strictly(r.Gaps)
		},
	}
	n.flags(cmd)
	return cmd
}
