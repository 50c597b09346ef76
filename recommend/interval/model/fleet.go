package model

import "time"

// Fleet is all that shares hosts: the clusters, and what they poll.
type Fleet struct {
	Hosts        []Host
	Repositories []Repository
	Systems      []System
}

// Host is a Git, OCI or Helm host, or a user of one: whatever a limit is for.
type Host struct {
	Name  string
	Limit float64 // requests a second; 0: none is known
}

// Repository is what is polled. GitHub recommends at most 15 Git operations a
// second on one; 900 sources at 1m are that.
type Repository struct {
	Name  string
	Host  int     // of Fleet.Hosts, or None
	Limit float64 // requests a second; 0: none is known
}

// None is where an index could be, and nothing is.
const None = -1

// System is one cluster's controllers.
type System struct {
	Name   string
	Queues []Queue
	Tasks  []Task
	// RefCache is how long Argo CD's repo-server keeps the references of a
	// repository: timeout.reconciliation, and 3m where that is not set, since
	// the repo-server's default is not the controller's 120s; an interval that is
	// chosen sets it. What refreshes meanwhile asks nothing of Git. 0: every refresh
	// lists them.
	RefCache time.Duration
}

// Queue is one work queue with its workers. Flux has one for each kind
// (--concurrent); Argo CD's Applications share one (controller.status.processors).
type Queue struct {
	Name    string
	Workers int
	// OneEntry is set where a trigger takes the place of the timer that is
	// pending: controller-runtime's priority queue, the default from 0.23 on.
	OneEntry bool
}

// Timer is what makes a task run again by itself.
type Timer int

// The timers.
const (
	// Triggered tasks have none: only other tasks and Other make them run.
	Triggered Timer = iota
	// AfterRun is Flux's. A run ends, and the task is added again after
	// Interval × (1 ± Jitter), or after Retry where the run failed, without
	// jitter. The period is that, the wait in the queue and the run.
	AfterRun
	// ArgoRefresh is Argo CD's: see argoPeriod.
	ArgoRefresh
)

// Task is one reconciler: a Flux object, an Argo CD Application.
type Task struct {
	Name string
	// Kind is the object's, and Platform whether it is the platform's rather than
	// an application's: a preset goes by them, nothing else does.
	Kind     string
	Platform bool

	Queue int // of System.Queues
	Timer Timer

	// Interval is Flux's .spec.interval, or Argo CD's timeout.reconciliation.
	Interval time.Duration
	// Jitter is the share that an AfterRun interval is jittered by, either way:
	// 0.05 by default in Flux, 0 for image objects.
	Jitter float64
	// Spread is timeout.reconciliation.jitter of an ArgoRefresh: 60s by default.
	Spread time.Duration
	// Retry is how long after a failed run the next comes; 0: Interval.
	Retry time.Duration

	// Run is the mean of a run, its wait for health included, and RunCV its
	// coefficient of variation: 0 always alike, 1 as an exponential time.
	Run   time.Duration
	RunCV float64
	// Failing is the share of runs that fail, each by itself: 0 up to below 1.
	Failing float64

	// Source is the task whose new revision makes this one run at once, or None.
	Source int
	// Revisions is how many commits an hour come to a source, or to what an
	// ArgoRefresh deploys. Several between two polls make one new revision.
	Revisions float64
	// Webhook is set where a commit triggers the source at once (a Receiver).
	Webhook bool
	// Other is how many runs an hour something else asks for: a person, a
	// change to the spec, an Argo CD refresh at level 2 or above (a sync that
	// ended, a webhook, an annotation). These set an Application's clock anew.
	Other float64
	// Events is how many comparisons an hour changes to live objects ask of an
	// ArgoRefresh (levels 0 and 1). They cost a run and leave the clock alone;
	// once the timeout has passed, the first of them is the refresh.
	Events float64

	// DependsOn are tasks that must be ready when a run of this one starts: not
	// running, last run not failed, and at the same revision of a shared source.
	// Otherwise the run ends at once, and comes back after Requeue (30s).
	DependsOn []int
	Requeue   time.Duration

	Poll Poll
	Cost Cost // of a run
}

// Poll is what a run asks of a repository. A branch or a tag of Git is one
// request while unchanged and about four with a clone; a semver range or a commit
// clones every time, so that both are the same; a tag of OCI is one HEAD.
type Poll struct {
	Repository         int // of Fleet.Repositories, or None
	Unchanged, Changed float64
}

// retry is how long after a failed run the next comes.
func (t *Task) retry() time.Duration {
	if t.Retry > 0 {
		return t.Retry
	}
	return t.Interval
}
