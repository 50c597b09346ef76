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

// analysis is what analyse, patch and explain have in common: an input and whom
// to ask about it.
type analysis struct {
	input
	only  []string
	bill  []string
	book  string
	split string
}

func (n *analysis) flags(cmd *cobra.Command) {
	n.priceFlags(cmd)
	cmd.Flags().StringSliceVar(&n.only, "only", nil, "ask only these recommenders: "+strings.Join(recommenderNames(), ", "))
}

// priceFlags are those that say what to read and how to price it.
func (n *analysis) priceFlags(cmd *cobra.Command) {
	n.input.flags(cmd)
	n.recordingFlag(cmd)
	cmd.Flags().StringArrayVar(&n.bill, "bill", nil, "price what this bill has as it was charged (a FOCUS export, CSV or CSV.gz); may be given again")
	cmd.Flags().StringVar(&n.book, "book", "", "your own price book, laid over the bundled one")
	cmd.Flags().StringVar(&n.split, "split", "", "how a node's price is split: "+strings.Join(policyNames(), ", ")+" (default the first)")
}

// minSavingFlag is for the commands that list findings.
func minSavingFlag(cmd *cobra.Command) *string {
	return cmd.Flags().String("min-saving", defaultMinSaving, "leave out findings that save less, in pounds a month")
}

const defaultMinSaving = "5"

// minSaving is the least saving that is listed: the flag's, the file's, or the default.
func (c *config) minSaving(cmd *cobra.Command, flag string) (pricing.Money, error) {
	if c.MinSaving != "" && !cmd.Flags().Changed("min-saving") {
		return c.MinSaving.pounds("minSaving")
	}
	return amount(flag).pounds("--min-saving")
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

// settle checks the settings before anything is read.
func (n *analysis) settle(cmd *cobra.Command) (*study, error) {
	for _, name := range n.only {
		if !slices.Contains(recommenderNames(), name) {
			return nil, usagef("--only %s: there are %s", name, strings.Join(recommenderNames(), ", "))
		}
	}
	c, err := n.settings(cmd)
	if err != nil {
		return nil, err
	}
	if cmd.Flags().Changed("bill") {
		c.Pricing.Bill = n.bill
	}
	if n.book != "" {
		c.Pricing.Book = n.book
	}
	if n.split != "" {
		c.Pricing.Split = splitConfig{Policy: n.split}
	}
	s := &study{config: c}
	if s.salt, err = c.Privacy.salt(); err != nil {
		return nil, err
	}
	if s.terms, err = c.Pricing.terms(); err != nil {
		return nil, err
	}
	if err := c.Pricing.check(); err != nil {
		return nil, err
	}
	// Pricing nothing finds what is wrong with the terms before the fleet is read.
	if _, err := pricing.Price(&collector.Fleet{}, s.terms); err != nil {
		return nil, usagef("pricing: %w", err)
	}
	if s.vat, err = c.Pricing.vat(); err != nil {
		return nil, err
	}
	s.recommenders, err = c.recommenders()
	if len(n.only) > 0 {
		s.recommenders = slices.DeleteFunc(s.recommenders, func(r recommend.Recommender) bool { return !slices.Contains(n.only, r.Name) })
	}
	return s, err
}

// reporting is one run of analyse.
type reporting struct {
	analysis
	formats                     []string
	out, keep, groupBy, history string
	minSaving                   *string
}

func (a *app) analyse() *cobra.Command {
	n := &reporting{}
	cmd := &cobra.Command{
		Use:     "analyse",
		Aliases: []string{"analyze"},
		Short:   "Report what the fleet costs and what to change",
		Args:    cobra.NoArgs,
		Example: "  tuppence analyse --context prod-london --prometheus http://localhost:9090\n" +
			"  tuppence analyse --config tuppence.yaml -o json,markdown --out reports\n" +
			"  tuppence analyse --recording " + bundled + " --group-by kustomization\n" +
			"  tuppence analyse --recording " + bundled,
		RunE: func(cmd *cobra.Command, _ []string) error {
			chosen, err := chooseFormats(n.formats, n.out)
			if err != nil {
				return err
			}
			s, err := n.prepare(cmd)
			if err != nil {
				return err
			}
			return n.report(cmd.Context(), a, s, chosen)
		},
	}
	n.flags(cmd)
	n.minSaving = minSavingFlag(cmd)
	cmd.Flags().StringSliceVarP(&n.formats, "output", "o", []string{"table"}, "format: "+strings.Join(formatNames(), ", ")+"; several with --out")
	cmd.Flags().StringVar(&n.keep, "record", "", "keep what was read in this file as well, to replay with --recording")
	cmd.Flags().StringVar(&n.groupBy, "group-by", "", "show the costs by "+strings.Join(pricing.Dimensions(), ", ")+" or team")
	cmd.Flags().StringVar(&n.history, "history", "", "keep the budgets' daily costs in this file, so that the year to date outlives the window")
	cmd.Flags().StringVar(&n.out, "out", "", "write the report into this folder instead of to the terminal")
	return cmd
}

// prepare settles what can be before anything is read.
func (n *reporting) prepare(cmd *cobra.Command) (*study, error) {
	s, err := n.settle(cmd)
	if err != nil {
		return nil, err
	}
	if s.minSaving, err = s.config.minSaving(cmd, *n.minSaving); err != nil {
		return nil, err
	}
	if n.groupBy != "" {
		if s.groupBy, err = s.dimension(n.groupBy, n.recording == ""); err != nil {
			return nil, err
		}
	}
	if n.history != "" {
		s.History = n.history
	}
	if s.past, err = readHistory(s.History); err != nil {
		return nil, err
	}
	return s, prepare(n.out, n.keep, s.History)
}

// report reads the fleet, and writes what it comes to.
func (n *reporting) report(ctx context.Context, a *app, s *study, formats []report.Format) error {
	f, err := n.fleet(ctx, a, s.config)
	if err != nil {
		return err
	}
	r, costs, err := s.of(ctx, f)
	if n.keep != "" { // what was read is kept though it could not be priced: a bill can be broken
		if err := hide(f, s.salt); err != nil {
			return err
		}
		if err := collector.WriteFile(n.keep, f); err != nil {
			return err
		}
	}
	if err != nil {
		return err
	}
	if err := a.render(r, formats, n.out); err != nil {
		return err
	}
	if s.History != "" {
		if err := writeHistory(s.History, costs); err != nil {
			return err
		}
	}
	return n.strictly(r.Gaps)
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
		if !slices.ContainsFunc(chosen, func(c report.Format) bool { return c.Name == f.Name }) {
			chosen = append(chosen, f)
		}
	}
	if len(chosen) == 0 {
		return nil, usagef("-o is empty: name a format, one of %s", strings.Join(formatNames(), ", "))
	}
	if len(chosen) != 1 && out == "" {
		return nil, usagef("-o %s: only one format fits on the terminal, name a folder with --out", strings.Join(names, ","))
	}
	return chosen, nil
}

// prepare refuses what could not be written in the end before the fleet is read:
// the folder for reports, which it makes, and the files to keep.
func prepare(out string, keep ...string) error {
	if out != "" {
		if err := os.MkdirAll(out, 0o755); err != nil {
			return fmt.Errorf("making the folder for reports: %w", err)
		}
		if err := writable(filepath.Join(out, "report")); err != nil {
			return err
		}
	}
	for _, path := range keep {
		if path == "" {
			continue
		}
		if err := writable(path); err != nil {
			return err
		}
	}
	return nil
}

// render writes the report to the terminal, or each format as a file of its own
// under out. A file is replaced only once the new one is whole.
func (a *app) render(r *report.Report, formats []report.Format, out string) error {
	if out == "" {
		return formats[0].Write(a.out, r, report.View{Width: a.width, Colour: a.colour})
	}
	for _, f := range formats {
		var b bytes.Buffer
		if err := f.Write(&b, r, report.View{}); err != nil {
			return err
		}
		path := filepath.Join(out, f.File)
		if err := writeWhole("the report", path, b.Bytes()); err != nil {
			return err
		}
		fmt.Fprintln(a.err, "wrote", path)
	}
	return nil
}
