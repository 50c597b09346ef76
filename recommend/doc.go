// Package recommend says what to change. Run takes an ordered list of
// recommenders over a running demand, cluster by cluster: each sees the
// requests that the ones before it would leave, so that two changes to one
// workload never claim the same pound.
//
// Recommenders are pure functions of a Pass and speak millicores, bytes and
// durations. Only Run speaks money.
//
// How to add one: make a folder with a Recommender value (Name, Doc, Func), add
// a line to the list in cmd/tuppence and a field for its settings to the
// configuration.
package recommend
