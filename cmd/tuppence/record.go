package main

import (
	"fmt"
	"os"
	"path/filepath"

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
recording holds no secret, no environment variable and no annotation value; it
does hold names.`,
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

// writable refuses a file that could not be written before an hour is spent on
// reading the fleet.
func writable(path string) error {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return usagef("%s is a folder: name a file in it", path)
	}
	dir := filepath.Dir(path)
	info, err := os.Stat(dir)
	if err != nil || !info.IsDir() {
		return usagef("%s can't be written: there is no folder %s", path, dir)
	}
	probe, err := os.CreateTemp(dir, ".tuppence-*")
	if err != nil {
		return fmt.Errorf("%s can't be written: %w", path, err)
	}
	_ = probe.Close()
	return os.Remove(probe.Name())
}
