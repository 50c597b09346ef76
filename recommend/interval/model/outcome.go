package model

import "time"

// Outcome is what a fleet does in the long run, predicted or observed.
type Outcome struct {
	Systems      []SystemOutcome
	Repositories []Load
	Hosts        []Load
	Total        Total
}

// SystemOutcome is one system's, in the order of its tasks and queues.
type SystemOutcome struct {
	Tasks  []TaskOutcome
	Queues []QueueOutcome
	Total  Total
}

// TaskOutcome is what one task does.
type TaskOutcome struct {
	Rates Rates
	// Period is the mean time between the starts of two runs; 0 where it never
	// runs. Longest is the longest that its timer lets it be at the mean wait,
	// and 0 where it has no timer.
	Period, Longest time.Duration
	// Wait is the mean time from being due to starting, of all its runs.
	Wait time.Duration
	// Drift is how long a change made by hand stands, until the end of the run
	// that puts it right. The worst is the longest period, the wait and the run
	// at their means, with no failure.
	Drift Latency
	// Deploy is how long a commit takes to be deployed (of a source: to be
	// fetched), from merging to the end of the run that has it.
	Deploy Latency
}

// Latency is a time that may not be known: there is none where no timer or no
// commit leads to it, and none was seen where none fell into the simulation.
type Latency struct {
	Known       bool
	Mean, Worst time.Duration
}

// Rates are runs an hour, by what made them start. A run that found a dependency
// not ready counts where it started, and the one that follows as Dependency.
type Rates struct {
	Interval, Revision, Retry, Dependency, Other float64
}

// Sum is all runs an hour.
func (r Rates) Sum() float64 {
	return r.Interval + r.Revision + r.Retry + r.Dependency + r.Other
}

// QueueOutcome is one queue's.
type QueueOutcome struct {
	Runs        float64       // an hour
	Utilisation float64       // share of its workers that are busy: 0 to 1
	Wait        time.Duration // mean, of all runs
	Saturated   bool          // its workers are busy for Saturation of the time
}

// Saturation is the utilisation from which a queue counts as saturated: its
// workers set the rate, and not the intervals. Where a formula and a simulation
// are that near to it, one may say so and the other not.
const Saturation = 0.98

// Load is what a repository or a host is asked.
type Load struct {
	Name      string
	PerHour   float64
	PerSecond float64
	Limit     float64 // a second; 0: none is known
	Over      bool
}

// Total is what all of it takes.
type Total struct {
	Runs float64 // an hour
	// Unchanged is the share of runs that had nothing new to fetch or apply.
	Unchanged float64
	// Cores are the mean CPU of each program, and Calls of the API an hour. A
	// run that found a dependency not ready counts as free.
	Cores Cores
	Calls float64
	// Peak is the controllers' cores while every worker is busy: what they
	// cannot use more than, and so what a limit may not be less than.
	Peak float64
}

// Cores are CPU cores.
type Cores struct {
	Controller, APIServer, Etcd float64
}

// Sum is the cores of all three programs.
func (c Cores) Sum() float64 { return c.Controller + c.APIServer + c.Etcd }
