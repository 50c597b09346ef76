package interval

import (
	"time"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend/interval/model"
)

// Mapped is a fleet as package model has it, and what leads back from there to the
// objects: everything that Model could tell, and what it had to assume.
type Mapped struct {
	Fleet   model.Fleet
	Systems []System       // in the order of Fleet.Systems
	Costs   []ClusterCosts // in the order of the fleet's clusters
	// Assumed are sentences that say what stands in for what was not measured, and
	// how often.
	Assumed []string

	fleet *collector.Fleet
}

// System is what one of Fleet.Systems is of: the controllers of a cluster, or one
// Argo CD instance in it, whose references to Git are kept apart.
type System struct {
	Cluster  int    // of the fleet's
	Instance string // the namespace of the Argo CD; empty: all else
	Queues   []Queue
	Tasks    []Task
	Paused   int // Applications that are suspended: they have no task
}

// all reports whether the Applications of an Argo CD are all known: otherwise it does
// more than its tasks account for.
func (s *System) all(k *collector.Controller) bool { return len(s.Tasks)+s.Paused >= k.Applications }

// Queue is a work queue of a controller.
type Queue struct {
	Program     string // kustomize-controller, argocd-application-controller …
	Namespace   string // of the controller; empty: it was not read
	Name        string
	WorkersFrom string // metric, setting, or default: what told how many workers it has
}

// Task is the object that a task stands for. It must not be changed.
type Task struct {
	*collector.Reconciler
	Program string
	// Controller is the index in ClusterCosts.Programs; a task without a known
	// controller has one there too, by the name of its program.
	Controller int
	// Costed tells that a run's cost by the object is modelled: of Kustomizations.
	Costed  bool
	Objects int // that a run applies
	// Commits tells that it is known how often its own new revisions come.
	Commits bool
}

// mapper is a fleet while it is mapped.
type mapper struct {
	out          *Mapped
	hosts, repos map[string]int
	notes        notes
}

// Model maps a fleet to the model. Every object of the table of kinds that runs
// again and again is a task; those that are suspended never run and are left out,
// as are analyses, which run while something is rolled out. What the model needs
// and nobody measured is assumed, and said. The model is valid whatever the fleet
// holds: what is out of all bounds is taken at the bound.
func Model(f *collector.Fleet) *Mapped {
	m := &mapper{out: &Mapped{fleet: f}, hosts: map[string]int{}, repos: map[string]int{}}
	for i := range f.Clusters {
		m.out.Costs = append(m.out.Costs, ClusterCosts{})
		m.cluster(i, &f.Clusters[i])
	}
	m.others()
	m.out.Assumed = append(m.notes.sentences(), whole...)
	return m.out
}

// whole is what is assumed of every fleet.
var whole = []string{
	"How much the runs of one object differ is not measured: their standard deviation is taken as half their mean.",
	"Runs that apply a new revision are taken to last, and to cost, as those that change nothing.",
}

// runCV is the coefficient of variation of a run.
const runCV = 0.5

// Bounds within which the model is valid.
const (
	mostTime    = 10 * 365 * 24 * time.Hour
	mostRate    = 1e6 // an hour
	mostWorkers = 10_000
	mostObjects = 1_000_000
	mostCost    = 1e9  // ms or calls a run
	mostFailing = 0.95 // what fails more often than that is failing for good
)

func bounded(d time.Duration) time.Duration { return max(0, min(d, mostTime)) }

// clusterMap is one system of a cluster while it is mapped.
type clusterMap struct {
	*mapper
	c      *collector.Cluster
	costs  *ClusterCosts
	model  model.System
	system System
	at     map[collector.Origin]int // the task of an object
	queues map[string]int
}

func (m *mapper) begin(i int, c *collector.Cluster, instance string) *clusterMap {
	name := c.Name
	if instance != "" {
		name += "/" + instance
	}
	return &clusterMap{mapper: m, c: c, costs: &m.out.Costs[i], at: map[collector.Origin]int{}, queues: map[string]int{},
		model: model.System{Name: name}, system: System{Cluster: i, Instance: instance}}
}

func (s *clusterMap) end() {
	if len(s.model.Tasks) > 0 {
		s.out.Fleet.Systems = append(s.out.Fleet.Systems, s.model)
		s.out.Systems = append(s.out.Systems, s.system)
	}
}

func (m *mapper) cluster(i int, c *collector.Cluster) {
	s := m.begin(i, c, "")
	s.costs.fit(c, &m.notes)
	for j := range c.Reconcilers {
		r := &c.Reconcilers[j]
		k := collector.KindOf(r.APIVersion, r.Kind)
		if k == nil || k.Queue == "" || k.Serves == collector.Analysis || k.Kind == "Application" {
			continue
		}
		s.add(r, k)
	}
	s.link()
	s.end()
	m.argo(i, c)
}

// add makes a task of an object.
func (s *clusterMap) add(r *collector.Reconciler, k *collector.Kind) {
	s.notes.seen(r.Kind)
	if r.Suspended {
		s.notes.add(r.Kind, "suspended, so that it never runs")
		return
	}
	p := programOf(s.c, k, r)
	t := model.Task{
		Name: r.Kind + " " + r.Namespace + "/" + r.Name, Queue: s.queue(p, k), Source: model.None, RunCV: runCV,
		Interval: bounded(r.Every()), Retry: retryOf(r, k), Requeue: max(time.Millisecond, p.duration("--requeue-dependency", 30*time.Second)),
		Failing: s.failing(r), Webhook: woken(r), Poll: s.poll(r, k),
	}
	if k.Jitter {
		t.Jitter = float64(min(100, p.number("--interval-jitter-percentage", 5))) / 100
	}
	if t.Interval >= time.Millisecond {
		t.Timer = model.AfterRun
	} else {
		t.Failing = 0 // nothing would try it again
		if !r.Idle && k.Default == 0 && r.Kind != "ApplicationSet" {
			s.notes.add(r.Kind, "no interval is known; it is taken to run only when it is triggered")
		}
	}
	t.Run = s.run(r, p, k)
	s.put(r, k, p, t)
}

func (s *clusterMap) put(r *collector.Reconciler, k *collector.Kind, p program, t model.Task) {
	task := Task{Reconciler: r, Program: p.name, Controller: s.costs.program(p), Objects: max(0, min(r.Objects, mostObjects))}
	if k.Kind == "Kustomization" {
		task.Costed = true
		t.Cost = s.costs.of(&task)
	}
	s.at[originOf(r)] = len(s.model.Tasks)
	s.model.Tasks = append(s.model.Tasks, t)
	s.system.Tasks = append(s.system.Tasks, task)
}

func originOf(r *collector.Reconciler) collector.Origin {
	return collector.Origin{Kind: r.Kind, Namespace: r.Namespace, Name: r.Name}
}

// retryOf is the interval after a failure; zero: the object's own.
func retryOf(r *collector.Reconciler, k *collector.Kind) time.Duration {
	if r.RetryInterval.Duration > 0 {
		return bounded(r.RetryInterval.Duration)
	}
	if r.Kind == "HelmRelease" {
		return 0 // its default is of a strategy that it may not have
	}
	return k.RetryDefault
}
