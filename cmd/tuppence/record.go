package main

import (
	"github.com/spf13/cobra"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/report"
)

func (a *app) record() *cobra.Command {
	in := &input{}
	var out string
	cmd := &cobra.Command{
		Use:   "record --out FILE",
		Short: "Keep what analyse would read, to replay it anywhere",
		Long: `record reads the clusters once and keeps what it read in a file. Any command
takes that file with --recording instead of clusters and gives the same answer. A
recording holds no secret, no environment variable, no annotation value and no
label but those that the configuration's labels names. It does hold names, unless
privacy.saltFile of the configuration puts pseudonyms in their place.`,
		Args: cobra.NoArgs,
		Example: "  tuppence record --context prod-london --prometheus http://localhost:9090 --out fleet.jsonl.gz\n" +
			"  tuppence analyse --recording " + bundled,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if out == "" {
				return usagef("record needs --out FILE")
			}
			c, err := in.settings(cmd)
			if err != nil {
				return err
			}
			if err := writable(out); err != nil {
				return err
			}
			salt, err := c.Privacy.salt()
			if err != nil {
				return err
			}
			f, err := in.fleet(cmd.Context(), a, c)
			if err != nil {
				return err
			}
			if err := hide(f, salt); err != nil {
				return err
			}
			if err := collector.WriteFile(out, f); err != nil {
				return err
			}
			printGaps(a, f.Gaps())
			a.say("recorded %s in %s", report.Count(len(f.Clusters), "cluster"), out)
			return in.strictly(f.Gaps())
		},
	}
	in.flags(cmd)
	cmd.Flags().StringVar(&out, "out", "", "file to write; compressed where its name ends in .gz")
	return cmd
}
