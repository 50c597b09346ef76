package bill_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing/bill"
)

var update = flag.Bool("update", false, "write the golden files again")

// TestGoldenBill reads bills of three clouds as those write them: AWS in dollars;
// Azure in pounds with a byte order mark, times without seconds and a scale set
// that is billed as a whole; GCP in euros by way of a warehouse, with numbers for
// names, lower case columns and exponents.
func TestGoldenBill(t *testing.T) {
	azure := "azure:///subscriptions/5ea1/resourceGroups/mc_prod/providers/Microsoft.Compute/virtualMachineScaleSets/"
	o := bill.Options{
		Window: collector.Window{Start: day(3), End: day(10)},
		FX:     dollars(t),
		Want: map[string]string{
			"aws:///eu-west-2a/i-0a1": "prod-london", "aws:///eu-west-2b/i-0b2": "prod-london", "vol-0c3": "prod-london",
			"aws:///eu-west-2a/i-0d4": "prod-london", "aws:///eu-west-2a/i-0e5": "prod-london",
			azure + "aks-pool-1/virtualMachines/0": "uk-hybrid", azure + "aks-pool-1/virtualMachines/1": "uk-hybrid",
			azure + "aks-pool-2/virtualMachines/0": "uk-hybrid", strings.ToUpper(azure) + "AKS-POOL-2/VIRTUALMACHINES/0": "staging",
			"/subscriptions/5ea1/resourceGroups/mc_prod/providers/Microsoft.Compute/disks/pvc-2": "uk-hybrid",
			"gce://shop-prod/europe-west2-a/gke-1":                                               "shop", "projects/shop-prod/zones/europe-west2-a/disks/pvc-3": "shop",
		},
	}
	b, err := bill.Read(context.Background(), o, stored("gcp.csv"), stored("aws.csv"), stored("azure.csv"))
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/bill.txt", lay(b))
}

func day(d int) time.Time { return time.Date(2026, 8, d, 0, 0, 0, 0, time.UTC) }

func stored(name string) bill.File {
	return bill.File{Name: name, Open: func() (io.ReadCloser, error) { return os.Open(filepath.Join("testdata", name)) }}
}

func file(name, content string) bill.File {
	return bill.File{Name: name, Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(content)), nil }}
}

func packed(content string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = io.WriteString(z, content)
	_ = z.Close()
	return b.String()
}

// lay lays all of a bill out, with every digit.
func lay(bl *bill.Bill) string {
	var b strings.Builder
	costs := func(c bill.Costs) {
		fmt.Fprintf(&b, "    list %s, contracted %s, effective %s, billed %s\n",
			digits(c.List), digits(c.Contracted), digits(c.Effective), digits(c.Billed))
	}
	for _, f := range bl.Files {
		fmt.Fprintf(&b, "%s: %d rows, %s\n", f.Name, f.Rows, f.SHA256[:8])
	}
	fmt.Fprintf(&b, "%d rows outside the window, %d bad; in all %s\n\nResources\n", bl.Outside, bl.Bad, digits(bl.Effective()))
	for _, r := range bl.Resources {
		fmt.Fprintf(&b, "  %s (%s): %d rows, %s covered, %v\n", r.ID, r.Group, r.Rows, r.Covered, r.Pricing)
		costs(r.Costs)
	}
	for _, s := range bl.ScaleSets {
		fmt.Fprintf(&b, "  %s (%s) of %q: %d rows, %s covered, %v\n", s.ID, s.Group, s.Members, s.Rows, s.Covered, s.Pricing)
		costs(s.Costs)
	}
	fmt.Fprintf(&b, "  missing: %q\n  double: %q\n  tax:\n", bl.Missing, bl.Double)
	costs(bl.Tax)
	b.WriteString("  unused:\n")
	costs(bl.Unused)
	b.WriteString("\nServices\n")
	for _, s := range append(bl.Services, bl.Rest) {
		fmt.Fprintf(&b, "  %q %q: %d rows, %s\n", s.Provider, s.Name, s.Rows, digits(s.Effective))
	}
	b.WriteString("\nDays\n")
	for _, g := range bl.Groups {
		fmt.Fprintf(&b, "  %s: %s\n", g.Name, digits(g.Effective))
		for _, d := range g.Days {
			fmt.Fprintf(&b, "    %s %s\n", d.Day, digits(d.Effective))
		}
	}
	b.WriteString("\nRates\n")
	for _, r := range bl.FX {
		fmt.Fprintf(&b, "  %s %s a pound, %s\n", r.Currency, r.PerGBP, r.Period)
	}
	b.WriteString("\nWarnings\n")
	for _, w := range bl.Warnings {
		fmt.Fprintf(&b, "  %s\n", w)
	}
	return b.String()
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-update to accept):\n%s", file, diff)
	}
}
