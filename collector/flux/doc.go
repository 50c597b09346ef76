// Package flux reads the Flux objects of a cluster as reconcilers: what they
// apply or fetch, how often they are told to, and how often they did.
//
// It asks discovery which kinds and versions the cluster serves, lists those in
// pages as unstructured objects, and needs no more than list on them; it never reads
// a Secret. A cluster without Flux gives nothing and no gap. A kind that can't be
// listed, and a field that can't be read, is a gap; the rest is still read.
//
// How to add a kind: add a row to the table in kinds.go (group, kind, where the
// interval stands), an object of it to testdata/objects.yaml, and renew the
// golden file with `go test ./collector/flux -update`.
package flux
