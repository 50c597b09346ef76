package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/tuppence-dev/tuppence/collector"
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
	f.StringArrayVar(&in.contexts, "context", nil, "a kubeconfig context to read; may be given again for more clusters")
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
	cmd.Flags().StringVar(&in.recording, "recording", "", "read this recording instead of clusters")
}

// settings merges the flags that were given over the configuration file.
func (in *input) settings(cmd *cobra.Command) (*config, error) {
	c := &config{}
	switch {
	case in.config != "" && len(in.contexts) > 0:
		return nil, usagef("--config and --context say twice which clusters to read; give one")
	case in.config != "":
		if in.prom.URL != "" {
			return nil, usagef("--prometheus goes with --context; with --config, set clusters[].prometheus")
		}
		var err error
		if c, err = readConfig(in.config); err != nil {
			return nil, err
		}
	default:
		c.Clusters = in.byContext()
	}
	given := func(name string) bool { return cmd.Flags().Changed(name) }
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
	if c.Parallel < 0 {
		return nil, usagef("--parallel %d: give at least 1", c.Parallel)
	}
	return c, nil
}

// byContext is the fleet of the --context flags; without any, the current
// context, as kubectl would take it.
func (in *input) byContext() []clusterConfig {
	contexts := in.contexts
	if len(contexts) == 0 {
		contexts = []string{""}
	}
	var clusters []clusterConfig
	for _, context := range contexts {
		k := clusterConfig{Name: context, Context: context}
		if k.Name == "" {
			k.Name = "current"
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
func (in *input) fleet(ctx context.Context, a *app, cmd *cobra.Command) (*collector.Fleet, error) {
	if in.recording != "" {
		if in.config != "" || len(in.contexts) > 0 {
			return nil, usagef("--recording reads no clusters: leave out --config and --context")
		}
		return collector.ReadFile(in.recording)
	}
	return in.live(ctx, a, cmd)
}

func (in *input) live(ctx context.Context, a *app, cmd *cobra.Command) (*collector.Fleet, error) {
	c, err := in.settings(cmd)
	if err != nil {
		return nil, err
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
		fmt.Fprintln(a.err, "gap:", g)
	}
}

// strictly is the error that a --strict run with gaps ends with.
func (in *input) strictly(gaps []collector.Gap) error {
	if in.strict && len(gaps) > 0 {
		return errGaps
	}
	return nil
}
