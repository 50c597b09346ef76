package main

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/pricing/book"
	"github.com/tuppence-dev/tuppence/report"
)

// errRefused ends a run that could not take all that it was given; what it did
// not take has been printed.
var errRefused = errors.New("not all prices were taken; see the lines above")

// change is what import and update have in common: a local book, and how prices
// are taken into it.
type change struct {
	localBook
	accept []string
	dryRun bool
}

func (c *change) flags(cmd *cobra.Command) {
	c.flag(cmd)
	cmd.Flags().StringArrayVar(&c.accept, "accept", nil, "take the price of this key although it looks wrong: a name as refusals print it, or a pattern of names; may be given again")
	cmd.Flags().BoolVar(&c.dryRun, "dry-run", false, "show what would change, write nothing")
}

func (c *change) check() error {
	if c.path == "" {
		return usagef("--book names no file: say where your price book is, or is to be")
	}
	for _, p := range c.accept {
		if _, err := path.Match(p, ""); err != nil {
			return usagef("--accept %q is neither a key nor a pattern such as 'aws eu-west-2 g5.* *'", p)
		}
	}
	return nil
}

// howTaken is in the help of both commands.
const howTaken = `Prices that look wrong are refused, each with the reason: dated after today,
a size off its family's scale, spot not below on demand, or more than three times
(spot: ten times) away from the price in the book. --accept takes one all the same.
The local book is replaced at once, sorted, without its comments.

Exit status 1 also says that some price was refused or could not be read; the
others are taken.`

func (a *app) pricesImport() *cobra.Command {
	var c change
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Take the prices of a table into your own price book",
		Long: `import checks a table of prices and merges it into the local price book. A table
with a broken line is refused whole.

` + howTaken,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 || args[0] == "" {
				return usagef("import takes one file, a table as pricing/book/README.md describes")
			}
			return nil
		},
		Example: "  tuppence prices import pricing/book/book.csv --book prices.csv --dry-run",
		RunE: func(_ *cobra.Command, args []string) error {
			if err := c.check(); err != nil {
				return err
			}
			in, err := (&localBook{args[0]}).read(true)
			if err != nil {
				return err
			}
			c.accept = append(c.accept, in.Own()...)
			return a.take(&c, in.AllQuotes(), nil)
		},
	}
	c.flags(cmd)
	return cmd
}

func (a *app) pricesUpdate(sources map[string]priceSource) *cobra.Command {
	var c change
	var chosen prices
	var f fetching
	cmd := &cobra.Command{
		Use:   "update --provider P --region R",
		Short: "Read a provider's list prices into your own price book",
		Long: `update reads the list prices of one region from the provider and merges them into
the local price book. Of a list that could be read in part, that part is taken.

` + howTaken,
		Args:    cobra.NoArgs,
		Example: "  tuppence prices update --provider azure --region uksouth --book prices.csv --dry-run",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := c.check(); err != nil {
				return err
			}
			open, known := sources[chosen.provider]
			switch {
			case !known:
				return usagef("--provider %q: prices can be read from %s", chosen.provider, listed(slices.Sorted(maps.Keys(sources))))
			case chosen.region == "":
				return usagef("update needs --region, such as eu-west-2")
			case chosen.provider == string(collector.AWS) && f.currency != "":
				return usagef("--currency: AWS has its list in USD only; leave it out")
			case chosen.provider != string(collector.GCP) && f.keyFile != "":
				return usagef("--key-file is for gcp; leave it out")
			}
			source, err := open(cmd.Context(), &f, chosen.region, a.now())
			if err != nil {
				return err
			}
			quotes, err := source.Quotes(cmd.Context(), chosen.region)
			if len(quotes) == 0 && err != nil {
				return fmt.Errorf("prices of %s %s: %w", chosen.provider, chosen.region, err)
			}
			return a.take(&c, quotes, err)
		},
	}
	cmd.Flags().StringVar(&chosen.provider, "provider", "", "whose prices: "+listed(slices.Sorted(maps.Keys(sources))))
	cmd.Flags().StringVar(&chosen.region, "region", "", "the region, such as eu-west-2")
	cmd.Flags().StringVar(&f.keyFile, "key-file", "", "the file that holds an API key of Google Cloud's, for gcp")
	cmd.Flags().StringVar(&f.currency, "currency", "", "the currency of Azure's and Google Cloud's lists (default USD; Azure's GBP is an estimate)")
	cmd.Flags().BoolVar(&f.offline, "offline", false, "open no connection, which leaves nothing to read")
	c.flags(cmd)
	return cmd
}

func listed(names []string) string {
	if len(names) == 0 {
		return "no provider in this version"
	}
	return strings.Join(names, ", ")
}

// take merges quotes into the local book and prints what that changes. missing
// is what could not be read beside them.
func (a *app) take(c *change, quotes []pricing.Quote, missing error) error {
	bundled, err := book.Default()
	if err != nil {
		return err
	}
	own, err := c.read(false)
	if err != nil {
		return err
	}
	before := book.Merge(bundled, own)
	o := book.Options{Now: a.now(), Accept: c.accept}
	accepted, refused := before.Check(quotes, o)
	after := before.With(accepted, o)
	// What is the same as the bundled row is left to it.
	next := book.Merge(own, after.Except(before))
	if !c.dryRun && next.Except(own).Len() > 0 {
		if err := c.write(next); err != nil {
			return err
		}
	}
	changes := a.printChanges(before, after)
	for _, r := range refused {
		a.say("refused: %s", r)
	}
	if missing != nil {
		a.say("not read: %s", oneLine(missing))
	}
	read := fmt.Sprintf("%s read, %d refused", report.Count(len(quotes), "price"), len(refused))
	switch {
	case changes == 0:
		a.say("nothing to write into %s: %s, no change", c.path, read)
	case c.dryRun:
		a.say("would write %s into %s: %s", report.Count(changes, "change"), c.path, read)
	default:
		a.say("wrote %s into %s: %s", report.Count(changes, "change"), c.path, read)
	}
	if len(refused) > 0 || missing != nil {
		return errRefused
	}
	return nil
}

// printChanges writes a line for each price that after has and before has not, or
// not the same, and for each that is gone. It returns how many there are.
func (a *app) printChanges(before, after *book.Book) int {
	old, changed := maps.Collect(before.All()), 0
	line := func(format string, args ...any) {
		changed++
		fmt.Fprintln(a.out, report.Plain(fmt.Sprintf(format, args...)))
	}
	for k, p := range after.All() {
		was, had := old[k]
		delete(old, k)
		switch {
		case !had:
			line("added: %s: %s", k, priceText(p))
		case !was.PerUnit.Equal(p.PerUnit) || was.Currency != p.Currency:
			line("changed: %s: %s → %s", k, priceText(was), priceText(p))
		case was.AsOf != p.AsOf || was.Source != p.Source || was.Estimate != p.Estimate:
			line("confirmed: %s: %s, before %s, %s", k, priceText(p), was.Source, was.AsOf)
		}
	}
	for _, k := range slices.SortedFunc(maps.Keys(old), pricing.Key.Compare) {
		line("dropped: %s: %s does not fit the new price on demand", k, priceText(old[k]))
	}
	return changed
}

func priceText(p pricing.ListPrice) string {
	return fmt.Sprintf("%s %s %s (%s, %s)", p.PerUnit, p.Currency, per(p.Unit), p.Source, p.AsOf)
}
