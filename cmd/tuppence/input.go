package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/report"
)

// input says what to read: live clusters, by context or by configuration, or a
// recording.
type input struct {
	contexts   []string
	config     string
	recording  string
	kubeconfig string
	prom       promConfig
	window     days
	timeout    days
	parallel   int
	strict     bool
}

// The defaults that the help shows.
const (
	defaultWindow   = days(14 * 24 * time.Hour) // two working weeks and their weekends
	defaultTimeout  = days(10 * time.Minute)
	defaultParallel = 8
)

func (in *input) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringArrayVar(&in.contexts, "context", nil, "a kubeconfig context to read; may be given again for more clusters (default: the current one)")
	f.StringVar(&in.config, "config", "", "read the fleet that this file describes (tuppence.yaml)")
	f.StringVar(&in.kubeconfig, "kubeconfig", "", "kubeconfig file (default: kubectl's rules)")
	f.StringVar(&in.prom.URL, "prometheus", "", "Prometheus, Thanos or Mimir that holds the usage of every --context")
	f.StringVar(&in.prom.ClusterLabel, "cluster-label", "", "label whose value is the context's name in --prometheus")
	in.window = defaultWindow
	f.Var(&in.window, "window", "how far back usage is read")
	in.timeout, in.parallel = defaultTimeout, defaultParallel
	f.Var(&in.timeout, "timeout", "time that one cluster may take")
	f.IntVar(&in.parallel, "parallel", defaultParallel, "clusters read at once")
	f.BoolVar(&in.strict, "strict", false, "exit with status 3 where something could not be read")
}

func (in *input) recordingFlag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&in.recording, "recording", "", "read this recording instead of clusters; --config then says how to price and judge it")
}

// settings merges the flags that were given over the configuration file, and
// that over the defaults.
func (in *input) settings(cmd *cobra.Command) (*config, error) {
	if err := noneEmpty(cmd); err != nil {
		return nil, err
	}
	if err := in.check(cmd.Flags().Changed); err != nil {
		return nil, err
	}
	c := &config{objectives: defaultObjectives()}
	if in.config != "" {
		var err error
		if c, err = readConfig(in.config); err != nil {
			return nil, err
		}
		if in.recording == "" && len(c.Clusters) == 0 {
			return nil, usagef("configuration %s names no clusters", in.config)
		}
	}
	given := cmd.Flags().Changed
	if c.Window == 0 || given("window") {
		c.Window = in.window
	}
	if c.Timeout == 0 || given("timeout") {
		c.Timeout = in.timeout
	}
	if c.Parallel == 0 || given("parallel") {
		c.Parallel = in.parallel
	}
	if c.Kubeconfig == "" || given("kubeconfig") {
		c.Kubeconfig = in.kubeconfig
	}
	if time.Duration(c.Window) > collector.MaxWindow {
		return nil, usagef("--window %s: at most %d days", c.Window, collector.MaxWindow/(24*time.Hour))
	}
	if c.Parallel < 1 {
		return nil, usagef("--parallel %d: give at least 1", c.Parallel)
	}
	if in.config == "" {
		c.Clusters = in.byContext(c.Kubeconfig)
	}
	return c, nil
}

// noneEmpty refuses a flag that was given without a value, as by a variable that
// is not set: it would be without effect.
func noneEmpty(cmd *cobra.Command) error {
	var err error
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if v := f.Value.String(); v == "" || v == "[]" {
			err = usagef("--%s is empty: give it a value or leave it out", f.Name)
		}
	})
	return err
}

// check refuses flags that contradict each other, or that would be without
// effect: a setting that is silently not in force is worse than none.
func (in *input) check(given func(string) bool) error {
	if in.recording != "" {
		for _, name := range []string{"context", "kubeconfig", "prometheus", "cluster-label", "window", "timeout", "parallel"} {
			if given(name) {
				return usagef("--recording reads no clusters, and holds its own window: leave out --%s", name)
			}
		}
	}
	for i, context := range in.contexts {
		if context == "" || slices.Contains(in.contexts[:i], context) {
			return usagef("--context %q: name each context once", context)
		}
	}
	switch {
	case in.config != "" && len(in.contexts) > 0:
		return usagef("--config and --context say twice which clusters to read; give one")
	case in.config != "" && (in.prom.URL != "" || in.prom.ClusterLabel != ""):
		return usagef("--prometheus and --cluster-label go with --context; with --config, set clusters[].prometheus")
	case in.prom.ClusterLabel != "" && in.prom.URL == "":
		return usagef("--cluster-label is a label in --prometheus; give that too")
	}
	return nil
}

// byContext is the fleet of the --context flags; without any, the current
// context, as kubectl would take it.
func (in *input) byContext(kubeconfig string) []clusterConfig {
	contexts := in.contexts
	if len(contexts) == 0 {
		contexts = []string{""}
	}
	var clusters []clusterConfig
	for _, context := range contexts {
		k := clusterConfig{Name: context, Context: context}
		if k.Name == "" {
			k.Name = currentContext(kubeconfig)
		}
		if in.prom.URL != "" {
			p := in.prom
			k.Prometheus = &p
		}
		clusters = append(clusters, k)
	}
	return clusters
}

// fleet reads the recording, or the live clusters with progress on stderr.
func (in *input) fleet(ctx context.Context, a *app, c *config) (*collector.Fleet, error) {
	if in.recording != "" {
		return collector.ReadFile(in.recording)
	}
	targets := targetsOf(c)
	bar := a.progress(targets)
	defer bar.finish()
	// To the minute, so that two runs within one ask Prometheus the same things.
	end := a.now().UTC().Truncate(time.Minute)
	w := collector.Window{Start: end.Add(-time.Duration(c.Window)), End: end}
	f, err := collector.Collect(ctx, targets, w, collector.Options{
		Parallel: c.Parallel,
		Timeout:  time.Duration(c.Timeout),
		Progress: bar.step,
	})
	if err != nil {
		bar.finish()
		if f != nil {
			printGaps(a, f.Gaps())
		}
		return nil, err
	}
	return f, nil
}

// printGaps writes a line a gap to stderr, for commands whose output has none.
func printGaps(a *app, gaps []collector.Gap) {
	for _, g := range gaps {
		fmt.Fprintln(a.err, "gap:", report.Plain(g.String()))
	}
}

// strictly is the error that a --strict run with gaps ends with.
func (in *input) strictly(gaps []collector.Gap) error {
	if in.strict && len(gaps) > 0 {
		return errGaps
	}
	return nil
}
