// Package interval recommends how often GitOps objects reconcile.
//
// Three objectives decide, and a finding says which of them its interval serves:
//
//   - Drift: a Flux Kustomization, HelmRelease or Terraform object reconciles a
//     new revision at once, whatever its interval. The interval bounds only how
//     long a change made by hand in the cluster can stand.
//
//   - Deploy latency: the interval of a source (GitRepository, OCIRepository, …)
//     bounds how long a merged commit waits to be fetched. So does Argo CD's
//     timeout.reconciliation, which serves both.
//
//   - Retry: spec.retryInterval, or the interval where none is set, bounds how
//     long a failure waits to be tried again.
//
// objective.go tells what each object must keep to: its annotations say, or the
// settings do, by environment and class.
//
// Plan chooses the intervals of a whole fleet at once: the cheapest of Ladder that keep
// to the objectives and to the limits of Git hosts, by model.Optimise over the fleet as
// Model maps it. What counts is the longest that two runs can be apart, interval ×
// (1 + jitter) + the wait for a worker + the run, as Flux starts the timer when a run
// ends: with a 5 % jitter and a run of 20 s, 1h has a period of 63m20s and meets 1h30m.
// A deploy objective is from the commit to the end of the run that has it, and so
// bounds the interval of a source by the slowest of what is applied from it. Intervals
// are shortened as well where they miss an objective that somebody has asked for, and
// what none keeps to is said. A default shortens nothing: what takes longer now stays.
//
// asked.go tells what each task must keep to, and plan.go chooses; interval.go and
// argo.go make findings of it; compare.go sets it against rules that people know. What is of no one cluster is advice: hosts.go sets
// what the fleet asks of a repository or a host against its limit, webhooks.go says
// where a webhook would save polls and where a limit forbids it, and still.go counts
// what does no work, by state.go, which tells suspended, failing and stuck apart.
//
// An interval frees no money by itself: a controller's cost is the request that
// it reserves. The saving is £0, and the finding says when it becomes pounds.
//
// controllers.go gathers what is said of the programs themselves, each in a file:
//
//   - requests.go: the CPU request that a controller needs at the plan's intervals. It is
//     advice with pounds, until the load has settled.
//   - workers.go: more workers, or shards, for queues that the plan leaves too busy.
//     Fewer are never proposed: a worker that waits costs nothing.
//   - argojitter.go, argoevents.go, applicationset.go: Argo CD's jitter, the refreshes
//     that no timeout cures, and the waits of generators.
//   - knobs.go: settings that have other programs come round.
//
// Model maps a fleet to package model, At gives it other intervals, and Forecast
// says what each cluster's controllers would then do: by the model's formula and by
// its simulation, which are held to each other.
//
// How to add a kind: add it to the table of package collector (kindtable.go), which
// says what its interval is for.
package interval
