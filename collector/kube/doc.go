// Package kube reads one cluster's objects over its API: nodes, workloads with
// the pods that belong to them, the policies that bound them, where in Git they
// come from, and what a cloud bills beside the nodes: volumes, load balancers and
// the control plane. It only ever lists and gets; no label leaves but those that
// Options allow, and of annotations only what tuppence.dev/ignore says and where
// GitOps and schedulers leave their word.
//
// Config loads credentials as kubectl does; New makes the collector.Source.
// What may not be read becomes one gap a resource, and the rest goes on.
//
// Conversion is pure: a page of API objects in, plain values out (nodes.go,
// pod.go, traits.go, workloads.go, policies.go, volumes.go, services.go,
// ingresses.go, and rollout.go and steering.go for custom resources); owners.go then
// joins pods to workloads, steering.go workloads to the objects that people edit,
// assets.go and balancers.go what is billed to those who use it.
//
// How to add a resource: write its conversion, add a field to inventory and a
// line to Source.lists, and join it in assemble. Grant "list" on it in deploy/.
package kube
