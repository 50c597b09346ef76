package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
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
	MinSaving  string          `json:"minSaving,omitempty"`  // pounds a month
	Parallel   int             `json:"parallel,omitempty"`   // clusters read at once
	Timeout    days            `json:"timeout,omitempty"`    // for each cluster
	Clusters   []clusterConfig `json:"clusters"`
	objectives                 // what the recommenders aim at
}

// clusterConfig is one cluster of the fleet.
type clusterConfig struct {
	Name        string      `json:"name"`
	Context     string      `json:"context,omitempty"` // of the kubeconfig; empty: in the cluster itself
	Environment string      `json:"environment,omitempty"`
	Prometheus  *promConfig `json:"prometheus,omitempty"` // none: metrics.k8s.io
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
	if value == "" {
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
		return nil, usagef("configuration %s: %w", path, err)
	}
	if len(c.Clusters) == 0 {
		return nil, usagef("configuration %s names no clusters", path)
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
		names = append(names, k.Name)
	}
	return &c, nil
}

// days is a duration that people write as 14d, 36h or 90s.
type days time.Duration

func (d days) String() string { return model.Duration(d).String() }

// Set and Type make days a flag.
func (d *days) Set(s string) error {
	v, err := model.ParseDuration(s)
	if err != nil {
		return err
	}
	if v <= 0 {
		return fmt.Errorf("%q is not longer than nothing", s)
	}
	*d = days(v)
	return nil
}

func (days) Type() string { return "duration" }

// UnmarshalText reads days from the configuration file.
func (d *days) UnmarshalText(b []byte) error { return d.Set(string(b)) }

// parsePounds reads an amount of pounds: 5, 12.50, £5.
func parsePounds(s string) (pricing.Money, error) {
	d, err := decimal.NewFromString(trimPound(s))
	if err != nil || d.IsNegative() {
		return pricing.Money{}, usagef("--min-saving %q is not an amount of pounds such as 5 or 12.50", s)
	}
	return pricing.Pounds(d), nil
}

func trimPound(s string) string {
	if r := []rune(s); len(r) > 0 && r[0] == '£' {
		return string(r[1:])
	}
	return s
}
