package prom

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
	"golang.org/x/sync/errgroup"

	"github.com/tuppence-dev/tuppence/collector"
)

// run is one Collect.
type run struct {
	*Source
	w       collector.Window
	c       *collector.Cluster
	cluster string                   // the matcher, or empty
	index   *index                   // of c
	metrics map[string]bool          // those that there are; nil: not known
	before  map[slot]collector.Usage // what c had of it
	past    []collector.Node         // gone within the window
	since   time.Time                // from when on they are known
	nodes   map[string]bool          // names of all that are known
	spent   []spent                  // by workload: written by its batch alone
	stop    context.CancelCauseFunc
	tally
}

// clusterNames are the labels that tell clusters apart in one store. Labels of
// what runs in a cluster may hold the word too: container_label_cnpg_io_cluster.
var clusterNames = regexp.MustCompile(`(?i)^((k8s|kube|kubernetes|eks|gke|aks)_?)?cluster(_?(name|id))?$`)

// errStopped is the cause of a context that ended because the server did not
// answer.
var errStopped = errors.New("the server stopped answering")

// Collect fills the usage of c's containers, where and how long its pods ran and
// what they sent, the nodes that are gone, the requests of the API server and of
// c's controllers, the measured rates of its reconcilers and Argo CD controllers, and
// the work and the costs of controllers, over w. The objects must be in c already: c.Nodes, c.Workloads,
// c.PodOwners and c.PodNodes, and c.Reconcilers and c.Controllers for the rates.
// It returns an error where no usage could be read at all; what was read in part
// is a gap of c.
func (s *Source) Collect(ctx context.Context, w collector.Window, c *collector.Cluster) error {
	all := days(w, s.cfg.Step)
	if len(all) == 0 {
		return fmt.Errorf("the window from %s to %s holds no whole step of %s: use a longer window",
			w.Start.Format("2006-01-02 15:04"), w.End.Format("2006-01-02 15:04"), s.cfg.Step)
	}
	asking, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	r := &run{Source: s, w: w, c: c, index: newIndex(c), before: usageOf(c), stop: stop, tally: newTally(),
		spent: make([]spent, len(c.Workloads))}
	if s.cfg.ClusterLabel != "" {
		r.cluster = s.cfg.ClusterLabel + "=" + strconv.Quote(s.cfg.ClusterValue)
	}
	if err := r.probe(asking); err != nil {
		return err
	}
	r.gone(asking, all)
	if r.has(cpuMetric) || r.has(memoryMetric) {
		var g errgroup.Group
		g.SetLimit(s.cfg.Parallel)
		for _, b := range batches(c.Workloads, s.series) {
			g.Go(func() error { r.batch(asking, b, all); return nil })
		}
		_ = g.Wait() // the functions above return no error
	}
	err := r.strangers()
	if err == nil {
		r.settle(all)
		r.reconciles(asking)
		r.requests(asking)
		r.meters(asking)
		err = r.report(all)
	}
	if ctx.Err() != nil {
		return fmt.Errorf("reading usage: stopped before all was read: %w", context.Cause(ctx))
	}
	return err
}

func usageOf(c *collector.Cluster) map[slot]collector.Usage {
	all := map[slot]collector.Usage{}
	for i := range c.Workloads {
		for j := range c.Workloads[i].Containers {
			all[slot{i, j}] = c.Workloads[i].Containers[j].Usage
		}
	}
	return all
}

// probe asks the index, which costs the server next to nothing, whether it is
// there, which clusters it holds and which metrics. It returns an error where
// asking on would give nothing, or would mix clusters.
func (r *run) probe(ctx context.Context) error {
	cfg := r.cfg
	keys, err := []string{cfg.ClusterLabel}, error(nil)
	if cfg.ClusterLabel == "" {
		keys, err = r.clusterLabels(ctx)
	}
	clusters := map[string][]string{}
	for _, key := range keys {
		if err == nil {
			clusters[key], err = r.labelValues(ctx, key, anyUsage)
		}
	}
	if f, ok := errors.AsType[*Fault](err); ok && f.Status != 404 && f.kind != heavy && f.kind != bad {
		return advised(f)
	}
	if ctx.Err() != nil {
		return err
	}
	r.unsure = err
	if r.metrics, err = r.names(ctx, r.cluster); ctx.Err() != nil {
		return err
	}
	if cfg.ClusterLabel == "" {
		for _, key := range keys {
			if len(clusters[key]) > 1 {
				return fmt.Errorf("it holds the usage of %d clusters (%s): set clusterLabel to %q and clusterValue, or their namespaces would be mixed",
					len(clusters[key]), some(clusters[key]), key)
			}
		}
		return nil
	}
	if r.unsure == nil && !slices.Contains(clusters[cfg.ClusterLabel], cfg.ClusterValue) && len(r.metrics) == 0 {
		return r.wrongCluster(ctx, clusters[cfg.ClusterLabel])
	}
	return nil
}

const anyUsage = cpuMetric + `{container!=""}`

// clusterLabels returns the labels of usage that may tell clusters apart.
func (r *run) clusterLabels(ctx context.Context) ([]string, error) {
	names, warnings, _, err := r.api.LabelNames(ctx, []string{anyUsage}, r.w.Start, r.w.End)
	if err := r.heard(ctx, warnings, err); err != nil {
		return nil, err
	}
	var found []string
	for _, n := range names {
		if clusterNames.MatchString(string(n)) {
			found = append(found, string(n))
		}
	}
	slices.Sort(found)
	return found, nil
}

// wrongCluster says why nothing carries the matcher.
func (r *run) wrongCluster(ctx context.Context, clusters []string) error {
	if len(clusters) > 0 {
		return fmt.Errorf("no series has %s: the label's values are %s", r.cluster, some(clusters))
	}
	if there, err := r.names(ctx, ""); err == nil && len(there) > 0 {
		return fmt.Errorf("no series has %s or any label %q: a Prometheus asked directly does not show its external labels, so leave clusterLabel out if it holds one cluster",
			r.cluster, r.cfg.ClusterLabel)
	}
	return r.noUsage()
}

// names returns which of the metrics asked for there are in the window.
func (r *run) names(ctx context.Context, matcher string) (map[string]bool, error) {
	metrics := []string{
		cpuMetric, memoryMetric, oomMetric, restartMetric, lastReasonMetric, reasonMetric,
		podOwnerMetric, setOwnerMetric, jobOwnerMetric, fluxMetric + "_count", argoMetric + "_count",
		podInfoMetric, nodeInfoMetric, egressMetric, serverMetric, clientMetric, argoClientMetric,
		runsMetric, addsMetric, coresMetric, gitMetric, eventsMetric, kubectlMetric, etcdMetric,
	}
	m := "{" + `__name__=~"` + strings.Join(metrics, "|") + `"`
	if matcher != "" {
		m += "," + matcher
	}
	names, err := r.labelValues(ctx, model.MetricNameLabel, m+"}")
	if err != nil {
		return nil, err
	}
	found := map[string]bool{}
	for _, n := range names {
		found[n] = true
	}
	return found, nil
}

// has reports whether a metric is there, or may be.
func (r *run) has(metric string) bool { return r.metrics == nil || r.metrics[metric] }

func (r *run) selector(p piece) selector { return selector{r.cluster, p.namespaces} }

func (r *run) labelValues(ctx context.Context, key, match string) ([]string, error) {
	values, warnings, _, err := r.api.LabelValues(ctx, key, []string{match}, r.w.Start, r.w.End)
	if err := r.heard(ctx, warnings, err); err != nil {
		return nil, err
	}
	all := make([]string, len(values))
	for i, v := range values {
		all[i] = string(v)
	}
	return all, nil
}

// matrix asks a range query over rng.
func (r *run) matrix(ctx context.Context, query string, rng v1.Range) (model.Matrix, error) {
	v, warnings, _, err := r.api.QueryRange(ctx, query, rng, r.serverTimeout())
	if err := r.heard(ctx, warnings, err); err != nil {
		return nil, err
	}
	if m, ok := v.(model.Matrix); ok {
		r.answer()
		m = slices.DeleteFunc(m, func(s *model.SampleStream) bool { return s == nil }) // JSON's null
		// Sums of floats, and which of two comes last, must not hang on a server's order.
		sort.Sort(m)
		return m, nil
	}
	return nil, &Fault{Message: fmt.Sprintf("malformed answer: a %T where a matrix was asked for", v), kind: notAPI}
}

// vector asks an instant query.
func (r *run) vector(ctx context.Context, query string, at time.Time) (model.Vector, error) {
	v, warnings, _, err := r.api.Query(ctx, query, at, r.serverTimeout())
	if err := r.heard(ctx, warnings, err); err != nil {
		return nil, err
	}
	if m, ok := v.(model.Vector); ok {
		r.answer()
		m = slices.DeleteFunc(m, func(s *model.Sample) bool { return s == nil })
		sort.Sort(m)
		return m, nil
	}
	return nil, &Fault{Message: fmt.Sprintf("malformed answer: a %T where a vector was asked for", v), kind: notAPI}
}

// serverTimeout has the server give up first, which frees it and says why.
func (r *run) serverTimeout() v1.Option { return v1.WithTimeout(r.cfg.QueryTimeout * 9 / 10) }

// some lists up to five names.
func some(names []string) string {
	if len(names) > 5 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:5], ", "), len(names)-5)
	}
	return strings.Join(names, ", ")
}
