// Package pricing puts pounds on a fleet. Price looks up what a unit of each
// node, volume, load balancer, control plane and flow of traffic costs in a
// Catalog, converts it with an FX rate, takes discounts, commitments and the bill
// into account (Terms), and shares it among workloads, idle capacity and overhead.
// The lines of the Ledger add up to the bill exactly. An unknown price stays
// unknown: it is never zero.
//
// A Ledger is read as it is, by group (Allocate), by day (Days), for what GitOps
// itself costs (GitOps), and for what a workload would cost at other requests
// (CostsAt).
//
// How to add a catalogue or a rate source: make a folder with a type that
// implements Catalog or FX, hold it against the conformance suite of
// pricing/pricingtest, and wire it in cmd/tuppence.
package pricing
