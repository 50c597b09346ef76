// Package report lays out what was found. Build computes one Report from the
// fleet, the ledger and the findings; a Format writes it and computes nothing.
//
// How to add a format: write one file with a Format value and add it to
// Formats. The conformance test then holds it to what every format must show:
// totals, gaps and provenance.
package report
