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
// For each object the longest rung of Ladder is taken whose effective period,
// interval × (1 + jitter) + duration of a run, is within the objective: Flux
// starts the timer when a run ends. With a 5 % jitter and a run of 20 s, 1h has
// a period of 63m20s and meets 1h30m. Intervals are shortened as well where they
// miss their objective.
//
// An interval frees no money by itself: a controller's cost is the request that
// it reserves. The saving is £0, and the finding says when it becomes pounds.
//
// Model maps a fleet to package model, At gives it other intervals, and Forecast
// says what each cluster's controllers would then do: by the model's formula and by
// its simulation, which are held to each other.
//
// How to add a kind: add it to the table of package collector (kindtable.go), which
// says what its interval is for.
package interval
