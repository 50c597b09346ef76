package main

import (
	"cmp"
	"context"
	"errors"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/collector/argo"
	"github.com/tuppence-dev/tuppence/collector/flux"
	"github.com/tuppence-dev/tuppence/collector/kube"
	"github.com/tuppence-dev/tuppence/collector/metricsapi"
	"github.com/tuppence-dev/tuppence/collector/prom"
	"github.com/tuppence-dev/tuppence/recommend"
	"github.com/tuppence-dev/tuppence/recommend/interval"
	"github.com/tuppence-dev/tuppence/recommend/rightsize"
	"github.com/tuppence-dev/tuppence/recommend/spot"
)

// targetsOf lists the sources that read each cluster, in their order: usage
// needs the workloads that it belongs to, and measured rates the objects that
// they are rates of.
func targetsOf(c *config) []collector.Target {
	var targets []collector.Target
	for _, k := range c.Clusters {
		targets = append(targets, collector.Target{
			Name: k.Name, Environment: k.Environment, Steps: stepsOf(c, k),
		})
	}
	return targets
}

func stepsOf(c *config, k clusterConfig) []collector.Step {
	cfg, err := kube.Config(c.Kubeconfig, k.Context)
	if err != nil {
		return []collector.Step{{Name: "kubernetes", Source: failing{err}, Required: true}}
	}
	steps := []collector.Step{
		{Name: "kubernetes", Source: open(cfg, objectsOf(c.Labels)), Required: true},
		{Name: "configuration", Source: k.ControlPlane},
		{Name: "flux", Source: open(cfg, flux.New)},
		{Name: "argocd", Source: open(cfg, argo.New)},
	}
	if k.Prometheus != nil {
		steps = append(steps, collector.Step{Name: "prometheus", Source: open(k.Prometheus.settings(k.Name), prom.New)})
	}
	return append(steps, collector.Step{Name: "metrics.k8s.io", Source: open(cfg, metricsapi.New)})
}

// objectsOf makes the source of a cluster's objects, with the labels that may be read.
func objectsOf(labels []string) func(*rest.Config) (*kube.Source, error) {
	return func(cfg *rest.Config) (*kube.Source, error) { return kube.New(cfg, kube.Options{Labels: labels}) }
}

// currentContext is the name of kubectl's current context: a cluster that is not
// named otherwise is named by it, and so has the findings' IDs that --context
// gives. A pod that reads its own cluster has no context.
func currentContext(kubeconfig string) string {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = kubeconfig
	if raw, err := rules.Load(); err == nil && raw.CurrentContext != "" {
		return raw.CurrentContext
	}
	return "current"
}

// open makes a source, or one that fails with the reason why it can't be made,
// so that one cluster's bad setting is a gap and not the end of the run.
func open[C any, S collector.Source](cfg C, create func(C) (S, error)) collector.Source {
	s, err := create(cfg)
	if err != nil {
		return failing{err}
	}
	return s
}

// Collect adds what the configuration says of the control plane to what was read.
func (p controlPlaneConfig) Collect(_ context.Context, _ collector.Window, c *collector.Cluster) error {
	c.ControlPlane.Service = cmp.Or(p.Service, c.ControlPlane.Service)
	c.ControlPlane.Tier = cmp.Or(p.Tier, c.ControlPlane.Tier)
	return nil
}

type failing struct{ err error }

func (f failing) Collect(context.Context, collector.Window, *collector.Cluster) error { return f.err }

// objectives are the recommenders' settings, each under its recommender's name.
type objectives struct {
	Rightsize rightsize.Settings `json:"rightsize,omitzero"`
	Spot      spot.Settings      `json:"spot,omitzero"`
	Interval  interval.Settings  `json:"interval,omitzero"`
}

func defaultObjectives() objectives {
	return objectives{rightsize.Default(), spot.Default(), interval.Default()}
}

// recommenders is the order in which advice is given. Right-sizing comes first,
// so that spot and the nodes that could leave are judged on what workloads need.
func (o objectives) recommenders() ([]recommend.Recommender, error) {
	size, err1 := rightsize.New(o.Rightsize)
	move, err2 := spot.New(o.Spot)
	tune, err3 := interval.New(o.Interval)
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, usageError{err}
	}
	return []recommend.Recommender{size, move, tune}, nil
}
