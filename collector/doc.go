// Package collector reads a fleet of Kubernetes clusters and holds it in plain
// values: clusters, nodes, workloads, containers with their usage, and the
// GitOps objects that reconcile on an interval. It knows nothing of money.
//
// Collect runs every cluster's steps (its sources, in order) and returns one
// Fleet; what could not be read becomes a Gap that every report shows. Write
// and Read keep a fleet on disk as a recording, so that any run can be replayed.
//
// How to add a source: make a folder with a type that implements Source, fill
// the fields of Cluster it knows, call AddGap for what it could not read, and
// add a Step for it where cmd/tuppence wires the sources.
//
// How to add a kind of object that reconciles on an interval: add a row to the table
// in kindtable.go, which says where. How to add a program, or one of its settings:
// add to the table in programtable.go.
package collector
