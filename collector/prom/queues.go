package prom

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"github.com/tuppence-dev/tuppence/collector"
)

// Metrics of controller-runtime, of client-go's workqueues and of the process.
const (
	runsMetric    = "controller_runtime_reconcile_total"
	errorsMetric  = "controller_runtime_reconcile_errors_total"
	workersMetric = "controller_runtime_max_concurrent_reconciles"
	addsMetric    = "workqueue_adds_total"
	retriesMetric = "workqueue_retries_total"
	waitMetric    = "workqueue_queue_duration_seconds"
	workMetric    = "workqueue_work_duration_seconds"
	depthMetric   = "workqueue_depth"
	coresMetric   = "process_cpu_seconds_total"
	residentBytes = "process_resident_memory_bytes"
)

var workMetrics = []string{runsMetric, errorsMetric, workersMetric, addsMetric, retriesMetric, waitMetric + "_sum", waitMetric + "_count",
	workMetric + "_sum", workMetric + "_count", coresMetric, residentBytes}

// workQuery gives the values of many metrics at once, each under its own name, of
// which there is one a queue or a process: the higher one where it is scraped twice.
func workQuery(s selector) string {
	return `max by (__name__,namespace,pod,instance,controller,name,result) (` +
		s.of("", "namespace", `__name__=~"`+strings.Join(workMetrics, "|")+`"`) + `)`
}

// highestQuery gives the highest value of a gauge within each step.
func highestQuery(s selector, metric string, step time.Duration) string {
	return fmt.Sprintf(`max by (namespace,pod,instance,name) (max_over_time(%s[%s]))`, s.of(metric, "namespace"), promDuration(step))
}

// works fills the queues and the processes of controllers and operators.
func (m *meter) works(ctx context.Context, o *owned) {
	if len(o.all) == 0 || !m.has(addsMetric) && !m.has(runsMetric) && !m.has(coresMetric) {
		return
	}
	step := coarse(m.w.Length())
	s := selector{m.cluster, sortedKeys(o.namespaces)}
	answer, _ := m.series(ctx, workQuery(s), "the queues of controllers", m.w.Start, step)
	from, to := m.edges(m.w.Start, step)
	found := make([]work, len(o.all))
	for _, x := range answer {
		if i, ok := o.of(x.Metric); ok {
			found[i].add(x, step, from, to)
		}
	}
	depths, _ := m.series(ctx, highestQuery(s, depthMetric, step), depthMetric, m.w.Start, step)
	for _, x := range depths {
		if i, ok := o.of(x.Metric); ok {
			q := found[i].queue(queueOf(x.Metric))
			q.deepest = max(q.deepest, top(x.Values))
		}
	}
	peaks, _ := m.series(ctx, highestQuery(s, residentBytes, step), residentBytes, m.w.Start, step)
	for _, x := range peaks {
		if i, ok := o.of(x.Metric); ok {
			found[i].peaks.add(x.Values)
		}
	}
	for i := range found {
		o.all[i].Queues = found[i].queues()
		o.all[i].Process = found[i].process(step)
		workers(o.all[i])
	}
}

// work is what was read of one controller.
type work struct {
	byQueue  map[string]*worked
	cores    *flow
	resident sums // bytes at the end of each step
	peaks    sums
}

// worked is what was read of one queue: its counters by metric, and by result.
type worked struct {
	counters map[string]*flow
	workers  float64
	deepest  float64
}

func (w *work) queue(name string) *worked {
	if w.byQueue == nil {
		w.byQueue = map[string]*worked{}
	}
	if w.byQueue[name] == nil {
		w.byQueue[name] = &worked{counters: map[string]*flow{}}
	}
	return w.byQueue[name]
}

// add files one series under what it is of.
func (w *work) add(x *model.SampleStream, step time.Duration, from, to model.Time) {
	metric := string(x.Metric[model.MetricNameLabel])
	switch metric {
	case residentBytes:
		w.resident.add(x.Values)
		return
	case coresMetric:
		if w.cores == nil {
			w.cores = newFlow(step)
		}
		w.cores.add(x, 1, from, to)
		return
	case workersMetric:
		q := w.queue(queueOf(x.Metric))
		q.workers = max(q.workers, top(x.Values))
		return
	case runsMetric:
		metric += " " + string(x.Metric["result"])
	}
	counters := w.queue(queueOf(x.Metric)).counters
	if counters[metric] == nil {
		counters[metric] = newFlow(step)
	}
	counters[metric].add(x, 1, from, to)
}

// queues are those of which anything is known, at most as many as are recorded.
func (w *work) queues() []collector.Queue {
	var all []collector.Queue
	for _, name := range slices.Sorted(maps.Keys(w.byQueue)) {
		if name != "" && len(name) <= collector.MaxText && len(all) < collector.MaxQueues {
			all = append(all, w.byQueue[name].queue(name))
		}
	}
	return all
}

func (q *worked) queue(name string) collector.Queue {
	count := func(metric string) int64 {
		n, _ := q.counters[metric].total()
		return whole(n)
	}
	timed := func(metric string) collector.Timed {
		total, _ := q.counters[metric+"_sum"].total()
		return collector.Timed{Count: count(metric + "_count"), Total: seconds(total)}
	}
	out := collector.Queue{Name: name, Errors: count(errorsMetric), Adds: count(addsMetric), Retries: count(retriesMetric),
		Waited: timed(waitMetric), Worked: timed(workMetric), Deepest: whole(q.deepest)}
	if q.workers >= 1 && q.workers <= collector.MaxPods {
		out.Workers, out.WorkersFrom = int(q.workers), collector.FromMetric
	}
	pods := map[string]bool{}
	for _, metric := range slices.Sorted(maps.Keys(q.counters)) {
		f := q.counters[metric]
		_, span := f.total()
		out.Span.Duration = max(out.Span.Duration, span)
		if f.reset {
			out.Doubts = doubt(out.Doubts, collector.CounterReset)
		}
		maps.Copy(pods, f.pods)
		if result, ok := strings.CutPrefix(metric, runsMetric+" "); ok && result != "" && len(result) <= collector.MaxText && len(out.Runs) < 8 {
			out.Runs = append(out.Runs, collector.Tally{Name: result, Count: count(metric)})
		}
	}
	if len(pods) > 1 {
		out.Doubts = doubt(out.Doubts, collector.ControllerRestart)
	}
	return out
}

func doubt(all []collector.Doubt, d collector.Doubt) []collector.Doubt {
	if slices.Contains(all, d) {
		return all
	}
	return append(all, d)
}

func (w *work) process(step time.Duration) (p collector.Process) {
	cores := func(v float64) collector.MilliCPU {
		return collector.MilliCPU(math.Round(min(v*1000, float64(collector.MaxCPU))))
	}
	used, span := w.cores.total()
	mean, _ := w.resident.mean()
	_, peak := w.peaks.mean()
	if span == 0 && peak == 0 && mean == 0 {
		return p
	}
	p.Span.Duration = max(span, time.Duration(len(w.resident))*step)
	if span > 0 {
		p.CPU, p.CPUPeak = cores(used/span.Seconds()), cores(w.cores.peak()/step.Seconds())
	}
	p.Memory, p.MemoryPeak = collector.Bytes(min(mean, float64(collector.MaxMemory))), collector.Bytes(min(peak, float64(collector.MaxMemory)))
	return p
}

// workers tells how many workers a queue has where no metric does: the setting of
// its program, or that setting's default.
func workers(c *collector.Controller) {
	for i := range c.Queues {
		q := &c.Queues[i]
		s, known := c.Setting(concurrency(c.Kind, q.Name))
		if n, err := strconv.Atoi(s.Value); q.Workers == 0 && known && err == nil && n > 0 && n <= collector.MaxPods {
			q.Workers, q.WorkersFrom = n, collector.FromDefault
			if s.Set {
				q.WorkersFrom = collector.FromSetting
			}
		}
	}
}

// concurrency is the setting that says how many workers a queue has.
func concurrency(program, queue string) string {
	switch {
	case program != "argocd":
		return "--concurrent"
	case queue == "app_operation_processing_queue":
		return "controller.operation.processors"
	case queue == "applicationset":
		return "applicationsetcontroller.concurrent.reconciliations.max"
	case strings.HasPrefix(queue, "app_reconciliation"):
		return "controller.status.processors"
	}
	return ""
}

// sums are values of gauges at the ends of steps, added up over the pods.
type sums map[model.Time]float64

func (s *sums) add(values []model.SamplePair) {
	if *s == nil {
		*s = sums{}
	}
	for _, v := range values {
		if f := float64(v.Value); f >= 0 && f <= float64(collector.MaxMemory) { // not NaN either
			(*s)[v.Timestamp] += f
		}
	}
}

// mean is the mean of all steps, and the highest of them.
func (s sums) mean() (mean, peak float64) {
	for _, t := range sortedTimes(s) {
		mean += s[t] / float64(len(s))
		peak = max(peak, s[t])
	}
	return mean, peak
}

func top(values []model.SamplePair) float64 {
	highest := 0.0
	for _, v := range values {
		if f := float64(v.Value); f > highest && f < most {
			highest = f
		}
	}
	return highest
}
