// Package pricing puts pounds on a fleet. Price looks up each node's hourly
// rate in a Catalog, converts it with an FX rate and shares it among the node's
// workloads, its idle capacity and its overhead. The lines of the Ledger add up
// to the bill exactly. An unknown price stays unknown: it is never zero.
//
// How to add a catalogue or a rate source: make a folder with a type that
// implements Catalog or FX, hold it against the conformance suite of
// pricing/pricingtest, and wire it in cmd/tuppence.
package pricing
