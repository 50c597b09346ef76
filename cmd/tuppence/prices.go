package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/pricing/book"
)

func (a *app) prices() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "prices",
		Short: "Show the price book, and keep one of your own over it",
		Long: `prices shows what the price book says and where each figure comes from, and keeps
a local book, whose rows stand in the place of the bundled ones, and a table of
exchange rates.`,
		Args:    cobra.NoArgs,
		Example: "  tuppence prices show m6i.xlarge\n  tuppence prices show",
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.pricesShow(), a.pricesImport(), a.pricesUpdate(priceSources()), a.pricesRates())
	return cmd
}

// prices is a choice of prices: the part of the book that a command is about.
type prices struct {
	provider, region, kind string
}

func (p *prices) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&p.provider, "provider", "", "only the prices of this provider: aws, azure, gcp")
	cmd.Flags().StringVar(&p.region, "region", "", "only the prices of this region, such as eu-west-2")
	cmd.Flags().StringVar(&p.kind, "kind", "", "only this kind: machine, accelerator, storage, load-balancer, control-plane, traffic")
}

// check refuses what can't be the name of anything, so that a misspelt one does
// not look like a gap in the book.
func (p *prices) check() error {
	switch {
	case p.provider != "" && !slices.Contains(providers(), collector.Provider(p.provider)):
		return usagef("--provider %s: there are %s", p.provider, words(providers()))
	case p.kind != "" && !slices.Contains(kinds(), pricing.Kind(p.kind)):
		return usagef("--kind %s: there are %s", p.kind, words(kinds()))
	}
	return nil
}

// known reports whether b has any price of the region itself: what holds everywhere
// would make every name look like one.
func (p *prices) known(b *book.Book) bool {
	for k := range b.All() {
		if k.Region == p.region {
			return true
		}
	}
	return p.region == ""
}

// has reports whether k is in the choice. What holds everywhere holds in every
// region.
func (p *prices) has(k pricing.Key) bool {
	return (p.provider == "" || string(k.Provider) == p.provider) &&
		(p.region == "" || k.Region == p.region || k.Region == book.Everywhere) &&
		(p.kind == "" || string(k.Kind) == p.kind)
}

// localBook is the file whose rows stand over the bundled book's.
type localBook struct{ path string }

func (l *localBook) flag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&l.path, "book", defaultBook(), "your own price book, laid over the bundled one")
}

// defaultBook is empty where the user has no folder for configuration.
func defaultBook() string {
	dir, err := os.UserConfigDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "tuppence", "prices.csv")
}

// read returns the local book: an empty one where there is no file, unless must.
func (l *localBook) read(must bool) (*book.Book, error) {
	file, err := os.Open(l.path)
	switch {
	case l.path == "" && !must, errors.Is(err, fs.ErrNotExist) && !must:
		return book.Empty(), nil
	case errors.Is(err, fs.ErrNotExist):
		return nil, usagef("there is no price book %q", l.path)
	case err != nil:
		return nil, fmt.Errorf("reading the local price book: %w", err)
	}
	defer func() { _ = file.Close() }()
	b, err := book.Read(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", l.path, err)
	}
	return b, nil
}

// write replaces the file by b at once: whoever reads it, or a machine that
// stops in between, finds the old rows or the new ones.
func (l *localBook) write(b *book.Book) error {
	var table bytes.Buffer
	if err := book.Write(&table, b); err != nil {
		return err
	}
	if _, err := book.Read(bytes.NewReader(table.Bytes())); err != nil {
		return fmt.Errorf("the rows would not agree with those that %s has already: %w", l.path, err)
	}
	return writeWhole("the local price book", l.path, table.Bytes())
}
