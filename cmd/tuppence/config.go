package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/shopspring/decimal"
	"sigs.k8s.io/yaml"

	"github.com/tuppence-dev/tuppence/collector/prom"
	"github.com/tuppence-dev/tuppence/pricing"
)

// config is tuppence.yaml. A flag wins over it, and it over the defaults.
type config struct {
	Kubeconfig string          `json:"kubeconfig,omitempty"` // kubectl's rules where empty
	Window     days            `json:"window,omitempty"`     // 14d
	MinSaving  amount          `json:"minSaving,omitempty"`  // pounds a month
	Parallel   int             `json:"parallel,omitempty"`   // clusters read at once
	Timeout    days            `json:"timeout,omitempty"`    // for each cluster
	Clusters   []clusterConfig `json:"clusters"`
	// Labels are the keys of the labels that may be read from workloads and
	// namespaces; no other leaves a cluster.
	Labels        []string       `json:"labels,omitempty"`
	Privacy       privacyConfig  `json:"privacy,omitzero"`
	Pricing       pricingConfig  `json:"pricing,omitzero"`
	Budgets       []budgetConfig `json:"budgets,omitempty"`
	FinancialYear yearStart      `json:"financialYear,omitempty"` // 04-01 where empty
	History       string         `json:"history,omitempty"`       // the file that keeps the budgets' daily costs
	Propose       proposeConfig  `json:"propose,omitzero"`
	objectives                   // what the recommenders aim at
}

// clusterConfig is one cluster of the fleet.
type clusterConfig struct {
	Name        string      `json:"name"`
	Context     string      `json:"context,omitempty"` // of the kubeconfig; empty: the current one, or the cluster it runs in
	Environment string      `json:"environment,omitempty"`
	Prometheus  *promConfig `json:"prometheus,omitempty"` // none: metrics.k8s.io
	// ControlPlane says what a cluster itself does not: eks, aks or gke where it
	// can't be told, and the tier that its fee depends on.
	ControlPlane controlPlaneConfig `json:"controlPlane,omitzero"`
}

// promConfig is where a cluster's usage is queried: Prometheus, Thanos, Mimir.
// Secrets stand in files, which are read again for every request.
type promConfig struct {
	URL             string            `json:"url"`
	ClusterLabel    string            `json:"clusterLabel,omitempty"`
	ClusterValue    string            `json:"clusterValue,omitempty"` // the cluster's name where empty
	Step            days              `json:"step,omitempty"`
	QueryTimeout    days              `json:"queryTimeout,omitempty"`
	BearerTokenFile string            `json:"bearerTokenFile,omitempty"`
	Username        string            `json:"username,omitempty"`
	PasswordFile    string            `json:"passwordFile,omitempty"`
	CAFile          string            `json:"caFile,omitempty"`
	CertFile        string            `json:"certFile,omitempty"`
	KeyFile         string            `json:"keyFile,omitempty"`
	ServerName      string            `json:"serverName,omitempty"`
	Headers         map[string]string `json:"headers,omitempty"`
}

func (p *promConfig) settings(cluster string) prom.Config {
	value := p.ClusterValue
	if value == "" && p.ClusterLabel != "" {
		value = cluster
	}
	return prom.Config{
		URL: p.URL, ClusterLabel: p.ClusterLabel, ClusterValue: value,
		Step: time.Duration(p.Step), QueryTimeout: time.Duration(p.QueryTimeout),
		BearerTokenFile: p.BearerTokenFile, Username: p.Username, PasswordFile: p.PasswordFile,
		CAFile: p.CAFile, CertFile: p.CertFile, KeyFile: p.KeyFile, ServerName: p.ServerName,
		Headers: p.Headers,
	}
}

// readConfig reads path strictly: a misspelt field is an error, because a
// setting that is silently not in force costs more than a refused start.
func readConfig(path string) (*config, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, usagef("there is no configuration file %s", path)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the configuration: %w", err)
	}
	c := config{objectives: defaultObjectives()}
	if err := yaml.UnmarshalStrict(b, &c); err != nil {
		return nil, usagef("configuration %s: %w", path, asWritten(err))
	}
	var names []string
	for i, k := range c.Clusters {
		switch {
		case k.Name == "":
			return nil, usagef("configuration %s: clusters[%d] has no name", path, i)
		case slices.Contains(names, k.Name):
			return nil, usagef("configuration %s: two clusters are named %q", path, k.Name)
		case k.Prometheus != nil && k.Prometheus.URL == "":
			return nil, usagef("configuration %s: clusters[%d].prometheus has no url", path, i)
		}
		if err := k.ControlPlane.check(); err != nil {
			return nil, usagef("configuration %s: clusters[%d].controlPlane: %w", path, i, err)
		}
		names = append(names, k.Name)
	}
	for i, key := range c.Labels {
		if key == "" || slices.Contains(c.Labels[:i], key) {
			return nil, usagef("configuration %s: labels[%d] %q: name each label once", path, i, key)
		}
	}
	if err := c.checkBudgets(); err != nil {
		return nil, usagef("configuration %s: %w", path, err)
	}
	return &c, nil
}

// days is a duration that people write as 14d, 36h or 90s.
type days time.Duration

// String writes whole days as days: 14d, where model.Duration has 2w.
func (d days) String() string {
	if day := days(24 * time.Hour); d > 0 && d%day == 0 {
		return fmt.Sprintf("%dd", d/day)
	}
	return model.Duration(d).String()
}

// Set and Type make days a flag.
func (d *days) Set(s string) error {
	v, err := model.ParseDuration(s)
	if err != nil || v <= 0 {
		return fmt.Errorf("%q is not a length of time such as 14d, 36h or 90s", s)
	}
	*d = days(v)
	return nil
}

func (days) Type() string { return "duration" }

// UnmarshalText reads days from the configuration file.
func (d *days) UnmarshalText(b []byte) error { return d.Set(string(b)) }

// controlPlaneConfig is a managed control plane: eks (standard, extended), aks
// (free, standard, premium) or gke (standard, autopilot).
type controlPlaneConfig struct {
	Service string `json:"service,omitempty"`
	Tier    string `json:"tier,omitempty"`
}

// tiers are those of each service.
var tiers = map[string][]string{"eks": {"standard", "extended"}, "aks": {"free", "standard", "premium"}, "gke": {"standard", "autopilot"}}

func (c *controlPlaneConfig) check() error {
	if c.Service != "" && tiers[c.Service] == nil {
		return usagef("service %q: there are aks, eks and gke", c.Service)
	}
	for _, known := range tiers {
		if c.Tier == "" || slices.Contains(known, c.Tier) && (c.Service == "" || slices.Contains(tiers[c.Service], c.Tier)) {
			return nil
		}
	}
	return usagef("tier %q: eks has standard and extended, aks free, standard and premium, gke standard and autopilot", c.Tier)
}

// amount is pounds as people write them: 5, "12.50", £5.
type amount string

// UnmarshalJSON takes a number as well as text.
func (a *amount) UnmarshalJSON(b []byte) error {
	if json.Unmarshal(b, (*string)(a)) == nil {
		return nil
	}
	var n json.Number
	err := json.Unmarshal(b, &n)
	*a = amount(n)
	return err
}

// plainAmount keeps out exponents: 1e999999999 is short to write, and its digits
// would fill the memory.
var plainAmount = regexp.MustCompile(`^[0-9]{1,9}(\.[0-9]{1,9})?$`)

// pounds is a's value; setting names it in the error.
func (a amount) pounds(setting string) (pricing.Money, error) {
	d, err := amount(strings.TrimPrefix(string(a), "£")).figure(setting)
	if err != nil {
		return pricing.Money{}, usagef("%s %q is not an amount of pounds such as 5 or 12.50, below 1,000,000,000", setting, string(a))
	}
	return pricing.Pounds(d), nil
}

// figure is a as a plain number; setting names it in the error.
func (a amount) figure(setting string) (decimal.Decimal, error) {
	d, err := decimal.NewFromString(string(a))
	if err != nil || !plainAmount.MatchString(string(a)) {
		return decimal.Decimal{}, usagef("%s %q is not a figure such as 5 or 12.50", setting, string(a))
	}
	return d, nil
}
