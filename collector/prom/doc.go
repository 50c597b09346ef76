// Package prom reads usage and reconcile rates over a window from Prometheus,
// or from anything that speaks its HTTP API (Thanos query, Mimir), and what a
// bill needs beside: where pods ran and for how long, nodes that are gone, traffic
// and API requests.
//
// The work is pushed to the server: for each UTC day of the window, newest
// first, and for each batch of namespaces it asks for CPU and memory at the
// step, folds the answer into one sketch a container and drops it, so that
// memory is bounded by one batch and day however long the window. Pods become
// workloads by what the API server listed, else by kube-state-metrics' owner
// series of that day, else by the names that controllers give (see names.go).
//
// The same answers tell when a pod ran. Its node is the API server's for a live
// pod, else the node label of its own series, else kube_pod_info's, which is asked
// for a batch and day only where it must be. So a day costs at most two questions
// a batch more (nodes of pods, and traffic where it is measured) and two a cluster
// (its nodes, and those that went on that day); requests cost three for the whole
// window. A part of the window that was not read leaves the pod time and the
// traffic of a workload empty: neither is ever scaled up.
//
// Controllers at work cost three questions more for the whole window (their counters
// and gauges under their own names, the depth of queues, the peaks of memory), three
// an Argo CD, and what runs cost up to four, in steps that are bounded by how many
// objects run. What could not be told of these is a gap of intervals, apart from
// those of usage: nothing but intervals hangs on it.
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
