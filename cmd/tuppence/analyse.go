package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/recommend"
	"github.com/tuppence-dev/tuppence/report"
)

// analysis is what analyse, patch and explain have in common: an input and how
// to judge it.
type analysis struct {
	input
	only      []string
	minSaving string
}

func (n *analysis) flags(cmd *cobra.Command) {
	n.input.flags(cmd)
	n.recordingFlag(cmd)
	cmd.Flags().StringSliceVar(&n.only, "only", nil, "ask only these recommenders: "+strings.Join(recommenderNames(), ", "))
	cmd.Flags().StringVar(&n.minSaving, "min-saving", "5", "leave out findings that save less, in pounds a month")
}

// recommenderNames are those of the recommenders, in their order.
func recommenderNames() []string {
	rs, _ := defaultObjectives().recommenders() // the defaults are valid, as a test shows
	var names []string
	for _, r := range rs {
		names = append(names, r.Name)
	}
	return names
}

// settled are an analysis's settings once checked, before anything is read.
type settled struct {
	recommenders []recommend.Recommender
	minSaving    pricing.Money
}

func (n *analysis) settle(cmd *cobra.Command) (s settled, err error) {
	for _, name := range n.only {
		if !slices.Contains(recommenderNames(), name) {
			return s, usagef("--only %s: there are %s", name, strings.Join(recommenderNames(), ", "))
		}
	}
	c := &config{objectives: defaultObjectives()}
	if n.config != "" {
		if c, err = readConfig(n.config); err != nil {
			return s, err
		}
	}
	if s.recommenders, err = c.recommenders(); err != nil {
		return s, err
	}
	if len(n.only) > 0 {
		s.recommenders = slices.DeleteFunc(s.recommenders, func(r recommend.Recommender) bool {
			return !slices.Contains(n.only, r.Name)
		})
	}
	amount := n.minSaving
	if c.MinSaving != "" && !cmd.Flags().Changed("min-saving") {
		amount = c.MinSaving
	}
	s.minSaving, err = parsePounds(amount)
	return s, err
}

func (a *app) analyse() *cobra.Command {
	n := &analysis{}
	var formats []string
	var out, keep string
	cmd := &cobra.Command{
		Use:     "analyse",
		Aliases: []string{"analyze"},
		Short:   "Report what the fleet costs and what to change",
		Args:    usageArgs(cobra.NoArgs),
		Example: "  tuppence analyse --recording " + bundled + "\n" +
			"  tuppence analyse --context prod-london --prometheus http://localhost:9090\n" +
			"  tuppence analyse --config tuppence.yaml -o json,markdown --out reports",
		RunE: func(cmd *cobra.Command, _ []string) error {
			chosen, err := chooseFormats(formats, out)
			if err != nil {
				return err
			}
			s, err := n.settle(cmd)
			if err != nil {
				return err
			}
			if keep != "" {
				if err := writable(keep); err != nil {
					return err
				}
			}
			f, err := n.fleet(cmd.Context(), a, cmd)
			if err != nil {
				return err
			}
			if keep != "" {
				if err := collector.WriteFile(keep, f); err != nil {
					return err
				}
			}
			r, err := analyseFleet(f, s.recommenders, s.minSaving)
			if err != nil {
				return err
			}
			if err := a.render(cmd.Context(), r, chosen, out); err != nil {
				return err
			}
			return n.strictly(r.Gaps)
		},
	}
	n.flags(cmd)
	cmd.Flags().StringSliceVarP(&formats, "output", "o", []string{"table"}, "format: "+strings.Join(formatNames(), ", ")+"; several with --out")
	cmd.Flags().StringVar(&keep, "record", "", "keep what was read in this file as well, to replay with --recording")
	cmd.Flags().StringVar(&out, "out", "", "write the report into this folder instead of to the terminal")
	return cmd
}

func formatNames() []string {
	var names []string
	for _, f := range report.Formats {
		names = append(names, f.Name)
	}
	return names
}

func chooseFormats(names []string, out string) ([]report.Format, error) {
	var chosen []report.Format
	for _, name := range names {
		f, err := report.Lookup(name)
		if err != nil {
			return nil, usageError{err}
		}
		chosen = append(chosen, f)
	}
	if len(chosen) != 1 && out == "" {
		return nil, usagef("-o %s: only one format fits on the terminal, name a folder with --out", strings.Join(names, ","))
	}
	return chosen, nil
}

// render writes the report to the terminal, or each format as a file of its own
// under out. A file is replaced only once the new one is whole.
func (a *app) render(_ context.Context, r *report.Report, formats []report.Format, out string) error {
	if out == "" {
		return formats[0].Write(a.out, r, report.View{Width: a.width, Colour: a.colour})
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return fmt.Errorf("making the folder for reports: %w", err)
	}
	for _, f := range formats {
		var b bytes.Buffer
		if err := f.Write(&b, r, report.View{}); err != nil {
			return err
		}
		path := filepath.Join(out, f.File)
		if err := writeWhole(path, b.Bytes()); err != nil {
			return err
		}
		fmt.Fprintln(a.err, "wrote", path)
	}
	return nil
}

func writeWhole(path string, b []byte) error {
	tmp := path + ".tmp"
	if err := os.WriteFile(tmp, b, 0o644); err != nil {
		_ = os.Remove(tmp)
		return fmt.Errorf("writing the report: %w", err)
	}
	if err := os.Rename(tmp, path); err != nil {
		_ = os.Remove(tmp)
		return fmt.Errorf("writing the report: %w", err)
	}
	return nil
}
