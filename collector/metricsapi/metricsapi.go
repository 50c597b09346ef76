// Package metricsapi reads one sample of usage from metrics.k8s.io, which
// metrics-server serves. It is for workloads that no better source knew: one
// sample deserves the low confidence that its count shows.
package metricsapi

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	metricsv1beta1 "k8s.io/metrics/pkg/apis/metrics/v1beta1"
	metrics "k8s.io/metrics/pkg/client/clientset/versioned"

	"github.com/tuppence-dev/tuppence/collector"
)

// Name is how gaps and Usage.Source call this source.
const Name = "metrics.k8s.io"

// Source reads one cluster's pod metrics.
type Source struct{ client metrics.Interface }

var _ collector.Source = (*Source)(nil)

// New returns a source that reads the metrics API of the cluster of cfg.
func New(cfg *rest.Config) (*Source, error) {
	client, err := metrics.NewForConfig(cfg)
	if err != nil {
		return nil, fmt.Errorf("the metrics client's configuration: %w", err)
	}
	return &Source{client}, nil
}

// Collect gives every workload of c that runs and has no usage yet one sample a
// pod and container, in millicores and bytes, dated by the sample itself. Pods
// are put to workloads by c.PodOwners, so the objects must have been read
// before. Where no workload lacks usage it asks nothing.
func (s *Source) Collect(ctx context.Context, _ collector.Window, c *collector.Cluster) error {
	wanted := lacking(c)
	if len(wanted) == 0 {
		return nil
	}
	list, err := s.client.MetricsV1beta1().PodMetricses(metav1.NamespaceAll).List(ctx, metav1.ListOptions{})
	if err != nil {
		return explain(err)
	}
	samples := gather(list.Items, c.PodOwners, wanted)
	var without []string
	for ref, w := range wanted {
		if !fill(w, samples[ref]) {
			without = append(without, ref.Kind+" "+ref.Namespace+"/"+ref.Name)
		}
	}
	if len(without) > 0 {
		slices.Sort(without)
		c.AddGap(Name, fmt.Sprintf("no sample of %d of %d running workloads without other usage: %s first; "+
			"a pod has one about a minute after it starts", len(without), len(wanted), without[0]))
	}
	return nil
}

// lacking is the workloads that run and of which no container has usage.
func lacking(c *collector.Cluster) map[collector.WorkloadRef]*collector.Workload {
	out := map[collector.WorkloadRef]*collector.Workload{}
	for i := range c.Workloads {
		w := &c.Workloads[i]
		runs := slices.ContainsFunc(w.Placements, func(p collector.Placement) bool { return p.Node != "" })
		known := slices.ContainsFunc(w.Containers, func(c collector.Container) bool { return c.Usage.Source != "" })
		if runs && !known {
			out[w.Ref()] = w
		}
	}
	return out
}

// day gathers the samples of one container on one day; at midnight the pods of
// a workload may fall on two.
type day struct{ cpu, memory *collector.Sketch }

type series map[collector.Day]day

// gather puts samples to workloads and containers. A sample without a time or
// with a figure that is no usage is left out.
func gather(pods []metricsv1beta1.PodMetrics, owners map[collector.PodRef]collector.WorkloadRef, wanted map[collector.WorkloadRef]*collector.Workload) map[collector.WorkloadRef]map[string]series {
	out := map[collector.WorkloadRef]map[string]series{}
	for i := range pods {
		p := &pods[i]
		ref, ok := owners[collector.PodRef{Namespace: p.Namespace, Name: p.Name}]
		if !ok || wanted[ref] == nil || p.Timestamp.IsZero() {
			continue
		}
		if out[ref] == nil {
			out[ref] = map[string]series{}
		}
		for _, c := range p.Containers {
			if out[ref][c.Name] == nil {
				out[ref][c.Name] = series{}
			}
			out[ref][c.Name].add(collector.DayOf(p.Timestamp.Time), c.Usage)
		}
	}
	return out
}

func (s series) add(on collector.Day, usage corev1.ResourceList) {
	cpu, haveCPU := usage[corev1.ResourceCPU]
	memory, haveMemory := usage[corev1.ResourceMemory]
	millicores, bytes := cpu.AsApproximateFloat64()*1000, memory.AsApproximateFloat64()
	d, ok := s[on]
	if !ok {
		d = day{collector.NewSketch(), collector.NewSketch()}
	}
	// Add refuses what is not a usage; a refused sample is a missing one.
	added := haveCPU && millicores <= float64(collector.MaxCPU) && d.cpu.Add(millicores) == nil
	if haveMemory && d.memory.Add(bytes) == nil || added {
		s[on] = d
	}
}

// fill gives w its samples and reports whether there were any.
func fill(w *collector.Workload, samples map[string]series) bool {
	found := false
	for i := range w.Containers {
		c := &w.Containers[i]
		days := samples[c.Name]
		if len(days) == 0 {
			continue
		}
		found = true
		c.Usage.Source = Name
		for on, d := range days {
			c.Usage.Days = append(c.Usage.Days, collector.DayUsage{Day: on, CPU: d.cpu.Digest(), Memory: d.memory.Digest()})
		}
		slices.SortFunc(c.Usage.Days, func(a, b collector.DayUsage) int { return cmp.Compare(a.Day, b.Day) })
	}
	return found
}

// explain says what to do about err, by its kind.
func explain(err error) error {
	switch {
	case apierrors.IsNotFound(err), apierrors.IsServiceUnavailable(err):
		return &failure{"metrics.k8s.io is not served: install metrics-server, or give the cluster a Prometheus", err}
	case apierrors.IsForbidden(err):
		return &failure{"cannot list pods.metrics.k8s.io: forbidden; grant list on pods.metrics.k8s.io (see deploy/)", err}
	case apierrors.IsUnauthorized(err):
		return &failure{"401 " + http.StatusText(http.StatusUnauthorized) + ": the credentials are expired or wrong; log in again", err}
	}
	var timeout interface{ Timeout() bool }
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout() {
		return &failure{"no answer in time from metrics.k8s.io; is metrics-server well?", err}
	}
	return fmt.Errorf("listing pods.metrics.k8s.io: %w", err)
}

// failure is one line for people, with the cause kept for errors.Is and As.
type failure struct {
	line  string
	cause error
}

func (f *failure) Error() string { return f.line }
func (f *failure) Unwrap() error { return f.cause }
