package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
)

// fakeSource answers with a price of gp3, and with an error beside it or alone.
type fakeSource struct {
	price string
	err   error
}

func (f fakeSource) Quotes(_ context.Context, region string) ([]pricing.Quote, error) {
	if f.price == "" {
		return nil, f.err
	}
	return []pricing.Quote{{
		Key: pricing.Key{Kind: pricing.Storage, Provider: collector.AWS, Region: region, Type: "gp3"},
		Price: pricing.ListPrice{
			PerUnit: decimal.RequireFromString(f.price), Unit: pricing.GiBMonth, Currency: "USD", Source: "a test", AsOf: "2026-11-24",
		},
	}}, f.err
}

// updating runs prices update against source, and returns what it printed.
func updating(t *testing.T, source priceSource, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	var out, errs bytes.Buffer
	a := &app{out: &out, err: &errs, now: func() time.Time { return time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC) }}
	cmd := a.pricesUpdate(map[string]priceSource{"aws": source})
	cmd.SetArgs(args)
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	err = cmd.ExecuteContext(t.Context())
	return out.String(), errs.String(), err
}

func TestUpdateTakesWhatCouldBeRead(t *testing.T) {
	for name, c := range map[string]struct {
		source         fakeSource
		stdout, stderr string
		err            string // part of it; empty: none
		written        bool
	}{
		"a price that moved": {
			fakeSource{"0.1", nil}, "changed: aws eu-west-2 gp3 (storage): 0.0928 USD", "1 price read, 0 refused", "", true,
		},
		"a list read in part": {
			fakeSource{"0.1", errors.New("page 3: timed out")}, "changed: ", "not read: page 3: timed out\n", "not all prices were taken", true,
		},
		"a price that can't be": {
			fakeSource{"9", nil}, "", "refused: aws eu-west-2 gp3 (storage): 9 USD is more than 3 times away", "not all prices were taken", false,
		},
		"nothing at all": {
			fakeSource{"", errors.New("503")}, "", "", "prices of aws eu-west-2: 503", false,
		},
		"an empty list": {fakeSource{}, "", "0 prices read", "", false},
	} {
		file := filepath.Join(t.TempDir(), "sub", "prices.csv")
		stdout, stderr, err := updating(t, func(context.Context, *fetching, string, time.Time) (pricing.Source, error) { return c.source, nil },
			"--provider", "aws", "--region", "eu-west-2", "--book", file)
		if !strings.Contains(stdout, c.stdout) || !strings.Contains(stderr, c.stderr) || !strings.Contains(fmt.Sprint(err), c.err) || (err == nil) != (c.err == "") {
			t.Errorf("%s: %v\n%s%s", name, err, stdout, stderr)
		}
		table, _ := os.ReadFile(file)
		if got := strings.Contains(string(table), "gp3,,,,,GiB-month,USD,0.1,,a test,2026-11-24"); got != c.written {
			t.Errorf("%s: the local book is %q", name, table)
		}
		if left, _ := filepath.Glob(filepath.Join(filepath.Dir(file), ".*")); len(left) > 0 {
			t.Errorf("%s: left behind: %q", name, left)
		}
	}
}

func TestUpdateAsksAsItIsTold(t *testing.T) {
	asked := []bool{}
	source := func(_ context.Context, f *fetching, _ string, _ time.Time) (pricing.Source, error) {
		asked = append(asked, f.offline)
		return nil, errors.New("no key")
	}
	file := filepath.Join(t.TempDir(), "prices.csv")
	for _, args := range [][]string{{"--offline"}, {}} {
		if _, _, err := updating(t, source, append(args, "--provider", "aws", "--region", "eu-west-2", "--book", file)...); err == nil || err.Error() != "no key" {
			t.Errorf("%q: %v", args, err)
		}
	}
	if len(asked) != 2 || !asked[0] || asked[1] {
		t.Errorf("asked offline: %v", asked)
	}
	var usage usageError
	for _, args := range [][]string{{"--region", "eu-west-2"}, {"--provider", "oci", "--region", "eu-west-2"}, {"--provider", "aws"}} {
		if _, _, err := updating(t, source, append(args, "--book", file)...); !errors.As(err, &usage) {
			t.Errorf("%q: %v, want wrong usage", args, err)
		}
	}
}

// What can't be read is not written over, and a link stays one.
func TestTheLocalBookIsReplacedWholeOrNotAtAll(t *testing.T) {
	file := filepath.Join(t.TempDir(), "prices.csv")
	link := filepath.Join(t.TempDir(), "link.csv")
	if err := os.Symlink(file, link); err != nil {
		t.Skip("no links here:", err)
	}
	if err := os.WriteFile(file, []byte("not a book"), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"--provider", "aws", "--region", "eu-west-2", "--book", link}
	source := func(context.Context, *fetching, string, time.Time) (pricing.Source, error) {
		return fakeSource{"0.1", nil}, nil
	}
	if _, _, err := updating(t, source, args...); err == nil {
		t.Error("a broken local book was taken")
	}
	if b, _ := os.ReadFile(file); string(b) != "not a book" {
		t.Errorf("the broken book is now %q", b)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	args[len(args)-1] = file
	if _, _, err := updating(t, source, args...); err != nil {
		t.Fatal(err)
	}
	args[len(args)-1] = link
	again := func(context.Context, *fetching, string, time.Time) (pricing.Source, error) {
		return fakeSource{"0.11", nil}, nil
	}
	if _, _, err := updating(t, again, args...); err != nil {
		t.Fatal(err)
	}
	if b, _ := os.ReadFile(file); !strings.Contains(string(b), "USD,0.11,") {
		t.Errorf("behind the link stands %q", b)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is now %v, %v", info, err)
	}
}

func TestShowComputesPoundsAtThisMonthsRate(t *testing.T) {
	var out, errs bytes.Buffer
	a := &app{out: &out, err: &errs, now: func() time.Time { return time.Date(2026, 9, 30, 23, 0, 0, 0, time.UTC) }}
	if code := run(t.Context(), a, []string{"prices", "show", "m6a.xlarge", "--book", filepath.Join(t.TempDir(), "none.csv")}); code != exitUsage {
		t.Errorf("status %d for a book that is not there", code)
	}
	t.Setenv("HOME", t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", "")
	if code := run(t.Context(), a, []string{"prices", "show", "m6i.xlarge"}); code != exitDone {
		t.Fatalf("status %d: %s", code, &errs)
	}
	const want = `aws eu-west-2 m6i.xlarge on-demand
  0.222 USD an hour ÷ 1.3554 = £0.163789287295 an hour, × 730 = £119.57 a month
  price: yeo/ec2.shop@73696e3, 2025-04-04
  exchange rate: 1.3554 USD a pound, 2026-09, HMRC monthly rates via matchilling/hmrc-exchange-rates@c109e3d
`
	if !strings.HasPrefix(out.String(), want) {
		t.Errorf("got\n%s\nwant\n%s", &out, want)
	}
}
