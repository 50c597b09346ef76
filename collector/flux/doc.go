// Package flux reads the objects of a cluster that reconcile on an interval: Flux's
// own, with what they apply or fetch and how often they did, and those of operators
// beside it, such as External Secrets. It also finds the programs that run them.
//
// It asks discovery which kinds and versions the cluster serves, lists those in
// pages as unstructured objects, and needs no more than list on them; it never reads
// a Secret. A cluster without any gives nothing and no gap. A kind that can't be
// listed, and a field that can't be read, is a gap; the rest is still read.
//
// How to add a kind: add a row to the table of package collector (kindtable.go), an
// object of it to testdata/objects.yaml, list on it to deploy/rbac.yaml, and renew
// the golden file with `go test ./collector/flux -update`.
package flux
