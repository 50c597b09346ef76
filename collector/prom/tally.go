package prom

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"

	"github.com/tuppence-dev/tuppence/collector"
)

// inARow is how many questions may fail in a row before the server is left alone.
const inARow = 3

// tally is what went wrong in a run, kept so that it ends in a few lines. Its
// methods may be called from several goroutines.
type tally struct {
	mu       sync.Mutex
	answered bool // any query was
	asked    int  // questions: one of each kind for a batch and day
	failed   int
	streak   int
	reasons  []reason
	answers  int
	warned   int
	warning  string

	skipped              []string // batches that were given up
	cpu, memory, refused int      // samples
	unsure               error    // why it was not told which clusters the server holds
	ours                 bool     // any of them surely of this cluster
	read, broken         map[collector.Day]bool
	ambiguous, homeless  []string                  // pods, as namespace/name
	placeless            map[collector.PodRef]bool // of which no node is told
	seen                 map[collector.Day]steps   // at which any pod ran
	sent                 map[collector.Day]bool    // traffic was told
	notes                []string                  // gaps that wait for the report
}

// reason groups failures that say the same.
type reason struct {
	fault *Fault
	n     int
	first string // what was asked
}

func newTally() tally {
	return tally{
		read: map[collector.Day]bool{}, broken: map[collector.Day]bool{}, sent: map[collector.Day]bool{},
		placeless: map[collector.PodRef]bool{}, seen: map[collector.Day]steps{},
	}
}

// heard notes an answer and makes a Fault of its error.
func (t *tally) heard(ctx context.Context, warnings v1.Warnings, err error) error {
	err = fault(ctx, err)
	t.mu.Lock()
	defer t.mu.Unlock()
	if err == nil {
		t.answers++
	}
	if len(warnings) > 0 {
		t.warned++
		if t.warning == "" {
			t.warning = clip(warnings[0], 160)
		}
	}
	return err
}

// note keeps a gap for the report.
func (t *tally) note(format string, a ...any) { t.notes = append(t.notes, fmt.Sprintf(format, a...)) }

// alive reports whether the server has answered any query yet.
func (t *tally) alive() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.answered
}

func (t *tally) answer() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.answered = true
}

// done notes the end of a question and calls stop where it is one failure too
// many. What the end of ctx cut short is not a failure.
func (r *run) done(ctx context.Context, err error, what string, d *day) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if ctx.Err() != nil {
		return
	}
	r.asked++
	f, ok := errors.AsType[*Fault](err)
	if !ok {
		r.streak = 0
		return
	}
	r.failed++
	if d != nil {
		r.broken[d.Day] = true
	}
	if i := slices.IndexFunc(r.reasons, func(x reason) bool { return x.fault.kind == f.kind && x.fault.Status == f.Status }); i >= 0 {
		r.reasons[i].n++
	} else {
		r.reasons = append(r.reasons, reason{f, 1, what})
	}
	if f.kind != heavy { // a refusal of one batch says nothing about the others
		r.strike()
	}
}

// strike counts a failure in a row. r.mu is held.
func (r *run) strike() {
	if r.streak++; r.streak == inARow {
		r.stop(errStopped)
	}
}

// giveUp notes a batch of which every question is too large. Batches in a row
// count as one failure each.
func (r *run) giveUp(b batch) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.skipped = append(r.skipped, b.label())
	r.strike()
}

// report makes gaps of the tally, and an error where no usage was read.
func (r *run) report(all []day) error {
	if len(r.index.workloads) > 0 && r.cpu+r.memory == 0 {
		if len(r.reasons) > 0 {
			return fmt.Errorf("no usage was read: %w", advised(r.reasons[0].fault))
		}
		return r.noUsage()
	}
	gap := func(format string, a ...any) { r.c.AddGap(name, fmt.Sprintf(format, a...)) }
	for _, x := range r.reasons {
		gap("%d of %d queries failed, first %s: %s", x.n, r.asked, x.first, advised(x.fault))
	}
	if r.streak >= inARow {
		gap("after %d failures in a row the rest was not asked", inARow)
	}
	slices.Sort(r.skipped)
	for _, b := range r.skipped {
		gap("too much was asked of the server %d times in a row about %s: the rest of it was not asked", inARow, b)
	}
	if r.unsure != nil && r.cfg.ClusterLabel == "" {
		gap("whether it holds the usage of other clusters too is not known: %s", r.unsure)
	}
	if r.warned > 0 {
		gap("%d of %d answers came with a warning and may be partial: %s", r.warned, r.answers, r.warning)
	}
	if r.refused > 0 {
		gap("%d samples are no usage (NaN, infinite, negative, or more than any node has) and are left out", r.refused)
	}
	slices.Sort(r.ambiguous)
	slices.Sort(r.homeless)
	if len(r.ambiguous) > 0 {
		gap("usage of %d pods that are gone is not counted, as their names fit several workloads, e.g. %s: kube-state-metrics' %s would tell",
			len(r.ambiguous), some(r.ambiguous), podOwnerMetric)
	}
	if len(r.homeless) > 0 {
		gap("usage of %d pods that ran at the end of the window belongs to no workload that was read, e.g. %s", len(r.homeless), some(r.homeless))
	}
	for _, n := range r.notes {
		r.c.AddGap(name, n)
	}
	if r.cpu+r.memory > 0 {
		r.missing(gap, all)
	}
	return nil
}

// missing makes gaps of metrics and days that are not there.
func (r *run) missing(gap func(string, ...any), all []day) {
	if r.cpu == 0 && r.has(memoryMetric) && r.failed == 0 || !r.has(cpuMetric) {
		gap("%s has no samples: CPU usage is not known", cpuMetric)
	}
	if r.memory == 0 && r.has(cpuMetric) && r.failed == 0 || !r.has(memoryMetric) {
		gap("%s has no samples: memory usage is not known", memoryMetric)
	}
	if !r.has(restartMetric) && !r.has(oomMetric) {
		gap("neither %s nor %s is there: of restarts and OOM kills only those that live pods still show are counted", restartMetric, oomMetric)
	}
	var empty []string
	for _, d := range all {
		if !r.read[d.Day] && !r.broken[d.Day] {
			empty = append(empty, string(d.Day))
		}
	}
	if len(empty) == 0 || r.streak >= inARow {
		return
	}
	gap("no usage on %d of %d days (%s): does the server keep them that long?", len(empty), len(all), daysText(empty))
}

// daysText names the first and the last of some days.
func daysText(some []string) string {
	first, last := slices.Min(some), slices.Max(some)
	if first == last {
		return first
	}
	return first + " to " + last
}

// strangers takes back what was read where all of it is of pods that only look
// like this cluster's: those of two clusters' Deployments of one name differ in
// nothing but random letters, and of the live ones here none was seen. With a
// cluster label the configuration has said whose usage it is, and live pods
// without any are no sign: after a roll-out of everything all are new.
func (r *run) strangers() error {
	if r.ours || r.cluster != "" || r.index.random == 0 || r.cpu+r.memory == 0 {
		return nil
	}
	for at, u := range r.before {
		r.c.Workloads[at.workload].Containers[at.container].Usage = u
	}
	return fmt.Errorf("none of the %d pods of Deployments and DaemonSets that the API server lists has usage in it, only others of like names: it seems to hold another cluster's, so nothing of it is taken",
		r.index.random)
}

// noUsage says what was looked for.
func (r *run) noUsage() error {
	with := ""
	if r.cluster != "" {
		with = " with " + r.cluster
	}
	namespaces := len(r.index.byNamespace)
	return fmt.Errorf("no samples of %s or %s%s in the cluster's %d namespaces from %s to %s: does it scrape the kubelets' /metrics/cadvisor, and keep it that long?",
		cpuMetric, memoryMetric, with, namespaces, r.w.Start.Format(time.DateOnly), r.w.End.Format(time.DateOnly))
}

// advised is f with what to do about it.
func advised(f *Fault) error {
	a := f.advice()
	if a == "" {
		return f
	}
	return fmt.Errorf("%w; %s", f, strings.TrimSpace(a))
}
