// Package prom reads usage and reconcile rates over a window from Prometheus,
// or from anything that speaks its HTTP API (Thanos query, Mimir).
//
// The work is pushed to the server: for each UTC day of the window, newest
// first, and for each batch of namespaces it asks for CPU and memory at the
// step, folds the answer into one sketch a container and drops it, so that
// memory is bounded by one batch and day however long the window. Pods become
// workloads by what the API server listed, else by kube-state-metrics' owner
// series of that day, else by the names that controllers give (see names.go).
//
// A query that the server finds too large is halved, by namespaces and then by
// hours, and the size that worked is kept for the batch's other days. What could
// not be read ends as a few gaps, not as one a query; three questions in a row
// without an answer end the source.
//
// How to add a question: write its text in query.go from selector and range,
// call run.pieces with it in the batch's day (usage.go), add up what comes back
// so that two halves of a day give what the whole day gives, and teach the test
// server its shape.
package prom
