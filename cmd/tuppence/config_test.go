package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tuppence-dev/tuppence/collector/prom"
)

func TestObjectivesOfTheFileStandOverTheDefaults(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tuppence.yaml")
	text := "clusters: [{name: a}]\ninterval: {drift: 30m}\nrightsize: {cpuQuantile: 0.99}\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := readConfig(path)
	if err != nil {
		t.Fatal(err)
	}
	want := defaultObjectives()
	if c.Interval.Drift.Duration != 30*time.Minute || c.Interval.Deploy != want.Interval.Deploy {
		t.Errorf("interval: %+v", c.Interval)
	}
	if c.Rightsize.CPUQuantile != 0.99 || c.Rightsize.MemoryHeadroom != want.Rightsize.MemoryHeadroom {
		t.Errorf("rightsize: %+v", c.Rightsize)
	}
	if _, err := c.recommenders(); err != nil {
		t.Error(err)
	}
	if _, err := want.recommenders(); err != nil {
		t.Errorf("the defaults: %v", err)
	}
}

func TestAnObjectiveOutOfRangeIsWrongUsage(t *testing.T) {
	o := defaultObjectives()
	o.Rightsize.CPUQuantile = 95
	if _, err := o.recommenders(); err == nil {
		t.Error("a quantile of 95 was taken")
	}
}

func TestTheReadmesConfigurationIsOne(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(readme), "```yaml\n")
	text, _, ok := strings.Cut(rest, "```\n")
	if !ok {
		t.Fatal("the README shows no configuration")
	}
	path := filepath.Join(t.TempDir(), "tuppence.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := readConfig(path)
	if err != nil || len(c.Clusters) != 2 || c.MinSaving != "5" {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestTheReadmesPricingIsInForceAsItStands(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(readme), "## Pricing a fleet")
	_, rest, _ := strings.Cut(section, "```yaml\n")
	text, _, ok := strings.Cut(rest, "```\n")
	if !ok {
		t.Fatal("the README shows no pricing")
	}
	path := filepath.Join(t.TempDir(), "tuppence.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := readConfig(path)
	if err != nil {
		t.Fatal(err)
	}
	c.Pricing.Book, c.Pricing.Bill = "", nil // files that only a user has
	if terms, err := c.Pricing.terms(); err != nil || len(terms.Commitments) != 2 || len(c.Budgets) != 2 {
		t.Errorf("%+v, %v", c, err)
	}
	if err := c.Pricing.check(); err != nil {
		t.Error(err)
	}
}

func TestAmountsOfPounds(t *testing.T) {
	for text, want := range map[amount]string{"5": "£5.00", "12.50": "£12.50", "£7": "£7.00", "0": "£0.00"} {
		if m, err := text.pounds("--min-saving"); err != nil || m.String() != want {
			t.Errorf("%q: %s, %v", text, m, err)
		}
	}
	for _, text := range []amount{"", "-1", "1e9", "NaN", "five", "1,000", "££5", "12345678901"} {
		if m, err := text.pounds("--min-saving"); err == nil {
			t.Errorf("%q was taken as %s", text, m)
		}
	}
}

func TestAPrometheusOfOneClusterNeedsNoLabel(t *testing.T) {
	for name, p := range map[string]promConfig{
		"no label":                 {URL: "http://localhost:9090"},
		"a label with its default": {URL: "http://localhost:9090", ClusterLabel: "cluster"},
	} {
		if _, err := prom.New(p.settings("prod-london")); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	p := promConfig{URL: "http://localhost:9090", ClusterLabel: "cluster"}
	if got := p.settings("prod-london").ClusterValue; got != "prod-london" {
		t.Errorf("the label's value is %q, want the cluster's name", got)
	}
}
