// Package collectortest makes fleets for tests. Fleet draws small and strange
// ones for properties; Generate makes large and plausible ones for benchmarks.
package collectortest
