package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/tuppence-dev/tuppence/pricing/boe"
	"github.com/tuppence-dev/tuppence/pricing/hmrc"
)

func (a *app) pricesRates() *cobra.Command {
	var f fetching
	var source, out, since string
	cmd := &cobra.Command{
		Use:   "rates --out FILE",
		Short: "Keep a table of exchange rates, HMRC's or the Bank of England's",
		Long: `rates fetches the exchange rates that a table does not have yet and keeps them in
FILE, for pricing.exchange.table of the configuration. HMRC's monthly rates are
added to those of FILE, or to the bundled ones where there is no FILE; the Bank of
England's daily rates are read from --since to today.`,
		Args:    cobra.NoArgs,
		Example: "  tuppence prices rates --out rates.csv\n  tuppence prices rates --source boe --since 2026-04-01 --out boe.csv",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if out == "" {
				return usagef("rates needs --out FILE, the table to keep")
			}
			if err := writable(out); err != nil {
				return err
			}
			write, err := a.rates(cmd.Context(), &f, source, out, since)
			if err != nil {
				return err
			}
			var table bytes.Buffer
			if err := write(&table); err != nil {
				return err
			}
			if err := writeWhole("the exchange rates", out, table.Bytes()); err != nil {
				return err
			}
			a.say("wrote %s", out)
			return nil
		},
	}
	cmd.Flags().StringVar(&source, "source", "hmrc", "whose rates: hmrc, boe")
	cmd.Flags().StringVar(&out, "out", "", "the table to keep")
	cmd.Flags().StringVar(&since, "since", "", "the first day of the Bank of England's rates (default: 100 days ago)")
	cmd.Flags().BoolVar(&f.offline, "offline", false, "open no connection")
	return cmd
}

// rates fetches what the table lacks and returns how to write it.
func (a *app) rates(ctx context.Context, f *fetching, source, path, since string) (func(io.Writer) error, error) {
	now := a.now().UTC()
	switch source {
	case "hmrc":
		if since != "" {
			return nil, usagef("--since is for --source boe: HMRC's rates go on from the table's last month")
		}
		r, err := a.hmrcSince(ctx, f, path, now)
		if err != nil {
			return nil, err
		}
		return r.Write, nil
	case "boe":
		from := now.AddDate(0, 0, -100)
		if since != "" {
			var err error
			if from, err = time.Parse(time.DateOnly, since); err != nil || from.After(now) {
				return nil, usagef("--since %q is not a day that has been, such as 2026-04-01", since)
			}
		}
		r, err := boe.Fetch(ctx, f.client(), from, now)
		if err != nil {
			return nil, err
		}
		return r.Write, nil
	}
	return nil, usagef("--source %q: there are hmrc and boe", source)
}

// hmrcSince is the table at path, or the bundled one, with every month up to this
// one and the next that HMRC has published since.
func (a *app) hmrcSince(ctx context.Context, f *fetching, path string, now time.Time) (*hmrc.Rates, error) {
	r, err := hmrc.Default()
	if _, missing := os.Stat(path); err == nil && !errors.Is(missing, fs.ErrNotExist) {
		r, err = readTable(path, hmrc.Read)
	}
	if err != nil {
		return nil, err
	}
	last, err := r.Rate("USD", now)
	if err != nil {
		return nil, err
	}
	month, err := time.Parse("2006-01", last.Period)
	if err != nil {
		return nil, fmt.Errorf("the last month of the table: %w", err)
	}
	client, added := f.client(), 0
	for month = month.AddDate(0, 1, 0); !month.After(now.AddDate(0, 1, 0)); month = month.AddDate(0, 1, 0) {
		m, err := hmrc.Fetch(ctx, client, month.Format("2006-01"))
		if errors.Is(err, hmrc.ErrNotPublished) {
			a.say("not yet published: %s", month.Format("January 2006"))
			break
		}
		if err != nil {
			return nil, err
		}
		if r, err = r.With(m); err != nil {
			return nil, err
		}
		added++
		a.say("added: %s", month.Format("January 2006"))
	}
	if added == 0 {
		a.say("no month is new since %s", last.Period)
	}
	return r, nil
}
